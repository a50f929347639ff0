/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libcommon/base/hash.h"
#include "libcommon/base/random.h"
#include "libcommon/game/map/walls.h"
#include "libcommon/game/visibility/visibility.h"

#define WALLS_MAX   64
#define ARENA_HASH  0x1283f7577b891ff1u
#define PLACE_TRIES 40

/* A table with what tests ask of its map. */
struct table {
    struct visibility visibility;
    struct walls walls;
    void *memory;
    void *walls_memory;
};

static struct table table_begin(const struct map *map)
{
    struct table table = {.memory = aligned_alloc(16, visibility_bytes(map)),
                          .walls_memory = aligned_alloc(16, walls_bytes(map))};
    visibility_init(&table.visibility, map, table.memory);
    walls_init(&table.walls, map, table.walls_memory);
    return table;
}

static struct table table_of(const struct map *map)
{
    struct table table = table_begin(map);
    assert_true(visibility_step(&table.visibility, UINT32_MAX));
    return table;
}

static void table_free(struct table *table)
{
    free(table->memory);
    free(table->walls_memory);
}

static bool sees(const struct table *table, int32_t from_x, int32_t from_y, int32_t to_x, int32_t to_y)
{
    const struct visibility *visibility = &table->visibility;
    return visibility_sees(visibility, visibility_tile(visibility, (struct vec2){Q16(from_x), Q16(from_y)}),
                           visibility_tile(visibility, (struct vec2){Q16(to_x), Q16(to_y)}));
}

static bool both_hidden(const struct table *table, int32_t ax, int32_t ay, int32_t bx, int32_t by)
{
    return !sees(table, ax, ay, bx, by) && !sees(table, bx, by, ax, ay);
}

static struct map map_with(const struct map_box *walls, uint32_t wall_count, int32_t width, int32_t height)
{
    return (struct map){
        .name = "test", .width_q16 = Q16(width), .height_q16 = Q16(height), .walls = walls, .wall_count = wall_count};
}

static struct map_box box(int32_t left, int32_t top, int32_t right, int32_t bottom)
{
    return (struct map_box){{Q16(left), Q16(top)}, {Q16(right), Q16(bottom)}};
}

/* ---- against lines of sight: where players stand, a slack away, any part of the one who is looked at --------------
 */

static bool is_free(const struct table *table, struct vec2 at)
{
    return walls_circle_is_free(&table->walls, at, RULES_PLAYER_RADIUS);
}

/* A place in the tile where a player can stand; false when none was found. */
static bool bot_backfill(const struct table *table, uint32_t tile, struct random *random, struct vec2 *out_place)
{
    int32_t size = 1 << table->visibility.shift;
    for (uint32_t i = 0; i < PLACE_TRIES; i++) {
        *out_place = (struct vec2){(int32_t)(tile & 0xffff) * size + random_between(random, 0, size - 1),
                                   (int32_t)(tile >> 16) * size + random_between(random, 0, size - 1)};
        if (is_free(table, *out_place)) {
            return true;
        }
    }
    return false;
}

static struct vec2 moved(const struct table *table, struct vec2 place, struct random *random)
{
    /* As far as can be more often than by chance: that is what is decided by a hair. */
    int32_t length = q16_clamp(random_between(random, 0, 2 * Q16(VISIBILITY_SLACK)), 0, Q16(VISIBILITY_SLACK));
    struct vec2 to = vec2_add(place, vec2_from_angle((uint16_t)random_u32(random), length));
    return is_free(table, to) ? to : place;
}

/* The walls near two places, for map_sees. */
static struct map near_map(const struct map *map, struct vec2 a, struct vec2 b, struct map_box *walls)
{
    struct map near = map_with(walls, 0, 0, 0);
    near.polygons = map->polygons;
    near.polygon_count = map->polygon_count;
    int32_t margin = Q16(200);
    for (uint32_t i = 0; i < map->wall_count; i++) {
        const struct map_box *wall = &map->walls[i];
        bool is_off = (wall->high.x < a.x - margin && wall->high.x < b.x - margin) ||
                      (wall->low.x - margin > a.x && wall->low.x - margin > b.x) ||
                      (wall->high.y < a.y - margin && wall->high.y < b.y - margin) ||
                      (wall->low.y - margin > a.y && wall->low.y - margin > b.y);
        if (!is_off) {
            assert_true(near.wall_count < WALLS_MAX);
            walls[near.wall_count++] = *wall;
        }
    }
    return near;
}

static struct vec2 corner_of(uint32_t tile, uint32_t corner, int32_t size)
{
    return (struct vec2){((int32_t)(tile & 0xffff) + (int32_t)(corner & 1)) * size - (int32_t)(corner & 1),
                         ((int32_t)(tile >> 16) + (int32_t)(corner >> 1)) * size - (int32_t)(corner >> 1)};
}

/*
 * The lines that are the nearest to being seen: between corners of the tiles, each end as far to a side as it can be
 * (but for a hair).
 */
static void check_edges(const struct table *table, const struct map *near, uint32_t from, uint32_t to)
{
    const int32_t hair = 64;
    int32_t size = 1 << table->visibility.shift;
    for (uint32_t i = 0; i < 64; i++) {
        struct vec2 eye = corner_of(from, i & 3, size);
        struct vec2 other = corner_of(to, i >> 2 & 3, size);
        struct vec2 way = vec2_sub(other, eye);
        struct vec2 aside = vec2_with_length((struct vec2){-way.y / 4, way.x / 4}, Q16(VISIBILITY_SLACK) - hair);
        struct vec2 body = vec2_with_length(aside, RULES_PLAYER_RADIUS);
        struct vec2 eye_moved = i & 16 ? vec2_add(eye, aside) : vec2_sub(eye, aside);
        struct vec2 moved_there = i & 32 ? vec2_add(other, aside) : vec2_sub(other, aside);
        struct vec2 seen = i & 32 ? vec2_add(moved_there, body) : vec2_sub(moved_there, body);
        if (is_free(table, eye) && is_free(table, eye_moved) && is_free(table, other) && is_free(table, moved_there)) {
            assert_false(map_sees(near, eye_moved, seen));
        }
    }
}

/* Nobody who is, or soon may be, in the one tile sees any part of somebody, or anything, in the other. */
static void check_hidden(const struct table *table, uint32_t from, uint32_t to, uint32_t lines, struct random *random)
{
    struct vec2 eye;
    struct vec2 other;
    struct map_box walls[WALLS_MAX];
    int32_t size = 1 << table->visibility.shift;
    struct vec2 corner = {(int32_t)(to & 0xffff) * size, (int32_t)(to >> 16) * size};
    if (!bot_backfill(table, from, random, &eye)) {
        return;
    }
    struct map near = near_map(table->visibility.map, eye, corner, walls);
    check_edges(table, &near, from, to);
    for (uint32_t i = 0; i < lines; i++) {
        struct vec2 another;
        eye = bot_backfill(table, from, random, &another) ? another : eye;
        if (bot_backfill(table, to, random, &other)) {
            struct vec2 body = vec2_from_angle((uint16_t)random_u32(random), RULES_PLAYER_RADIUS);
            struct vec2 seen = vec2_add(moved(table, other, random), body);
            assert_false(map_sees(&near, moved(table, eye, random), seen));
        }
        struct vec2 thing = {corner.x + random_between(random, 0, size), corner.y + random_between(random, 0, size)};
        assert_false(map_sees(&near, moved(table, eye, random), thing));
    }
}

/* Answers how many hidden pairs of tiles were found among so many from tiles of rows first to last. */
static uint32_t check_pairs(const struct table *table, uint32_t pairs, int32_t row_last, uint64_t seed)
{
    const struct visibility *visibility = &table->visibility;
    struct random random;
    random_init(&random, seed, 1);
    uint32_t hidden = 0;
    for (uint32_t i = 0; i < pairs; i++) {
        int32_t column = random_between(&random, 0, visibility->columns - 1);
        int32_t row = random_between(&random, 0, row_last);
        int32_t to_column = column + random_between(&random, -visibility->reach_x, visibility->reach_x);
        int32_t to_row = row + random_between(&random, -visibility->reach_y, visibility->reach_y);
        uint32_t from = (uint32_t)row << 16 | (uint32_t)column;
        uint32_t to = (uint32_t)q16_clamp(to_row, 0, visibility->rows - 1) << 16 |
                      (uint32_t)q16_clamp(to_column, 0, visibility->columns - 1);
        struct vec2 eye;
        if (!visibility_sees(visibility, from, to) && bot_backfill(table, from, &random, &eye)) {
            check_hidden(table, from, to, 30, &random);
            hidden++;
        }
    }
    return hidden;
}

static void test_nothing_in_sight_is_hidden_on_the_built_in_maps(void **state)
{
    (void)state;
    static const char *const names[] = {"duel", "arena"};
    for (uint32_t i = 0; i < 2; i++) {
        struct table table = table_of(map_find(names[i]));
        assert_true(check_pairs(&table, 40000, table.visibility.rows - 1, i) > 1000);
        table_free(&table);
    }
}

/* Its first rows of blocks: all of it would take seconds. */
static void test_nothing_in_sight_is_hidden_on_massive(void **state)
{
    (void)state;
    const struct map *map = map_find("massive");
    struct table table = table_begin(map);
    assert_false(visibility_step(&table.visibility, 300));
    int32_t bottom = map->walls[299].high.y >> table.visibility.shift;
    assert_true(check_pairs(&table, 30000, bottom, 3) > 500);
    table_free(&table);
}

/* Walls of all shapes, on a raster so that many touch, or anywhere: also in parts of a unit. */
static struct map random_map(struct map_box *walls, uint32_t count, struct random *random)
{
    int32_t raster = random_below(random, 2) == 0 ? Q16(40) : 1;
    for (uint32_t i = 0; i < count; i++) {
        int32_t width = random_between(random, Q16(1), random_below(random, 2) == 0 ? Q16(60) : Q16(500));
        int32_t height = random_between(random, Q16(1), random_below(random, 2) == 0 ? Q16(60) : Q16(500));
        struct vec2 low = {random_between(random, 0, Q16(1400) - width), random_between(random, 0, Q16(1400) - height)};
        low = (struct vec2){low.x - low.x % raster, low.y - low.y % raster};
        width += raster - width % raster;
        height += raster - height % raster;
        walls[i] = (struct map_box){low, {low.x + width, low.y + height}};
    }
    return map_with(walls, count, 1500, 1500);
}

static void test_nothing_in_sight_is_hidden_on_random_maps(void **state)
{
    (void)state;
    uint32_t hidden = 0;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct map_box walls[24];
        struct random random;
        random_init(&random, seed, 2);
        struct map map = random_map(walls, 4 + (uint32_t)seed % 20, &random);
        struct table table = table_of(&map);
        hidden += check_pairs(&table, 1500, table.visibility.rows - 1, seed);
        table_free(&table);
    }
    assert_true(hidden > 5000);
}

/* ---- what is hidden -----------------------------------------------------------------------------------------------
 */

static void test_walls_hide(void **state)
{
    (void)state;
    struct table duel = table_of(map_find("duel"));
    assert_true(both_hidden(&duel, 480, 600, 720, 600)); /* the pillar */
    assert_true(both_hidden(&duel, 360, 600, 840, 600));
    assert_true(sees(&duel, 480, 440, 720, 440)); /* past its end */
    assert_true(sees(&duel, 480, 600, 480, 600));
    table_free(&duel);
    struct table arena = table_of(map_find("arena"));
    assert_true(both_hidden(&arena, 560, 340, 560, 500)); /* one wall of a corner */
    assert_true(both_hidden(&arena, 340, 560, 500, 560));
    assert_true(both_hidden(&arena, 310, 310, 510, 510));    /* both of them, from its back into its nook */
    assert_true(sees(&arena, 800, 800, 520, 520));           /* it is open to the middle */
    assert_true(both_hidden(&arena, 1000, 860, 1000, 1140)); /* the cross */
    table_free(&arena);
}

static void test_polygons_hide(void **state)
{
    (void)state;
    const struct map_polygon kite = {
        4, {{Q16(700), Q16(400)}, {Q16(740), Q16(700)}, {Q16(700), Q16(1000)}, {Q16(660), Q16(700)}}};
    struct map map = map_with(NULL, 0, 1400, 1400);
    map.polygons = &kite;
    map.polygon_count = 1;
    struct table table = table_of(&map);
    assert_true(both_hidden(&table, 600, 700, 800, 700));
    assert_true(sees(&table, 600, 420, 800, 420)); /* past its point */
    assert_true(check_pairs(&table, 3000, table.visibility.rows - 1, 5) > 100);
    table_free(&table);
}

static void test_two_walls_that_touch_hide_what_neither_hides(void **state)
{
    (void)state;
    const struct map_box walls[2] = {box(400, 400, 700, 440), box(400, 440, 440, 700)};
    for (uint32_t i = 0; i < 2; i++) {
        struct map map = map_with(&walls[i], 1, 1000, 1000);
        struct table table = table_of(&map);
        assert_true(sees(&table, 310, 310, 510, 510)); /* into the nook */
        assert_true(sees(&table, 280, 860, 860, 280)); /* across the open end */
        table_free(&table);
    }
    struct map map = map_with(walls, 2, 1000, 1000);
    struct table table = table_of(&map);
    assert_true(both_hidden(&table, 310, 310, 510, 510));
    assert_true(both_hidden(&table, 260, 260, 620, 620)); /* past both ends' hull */
    table_free(&table);
}

/* A wall that reaches into the slack of both tiles parts them still: nobody gets through it. */
static void test_slack_ends_at_walls(void **state)
{
    (void)state;
    const struct map_box wall = box(480, 300, 520, 900);
    struct map map = map_with(&wall, 1, 1000, 1200);
    struct table table = table_of(&map);
    assert_true(both_hidden(&table, 450, 600, 550, 600));
    assert_true(both_hidden(&table, 454, 600, 546, 700));
    assert_true(sees(&table, 450, 280, 550, 280));
    table_free(&table);
}

static void test_the_arena_hides_a_good_part(void **state)
{
    (void)state;
    struct table table = table_of(map_find("arena"));
    struct random random;
    random_init(&random, 5, 5);
    uint32_t hidden = 0;
    for (uint32_t i = 0; i < 20000;) {
        struct vec2 a = {random_between(&random, 0, Q16(1999)), random_between(&random, 0, Q16(1999))};
        struct vec2 b = vec2_add(a, (struct vec2){random_between(&random, -Q16(900), Q16(900)),
                                                  random_between(&random, -Q16(600), Q16(600))});
        if (is_free(&table, a) && is_free(&table, b)) {
            hidden += !visibility_sees(&table.visibility, visibility_tile(&table.visibility, a),
                                       visibility_tile(&table.visibility, b));
            i++;
        }
    }
    assert_true(hidden > 2800); /* a seventh */
    table_free(&table);
}

static void test_a_map_without_walls_hides_nothing(void **state)
{
    (void)state;
    struct map map = map_with(NULL, 0, 2000, 1000);
    struct table table = table_of(&map);
    const struct visibility *visibility = &table.visibility;
    for (int32_t y = 0; y < 1000; y += 90) {
        for (int32_t x = 0; x < 2000; x += 90) {
            assert_true(sees(&table, 1000, 500, x, y));
            assert_true(sees(&table, q16_clamp(x, 32, 1960), q16_clamp(y, 32, 960), 1000, 500));
        }
    }
    assert_int_equal(visibility->walls_done, 0);
    table_free(&table);
}

static void test_beyond_the_window_all_is_seen(void **state)
{
    (void)state;
    const struct map_box wall = box(1000, 0, 1040, 4000);
    struct map map = map_with(&wall, 1, 4000, 4000);
    struct table table = table_of(&map);
    int32_t reach = table.visibility.reach_x * 32;
    assert_true(reach >= 1000 && table.visibility.reach_y * 32 >= 700);
    assert_false(sees(&table, 944, 2000, 944 + reach, 2000));
    assert_true(sees(&table, 944, 2000, 944 + reach + 32, 2000));
    assert_false(sees(&table, 944, 2000, 1100, 2000 + table.visibility.reach_y * 32));
    assert_true(sees(&table, 944, 2000, 1100, 2000 + table.visibility.reach_y * 32 + 32));
    assert_false(sees(&table, 944 + reach, 2000, 944, 2000));
    assert_true(sees(&table, 944 + reach + 32, 2000, 944, 2000));
    table_free(&table);
}

static void test_from_where_nobody_stands_nothing_is_seen(void **state)
{
    (void)state;
    const struct map_box wall = box(400, 400, 700, 700);
    struct map map = map_with(&wall, 1, 1000, 1000);
    struct table table = table_of(&map);
    assert_false(sees(&table, 550, 550, 900, 900));
    assert_true(sees(&table, 900, 900, 720, 720));
    table_free(&table);
}

/* ---- building -----------------------------------------------------------------------------------------------------
 */

static size_t bits_bytes(const struct visibility *visibility)
{
    return (size_t)visibility->columns * (size_t)visibility->rows * visibility->words * sizeof(uint64_t);
}

static void test_a_table_in_steps_is_the_same_and_only_ever_hides_more(void **state)
{
    (void)state;
    const struct map *map = map_find("duel");
    struct table whole = table_of(map);
    struct table steps = table_begin(map);
    assert_true(sees(&steps, 480, 600, 720, 600));
    size_t words = bits_bytes(&whole.visibility) / sizeof(uint64_t);
    uint64_t *before = malloc(words * sizeof *before);
    bool is_done = false;
    for (uint32_t step = 1; step <= map->wall_count; step++) {
        memcpy(before, steps.visibility.bits, words * sizeof *before);
        is_done = visibility_step(&steps.visibility, 1);
        assert_int_equal(is_done, step == map->wall_count);
        for (size_t i = 0; i < words; i++) {
            assert_true((steps.visibility.bits[i] & ~before[i]) == 0);
        }
    }
    assert_memory_equal(steps.visibility.bits, whole.visibility.bits, words * sizeof *before);
    assert_true(visibility_step(&steps.visibility, 1));
    free(before);
    table_free(&steps);
    table_free(&whole);
}

static void test_a_table_is_the_same_everywhere(void **state)
{
    (void)state;
    struct table table = table_of(map_find("arena"));
    struct hash hash;
    hash_init(&hash, 1);
    hash_bytes(&hash, table.visibility.bits, bits_bytes(&table.visibility));
    assert_int_equal(hash_finish(&hash), ARENA_HASH); /* another one after a change of the map or the margins */
    table_free(&table);
}

static void test_the_smallest_map(void **state)
{
    (void)state;
    const struct map_box wall = box(108, 0, 148, 256);
    struct map map = map_with(&wall, 1, RULES_WORLD_MIN, RULES_WORLD_MIN);
    struct table table = table_of(&map);
    assert_true(both_hidden(&table, 40, 40, 220, 220));
    assert_true(sees(&table, 40, 40, 40, 220));
    assert_int_equal(visibility_tile(&table.visibility, (struct vec2){Q16(256), -Q16(9)}), 7);
    table_free(&table);
}

/* Walls as long as the world: sums at the end of what 64 bits hold. */
static void test_the_largest_map(void **state)
{
    (void)state;
    const struct map_box walls[2] = {box(15980, 0, 16020, 31900), box(0, 31900, 32000, 32000)};
    struct map map = map_with(walls, 2, RULES_WORLD_MAX, RULES_WORLD_MAX);
    struct table table = table_of(&map);
    assert_true(both_hidden(&table, 15900, 16000, 16100, 16000));
    assert_true(both_hidden(&table, 15900, 31800, 16100, 31800));
    assert_true(sees(&table, 15900, 16000, 15900, 16600));
    assert_int_equal(visibility_tile(&table.visibility, (struct vec2){Q16(32000), Q16(32000)}), 499u << 16 | 499u);
    assert_true(visibility_bytes(&map) < (size_t)26 << 20);
    table_free(&table);
}

static void test_memory_is_bounded(void **state)
{
    (void)state;
    assert_true(visibility_bytes(map_find("duel")) < (size_t)600 << 10);
    assert_true(visibility_bytes(map_find("arena")) < (size_t)3 << 19);
    assert_true(visibility_bytes(map_find("massive")) < (size_t)14 << 20);
    struct map map = map_with(NULL, 0, VISIBILITY_FINE_MAX, VISIBILITY_FINE_MAX);
    assert_true(visibility_bytes(&map) < (size_t)7 << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_in_sight_is_hidden_on_the_built_in_maps),
        cmocka_unit_test(test_nothing_in_sight_is_hidden_on_massive),
        cmocka_unit_test(test_nothing_in_sight_is_hidden_on_random_maps),
        cmocka_unit_test(test_walls_hide),
        cmocka_unit_test(test_polygons_hide),
        cmocka_unit_test(test_two_walls_that_touch_hide_what_neither_hides),
        cmocka_unit_test(test_slack_ends_at_walls),
        cmocka_unit_test(test_the_arena_hides_a_good_part),
        cmocka_unit_test(test_a_map_without_walls_hides_nothing),
        cmocka_unit_test(test_beyond_the_window_all_is_seen),
        cmocka_unit_test(test_from_where_nobody_stands_nothing_is_seen),
        cmocka_unit_test(test_a_table_in_steps_is_the_same_and_only_ever_hides_more),
        cmocka_unit_test(test_a_table_is_the_same_everywhere),
        cmocka_unit_test(test_the_smallest_map),
        cmocka_unit_test(test_the_largest_map),
        cmocka_unit_test(test_memory_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
