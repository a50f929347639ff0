/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/rating.h"

#include "libcommon/base/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_expected_score_follows_the_logistic_curve(void **state)
{
    (void)state;
    for (int32_t difference = -2000000; difference <= 2000000; difference += 1733) {
        double exact = 1 / (1 + pow(10, -difference / 400000.0));
        assert_true(fabs(rating_expected_q16(difference) / 65536.0 - exact) < 0.0005);
        assert_int_equal(rating_expected_q16(difference) + rating_expected_q16(-difference), 65536);
    }
    assert_int_equal(rating_expected_q16(0), 32768);
}

static void test_k_falls_from_newcomer_to_settled(void **state)
{
    (void)state;
    assert_int_equal(rating_k(0), RATING_K_NEWCOMER);
    assert_int_equal(rating_k(RATING_K_FALLS_FROM), RATING_K_NEWCOMER);
    assert_int_equal(rating_k(RATING_K_FALLS_TO), RATING_K_SETTLED);
    assert_int_equal(rating_k(UINT32_MAX), RATING_K_SETTLED);
    for (uint32_t games = 1; games < 60; games++) {
        assert_true(rating_k(games) <= rating_k(games - 1));
    }
}

static void test_duel_of_equals_moves_half_of_k_each_way(void **state)
{
    (void)state;
    struct rating_player players[] = {{.before_milli = 1200000, .place = 1, .side = 0},
                                      {.before_milli = 1200000, .place = 2, .side = 1}};
    rating_move(players, 2);
    assert_int_equal(players[0].after_milli, 1220000);
    assert_int_equal(players[1].after_milli, 1180000);
}

static void test_draw_of_equals_moves_nobody_and_draw_against_stronger_raises(void **state)
{
    (void)state;
    struct rating_player players[] = {{.before_milli = 1200000, .place = 1, .side = 0},
                                      {.before_milli = 1200000, .place = 1, .side = 1}};
    rating_move(players, 2);
    assert_int_equal(players[0].after_milli, 1200000);
    players[1].before_milli = 1500000;
    rating_move(players, 2);
    assert_true(players[0].after_milli > 1200000);
    assert_true(players[1].after_milli < 1500000);
}

static void test_leader_who_left_a_duel_loses_it(void **state)
{
    (void)state;
    struct rating_player players[] = {{.before_milli = 1200000, .side = 0, .place = 2, .has_left = true},
                                      {.before_milli = 1200000, .side = 1, .place = 1}};
    rating_move(players, 2);
    assert_int_equal(players[0].after_milli, 1180000);
    assert_int_equal(players[1].after_milli, 1220000);
    players[0].place = 1;
    rating_move(players, 2);
    assert_int_equal(players[0].after_milli, 1200000);
    assert_int_equal(players[1].after_milli, 1200000);
}

static void test_who_left_the_winning_team_loses_and_its_team_wins(void **state)
{
    (void)state;
    struct rating_player players[] = {{.before_milli = 1200000, .side = 0, .place = 4, .has_left = true},
                                      {.before_milli = 1200000, .side = 0, .place = 1},
                                      {.before_milli = 1200000, .side = 1, .place = 2},
                                      {.before_milli = 1200000, .side = 1, .place = 2}};
    rating_move(players, 4);
    assert_int_equal(players[0].after_milli, 1180000);
    assert_int_equal(players[1].after_milli, 1220000);
    assert_int_equal(players[2].after_milli, 1180000);
    assert_int_equal(players[3].after_milli, 1180000);
}

/* Their outcome is a draw, although who left later stands ahead. */
static void test_match_that_all_have_left_is_won_by_nobody(void **state)
{
    (void)state;
    struct rating_player players[] = {{.before_milli = 1200000, .side = 0, .place = 1, .has_left = true},
                                      {.before_milli = 1200000, .side = 1, .place = 2, .has_left = true}};
    rating_move(players, 2);
    assert_int_equal(players[0].after_milli, 1200000);
    assert_int_equal(players[1].after_milli, 1200000);
}

static void test_team_wins_together(void **state)
{
    (void)state;
    struct rating_player players[] = {{.before_milli = 1300000, .place = 1, .side = 0},
                                      {.before_milli = 1100000, .place = 1, .side = 0},
                                      {.before_milli = 1200000, .place = 3, .side = 1},
                                      {.before_milli = 1200000, .place = 3, .side = 1}};
    rating_move(players, 4);
    assert_int_equal(players[0].after_milli - players[0].before_milli, 20000);
    assert_int_equal(players[1].after_milli - players[1].before_milli, 20000);
    assert_int_equal(players[3].after_milli - players[3].before_milli, -20000);
}

static void test_free_for_all_orders_movement_by_placement(void **state)
{
    (void)state;
    struct rating_player players[6];
    for (uint32_t i = 0; i < 6; i++) {
        players[i] = (struct rating_player){.before_milli = 1200000, .place = i + 1, .side = i};
    }
    rating_move(players, 6);
    for (uint32_t i = 1; i < 6; i++) {
        assert_true(players[i].after_milli < players[i - 1].after_milli);
    }
    assert_int_equal(players[0].after_milli, 1220000);
    assert_int_equal(players[5].after_milli, 1180000);
}

static void test_alone_nobody_moves(void **state)
{
    (void)state;
    struct rating_player players[] = {{.before_milli = 1234567, .place = 1, .side = 3},
                                      {.before_milli = 1000000, .place = 2, .side = 3}};
    rating_move(players, 2);
    assert_int_equal(players[0].after_milli, 1234567);
    assert_int_equal(players[1].after_milli, 1000000);
}

static void test_ratings_stay_in_their_range_and_equal_k_keeps_the_sum(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 7, 1);
    for (int round = 0; round < 2000; round++) {
        struct rating_player players[8];
        int64_t before = 0, after = 0;
        for (uint32_t i = 0; i < 8; i++) {
            players[i] = (struct rating_player){.before_milli = random_between(&random, 100000, 3000000),
                                                .place = 1 + random_below(&random, 8),
                                                .side = i};
            before += players[i].before_milli;
        }
        rating_move(players, 8);
        bool clamped = false;
        for (uint32_t i = 0; i < 8; i++) {
            assert_in_range(players[i].after_milli, RATING_MIN_MILLI, RATING_MAX_MILLI);
            assert_true(abs(players[i].after_milli - players[i].before_milli) <= RATING_K_NEWCOMER * 1000);
            clamped |= players[i].after_milli == RATING_MIN_MILLI || players[i].after_milli == RATING_MAX_MILLI;
            after += players[i].after_milli;
        }
        assert_true(clamped || llabs(after - before) <= 8);
    }
}

static void test_quality_is_one_between_equals_and_falls_with_the_difference(void **state)
{
    (void)state;
    struct rating_player players[] = {{.before_milli = 1200000, .side = 0}, {.before_milli = 1200000, .side = 1}};
    assert_int_equal(rating_quality_q16(players, 2), 65536);
    uint32_t last = 65536;
    for (int32_t points = 100; points <= 1500; points += 100) {
        players[1].before_milli = 1200000 + points * 1000;
        assert_true(rating_quality_q16(players, 2) < last);
        last = rating_quality_q16(players, 2);
    }
}

static void test_quality_is_the_mean_over_all_pairs_and_nothing_without_a_pair(void **state)
{
    (void)state;
    struct rating_player players[] = {{.before_milli = 1600000, .side = 0},
                                      {.before_milli = 1200000, .side = 1},
                                      {.before_milli = 1200000, .side = 2}};
    uint32_t pair = 65536 - (2 * 59578 - 65536); /* 400 points apart */
    assert_int_equal(rating_quality_q16(players, 2), pair);
    assert_in_range(rating_quality_q16(players, 3), (2 * pair + 65536) / 3, (2 * pair + 65536) / 3 + 1);
    assert_int_equal(rating_quality_q16(players, 1), 0);
    assert_int_equal(rating_quality_q16(players, 0), 0);
}

static void test_tiers_change_at_their_borders(void **state)
{
    (void)state;
    assert_string_equal(rating_tier(799999), "bronze");
    assert_string_equal(rating_tier(800000), "silver");
    assert_string_equal(rating_tier(1200000), "gold");
    assert_string_equal(rating_tier(1400000), "platinum");
    assert_string_equal(rating_tier(1999999), "diamond");
    assert_string_equal(rating_tier(2399999), "master");
    assert_string_equal(rating_tier(3000000), "grandmaster");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expected_score_follows_the_logistic_curve),
        cmocka_unit_test(test_k_falls_from_newcomer_to_settled),
        cmocka_unit_test(test_duel_of_equals_moves_half_of_k_each_way),
        cmocka_unit_test(test_draw_of_equals_moves_nobody_and_draw_against_stronger_raises),
        cmocka_unit_test(test_leader_who_left_a_duel_loses_it),
        cmocka_unit_test(test_who_left_the_winning_team_loses_and_its_team_wins),
        cmocka_unit_test(test_match_that_all_have_left_is_won_by_nobody),
        cmocka_unit_test(test_team_wins_together),
        cmocka_unit_test(test_free_for_all_orders_movement_by_placement),
        cmocka_unit_test(test_alone_nobody_moves),
        cmocka_unit_test(test_ratings_stay_in_their_range_and_equal_k_keeps_the_sum),
        cmocka_unit_test(test_quality_is_one_between_equals_and_falls_with_the_difference),
        cmocka_unit_test(test_quality_is_the_mean_over_all_pairs_and_nothing_without_a_pair),
        cmocka_unit_test(test_tiers_change_at_their_borders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
