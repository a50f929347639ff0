/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/matching.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct matching_pool pool;
static struct matching_group group;

static const struct matching_rules rules = {.window_milli = 200000,
                                            .window_growth_milli_per_s = 40000,
                                            .latency_limit_ms = 80,
                                            .latency_growth_ms_per_s = 10,
                                            .cross_region_latency_ms = 200,
                                            .cross_region_after_ms = 15000,
                                            .latency_max_ms = 350,
                                            .fill_ms = 3000};

static int begin(void **state)
{
    (void)state;
    pool.count = 0;
    return 0;
}

static struct matching_candidate *add(int32_t rating)
{
    struct matching_candidate *candidate = &pool.candidates[pool.count];
    *candidate = (struct matching_candidate){.ticket = 100 + pool.count,
                                             .rating_milli = rating * 1000,
                                             .window_milli = 200000,
                                             .regions = 1u << REGION_EU_WEST,
                                             .latency_ms = {[REGION_EU_WEST] = 20},
                                             .age_rank = pool.count};
    pool.count++;
    return candidate;
}

static bool find(uint32_t anchor, uint32_t players_min, uint32_t players_max)
{
    const struct matching_size size = {players_min, players_max};
    return matching_find(&pool, anchor, &rules, &size, &group);
}

static void check_group(uint32_t count, const uint32_t *positions)
{
    assert_int_equal(group.count, count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(group.members[i], positions[i]);
    }
}

static void test_window_grows_with_the_wait_and_never_overflows(void **state)
{
    (void)state;
    assert_int_equal(matching_window_milli(&rules, 0), 200000);
    assert_int_equal(matching_window_milli(&rules, 1), 200040);
    assert_int_equal(matching_window_milli(&rules, 2500), 300000);
    const struct matching_rules fast = {.window_milli = 5, .window_growth_milli_per_s = UINT32_MAX};
    assert_int_equal(matching_window_milli(&fast, 1000), UINT32_MAX);
    assert_int_equal(matching_window_milli(&fast, UINT32_MAX), UINT32_MAX);
}

static void test_regions_come_into_reach_at_their_latency(void **state)
{
    (void)state;
    const uint16_t near[REGION_COUNT] = {10, 80, 81, TICKET_LATENCY_NONE};
    assert_int_equal(matching_regions(&rules, near, 0), 0x3);
    assert_int_equal(matching_regions(&rules, near, 99), 0x3);
    assert_int_equal(matching_regions(&rules, near, 100), 0x7);
    const uint16_t far[REGION_COUNT] = {10, 199, 200, 351};
    assert_int_equal(matching_regions(&rules, far, 12000), 0x3); /* the limit is exactly 200 there */
    assert_int_equal(matching_regions(&rules, far, 14999), 0x3);
    assert_int_equal(matching_regions(&rules, far, 15000), 0x7);
    assert_int_equal(matching_regions(&rules, far, 3600000), 0x7);
    const struct matching_rules nearest_only = {
        .latency_limit_ms = 80, .cross_region_after_ms = 1, .latency_max_ms = 350};
    const uint16_t zero[REGION_COUNT] = {0, 0, 1, 80};
    assert_int_equal(matching_regions(&nearest_only, zero, 0), 0x3);
    const uint16_t none[REGION_COUNT] = {TICKET_LATENCY_NONE, TICKET_LATENCY_NONE, TICKET_LATENCY_NONE,
                                         TICKET_LATENCY_NONE};
    assert_int_equal(matching_regions(&rules, none, 0), 0);
    const uint16_t only[REGION_COUNT] = {TICKET_LATENCY_NONE, 9000, 9000, TICKET_LATENCY_NONE};
    assert_int_equal(matching_regions(&rules, only, 0), 0x2); /* of equals the first is the nearest */
}

static void test_pool_is_sorted_by_rating_then_by_age(void **state)
{
    (void)state;
    static const int32_t ratings[] = {1300, 1100, 1200, 1100, 1400, 1000};
    static const uint32_t by_age[] = {4, 1, 3, 2, 5, 0};
    for (uint32_t i = 0; i < 6; i++) {
        add(ratings[i]);
    }
    matching_pool_sort(&pool);
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(pool.by_age[i], by_age[i]);
        assert_int_equal(pool.candidates[by_age[i]].rating_milli, ratings[i] * 1000);
        assert_false(pool.taken[i]);
        assert_int_equal(pool.lower[i], i == 0 ? UINT32_MAX : i - 1);
        assert_int_equal(pool.higher[i], i == 5 ? UINT32_MAX : i + 1);
    }
}

static void test_neighbours_with_the_least_spread_are_chosen(void **state)
{
    (void)state;
    add(1200);
    add(1230);
    add(1180);
    matching_pool_sort(&pool); /* 1180 1200 1230 */
    assert_true(find(1, 2, 2));
    check_group(2, (const uint32_t[]){0, 1});
    assert_int_equal(group.region, REGION_EU_WEST);
}

static void test_latency_weighs_against_spread(void **state)
{
    (void)state;
    add(1200);
    add(1230);
    add(1180)->latency_ms[REGION_EU_WEST] = 31; /* 20 + 31 against 30 + 20 */
    matching_pool_sort(&pool);
    assert_true(find(1, 2, 2));
    check_group(2, (const uint32_t[]){1, 2});
}

static void test_difference_of_exactly_the_window_is_within_it(void **state)
{
    (void)state;
    add(1200);
    add(1400);
    matching_pool_sort(&pool);
    assert_true(find(0, 2, 2));
    pool.candidates[1].window_milli = 199999;
    assert_false(find(0, 2, 2)); /* the other one's window holds too */
    assert_false(find(1, 2, 2));
    pool.candidates[1].window_milli = 200000;
    pool.candidates[1].rating_milli++;
    assert_false(find(0, 2, 2));
}

static void test_everybody_in_a_group_is_within_everybodys_window(void **state)
{
    (void)state;
    add(1200);
    add(1050);
    add(1350);
    matching_pool_sort(&pool);
    assert_true(find(1, 2, 2));
    assert_false(find(1, 3, 3)); /* 1050 and 1350 are 300 apart */
}

static void test_others_without_the_region_are_passed_over(void **state)
{
    (void)state;
    add(1200);
    add(1210)->regions = 1u << REGION_NA_EAST;
    add(1220);
    matching_pool_sort(&pool);
    assert_true(find(0, 2, 2));
    check_group(2, (const uint32_t[]){0, 2});
}

static void test_region_with_the_least_cost_is_chosen(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct matching_candidate *candidate = add(1200);
        candidate->regions |= 1u << REGION_NA_EAST | 1u << REGION_ASIA_PACIFIC;
        candidate->latency_ms[REGION_NA_EAST] = 19;
        candidate->latency_ms[REGION_ASIA_PACIFIC] = 19;
    }
    matching_pool_sort(&pool);
    assert_true(find(0, 2, 2));
    assert_int_equal(group.region, REGION_NA_EAST); /* of equals the first */
}

static void test_flexible_queue_waits_for_a_full_match_then_takes_the_largest(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 4; i++) {
        add(1200 + i);
    }
    matching_pool_sort(&pool);
    assert_true(find(0, 2, 4));
    assert_int_equal(group.count, 4);
    assert_false(find(0, 2, 5));
    pool.candidates[0].wait_ms = 2999;
    assert_false(find(0, 2, 5));
    pool.candidates[0].wait_ms = 3000;
    assert_true(find(0, 2, 5));
    check_group(4, (const uint32_t[]){0, 1, 2, 3});
    assert_false(find(0, 5, 5));
}

static void test_taken_candidates_are_in_no_group_any_more(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 5; i++) {
        add(1200 + i);
    }
    matching_pool_sort(&pool);
    assert_true(find(1, 2, 2));
    check_group(2, (const uint32_t[]){0, 1});
    matching_take(&pool, &group);
    assert_true(pool.taken[0] && pool.taken[1] && !pool.taken[2]);
    assert_int_equal(pool.lower[2], UINT32_MAX);
    assert_true(find(2, 2, 2));
    check_group(2, (const uint32_t[]){2, 3});
    matching_take(&pool, &(struct matching_group){.count = 1, .members = {3}});
    assert_int_equal(pool.higher[2], 4);
    assert_int_equal(pool.lower[4], 2);
    assert_true(find(4, 2, 2));
    check_group(2, (const uint32_t[]){2, 4});
}

static void test_only_so_many_neighbours_are_looked_at(void **state)
{
    (void)state;
    add(1200);
    for (int32_t i = 0; i < MATCHING_SCAN_MAX; i++) {
        add(1201)->regions = 1u << REGION_NA_EAST;
    }
    add(1202);
    matching_pool_sort(&pool);
    assert_false(find(0, 2, 2));
    pool.candidates[MATCHING_SCAN_MAX].regions = 1u << REGION_EU_WEST;
    assert_true(find(0, 2, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_window_grows_with_the_wait_and_never_overflows, begin),
        cmocka_unit_test_setup(test_regions_come_into_reach_at_their_latency, begin),
        cmocka_unit_test_setup(test_pool_is_sorted_by_rating_then_by_age, begin),
        cmocka_unit_test_setup(test_neighbours_with_the_least_spread_are_chosen, begin),
        cmocka_unit_test_setup(test_latency_weighs_against_spread, begin),
        cmocka_unit_test_setup(test_difference_of_exactly_the_window_is_within_it, begin),
        cmocka_unit_test_setup(test_everybody_in_a_group_is_within_everybodys_window, begin),
        cmocka_unit_test_setup(test_others_without_the_region_are_passed_over, begin),
        cmocka_unit_test_setup(test_region_with_the_least_cost_is_chosen, begin),
        cmocka_unit_test_setup(test_flexible_queue_waits_for_a_full_match_then_takes_the_largest, begin),
        cmocka_unit_test_setup(test_taken_candidates_are_in_no_group_any_more, begin),
        cmocka_unit_test_setup(test_only_so_many_neighbours_are_looked_at, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
