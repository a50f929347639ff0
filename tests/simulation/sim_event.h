/* SPDX-License-Identifier: Apache-2.0 */
/* sim_event.h - the queue of events, for the loop in sim_world.c. */
#ifndef MMA_SIMULATION_SIM_EVENT_H
#define MMA_SIMULATION_SIM_EVENT_H

#include "tests/simulation/sim_world.h"

#include <stdalign.h>

struct sim_event {
    uint64_t at_us, order;
    struct sim_process *process; /* NULL: the world's own */
    uint64_t incarnation;
    sim_run *run;
    size_t size;
    alignas(16) uint8_t bytes[];
};

void sim_event_push(struct sim_world *world, struct sim_event *event); /* takes it */
struct sim_event *sim_event_pop(struct sim_world *world);              /* the caller frees it */

#endif
