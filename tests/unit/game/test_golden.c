/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first minute of the ten golden matches, in whatever build this is. All ten minutes under every compiler are
 * tests/unit/scripts/test_golden_builds.c's. The rows change only with the rules or the wire format: make golden-rows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/golden_match.h"

static const struct golden_row golden[] = {
#include "tests/golden/matches.inc"
};

static void test_the_first_minute_of_each_match_is_the_golden_one(void **state)
{
    (void)state;
    _Static_assert(sizeof golden / sizeof golden[0] == (size_t)GOLDEN_MATCHES * GOLDEN_MINUTES,
                   "a row for each minute");
    for (uint32_t index = 0; index < GOLDEN_MATCHES; index++) {
        const struct golden_row *expected = &golden[(size_t)index * GOLDEN_MINUTES];
        struct golden_row row;
        golden_match_play(index, 1, &row);
        print_message("%s\n", row.match);
        assert_string_equal(row.match, expected->match);
        assert_int_equal(row.tick, expected->tick);
        assert_true(row.states == expected->states);
        assert_true(row.record == expected->record);
        assert_true(row.snapshots == expected->snapshots);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_first_minute_of_each_match_is_the_golden_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
