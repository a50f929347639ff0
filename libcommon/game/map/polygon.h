/* SPDX-License-Identifier: Apache-2.0 */
/*
 * polygon.h - a convex wall: circles and lines against it.
 *
 * Integers throughout, for corners and places anywhere in a world or up to 64 units beside it: a difference of two
 * takes 31 bits and a sign, a unit normal 30, so each product stays below 2^61 and a sum of two below 2^62.
 * A distance from an edge's line is right to 4/65536 of a unit, also 32,000 units from the edge's first corner.
 */
#ifndef MMA_GAME_POLYGON_H
#define MMA_GAME_POLYGON_H

#include "libcommon/game/map/map.h"

struct polygon {
    struct map_box box; /* the smallest around it */
    uint32_t count;
    struct vec2 corners[MAP_CORNERS_MAX];
    struct vec2 normals_q30[MAP_CORNERS_MAX]; /* outwards, of the edge from the corner of that index to the next */
};

/*
 * 3 to MAP_CORNERS_MAX corners with coordinates of 0 to RULES_WORLD_MAX, convex without straight angles, clockwise as
 * seen on a screen, every edge at least MAP_POLYGON_MIN long and some corner that far behind it.
 */
bool polygon_is_valid(const struct map_polygon *corners);

/* True only where the place is radius_q16 away or more; most that are, at a small price. The corners must be valid. */
bool polygon_is_away(const struct map_polygon *corners, struct vec2 place, int32_t radius_q16);

struct map_box polygon_box(const struct map_polygon *corners);

/* The corners must be valid. */
void polygon_init(struct polygon *polygon, const struct map_polygon *corners);

bool polygon_touches_circle(const struct polygon *polygon, struct vec2 centre, int32_t radius_q16);

/* Moves a circle that touches the polygon out of it the shortest way. Answers whether it did; *out_normal_q16 then. */
bool polygon_push_circle(const struct polygon *polygon, int32_t radius_q16, struct vec2 *centre,
                         struct vec2 *out_normal_q16);

/* False only where no place in the box (of valid coordinates) touches the polygon. */
bool polygon_may_reach(const struct polygon *polygon, const struct map_box *box);

/* Narrows the part enter..leave of a line, in 1/65536 of step, to what lies in the polygon; false when that is less
 * than nothing. A line along an edge is in. */
bool polygon_clip(const struct polygon *polygon, struct vec2 start, struct vec2 step, int64_t *enter, int64_t *leave);

#endif
