/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/matchmaker_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define C matchmaker_case

static struct result_report report;
static const char *const names[] = {"p0", "p1", "p2", "p3"};

/* A match of two against two that team 0 has won. */
static int begin(void **state)
{
    matchmaker_case_begin(state);
    report = (struct result_report){.match_id = "0123456789abcdef0123456789abcdef",
                                    .queue = "teams_2v2",
                                    .region = "eu_west",
                                    .mode = "teams_2v2",
                                    .map = "arena",
                                    .engine = "tcp://a:1",
                                    .end_reason = "finished",
                                    .outcome = "won",
                                    .winner = 0,
                                    .quality = 0.5,
                                    .ticks = 3600,
                                    .standing_count = 4};
    for (uint32_t i = 0; i < 4; i++) {
        report.standings[i] = (struct result_standing){
            .player_id = names[i], .team = i / 2, .slot = i, .place = i < 2 ? 1 : 3, .score = i < 2 ? 9 : 4};
    }
    return 0;
}

static void check_flaw(const char *flaw)
{
    const char *found = result_report_flaw(&C.core, &report);
    assert_non_null(found);
    assert_string_equal(found, flaw);
}

static void check_good(void)
{
    assert_null(result_report_flaw(&C.core, &report));
}

static void test_good_report_has_no_flaw(void **state)
{
    (void)state;
    check_good();
}

static void test_ids_and_queue_are_checked(void **state)
{
    (void)state;
    report.match_id = "X123456789abcdef0123456789abcdef";
    check_flaw("match_id");
    report.match_id = "0123456789abcdef0123456789abcde";
    check_flaw("match_id");
    report.match_id = "0123456789abcdef0123456789abcdef";
    report.queue = "chess";
    check_flaw("queue");
}

static void test_texts_are_printable_and_bounded(void **state)
{
    (void)state;
    static const char bad[] = "\xff";
    char longest[RESULT_TEXT_MAX + 2];
    memset(longest, 'x', sizeof(longest));
    longest[RESULT_TEXT_MAX + 1] = '\0';
    const char **texts[] = {&report.region, &report.mode, &report.map, &report.engine};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *good = *texts[i];
        *texts[i] = bad;
        check_flaw("region, mode, map, engine or end_reason");
        *texts[i] = longest;
        check_flaw("region, mode, map, engine or end_reason");
        *texts[i] = longest + 1;
        check_good();
        *texts[i] = good;
    }
    report.map = "a\n";
    check_flaw("region, mode, map, engine or end_reason");
    report.map = " ~";
    check_good();
    report.end_reason = bad;
    check_flaw("region, mode, map, engine or end_reason");
}

static void test_quality_and_ticks_are_numbers_that_can_be_written(void **state)
{
    (void)state;
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < 3; i++) {
        report.quality = bad[i];
        check_flaw("quality or ticks");
    }
    report.quality = 0;
    report.ticks = INT32_MAX;
    check_good();
    report.ticks++;
    check_flaw("quality or ticks");
}

/* An engine's clock may say what it likes. */
static void test_times_are_no_reason_to_refuse_a_match_that_was_played(void **state)
{
    (void)state;
    static const int64_t times[][2] = {{5, 4}, {-1, -1}, {INT64_MAX, INT64_MIN}, {INT64_MIN, INT64_MAX}, {0, 0}};
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        report.start_time = times[i][0];
        report.end_time = times[i][1];
        check_good();
    }
}

static void test_number_of_standings_is_bounded_and_players_are_different(void **state)
{
    (void)state;
    report.standing_count = 0;
    check_flaw("standings");
    report.standing_count = RATING_PLAYERS_MAX + 1;
    check_flaw("standings");
    report.standing_count = 4;
    report.standings[3].player_id = names[0];
    check_flaw("standings");
    report.standings[3].player_id = "p 3";
    check_flaw("player_id");
}

static void test_largest_match_is_taken(void **state)
{
    (void)state;
    static char many[RATING_PLAYERS_MAX][8];
    report.standing_count = RATING_PLAYERS_MAX;
    for (uint32_t i = 0; i < RATING_PLAYERS_MAX; i++) {
        (void)snprintf(many[i], sizeof(many[i]), "m%u", i);
        report.standings[i] =
            (struct result_standing){.player_id = many[i], .team = i % 2, .slot = i, .place = i % 2 == 0 ? 1 : 33};
    }
    check_good();
    report.standings[RATING_PLAYERS_MAX - 1].player_id = many[0];
    check_flaw("standings");
}

static void test_scores_and_teams_are_bounded(void **state)
{
    (void)state;
    report.standings[3].score = -RESULT_SCORE_MAX;
    check_good();
    report.standings[3].score--;
    check_flaw("score");
    report.standings[3].score = RESULT_SCORE_MAX + 1;
    check_flaw("score");
    report.standings[3].score = RESULT_SCORE_MAX;
    report.standings[3].team = RATING_PLAYERS_MAX - 1;
    check_good();
    report.standings[3].team = RATING_PLAYERS_MAX;
    check_flaw("team");
    report.standings[3].team = RESULT_TEAM_NONE + 1;
    check_flaw("team");
}

/* ---- the decision ---- */

static void test_winner_is_who_has_the_first_place_alone(void **state)
{
    (void)state;
    report.winner = 1;
    check_flaw("decision");
    report.winner = 0;
    report.standings[2].place = 1;
    check_flaw("decision"); /* both teams are first */
    report.standings[2].place = 3;
    report.standings[0].has_left = true;
    check_flaw("decision"); /* who left stands behind */
    report.standings[0].place = 4;
    check_good();
}

static void test_winner_of_a_match_without_teams_is_a_slot(void **state)
{
    (void)state;
    report.queue = "ffa";
    report.winner = 7;
    for (uint32_t i = 0; i < 4; i++) {
        report.standings[i].team = RESULT_TEAM_NONE;
        report.standings[i].place = i + 1;
        report.standings[i].slot = 7 - i;
    }
    check_good();
    report.winner = 6;
    check_flaw("decision");
}

static void test_draw_has_no_side_that_is_first_alone(void **state)
{
    (void)state;
    report.outcome = "draw";
    check_flaw("decision");
    report.standings[2].place = report.standings[3].place = 1;
    check_good();
    for (uint32_t i = 0; i < 4; i++) { /* all have left: nobody won */
        report.standings[i].has_left = true;
        report.standings[i].place = i + 1;
    }
    check_good();
}

static void test_outcome_fits_the_end_reason(void **state)
{
    (void)state;
    report.end_reason = "abandoned";
    check_flaw("decision");
    report.outcome = "none";
    check_good();
    report.end_reason = "finished";
    check_flaw("decision");
    report.end_reason = "";
    check_flaw("decision");
    report.outcome = "won";
    check_good();
    report.outcome = "lost";
    check_flaw("decision");
}

static void test_places_count_from_one_to_the_number_of_players(void **state)
{
    (void)state;
    report.standings[0].place = 0;
    check_flaw("decision");
    report.standings[0].place = 1;
    report.standings[3].place = 0;
    check_flaw("decision");
    report.standings[3].place = 5;
    check_flaw("decision");
    report.standings[3].place = 4;
    check_good();
}

static void test_engine_of_an_older_version_says_no_decision(void **state)
{
    (void)state;
    report.outcome = "";
    for (uint32_t i = 0; i < 4; i++) {
        report.standings[i].place = 0;
    }
    check_good();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_good_report_has_no_flaw, begin),
        cmocka_unit_test_setup(test_ids_and_queue_are_checked, begin),
        cmocka_unit_test_setup(test_texts_are_printable_and_bounded, begin),
        cmocka_unit_test_setup(test_quality_and_ticks_are_numbers_that_can_be_written, begin),
        cmocka_unit_test_setup(test_times_are_no_reason_to_refuse_a_match_that_was_played, begin),
        cmocka_unit_test_setup(test_number_of_standings_is_bounded_and_players_are_different, begin),
        cmocka_unit_test_setup(test_largest_match_is_taken, begin),
        cmocka_unit_test_setup(test_scores_and_teams_are_bounded, begin),
        cmocka_unit_test_setup(test_winner_is_who_has_the_first_place_alone, begin),
        cmocka_unit_test_setup(test_winner_of_a_match_without_teams_is_a_slot, begin),
        cmocka_unit_test_setup(test_draw_has_no_side_that_is_first_alone, begin),
        cmocka_unit_test_setup(test_outcome_fits_the_end_reason, begin),
        cmocka_unit_test_setup(test_places_count_from_one_to_the_number_of_players, begin),
        cmocka_unit_test_setup(test_engine_of_an_older_version_says_no_decision, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
