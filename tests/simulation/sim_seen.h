/* SPDX-License-Identifier: Apache-2.0 */
/* sim_seen.h - how the kernel tells invariants what happens. */
#ifndef MMA_SIMULATION_SIM_SEEN_H
#define MMA_SIMULATION_SIM_SEEN_H

#include "tests/simulation/sim_world.h"

static inline void sim_see_life(struct sim_process *process, enum sim_observed kind)
{
    sim_observe(process->world,
                &(struct sim_observation){.kind = kind, .at_us = process->world->now_us, .process = process});
}

static inline void sim_see_text(struct sim_process *process, enum sim_observed kind, const char *text,
                                const uint8_t *bytes, size_t size)
{
    sim_observe(process->world, &(struct sim_observation){.kind = kind,
                                                          .at_us = process->world->now_us,
                                                          .process = process,
                                                          .text = text,
                                                          .bytes = bytes,
                                                          .size = size});
}

#endif
