/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libcommon/base/random.h"

static void test_numbers_are_those_of_the_reference_implementation(void **state)
{
    (void)state;
    /* pcg32-demo of the PCG Random Number Generation library for C, seed 42, stream 54. */
    static const uint32_t expected[] = {0xa15c02b7, 0x7b47f409, 0xba1d3330, 0x83d2f293, 0xbfa4784b, 0xcbed606e};
    struct random random;
    random_init(&random, 42, 54);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_int_equal(random_u32(&random), expected[i]);
    }
}

static void test_bounded_numbers_reach_every_value_evenly(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 5, 1);
    uint32_t counts[6] = {0};
    for (int i = 0; i < 60000; i++) {
        counts[random_below(&random, 6)]++;
    }
    for (size_t i = 0; i < 6; i++) {
        assert_in_range(counts[i], 9600, 10400);
    }
    assert_int_equal(random_below(&random, 0), 0);
    assert_int_equal(random_below(&random, 1), 0);
}

static void test_between_includes_both_ends(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 6, 1);
    int seen[5] = {0};
    for (int i = 0; i < 1000; i++) {
        int32_t value = random_between(&random, -2, 2);
        assert_true(value >= -2 && value <= 2);
        seen[value + 2] = 1;
    }
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(seen[i], 1);
    }
    assert_int_equal(random_between(&random, 7, 7), 7);
    (void)random_between(&random, INT32_MIN, INT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_those_of_the_reference_implementation),
        cmocka_unit_test(test_bounded_numbers_reach_every_value_evenly),
        cmocka_unit_test(test_between_includes_both_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
