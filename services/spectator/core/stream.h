/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.h - one watched match: records in, held back for the delay, played again, frames of four rates out.
 *
 * Nothing of a tick leaves before delay_ms have passed since its record came. Records must come without a gap; where
 * one is missing, or damaged, or the match re-simulates to another hash, the stream needs a new beginning
 * (needs_restart): a Subscribe, and stream_begin with its answer. What was held back before a gap is still shown.
 *
 * Memory is the caller's. It is sized for the delay and STREAM_SLACK_MS; a stream that holds more needs a restart.
 */
#ifndef MMA_SERVICES_SPECTATOR_CORE_STREAM_H
#define MMA_SERVICES_SPECTATOR_CORE_STREAM_H

#include "libcommon/base/ring.h"
#include "libcommon/game/record/record.h"
#include "services/spectator/core/tier.h"

#define STREAM_SLACK_MS          3000
#define STREAM_FRAME_BYTES(n)    (1024u + 512u * (n)) /* the largest frame of a match with n slots */
#define STREAM_EVENTS_PER_PLAYER 256u

struct stream_entry {
    uint64_t due_ms;
    size_t size;
    bool is_beginning; /* a keyframe to start from */
};

struct stream {
    uint32_t delay_ms;
    struct record_header header;
    struct record_playback player;
    void *player_memory;
    size_t player_memory_size;
    struct record_reader intake; /* looks through what comes, ahead of the player */
    void *intake_memory;
    struct scene scene; /* of the player's world, while one plays */
    struct event_history events;
    struct tier tiers[TIER_COUNT];
    struct ring entries; /* struct stream_entry */
    uint8_t *bytes;      /* of the entries, a ring */
    size_t capacity;
    size_t first;
    size_t used;
    uint8_t *scratch; /* one entry in one piece */
    size_t scratch_size;
    void *scene_memory;
    uint32_t next_tick; /* of the record that must come next */
    bool needs_restart;
    bool is_playing;  /* a beginning was reached: the world stands at a tick */
    bool is_complete; /* the end has come */
    bool has_ended;   /* the end was played */
};

/* 0 when the header's setup is not valid, or of other rules. */
size_t stream_memory_bytes(const struct record_header *header, uint32_t delay_ms);

/* memory: stream_memory_bytes, aligned to 16. It waits for stream_begin. */
void stream_init(struct stream *stream, const struct record_header *header, uint32_t delay_ms, void *memory);

/* The beginning: a keyframe record, come at now_ms. Records of the tick after it must follow. */
MUST_USE enum status stream_begin(struct stream *stream, const uint8_t *keyframe, size_t size, uint64_t now_ms);

/* Records of first_tick and on. Ignored while a restart is needed. */
void stream_receive(struct stream *stream, uint32_t first_tick, const uint8_t *bytes, size_t size, uint64_t now_ms);

/* Plays what is due. Answers whether the world moved: then ask the tiers for frames. */
bool stream_step(struct stream *stream, uint64_t now_ms);

/* Viewers over all tiers. */
uint32_t stream_viewers(const struct stream *stream);

#endif
