/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/status.h"
#include "libcommon/game/world/simulation.h"

static bool is_living(const struct world_player *player)
{
    return player->id != 0 && player->actor.state == ACTOR_ALIVE;
}

/* The bodies of the living: alive_* is their memory. */
static struct bodies bodies_of(struct world *world)
{
    return (struct bodies){.count = world->alive_count,
                           .positions = world->alive_positions,
                           .velocities = world->alive_velocities,
                           .requested = world->alive_requested,
                           .are_pushed = world->are_pushed,
                           .grid = &world->grid};
}

static void gather(struct world *world, uint16_t slot)
{
    const struct actor *actor = &world->players[slot].actor;
    world->alive_slots[world->alive_count] = slot;
    world->alive_positions[world->alive_count] = actor->position;
    world->alive_velocities[world->alive_count] = actor->velocity;
    world->alive_count++;
}

void physics_index(struct world *world)
{
    world->alive_count = 0;
    for (uint16_t slot = 0; slot < world->capacity; slot++) {
        if (is_living(&world->players[slot])) {
            gather(world, slot);
        }
    }
    grid_build(&world->grid, world->alive_positions, world->alive_count);
}

static void control_all(struct world *world, const struct input *inputs)
{
    world->alive_count = 0;
    for (uint16_t slot = 0; slot < world->capacity; slot++) {
        struct world_player *player = &world->players[slot];
        world->fired[slot] = 0;
        if (is_living(player)) {
            world->fired[slot] = actor_control(&player->actor, &inputs[slot]);
            world->alive_requested[world->alive_count] = actor_requested_velocity(&player->actor, &inputs[slot]);
            gather(world, slot);
        }
    }
}

void physics_step(struct world *world, const struct input *inputs)
{
    REQUIRE(inputs != NULL);
    control_all(world, inputs);
    struct bodies bodies = bodies_of(world);
    bodies_move(&bodies, RULES_PLAYER_RADIUS, &world->walls);
    bodies_set_apart(&bodies, RULES_PLAYER_RADIUS, &world->walls);
    for (uint32_t i = 0; i < world->alive_count; i++) {
        struct actor *actor = &world->players[world->alive_slots[i]].actor;
        actor->position = world->alive_positions[i];
        actor->velocity = world->alive_velocities[i];
    }
}
