/* SPDX-License-Identifier: Apache-2.0 */
/* Who won: every way a match can end, and that record, result and messages say the same. */
#include "services/game-engine/core/match_standings.h"

#include "services/game-engine/io/match_end_messages.h"
#include "tests/support/seated_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEATS 4

static const struct match_player duelists[2] = {{"ann", 0}, {"ben", 1}};
static const struct match_player players[SEATS] = {{"ann", 0}, {"ben", 1}, {"cid", 0}, {"dee", 1}};

static struct match match;
static void *memory;

static void begin(const char *mode, const struct match_player *who, uint16_t seats)
{
    struct match_setup setup = seated_match_setup(mode, who, seats);
    size_t size = match_memory_bytes(&setup);
    free(memory);
    memory = malloc(size);
    assert_int_equal(match_init(&match, &setup, memory, size), STATUS_OK);
    for (uint16_t slot = 0; slot < seats; slot++) {
        match_take_seat(&match, slot, 100u + slot, 1);
    }
}

static int free_all(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

static void step(void)
{
    struct recorder_chunk chunk;
    (void)match_step(&match);
    if (match.state != MATCH_OVER) {
        recorder_clear_stream(&match.recorder);
        (void)recorder_take_chunk(&match.recorder, &chunk);
    }
}

static void step_until_over(void)
{
    for (uint32_t i = 0; match.state != MATCH_OVER; i++) {
        assert_true(i < 100000);
        step();
    }
}

/* Past the warm-up, so that scores stay. */
static void play(void)
{
    while (!world_is_live(&match.world)) {
        step();
    }
}

static uint16_t place_of(uint16_t slot)
{
    return match.decision.places[slot].place;
}

/* The end as the record holds it: the stream's latest record. */
static void read_recorded_end(struct record_end *out_end, struct match_place *places)
{
    size_t size = record_reader_bytes(match.seat_count);
    void *reader_memory = malloc(size);
    struct record_reader reader;
    struct record record = {0};
    record_reader_init(&reader, match.seat_count, reader_memory);
    reader.is_started = true;
    memset(reader.state.taken, 1, match.seat_count);
    const struct byte_writer *stream = &match.recorder.stream;
    for (size_t at = 0, used = 0; at < stream->size; at += used) {
        reader.is_started = true;
        assert_int_equal(record_reader_next(&reader, stream->bytes + at, stream->size - at, &record, &used), STATUS_OK);
    }
    assert_int_equal(record.kind, RECORD_END);
    *out_end = record.end;
    assert_int_equal(record.end.decision.seat_count, match.seat_count);
    for (uint16_t slot = 0; slot < record.end.decision.seat_count; slot++) {
        places[slot] = record.end.decision.places[slot];
    }
    free(reader_memory);
}

/* One truth: record, result and what clients hear. */
static void assert_all_say_the_same(void)
{
    static uint8_t bytes[65536];
    struct match_place places[SEATS];
    struct record_end end;
    struct arena arena;
    arena_init(&arena, bytes, sizeof(bytes));
    read_recorded_end(&end, places);
    Mma__Standing **standings = match_end_messages_standings(&match, &arena);
    Mma__MatchResult result;
    Mma__MatchEnded ended;
    const struct result_labels labels = {.match_id = "0123456789abcdef0123456789abcdef",
                                         .queue = "duel",
                                         .region = "eu",
                                         .engine = "tcp://127.0.0.1:1",
                                         .quality = 0.5,
                                         .start_unix_ms = 1000,
                                         .elapsed_ms = 77};
    assert_non_null(standings);
    match_end_messages_result(&match, &labels, standings, &result);
    match_end_messages_ended(&match, labels.match_id, standings, &ended);
    const struct match_decision *decision = &match.decision;
    assert_int_equal(end.tick, match.world.tick);
    assert_true(end.hash == match.hash && result.state_hash == match.hash && ended.state_hash == match.hash);
    assert_int_equal(end.decision.outcome, decision->outcome);
    assert_int_equal(end.decision.winner, decision->winner);
    assert_int_equal(end.decision.score, decision->score);
    assert_int_equal(end.decision.end_reason, decision->end_reason);
    assert_string_equal(result.outcome, match_decision_outcome_text(decision->outcome));
    assert_string_equal(ended.outcome, result.outcome);
    assert_string_equal(result.end_reason, match_decision_end_reason_text(decision->end_reason));
    assert_string_equal(ended.end_reason, result.end_reason);
    assert_int_equal(result.winner, decision->outcome == MATCH_OUTCOME_WON ? decision->winner : 0);
    assert_int_equal(ended.winner, result.winner);
    assert_int_equal(result.n_standings, match.seat_count);
    assert_int_equal(ended.n_standings, match.seat_count);
    for (uint16_t i = 0; i < match.seat_count; i++) {
        uint16_t slot = (uint16_t)standings[i]->slot;
        assert_string_equal(standings[i]->player_id, match.seats[slot].player.id);
        assert_int_equal(standings[i]->place, places[slot].place);
        assert_int_equal(standings[i]->left_tick, places[slot].left_tick);
        assert_true(i == 0 || standings[i - 1]->place <= standings[i]->place);
    }
}

static void leave_and_wait(uint16_t slot)
{
    match_leave_seat(&match, slot);
    for (uint32_t i = 0; i <= match.world.mode->resume_ticks && match.state != MATCH_OVER; i++) {
        step();
    }
}

static void test_leader_who_leaves_a_duel_has_lost_it(void **state)
{
    (void)state;
    begin("duel", duelists, 2);
    play();
    match.world.team_scores[0] = 5;
    uint32_t tick = match.world.tick;
    leave_and_wait(0);
    assert_int_equal(match.state, MATCH_OVER);
    assert_int_equal(match.decision.outcome, MATCH_OUTCOME_WON);
    assert_int_equal(match.decision.winner, 1);
    assert_int_equal(match.decision.score, 0);
    assert_int_equal(place_of(1), 1);
    assert_int_equal(place_of(0), 2);
    assert_int_equal(match.decision.places[0].left_tick, tick + match.world.mode->resume_ticks + 1);
    assert_int_equal(match.decision.places[1].left_tick, 0);
    assert_int_equal(match.standings[0].slot, 1);
    assert_all_say_the_same();
}

static void test_who_stays_in_a_duel_without_points_has_won_it(void **state)
{
    (void)state;
    begin("duel", duelists, 2);
    play();
    leave_and_wait(1);
    assert_int_equal(match.decision.outcome, MATCH_OUTCOME_WON);
    assert_int_equal(match.decision.winner, 0);
    assert_int_equal(place_of(0), 1);
    assert_int_equal(place_of(1), 2);
    assert_all_say_the_same();
}

static void test_equal_scores_at_the_end_are_a_draw(void **state)
{
    (void)state;
    begin("duel", duelists, 2);
    step_until_over();
    assert_int_equal(match.decision.end_reason, MATCH_END_FINISHED);
    assert_int_equal(match.decision.outcome, MATCH_OUTCOME_DRAW);
    assert_int_equal(match.decision.winner, RULES_SLOT_NONE);
    assert_int_equal(place_of(0), 1);
    assert_int_equal(place_of(1), 1);
    assert_all_say_the_same();
}

static void test_free_for_all_is_won_by_kills_and_equals_share_a_place(void **state)
{
    (void)state;
    begin("ffa", players, SEATS);
    play();
    match.world.players[2].kills = 30;
    match.world.players[1].kills = 5;
    match.world.players[1].deaths = 2;
    match.world.players[3].kills = 5;
    match.world.players[0].kills = 1;
    step();
    assert_int_equal(match.state, MATCH_OVER);
    assert_int_equal(match.decision.outcome, MATCH_OUTCOME_WON);
    assert_int_equal(match.decision.winner, 2);
    assert_int_equal(match.decision.score, 30);
    assert_int_equal(place_of(2), 1);
    assert_int_equal(place_of(1), 2);
    assert_int_equal(place_of(3), 2);
    assert_int_equal(place_of(0), 4);
    assert_int_equal(match.standings[1].slot, 3); /* fewer deaths */
    assert_int_equal(match.standings[2].slot, 1);
    assert_int_equal(match.standings[2].team, 0); /* which its player was given, and the mode does not have */
    assert_all_say_the_same();
}

static void test_two_with_the_most_kills_share_the_first_place_and_nobody_wins(void **state)
{
    (void)state;
    begin("ffa", players, SEATS);
    play();
    match.world.players[3].kills = 30;
    match.world.players[1].kills = 30;
    step();
    assert_int_equal(match.decision.outcome, MATCH_OUTCOME_DRAW);
    assert_int_equal(place_of(1), 1);
    assert_int_equal(place_of(3), 1);
    assert_int_equal(place_of(0), 3);
    assert_int_equal(match.standings[0].slot, 1);
    assert_all_say_the_same();
}

static void test_who_leaves_a_winning_team_is_ranked_behind_all_who_stayed(void **state)
{
    (void)state;
    begin("teams_2v2", players, SEATS);
    play();
    match.world.team_scores[0] = 19;
    leave_and_wait(0);
    assert_int_not_equal(match.state, MATCH_OVER);
    match.world.team_scores[0] = 20;
    step();
    assert_int_equal(match.state, MATCH_OVER);
    assert_int_equal(match.decision.winner, 0);
    assert_int_equal(match.decision.score, 20);
    assert_int_equal(place_of(2), 1);
    assert_int_equal(place_of(1), 2);
    assert_int_equal(place_of(3), 2);
    assert_int_equal(place_of(0), 4);
    assert_all_say_the_same();
}

static void test_team_that_stays_shares_the_first_place(void **state)
{
    (void)state;
    begin("teams_2v2", players, SEATS);
    play();
    match.world.team_scores[1] = 20;
    step();
    assert_int_equal(match.decision.outcome, MATCH_OUTCOME_WON);
    assert_int_equal(match.decision.winner, 1);
    assert_int_equal(place_of(1), 1);
    assert_int_equal(place_of(3), 1);
    assert_int_equal(place_of(0), 3);
    assert_int_equal(place_of(2), 3);
}

static void test_who_leaves_later_is_ranked_ahead_of_who_left_before(void **state)
{
    (void)state;
    begin("ffa", players, SEATS);
    play();
    match.world.players[3].kills = 9;
    leave_and_wait(3);
    leave_and_wait(0);
    leave_and_wait(1);
    assert_int_equal(match.state, MATCH_OVER);
    assert_int_equal(match.decision.winner, 2);
    assert_int_equal(place_of(2), 1);
    assert_int_equal(place_of(1), 2);
    assert_int_equal(place_of(0), 3);
    assert_int_equal(place_of(3), 4);
}

static void test_who_leaves_in_one_tick_shares_a_place(void **state)
{
    (void)state;
    begin("ffa", players, SEATS);
    play();
    match.world.players[3].kills = 9;
    match_leave_seat(&match, 3);
    match_leave_seat(&match, 1);
    leave_and_wait(0);
    assert_int_equal(match.decision.winner, 2);
    assert_int_equal(place_of(0), 2);
    assert_int_equal(place_of(1), 2);
    assert_int_equal(place_of(3), 2);
}

static void test_who_is_back_in_its_seat_has_not_left(void **state)
{
    (void)state;
    begin("ffa", players, SEATS);
    play();
    leave_and_wait(1);
    assert_int_not_equal(match.seats[1].left_tick, 0);
    match_take_seat(&match, 1, 555, 1);
    step();
    assert_int_equal(match.seats[1].left_tick, 0);
    match.world.players[1].kills = 30;
    step();
    assert_int_equal(match.decision.winner, 1);
    assert_int_equal(place_of(1), 1);
}

static void test_who_is_away_within_the_resume_window_has_stayed(void **state)
{
    (void)state;
    begin("duel", duelists, 2);
    play();
    match_leave_seat(&match, 0);
    for (uint32_t i = 0; i < match.world.mode->resume_ticks; i++) {
        step();
    }
    match.world.team_scores[0] = match.world.score_limit;
    match_take_seat(&match, 0, 9, 1);
    step();
    assert_int_equal(match.decision.winner, 0);
    assert_int_equal(match.decision.places[0].left_tick, 0);
}

static void test_match_that_was_not_played_to_its_end_is_won_by_nobody(void **state)
{
    (void)state;
    static const enum match_end_reason reasons[] = {MATCH_END_DRAINED, MATCH_END_ABANDONED};
    for (size_t i = 0; i < 2; i++) {
        begin("duel", duelists, 2);
        play();
        match.world.team_scores[1] = 3;
        match_end(&match, reasons[i]);
        assert_int_equal(match.decision.end_reason, reasons[i]);
        assert_int_equal(match.decision.outcome, MATCH_OUTCOME_NONE);
        assert_int_equal(match.decision.winner, RULES_SLOT_NONE);
        assert_int_equal(match.decision.score, 0);
        assert_int_equal(place_of(1), 1);
        assert_int_equal(place_of(0), 2);
        assert_all_say_the_same();
    }
}

static void test_match_without_a_tick_has_one_hash_in_record_and_result(void **state)
{
    (void)state;
    begin("duel", duelists, 2);
    match_end(&match, MATCH_END_DRAINED);
    assert_int_equal(match.world.tick, 0);
    assert_true(match.hash != 0);
    assert_all_say_the_same();
}

static void test_a_massive_match_is_sorted_whole(void **state)
{
    (void)state;
    static struct match_player many[500];
    for (uint16_t i = 0; i < 500; i++) {
        many[i] =
            (struct match_player){.id = {'p', (char)('a' + i / 100), (char)('0' + i / 10 % 10), (char)('0' + i % 10)}};
    }
    begin("massive", many, 500);
    play();
    for (uint16_t slot = 0; slot < 500; slot++) {
        match.world.players[slot].kills = (uint16_t)(slot * 7919u % 97u);
        match.world.players[slot].deaths = (uint16_t)(slot % 13u);
    }
    match_end(&match, MATCH_END_DRAINED);
    for (uint16_t i = 1; i < 500; i++) {
        const struct match_standing *a = &match.standings[i - 1], *b = &match.standings[i];
        assert_true(a->kills > b->kills || (a->kills == b->kills && a->deaths < b->deaths) ||
                    (a->kills == b->kills && a->deaths == b->deaths && a->slot < b->slot));
        assert_int_equal(b->place, a->kills == b->kills ? a->place : i + 1u);
    }
}

static void test_clock_that_was_set_back_makes_no_end_before_the_start(void **state)
{
    (void)state;
    Mma__MatchResult result;
    begin("duel", duelists, 2);
    match_end(&match, MATCH_END_DRAINED);
    const struct result_labels labels = {
        .match_id = "", .queue = "", .region = "", .engine = "", .start_unix_ms = 5000, .elapsed_ms = 0};
    match_end_messages_result(&match, &labels, NULL, &result);
    assert_int_equal(result.start_time, 5000);
    assert_int_equal(result.end_time, 5000);
    assert_int_equal(result.n_standings, 0);
}

static void test_audit_says_the_outcome(void **state)
{
    (void)state;
    char body[MATCH_END_MESSAGES_AUDIT_MAX + 1];
    begin("duel", duelists, 2);
    play();
    leave_and_wait(0);
    match_end_messages_audit(&match, body);
    assert_non_null(strstr(body, "\"reason\":\"finished\""));
    assert_non_null(strstr(body, "\"outcome\":\"won\",\"winner\":1,\"left\":1}"));
    begin("duel", duelists, 2);
    match_end(&match, MATCH_END_DRAINED);
    match_end_messages_audit(&match, body);
    assert_non_null(strstr(body, "\"reason\":\"drained\",\"ticks\":0,"));
    assert_non_null(strstr(body, "\"outcome\":\"none\",\"winner\":null,\"left\":0}"));
}

static void test_arena_that_is_full_makes_no_standings(void **state)
{
    (void)state;
    uint8_t bytes[64];
    struct arena arena;
    arena_init(&arena, bytes, sizeof(bytes));
    begin("duel", duelists, 2);
    match_end(&match, MATCH_END_DRAINED);
    assert_null(match_end_messages_standings(&match, &arena));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leader_who_leaves_a_duel_has_lost_it),
        cmocka_unit_test(test_who_stays_in_a_duel_without_points_has_won_it),
        cmocka_unit_test(test_equal_scores_at_the_end_are_a_draw),
        cmocka_unit_test(test_free_for_all_is_won_by_kills_and_equals_share_a_place),
        cmocka_unit_test(test_two_with_the_most_kills_share_the_first_place_and_nobody_wins),
        cmocka_unit_test(test_who_leaves_a_winning_team_is_ranked_behind_all_who_stayed),
        cmocka_unit_test(test_team_that_stays_shares_the_first_place),
        cmocka_unit_test(test_who_leaves_later_is_ranked_ahead_of_who_left_before),
        cmocka_unit_test(test_who_leaves_in_one_tick_shares_a_place),
        cmocka_unit_test(test_who_is_back_in_its_seat_has_not_left),
        cmocka_unit_test(test_who_is_away_within_the_resume_window_has_stayed),
        cmocka_unit_test(test_match_that_was_not_played_to_its_end_is_won_by_nobody),
        cmocka_unit_test(test_match_without_a_tick_has_one_hash_in_record_and_result),
        cmocka_unit_test(test_a_massive_match_is_sorted_whole),
        cmocka_unit_test(test_clock_that_was_set_back_makes_no_end_before_the_start),
        cmocka_unit_test(test_audit_says_the_outcome),
        cmocka_unit_test(test_arena_that_is_full_makes_no_standings),
    };
    return cmocka_run_group_tests(tests, NULL, free_all);
}
