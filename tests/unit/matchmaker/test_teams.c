/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/teams.h"

#include "libcommon/base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int64_t difference(const int32_t *ratings, uint32_t count, const uint8_t *teams)
{
    int64_t sum = 0;
    uint32_t sizes[2] = {0, 0};
    for (uint32_t i = 0; i < count; i++) {
        assert_true(teams[i] <= 1);
        sizes[teams[i]]++;
        sum += teams[i] ? -ratings[i] : ratings[i];
    }
    assert_int_equal(sizes[0], count / 2);
    assert_int_equal(sizes[1], count / 2);
    return llabs(sum);
}

static void fill_descending(struct random *random, int32_t *ratings, uint32_t count)
{
    ratings[0] = 3000000;
    for (uint32_t i = 1; i < count; i++) {
        ratings[i] = ratings[i - 1] - random_between(random, 0, 200000);
    }
}

static void test_pairs_meet_the_strongest_with_the_weakest(void **state)
{
    (void)state;
    const int32_t ratings[] = {1400000, 1300000, 1100000, 1000000};
    uint8_t teams[4];
    teams_split(ratings, 4, teams);
    assert_int_equal(difference(ratings, 4, teams), 0);
    assert_int_equal(teams[0], teams[3]);
}

static void test_no_split_of_ten_is_more_even(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 11, 1);
    for (int round = 0; round < 50; round++) {
        int32_t ratings[10];
        uint8_t teams[10], other[10];
        fill_descending(&random, ratings, 10);
        teams_split(ratings, 10, teams);
        int64_t found = difference(ratings, 10, teams);
        for (uint32_t mask = 0; mask < 1024; mask++) {
            if (__builtin_popcount(mask) == 5) {
                for (uint32_t i = 0; i < 10; i++) {
                    other[i] = (uint8_t)(mask >> i & 1u);
                }
                assert_true(difference(ratings, 10, other) >= found);
            }
        }
    }
}

static void test_twenty_are_dealt_within_one_step(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 12, 1);
    for (int round = 0; round < 200; round++) {
        int32_t ratings[20];
        uint8_t teams[20];
        fill_descending(&random, ratings, 20);
        teams_split(ratings, 20, teams);
        /* The better of the last two may go to the team that is full-strength already, never more. */
        assert_true(difference(ratings, 20, teams) <= ratings[0] - ratings[19]);
    }
}

static void test_of_splits_that_are_equally_even_the_first_is_taken(void **state)
{
    (void)state;
    const int32_t ratings[] = {1200000, 1200000, 1200000, 1200000};
    uint8_t teams[4];
    teams_split(ratings, 4, teams);
    assert_memory_equal(teams, ((const uint8_t[]){0, 1, 1, 0}), 4);
}

static void test_equals_are_dealt_in_turns_from_team_zero_on(void **state)
{
    (void)state;
    int32_t ratings[14];
    uint8_t teams[14];
    for (uint32_t i = 0; i < 14; i++) {
        ratings[i] = 0; /* nothing tells them apart, not even a sum */
    }
    teams_split(ratings, 14, teams);
    for (uint32_t i = 0; i < 14; i++) {
        assert_int_equal(teams[i], i < 7 ? 0 : 1);
    }
    for (uint32_t i = 0; i < 14; i++) {
        ratings[i] = 1200000;
    }
    teams_split(ratings, 14, teams);
    for (uint32_t i = 0; i < 14; i++) {
        assert_int_equal(teams[i], i % 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs_meet_the_strongest_with_the_weakest),
        cmocka_unit_test(test_no_split_of_ten_is_more_even),
        cmocka_unit_test(test_twenty_are_dealt_within_one_step),
        cmocka_unit_test(test_of_splits_that_are_equally_even_the_first_is_taken),
        cmocka_unit_test(test_equals_are_dealt_in_turns_from_team_zero_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
