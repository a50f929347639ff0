/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recovery_log.h - what of one match is written to Redis, so that another engine could go on with it.
 *
 * The log is a record (docs/wire-format.md, "Record") that always begins with a header and a keyframe: every
 * RECOVERY_KEYFRAME_TICKS the whole log is replaced by a new beginning, between them ticks are appended, several at
 * once. So it is never longer than a second's ticks, and whoever reads it at any moment can play it from its start.
 * When something did not arrive, the next write is a new beginning.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_CORE_RECOVERY_LOG_H
#define MMA_SERVICES_GAME_ENGINE_CORE_RECOVERY_LOG_H

#include "services/game-engine/core/match.h"

#define RECOVERY_KEYFRAME_TICKS  RULES_TICK_RATE
#define RECOVERY_FLUSH_TICKS_MAX 30

struct recovery_log {
    struct byte_writer bytes; /* of the next write */
    size_t written;           /* what the log holds when all writes so far arrived */
    uint32_t flush_ticks;
    uint32_t keyframe_tick; /* of the beginning last written */
    uint32_t flush_tick;    /* of the latest write */
    bool needs_keyframe;
};

struct recovery_write {
    bool is_beginning;    /* replaces the log; otherwise appends to it */
    size_t offset;        /* length of the log before an append */
    const uint8_t *bytes; /* until the next call */
    size_t size;
};

/* setup: as the match resolved it. */
size_t recovery_log_bytes(const struct world_setup *setup, uint32_t flush_ticks);

/* flush_ticks: 1 .. RECOVERY_FLUSH_TICKS_MAX. memory: recovery_log_bytes, aligned to 16, borrowed. */
void recovery_log_init(struct recovery_log *log, const struct world_setup *setup, uint32_t flush_ticks, void *memory);

/*
 * Of a match that runs: after each round of at most RECORDER_STREAM_TICKS ticks, before the recorder's stream is
 * cleared. Answers whether there is something to write now; it counts as written until recovery_log_lost says
 * otherwise.
 */
bool recovery_log_round(struct recovery_log *log, const struct match *match, struct recovery_write *out_write);

/* A write, or a round, did not arrive: the log begins again. */
void recovery_log_lost(struct recovery_log *log);

#endif
