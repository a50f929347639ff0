/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_replay_writer.h - a replay-writer in the simulated world: core/intake with its real messages, store and proof.
 *
 * As services/replay-writer/io/intake_host.c: each event goes to the core, then its effects are carried out in order.
 */
#ifndef MMA_SIMULATION_NODE_REPLAY_WRITER_H
#define MMA_SIMULATION_NODE_REPLAY_WRITER_H

#include "services/replay-writer/core/intake.h"
#include "services/replay-writer/io/store.h"
#include "tests/simulation/simulation.h"

#define NODE_REPLAY_WRITER_PREFETCH 8 /* of each queue */

/* The core inside of node_replay_writer's state. */
const struct intake *node_replay_writer_intake(const void *state);

/* The simulated disk of a process as the store's. */
struct store_disk node_replay_writer_disk(struct sim_process *process);

#endif
