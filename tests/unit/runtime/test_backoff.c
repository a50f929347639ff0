/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/stores/backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_delay_doubles_up_to_the_most(void **state)
{
    (void)state;
    static const uint32_t wanted[] = {25, 50, 100, 200, 400, 800, 1000, 1000, 1000};
    struct backoff backoff;
    backoff_init(&backoff, 50, 2000);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        assert_int_equal(backoff_next_ms(&backoff, 0), wanted[i]); /* random 0: the shortest of its range */
    }
}

static void test_delay_is_spread_over_the_upper_half(void **state)
{
    (void)state;
    uint32_t least = UINT32_MAX, most = 0;
    for (uint64_t random = 0; random < 1000; random++) {
        struct backoff backoff;
        backoff_init(&backoff, 100, 1000);
        uint32_t delay_ms = backoff_next_ms(&backoff, random);
        least = delay_ms < least ? delay_ms : least;
        most = delay_ms > most ? delay_ms : most;
    }
    assert_int_equal(least, 50);
    assert_int_equal(most, 100);
}

static void test_delay_never_overflows_and_is_never_zero(void **state)
{
    (void)state;
    struct backoff backoff;
    backoff_init(&backoff, 1, UINT32_MAX);
    for (uint32_t i = 0; i < 200; i++) {
        assert_true(backoff_next_ms(&backoff, UINT64_MAX - i) >= 1);
    }
    assert_int_equal(backoff_next_ms(&backoff, UINT32_MAX / 2), UINT32_MAX);
}

static void test_reset_begins_anew(void **state)
{
    (void)state;
    struct backoff backoff;
    backoff_init(&backoff, 50, 2000);
    (void)backoff_next_ms(&backoff, 0);
    (void)backoff_next_ms(&backoff, 0);
    backoff_reset(&backoff);
    assert_int_equal(backoff_next_ms(&backoff, 0), 25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delay_doubles_up_to_the_most),
        cmocka_unit_test(test_delay_is_spread_over_the_upper_half),
        cmocka_unit_test(test_delay_never_overflows_and_is_never_zero),
        cmocka_unit_test(test_reset_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
