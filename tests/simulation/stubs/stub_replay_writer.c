/* SPDX-License-Identifier: Apache-2.0 */
/* stub_replay_writer.c - stands in until node_replay_writer.c is there: does nothing. */
#include "tests/simulation/simulation.h"

#include <stdlib.h>

static void *start(struct sim_process *process, uint64_t seed)
{
    (void)process;
    (void)seed;
    return malloc(1);
}

const struct sim_program node_replay_writer = {.role = "replay-writer", .start = start, .destroy = free};
