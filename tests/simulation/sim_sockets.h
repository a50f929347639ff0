/* SPDX-License-Identifier: Apache-2.0 */
/* sim_sockets.h - sockets as the fault planner and the invariants see them. */
#ifndef MMA_SIMULATION_SIM_SOCKETS_H
#define MMA_SIMULATION_SIM_SOCKETS_H

#include "tests/simulation/sim_socket.h"

struct sim_world;

struct sim_socket *sim_socket_any(struct sim_world *world);         /* an open one, or NULL */
void sim_socket_cut(struct sim_socket *socket);                     /* both ends see it end, not at the same time */
void sim_socket_hold(struct sim_socket *socket, uint64_t until_us); /* nothing gets through before */
uint32_t sim_sockets_open(const struct sim_world *world);

#endif
