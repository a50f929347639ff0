/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_gateway.h - a gateway in the simulated world: core/router with its real messages and codec, and real tokens.
 *
 * As services/gateway/io: an event goes to the router, then its effects are carried out in order; what fails at once is
 * the next event.
 */
#ifndef MMA_SIMULATION_NODE_GATEWAY_H
#define MMA_SIMULATION_NODE_GATEWAY_H

#include "services/gateway/core/router.h"
#include "tests/simulation/simulation.h"

#define NODE_GATEWAY_SESSIONS_MAX 128

/* The core inside of node_gateway's state. */
const struct gateway_router *node_gateway_router(const void *state);

#endif
