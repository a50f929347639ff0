/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "libcommon/base/random.h"
#include "libcommon/game/map/polygon.h"
#include "libcommon/game/world/simulation.h"
#include "tests/support/bot_match.h"
#include "tests/support/rotated_polygon.h"

#define SIDE     2400
#define ACROSS   5
#define POLYGONS (ACROSS * ACROSS)

/* Polygons of every count of corners and any rotation, in a lattice with boxes between; some of them meet a box. */
struct yard {
    struct map map;
    struct map_polygon polygons[POLYGONS];
    struct map_box boxes[POLYGONS];
    struct map_spawn spawns[1];
    struct walls walls;
    void *memory;
};

static struct yard *yard_create(uint64_t seed)
{
    struct yard *yard = calloc(1, sizeof *yard);
    struct random random;
    random_init(&random, seed, 1);
    for (int32_t i = 0; i < POLYGONS; i++) {
        struct vec2 centre = {Q16(200 + i % ACROSS * 400), Q16(200 + i / ACROSS * 400)};
        yard->polygons[i] =
            rotated_polygon(centre, Q16(random_between(&random, 40, 110)), (uint16_t)random_u32(&random),
                            (uint8_t)random_between(&random, 3, MAP_CORNERS_MAX));
        bool meets = random_below(&random, 3) == 0;
        struct vec2 low = {centre.x + (meets ? 0 : Q16(190)), centre.y + (meets ? 0 : Q16(190))};
        yard->boxes[i] = (struct map_box){low, vec2_add(low, (struct vec2){Q16(60), Q16(20)})};
    }
    yard->spawns[0] = (struct map_spawn){{Q16(2300), Q16(2300)}, RULES_TEAM_NONE};
    yard->map = (struct map){.name = "yard",
                             .width_q16 = Q16(SIDE),
                             .height_q16 = Q16(SIDE),
                             .walls = yard->boxes,
                             .wall_count = POLYGONS,
                             .polygons = yard->polygons,
                             .polygon_count = POLYGONS,
                             .spawns = yard->spawns,
                             .spawn_count = 1};
    assert_true(map_is_valid(&yard->map));
    yard->memory = malloc(walls_bytes(&yard->map));
    walls_init(&yard->walls, &yard->map, yard->memory);
    return yard;
}

static void yard_destroy(struct yard *yard)
{
    free(yard->memory);
    free(yard);
}

static struct vec2 free_place(const struct yard *yard, struct random *random)
{
    struct vec2 place;
    do {
        place = (struct vec2){random_between(random, Q16(25), Q16(SIDE - 25)),
                              random_between(random, Q16(25), Q16(SIDE - 25))};
    } while (!walls_circle_is_free(&yard->walls, place, RULES_PLAYER_RADIUS));
    return place;
}

/* Which polygon a place is in; the index must not be asked, it is on trial. */
static bool is_in_a_polygon(const struct yard *yard, struct vec2 place, int32_t radius)
{
    for (uint32_t i = 0; i < POLYGONS; i++) {
        struct polygon polygon;
        polygon_init(&polygon, &yard->polygons[i]);
        if (polygon_touches_circle(&polygon, place, radius)) {
            return true;
        }
    }
    return false;
}

/* One body as bodies.h moves it, at the highest velocity there is. It changes direction now and then, and runs into
 * walls otherwise. */
static void walk(const struct yard *yard, uint64_t seed, uint32_t ticks, uint32_t *out_slid)
{
    struct random random;
    random_init(&random, seed, 2);
    struct vec2 position = free_place(yard, &random);
    struct vec2 velocity = {0, 0};
    struct vec2 requested = {0, 0};
    uint8_t is_pushed = 0;
    struct bodies bodies = {
        .count = 1, .positions = &position, .velocities = &velocity, .requested = &requested, .are_pushed = &is_pushed};
    for (uint32_t tick = 0; tick < ticks; tick++) {
        if (tick % 40 == 0) {
            requested = vec2_from_angle((uint16_t)random_u32(&random), RULES_VELOCITY_MAX - 2);
            velocity = requested;
        }
        struct vec2 before = position;
        bodies_move(&bodies, RULES_PLAYER_RADIUS, &yard->walls);
        bool is_free = walls_circle_is_free(&yard->walls, position, RULES_PLAYER_RADIUS);
        assert_true(is_free);
        assert_false(is_in_a_polygon(yard, position, RULES_PLAYER_RADIUS - Q16_ONE / 64));
        assert_true(map_sees(&yard->map, before, position)); /* nor was it through anything */
        struct vec2 moved = vec2_sub(position, before);
        *out_slid += vec2_length(vec2_sub(moved, velocity)) > Q16(1) && vec2_length(moved) > Q16(4);
    }
}

static void test_bodies_slide_along_polygons_and_never_enter(void **state)
{
    (void)state;
    uint32_t slid = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct yard *yard = yard_create(seed);
        for (uint64_t body = 0; body < 10; body++) {
            walk(yard, seed * 100 + body, 1000, &slid);
        }
        yard_destroy(yard);
    }
    assert_true(slid > 1000);
}

static void test_sliding_keeps_what_goes_along_the_edge(void **state)
{
    (void)state;
    struct map_polygon slope = {3, {{Q16(400), Q16(1000)}, {Q16(1400), Q16(1500)}, {Q16(400), Q16(1500)}}};
    struct yard *yard = yard_create(1);
    yard->map.polygons = &slope;
    yard->map.polygon_count = 1;
    yard->map.wall_count = 0;
    free(yard->memory);
    yard->memory = malloc(walls_bytes(&yard->map));
    walls_init(&yard->walls, &yard->map, yard->memory);
    struct vec2 position = {Q16(800), Q16(1170)};
    struct vec2 velocity = {Q16(0), Q16(10)};
    for (int i = 0; i < 5; i++) {
        velocity = (struct vec2){0, Q16(10)};
        position = vec2_add(position, velocity);
        assert_true(walls_push_circle(&yard->walls, RULES_PLAYER_RADIUS, &position, &velocity));
    }
    /* Downhill at 1 in 2: of 10 down stays 10 sin(a) along, which is 4 across and 2 down. */
    assert_in_range(velocity.x, Q16(4) - 32, Q16(4) + 32);
    assert_in_range(velocity.y, Q16(2) - 32, Q16(2) + 32);
    yard_destroy(yard);
}

/* The index must answer as all walls together would. */
static void test_shots_stop_at_polygons(void **state)
{
    (void)state;
    uint32_t blocked = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct yard *yard = yard_create(seed);
        struct random random;
        random_init(&random, seed, 3);
        for (int i = 0; i < 5000; i++) {
            struct vec2 start = free_place(yard, &random);
            struct vec2 step = vec2_from_angle((uint16_t)random_u32(&random), random_between(&random, 1, Q16(60)));
            struct vec2 end = vec2_add(start, step);
            int32_t way = walls_sweep_point(&yard->walls, start, step);
            struct vec2 stop = vec2_add(start, vec2_scale(step, way));
            bool is_inside = end.x >= 0 && end.y >= 0 && end.x <= Q16(SIDE) && end.y <= Q16(SIDE);
            assert_false(is_in_a_polygon(yard, stop, -8)); /* but for rounding */
            assert_int_equal(way == Q16_ONE, is_inside && map_sees(&yard->map, start, end));
            blocked += way < Q16_ONE;
        }
        yard_destroy(yard);
    }
    assert_true(blocked > 1000);
}

static void test_the_index_lists_every_polygon_that_a_circle_could_touch(void **state)
{
    (void)state;
    struct yard *yard = yard_create(7);
    struct random random;
    random_init(&random, 7, 4);
    for (int i = 0; i < 50000; i++) {
        struct vec2 place = {random_between(&random, Q16(25), Q16(SIDE - 25)),
                             random_between(&random, Q16(25), Q16(SIDE - 25))};
        int32_t reach = RULES_PLAYER_RADIUS - Q16_ONE / 64;
        bool touches = is_in_a_polygon(yard, place, reach);
        if (touches) {
            assert_false(walls_circle_is_free(&yard->walls, place, RULES_PLAYER_RADIUS));
            assert_true(walls_near_circle(&yard->walls, RULES_PLAYER_RADIUS, place));
        }
        struct vec2 pushed = place;
        struct vec2 velocity = {0, 0};
        if (walls_push_circle(&yard->walls, RULES_PLAYER_RADIUS, &pushed, &velocity)) {
            assert_false(is_in_a_polygon(yard, pushed, reach));
        }
    }
    yard_destroy(yard);
}

/* Half of the cells of a slanting wall's box are far from it. */
static void test_a_slanting_wall_is_not_listed_all_over_its_box(void **state)
{
    (void)state;
    struct map_polygon bar = {4,
                              {{Q16(0), Q16(2300)}, {Q16(2300), Q16(0)}, {Q16(2310), Q16(10)}, {Q16(10), Q16(2310)}}};
    struct yard *yard = yard_create(1);
    yard->map.polygons = &bar;
    yard->map.polygon_count = 1;
    yard->map.wall_count = 0;
    free(yard->memory);
    yard->memory = malloc(walls_bytes(&yard->map));
    walls_init(&yard->walls, &yard->map, yard->memory);
    size_t cells = (size_t)yard->walls.columns * (size_t)yard->walls.rows;
    assert_in_range(yard->walls.starts[cells], 37, cells / 4);
    yard_destroy(yard);
}

static void test_walls_that_would_fill_the_index_are_refused(void **state)
{
    (void)state;
    static struct map_box boxes[32];
    const struct map_spawn spawn = {{Q16(31900), Q16(31900)}, RULES_TEAM_NONE};
    for (size_t i = 0; i < 32; i++) {
        boxes[i] = (struct map_box){{0, 0}, {Q16(31800), Q16(31800)}};
    }
    struct map map = {.name = "full",
                      .width_q16 = Q16(32000),
                      .height_q16 = Q16(32000),
                      .spawns = &spawn,
                      .spawn_count = 1,
                      .walls = boxes,
                      .wall_count = 16};
    assert_true(map_is_valid(&map));
    map.wall_count = 32;
    assert_false(map_is_valid(&map));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies_slide_along_polygons_and_never_enter),
        cmocka_unit_test(test_sliding_keeps_what_goes_along_the_edge),
        cmocka_unit_test(test_shots_stop_at_polygons),
        cmocka_unit_test(test_the_index_lists_every_polygon_that_a_circle_could_touch),
        cmocka_unit_test(test_a_slanting_wall_is_not_listed_all_over_its_box),
        cmocka_unit_test(test_walls_that_would_fill_the_index_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
