/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/sim_network.h"

#include "tests/simulation/sim_world.h"

static bool is_client(const struct sim_world *world, uint32_t place)
{
    return place < world->process_count && world->processes[place].is_client;
}

static uint64_t delay_us(struct sim_world *world, uint32_t from, uint32_t to)
{
    const struct sim_network *network = &world->network;
    bool is_far = is_client(world, from) || is_client(world, to);
    uint64_t delay = is_far ? sim_between_us(world, network->client_least_us, network->client_most_us)
                            : sim_between_us(world, network->least_us, network->most_us);
    if (world->now_us < network->faulty_until_us && sim_chance(world, network->slow_permille)) {
        delay += sim_between_us(world, 0, network->slow_us);
    }
    return delay;
}

static uint64_t arrival_us(struct sim_world *world, struct sim_path *path, uint32_t from, uint32_t to,
                           bool may_overtake)
{
    uint64_t at_us = world->now_us + delay_us(world, from, to);
    if (path->cut_until_us > world->now_us) {
        at_us = path->cut_until_us + sim_between_us(world, 0, 200000); /* the next repeat of TCP */
    }
    if (!may_overtake && at_us < path->last_arrival_us) {
        at_us = path->last_arrival_us;
    }
    path->last_arrival_us = at_us > path->last_arrival_us ? at_us : path->last_arrival_us;
    return at_us;
}

uint32_t sim_network_send(struct sim_world *world, uint32_t from, uint32_t to, bool is_stream, uint64_t out_at_us[2])
{
    const struct sim_network *network = &world->network;
    struct sim_path *path = &world->network.paths[from][to];
    bool is_faulty = !is_stream && world->now_us < network->faulty_until_us;
    if (!is_stream && path->cut_until_us > world->now_us && path->is_losing) {
        return 0;
    }
    if (is_faulty && sim_chance(world, network->drop_permille)) {
        return 0;
    }
    bool may_overtake = is_faulty && sim_chance(world, network->reorder_permille);
    out_at_us[0] = arrival_us(world, path, from, to, may_overtake);
    if (!is_faulty || !sim_chance(world, network->double_permille)) {
        return 1;
    }
    out_at_us[1] = arrival_us(world, path, from, to, false);
    return 2;
}

void sim_network_cut(struct sim_world *world, uint32_t from, uint32_t to, uint64_t until_us, bool is_losing)
{
    struct sim_path *path = &world->network.paths[from][to];
    if (until_us > path->cut_until_us) {
        path->cut_until_us = until_us;
        path->is_losing = is_losing;
    }
}

bool sim_network_is_cut(const struct sim_world *world, uint32_t from, uint32_t to)
{
    return world->network.paths[from][to].cut_until_us > world->now_us;
}

void sim_network_heal(struct sim_world *world)
{
    world->network.faulty_until_us = 0;
    for (uint32_t from = 0; from < SIM_PLACES_MAX; from++) {
        for (uint32_t to = 0; to < SIM_PLACES_MAX; to++) {
            world->network.paths[from][to].cut_until_us = 0;
        }
    }
}
