/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/status.h"
#include "libcommon/game/world/simulation.h"

static struct vec2 *place(const struct world *world, uint16_t slot, uint32_t tick)
{
    return &world->past[(size_t)(tick % RULES_REWIND_MAX) * world->capacity + slot];
}

void history_put(struct world *world, uint16_t slot, uint32_t tick, struct vec2 position)
{
    REQUIRE(slot < world->capacity && tick <= world->tick);
    *place(world, slot, tick) = position;
}

void history_keep(struct world *world)
{
    for (uint32_t i = 0; i < world->alive_count; i++) {
        uint16_t slot = world->alive_slots[i];
        history_put(world, slot, world->tick, world->players[slot].actor.position);
    }
}

bool history_find(const struct world *world, uint16_t slot, uint32_t tick, struct vec2 *out_position)
{
    const struct world_player *player = &world->players[slot];
    if (player->id == 0 || player->actor.state != ACTOR_ALIVE || player->life_tick > tick) {
        return false;
    }
    *out_position = tick == world->tick ? player->actor.position : *place(world, slot, tick);
    return true;
}

uint32_t history_rewind(const struct world *world, uint16_t slot, const struct input *input)
{
    REQUIRE(world_has(world, slot));
    uint32_t life = world->tick - world->players[slot].life_tick;
    uint32_t most = life < RULES_REWIND_MAX ? life : RULES_REWIND_MAX;
    uint32_t requested = input_lag(input);
    return requested < most ? requested : most;
}
