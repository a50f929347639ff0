/* SPDX-License-Identifier: Apache-2.0 */
/*
 * occluder.h - a convex obstacle to lines of sight, and the few geometric queries that visibility makes.
 *
 * All sums are exact for shapes within a world (32,000 units).
 */
#ifndef MMA_GAME_OCCLUDER_H
#define MMA_GAME_OCCLUDER_H

#include "libcommon/game/map/map.h"

#define OCCLUDER_CORNERS_MAX 8 /* two boxes' hull has no more, nor has a map's polygon */

struct occluder {
    uint32_t corner_count;
    struct vec2 corners[OCCLUDER_CORNERS_MAX]; /* clockwise on screen */
    struct vec2 low;                           /* its bounds */
    struct vec2 high;
};

/* A straight line from one place to another. */
struct occluder_line {
    struct vec2 from;
    struct vec2 to;
};

/* The points with x * (p.x - at.x) + y * (p.y - at.y) <= 0. */
struct half_plane {
    int64_t x;
    int64_t y;
    int64_t length; /* of (x, y), rounded up */
    struct vec2 at;
};

/* corners: count of them, 3 to OCCLUDER_CORNERS_MAX, convex and clockwise on screen. */
void occluder_of_corners(const struct vec2 *corners, uint32_t count, struct occluder *out_occluder);
void occluder_of_box(const struct map_box *box, struct occluder *out_occluder);

/* The convex hull of both. */
void occluder_of_boxes(const struct map_box *a, const struct map_box *b, struct occluder *out_hull);

/* No inner point in common. */
bool occluder_is_apart(const struct occluder *occluder, const struct map_box *area);

/* In more than an end of the line, and not just along a side. */
bool occluder_meets(const struct occluder *occluder, const struct occluder_line *line);

/*
 * Where no line from anywhere in eyes gets past the occluder: what lies in all three half-planes. The first two lie
 * along the lines that touch both on the same side, the third along the chord between the points where those touch the
 * occluder. A line from the eyes to beyond the chord that stays within the first two crosses the chord.
 * False when the occluder and the eyes' bounds are not apart. eyes: convex as an occluder.
 */
bool occluder_shadow(const struct occluder *occluder, const struct occluder *eyes, struct half_plane out_planes[3]);

/* All that is within reach of the area is in the half-plane. */
static inline bool half_plane_holds(const struct half_plane *plane, const struct map_box *area, int32_t reach_q16)
{
    int64_t x = (int64_t)(plane->x > 0 ? area->high.x : area->low.x) - plane->at.x;
    int64_t y = (int64_t)(plane->y > 0 ? area->high.y : area->low.y) - plane->at.y;
    return plane->x * x + plane->y * y + plane->length * reach_q16 <= 0;
}

/* The two edges of the hull of a and b that lead from a to b. False when there are none: one is inside the other. */
bool occluder_bridges(const struct map_box *a, const struct map_box *b, struct occluder_line out_bridges[2]);

#endif
