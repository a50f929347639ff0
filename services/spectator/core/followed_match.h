/* SPDX-License-Identifier: Apache-2.0 */
/*
 * followed_match.h - one match that is followed: records in, delayed, simulated again, frames of four rates out.
 *
 * Nothing of a tick leaves before delay_ms have passed since its record came. Records must come without a gap; where
 * one is missing, or damaged, or the match re-simulates to another hash, it needs a resync (needs_resync): a Subscribe,
 * and followed_match_begin with its answer. What was delayed before a gap is still shown.
 *
 * Memory is the caller's. It is sized for the delay and FOLLOWED_MATCH_SLACK_MS; more delayed records need a resync.
 */
#ifndef MMA_SERVICES_SPECTATOR_CORE_FOLLOWED_MATCH_H
#define MMA_SERVICES_SPECTATOR_CORE_FOLLOWED_MATCH_H

#include "libcommon/base/ring.h"
#include "libcommon/game/record/record.h"
#include "services/spectator/core/tier.h"

#define FOLLOWED_MATCH_SLACK_MS          3000
#define FOLLOWED_MATCH_EVENTS_PER_PLAYER 256u

struct followed_match_entry {
    uint64_t due_ms;
    size_t size;
    bool is_beginning; /* a keyframe to start from */
};

struct followed_match {
    uint32_t delay_ms;
    struct record_header header;
    struct record_playback player;
    void *player_memory;
    size_t player_memory_size;
    struct record_reader intake; /* checks what comes, ahead of the playback */
    void *intake_memory;
    struct scene scene; /* of the playback's world, while is_playing */
    struct event_history events;
    struct tier tiers[TIER_COUNT];
    struct ring entries; /* struct followed_match_entry */
    uint8_t *bytes;      /* of the entries, a ring */
    size_t capacity;
    size_t first;
    size_t used;
    uint8_t *scratch; /* one entry in one piece */
    size_t scratch_size;
    void *scene_memory;
    uint32_t next_tick; /* of the record that must come next */
    bool needs_resync;
    bool is_playing;  /* a beginning was played: the world stands at a tick */
    bool is_complete; /* the end record has come */
    bool has_ended;   /* the end record was played */
};

/* 0 when the header's setup is not valid, or of other rules. */
size_t followed_match_memory_bytes(const struct record_header *header, uint32_t delay_ms);

/* memory: followed_match_memory_bytes, aligned to 16. It waits for followed_match_begin. */
void followed_match_init(struct followed_match *match, const struct record_header *header, uint32_t delay_ms,
                         void *memory);

/* The beginning, or a resync: a keyframe record, come at now_ms. Records of the tick after it must follow. */
MUST_USE enum status followed_match_begin(struct followed_match *match, const uint8_t *keyframe, size_t size,
                                          uint64_t now_ms);

/* Records of first_tick and on. Ignored while a resync is needed. */
void followed_match_receive(struct followed_match *match, uint32_t first_tick, const uint8_t *bytes, size_t size,
                            uint64_t now_ms);

/* Plays what is due. Answers whether the world moved: then ask the tiers for frames. */
bool followed_match_step(struct followed_match *match, uint64_t now_ms);

/* Nothing is delayed any more: all that came was played. */
bool followed_match_is_drained(const struct followed_match *match);

/* Viewers over all tiers. */
uint32_t followed_match_viewers(const struct followed_match *match);

#endif
