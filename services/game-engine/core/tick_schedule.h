/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tick_schedule.h - which ticks are due: absolute deadlines 1/60 s apart, so that nothing drifts.
 *
 * Who wakes up late runs at most TICK_CATCH_UP_MAX ticks and skips the rest: an overload makes matches slow, not the
 * machine spin.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_CORE_TICK_SCHEDULE_H
#define MMA_SERVICES_GAME_ENGINE_CORE_TICK_SCHEDULE_H

#include <stdint.h>

#define TICK_CATCH_UP_MAX 3
#define TICK_LATE_NS      5000000u /* a tick that begins later than this after its deadline is late */

struct tick_schedule {
    uint64_t origin_ns;
    uint64_t next; /* number of the next tick */
};

struct tick_due {
    uint32_t run;     /* ticks to run now */
    uint32_t late;    /* how many of them are late */
    uint32_t skipped; /* ticks that will never run */
    uint64_t late_ns; /* since the deadline of the first that is due */
};

/* The first tick is due one period after now. */
void tick_schedule_start(struct tick_schedule *schedule, uint64_t now_ns);
uint64_t tick_schedule_deadline(const struct tick_schedule *schedule); /* of the next tick, ns */
struct tick_due tick_schedule_take(struct tick_schedule *schedule, uint64_t now_ns);

#endif
