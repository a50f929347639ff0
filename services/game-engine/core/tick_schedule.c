/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/tick_schedule.h"

#include "libcommon/base/status.h"
#include "libcommon/game/rules/rules.h"

#define NS_PER_S 1000000000u

void tick_schedule_start(struct tick_schedule *schedule, uint64_t now_ns)
{
    schedule->origin_ns = now_ns;
    schedule->next = 1;
}

static uint64_t deadline_of(const struct tick_schedule *schedule, uint64_t tick)
{
    return schedule->origin_ns + tick * NS_PER_S / RULES_TICK_RATE;
}

uint64_t tick_schedule_deadline(const struct tick_schedule *schedule)
{
    return deadline_of(schedule, schedule->next);
}

struct tick_due tick_schedule_take(struct tick_schedule *schedule, uint64_t now_ns)
{
    struct tick_due due = {0};
    REQUIRE(schedule->next > 0);
    uint64_t first = tick_schedule_deadline(schedule);
    if (now_ns < first) {
        return due;
    }
    uint64_t past = 0;
    while (deadline_of(schedule, schedule->next) <= now_ns && past < TICK_CATCH_UP_MAX) {
        due.late += now_ns - deadline_of(schedule, schedule->next) > TICK_LATE_NS;
        schedule->next++;
        past++;
    }
    REQUIRE(past > 0 && past <= TICK_CATCH_UP_MAX);
    due.run = (uint32_t)past;
    due.late_ns = now_ns - first;
    if (deadline_of(schedule, schedule->next) <= now_ns) {
        uint64_t current = (now_ns - schedule->origin_ns) * RULES_TICK_RATE / NS_PER_S;
        due.skipped = (uint32_t)(current - schedule->next + 1);
        schedule->next = current + 1;
    }
    return due;
}
