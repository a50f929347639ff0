/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map_make.h - large maps from a seed: the same seed gives the same map everywhere.
 *
 * A map is a square of blocks of 800 x 800 units. Each block has walls of one of a few patterns, none nearer than 80
 * units to its edge, so that there is a way round every block; two spawn points; and maybe a power-up.
 */
#ifndef MMA_GAME_MAP_MAKE_H
#define MMA_GAME_MAP_MAKE_H

#include "libcommon/game/map/map.h"

#include <stddef.h>

#define MAP_BLOCK        800
#define MAP_BLOCKS_MIN   3 /* blocks on each side: 2,400 units */
#define MAP_BLOCKS_MAX   40
#define MAP_BLOCK_WALLS  8 /* at most */
#define MAP_BLOCK_SPAWNS 2
#define MAP_MAKE_BYTES(n)                                                                                              \
    ((size_t)(n) * (n) * (MAP_BLOCK_WALLS * sizeof(struct map_box) + MAP_BLOCK_SPAWNS * sizeof(struct map_spawn)) +    \
     MAP_POWER_UPS_MAX * sizeof(struct map_power_up) + 64u)

struct map_plan {
    const char *name; /* borrowed for the map's life */
    uint64_t seed;
    uint32_t blocks; /* on each side, MAP_BLOCKS_MIN to MAP_BLOCKS_MAX */
};

/* memory: MAP_MAKE_BYTES(plan->blocks), aligned to 16, borrowed for the map's life. The map is valid. */
void map_make(const struct map_plan *plan, void *memory, struct map *out_map);

#endif
