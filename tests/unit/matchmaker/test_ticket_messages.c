/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/ticket_messages.h"

#include "tests/support/matchmaker_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define C matchmaker_case

static struct ticket_view view;
static struct ticket_view_context context;

static int begin(void **state)
{
    static struct jwt_keys *keys;
    const char *reason;
    matchmaker_case_begin(state);
    if (keys == NULL) {
        assert_int_equal(jwt_keys_create("0123456789abcdef0123456789abcdef", "", &keys, &reason), STATUS_OK);
    }
    context = (struct ticket_view_context){.core = &C.core,
                                           .join_keys = keys,
                                           .clock = C.clock,
                                           .audience = TICKET_FOR_GATEWAY,
                                           .gateway_address = "ws://g"};
    return 0;
}

static const struct ticket *completed(void)
{
    const struct ticket *ticket = matchmaker_case_enter_eu(CASE_DUEL, 1200);
    matchmaker_case_enter_eu(CASE_DUEL, 1200);
    matchmaker_case_placed(matchmaker_case_round_match(), STATUS_OK);
    return ticket;
}

static void test_open_ticket_is_shown_as_it_is(void **state)
{
    (void)state;
    const struct ticket *ticket = matchmaker_case_enter_eu(CASE_FFA, 1234);
    C.core.queues[CASE_FFA].wait_ms = 777;
    ticket_messages_fill(&view, &context, ticket);
    assert_string_equal(view.message.id, ticket->id);
    assert_string_equal(view.message.player_id, "player-1");
    assert_string_equal(view.message.queue, "ffa");
    assert_int_equal(view.message.state, MMA__TICKET_STATE__QUEUED);
    assert_string_equal(view.message.status_reason, "");
    assert_int_equal(view.message.estimated_wait_time_ms, 777);
    assert_int_equal(view.message.create_time, CASE_UNIX_MS);
    assert_int_equal(view.message.expiry_time, CASE_UNIX_MS + 30000);
    assert_true(view.message.rating == 1234);
    assert_int_equal(view.message.n_latencies, 1);
    assert_string_equal(view.message.latencies[0]->region, "eu_west");
    assert_int_equal(view.message.latencies[0]->latency_ms, 20);
    assert_null(view.message.assignment);
}

static void check_token(uint64_t at_unix_s, enum jwt_refusal want, const struct ticket *ticket)
{
    struct jwt_claims claims;
    assert_int_equal(jwt_verify(context.join_keys, view.token, strlen(view.token), "mma-match", at_unix_s, &claims),
                     want);
    if (want == JWT_GOOD) {
        assert_string_equal(claims.subject, ticket->player_id);
        assert_string_equal(claims.match_id, ticket->match_id);
        assert_string_equal(claims.engine, "tcp://a:1");
    }
}

static void test_completed_ticket_has_its_assignment(void **state)
{
    (void)state;
    const struct ticket *ticket = completed();
    ticket_messages_fill(&view, &context, ticket);
    assert_non_null(view.message.assignment);
    assert_string_equal(view.assignment.match_id, ticket->match_id);
    assert_string_equal(view.assignment.connection, ""); /* the client is connected */
    assert_int_equal(view.assignment.expiry_time, CASE_UNIX_MS + 60000);
    assert_int_equal(view.message.estimated_wait_time_ms, 0);
    check_token(CASE_UNIX_MS / 1000, JWT_GOOD, ticket);
    context.audience = TICKET_FOR_HTTP;
    ticket_messages_fill(&view, &context, ticket);
    assert_string_equal(view.assignment.connection, "ws://g");
    context.audience = TICKET_FOR_STORE;
    ticket_messages_fill(&view, &context, ticket);
    assert_null(view.message.assignment);
}

/* Completed, then the wall clock is set an hour ahead: the token is good for the rest of its minute. */
static void test_token_lives_by_the_monotonic_clock(void **state)
{
    (void)state;
    const struct ticket *ticket = completed();
    matchmaker_case_wait(20000);
    C.clock.unix_ms += 3600000;
    context.clock = C.clock;
    ticket_messages_fill(&view, &context, ticket);
    assert_int_equal(view.assignment.expiry_time, C.clock.unix_ms + 40000);
    check_token(C.clock.unix_ms / 1000, JWT_GOOD, ticket);
}

static void test_update_names_session_and_region(void **state)
{
    (void)state;
    Mma__TicketUpdate update;
    struct ticket ticket = *completed();
    ticket.session_id = 55;
    ticket_messages_fill(&view, &context, &ticket);
    ticket_messages_fill_update(&update, &view, &ticket);
    assert_int_equal(update.session_id, 55);
    assert_string_equal(update.region, "eu_west");
    assert_ptr_equal(update.ticket, &view.message);
}

static void test_request_becomes_a_draft(void **state)
{
    (void)state;
    char player[] = "ann", queue[] = "duel", region[] = "na_west";
    Mma__RegionLatency rows[TICKET_DRAFT_LATENCIES_MAX + 1], *pointers[TICKET_DRAFT_LATENCIES_MAX + 1];
    Mma__CreateTicket message;
    struct ticket draft;
    struct ticket_draft_error error;
    mma__create_ticket__init(&message);
    for (size_t i = 0; i <= TICKET_DRAFT_LATENCIES_MAX; i++) {
        mma__region_latency__init(&rows[i]);
        rows[i].region = region;
        rows[i].latency_ms = 33;
        pointers[i] = &rows[i];
    }
    message.player_id = player;
    message.queue = queue;
    message.session_id = 9;
    message.latencies = pointers;
    message.n_latencies = 1;
    assert_int_equal(ticket_messages_draft(&C.core, &message, "eu_west", &draft, &error), STATUS_OK);
    assert_string_equal(draft.player_id, "ann");
    assert_int_equal(draft.session_id, 9);
    assert_int_equal(draft.latency_ms[REGION_NA_WEST], 33);
    message.n_latencies = TICKET_DRAFT_LATENCIES_MAX + 1;
    assert_int_equal(ticket_messages_draft(&C.core, &message, "eu_west", &draft, &error), STATUS_INVALID);
    assert_string_equal(error.field, "latencies");
    message.n_latencies = 0;
    assert_int_equal(ticket_messages_draft(&C.core, &message, "eu_west", &draft, &error), STATUS_OK);
    assert_int_equal(draft.latency_ms[REGION_EU_WEST], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_open_ticket_is_shown_as_it_is, begin),
        cmocka_unit_test_setup(test_completed_ticket_has_its_assignment, begin),
        cmocka_unit_test_setup(test_token_lives_by_the_monotonic_clock, begin),
        cmocka_unit_test_setup(test_update_names_session_and_region, begin),
        cmocka_unit_test_setup(test_request_becomes_a_draft, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
