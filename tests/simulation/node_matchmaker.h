/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_matchmaker.h - a matchmaker in the simulated world: its core with its real messages and records.
 *
 * As services/matchmaker/io: each event goes to the core, then its effects are carried out in order. The Lua scripts of
 * io/ticket_store.c and the SQL function apply_match_result are C functions here, in the same steps.
 */
#ifndef MMA_SIMULATION_NODE_MATCHMAKER_H
#define MMA_SIMULATION_NODE_MATCHMAKER_H

#include "services/matchmaker/core/matchmaker.h"
#include "tests/simulation/simulation.h"

#define NODE_MATCHMAKER_TICKETS_MAX 256

/* The core inside of node_matchmaker's state. */
const struct matchmaker *node_matchmaker_core(const void *state);

#endif
