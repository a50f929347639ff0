/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "libcommon/base/random.h"
#include "libcommon/game/map/map.h"
#include "libcommon/game/map/walls.h"
#include "libcommon/game/rules/mode.h"
#include "libcommon/game/rules/rules.h"

static void test_every_built_in_map_is_valid(void **state)
{
    (void)state;
    uint32_t count = 0;
    for (; map_at(count); count++) {
        assert_true(map_is_valid(map_at(count)));
        assert_ptr_equal(map_find(map_at(count)->name), map_at(count));
    }
    assert_int_equal(count, 3);
    assert_int_equal(map_find("arena")->width_q16, Q16(2000));
    assert_null(map_find("nowhere"));
}

static void test_every_mode_has_its_map_and_a_spawn_for_each_team(void **state)
{
    (void)state;
    for (uint32_t i = 0; mode_at(i); i++) {
        const struct mode *mode = mode_at(i);
        const struct map *map = map_find(mode->map);
        assert_non_null(map);
        assert_ptr_equal(mode_find(mode->name), mode);
        assert_true(mode->players_min >= 2 && mode->players_min <= mode->players_max);
        for (uint32_t team = 0; team < mode->team_count; team++) {
            uint32_t spawns = 0;
            for (uint32_t k = 0; k < map->spawn_count; k++) {
                spawns += map->spawns[k].team == team || map->spawns[k].team == RULES_TEAM_NONE;
            }
            assert_true(spawns >= mode->team_size);
        }
    }
    assert_null(mode_find("chess"));
}

static void test_invalid_maps_are_refused(void **state)
{
    (void)state;
    const struct map *arena = map_find("arena");
    struct map bad = *arena;
    bad.width_q16 = Q16(100);
    assert_false(map_is_valid(&bad));
    bad = *arena;
    bad.spawn_count = 0;
    assert_false(map_is_valid(&bad));
    const struct map_box inside_out = {{Q16(10), Q16(10)}, {Q16(5), Q16(20)}};
    bad = *arena;
    bad.walls = &inside_out;
    bad.wall_count = 1;
    assert_false(map_is_valid(&bad));
    const struct map_box over_spawn = {{arena->spawns[0].position.x - 1, arena->spawns[0].position.y - 1},
                                       {arena->spawns[0].position.x + 1, arena->spawns[0].position.y + 1}};
    bad.walls = &over_spawn;
    assert_false(map_is_valid(&bad));
}

static void test_polygons_are_walls_of_a_valid_map(void **state)
{
    (void)state;
    const struct map_polygon triangle = {3, {{Q16(500), Q16(200)}, {Q16(600), Q16(200)}, {Q16(500), Q16(300)}}};
    const struct map_polygon dented = {
        4, {{Q16(500), Q16(200)}, {Q16(600), Q16(200)}, {Q16(530), Q16(230)}, {Q16(500), Q16(300)}}};
    const struct map_polygon outside = {3, {{Q16(1900), Q16(200)}, {Q16(2001), Q16(200)}, {Q16(1900), Q16(300)}}};
    const struct map_polygon over_spawn = {3, {{Q16(110), Q16(80)}, {Q16(200), Q16(80)}, {Q16(110), Q16(160)}}};
    const struct map_polygon over_power_up = {3, {{Q16(1010), Q16(150)}, {Q16(1100), Q16(150)}, {Q16(1010), Q16(250)}}};
    struct map map = *map_find("arena");
    map.polygons = &triangle;
    map.polygon_count = 1;
    assert_true(map_is_valid(&map));
    const struct map_polygon *const bad[] = {&dented, &outside, &over_spawn, &over_power_up};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        map.polygons = bad[i];
        assert_false(map_is_valid(&map));
    }
    map.polygons = &triangle;
    map.polygon_count = MAP_POLYGONS_MAX + 1;
    assert_false(map_is_valid(&map));
}

static void test_sight_ends_at_polygons(void **state)
{
    (void)state;
    const struct map_polygon triangle = {3, {{Q16(500), Q16(200)}, {Q16(600), Q16(200)}, {Q16(500), Q16(300)}}};
    struct map map = *map_find("arena");
    map.polygons = &triangle;
    map.polygon_count = 1;
    map.wall_count = 0;
    const struct vec2 left = {Q16(450), Q16(250)};
    const struct vec2 right = {Q16(650), Q16(250)};
    const struct vec2 below = {Q16(600), Q16(300)};
    const struct vec2 in_front = {Q16(580), Q16(260)}; /* in the box around it, beside the slope */
    assert_false(map_sees(&map, left, right));
    assert_false(map_sees(&map, right, left));
    assert_true(map_sees(&map, right, below));
    assert_true(map_sees(&map, right, in_front));
    assert_false(map_sees(&map, left, in_front));
    assert_true(map_sees(&map, left, (struct vec2){Q16(490), Q16(250)}));
}

static void test_sight_ends_at_walls(void **state)
{
    (void)state;
    const struct map *arena = map_find("arena");
    struct vec2 west = {Q16(800), Q16(1000)};
    struct vec2 east = {Q16(1200), Q16(1000)};
    struct vec2 north_west = {Q16(800), Q16(850)};
    struct vec2 north_east = {Q16(1200), Q16(850)};
    assert_false(map_sees(arena, west, east));
    assert_false(map_sees(arena, east, west));
    assert_true(map_sees(arena, north_west, north_east));
    assert_true(map_sees(arena, west, west));
}

/* The index must answer as all walls together would. */
static void test_wall_index_agrees_with_every_wall(void **state)
{
    (void)state;
    const struct map *map = map_find("arena");
    void *memory = malloc(walls_bytes(map));
    struct walls walls;
    walls_init(&walls, map, memory);
    struct random random;
    random_init(&random, 4, 1);
    uint32_t blocked = 0;
    for (int i = 0; i < 50000; i++) {
        struct vec2 start = {random_between(&random, 0, map->width_q16), random_between(&random, 0, map->height_q16)};
        struct vec2 step = vec2_from_angle((uint16_t)random_u32(&random), random_between(&random, 1, Q16(40)));
        struct vec2 end = vec2_add(start, step);
        int32_t way = walls_sweep_point(&walls, start, step);
        bool is_inside = end.x >= 0 && end.y >= 0 && end.x <= map->width_q16 && end.y <= map->height_q16;
        if (way == Q16_ONE) {
            assert_true(map_sees(map, start, end));
            assert_true(is_inside);
        } else {
            blocked++;
        }
        if (!map_sees(map, start, end) || !is_inside) {
            assert_true(way < Q16_ONE);
        }
    }
    assert_true(blocked > 500);
    free(memory);
}

static void test_circles_are_pushed_out_of_walls(void **state)
{
    (void)state;
    const struct map *map = map_find("arena");
    void *memory = malloc(walls_bytes(map));
    struct walls walls;
    walls_init(&walls, map, memory);
    struct random random;
    random_init(&random, 5, 1);
    for (int i = 0; i < 50000; i++) {
        struct vec2 position = {random_between(&random, 0, map->width_q16),
                                random_between(&random, 0, map->height_q16)};
        struct vec2 velocity = vec2_from_angle((uint16_t)random_u32(&random), RULES_TOP_SPEED);
        int32_t speed = vec2_length(velocity);
        if (walls_push_circle(&walls, RULES_PLAYER_RADIUS, &position, &velocity)) {
            assert_true(walls_circle_is_free(&walls, position, RULES_PLAYER_RADIUS));
        }
        assert_true(vec2_length(velocity) <= speed + 8);
    }
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_built_in_map_is_valid),
        cmocka_unit_test(test_every_mode_has_its_map_and_a_spawn_for_each_team),
        cmocka_unit_test(test_invalid_maps_are_refused),
        cmocka_unit_test(test_polygons_are_walls_of_a_valid_map),
        cmocka_unit_test(test_sight_ends_at_walls),
        cmocka_unit_test(test_sight_ends_at_polygons),
        cmocka_unit_test(test_wall_index_agrees_with_every_wall),
        cmocka_unit_test(test_circles_are_pushed_out_of_walls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
