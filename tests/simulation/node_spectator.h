/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_spectator.h - a spectator in the simulated world: core/follow with its real messages, playback and frames.
 *
 * As services/spectator/io/watch_host.c: each event goes to the core, then its effects are carried out in order.
 */
#ifndef MMA_SIMULATION_NODE_SPECTATOR_H
#define MMA_SIMULATION_NODE_SPECTATOR_H

#include "services/spectator/core/follow.h"
#include "tests/simulation/simulation.h"

#define NODE_SPECTATOR_MATCHES_MAX 8
#define NODE_SPECTATOR_VIEWERS_MAX 8 /* of one match */

/* The core inside of node_spectator's state. */
const struct follow *node_spectator_follow(const void *state);

#endif
