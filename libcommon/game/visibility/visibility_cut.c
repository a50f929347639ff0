/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/visibility/visibility_parts.h"

#include "libcommon/base/status.h"

#define RADIUS     Q16(24) /* a player's, less what walls yield, and more than enough of it */
#define CUT_PASSES 2       /* a cut tile is narrower, so more walls take its whole breadth */

/* What of a grown tile is left, in whole units outwards. */
static struct visibility_cut cut_between(const struct map_box *grown, const struct map_box *left)
{
    return (struct visibility_cut){
        .left = (uint8_t)((left->low.x - grown->low.x) >> 16),
        .top = (uint8_t)((left->low.y - grown->low.y) >> 16),
        .right = (uint8_t)((grown->high.x - left->high.x) >> 16),
        .bottom = (uint8_t)((grown->high.y - left->high.y) >> 16),
    };
}

/*
 * Along one axis, where a wall takes the whole breadth of a grown tile across it: the side of the wall on which the
 * tile has room keeps what it has. Room on both sides (the wall is thin): nothing is cut. Answers false for no room.
 */
static bool cut_span(struct visibility_span tile, struct visibility_span wall, int32_t *low, int32_t *high)
{
    bool is_before = wall.low > tile.low;
    bool is_after = wall.high < tile.high;
    if (is_before && !is_after) {
        *high = wall.low < *high ? wall.low : *high;
    } else if (is_after && !is_before) {
        *low = wall.high > *low ? wall.high : *low;
    }
    return (is_before || is_after) && *low < *high;
}

/* radius: how near to the wall nothing of this kind comes. Answers false where there is no room at all. */
static bool cut_box(const struct map_box *tile, const struct map_box *wall, int32_t radius, struct map_box *box)
{
    if (wall->low.y <= box->low.y && wall->high.y >= box->high.y &&
        !cut_span((struct visibility_span){tile->low.x, tile->high.x},
                  (struct visibility_span){wall->low.x - radius, wall->high.x + radius}, &box->low.x, &box->high.x)) {
        return false;
    }
    return wall->low.x > box->low.x || wall->high.x < box->high.x ||
           cut_span((struct visibility_span){tile->low.y, tile->high.y},
                    (struct visibility_span){wall->low.y - radius, wall->high.y + radius}, &box->low.y, &box->high.y);
}

static void cut_tile(struct visibility *visibility, const struct map_box *wall, int32_t column, int32_t row)
{
    size_t index = visibility_index(visibility, column, row);
    struct map_box tile = visibility_tile_box(visibility, column, row, 0);
    struct map_box grown = visibility_tile_box(visibility, column, row, VISIBILITY_EYE);
    if (visibility_can_stand(visibility, column, row)) {
        struct map_box box = visibility_eyes(visibility, column, row);
        bool is_room = cut_box(&tile, wall, RADIUS, &box);
        visibility->eyes[index] =
            is_room ? cut_between(&grown, &box) : (struct visibility_cut){.left = VISIBILITY_CUT_ALL};
    }
    grown = visibility_tile_box(visibility, column, row, VISIBILITY_BODY);
    struct map_box box = visibility_body(visibility, column, row);
    if (cut_box(&tile, wall, 0, &box)) {
        visibility->bodies[index] = cut_between(&grown, &box);
    }
}

static void cut_by_wall(struct visibility *visibility, const struct map_box *wall)
{
    struct visibility_tiles near =
        visibility_tiles_near(visibility, wall->low, wall->high, (struct vec2){0, 0}, VISIBILITY_BODY);
    for (int32_t row = near.rows.low; row <= near.rows.high; row++) {
        for (int32_t column = near.columns.low; column <= near.columns.high; column++) {
            cut_tile(visibility, wall, column, row);
        }
    }
}

static struct map_box within(const struct map *map, const struct map_box *box, int32_t margin)
{
    return (struct map_box){
        {q16_clamp(box->low.x, margin, map->width_q16), q16_clamp(box->low.y, margin, map->height_q16)},
        {q16_clamp(box->high.x, 0, map->width_q16 - margin), q16_clamp(box->high.y, 0, map->height_q16 - margin)},
    };
}

static void cut_by_edge(struct visibility *visibility, int32_t column, int32_t row)
{
    size_t index = visibility_index(visibility, column, row);
    struct map_box grown = visibility_tile_box(visibility, column, row, VISIBILITY_EYE);
    struct map_box inside = within(visibility->map, &grown, RADIUS);
    visibility->eyes[index] = cut_between(&grown, &inside);
    grown = visibility_tile_box(visibility, column, row, VISIBILITY_BODY);
    inside = within(visibility->map, &grown, 0);
    visibility->bodies[index] = cut_between(&grown, &inside);
}

/* No body is narrower than x, none lower than y. */
static struct vec2 least_body(const struct visibility *visibility)
{
    struct vec2 least = {INT32_MAX, INT32_MAX};
    for (int32_t row = 0; row < visibility->rows; row++) {
        for (int32_t column = 0; column < visibility->columns; column++) {
            struct map_box body = visibility_body(visibility, column, row);
            int32_t width = body.high.x - body.low.x;
            int32_t height = body.high.y - body.low.y;
            least.x = width < least.x ? width : least.x;
            least.y = height < least.y ? height : least.y;
        }
    }
    return least;
}

void visibility_cut_tiles(struct visibility *visibility)
{
    REQUIRE(visibility->eyes != NULL && visibility->bodies != NULL);
    for (int32_t row = 0; row < visibility->rows; row++) {
        for (int32_t column = 0; column < visibility->columns; column++) {
            cut_by_edge(visibility, column, row);
        }
    }
    for (uint32_t pass = 0; pass < CUT_PASSES; pass++) {
        for (uint32_t i = 0; i < visibility->map->wall_count; i++) {
            cut_by_wall(visibility, &visibility->map->walls[i]);
        }
    }
    visibility->least_body = least_body(visibility);
}
