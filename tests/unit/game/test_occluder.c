/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libcommon/base/random.h"
#include "libcommon/game/visibility/occluder.h"

static struct map_box box(int32_t left, int32_t top, int32_t right, int32_t bottom)
{
    return (struct map_box){{Q16(left), Q16(top)}, {Q16(right), Q16(bottom)}};
}

static struct occluder_line line(int32_t from_x, int32_t from_y, int32_t to_x, int32_t to_y)
{
    return (struct occluder_line){{Q16(from_x), Q16(from_y)}, {Q16(to_x), Q16(to_y)}};
}

/* A box of random size within 400 units. */
static struct map_box random_box(struct random *random)
{
    struct vec2 low = {random_between(random, 0, Q16(300)), random_between(random, 0, Q16(300))};
    return (struct map_box){
        low, {low.x + random_between(random, Q16(1), Q16(100)), low.y + random_between(random, Q16(1), Q16(100))}};
}

static struct vec2 place_in(const struct map_box *area, struct random *random)
{
    return (struct vec2){random_between(random, area->low.x, area->high.x),
                         random_between(random, area->low.y, area->high.y)};
}

static bool is_crossed(const struct map_box *wall, struct vec2 from, struct vec2 to)
{
    struct map map = {.walls = wall, .wall_count = 1};
    return !map_sees(&map, from, to);
}

static int64_t orientation(struct vec2 a, struct vec2 b, struct vec2 c)
{
    return ((int64_t)b.x - a.x) * ((int64_t)c.y - a.y) - ((int64_t)b.y - a.y) * ((int64_t)c.x - a.x);
}

static uint32_t hull_corners(struct map_box a, struct map_box b)
{
    struct occluder hull;
    occluder_of_boxes(&a, &b, &hull);
    for (uint32_t i = 0; i < hull.corner_count; i++) {
        struct vec2 next = hull.corners[(i + 1) % hull.corner_count];
        assert_true(orientation(hull.corners[i], next, hull.corners[(i + 2) % hull.corner_count]) > 0);
        assert_true(orientation(hull.corners[i], next, a.low) >= 0 && orientation(hull.corners[i], next, a.high) >= 0);
        assert_true(orientation(hull.corners[i], next, b.low) >= 0 && orientation(hull.corners[i], next, b.high) >= 0);
    }
    return hull.corner_count;
}

static void test_a_hull_is_convex_and_holds_both(void **state)
{
    (void)state;
    assert_int_equal(hull_corners(box(400, 400, 700, 440), box(400, 440, 440, 700)), 5);     /* a corner */
    assert_int_equal(hull_corners(box(900, 970, 1100, 1030), box(970, 900, 1030, 1100)), 8); /* a cross */
    assert_int_equal(hull_corners(box(0, 0, 100, 100), box(20, 20, 80, 80)), 4);
    assert_int_equal(hull_corners(box(0, 0, 100, 40), box(100, 0, 300, 40)), 4); /* end to end */
    assert_int_equal(hull_corners(box(0, 0, 100, 100), box(0, 0, 100, 100)), 4);
    struct random random;
    random_init(&random, 1, 1);
    for (uint32_t i = 0; i < 2000; i++) {
        assert_in_range(hull_corners(random_box(&random), random_box(&random)), 4, 8);
    }
    struct map_box a = box(0, 50, 100, 90);
    struct map_box b = box(60, 0, 70, 200);
    struct occluder hull;
    occluder_of_boxes(&a, &b, &hull);
    assert_true(hull.low.x == 0 && hull.low.y == 0 && hull.high.x == Q16(100) && hull.high.y == Q16(200));
}

static void test_what_only_touches_is_apart(void **state)
{
    (void)state;
    struct map_box a = box(400, 400, 700, 440);
    struct map_box b = box(400, 440, 440, 700);
    struct occluder wall;
    struct occluder hull;
    occluder_of_box(&a, &wall);
    occluder_of_boxes(&a, &b, &hull);
    const struct map_box below = box(450, 440, 500, 500);
    const struct map_box into = box(450, 439, 500, 500);
    const struct map_box past = box(600, 600, 700, 700);
    const struct map_box at_hypotenuse = box(570, 570, 700, 700);
    const struct map_box over_hypotenuse = box(569, 569, 700, 700);
    assert_true(occluder_is_apart(&wall, &below));
    assert_false(occluder_is_apart(&wall, &into));
    assert_false(occluder_is_apart(&hull, &below));
    assert_true(occluder_is_apart(&hull, &past)); /* though its bounds are not */
    assert_true(occluder_is_apart(&hull, &at_hypotenuse));
    assert_false(occluder_is_apart(&hull, &over_hypotenuse));
}

static void test_a_line_meets_what_it_goes_into(void **state)
{
    (void)state;
    struct map_box a = box(100, 100, 200, 200);
    struct occluder wall;
    occluder_of_box(&a, &wall);
    const struct occluder_line yes[] = {line(0, 150, 300, 150), line(0, 150, 101, 150), line(120, 120, 130, 150),
                                        line(50, 0, 160, 110), line(50, 99, 201, 199)};
    const struct occluder_line no[] = {line(0, 150, 100, 150), line(0, 99, 300, 99),     line(0, 0, 99, 99),
                                       line(200, 0, 200, 300), line(200, 150, 260, 150), line(150, 0, 251, 100)};
    for (uint32_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        assert_true(occluder_meets(&wall, &yes[i]));
    }
    for (uint32_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        assert_false(occluder_meets(&wall, &no[i]));
    }
}

/* Both boxes lie on one side of each bridge, one bridge on the one side and one on the other. */
static void test_bridges_hold_both_boxes_between_them(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 2, 1);
    for (uint32_t i = 0; i < 5000; i++) {
        struct map_box a = random_box(&random);
        struct map_box b = random_box(&random);
        b.low.y = i % 4 == 0 && a.low.y < b.high.y ? a.low.y : b.low.y; /* also with edges in one line */
        struct occluder wall;
        struct occluder_line bridges[2];
        occluder_of_box(&b, &wall);
        if (!occluder_is_apart(&wall, &a)) {
            continue;
        }
        assert_true(occluder_bridges(&a, &b, bridges));
        int32_t sides[2] = {0, 0};
        for (uint32_t j = 0; j < 2; j++) {
            for (uint32_t k = 0; k < 8; k++) {
                const struct map_box *of = k < 4 ? &a : &b;
                struct vec2 corner = {k & 1 ? of->low.x : of->high.x, k & 2 ? of->low.y : of->high.y};
                int64_t side = orientation(bridges[j].from, bridges[j].to, corner);
                assert_true(side == 0 || sides[j] == 0 || (side > 0) == (sides[j] > 0));
                sides[j] = side == 0 ? sides[j] : side > 0 ? 1 : -1;
            }
        }
        assert_int_equal(sides[0] + sides[1], 0);
    }
    struct occluder_line bridges[2];
    const struct map_box outer = box(0, 0, 100, 100);
    const struct map_box inner = box(20, 20, 30, 30);
    assert_false(occluder_bridges(&outer, &inner, bridges));
    assert_false(occluder_bridges(&inner, &outer, bridges));
}

/* What lies in a shadow no line reaches; and what lies wholly behind, within both tangents, is in it. */
static void test_a_shadow_is_what_no_line_reaches(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 3, 1);
    uint32_t shadows = 0;
    for (uint32_t i = 0; i < 200000; i++) {
        struct map_box wall_box = random_box(&random);
        struct map_box eyes = random_box(&random);
        struct map_box body = random_box(&random);
        struct occluder wall;
        struct occluder eyes_shape;
        struct half_plane planes[3];
        occluder_of_box(&wall_box, &wall);
        occluder_of_box(&eyes, &eyes_shape);
        if (!occluder_shadow(&wall, &eyes_shape, planes)) {
            assert_false(occluder_is_apart(&wall, &eyes));
            continue;
        }
        bool is_hidden = half_plane_holds(&planes[0], &body, 0) && half_plane_holds(&planes[1], &body, 0) &&
                         half_plane_holds(&planes[2], &body, 0);
        bool is_crossed_always = true;
        for (uint32_t j = 0; j < 20 && (is_hidden || j < 8) && is_crossed_always; j++) {
            is_crossed_always = is_crossed(&wall_box, place_in(&eyes, &random), place_in(&body, &random));
        }
        assert_true(!is_hidden || is_crossed_always);
        shadows += is_hidden;
    }
    assert_true(shadows > 300);
}

/* A pillar as wide as the eyes: its shadow has parallel sides. */
static void test_a_shadow_begins_and_ends_where_it_must(void **state)
{
    (void)state;
    const struct map_box eyes_box = box(100, 0, 200, 100);
    const struct map_box pillar = box(100, 300, 200, 400);
    struct occluder wall;
    struct occluder eyes;
    struct half_plane planes[3];
    occluder_of_box(&pillar, &wall);
    occluder_of_box(&eyes_box, &eyes);
    assert_true(occluder_shadow(&wall, &eyes, planes));
    const struct map_box behind = box(100, 400, 200, 900);
    const struct map_box before = box(120, 110, 180, 290);
    const struct map_box beside = box(100, 400, 201, 500);
    bool holds[3] = {true, true, true};
    const struct map_box *areas[3] = {&behind, &before, &beside};
    for (uint32_t i = 0; i < 9; i++) {
        holds[i / 3] = holds[i / 3] && half_plane_holds(&planes[i % 3], areas[i / 3], 0);
    }
    const struct map_box narrow = box(120, 420, 180, 500);
    assert_true(half_plane_holds(&planes[0], &narrow, Q16(20)) && half_plane_holds(&planes[1], &narrow, Q16(20)));
    assert_false(half_plane_holds(&planes[0], &narrow, Q16(20) + 2) &&
                 half_plane_holds(&planes[1], &narrow, Q16(20) + 2));
    assert_true(holds[0]);
    assert_false(holds[1]);
    assert_false(holds[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_hull_is_convex_and_holds_both),
        cmocka_unit_test(test_what_only_touches_is_apart),
        cmocka_unit_test(test_a_line_meets_what_it_goes_into),
        cmocka_unit_test(test_bridges_hold_both_boxes_between_them),
        cmocka_unit_test(test_a_shadow_is_what_no_line_reaches),
        cmocka_unit_test(test_a_shadow_begins_and_ends_where_it_must),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
