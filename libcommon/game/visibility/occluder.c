/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/visibility/occluder.h"

#include "libcommon/base/status.h"

#define ROUNDS_MAX 8 /* of a tangent's search: it takes two or three */

_Static_assert(OCCLUDER_CORNERS_MAX >= MAP_CORNERS_MAX, "polygons and hulls of two boxes fit");

/* Above 0 when c lies clockwise (on screen) of the way from a to b. */
static int64_t orientation(struct vec2 a, struct vec2 b, struct vec2 c)
{
    return ((int64_t)b.x - a.x) * ((int64_t)c.y - a.y) - ((int64_t)b.y - a.y) * ((int64_t)c.x - a.x);
}

static void corners_of(const struct map_box *box, struct vec2 out_corners[4])
{
    out_corners[0] = box->low;
    out_corners[1] = (struct vec2){box->high.x, box->low.y};
    out_corners[2] = box->high;
    out_corners[3] = (struct vec2){box->low.x, box->high.y};
}

void occluder_of_corners(const struct vec2 *corners, uint32_t count, struct occluder *out_occluder)
{
    REQUIRE(count >= 3 && count <= OCCLUDER_CORNERS_MAX);
    *out_occluder = (struct occluder){.corner_count = count, .low = corners[0], .high = corners[0]};
    for (uint32_t i = 0; i < count; i++) {
        struct vec2 corner = corners[i];
        struct vec2 *low = &out_occluder->low;
        struct vec2 *high = &out_occluder->high;
        out_occluder->corners[i] = corner;
        *low = (struct vec2){corner.x < low->x ? corner.x : low->x, corner.y < low->y ? corner.y : low->y};
        *high = (struct vec2){corner.x > high->x ? corner.x : high->x, corner.y > high->y ? corner.y : high->y};
    }
}

void occluder_of_box(const struct map_box *box, struct occluder *out_occluder)
{
    REQUIRE(box->low.x <= box->high.x && box->low.y <= box->high.y);
    struct vec2 corners[4];
    corners_of(box, corners);
    occluder_of_corners(corners, 4, out_occluder);
}

static bool is_farther(struct vec2 from, struct vec2 a, struct vec2 b)
{
    int64_t reach_a =
        ((int64_t)a.x - from.x) * ((int64_t)a.x - from.x) + ((int64_t)a.y - from.y) * ((int64_t)a.y - from.y);
    int64_t reach_b =
        ((int64_t)b.x - from.x) * ((int64_t)b.x - from.x) + ((int64_t)b.y - from.y) * ((int64_t)b.y - from.y);
    return reach_a > reach_b;
}

/* The next corner of the hull, clockwise: nothing lies to the left of the way there. */
static struct vec2 next_of_hull(const struct vec2 points[8], struct vec2 from)
{
    struct vec2 next = from;
    for (uint32_t i = 0; i < 8; i++) {
        int64_t side = orientation(from, next, points[i]);
        if (side < 0 || (side == 0 && is_farther(from, points[i], next))) {
            next = points[i];
        }
    }
    return next;
}

void occluder_of_boxes(const struct map_box *a, const struct map_box *b, struct occluder *out_hull)
{
    REQUIRE(a->low.x <= a->high.x && a->low.y <= a->high.y);
    REQUIRE(b->low.x <= b->high.x && b->low.y <= b->high.y);
    struct vec2 points[8];
    struct vec2 hull[OCCLUDER_CORNERS_MAX];
    corners_of(a, points);
    corners_of(b, points + 4);
    struct vec2 first = points[0]; /* the topmost, of those the leftmost: a corner of the hull */
    for (uint32_t i = 1; i < 8; i++) {
        bool is_before = points[i].y < first.y || (points[i].y == first.y && points[i].x < first.x);
        first = is_before ? points[i] : first;
    }
    uint32_t count = 0;
    struct vec2 at = first;
    do {
        hull[count++] = at;
        at = next_of_hull(points, at);
    } while ((at.x != first.x || at.y != first.y) && count < OCCLUDER_CORNERS_MAX);
    occluder_of_corners(hull, count, out_hull);
}

bool occluder_is_apart(const struct occluder *occluder, const struct map_box *area)
{
    if (area->high.x <= occluder->low.x || area->low.x >= occluder->high.x || area->high.y <= occluder->low.y ||
        area->low.y >= occluder->high.y) {
        return true;
    }
    for (uint32_t i = 0; i < occluder->corner_count; i++) {
        struct vec2 from = occluder->corners[i];
        struct vec2 to = occluder->corners[i + 1 < occluder->corner_count ? i + 1 : 0];
        struct vec2 inmost = {to.y < from.y ? area->high.x : area->low.x, to.x > from.x ? area->high.y : area->low.y};
        if (orientation(from, to, inmost) <= 0) {
            return true;
        }
    }
    return false;
}

bool occluder_meets(const struct occluder *occluder, const struct occluder_line *line)
{
    bool is_left = false;
    bool is_right = false;
    for (uint32_t i = 0; i < occluder->corner_count; i++) {
        struct vec2 from = occluder->corners[i];
        struct vec2 to = occluder->corners[i + 1 < occluder->corner_count ? i + 1 : 0];
        if (orientation(from, to, line->from) <= 0 && orientation(from, to, line->to) <= 0) {
            return false;
        }
        int64_t side = orientation(line->from, line->to, from);
        is_left |= side <= 0;
        is_right |= side >= 0;
    }
    return is_left && is_right;
}

/*
 * The line from a corner of the eyes to one of the occluder that has both on its left (side 1) or right (side -1).
 * Alternately, each end gives way to whatever lies on the wrong side, until nothing does: what is found is right.
 */
static bool find_tangent(const struct occluder *occluder, const struct occluder *eyes, int64_t side,
                         struct occluder_line *out_line)
{
    struct occluder_line line = {eyes->corners[0], occluder->corners[0]};
    for (uint32_t round = 0; round < ROUNDS_MAX; round++) {
        bool is_found = true;
        for (uint32_t i = 0; i < eyes->corner_count; i++) {
            if (side * orientation(line.from, line.to, eyes->corners[i]) > 0) {
                line.from = eyes->corners[i];
                is_found = false;
            }
        }
        for (uint32_t i = 0; i < occluder->corner_count; i++) {
            if (side * orientation(line.from, line.to, occluder->corners[i]) > 0) {
                line.to = occluder->corners[i];
                is_found = false;
            }
        }
        if (is_found) {
            *out_line = line;
            return true;
        }
    }
    return false;
}

/* What lies on the left of a line (side 1) or on its right (side -1). */
static struct half_plane half_plane_of(const struct occluder_line *line, int64_t side)
{
    int64_t x = -side * ((int64_t)line->to.y - line->from.y);
    int64_t y = side * ((int64_t)line->to.x - line->from.x);
    uint64_t squared = (uint64_t)(x * x) + (uint64_t)(y * y);
    uint64_t length = fixed_isqrt64(squared);
    length += length * length < squared;
    return (struct half_plane){.x = x, .y = y, .length = (int64_t)length, .at = line->from};
}

bool occluder_shadow(const struct occluder *occluder, const struct occluder *eyes, struct half_plane out_planes[3])
{
    REQUIRE(occluder->corner_count >= 3 && eyes->corner_count >= 3);
    struct map_box bounds = {eyes->low, eyes->high};
    struct occluder_line left;
    struct occluder_line right;
    if (!occluder_is_apart(occluder, &bounds) || !find_tangent(occluder, eyes, 1, &left) ||
        !find_tangent(occluder, eyes, -1, &right)) {
        return false;
    }
    struct occluder_line chord = {left.to, right.to};
    bool is_left = false;
    bool is_right = false;
    for (uint32_t i = 0; i < eyes->corner_count; i++) {
        int64_t side = orientation(chord.from, chord.to, eyes->corners[i]);
        is_left |= side < 0;
        is_right |= side > 0;
    }
    out_planes[0] = half_plane_of(&left, 1);
    out_planes[1] = half_plane_of(&right, -1);
    out_planes[2] = half_plane_of(&chord, is_left ? -1 : 1);
    return is_left != is_right;
}

/*
 * A bridge leads between like corners, where one box reaches farther along one of the two axes and the other along the
 * other. Among equals b counts as the one that reaches farther: as if it were larger by nothing.
 */
bool occluder_bridges(const struct map_box *a, const struct map_box *b, struct occluder_line out_bridges[2])
{
    REQUIRE(a->low.x <= a->high.x && b->low.x <= b->high.x);
    struct vec2 corners_a[4];
    struct vec2 corners_b[4];
    corners_of(a, corners_a);
    corners_of(b, corners_b);
    bool is_b[5] = {b->low.y <= a->low.y, b->high.x >= a->high.x, b->high.y >= a->high.y, b->low.x <= a->low.x};
    is_b[4] = is_b[0];
    uint32_t count = 0;
    for (uint32_t i = 0; i < 4; i++) {
        if (is_b[i] != is_b[i + 1] && count++ < 2) {
            uint32_t corner = (i + 1) % 4; /* between up and right lies corner 1, as corners_of lists them */
            out_bridges[count - 1] = (struct occluder_line){corners_a[corner], corners_b[corner]};
        }
    }
    return count == 2;
}
