/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/result_intake.h"

#include "tests/support/matchmaker_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define C   matchmaker_case
#define TAG 77

static struct result_report report;

/* A duel that "ann" has won. */
static int begin(void **state)
{
    matchmaker_case_begin(state);
    report = (struct result_report){.match_id = "0123456789abcdef0123456789abcdef",
                                    .queue = "duel",
                                    .region = "eu_west",
                                    .mode = "duel",
                                    .map = "duel",
                                    .engine = "tcp://a:1",
                                    .end_reason = "finished",
                                    .outcome = "won",
                                    .winner = 0,
                                    .ticks = 600,
                                    .start_time = 1000,
                                    .end_time = 11000,
                                    .standing_count = 2,
                                    .standings = {{.player_id = "ann", .team = 0, .place = 1, .score = 5},
                                                  {.player_id = "ben", .team = 1, .slot = 1, .place = 2}}};
    return 0;
}

static uint32_t receive(void)
{
    return matchmaker_result_received(&C.core, &report, "name", TAG, &C.effects);
}

static const struct result *must_receive(uint32_t *out_slot)
{
    *out_slot = receive();
    assert_int_not_equal(*out_slot, RESULT_NONE);
    assert_int_equal(C.effects.count, 1);
    assert_int_equal(C.effects.items[0].kind, MATCHMAKER_READ_RATINGS);
    assert_int_equal(C.effects.items[0].slot, *out_slot);
    return &C.core.results.items[*out_slot];
}

static void answer_ratings(uint32_t slot, enum status status, const struct result_rating *rows, uint32_t count)
{
    matchmaker_result_ratings(&C.core, slot, status, "detail", rows, count, C.clock.now_ms, &C.effects);
}

static void read_none(uint32_t slot)
{
    answer_ratings(slot, STATUS_OK, NULL, 0);
    assert_int_equal(C.effects.count, 1);
    assert_int_equal(C.effects.items[0].kind, MATCHMAKER_WRITE_RESULT);
    assert_int_equal(C.effects.items[0].slot, slot);
}

static void answer_write(uint32_t slot, enum status status, enum result_applied applied, const char *sql_state)
{
    const struct result_written written = {
        .status = status, .applied = applied, .sql_state = sql_state, .detail = "why"};
    matchmaker_result_written(&C.core, slot, &written, C.clock.now_ms, &C.effects);
}

/* ---- receiving ---- */

static void test_message_that_is_no_result_is_dead_lettered(void **state)
{
    (void)state;
    assert_int_equal(matchmaker_result_received(&C.core, NULL, "name", TAG, &C.effects), RESULT_NONE);
    assert_int_equal(C.effects.count, 1);
    assert_int_equal(C.effects.items[0].kind, MATCHMAKER_DEAD_LETTER);
    assert_int_equal(C.effects.items[0].tag, TAG);
    assert_string_equal(C.effects.items[0].id, "name");
    assert_string_equal(C.effects.items[0].detail, "not a MatchResult");
    report.queue = "chess";
    assert_int_equal(receive(), RESULT_NONE);
    assert_string_equal(matchmaker_case_effect(MATCHMAKER_DEAD_LETTER)->detail, "queue");
}

static void test_more_results_than_there_are_slots_are_given_back(void **state)
{
    (void)state;
    uint32_t slot;
    for (uint32_t i = 0; i < RESULTS_MAX; i++) {
        must_receive(&slot);
    }
    assert_int_equal(receive(), RESULT_NONE);
    assert_int_equal(C.effects.count, 1);
    assert_int_equal(C.effects.items[0].kind, MATCHMAKER_REQUEUE);
    assert_int_equal(C.effects.items[0].tag, TAG);
    read_none(5);
    answer_write(5, STATUS_OK, RESULT_APPLIED_MOVED, NULL);
    assert_int_equal(receive(), 5);
}

/* ---- the clock of the engine ---- */

static void check_times(int64_t start, int64_t end, int64_t want_start, int64_t want_end)
{
    uint32_t slot;
    report.start_time = start;
    report.end_time = end;
    const struct result *result = must_receive(&slot);
    assert_int_equal(result->start_time, want_start);
    assert_int_equal(result->end_time, want_end);
}

static void test_labels_of_an_engine_whose_clock_jumped_are_clamped(void **state)
{
    (void)state;
    check_times(1000, 11000, 1000, 11000);
    check_times(1000, 1000, 1000, 1000);
    check_times(3600000, 10000, 3600000, 3610000); /* an hour back during the match of ten seconds */
    check_times(-5, 11000, 0, 11000);
    check_times(INT64_MIN, INT64_MIN, 0, 10000);
    check_times(INT64_MAX, INT64_MAX, RESULT_TIME_MAX, RESULT_TIME_MAX);
    check_times(5, INT64_MAX, 5, RESULT_TIME_MAX);
    check_times(RESULT_TIME_MAX, 0, RESULT_TIME_MAX, RESULT_TIME_MAX);
}

/* ---- ratings ---- */

static void test_known_players_have_their_rating_and_others_the_start(void **state)
{
    (void)state;
    uint32_t slot;
    const struct result *result = must_receive(&slot);
    const struct result_rating rows[] = {{"ben", 1512250, 40}, {"eve", 1, 1}};
    answer_ratings(slot, STATUS_OK, rows, 2);
    assert_int_equal(matchmaker_case_count(MATCHMAKER_WRITE_RESULT), 1);
    assert_int_equal(result->players[0].before_milli, RATING_START_MILLI);
    assert_int_equal(result->players[0].games_played, 0);
    assert_int_equal(result->players[1].before_milli, 1512250);
    assert_int_equal(result->players[1].games_played, 40);
    assert_true(result->players[0].after_milli > RATING_START_MILLI);
    assert_true(result->players[1].after_milli < 1512250);
}

static void test_places_decide_and_not_scores(void **state)
{
    (void)state;
    uint32_t slot;
    report.standings[0].place = 2; /* the leader left at 5:0 */
    report.standings[0].has_left = true;
    report.standings[1].place = 1;
    report.winner = 1;
    const struct result *result = must_receive(&slot);
    read_none(slot);
    assert_int_equal(result->players[0].after_milli, 1180000);
    assert_int_equal(result->players[1].after_milli, 1220000);
    assert_true(result->players[0].has_left);
}

static void test_who_left_the_winning_team_loses(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d"};
    static const uint32_t places[] = {1, 4, 2, 2};
    uint32_t slot;
    report.queue = "teams_2v2";
    report.standing_count = 4;
    for (uint32_t i = 0; i < 4; i++) {
        report.standings[i] = (struct result_standing){
            .player_id = names[i], .team = i / 2, .slot = i, .place = places[i], .has_left = i == 1};
    }
    const struct result *result = must_receive(&slot);
    read_none(slot);
    assert_int_equal(result->players[0].side, 0);
    assert_int_equal(result->players[3].side, 1);
    assert_int_equal(result->players[0].after_milli, 1220000);
    assert_int_equal(result->players[1].after_milli, 1180000);
    assert_int_equal(result->players[2].after_milli, 1180000);
}

static void test_without_teams_everybody_is_a_side(void **state)
{
    (void)state;
    uint32_t slot;
    report.queue = "ffa";
    report.standings[0].team = report.standings[1].team = RESULT_TEAM_NONE;
    const struct result *result = must_receive(&slot);
    assert_int_equal(result->players[0].side, 0);
    assert_int_equal(result->players[1].side, 1);
}

static void test_older_engines_results_have_places_by_the_scores_of_their_sides(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d"};
    static const int32_t scores[] = {9, 0, 4, 4};
    uint32_t slot;
    report.queue = "teams_2v2";
    report.outcome = "";
    report.standing_count = 4;
    for (uint32_t i = 0; i < 4; i++) {
        report.standings[i] = (struct result_standing){
            .player_id = names[i], .team = i / 2, .slot = i, .has_left = true, .score = scores[i]};
    }
    const struct result *result = must_receive(&slot);
    assert_int_equal(result->players[0].place, 1);
    assert_int_equal(result->players[1].place, 1);
    assert_int_equal(result->players[2].place, 2);
    assert_false(result->players[0].has_left);
    read_none(slot);
    assert_int_equal(result->players[1].after_milli, 1220000);
    report.standings[2].score = 5;
    result = must_receive(&slot);
    assert_int_equal(result->players[0].place, 1);
    assert_int_equal(result->players[2].place, 1); /* a draw */
}

static void test_match_cut_short_is_written_and_not_rated(void **state)
{
    (void)state;
    uint32_t slot;
    assert_true(must_receive(&slot)->is_rated);
    report.outcome = "none";
    report.end_reason = "drained";
    assert_false(must_receive(&slot)->is_rated);
    report.outcome = "";
    report.end_reason = "";
    assert_true(must_receive(&slot)->is_rated);
}

/* ---- the end ---- */

static void test_result_is_acknowledged_after_the_commit_and_the_ratings_are_remembered(void **state)
{
    (void)state;
    uint32_t slot;
    must_receive(&slot);
    read_none(slot);
    answer_write(slot, STATUS_OK, RESULT_APPLIED_MOVED, NULL);
    assert_int_equal(C.effects.count, 3);
    assert_int_equal(C.effects.items[0].kind, MATCHMAKER_ACKNOWLEDGE);
    assert_int_equal(C.effects.items[0].tag, TAG);
    assert_int_equal(C.effects.items[1].kind, MATCHMAKER_NOTE_APPLIED);
    assert_int_equal(C.effects.items[1].applied, RESULT_APPLIED_MOVED);
    assert_int_equal(C.effects.items[2].kind, MATCHMAKER_RELEASE_RESULT);
    assert_int_equal(C.effects.items[2].slot, slot);
    assert_int_equal(C.core.results.items[slot].state, RESULT_FREE);
    assert_int_equal(rating_cache_get(&C.core.ratings, "ann", CASE_DUEL), 1220000);
    assert_int_equal(rating_cache_get(&C.core.ratings, "ben", CASE_DUEL), 1180000);
}

static void test_result_that_moved_nothing_leaves_what_is_remembered(void **state)
{
    (void)state;
    static const enum result_applied applied[] = {RESULT_APPLIED_UNRATED, RESULT_APPLIED_KNOWN};
    for (size_t i = 0; i < 2; i++) {
        uint32_t slot;
        must_receive(&slot);
        read_none(slot);
        answer_write(slot, STATUS_OK, applied[i], NULL);
        assert_int_equal(matchmaker_case_count(MATCHMAKER_ACKNOWLEDGE), 1);
        assert_int_equal(matchmaker_case_effect(MATCHMAKER_NOTE_APPLIED)->applied, applied[i]);
        assert_int_equal(rating_cache_get(&C.core.ratings, "ann", CASE_DUEL), RATING_START_MILLI);
    }
}

static void test_result_ends_its_match(void **state)
{
    (void)state;
    uint32_t slot;
    matchmaker_case_enter_eu(CASE_DUEL, 1200);
    matchmaker_case_enter_eu(CASE_DUEL, 1200);
    const struct formed_match *match = matchmaker_case_round_match();
    matchmaker_case_placed(match, STATUS_OK);
    report.match_id = match->id;
    must_receive(&slot);
    read_none(slot);
    assert_int_equal(match->state, FORMED_MATCH_RUNNING);
    matchmaker_case_wait(5);
    answer_write(slot, STATUS_OK, RESULT_APPLIED_MOVED, NULL);
    assert_int_equal(match->state, FORMED_MATCH_OVER);
    assert_int_equal(match->update_ms, C.clock.now_ms);
}

/* ---- failures ---- */

static void test_rating_that_moved_meanwhile_is_read_again_at_once_some_times(void **state)
{
    (void)state;
    uint32_t slot;
    const struct result *result = must_receive(&slot);
    for (int i = 0; i < RESULT_STALE_TRIES_MAX; i++) {
        read_none(slot);
        answer_write(slot, STATUS_REFUSED, RESULT_APPLIED_MOVED, "MMA01");
        assert_int_equal(C.effects.count, 2);
        assert_int_equal(C.effects.items[0].kind, MATCHMAKER_NOTE_STALE);
        assert_int_equal(C.effects.items[1].kind, MATCHMAKER_READ_RATINGS);
        assert_int_equal(result->state, RESULT_READING);
    }
    read_none(slot);
    answer_write(slot, STATUS_REFUSED, RESULT_APPLIED_MOVED, "MMA01");
    assert_int_equal(C.effects.count, 1);
    assert_int_equal(C.effects.items[0].kind, MATCHMAKER_NOTE_RETRY);
    assert_int_equal(result->state, RESULT_WAITING);
}

static void test_data_that_postgresql_never_takes_is_dead_lettered(void **state)
{
    (void)state;
    static const char *const permanent[] = {"22003", "23514"};
    for (size_t i = 0; i < 2; i++) {
        uint32_t slot;
        must_receive(&slot);
        read_none(slot);
        answer_write(slot, STATUS_REFUSED, RESULT_APPLIED_MOVED, permanent[i]);
        assert_int_equal(C.effects.count, 2);
        assert_int_equal(C.effects.items[0].kind, MATCHMAKER_DEAD_LETTER);
        assert_int_equal(C.effects.items[0].tag, TAG);
        assert_string_equal(C.effects.items[0].id, report.match_id);
        assert_string_equal(C.effects.items[0].detail, "why");
        assert_int_equal(C.effects.items[1].kind, MATCHMAKER_RELEASE_RESULT);
        assert_int_equal(C.core.results.items[slot].state, RESULT_FREE);
    }
}

/* Read-only for a second, a deadlock, a lost connection, no answer: all of it passes. */
static void test_every_other_failure_passes_and_the_result_waits(void **state)
{
    (void)state;
    static const char *const transient[] = {"25006", "40P01", "57P01", "53100", "21000", "2", "", NULL};
    for (size_t i = 0; i < sizeof(transient) / sizeof(transient[0]); i++) {
        uint32_t slot;
        const struct result *result = must_receive(&slot);
        read_none(slot);
        answer_write(slot, STATUS_UNAVAILABLE, RESULT_APPLIED_MOVED, transient[i]);
        assert_int_equal(C.effects.count, 1);
        assert_int_equal(C.effects.items[0].kind, MATCHMAKER_NOTE_RETRY);
        assert_int_equal(C.effects.items[0].slot, slot);
        assert_int_equal(C.effects.items[0].status, STATUS_UNAVAILABLE);
        assert_string_equal(C.effects.items[0].detail, "why");
        assert_int_equal(result->state, RESULT_WAITING);
    }
}

static void test_waits_grow_and_are_bounded(void **state)
{
    (void)state;
    static const uint32_t delays_ms[] = {100, 200, 400, 800, 1600, 3200, 5000, 5000};
    uint32_t slot;
    const struct result *result = must_receive(&slot);
    for (uint32_t i = 0; i < sizeof(delays_ms) / sizeof(delays_ms[0]); i++) {
        answer_ratings(slot, STATUS_EXPIRED, NULL, 0);
        assert_int_equal(matchmaker_case_effect(MATCHMAKER_NOTE_RETRY)->status, STATUS_EXPIRED);
        assert_int_equal(result->attempts, i + 1);
        assert_int_equal(result->retry_ms, C.clock.now_ms + delays_ms[i]);
        C.clock.unix_ms += 3600000; /* no matter */
        matchmaker_case_wait(delays_ms[i] - 1);
        matchmaker_case_round();
        assert_int_equal(matchmaker_case_count(MATCHMAKER_READ_RATINGS), 0);
        matchmaker_case_wait(1);
        matchmaker_case_round();
        assert_int_equal(matchmaker_case_effect(MATCHMAKER_READ_RATINGS)->slot, slot);
    }
}

static void test_result_is_retried_while_draining(void **state)
{
    (void)state;
    uint32_t slot;
    must_receive(&slot);
    answer_ratings(slot, STATUS_EXPIRED, NULL, 0);
    matchmaker_drain(&C.core, &C.effects);
    matchmaker_case_wait(100);
    matchmaker_case_round();
    assert_int_equal(matchmaker_case_count(MATCHMAKER_READ_RATINGS), 1);
}

static void test_database_that_cannot_be_asked_is_asked_later(void **state)
{
    (void)state;
    uint32_t slot;
    const struct result *result = must_receive(&slot);
    const struct matchmaker_effect read = C.effects.items[0];
    matchmaker_effect_failed(&C.core, &read, STATUS_UNAVAILABLE, &C.engines, &C.clock, &C.effects);
    assert_int_equal(result->state, RESULT_WAITING);
    matchmaker_case_wait(100);
    matchmaker_case_round();
    read_none(slot);
    const struct matchmaker_effect write = C.effects.items[0];
    matchmaker_effect_failed(&C.core, &write, STATUS_FULL, &C.engines, &C.clock, &C.effects);
    assert_int_equal(result->state, RESULT_WAITING);
    assert_int_equal(matchmaker_case_effect(MATCHMAKER_NOTE_RETRY)->status, STATUS_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_message_that_is_no_result_is_dead_lettered, begin),
        cmocka_unit_test_setup(test_more_results_than_there_are_slots_are_given_back, begin),
        cmocka_unit_test_setup(test_labels_of_an_engine_whose_clock_jumped_are_clamped, begin),
        cmocka_unit_test_setup(test_known_players_have_their_rating_and_others_the_start, begin),
        cmocka_unit_test_setup(test_places_decide_and_not_scores, begin),
        cmocka_unit_test_setup(test_who_left_the_winning_team_loses, begin),
        cmocka_unit_test_setup(test_without_teams_everybody_is_a_side, begin),
        cmocka_unit_test_setup(test_older_engines_results_have_places_by_the_scores_of_their_sides, begin),
        cmocka_unit_test_setup(test_match_cut_short_is_written_and_not_rated, begin),
        cmocka_unit_test_setup(test_result_is_acknowledged_after_the_commit_and_the_ratings_are_remembered, begin),
        cmocka_unit_test_setup(test_result_that_moved_nothing_leaves_what_is_remembered, begin),
        cmocka_unit_test_setup(test_result_ends_its_match, begin),
        cmocka_unit_test_setup(test_rating_that_moved_meanwhile_is_read_again_at_once_some_times, begin),
        cmocka_unit_test_setup(test_data_that_postgresql_never_takes_is_dead_lettered, begin),
        cmocka_unit_test_setup(test_every_other_failure_passes_and_the_result_waits, begin),
        cmocka_unit_test_setup(test_waits_grow_and_are_bounded, begin),
        cmocka_unit_test_setup(test_result_is_retried_while_draining, begin),
        cmocka_unit_test_setup(test_database_that_cannot_be_asked_is_asked_later, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
