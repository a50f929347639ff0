/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/matchmaker_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define C matchmaker_case

static enum status cancel(const struct ticket *ticket)
{
    return matchmaker_cancel(&C.core, matchmaker_case_slot(ticket), &C.clock, &C.effects);
}

static void test_cancelled_ticket_is_never_matched_and_cancelling_repeats(void **state)
{
    (void)state;
    const struct ticket *ticket = matchmaker_case_enter_eu(CASE_DUEL, 1200);
    matchmaker_case_enter_eu(CASE_DUEL, 1200);
    assert_int_equal(cancel(ticket), STATUS_OK);
    assert_int_equal(matchmaker_case_count(MATCHMAKER_STORE_TICKET), 1);
    assert_int_equal(matchmaker_case_count(MATCHMAKER_NOTE_CLOSED), 1);
    assert_int_equal(ticket->state, TICKET_CANCELLED);
    assert_int_equal(cancel(ticket), STATUS_OK);
    assert_int_equal(C.effects.count, 0);
    assert_null(matchmaker_case_round_match());
}

static void test_ticket_being_placed_or_completed_cannot_leave(void **state)
{
    (void)state;
    const struct ticket *ticket = matchmaker_case_enter_eu(CASE_DUEL, 1200);
    matchmaker_case_enter_eu(CASE_DUEL, 1200);
    const struct formed_match *match = matchmaker_case_round_match();
    assert_int_equal(cancel(ticket), STATUS_STALE);
    assert_int_equal(C.effects.count, 0);
    matchmaker_case_placed(match, STATUS_OK);
    assert_int_equal(cancel(ticket), STATUS_STALE);
}

static void test_player_finds_only_the_own_ticket(void **state)
{
    (void)state;
    const struct ticket *ticket = matchmaker_case_enter_eu(CASE_DUEL, 1200);
    uint32_t slot = matchmaker_case_slot(ticket);
    assert_int_equal(matchmaker_find_own(&C.core, ticket->id, "player-1"), slot);
    assert_int_equal(matchmaker_find_own(&C.core, "", "player-1"), slot);
    assert_int_equal(matchmaker_find_own(&C.core, ticket->id, "player-2"), TICKET_NONE);
    assert_int_equal(matchmaker_find_own(&C.core, "", "player-2"), TICKET_NONE);
    assert_int_equal(cancel(ticket), STATUS_OK);
    assert_int_equal(matchmaker_find_own(&C.core, "", "player-1"), TICKET_NONE);
    assert_int_equal(matchmaker_find_own(&C.core, ticket->id, "player-1"), slot);
}

static void test_queue_is_found_by_its_name(void **state)
{
    (void)state;
    assert_int_equal(matchmaker_find_queue(&C.core, "ffa"), CASE_FFA);
    assert_int_equal(matchmaker_find_queue(&C.core, "chess"), QUEUE_NONE);
}

static void test_join_token_is_good_for_a_minute_from_completion(void **state)
{
    (void)state;
    const struct ticket *ticket = matchmaker_case_enter_eu(CASE_DUEL, 1200);
    matchmaker_case_enter_eu(CASE_DUEL, 1200);
    matchmaker_case_placed(matchmaker_case_round_match(), STATUS_OK);
    C.clock.unix_ms -= 3600000; /* no matter */
    assert_int_equal(matchmaker_token_left_ms(ticket, C.clock.now_ms), 60000);
    assert_int_equal(matchmaker_token_left_ms(ticket, C.clock.now_ms + 59999), 1);
    assert_int_equal(matchmaker_token_left_ms(ticket, C.clock.now_ms + 60000), 0);
    assert_int_equal(matchmaker_token_left_ms(ticket, C.clock.now_ms + 60001), 0);
}

/* ---- taking over ---- */

static struct stored_ticket stored_of(enum ticket_state ticket_state)
{
    struct stored_ticket stored = {.ticket = matchmaker_case_draft(CASE_DUEL, 1200, REGION_EU_WEST, 20),
                                   .waited_ms = 4000,
                                   .lifetime_ms = 90000,
                                   .left_ms = 84000};
    stored.ticket.state = ticket_state;
    stored.ticket.create_time = CASE_UNIX_MS - 999;
    return stored;
}

static void begin_taking_over(void)
{
    C.view.is_redis_up = true;
    C.core.takeover.settled_ms = C.clock.now_ms;
    matchmaker_case_round();
    assert_int_equal(matchmaker_case_count(MATCHMAKER_READ_OPEN), 1);
}

static void restore(const char *id, const struct stored_ticket *stored)
{
    matchmaker_restore(&C.core, id, stored, &C.view, &C.clock, &C.effects);
}

static void test_restored_ticket_goes_on_waiting_where_it_was(void **state)
{
    (void)state;
    struct stored_ticket stored = stored_of(TICKET_PLACING);
    (void)snprintf(stored.ticket.match_id, sizeof(stored.ticket.match_id), "%032x", 7);
    begin_taking_over();
    restore(stored.ticket.id, &stored);
    assert_int_equal(C.effects.count, 1);
    assert_int_equal(C.effects.items[0].kind, MATCHMAKER_STORE_TICKET);
    uint32_t slot = ticket_table_find(&C.core.tickets, stored.ticket.id);
    const struct ticket *ticket = &C.core.tickets.slots[slot];
    assert_int_equal(ticket->state, TICKET_QUEUED);
    assert_string_equal(ticket->match_id, "");
    assert_int_equal(ticket_wait_ms(ticket, C.clock.now_ms), 10000);
    assert_int_equal(ticket->create_time, CASE_UNIX_MS - 999);
    assert_int_equal(ticket->expiry_time, CASE_UNIX_MS + 20000);
    matchmaker_case_wait(19999);
    matchmaker_case_round();
    assert_int_equal(ticket->state, TICKET_SEARCHING);
    matchmaker_case_wait(1);
    matchmaker_case_round();
    assert_int_equal(ticket->state, TICKET_TIMED_OUT);
}

/* Redis says COMPLETED while its list still has the ticket: its match has begun. */
static void test_closed_ticket_on_the_list_is_not_matched_again(void **state)
{
    (void)state;
    begin_taking_over();
    for (enum ticket_state closed = TICKET_COMPLETED; closed < TICKET_STATE_COUNT; closed++) {
        struct stored_ticket stored = stored_of(closed);
        restore(stored.ticket.id, &stored);
        assert_int_equal(C.effects.count, 1);
        assert_int_equal(C.effects.items[0].kind, MATCHMAKER_FORGET_STORED);
        assert_string_equal(C.effects.items[0].id, stored.ticket.id);
    }
    assert_int_equal(C.core.tickets.open.count, 0);
}

static void test_ticket_whose_owner_lives_is_left_to_it(void **state)
{
    (void)state;
    static const char mailboxes[2][16] = {CASE_OWN, "tcp://z:1"};
    struct stored_ticket stored = stored_of(TICKET_QUEUED);
    (void)snprintf(stored.owner, sizeof(stored.owner), "tcp://z:1");
    C.view.matchmakers = (struct peer_list){mailboxes[0], sizeof(mailboxes[0]), 2};
    begin_taking_over();
    restore(stored.ticket.id, &stored);
    assert_int_equal(C.effects.count, 0);
    assert_int_equal(C.core.tickets.open.count, 0);
    (void)snprintf(stored.owner, sizeof(stored.owner), "tcp://dead:1");
    restore(stored.ticket.id, &stored);
    assert_int_equal(C.core.tickets.open.count, 1);
}

static void test_listed_ticket_without_a_record_is_forgotten_and_one_that_is_here_kept(void **state)
{
    (void)state;
    const struct ticket *ticket = matchmaker_case_enter_eu(CASE_DUEL, 1200);
    begin_taking_over();
    restore("00000000000000000000000000000abc", NULL);
    assert_string_equal(matchmaker_case_effect(MATCHMAKER_FORGET_STORED)->id, "00000000000000000000000000000abc");
    restore(ticket->id, NULL);
    assert_int_equal(C.effects.count, 0);
    struct stored_ticket stored = stored_of(TICKET_QUEUED);
    (void)snprintf(stored.ticket.player_id, sizeof(stored.ticket.player_id), "%s", ticket->player_id);
    restore(stored.ticket.id, &stored); /* the player has a newer one */
    assert_int_equal(matchmaker_case_count(MATCHMAKER_FORGET_STORED), 1);
    assert_int_equal(C.core.tickets.open.count, 1);
}

static void test_end_of_taking_over_is_noted_with_its_figures(void **state)
{
    (void)state;
    struct stored_ticket stored = stored_of(TICKET_QUEUED);
    begin_taking_over();
    restore(stored.ticket.id, &stored);
    restore("00000000000000000000000000000abc", NULL);
    matchmaker_restored(&C.core, STATUS_OK, &C.effects);
    const struct matchmaker_effect *note = matchmaker_case_effect(MATCHMAKER_NOTE_RESTORED);
    assert_int_equal(note->count, 1);
    assert_int_equal(note->listed, 2);
    matchmaker_case_round();
    assert_int_equal(matchmaker_case_count(MATCHMAKER_READ_OPEN), 0);
}

static void test_taking_over_that_fails_is_tried_again(void **state)
{
    (void)state;
    begin_taking_over();
    matchmaker_restored(&C.core, STATUS_EXPIRED, &C.effects);
    assert_int_equal(C.effects.count, 0);
    matchmaker_case_round();
    assert_int_equal(matchmaker_case_count(MATCHMAKER_READ_OPEN), 1);
}

/* ---- what could not be carried out ---- */

static void fail_effect(const struct matchmaker_effect *failed)
{
    const struct matchmaker_effect effect = *failed;
    matchmaker_effect_failed(&C.core, &effect, STATUS_UNAVAILABLE, &C.engines, &C.clock, &C.effects);
}

static void test_request_is_answered_with_postgresql_and_redis_away(void **state)
{
    (void)state;
    const struct ticket draft = matchmaker_case_draft(CASE_DUEL, 1700, REGION_EU_WEST, 20);
    uint32_t intake;
    assert_int_equal(matchmaker_create(&C.core, &draft, &C.effects, &intake), STATUS_OK);
    fail_effect(matchmaker_case_effect(MATCHMAKER_READ_RATING));
    const struct matchmaker_effect *store = matchmaker_case_effect(MATCHMAKER_STORE_TICKET);
    assert_int_equal(C.core.tickets.slots[store->slot].rating_milli, RATING_START_MILLI);
    const struct ticket *ticket = &C.core.tickets.slots[store->slot];
    fail_effect(store);
    assert_int_equal(ticket->store, TICKET_UNSTORED);
    assert_int_equal(matchmaker_case_effect(MATCHMAKER_ANSWER_INTAKE)->intake, intake);
    assert_int_equal(C.core.intakes.count, 0);
}

static void test_closed_ticket_that_cannot_be_stored_is_stored_later(void **state)
{
    (void)state;
    const struct ticket *ticket = matchmaker_case_enter_eu(CASE_DUEL, 1200);
    assert_int_equal(cancel(ticket), STATUS_OK);
    fail_effect(matchmaker_case_effect(MATCHMAKER_STORE_TICKET));
    assert_int_equal(C.effects.count, 0);
    assert_int_equal(ticket->store, TICKET_UNSTORED);
}

static void test_engine_that_cannot_be_asked_is_followed_by_the_next(void **state)
{
    (void)state;
    C.engine_items[1] = matchmaker_case_engine("tcp://b:1", REGION_EU_WEST);
    matchmaker_case_enter_eu(CASE_DUEL, 1200);
    matchmaker_case_enter_eu(CASE_DUEL, 1200);
    const struct formed_match *match = matchmaker_case_round_match();
    fail_effect(matchmaker_case_effect(MATCHMAKER_PLACE_MATCH));
    assert_string_equal(match->engine, "tcp://b:1");
    assert_int_equal(matchmaker_case_effect(MATCHMAKER_NOTE_NOT_PLACED)->status, STATUS_UNAVAILABLE);
}

static void test_open_tickets_that_cannot_be_read_are_read_in_the_next_round(void **state)
{
    (void)state;
    begin_taking_over();
    fail_effect(matchmaker_case_effect(MATCHMAKER_READ_OPEN));
    begin_taking_over();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_cancelled_ticket_is_never_matched_and_cancelling_repeats, matchmaker_case_begin),
        cmocka_unit_test_setup(test_ticket_being_placed_or_completed_cannot_leave, matchmaker_case_begin),
        cmocka_unit_test_setup(test_player_finds_only_the_own_ticket, matchmaker_case_begin),
        cmocka_unit_test_setup(test_queue_is_found_by_its_name, matchmaker_case_begin),
        cmocka_unit_test_setup(test_join_token_is_good_for_a_minute_from_completion, matchmaker_case_begin),
        cmocka_unit_test_setup(test_restored_ticket_goes_on_waiting_where_it_was, matchmaker_case_begin),
        cmocka_unit_test_setup(test_closed_ticket_on_the_list_is_not_matched_again, matchmaker_case_begin),
        cmocka_unit_test_setup(test_ticket_whose_owner_lives_is_left_to_it, matchmaker_case_begin),
        cmocka_unit_test_setup(test_listed_ticket_without_a_record_is_forgotten_and_one_that_is_here_kept,
                               matchmaker_case_begin),
        cmocka_unit_test_setup(test_end_of_taking_over_is_noted_with_its_figures, matchmaker_case_begin),
        cmocka_unit_test_setup(test_taking_over_that_fails_is_tried_again, matchmaker_case_begin),
        cmocka_unit_test_setup(test_request_is_answered_with_postgresql_and_redis_away, matchmaker_case_begin),
        cmocka_unit_test_setup(test_closed_ticket_that_cannot_be_stored_is_stored_later, matchmaker_case_begin),
        cmocka_unit_test_setup(test_engine_that_cannot_be_asked_is_followed_by_the_next, matchmaker_case_begin),
        cmocka_unit_test_setup(test_open_tickets_that_cannot_be_read_are_read_in_the_next_round, matchmaker_case_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
