/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/visibility/visibility_parts.h"

#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"

#define OCTAGON  (VISIBILITY_EYE * 92682) /* x + y of its slanting sides, Q16: VISIBILITY_EYE times the root of two */
#define ROUNDING (Q16_ONE / 64)           /* more than what divisions lose where a shadow's bounds are found */

/* What hides behind an occluder from a tile. */
struct shadow {
    int32_t column; /* of the tile that looks */
    int32_t row;
    struct half_plane planes[3];
    struct visibility_tiles area;  /* it lies in there: within the window, and not before the occluder */
    const struct occluder *hollow; /* the hull of two walls: what is in there is not hidden; NULL when solid */
};

/* How a half-plane bounds the columns of one row of tiles after another: x where nothing of it, where all is inside. */
struct bound {
    int64_t x; /* as half_plane.x: above 0 it bounds the right side, below 0 the left one, 0 whole rows */
    int64_t loose;
    int64_t strict;
    int64_t step; /* added to both from row to row */
};

struct visibility_tiles visibility_tiles_near(const struct visibility *visibility, struct vec2 low, struct vec2 high,
                                              struct vec2 tiles, int32_t margin)
{
    REQUIRE(low.x <= high.x && low.y <= high.y);
    return (struct visibility_tiles){
        {q16_clamp(((low.x - Q16(margin)) >> visibility->shift) - tiles.x, 0, visibility->columns - 1),
         q16_clamp(((high.x + Q16(margin)) >> visibility->shift) + tiles.x, 0, visibility->columns - 1)},
        {q16_clamp(((low.y - Q16(margin)) >> visibility->shift) - tiles.y, 0, visibility->rows - 1),
         q16_clamp(((high.y + Q16(margin)) >> visibility->shift) + tiles.y, 0, visibility->rows - 1)},
    };
}

struct visibility_tiles visibility_window(const struct visibility *visibility, int32_t column, int32_t row)
{
    REQUIRE(column >= 0 && column < visibility->columns && row >= 0 && row < visibility->rows);
    return (struct visibility_tiles){
        {q16_clamp(column - visibility->reach_x, 0, column),
         q16_clamp(column + visibility->reach_x, column, visibility->columns - 1)},
        {q16_clamp(row - visibility->reach_y, 0, row), q16_clamp(row + visibility->reach_y, row, visibility->rows - 1)},
    };
}

struct visibility_tiles visibility_watchers(const struct visibility *visibility, const struct occluder *occluder)
{
    REQUIRE(occluder->low.x <= occluder->high.x && occluder->low.y <= occluder->high.y);
    return visibility_tiles_near(visibility, occluder->low, occluder->high,
                                 (struct vec2){visibility->reach_x, visibility->reach_y}, 0);
}

void visibility_hide(struct visibility *visibility, int32_t from_column, int32_t from_row,
                     struct visibility_span columns, int32_t row)
{
    if (columns.low > columns.high) {
        return;
    }
    uint64_t *bits = visibility->bits + visibility_index(visibility, from_column, from_row) * visibility->words;
    int32_t base = (row - from_row + visibility->reach_y) * visibility->breadth + visibility->reach_x - from_column;
    uint32_t first = (uint32_t)(base + columns.low);
    uint32_t last = (uint32_t)(base + columns.high);
    for (uint32_t word = first >> 6; word <= last >> 6; word++) {
        uint64_t mask = UINT64_MAX;
        mask = word == first >> 6 ? mask << (first & 63) : mask;
        mask = word == last >> 6 ? mask & (UINT64_MAX >> (63 - (last & 63))) : mask;
        bits[word] &= ~mask;
    }
}

/* For rows from the given one on. Strict is for bodies that nothing is cut off from. */
static struct bound bound_of(const struct visibility *visibility, const struct half_plane *plane, int32_t row)
{
    int64_t size = (int64_t)1 << visibility->shift;
    int64_t top = row * size - plane->at.y;
    int64_t loose = plane->y * (plane->y > 0 ? top : top + size);
    int64_t strict = plane->y * (plane->y > 0 ? top + size : top) + plane->length * Q16(VISIBILITY_BODY);
    if (plane->x == 0) {
        return (struct bound){0, loose, strict, plane->y * size};
    }
    bool is_right = plane->x > 0;
    return (struct bound){
        .x = plane->x,
        .loose = plane->at.x - loose / plane->x + (is_right ? ROUNDING : -ROUNDING),
        .strict = plane->at.x - strict / plane->x + (is_right ? -ROUNDING - size : ROUNDING + size - 1),
        .step = -(plane->y * size / plane->x),
    };
}

static int32_t column_of(const struct visibility *visibility, int64_t x)
{
    int64_t column = x >> visibility->shift;
    return column < -1 ? -1 : column > visibility->columns ? visibility->columns : (int32_t)column;
}

/* Takes from the columns of a row what a bound excludes, and moves the bound to the next row. */
static void narrow(const struct visibility *visibility, struct bound *bound, struct visibility_span *loose,
                   struct visibility_span *strict)
{
    if (bound->x > 0) {
        visibility_keep_below(loose, column_of(visibility, bound->loose));
        visibility_keep_below(strict, column_of(visibility, bound->strict));
    } else if (bound->x < 0) {
        visibility_keep_above(loose, column_of(visibility, bound->loose));
        visibility_keep_above(strict, column_of(visibility, bound->strict));
    } else {
        visibility_keep_below(loose, bound->loose > 0 ? -1 : loose->high);
        visibility_keep_below(strict, bound->strict > 0 ? -1 : strict->high);
    }
    bound->loose += bound->step;
    bound->strict += bound->step;
}

/* A body is in its grown tile as it is cut, and within reach of its tile. */
static bool is_in_shadow(const struct visibility *visibility, const struct shadow *shadow, int32_t column, int32_t row)
{
    struct map_box tile = visibility_tile_box(visibility, column, row, 0);
    struct map_box body = visibility_body(visibility, column, row);
    for (uint32_t i = 0; i < 3; i++) {
        if (!half_plane_holds(&shadow->planes[i], &body, 0) &&
            !half_plane_holds(&shadow->planes[i], &tile, Q16(VISIBILITY_BODY))) {
            return false;
        }
    }
    return shadow->hollow == NULL || occluder_is_apart(shadow->hollow, &body);
}

static bool is_cut(const struct visibility *visibility, int32_t column, int32_t row)
{
    static const struct visibility_cut none;
    return !memory_equal(&visibility->bodies[visibility_index(visibility, column, row)], &none, sizeof none);
}

static void hide_one(struct visibility *visibility, const struct shadow *shadow, int32_t column, int32_t row)
{
    if (is_in_shadow(visibility, shadow, column, row)) {
        visibility_hide(visibility, shadow->column, shadow->row, (struct visibility_span){column, column}, row);
    }
}

static bool span_has(struct visibility_span span, int32_t value)
{
    return value >= span.low && value <= span.high;
}

/*
 * loose: outside of it nothing hides. strict: inside of it all do, outside of it only what is cut; and in the hollow
 * each is asked about.
 */
static void hide_in_row(struct visibility *visibility, const struct shadow *shadow, int32_t row,
                        struct visibility_span loose, struct visibility_span strict, struct visibility_span hollow)
{
    struct visibility_span before = strict;
    struct visibility_span after = strict;
    visibility_keep_below(&before, hollow.low - 1);
    visibility_keep_above(&after, hollow.high + 1);
    visibility_hide(visibility, shadow->column, shadow->row, before, row);
    visibility_hide(visibility, shadow->column, shadow->row, after, row);
    for (int32_t column = loose.low; column <= loose.high; column++) {
        if (span_has(before, column)) {
            column = before.high;
        } else if (span_has(after, column)) {
            column = after.high;
        } else if (is_cut(visibility, column, row) || span_has(hollow, column)) {
            hide_one(visibility, shadow, column, row);
        }
    }
}

/* Where something may be inside of a hollow occluder. */
static struct visibility_tiles hollow_of(const struct visibility *visibility, const struct shadow *shadow)
{
    if (shadow->hollow == NULL) {
        return (struct visibility_tiles){{0, -1}, {0, -1}};
    }
    return visibility_tiles_near(visibility, shadow->hollow->low, shadow->hollow->high, (struct vec2){0, 0},
                                 VISIBILITY_BODY);
}

static void hide_shadow(struct visibility *visibility, const struct shadow *shadow)
{
    const struct visibility_tiles *area = &shadow->area;
    struct visibility_tiles hollow = hollow_of(visibility, shadow);
    struct bound bounds[3];
    for (uint32_t i = 0; i < 3; i++) {
        bounds[i] = bound_of(visibility, &shadow->planes[i], area->rows.low);
    }
    for (int32_t row = area->rows.low; row <= area->rows.high; row++) {
        struct visibility_span loose = area->columns;
        struct visibility_span strict = area->columns;
        for (uint32_t i = 0; i < 3; i++) {
            narrow(visibility, &bounds[i], &loose, &strict);
        }
        struct visibility_span asked = span_has(hollow.rows, row) ? hollow.columns : (struct visibility_span){0, -1};
        hide_in_row(visibility, shadow, row, loose, strict, asked);
    }
}

struct visibility_tiles visibility_area_behind(const struct visibility *visibility, const struct occluder *occluder,
                                               const struct map_box *eyes, int32_t margin,
                                               struct visibility_tiles window)
{
    REQUIRE(margin >= 0);
    struct visibility_tiles tiles =
        visibility_tiles_near(visibility, occluder->low, occluder->high, (struct vec2){0, 0}, margin);
    if (occluder->low.x >= eyes->high.x) {
        visibility_keep_above(&window.columns, tiles.columns.low);
    } else if (occluder->high.x <= eyes->low.x) {
        visibility_keep_below(&window.columns, tiles.columns.high);
    }
    if (occluder->low.y >= eyes->high.y) {
        visibility_keep_above(&window.rows, tiles.rows.low);
    } else if (occluder->high.y <= eyes->low.y) {
        visibility_keep_below(&window.rows, tiles.rows.high);
    }
    return window;
}

/*
 * What blocks leads from one edge of the hull of eyes and body to the other. Both edges lead between like corners, so
 * it is as wide as the narrower of the two, or as high as the lower.
 */
bool visibility_may_block(const struct visibility *visibility, const struct occluder *occluder, int32_t column,
                          int32_t row)
{
    REQUIRE(column >= 0 && column < visibility->columns && row >= 0 && row < visibility->rows);
    if (!visibility_can_stand(visibility, column, row)) {
        return false;
    }
    struct map_box eyes = visibility_eyes(visibility, column, row);
    return occluder->high.x - occluder->low.x >= visibility->least_body.x ||
           occluder->high.y - occluder->low.y >= visibility->least_body.y ||
           occluder->high.x - occluder->low.x >= eyes.high.x - eyes.low.x ||
           occluder->high.y - occluder->low.y >= eyes.high.y - eyes.low.y;
}

/*
 * The eyes without the corners of the grown tile that are out of reach of the tile: with the corners of an octagon
 * around what is within reach.
 */
static void eyes_of(const struct visibility *visibility, int32_t column, int32_t row, struct occluder *out_eyes)
{
    static const struct vec2 sides[4] = {{-1, -1}, {1, -1}, {1, 1}, {-1, 1}};
    struct map_box tile = visibility_tile_box(visibility, column, row, 0);
    struct map_box box = visibility_eyes(visibility, column, row);
    struct vec2 corners[OCCLUDER_CORNERS_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < 4; i++) {
        struct vec2 side = sides[i];
        struct vec2 from = {side.x < 0 ? tile.low.x : tile.high.x, side.y < 0 ? tile.low.y : tile.high.y};
        struct vec2 to = {side.x < 0 ? box.low.x : box.high.x, side.y < 0 ? box.low.y : box.high.y};
        int32_t out_x = side.x * (to.x - from.x);
        int32_t out_y = side.y * (to.y - from.y);
        if (out_x + out_y <= OCTAGON) {
            corners[count++] = to;
            continue;
        }
        struct vec2 upright = {to.x, from.y + side.y * (OCTAGON - out_x)};
        struct vec2 level = {from.x + side.x * (OCTAGON - out_y), to.y};
        corners[count++] = i % 2 == 0 ? upright : level;
        corners[count++] = i % 2 == 0 ? level : upright;
    }
    occluder_of_corners(corners, count, out_eyes);
}

bool visibility_hide_behind(struct visibility *visibility, const struct occluder *occluder, bool is_hollow,
                            int32_t column, int32_t row)
{
    REQUIRE(occluder->corner_count >= 3 && occluder->corner_count <= OCCLUDER_CORNERS_MAX);
    struct map_box eyes = visibility_eyes(visibility, column, row);
    struct shadow shadow = {.column = column, .row = row, .hollow = is_hollow ? occluder : NULL};
    struct occluder shape;
    eyes_of(visibility, column, row, &shape);
    if (!occluder_shadow(occluder, &shape, shadow.planes)) {
        return false;
    }
    shadow.area = visibility_area_behind(visibility, occluder, &eyes, 0, visibility_window(visibility, column, row));
    hide_shadow(visibility, &shadow);
    return true;
}

void visibility_hide_by(struct visibility *visibility, const struct occluder *occluder)
{
    REQUIRE(occluder->corner_count >= 3 && occluder->corner_count <= OCCLUDER_CORNERS_MAX);
    struct visibility_tiles tiles = visibility_watchers(visibility, occluder);
    for (int32_t row = tiles.rows.low; row <= tiles.rows.high; row++) {
        for (int32_t column = tiles.columns.low; column <= tiles.columns.high; column++) {
            if (visibility_may_block(visibility, occluder, column, row)) {
                (void)visibility_hide_behind(visibility, occluder, false, column, row);
            }
        }
    }
}
