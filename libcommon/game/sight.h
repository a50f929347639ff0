/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sight.h - who and what is where, for the many who look: coarse grids, rebuilt at the end of every step.
 *
 * A screen is a few runs of these; the finer grid that bodies collide in would make it twenty.
 */
#ifndef MMA_GAME_SIGHT_H
#define MMA_GAME_SIGHT_H

#include "libcommon/game/grid.h"

#define SIGHT_CELL_SHIFT 24 /* cells of 256 units */
#define SIGHT_NONE       UINT32_MAX

#define SIGHT_SCORES_ALL                                                                                               \
    64 /* a world with more slots tells of the best only: a row for everybody would cost the most */
#define SIGHT_BEST_MAX 20

struct sight {
    struct grid players;           /* the living: indices of alive_slots */
    struct grid projectiles;       /* indices of projectiles; places are where they are now */
    uint32_t *own_first;           /* [capacity] index of a slot's newest projectile, or SIGHT_NONE */
    uint32_t *own_next;            /* [projectile_capacity] index of the same slot's next older one, or SIGHT_NONE */
    struct vec2 *positions;        /* [projectile_capacity] of the projectiles, as they are listed */
    uint32_t best_count;           /* 0 in a world of up to SIGHT_SCORES_ALL slots */
    uint16_t best[SIGHT_BEST_MAX]; /* most kills, then fewest deaths, then lowest slot, first */
};

struct map;
struct world;

size_t sight_bytes(const struct map *map, uint16_t capacity, uint32_t projectile_capacity);

/* memory: sight_bytes of the same figures, aligned to 16. Nothing is in sight yet. */
void sight_init(struct sight *sight, const struct map *map, uint16_t capacity, uint32_t projectile_capacity,
                void *memory);

/* world->sight from its alive_* and projectiles. */
void sight_index(struct world *world);

#endif
