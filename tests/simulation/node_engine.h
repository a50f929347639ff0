/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_engine.h - a game-engine in the simulated world: core/engine_core with real matches, snapshots and records.
 *
 * As services/game-engine/io: each event goes to the core, then its effects are carried out in order. The recovery log
 * is in the model of Redis, by io/recovery.c's script as node_engine_recovery.c has it.
 */
#ifndef MMA_SIMULATION_NODE_ENGINE_H
#define MMA_SIMULATION_NODE_ENGINE_H

#include "services/game-engine/core/engine_round.h"
#include "tests/simulation/simulation.h"

#define NODE_ENGINE_MATCHES_MAX 8
#define NODE_ENGINE_SEATS_MAX   8 /* of one match */

/* The core inside of node_engine's state. */
const struct engine_core *node_engine_core(const void *state);

#endif
