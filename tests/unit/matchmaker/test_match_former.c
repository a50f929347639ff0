/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/match_former.h"

#include "tests/support/matchmaker_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define C matchmaker_case

static struct matching_group group;

/* Candidates of that queue in ascending order of rating, all in one group. */
static void gather(uint32_t queue, uint32_t count)
{
    C.core.pool.count = count;
    group = (struct matching_group){.region = REGION_EU_WEST, .count = count};
    for (uint32_t i = 0; i < count; i++) {
        const struct ticket *ticket = matchmaker_case_enter_eu(queue, 1200 + (int32_t)i * 10);
        C.core.pool.candidates[i] = (struct matching_candidate){.ticket = matchmaker_case_slot(ticket)};
        group.members[i] = i;
    }
}

static enum status make(uint32_t queue, uint32_t *out_slot)
{
    const struct match_former_context context = {queue, &C.engines, C.clock};
    return match_former_make(&C.core, &context, &group, out_slot);
}

static const struct formed_match *must_make(uint32_t queue)
{
    uint32_t slot;
    assert_int_equal(make(queue, &slot), STATUS_OK);
    return &C.core.matches.slots[slot];
}

static void test_match_has_its_players_by_rating_and_an_engine_of_the_region(void **state)
{
    (void)state;
    gather(CASE_TEAMS, 4);
    memset(C.core.tickets.slots[C.core.pool.candidates[3].ticket].trace, 7, 16);
    const struct formed_match *match = must_make(CASE_TEAMS);
    assert_int_equal(match->seat_count, 4);
    assert_int_equal(match->queue, CASE_TEAMS);
    assert_int_equal(match->region, REGION_EU_WEST);
    assert_int_equal(match->update_ms, CASE_START_MS);
    assert_int_equal(match->form_time, CASE_UNIX_MS);
    assert_string_equal(match->engine, "tcp://a:1");
    assert_true(hex_id_is_valid(match->id));
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(match->seats[i].rating_milli, (1230 - (int32_t)i * 10) * 1000);
        assert_int_equal(match->seats[i].ticket, C.core.pool.candidates[3 - i].ticket);
        assert_string_equal(match->seats[i].player_id, C.core.tickets.slots[match->seats[i].ticket].player_id);
    }
    assert_int_equal(match->seats[0].team, match->seats[3].team);
    assert_int_not_equal(match->seats[0].team, match->seats[1].team);
    assert_int_equal(match->trace[0], 7); /* of the first seat */
    assert_int_equal(match->quality_q16, 65536);
    assert_int_equal(C.engine_items[0].given_matches, 1);
    assert_int_equal(C.engine_items[0].given_players, 4);
    assert_int_equal(C.engine_items[1].given_matches, 0);
}

static void test_without_teams_everybody_is_on_team_zero_and_a_side_of_their_own(void **state)
{
    (void)state;
    gather(CASE_FFA, 5);
    const struct formed_match *match = must_make(CASE_FFA);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(match->seats[i].team, 0);
    }
    assert_true(match->quality_q16 > 60000 && match->quality_q16 < 65536);
}

static void test_matches_differ_in_id_and_seed(void **state)
{
    (void)state;
    gather(CASE_DUEL, 2);
    const struct formed_match *first = must_make(CASE_DUEL), *second = must_make(CASE_DUEL);
    assert_string_not_equal(first->id, second->id);
    assert_true(first->seed != second->seed);
}

static void test_without_room_in_the_region_no_match_is_made(void **state)
{
    (void)state;
    uint32_t slot;
    gather(CASE_DUEL, 2);
    C.engine_items[0].players_max = 1;
    assert_int_equal(make(CASE_DUEL, &slot), STATUS_UNAVAILABLE);
    assert_int_equal(C.core.matches.placing_count, 0);
}

static void test_no_more_matches_are_placed_at_once_than_the_table_holds(void **state)
{
    (void)state;
    uint32_t slot;
    gather(CASE_DUEL, 2);
    C.engine_items[0].matches_max = C.engine_items[0].players_max = 100000;
    for (uint32_t i = 0; i < FORMED_MATCHES_CAPACITY; i++) {
        must_make(CASE_DUEL);
    }
    assert_int_equal(make(CASE_DUEL, &slot), STATUS_FULL);
    assert_int_equal(C.engine_items[0].given_matches, FORMED_MATCHES_CAPACITY);
}

static void test_next_engine_is_one_that_was_not_asked_yet(void **state)
{
    (void)state;
    C.engine_items[1] = matchmaker_case_engine("tcp://b:1", REGION_EU_WEST);
    gather(CASE_DUEL, 2);
    uint32_t slot;
    assert_int_equal(make(CASE_DUEL, &slot), STATUS_OK);
    struct formed_match *match = &C.core.matches.slots[slot];
    assert_true(match_former_next_engine(match, &C.engines));
    assert_string_equal(match->engine, "tcp://b:1");
    assert_int_equal(match->tried.count, 1);
    assert_string_equal(match->tried.mailboxes[0], "tcp://a:1");
    assert_false(match_former_next_engine(match, &C.engines));
}

static void test_matches_that_an_engines_figures_do_not_have_yet_are_counted(void **state)
{
    (void)state;
    gather(CASE_DUEL, 2);
    uint32_t placing, running, gone;
    assert_int_equal(make(CASE_DUEL, &placing), STATUS_OK);
    assert_int_equal(make(CASE_DUEL, &running), STATUS_OK);
    assert_int_equal(make(CASE_DUEL, &gone), STATUS_OK);
    formed_match_table_advance(&C.core.matches, running, CASE_START_MS);
    (void)snprintf(C.core.matches.slots[gone].engine, TICKET_MAILBOX_SIZE, "tcp://gone:1");
    C.engine_items[1].given_matches = 9;
    match_former_count_given(&C.core.matches, &C.engines, CASE_START_MS + MATCHMAKER_ENGINE_FIGURES_MS - 1);
    assert_int_equal(C.engine_items[0].given_matches, 2);
    assert_int_equal(C.engine_items[0].given_players, 4);
    assert_int_equal(C.engine_items[1].given_matches, 0);
    match_former_count_given(&C.core.matches, &C.engines, CASE_START_MS + MATCHMAKER_ENGINE_FIGURES_MS);
    assert_int_equal(C.engine_items[0].given_matches, 1);
    formed_match_table_advance(&C.core.matches, running, CASE_START_MS + 9000);
    match_former_count_given(&C.core.matches, &C.engines, CASE_START_MS + 9000);
    assert_int_equal(C.engine_items[0].given_matches, 1); /* what is over burdens nobody */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_match_has_its_players_by_rating_and_an_engine_of_the_region, matchmaker_case_begin),
        cmocka_unit_test_setup(test_without_teams_everybody_is_on_team_zero_and_a_side_of_their_own,
                               matchmaker_case_begin),
        cmocka_unit_test_setup(test_matches_differ_in_id_and_seed, matchmaker_case_begin),
        cmocka_unit_test_setup(test_without_room_in_the_region_no_match_is_made, matchmaker_case_begin),
        cmocka_unit_test_setup(test_no_more_matches_are_placed_at_once_than_the_table_holds, matchmaker_case_begin),
        cmocka_unit_test_setup(test_next_engine_is_one_that_was_not_asked_yet, matchmaker_case_begin),
        cmocka_unit_test_setup(test_matches_that_an_engines_figures_do_not_have_yet_are_counted, matchmaker_case_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
