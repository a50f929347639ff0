/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/visibility/visibility_parts.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"

_Static_assert(VISIBILITY_CUT_ALL > VISIBILITY_EYE + (1 << (VISIBILITY_COARSE_SHIFT - 16)), "no cut is as large");
_Static_assert(VISIBILITY_EYE <= UINT8_MAX && VISIBILITY_BODY <= UINT8_MAX, "cuts are bytes");
_Static_assert(RULES_WORLD_MAX >> (VISIBILITY_COARSE_SHIFT - 16) < 1 << 16,
               "a tile's column and row have 16 bits each");

static int32_t shift_of(const struct map *map)
{
    bool is_fine = map->width_q16 <= Q16(VISIBILITY_FINE_MAX) && map->height_q16 <= Q16(VISIBILITY_FINE_MAX);
    return is_fine ? VISIBILITY_FINE_SHIFT : VISIBILITY_COARSE_SHIFT;
}

/* A position on the far edge is in the last one. */
static int32_t tiles_across(int32_t length_q16, int32_t shift)
{
    return (int32_t)(((int64_t)length_q16 + (1 << shift) - 1) >> shift);
}

/* Positions that lie so far apart are in tiles no further apart than this. */
static int32_t tiles_apart(int32_t half_q16, int32_t shift, int32_t count)
{
    int32_t tiles = (half_q16 + Q16(VISIBILITY_TRAVEL) + (1 << shift) - 1) >> shift;
    return tiles < count ? tiles : count - 1;
}

static struct visibility measures_of(const struct map *map)
{
    int32_t shift = shift_of(map);
    struct visibility measures = {.map = map,
                                  .shift = shift,
                                  .columns = tiles_across(map->width_q16, shift),
                                  .rows = tiles_across(map->height_q16, shift)};
    measures.reach_x = tiles_apart(RULES_INTEREST_HALF_WIDTH, shift, measures.columns);
    measures.reach_y = tiles_apart(RULES_INTEREST_HALF_HEIGHT, shift, measures.rows);
    measures.breadth = 2 * measures.reach_x + 1;
    measures.height = 2 * measures.reach_y + 1;
    measures.words = (uint32_t)(measures.breadth * measures.height + 63) / 64;
    return measures;
}

static size_t tile_count(const struct visibility *visibility)
{
    return (size_t)visibility->columns * (size_t)visibility->rows;
}

static size_t bits_bytes(const struct visibility *visibility)
{
    return tile_count(visibility) * visibility->words * sizeof(uint64_t);
}

size_t visibility_bytes(const struct map *map)
{
    REQUIRE(map->width_q16 > 0 && map->height_q16 > 0);
    struct visibility measures = measures_of(map);
    return arena_bytes(bits_bytes(&measures)) + 2 * arena_bytes(tile_count(&measures) * sizeof(struct visibility_cut));
}

/* Nobody stands there, so nobody sees from there. */
static void blind_all(struct visibility *visibility)
{
    for (int32_t row = 0; row < visibility->rows; row++) {
        for (int32_t column = 0; column < visibility->columns; column++) {
            if (!visibility_can_stand(visibility, column, row)) {
                memory_zero(visibility->bits + visibility_index(visibility, column, row) * visibility->words,
                            visibility->words * sizeof(uint64_t));
            }
        }
    }
}

void visibility_init(struct visibility *visibility, const struct map *map, void *memory)
{
    REQUIRE(memory != NULL);
    struct arena arena;
    arena_init(&arena, memory, visibility_bytes(map));
    *visibility = measures_of(map);
    visibility->bits = arena_take(&arena, bits_bytes(visibility));
    visibility->eyes = arena_take(&arena, tile_count(visibility) * sizeof(struct visibility_cut));
    visibility->bodies = arena_take(&arena, tile_count(visibility) * sizeof(struct visibility_cut));
    memory_fill(visibility->bits, 0xff, bits_bytes(visibility));
    visibility_cut_tiles(visibility);
    blind_all(visibility);
}

static void hide_by_wall(struct visibility *visibility, uint32_t wall)
{
    struct occluder occluder;
    occluder_of_box(&visibility->map->walls[wall], &occluder);
    visibility_hide_by(visibility, &occluder);
    visibility_hide_by_pairs(visibility, wall);
}

static void hide_by_polygon(struct visibility *visibility, const struct map_polygon *polygon)
{
    struct occluder occluder;
    occluder_of_corners(polygon->corners, polygon->corner_count, &occluder);
    visibility_hide_by(visibility, &occluder);
}

bool visibility_step(struct visibility *visibility, uint32_t walls)
{
    REQUIRE(visibility->walls_done <= visibility->map->wall_count + visibility->map->polygon_count);
    const struct map *map = visibility->map;
    uint32_t count = map->wall_count + map->polygon_count;
    for (uint32_t i = 0; i < walls && visibility->walls_done < count; i++) {
        uint32_t wall = visibility->walls_done++;
        if (wall < map->wall_count) {
            hide_by_wall(visibility, wall);
        } else {
            hide_by_polygon(visibility, &map->polygons[wall - map->wall_count]);
        }
    }
    return visibility->walls_done == count;
}
