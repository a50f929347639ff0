/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/map/polygon.h"

#include "libcommon/base/status.h"
#include "libcommon/game/rules/rules.h"

#define Q30_SHIFT  30
#define CLIP_SHIFT 20 /* 10 bits finer than Q16, so that 16 more are free for a quotient */
#define CLEARANCE  2  /* what is pushed out stands this much further, whichever way it was rounded */

_Static_assert(Q30_SHIFT > CLIP_SHIFT && CLIP_SHIFT + 16 < 63, "quotients fit 64 bits");

/* Q32; both are differences of places, so it stays below 2^63. Above 0: b points to the right of a, on a screen. */
static int64_t cross(struct vec2 a, struct vec2 b)
{
    return (int64_t)a.x * b.y - (int64_t)a.y * b.x;
}

static struct vec2 edge_of(const struct map_polygon *corners, uint32_t edge)
{
    uint32_t next = edge + 1u < corners->corner_count ? edge + 1u : 0;
    return vec2_sub(corners->corners[next], corners->corners[edge]);
}

/* The longest edge is a diagonal of the world, whose length takes 32 bits. */
static uint32_t length_of(struct vec2 edge)
{
    return fixed_isqrt64(vec2_length_squared(edge));
}

/* Of the edge blown up to about 2^30, so that the length's rounding is as small as the normal's own. */
static struct vec2 normal_of(struct vec2 edge)
{
    while (q16_abs(edge.x) < 1 << (Q30_SHIFT - 1) && q16_abs(edge.y) < 1 << (Q30_SHIFT - 1)) {
        edge = vec2_add(edge, edge);
    }
    int64_t length = length_of(edge);
    return (struct vec2){(int32_t)((int64_t)edge.y * (1 << Q30_SHIFT) / length),
                         (int32_t)(-(int64_t)edge.x * (1 << Q30_SHIFT) / length)};
}

/* ---- validity ------------------------------------------------------------------------------------- */

/*
 * Every other corner lies to the edge's right. Where that holds for all edges each of them is one of the corners' hull,
 * and the corners are the hull in order: no dent, no crossing, no second winding.
 */
static bool edge_is_valid(const struct map_polygon *corners, uint32_t edge)
{
    struct vec2 along = edge_of(corners, edge);
    int64_t length = length_of(along);
    int64_t deepest = 0;
    for (uint32_t i = 2; i < corners->corner_count; i++) {
        uint32_t other = (edge + i) % corners->corner_count;
        int64_t side = cross(along, vec2_sub(corners->corners[other], corners->corners[edge]));
        if (side <= 0) {
            return false;
        }
        deepest = side > deepest ? side : deepest;
    }
    return length >= MAP_POLYGON_MIN && deepest / length >= MAP_POLYGON_MIN;
}

static bool corner_is_valid(struct vec2 corner)
{
    return corner.x >= 0 && corner.y >= 0 && corner.x <= Q16(RULES_WORLD_MAX) && corner.y <= Q16(RULES_WORLD_MAX);
}

bool polygon_is_valid(const struct map_polygon *corners)
{
    bool is_valid = corners->corner_count >= 3 && corners->corner_count <= MAP_CORNERS_MAX;
    for (uint32_t i = 0; is_valid && i < corners->corner_count; i++) {
        is_valid = corner_is_valid(corners->corners[i]);
    }
    for (uint32_t i = 0; is_valid && i < corners->corner_count; i++) {
        is_valid = edge_is_valid(corners, i);
    }
    return is_valid;
}

/* Of the edge's line, with something longer than the edge in place of its length. */
bool polygon_is_away(const struct map_polygon *corners, struct vec2 place, int32_t radius_q16)
{
    REQUIRE(radius_q16 >= 0);
    for (uint32_t i = 0; i < corners->corner_count; i++) {
        struct vec2 along = edge_of(corners, i);
        int64_t longer = (int64_t)q16_abs(along.x) + q16_abs(along.y);
        if (-cross(along, vec2_sub(place, corners->corners[i])) >= longer * radius_q16) {
            return true;
        }
    }
    return false;
}

/* ---- making --------------------------------------------------------------------------------------- */

struct map_box polygon_box(const struct map_polygon *corners)
{
    REQUIRE(corners->corner_count >= 3 && corners->corner_count <= MAP_CORNERS_MAX);
    struct map_box box = {corners->corners[0], corners->corners[0]};
    for (uint32_t i = 1; i < corners->corner_count; i++) {
        struct vec2 at = corners->corners[i];
        box.low.x = at.x < box.low.x ? at.x : box.low.x;
        box.low.y = at.y < box.low.y ? at.y : box.low.y;
        box.high.x = at.x > box.high.x ? at.x : box.high.x;
        box.high.y = at.y > box.high.y ? at.y : box.high.y;
    }
    return box;
}

void polygon_init(struct polygon *polygon, const struct map_polygon *corners)
{
    REQUIRE(corners->corner_count >= 3 && corners->corner_count <= MAP_CORNERS_MAX);
    *polygon = (struct polygon){.box = polygon_box(corners), .count = corners->corner_count};
    for (uint32_t i = 0; i < polygon->count; i++) {
        polygon->corners[i] = corners->corners[i];
        polygon->normals_q30[i] = normal_of(edge_of(corners, i));
    }
}

/* ---- circles -------------------------------------------------------------------------------------- */

/* Q46, above 0 outside: of a place from the line along an edge. */
static int64_t distance_q46(const struct polygon *polygon, uint32_t edge, struct vec2 place)
{
    return vec2_dot(polygon->normals_q30[edge], vec2_sub(place, polygon->corners[edge]));
}

/* The part of a polygon that is nearest to a place: an edge's inner part, or a corner. */
struct nearest {
    int32_t distance_q16; /* from the edge's line, below 0 inside: no place in or at the box is a world's side away */
    uint32_t edge;
    bool is_corner;
    struct vec2 corner;
};

/*
 * The line that is farthest away belongs to the edge that the nearest point lies on, or that ends in it: a normal cone
 * lies between those of its two edges, and all others point further away.
 */
static struct nearest nearest_to(const struct polygon *polygon, struct vec2 place)
{
    int64_t farthest = INT64_MIN;
    struct nearest nearest = {0};
    for (uint32_t i = 0; i < polygon->count; i++) {
        int64_t distance = distance_q46(polygon, i, place);
        if (distance > farthest) {
            farthest = distance;
            nearest.edge = i;
        }
    }
    struct vec2 from = polygon->corners[nearest.edge];
    struct vec2 to = polygon->corners[nearest.edge + 1 < polygon->count ? nearest.edge + 1 : 0];
    struct vec2 along = vec2_sub(to, from);
    bool is_before = vec2_dot(vec2_sub(place, from), along) < 0;
    bool is_past = vec2_dot(vec2_sub(place, to), along) > 0;
    nearest.distance_q16 = (int32_t)(farthest >> Q30_SHIFT);
    nearest.is_corner = nearest.distance_q16 > 0 && (is_before || is_past);
    nearest.corner = is_before ? from : to;
    return nearest;
}

static bool is_beside(const struct map_box *box, struct vec2 centre, int32_t radius)
{
    return (int64_t)centre.x + radius <= box->low.x || (int64_t)centre.x - radius >= box->high.x ||
           (int64_t)centre.y + radius <= box->low.y || (int64_t)centre.y - radius >= box->high.y;
}

static bool is_within(struct vec2 gap, int32_t radius)
{
    return vec2_length_squared(gap) < (uint64_t)((int64_t)radius * radius);
}

bool polygon_touches_circle(const struct polygon *polygon, struct vec2 centre, int32_t radius_q16)
{
    if (is_beside(&polygon->box, centre, radius_q16)) {
        return false;
    }
    struct nearest nearest = nearest_to(polygon, centre);
    bool is_near = nearest.distance_q16 < radius_q16;
    return is_near && (!nearest.is_corner || is_within(vec2_sub(centre, nearest.corner), radius_q16));
}

static struct vec2 scale_q30(struct vec2 normal_q30, int32_t length)
{
    return (struct vec2){(int32_t)(((int64_t)normal_q30.x * length) >> Q30_SHIFT),
                         (int32_t)(((int64_t)normal_q30.y * length) >> Q30_SHIFT)};
}

bool polygon_push_circle(const struct polygon *polygon, int32_t radius_q16, struct vec2 *centre,
                         struct vec2 *out_normal_q16)
{
    REQUIRE(radius_q16 > 0);
    if (is_beside(&polygon->box, *centre, radius_q16)) {
        return false;
    }
    struct nearest nearest = nearest_to(polygon, *centre);
    if (nearest.distance_q16 >= radius_q16) {
        return false;
    }
    if (!nearest.is_corner) {
        struct vec2 normal = polygon->normals_q30[nearest.edge];
        *centre = vec2_add(*centre, scale_q30(normal, radius_q16 + CLEARANCE - nearest.distance_q16));
        *out_normal_q16 = scale_q30(normal, Q16_ONE);
        return true;
    }
    struct vec2 gap = vec2_sub(*centre, nearest.corner);
    if (!is_within(gap, radius_q16)) {
        return false;
    }
    *centre = vec2_add(nearest.corner, vec2_with_length(gap, radius_q16 + CLEARANCE));
    *out_normal_q16 = vec2_with_length(gap, Q16_ONE);
    return true;
}

/* ---- boxes and lines ------------------------------------------------------------------------------ */

bool polygon_may_reach(const struct polygon *polygon, const struct map_box *box)
{
    for (uint32_t i = 0; i < polygon->count; i++) {
        struct vec2 normal = polygon->normals_q30[i];
        struct vec2 innermost = {normal.x > 0 ? box->low.x : box->high.x, normal.y > 0 ? box->low.y : box->high.y};
        if (distance_q46(polygon, i, innermost) > (int64_t)CLEARANCE << (Q30_SHIFT + 1)) {
            return false;
        }
    }
    return true;
}

bool polygon_clip(const struct polygon *polygon, struct vec2 start, struct vec2 step, int64_t *enter, int64_t *leave)
{
    REQUIRE(*enter >= 0 && *leave <= Q16_ONE);
    for (uint32_t i = 0; i < polygon->count && *enter <= *leave; i++) {
        int64_t distance = distance_q46(polygon, i, start) >> CLIP_SHIFT;
        int64_t growth = vec2_dot(polygon->normals_q30[i], step) >> CLIP_SHIFT;
        if (growth == 0 && distance > 0) {
            return false;
        }
        int64_t at = growth != 0 ? distance * Q16_ONE / -growth : 0;
        if (growth < 0 && at > *enter) {
            *enter = at;
        }
        if (growth > 0 && at < *leave) {
            *leave = at;
        }
    }
    return *enter <= *leave;
}
