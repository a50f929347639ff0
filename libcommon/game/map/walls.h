/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walls.h - a map's walls by grid cell, so that a question costs a few and not all.
 *
 * Built once a world (or a predictor) over the caller's memory; constant afterwards.
 */
#ifndef MMA_GAME_WALLS_H
#define MMA_GAME_WALLS_H

#include "libcommon/game/map/map.h"
#include "libcommon/game/rules/rules.h"

#include <stddef.h>

#define WALLS_ITEMS_MAX (1u << 22) /* walls listed in cells, together */

struct polygon;

struct walls {
    const struct map *map; /* borrowed */
    int32_t columns;
    int32_t rows;
    uint32_t *starts;         /* [columns * rows + 1] */
    uint32_t *has_items;      /* [columns * rows / 32, rounded up] a bit for each cell */
    uint16_t *items;          /* by cell: indices of boxes, then wall_count + indices of polygons; each ascending */
    struct polygon *polygons; /* [map->polygon_count] */
};

/* No more than WALLS_ITEMS_MAX. Boxes and polygons must be valid each: map_is_valid asks this after all else. */
bool walls_fit_index(const struct map *map);

size_t walls_bytes(const struct map *map);

/* memory: walls_bytes(map), aligned to 16. The map must be valid. */
void walls_init(struct walls *walls, const struct map *map, void *memory);

/* A circle at position overlaps no wall and lies inside the world (to 1/64 of a unit). */
bool walls_circle_is_free(const struct walls *walls, struct vec2 position, int32_t radius_q16);

/* Whether walls_push_circle could do anything at all; where it answers false, it need not be called. */
static inline bool walls_near_circle(const struct walls *walls, int32_t radius_q16, struct vec2 position)
{
    const struct map *map = walls->map;
    if (position.x < radius_q16 || position.y < radius_q16 || position.x > map->width_q16 - radius_q16 ||
        position.y > map->height_q16 - radius_q16) {
        return true;
    }
    size_t cell =
        (size_t)(position.y >> RULES_CELL_SHIFT) * (size_t)walls->columns + (size_t)(position.x >> RULES_CELL_SHIFT);
    return (walls->has_items[cell / 32] >> cell % 32 & 1u) != 0;
}

/*
 * Pushes a circle out of walls and back into the world, and takes from velocity what points into
 * them. Answers false where it could not (squeezed): position may then overlap.
 */
bool walls_push_circle(const struct walls *walls, int32_t radius_q16, struct vec2 *position, struct vec2 *velocity);

/*
 * How far a point can go from start along step before a wall or the world's edge: 0..65536 of step,
 * 65536 when nothing is in the way. No component of step may exceed 64 units.
 */
int32_t walls_sweep_point(const struct walls *walls, struct vec2 start, struct vec2 step);

#endif
