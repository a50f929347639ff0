/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/match_recovery.h"

static void match_recovery_check(const struct match_recovery *recovery)
{
    REQUIRE(recovery->in_flight <= MATCH_RECOVERY_IN_FLIGHT_MAX + 1); /* the end is sent whatever is in flight */
    REQUIRE(!recovery->is_used || recovery->epoch >= MATCH_RECOVERY_FIRST_EPOCH);
}

bool match_recovery_is_free(const struct match_recovery *recovery)
{
    return !recovery->is_used && recovery->in_flight == 0;
}

void match_recovery_begin(struct match_recovery *recovery, const struct world_setup *setup, uint32_t flush_ticks,
                          void *memory)
{
    REQUIRE(match_recovery_is_free(recovery));
    *recovery = (struct match_recovery){.is_used = true, .epoch = MATCH_RECOVERY_FIRST_EPOCH};
    recovery_log_init(&recovery->log, setup, flush_ticks, memory);
    match_recovery_check(recovery);
}

enum match_recovery_step match_recovery_round(struct match_recovery *recovery, const struct match *match,
                                              bool redis_is_up, struct recovery_write *out_write)
{
    REQUIRE(recovery->is_used);
    if (recovery->is_fenced) {
        return MATCH_RECOVERY_NOTHING;
    }
    if (!redis_is_up || recovery->in_flight >= MATCH_RECOVERY_IN_FLIGHT_MAX) {
        recovery_log_lost(&recovery->log);
        return redis_is_up ? MATCH_RECOVERY_SLOW : MATCH_RECOVERY_AWAY;
    }
    return recovery_log_round(&recovery->log, match, out_write) ? MATCH_RECOVERY_WRITE : MATCH_RECOVERY_NOTHING;
}

void match_recovery_sent(struct match_recovery *recovery)
{
    recovery->in_flight++;
    match_recovery_check(recovery);
}

void match_recovery_unsent(struct match_recovery *recovery)
{
    REQUIRE(recovery->is_used);
    recovery_log_lost(&recovery->log);
}

bool match_recovery_answered(struct match_recovery *recovery, enum match_recovery_answer answer)
{
    REQUIRE(recovery->in_flight > 0 && answer <= MATCH_RECOVERY_FENCED);
    recovery->in_flight--;
    if (answer == MATCH_RECOVERY_FENCED) {
        bool is_first = !recovery->is_fenced;
        recovery->is_fenced = true;
        return is_first;
    }
    if (answer == MATCH_RECOVERY_FAILED && recovery->is_used) {
        recovery_log_lost(&recovery->log);
        return true;
    }
    return false;
}

bool match_recovery_end(struct match_recovery *recovery)
{
    REQUIRE(recovery->is_used);
    recovery->is_used = false;
    return !recovery->is_fenced;
}
