/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libcommon/base/random.h"
#include "libcommon/base/vec2.h"

static void test_sums_differences_and_products_are_by_component(void **state)
{
    (void)state;
    const struct vec2 a = {Q16(3), Q16(-4)}, b = {Q16(10), Q16(1)};
    struct vec2 sum = vec2_add(a, b), difference = vec2_sub(a, b), half = vec2_scale(b, Q16(1) / 2);
    assert_int_equal(sum.x, Q16(13));
    assert_int_equal(sum.y, Q16(-3));
    assert_int_equal(difference.x, Q16(-7));
    assert_int_equal(difference.y, Q16(-5));
    assert_int_equal(half.x, Q16(5));
    assert_int_equal(half.y, Q16(1) / 2);
    assert_true(vec2_dot(a, b) == (int64_t)26 << 32);
    assert_true(vec2_length_squared(a) == (uint64_t)25 << 32);
}

static void test_length_rounds_down_and_saturates(void **state)
{
    (void)state;
    assert_int_equal(vec2_length((struct vec2){Q16(3), Q16(-4)}), Q16(5));
    assert_int_equal(vec2_length((struct vec2){1, 1}), 1);
    assert_int_equal(vec2_length((struct vec2){0, 0}), 0);
    assert_int_equal(vec2_length((struct vec2){INT32_MAX, INT32_MAX}), INT32_MAX);
    assert_int_equal(vec2_length((struct vec2){INT32_MAX, 0}), INT32_MAX);
}

static void test_vector_gets_the_length_asked_for(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 10, 1);
    for (int i = 0; i < 5000; i++) {
        struct vec2 v = {random_between(&random, -Q16(30000), Q16(30000)),
                         random_between(&random, -Q16(30000), Q16(30000))};
        struct vec2 unit = vec2_with_length(v, Q16(25));
        assert_in_range(vec2_length(unit), Q16(25) - 3, Q16(25) + 1);
    }
    struct vec2 none = vec2_with_length((struct vec2){0, 0}, Q16(25));
    assert_int_equal(none.x, 0);
    assert_int_equal(none.y, 0);
}

static void test_angles_give_the_axes(void **state)
{
    (void)state;
    struct vec2 east = vec2_from_angle(0, Q16(7)), south = vec2_from_angle(0x4000, Q16(7));
    assert_int_equal(east.x, Q16(7));
    assert_int_equal(east.y, 0);
    assert_int_equal(south.x, 0);
    assert_int_equal(south.y, Q16(7));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_differences_and_products_are_by_component),
        cmocka_unit_test(test_length_rounds_down_and_saturates),
        cmocka_unit_test(test_vector_gets_the_length_asked_for),
        cmocka_unit_test(test_angles_give_the_axes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
