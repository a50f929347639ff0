/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_network.h - how long a message takes between two places, and whether it arrives: one figure for each message.
 *
 * A place is a process's index, or one of the stores behind them. Order is kept between two places, but where
 * reordering is on. A cut is one way, has an end, and either loses what is sent meanwhile or holds it (TCP's repeats).
 */
#ifndef MMA_SIMULATION_SIM_NETWORK_H
#define MMA_SIMULATION_SIM_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#define SIM_PLACES_MAX     (64 + 3)
#define SIM_PLACE_STORE(d) (64u + (uint32_t)(d)) /* of an enum sim_dependency */

struct sim_world;

struct sim_path {
    uint64_t last_arrival_us;
    uint64_t cut_until_us;
    bool is_losing; /* the cut */
};

struct sim_network {
    uint64_t least_us, most_us;               /* one way between daemons */
    uint64_t client_least_us, client_most_us; /* between a client and a gateway */
    uint32_t drop_permille, double_permille, reorder_permille, slow_permille;
    uint64_t slow_us;         /* at most, of a slow one */
    uint64_t faulty_until_us; /* drop, double, reorder and slow hold until then */
    struct sim_path paths[SIM_PLACES_MAX][SIM_PLACES_MAX];
};

/* When the message arrives, once or twice; 0: never. is_ordered: a connection that is never lost a part of (sockets,
 * stores): it is only late. */
uint32_t sim_network_send(struct sim_world *world, uint32_t from, uint32_t to, bool is_stream, uint64_t out_at_us[2]);
void sim_network_cut(struct sim_world *world, uint32_t from, uint32_t to, uint64_t until_us, bool is_losing);
bool sim_network_is_cut(const struct sim_world *world, uint32_t from, uint32_t to);
void sim_network_heal(struct sim_world *world);

#endif
