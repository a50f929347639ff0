/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map.h - the maps: size, walls, spawn points, power-up points. Data without behaviour; Q16 coordinates, origin top
 * left.
 *
 * Gaps between walls are either none or wide enough for a player (60 units and more).
 */
#ifndef MMA_GAME_MAP_H
#define MMA_GAME_MAP_H

#include "libcommon/base/vec2.h"

#include <stdbool.h>
#include <stdint.h>

#define MAP_NAME_MAX      31
#define MAP_WALLS_MAX     16384
#define MAP_POLYGONS_MAX  4096
#define MAP_SPAWNS_MAX    4096
#define MAP_POWER_UPS_MAX 512
#define MAP_CORNERS_MAX   8
#define MAP_POLYGON_MIN   Q16(8) /* no polygon has a shorter edge, nor is one thinner */

struct map_box {
    struct vec2 low; /* low.x < high.x and low.y < high.y */
    struct vec2 high;
};

/* A wall of other angles: convex, clockwise as seen on a screen; polygon.h says when it is valid. */
struct map_polygon {
    uint8_t corner_count; /* 3 to MAP_CORNERS_MAX */
    struct vec2 corners[MAP_CORNERS_MAX];
};

struct map_spawn {
    struct vec2 position;
    uint8_t team; /* RULES_TEAM_NONE: for everybody */
};

struct map_power_up {
    struct vec2 position;
    uint8_t kind; /* enum power_up */
};

struct map {
    const char *name;
    int32_t width_q16;
    int32_t height_q16;
    const struct map_box *walls;
    uint32_t wall_count;
    const struct map_spawn *spawns;
    uint32_t spawn_count;
    const struct map_power_up *power_ups; /* ascending by y, then x, so that nearby ones are found without a scan */
    uint32_t power_up_count;
    uint32_t polygon_count;
    const struct map_polygon *polygons; /* walls as the boxes are */
};

/*
 * The built-in maps: "duel", "arena" and "massive". NULL when there is none of that name. "massive" is made at
 * the first question for any map: a process asks its first one before it has a second thread that asks.
 */
const struct map *map_find(const char *name);

/* Index 0 and up; NULL past the last. */
const struct map *map_at(uint32_t index);

/* Built-in maps are valid, as the tests prove, and need not be checked again. */
bool map_is_built_in(const struct map *map);

/*
 * Sizes within the rules, boxes and polygons proper and inside, no more of them than an index takes (walls.h), every
 * spawn and power-up point free for its circle.
 */
bool map_is_valid(const struct map *map);

/* Index of the first power-up point at or below y_q16; power_up_count when there is none. */
uint32_t map_power_ups_from(const struct map *map, int32_t y_q16);

/* No wall crosses the straight line. Tests every wall: for bots and tools; a world has walls.h. */
bool map_sees(const struct map *map, struct vec2 from, struct vec2 to);

#endif
