/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recovery.h - writes the recovery logs of this worker's matches to Redis, under a lease with a fencing epoch.
 *
 * A match's keys, all of which expire by themselves (RECOVERY_KEEP_MS after the last write; the lease
 * RECOVERY_LEASE_MS):
 *
 *   mma:match:<id>:epoch   the newest epoch that wrote: a number that each taking over raises by one, 1 for a new match
 *   mma:match:<id>:lease   mailbox of the engine that holds the match; while it is there nobody else takes it
 *   mma:match:<id>:log     the log: one record (docs/wire-format.md), a header and a keyframe first
 *
 * One script does each write: an older epoch, or another engine under the same one, is refused (FENCED) and writes
 * nothing more; an append that does not continue the log is refused (GAP), and the log begins again. Commands are
 * pipelined and never waited for. What cannot be sent is counted, logged once an outage, and healed by a new beginning.
 *
 * Single threaded: the loop's thread.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_IO_RECOVERY_H
#define MMA_SERVICES_GAME_ENGINE_IO_RECOVERY_H

#include "libcommon/runtime/stores/redis.h"
#include "libcommon/runtime/telemetry/log.h"
#include "services/game-engine/core/match_recovery.h"

struct recovery;
struct recovery_match;

struct recovery_options {
    struct redis *redis;  /* borrowed */
    const char *mailbox;  /* own URL; borrowed */
    uint32_t matches_max; /* at once */
    uint32_t flush_ticks;
    uint32_t lease_ms;
    uint32_t keep_ms;
};

MUST_USE enum status recovery_create(const struct recovery_options *options, struct recovery **out_recovery);
/* After redis_close, whose commands in flight it still hears of. Takes NULL. */
void recovery_destroy(struct recovery *recovery);

/* The log of a match that begins here; written from its first tick on. NULL, logged: it has none. */
struct recovery_match *recovery_begin(struct recovery *recovery, const char *match_id, const struct world_setup *setup,
                                      struct trace_id trace);

/* After each round in which the match was stepped, before its recorder's stream is cleared. */
void recovery_round(struct recovery_match *match, const struct match *state);

/* The match is over: its log goes. Takes NULL. */
void recovery_end(struct recovery_match *match);

#endif
