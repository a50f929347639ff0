/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/status.h"
#include "libcommon/game/world/simulation.h"

static bool can_use(const struct actor *actor, uint8_t kind)
{
    return actor->state == ACTOR_ALIVE && (kind != POWER_UP_HEALTH || actor->health < RULES_HEALTH);
}

/* Who touches a power-up and can use it: the nearest, the lowest slot among equals; RULES_SLOT_NONE when nobody does.
 */
static uint16_t taker_of(const struct world *world, const struct map_power_up *power_up)
{
    const int32_t reach = RULES_PLAYER_RADIUS + RULES_POWER_UP_RADIUS;
    struct vec2 at = power_up->position;
    struct grid_area area =
        grid_area(&world->grid, (struct vec2){at.x - reach, at.y - reach}, (struct vec2){at.x + reach, at.y + reach});
    uint16_t taker = RULES_SLOT_NONE;
    uint64_t nearest = (uint64_t)((int64_t)reach * reach);
    for (int32_t row = area.row_low; row <= area.row_high; row++) {
        uint32_t first;
        uint32_t end;
        grid_run(&world->grid, &area, row, &first, &end);
        for (uint32_t i = first; i < end; i++) {
            uint16_t slot = world->alive_slots[world->grid.items[i]];
            const struct actor *actor = &world->players[slot].actor;
            uint64_t squared = vec2_length_squared(vec2_sub(actor->position, at));
            if (can_use(actor, power_up->kind) && (squared < nearest || (squared == nearest && slot < taker))) {
                taker = slot;
                nearest = squared;
            }
        }
    }
    return taker;
}

static void give(struct world *world, uint16_t slot, uint8_t kind)
{
    struct actor *actor = &world->players[slot].actor;
    if (kind == POWER_UP_HEALTH) {
        actor->health = (uint8_t)q16_clamp(actor->health + RULES_HEAL, 0, RULES_HEALTH);
    } else {
        actor->effect_ticks[kind] = rules_power_up(kind)->duration_ticks;
    }
    world_event(world, (struct event){.kind = EVENT_PICK_UP, .subject = slot, .other = RULES_SLOT_NONE, .value = kind});
}

void power_up_step(struct world *world)
{
    REQUIRE(world->grid.count == world->alive_count);
    for (uint32_t i = 0; i < world->map->power_up_count; i++) {
        const struct map_power_up *power_up = &world->map->power_ups[i];
        if (world->power_up_ticks[i] > 0) {
            world->power_up_ticks[i]--;
            continue;
        }
        uint16_t taker = taker_of(world, power_up);
        if (taker != RULES_SLOT_NONE) {
            give(world, taker, power_up->kind);
            world->power_up_ticks[i] = rules_power_up(power_up->kind)->respawn_ticks;
        }
    }
}
