/* SPDX-License-Identifier: Apache-2.0 */
/* fleet.h - all bots of the process on one loop, paced by one timerfd. */
#ifndef MMA_BOTS_FLEET_H
#define MMA_BOTS_FLEET_H

#include "tests/bench/bots/options.h"

/* Plays, prints the report, returns the exit code: 0 all good, 1 something was not, 2 it could not begin. */
int fleet_run(const struct options *given);

#endif
