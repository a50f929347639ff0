/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_scenario.h - what a seed makes of a cluster: how many of each daemon, how long matches are, which faults; and one
 * whole run of it: a calm beginning, faults, clients that say goodbye, a quiet phase, the final look.
 */
#ifndef MMA_SIMULATION_SIM_SCENARIO_H
#define MMA_SIMULATION_SIM_SCENARIO_H

#include "tests/simulation/sim_faults.h"
#include "tests/simulation/sim_invariants.h"
#include "tests/simulation/sim_world.h"

#define SIM_QUIET_US (30 * SIM_US_PER_S) /* after the last fault and the last client everything is ready and empty */

struct sim_options {
    uint64_t seed;
    bool is_printing; /* the whole log on stdout */
    uint64_t fault_mask;
    struct sim_knowns *knowns; /* borrowed; NULL: nothing is known */
};

struct sim_outcome {
    bool is_broken;
    char finding[512];
    uint64_t virtual_us, events, log_hash, log_lines;
    uint64_t fired[SIM_FAULT_COUNT];
};

/* With a broken invariant the last lines of the log go to report, unless that is NULL. */
struct sim_outcome sim_scenario_run(const struct sim_options *options, FILE *report);

#endif
