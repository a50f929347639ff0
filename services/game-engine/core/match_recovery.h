/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_recovery.h - when the recovery log of one match is written, and when never again.
 *
 * A round is written when its log says so (recovery_log.h), Redis is there and keeps up. What could not be written, or
 * was not done, makes the log begin again with a keyframe. Once another engine has the match under a newer epoch
 * (fenced) nothing of it is written any more.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_CORE_MATCH_RECOVERY_H
#define MMA_SERVICES_GAME_ENGINE_CORE_MATCH_RECOVERY_H

#include "services/game-engine/core/recovery_log.h"

#define MATCH_RECOVERY_FIRST_EPOCH   1
#define MATCH_RECOVERY_IN_FLIGHT_MAX 8 /* half a second of writes */

enum match_recovery_step {
    MATCH_RECOVERY_NOTHING, /* to write in this round */
    MATCH_RECOVERY_WRITE,
    MATCH_RECOVERY_AWAY, /* Redis is: this round is not written */
    MATCH_RECOVERY_SLOW  /* Redis is: this round is not written */
};

enum match_recovery_answer { MATCH_RECOVERY_WRITTEN, MATCH_RECOVERY_FAILED, MATCH_RECOVERY_FENCED };

struct match_recovery {
    bool is_used;
    bool is_fenced;
    uint32_t in_flight;
    uint64_t epoch;
    struct recovery_log log;
};

/* As recovery_log_init. The place must be free. */
void match_recovery_begin(struct match_recovery *recovery, const struct world_setup *setup, uint32_t flush_ticks,
                          void *memory);

/* Its place can be taken: the match is over, and every write was answered. */
bool match_recovery_is_free(const struct match_recovery *recovery);

/* After each round in which the match was stepped. With MATCH_RECOVERY_WRITE the write is to be sent. */
enum match_recovery_step match_recovery_round(struct match_recovery *recovery, const struct match *match,
                                              bool redis_is_up, struct recovery_write *out_write);

/* A write, or the end, was sent and will be answered; or a write could not be sent. */
void match_recovery_sent(struct match_recovery *recovery);
void match_recovery_unsent(struct match_recovery *recovery);

/* True: it is to be logged: a failure of a match that still runs, or the first that says it is fenced. */
bool match_recovery_answered(struct match_recovery *recovery, enum match_recovery_answer answer);

/* The match is over. Whether the keys are ours to delete; if they are not deleted they expire. */
bool match_recovery_end(struct match_recovery *recovery);

#endif
