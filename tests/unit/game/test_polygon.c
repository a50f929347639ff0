/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "libcommon/base/random.h"
#include "libcommon/game/map/polygon.h"
#include "libcommon/game/rules/rules.h"
#include "tests/support/rotated_polygon.h"

#define AT(x, y)                                                                                                       \
    {                                                                                                                  \
        Q16(x), Q16(y)                                                                                                 \
    }

static void test_convex_clockwise_corners_are_valid(void **state)
{
    (void)state;
    const struct map_polygon good[] = {
        {3, {AT(100, 100), AT(200, 100), AT(100, 200)}},
        {4, {AT(100, 100), AT(108, 100), AT(108, 108), AT(100, 108)}},
        {4, {AT(0, 0), AT(32000, 0), AT(32000, 32000), AT(0, 32000)}},
        {3, {AT(0, 0), AT(32000, 31988), AT(31900, 32000)}},
        {8, {AT(95, 88), AT(105, 88), AT(112, 95), AT(112, 105), AT(105, 112), AT(95, 112), AT(88, 105), AT(88, 95)}},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(polygon_is_valid(&good[i]));
    }
}

static void test_every_other_shape_is_refused(void **state)
{
    (void)state;
    const struct map_polygon bad[] = {
        {0},                                                                         /* nothing */
        {2, {AT(100, 100), AT(200, 100)}},                                           /* a line */
        {9, {AT(100, 100), AT(200, 100), AT(100, 200)}},                             /* too many corners */
        {3, {AT(100, 100), AT(100, 200), AT(200, 100)}},                             /* the other way round */
        {3, {AT(100, 100), AT(150, 100), AT(200, 100)}},                             /* straight */
        {4, {AT(100, 100), AT(150, 100), AT(200, 100), AT(150, 200)}},               /* a straight angle */
        {4, {AT(100, 100), AT(200, 100), AT(130, 130), AT(100, 200)}},               /* a dent */
        {4, {AT(100, 100), AT(200, 200), AT(200, 100), AT(100, 200)}},               /* it crosses itself */
        {5, {AT(200, 100), AT(259, 281), AT(105, 169), AT(295, 169), AT(141, 281)}}, /* a star: two turns */
        {6, {AT(0, 0), AT(90, 0), AT(0, 90), AT(0, 0), AT(90, 0), AT(0, 90)}},       /* the same twice */
        {4, {AT(100, 100), AT(100, 100), AT(200, 100), AT(100, 200)}},               /* a corner twice */
        {4, {AT(100, 100), AT(107, 100), AT(107, 200), AT(100, 200)}},               /* too thin */
        {5, {AT(100, 100), AT(200, 100), AT(203, 104), AT(200, 200), AT(100, 200)}}, /* a short edge */
        {3, {AT(0, 0), AT(32000, 31999), AT(31999, 32000)}},                         /* a needle */
        {3, {{-1, 0}, AT(200, 100), AT(100, 200)}},                                  /* outside of any world */
        {3, {AT(100, 100), {Q16(RULES_WORLD_MAX) + 1, Q16(100)}, AT(100, 200)}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(polygon_is_valid(&bad[i]));
    }
}

/* ---- against the same in floating point ------------------------------------------------------------- */

static double distance_to_edge(struct vec2 place, struct vec2 from, struct vec2 to)
{
    double x = to.x - (double)from.x;
    double y = to.y - (double)from.y;
    double along = ((place.x - (double)from.x) * x + (place.y - (double)from.y) * y) / (x * x + y * y);
    along = along < 0 ? 0 : along > 1 ? 1 : along;
    return hypot(place.x - (from.x + along * x), place.y - (from.y + along * y));
}

/* Q16, below 0 inside. */
static double true_distance(const struct map_polygon *corners, struct vec2 place)
{
    double nearest = 1e12;
    bool is_inside = true;
    for (uint32_t i = 0; i < corners->corner_count; i++) {
        struct vec2 from = corners->corners[i];
        struct vec2 to = corners->corners[(i + 1) % corners->corner_count];
        double side =
            (to.x - (double)from.x) * (place.y - (double)from.y) - (to.y - (double)from.y) * (place.x - (double)from.x);
        double distance = distance_to_edge(place, from, to);
        is_inside = is_inside && side >= 0;
        nearest = distance < nearest ? distance : nearest;
    }
    return is_inside ? -nearest : nearest;
}

#define NEAR 8.0 /* 1/65536 units that are rounding */

static void check_circle(const struct map_polygon *corners, struct vec2 place, int32_t radius)
{
    struct polygon polygon;
    polygon_init(&polygon, corners);
    double before = true_distance(corners, place);
    bool touches = polygon_touches_circle(&polygon, place, radius);
    if (fabs(before - radius) > NEAR) {
        assert_int_equal(touches, before < radius);
    }
    if (polygon_is_away(corners, place, radius)) {
        assert_false(touches);
    }
    struct vec2 pushed = place;
    struct vec2 normal;
    assert_int_equal(polygon_push_circle(&polygon, radius, &pushed, &normal), touches);
    if (touches) {
        double moved = hypot(pushed.x - (double)place.x, pushed.y - (double)place.y);
        assert_true(true_distance(corners, pushed) >= radius - NEAR);
        assert_true(fabs(moved - (radius - before)) <= 2 * NEAR); /* the shortest way */
        assert_true(fabs(hypot(normal.x, normal.y) - Q16_ONE) <= 4);
    } else {
        assert_int_equal(pushed.x, place.x);
        assert_int_equal(pushed.y, place.y);
    }
}

static void test_circles_are_pushed_out_the_shortest_way(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 21, 1);
    for (int i = 0; i < 2000; i++) {
        struct vec2 centre = {random_between(&random, Q16(300), Q16(31700)),
                              random_between(&random, Q16(300), Q16(31700))};
        struct map_polygon corners =
            rotated_polygon(centre, Q16(random_between(&random, 20, 250)), (uint16_t)random_u32(&random),
                            (uint8_t)random_between(&random, 3, MAP_CORNERS_MAX));
        assert_true(polygon_is_valid(&corners));
        for (int k = 0; k < 50; k++) {
            struct vec2 off = {random_between(&random, Q16(-300), Q16(300)),
                               random_between(&random, Q16(-300), Q16(300))};
            check_circle(&corners, vec2_add(centre, off), random_between(&random, Q16(1), Q16(30)));
        }
    }
}

/* The largest there is, and places all along its edges: nothing overflows, and rounding stays small. */
static void test_a_wall_across_the_largest_world_is_exact(void **state)
{
    (void)state;
    const struct map_polygon corners = {4, {AT(31900, 0), AT(32000, 0), AT(100, 32000), AT(0, 32000)}};
    const struct map_polygon half = {3, {AT(0, 0), AT(32000, 32000), AT(0, 32000)}};
    struct random random;
    random_init(&random, 22, 1);
    for (int i = 0; i < 100000; i++) {
        int32_t along = random_between(&random, 0, Q16(32000));
        int32_t off = random_between(&random, Q16(-60), Q16(60));
        struct vec2 place = {q16_clamp(Q16(32000) - along + off, 0, Q16(32000)), along};
        check_circle(&corners, place, RULES_PLAYER_RADIUS);
        struct vec2 other = {q16_clamp(along + off, 0, Q16(32000)), along};
        check_circle(&half, other, RULES_PLAYER_RADIUS);
    }
}

static bool is_in_a_world(int64_t coordinate)
{
    return coordinate >= 0 && coordinate <= Q16(RULES_WORLD_MAX);
}

static void test_lines_are_cut_where_they_cross(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 23, 1);
    uint32_t hits = 0;
    for (int i = 0; i < 100000; i++) {
        struct vec2 centre = {Q16(random_between(&random, 300, 31700)), Q16(random_between(&random, 300, 31700))};
        struct map_polygon corners =
            rotated_polygon(centre, Q16(random_between(&random, 20, 250)), (uint16_t)random_u32(&random),
                            (uint8_t)random_between(&random, 3, 8));
        struct polygon polygon;
        polygon_init(&polygon, &corners);
        struct vec2 start = {centre.x + random_between(&random, Q16(-300), Q16(300)),
                             centre.y + random_between(&random, Q16(-300), Q16(300))};
        int32_t length = i % 2 ? random_between(&random, 1, Q16(60)) : random_between(&random, 1, Q16(30000));
        struct vec2 step = vec2_from_angle((uint16_t)random_u32(&random), length);
        if (!is_in_a_world((int64_t)start.x + step.x) || !is_in_a_world((int64_t)start.y + step.y)) {
            continue;
        }
        int64_t enter = 0;
        int64_t leave = Q16_ONE;
        bool is_cut = polygon_clip(&polygon, start, step, &enter, &leave);
        double grain = length / 65536.0 + NEAR; /* a 65536th of the step, and rounding */
        for (int64_t at = 0; at <= Q16_ONE; at += Q16_ONE / 64) {
            struct vec2 place = {start.x + (int32_t)(step.x * at / Q16_ONE),
                                 start.y + (int32_t)(step.y * at / Q16_ONE)};
            double distance = true_distance(&corners, place);
            bool is_in = is_cut && at >= enter && at <= leave;
            assert_true(is_in ? distance < 2 * grain : distance > -2 * grain);
        }
        hits += is_cut;
    }
    assert_true(hits > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_convex_clockwise_corners_are_valid),
        cmocka_unit_test(test_every_other_shape_is_refused),
        cmocka_unit_test(test_circles_are_pushed_out_the_shortest_way),
        cmocka_unit_test(test_a_wall_across_the_largest_world_is_exact),
        cmocka_unit_test(test_lines_are_cut_where_they_cross),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
