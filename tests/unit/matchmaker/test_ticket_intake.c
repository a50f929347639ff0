/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/ticket_intake.h"

#include "tests/support/matchmaker_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define C matchmaker_case

static uint32_t request(const struct ticket *draft)
{
    uint32_t intake;
    assert_int_equal(matchmaker_create(&C.core, draft, &C.effects, &intake), STATUS_OK);
    return intake;
}

static struct ticket duelist(void)
{
    return matchmaker_case_draft(CASE_DUEL, 0, REGION_EU_WEST, 20);
}

/* The slot of the ticket that is stored. */
static uint32_t rate(uint32_t intake, enum status status, bool has_row, int64_t rating_milli)
{
    matchmaker_rating_read(&C.core, intake, status, has_row, rating_milli, &C.clock, &C.effects);
    return matchmaker_case_effect(MATCHMAKER_STORE_TICKET)->slot;
}

static void test_request_is_rated_stored_and_then_answered(void **state)
{
    (void)state;
    const struct ticket draft = duelist();
    uint32_t intake = request(&draft);
    assert_int_equal(C.effects.count, 1);
    assert_int_equal(C.effects.items[0].kind, MATCHMAKER_READ_RATING);
    assert_int_equal(C.effects.items[0].intake, intake);
    const struct ticket *ticket = &C.core.tickets.slots[rate(intake, STATUS_OK, true, 1512250)];
    assert_int_equal(C.effects.count, 2);
    assert_int_equal(C.effects.items[0].kind, MATCHMAKER_STORE_TICKET);
    assert_int_equal(C.effects.items[0].slot, matchmaker_case_slot(ticket));
    assert_int_equal(C.effects.items[1].kind, MATCHMAKER_NOTE_CREATED);
    assert_int_equal(ticket->rating_milli, 1512250);
    assert_int_equal(ticket->state, TICKET_QUEUED);
    assert_int_equal(ticket_wait_ms(ticket, C.clock.now_ms), 0);
    assert_int_equal(ticket->create_time, CASE_UNIX_MS);
    assert_int_equal(ticket->update_time, CASE_UNIX_MS);
    assert_int_equal(ticket->expiry_time, CASE_UNIX_MS + 30000);
    matchmaker_case_stored(STATUS_OK);
    assert_int_equal(C.effects.count, 1);
    assert_int_equal(C.effects.items[0].kind, MATCHMAKER_ANSWER_INTAKE);
    assert_int_equal(C.effects.items[0].intake, intake);
    assert_int_equal(C.effects.items[0].slot, matchmaker_case_slot(ticket));
    assert_int_equal(C.effects.items[0].state, TICKET_QUEUED);
    assert_int_equal(ticket->intake, TICKET_INTAKE_NONE);
    assert_int_equal(C.core.intakes.count, 0);
}

static void test_request_is_answered_though_its_ticket_could_not_be_stored(void **state)
{
    (void)state;
    const struct ticket draft = duelist();
    uint32_t intake = request(&draft);
    const struct ticket *ticket = &C.core.tickets.slots[rate(intake, STATUS_OK, false, 0)];
    matchmaker_case_stored(STATUS_EXPIRED);
    assert_int_equal(matchmaker_case_effect(MATCHMAKER_ANSWER_INTAKE)->intake, intake);
    assert_int_equal(ticket->store, TICKET_UNSTORED);
    C.view.is_redis_up = true;
    matchmaker_case_round();
    assert_int_equal(matchmaker_case_effect(MATCHMAKER_STORE_TICKET)->slot, matchmaker_case_slot(ticket));
}

static void test_player_without_a_row_is_new(void **state)
{
    (void)state;
    const struct ticket draft = duelist();
    uint32_t slot = rate(request(&draft), STATUS_OK, false, 77);
    assert_int_equal(C.core.tickets.slots[slot].rating_milli, RATING_START_MILLI);
}

static void test_rating_is_kept_within_its_range(void **state)
{
    (void)state;
    const struct ticket low = duelist(), high = duelist();
    assert_int_equal(C.core.tickets.slots[rate(request(&low), STATUS_OK, true, -5)].rating_milli, RATING_MIN_MILLI);
    assert_int_equal(C.core.tickets.slots[rate(request(&high), STATUS_OK, true, INT64_MAX)].rating_milli,
                     RATING_MAX_MILLI);
}

static void test_without_an_answer_the_rating_last_seen_counts_or_the_start(void **state)
{
    (void)state;
    struct ticket draft = duelist();
    uint32_t slot = rate(request(&draft), STATUS_EXPIRED, false, 0);
    assert_int_equal(C.core.tickets.slots[slot].rating_milli, RATING_START_MILLI);
    assert_int_equal(matchmaker_cancel(&C.core, slot, &C.clock, &C.effects), STATUS_OK);
    (void)snprintf(draft.id, sizeof(draft.id), "%032x", 900);
    slot = rate(request(&draft), STATUS_OK, true, 1700000);
    assert_int_equal(matchmaker_cancel(&C.core, slot, &C.clock, &C.effects), STATUS_OK);
    (void)snprintf(draft.id, sizeof(draft.id), "%032x", 901);
    slot = rate(request(&draft), STATUS_UNAVAILABLE, true, 5);
    assert_int_equal(C.core.tickets.slots[slot].rating_milli, 1700000);
}

static void test_player_has_one_open_ticket(void **state)
{
    (void)state;
    struct ticket draft = duelist();
    uint32_t first = request(&draft), second = request(&draft), none; /* both at once */
    rate(first, STATUS_OK, false, 0);
    assert_int_equal(matchmaker_create(&C.core, &draft, &C.effects, &none), STATUS_EXISTS);
    assert_int_equal(C.effects.count, 0);
    (void)snprintf(C.core.intakes.items[second].draft.id, TICKET_ID_SIZE, "%032x", 900);
    matchmaker_rating_read(&C.core, second, STATUS_OK, false, 0, &C.clock, &C.effects);
    assert_int_equal(C.effects.count, 1);
    assert_int_equal(C.effects.items[0].kind, MATCHMAKER_REFUSE_INTAKE);
    assert_int_equal(C.effects.items[0].intake, second);
    assert_int_equal(C.effects.items[0].status, STATUS_EXISTS);
    assert_int_equal(C.core.intakes.count, 1);
}

static void test_full_table_refuses(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < matchmaker_case_rules.tickets_max; i++) {
        matchmaker_case_enter_eu(CASE_FFA, 1200);
    }
    const struct ticket draft = duelist();
    uint32_t intake = request(&draft);
    matchmaker_rating_read(&C.core, intake, STATUS_OK, false, 0, &C.clock, &C.effects);
    assert_int_equal(matchmaker_case_effect(MATCHMAKER_REFUSE_INTAKE)->status, STATUS_FULL);
}

static void test_more_requests_at_once_than_there_are_places_are_refused(void **state)
{
    (void)state;
    uint32_t intake, last = 0;
    for (uint32_t i = 0; i < TICKET_INTAKES_MAX; i++) {
        const struct ticket draft = duelist();
        last = request(&draft);
    }
    const struct ticket draft = duelist();
    assert_int_equal(matchmaker_create(&C.core, &draft, &C.effects, &intake), STATUS_FULL);
    rate(last, STATUS_OK, false, 0);
    const struct matchmaker_effect store = *matchmaker_case_effect(MATCHMAKER_STORE_TICKET);
    assert_int_equal(matchmaker_create(&C.core, &draft, &C.effects, &intake), STATUS_FULL);
    matchmaker_ticket_stored(&C.core, store.slot, store.stamp, STATUS_OK, &C.effects);
    assert_int_equal(request(&draft), last);
}

/* Its record is still on the way: who asked is answered at once, and only once. */
static void test_ticket_cancelled_before_it_is_stored_answers_its_request(void **state)
{
    (void)state;
    const struct ticket draft = duelist();
    uint32_t intake = request(&draft);
    uint32_t slot = rate(intake, STATUS_OK, false, 0);
    uint64_t first = matchmaker_case_effect(MATCHMAKER_STORE_TICKET)->stamp;
    assert_int_equal(matchmaker_cancel(&C.core, slot, &C.clock, &C.effects), STATUS_OK);
    assert_int_equal(matchmaker_case_effect(MATCHMAKER_ANSWER_INTAKE)->intake, intake);
    assert_int_equal(matchmaker_case_effect(MATCHMAKER_ANSWER_INTAKE)->state, TICKET_CANCELLED);
    assert_int_equal(C.core.intakes.count, 0);
    uint64_t second = matchmaker_case_effect(MATCHMAKER_STORE_TICKET)->stamp;
    matchmaker_ticket_stored(&C.core, slot, first, STATUS_OK, &C.effects);
    assert_int_equal(C.effects.count, 0);
    matchmaker_ticket_stored(&C.core, slot, second, STATUS_OK, &C.effects);
    assert_int_equal(C.effects.count, 0);
    assert_int_equal(C.core.tickets.slots[slot].store, TICKET_STORED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_request_is_rated_stored_and_then_answered, matchmaker_case_begin),
        cmocka_unit_test_setup(test_request_is_answered_though_its_ticket_could_not_be_stored, matchmaker_case_begin),
        cmocka_unit_test_setup(test_player_without_a_row_is_new, matchmaker_case_begin),
        cmocka_unit_test_setup(test_rating_is_kept_within_its_range, matchmaker_case_begin),
        cmocka_unit_test_setup(test_without_an_answer_the_rating_last_seen_counts_or_the_start, matchmaker_case_begin),
        cmocka_unit_test_setup(test_player_has_one_open_ticket, matchmaker_case_begin),
        cmocka_unit_test_setup(test_full_table_refuses, matchmaker_case_begin),
        cmocka_unit_test_setup(test_more_requests_at_once_than_there_are_places_are_refused, matchmaker_case_begin),
        cmocka_unit_test_setup(test_ticket_cancelled_before_it_is_stored_answers_its_request, matchmaker_case_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
