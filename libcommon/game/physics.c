/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/simulation.h"

static void gather_alive(struct world *world)
{
    world->alive_count = 0;
    for (uint16_t slot = 0; slot < world->capacity; slot++) {
        const struct world_player *player = &world->players[slot];
        if (player->id == 0 || player->actor.state != ACTOR_ALIVE) {
            continue;
        }
        world->alive_slots[world->alive_count] = slot;
        world->alive_positions[world->alive_count] = player->actor.position;
        world->alive_velocities[world->alive_count] = player->actor.velocity;
        world->alive_count++;
    }
}

void physics_index(struct world *world)
{
    gather_alive(world);
    grid_build(&world->grid, world->alive_positions, world->alive_count);
}

static void separate(int32_t radius_q16, struct vec2 *positions, struct vec2 *velocities, uint32_t a, uint32_t b)
{
    struct vec2 gap = vec2_sub(positions[b], positions[a]);
    int32_t reach = 2 * radius_q16;
    if (gap.x >= reach || gap.x <= -reach || gap.y >= reach || gap.y <= -reach) {
        return;
    }
    uint64_t squared = vec2_length_squared(gap);
    if (squared >= (uint64_t)((int64_t)reach * reach)) {
        return;
    }
    int32_t distance = (int32_t)fixed_isqrt64(squared);
    struct vec2 normal = {Q16_ONE, 0}; /* one on top of the other: any direction, always the same */
    if (distance > 0) {
        normal = (struct vec2){q16_div(gap.x, distance), q16_div(gap.y, distance)};
    }
    struct vec2 push = vec2_scale(normal, (reach - distance + 1) / 2);
    positions[a] = vec2_sub(positions[a], push);
    positions[b] = vec2_add(positions[b], push);
    int32_t closing = (int32_t)(vec2_dot(vec2_sub(velocities[b], velocities[a]), normal) >> 16);
    if (closing < 0) {
        struct vec2 change = vec2_scale(normal, closing / 2);
        velocities[a] = vec2_add(velocities[a], change);
        velocities[b] = vec2_sub(velocities[b], change);
    }
}

void physics_collide(const struct grid *grid, int32_t radius_q16, struct vec2 *positions, struct vec2 *velocities)
{
    REQUIRE(2 * radius_q16 <= Q16(RULES_CELL));
    for (uint32_t i = 0; i < grid->count; i++) {
        uint32_t item = grid->items[i];
        int32_t cell = (int32_t)grid->cells[item];
        int32_t column = cell % grid->columns;
        int32_t east = column + 1 < grid->columns ? cell + 1 : cell;
        /* Later ones of this cell and the next lie side by side; the three cells below are one run too. */
        for (uint32_t k = i + 1; k < grid->starts[east + 1]; k++) {
            separate(radius_q16, positions, velocities, item, grid->items[k]);
        }
        if (cell / grid->columns + 1 == grid->rows) {
            continue;
        }
        int32_t below_west = cell + grid->columns - (column > 0);
        int32_t below_east = east + grid->columns;
        for (uint32_t k = grid->starts[below_west]; k < grid->starts[below_east + 1]; k++) {
            separate(radius_q16, positions, velocities, item, grid->items[k]);
        }
    }
}

static int32_t limited(int32_t value)
{
    return q16_clamp(value, -RULES_VELOCITY_MAX, RULES_VELOCITY_MAX);
}

/* A collision may move an actor a little, never into or through a wall: else it stays where it was. */
static void take_over(const struct walls *walls, struct actor *actor, struct vec2 position, struct vec2 velocity)
{
    actor->velocity = (struct vec2){limited(velocity.x), limited(velocity.y)};
    struct vec2 push = vec2_sub(position, actor->position);
    if (push.x == 0 && push.y == 0) {
        return;
    }
    if (vec2_length(push) > RULES_PUSH_MAX) {
        push = vec2_with_length(push, RULES_PUSH_MAX);
    }
    struct vec2 pushed = vec2_add(actor->position, push);
    if (walls_push_circle(walls, RULES_PLAYER_RADIUS, &pushed, &actor->velocity)) {
        actor->position = pushed;
    }
}

void physics_step(struct world *world, const struct input *inputs)
{
    for (uint16_t slot = 0; slot < world->capacity; slot++) {
        struct world_player *player = &world->players[slot];
        world->fired[slot] = 0;
        if (player->id != 0 && player->actor.state == ACTOR_ALIVE) {
            world->fired[slot] = actor_control(&player->actor, &inputs[slot]);
            actor_move(&player->actor, &inputs[slot], &world->walls);
        }
    }
    physics_index(world);
    physics_collide(&world->grid, RULES_PLAYER_RADIUS, world->alive_positions, world->alive_velocities);
    for (uint32_t i = 0; i < world->alive_count; i++) {
        struct actor *actor = &world->players[world->alive_slots[i]].actor;
        take_over(&world->walls, actor, world->alive_positions[i], world->alive_velocities[i]);
    }
    physics_index(world);
}
