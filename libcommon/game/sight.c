/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/sight.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/memory.h"
#include "libcommon/game/world.h"

static size_t grid_bytes_for(const struct map *map, uint32_t capacity)
{
    return grid_bytes(map->width_q16, map->height_q16, SIGHT_CELL_SHIFT, capacity);
}

size_t sight_bytes(const struct map *map, uint16_t capacity, uint32_t projectile_capacity)
{
    return arena_bytes(grid_bytes_for(map, capacity)) + arena_bytes(grid_bytes_for(map, projectile_capacity)) +
           arena_bytes(capacity * sizeof(uint32_t)) + arena_bytes(projectile_capacity * sizeof(uint32_t)) +
           arena_bytes(projectile_capacity * sizeof(struct vec2));
}

static void init_grid(struct grid *grid, const struct map *map, uint32_t capacity, struct arena *arena)
{
    grid_init(grid, map->width_q16, map->height_q16, SIGHT_CELL_SHIFT, capacity,
              arena_take(arena, grid_bytes_for(map, capacity)));
}

void sight_init(struct sight *sight, const struct map *map, uint16_t capacity, uint32_t projectile_capacity,
                void *memory)
{
    struct arena arena;
    arena_init(&arena, memory, sight_bytes(map, capacity, projectile_capacity));
    init_grid(&sight->players, map, capacity, &arena);
    init_grid(&sight->projectiles, map, projectile_capacity, &arena);
    sight->own_first = arena_take(&arena, capacity * sizeof(uint32_t));
    sight->own_next = arena_take(&arena, projectile_capacity * sizeof(uint32_t));
    sight->positions = arena_take_zeroed(&arena, projectile_capacity, sizeof(struct vec2));
    memory_fill(sight->own_first, 0xff, capacity * sizeof(uint32_t));
    sight->best_count = 0;
}

/* Slots are asked in order: among equals the first one stays ahead. */
static bool is_better(const struct world_player *a, const struct world_player *b)
{
    return a->kills != b->kills ? a->kills > b->kills : a->deaths < b->deaths;
}

static void rank(struct sight *sight, const struct world *world, uint16_t slot)
{
    const struct world_player *player = &world->players[slot];
    uint32_t place = sight->best_count;
    while (place > 0 && is_better(player, &world->players[sight->best[place - 1]])) {
        place--;
    }
    if (place == SIGHT_BEST_MAX) {
        return;
    }
    sight->best_count += sight->best_count < SIGHT_BEST_MAX;
    for (uint32_t i = sight->best_count - 1; i > place; i--) {
        sight->best[i] = sight->best[i - 1];
    }
    sight->best[place] = slot;
}

static void rank_all(struct sight *sight, const struct world *world)
{
    sight->best_count = 0;
    for (uint16_t slot = 0; world->capacity > SIGHT_SCORES_ALL && slot < world->capacity; slot++) {
        if (world->players[slot].id != 0) {
            rank(sight, world, slot);
        }
    }
}

void sight_index(struct world *world)
{
    struct sight *sight = &world->sight;
    memory_fill(sight->own_first, 0xff, world->capacity * sizeof(uint32_t));
    for (uint32_t i = 0; i < world->projectile_count; i++) {
        const struct world_projectile *projectile = &world->projectiles[i];
        sight->positions[i] = world_projectile_position(projectile);
        if (projectile->owner != RULES_SLOT_NONE) {
            sight->own_next[i] = sight->own_first[projectile->owner];
            sight->own_first[projectile->owner] = i;
        }
    }
    grid_build(&sight->projectiles, sight->positions, world->projectile_count);
    grid_build(&sight->players, world->alive_positions, world->alive_count);
    rank_all(sight, world);
}
