/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tick_clock.h - wakes the engine 60 times a second: a timerfd with absolute deadlines in the loop. Stopped, it costs
 * nothing.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_IO_TICK_CLOCK_H
#define MMA_SERVICES_GAME_ENGINE_IO_TICK_CLOCK_H

#include "libcommon/base/status.h"
#include "services/game-engine/core/tick_schedule.h"

#include <uv.h>

struct tick_clock;

/* due->run is at least 1. */
typedef void tick_clock_on_due(void *owner, const struct tick_due *due);

MUST_USE enum status tick_clock_open(uv_loop_t *loop, tick_clock_on_due *on_due, void *owner,
                                     struct tick_clock **out_clock);
void tick_clock_close(struct tick_clock *clock); /* freed by the loop's later turn; takes NULL */

void tick_clock_start(struct tick_clock *clock); /* the first tick comes after 1/60 s; nothing if it runs */
void tick_clock_stop(struct tick_clock *clock);

#endif
