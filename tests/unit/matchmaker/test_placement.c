/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/placement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct placement_tried nobody;

static struct placement_engine engine(const char *mailbox, uint32_t region, uint32_t load_permille)
{
    struct placement_engine made = {
        .region = region, .matches_max = 10, .players_max = 100, .load_permille = load_permille};
    snprintf(made.mailbox, sizeof(made.mailbox), "%s", mailbox);
    return made;
}

static void test_least_loaded_of_the_region_is_chosen(void **state)
{
    (void)state;
    const struct placement_engine engines[] = {engine("a", REGION_EU_WEST, 300), engine("b", REGION_EU_WEST, 200),
                                               engine("c", REGION_NA_EAST, 0)};
    assert_int_equal(placement_choose(engines, 3, REGION_EU_WEST, 2, &nobody), 1);
    assert_int_equal(placement_choose(engines, 3, REGION_NA_EAST, 2, &nobody), 2);
    assert_int_equal(placement_choose(engines, 3, REGION_NA_WEST, 2, &nobody), PLACEMENT_NONE);
}

static void test_equal_load_goes_by_matches_then_by_mailbox(void **state)
{
    (void)state;
    struct placement_engine engines[] = {engine("c", 0, 100), engine("b", 0, 100), engine("a", 0, 100)};
    assert_int_equal(placement_choose(engines, 3, 0, 2, &nobody), 2);
    engines[2].matches = 1;
    assert_int_equal(placement_choose(engines, 3, 0, 2, &nobody), 1);
}

static void test_matches_given_since_the_last_news_count(void **state)
{
    (void)state;
    struct placement_engine engines[] = {engine("a", 0, 100), engine("b", 0, 105)};
    assert_int_equal(placement_choose(engines, 2, 0, 2, &nobody), 0);
    engines[0].given_matches = 1;
    assert_int_equal(placement_choose(engines, 2, 0, 2, &nobody), 1);
    engines[1].given_players = 99;
    assert_int_equal(placement_choose(engines, 2, 0, 2, &nobody), 0);
}

static void test_draining_and_full_engines_are_passed_over(void **state)
{
    (void)state;
    struct placement_engine engines[] = {engine("a", 0, 0), engine("b", 0, 0), engine("c", 0, 0)};
    engines[0].draining = true;
    engines[1].matches = 10;
    engines[2].players = 99;
    assert_int_equal(placement_choose(engines, 3, 0, 2, &nobody), PLACEMENT_NONE);
    assert_int_equal(placement_open_regions(engines, 3, 2), 0);
    assert_int_equal(placement_choose(engines, 3, 0, 1, &nobody), 2);
    assert_int_equal(placement_open_regions(engines, 3, 1), 1u << 0);
    engines[2].players_max = 0;
    engines[2].players = UINT32_MAX; /* nonsense off the wire does not wrap around */
    assert_int_equal(placement_choose(engines, 3, 0, 2, &nobody), PLACEMENT_NONE);
}

static void test_engines_that_refused_are_not_asked_again_and_tries_end(void **state)
{
    (void)state;
    const struct placement_engine engines[] = {engine("a", 0, 0), engine("b", 0, 1), engine("c", 0, 2),
                                               engine("d", 0, 3), engine("e", 0, 4)};
    struct placement_tried tried = {.count = 0};
    for (uint32_t i = 0; i < PLACEMENT_TRIES_MAX; i++) {
        assert_int_equal(placement_choose(engines, 5, 0, 2, &tried), i);
        memcpy(tried.mailboxes[tried.count++], engines[i].mailbox, 64);
    }
    assert_int_equal(placement_choose(engines, 5, 0, 2, &tried), PLACEMENT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_least_loaded_of_the_region_is_chosen),
        cmocka_unit_test(test_equal_load_goes_by_matches_then_by_mailbox),
        cmocka_unit_test(test_matches_given_since_the_last_news_count),
        cmocka_unit_test(test_draining_and_full_engines_are_passed_over),
        cmocka_unit_test(test_engines_that_refused_are_not_asked_again_and_tries_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
