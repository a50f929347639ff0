/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "libcommon/base/random.h"
#include "libcommon/base/vec2.h"

#define TURN 6.283185307179586

static void test_sine_and_cosine_are_those_of_libm(void **state)
{
    (void)state;
    for (uint32_t angle = 0; angle < 65536; angle++) {
        double radians = angle * TURN / 65536;
        assert_true(fabs(fixed_sin((uint16_t)angle) - sin(radians) * 65536) <= 1.6);
        assert_true(fabs(fixed_cos((uint16_t)angle) - cos(radians) * 65536) <= 1.6);
    }
}

static void test_atan2_inverts_sine_and_cosine(void **state)
{
    (void)state;
    static const int32_t radii[] = {Q16(1), Q16(30), Q16(2000), Q16(32000)};
    for (uint32_t angle = 0; angle < 65536; angle += 7) {
        for (size_t i = 0; i < sizeof radii / sizeof radii[0]; i++) {
            struct vec2 v = vec2_from_angle((uint16_t)angle, radii[i]);
            int16_t off = (int16_t)(uint16_t)(fixed_atan2(v.y, v.x) - angle);
            assert_in_range(abs(off), 0, 2);
        }
    }
    assert_int_equal(fixed_atan2(0, 0), 0);
    assert_int_equal(fixed_atan2(0, 5), 0);
    assert_int_equal(fixed_atan2(5, 0), 0x4000);
    assert_int_equal(fixed_atan2(0, -5), 0x8000);
    assert_int_equal(fixed_atan2(-5, 0), 0xc000);
}

static void check_root(uint64_t value)
{
    uint64_t root = fixed_isqrt64(value);
    assert_true(root * root <= value);
    assert_true(root == UINT32_MAX || (root + 1) * (root + 1) > value);
}

static void test_square_root_is_the_largest_that_fits(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 9, 1);
    for (uint64_t value = 0; value < 5000; value++) {
        check_root(value);
    }
    for (int i = 0; i < 20000; i++) {
        uint64_t value = random_u64(&random) >> random_below(&random, 64);
        uint64_t root = value >> 32;
        check_root(value);
        check_root(root * root);
        check_root(root * root - (root > 0));
    }
    check_root(UINT64_MAX);
}

static void test_product_rounds_down_and_quotient_to_zero(void **state)
{
    (void)state;
    assert_int_equal(q16_mul(-1, 1), -1);
    assert_int_equal(q16_mul(Q16(3), Q16(-2)), Q16(-6));
    assert_int_equal(q16_div(Q16(-1), Q16(3)), -21845);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sine_and_cosine_are_those_of_libm),
        cmocka_unit_test(test_atan2_inverts_sine_and_cosine),
        cmocka_unit_test(test_square_root_is_the_largest_that_fits),
        cmocka_unit_test(test_product_rounds_down_and_quotient_to_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
