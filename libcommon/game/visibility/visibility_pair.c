/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two walls that touch hide together.
 *
 * Two edges of the hull of eyes and body lead from the one to the other: the bridges. What is connected, lies in that
 * hull but in neither eyes nor body, and meets both bridges parts eyes from body: every line between them crosses it.
 *
 * So two walls do when they touch, both are apart from eyes and body, and one meets the one bridge and one the other.
 * The place where they touch is in the hull: the way from there to a bridge within a wall would else lead across
 * the other bridge, and that wall hides alone, or round an end of it, and so through the eyes or the body.
 *
 * Where eyes and body are both apart from the hull of the walls, that hull hides just what the walls do: it can meet a
 * bridge only between eyes and body, and where it does, a corner of a wall is on the bridge or beyond; so the walls
 * lead from the one bridge to the other. Bridges are asked about only for those who are in a nook of the hull.
 */
#include "libcommon/game/visibility/visibility_parts.h"

#include "libcommon/base/status.h"

#define PAIRS_MAX      8   /* of one wall: bounds a step */
#define NOOK_TILES_MAX 256 /* of one pair */

/* Two walls that touch. */
struct pair {
    struct occluder walls[2];
    struct occluder hull;
    uint32_t nook_count; /* tiles whose bodies share the hull with the walls, but not the walls */
    uint32_t nooks[NOOK_TILES_MAX];
};

/* In more than a corner: what blocks a line past a common corner is no more than a point. */
static bool touch(const struct map_box *a, const struct map_box *b)
{
    struct vec2 low = {a->low.x > b->low.x ? a->low.x : b->low.x, a->low.y > b->low.y ? a->low.y : b->low.y};
    struct vec2 high = {a->high.x < b->high.x ? a->high.x : b->high.x, a->high.y < b->high.y ? a->high.y : b->high.y};
    return low.x <= high.x && low.y <= high.y && (low.x < high.x || low.y < high.y);
}

static bool is_in_nook(const struct pair *pair, const struct map_box *area)
{
    return !occluder_is_apart(&pair->hull, area) && occluder_is_apart(&pair->walls[0], area) &&
           occluder_is_apart(&pair->walls[1], area);
}

static void find_nooks(const struct visibility *visibility, struct pair *pair)
{
    struct visibility_tiles near =
        visibility_tiles_near(visibility, pair->hull.low, pair->hull.high, (struct vec2){0, 0}, VISIBILITY_BODY);
    for (int32_t row = near.rows.low; row <= near.rows.high; row++) {
        for (int32_t column = near.columns.low; column <= near.columns.high; column++) {
            struct map_box body = visibility_body(visibility, column, row);
            if (pair->nook_count < NOOK_TILES_MAX && is_in_nook(pair, &body)) {
                pair->nooks[pair->nook_count++] = (uint32_t)row << 16 | (uint32_t)column;
            }
        }
    }
}

/* The bounds of both meet the occluder's: no line between them meets it otherwise. */
static bool is_between(const struct occluder *wall, const struct map_box *eyes, const struct map_box *body)
{
    return (wall->high.x >= eyes->low.x || wall->high.x >= body->low.x) &&
           (wall->low.x <= eyes->high.x || wall->low.x <= body->high.x) &&
           (wall->high.y >= eyes->low.y || wall->high.y >= body->low.y) &&
           (wall->low.y <= eyes->high.y || wall->low.y <= body->high.y);
}

/* eyes are apart from both walls. */
static bool part(const struct pair *pair, const struct map_box *eyes, const struct map_box *body)
{
    struct occluder_line bridges[2];
    if (!is_between(&pair->walls[0], eyes, body) || !is_between(&pair->walls[1], eyes, body) ||
        !occluder_is_apart(&pair->walls[0], body) || !occluder_is_apart(&pair->walls[1], body) ||
        !occluder_bridges(eyes, body, bridges)) {
        return false;
    }
    return (occluder_meets(&pair->walls[0], &bridges[0]) && occluder_meets(&pair->walls[1], &bridges[1])) ||
           (occluder_meets(&pair->walls[0], &bridges[1]) && occluder_meets(&pair->walls[1], &bridges[0]));
}

static void hide_by_way(struct visibility *visibility, const struct pair *pair, const struct map_box *eyes,
                        int32_t column, int32_t row, int32_t to_column, int32_t to_row)
{
    if (!visibility_sees(visibility, (uint32_t)row << 16 | (uint32_t)column,
                         (uint32_t)to_row << 16 | (uint32_t)to_column)) {
        return;
    }
    struct map_box body = visibility_body(visibility, to_column, to_row);
    if (part(pair, eyes, &body)) {
        visibility_hide(visibility, column, row, (struct visibility_span){to_column, to_column}, to_row);
    }
}

/* From a tile outside of the hull: what is in a nook of it. */
static void hide_in_nooks(struct visibility *visibility, const struct pair *pair, int32_t column, int32_t row)
{
    struct map_box eyes = visibility_eyes(visibility, column, row);
    for (uint32_t i = 0; i < pair->nook_count; i++) {
        int32_t to_column = (int32_t)(pair->nooks[i] & 0xffff);
        int32_t to_row = (int32_t)(pair->nooks[i] >> 16);
        if (q16_abs(to_column - column) <= visibility->reach_x && q16_abs(to_row - row) <= visibility->reach_y) {
            hide_by_way(visibility, pair, &eyes, column, row, to_column, to_row);
        }
    }
}

static void hide_from_nook(struct visibility *visibility, const struct pair *pair, int32_t column, int32_t row)
{
    struct map_box eyes = visibility_eyes(visibility, column, row);
    if (!is_in_nook(pair, &eyes)) {
        return;
    }
    struct visibility_tiles area = visibility_window(visibility, column, row);
    area = visibility_area_behind(visibility, &pair->walls[0], &eyes, VISIBILITY_BODY, area);
    area = visibility_area_behind(visibility, &pair->walls[1], &eyes, VISIBILITY_BODY, area);
    for (int32_t to_row = area.rows.low; to_row <= area.rows.high; to_row++) {
        for (int32_t to_column = area.columns.low; to_column <= area.columns.high; to_column++) {
            hide_by_way(visibility, pair, &eyes, column, row, to_column, to_row);
        }
    }
}

static void hide_by_pair(struct visibility *visibility, const struct pair *pair)
{
    struct visibility_tiles tiles = visibility_watchers(visibility, &pair->hull);
    for (int32_t row = tiles.rows.low; row <= tiles.rows.high; row++) {
        for (int32_t column = tiles.columns.low; column <= tiles.columns.high; column++) {
            if (!visibility_may_block(visibility, &pair->hull, column, row)) {
                continue;
            }
            if (visibility_hide_behind(visibility, &pair->hull, true, column, row)) {
                hide_in_nooks(visibility, pair, column, row);
            } else {
                hide_from_nook(visibility, pair, column, row);
            }
        }
    }
}

void visibility_hide_by_pairs(struct visibility *visibility, uint32_t wall)
{
    REQUIRE(wall < visibility->map->wall_count);
    const struct map *map = visibility->map;
    uint32_t count = 0;
    for (uint32_t other = wall + 1; other < map->wall_count && count < PAIRS_MAX; other++) {
        struct pair pair;
        if (touch(&map->walls[wall], &map->walls[other])) {
            pair.nook_count = 0;
            occluder_of_box(&map->walls[wall], &pair.walls[0]);
            occluder_of_box(&map->walls[other], &pair.walls[1]);
            occluder_of_boxes(&map->walls[wall], &map->walls[other], &pair.hull);
            find_nooks(visibility, &pair);
            hide_by_pair(visibility, &pair);
            count++;
        }
    }
}
