/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/gateway/router_fixture.h"

/* ---- connections ------------------------------------------------------------------------------- */

static void test_who_authenticates_is_greeted_and_the_older_session_of_the_player_ends(void **state)
{
    (void)state;
    struct session *older = gateway_router_open(router, "192.0.2.1", now_ms);
    gateway_router_authenticated(router, older, "ada", false, now_ms, &effects);
    EXPECT(GATEWAY_SESSION_OPENED, GATEWAY_SEND_WELCOME);
    uint64_t older_id = older->id;
    struct session *newer = gateway_router_open(router, "192.0.2.1", now_ms);
    now_ms += 500;
    gateway_router_authenticated(router, newer, "ada", false, now_ms, &effects);
    assert_int_equal(effects.items[1].ended.code, GATEWAY_CLOSE_REPLACED);
    assert_string_equal(effects.items[1].ended.reason, "REPLACED");
    assert_string_equal(effects.items[1].ended.player_id, "ada");
    assert_int_equal(effects.items[1].ended.lived_ms, 500);
    assert_true(effects.items[1].session_id == older_id);
    EXPECT(GATEWAY_SESSION_OPENED, GATEWAY_SESSION_ENDED, GATEWAY_SEND_WELCOME);
    assert_int_equal(router->players, 1);
}

static void test_a_token_that_came_with_the_upgrade_is_greeted_after_the_101(void **state)
{
    (void)state;
    struct session *first = gateway_router_open(router, "192.0.2.1", now_ms);
    struct session *second = gateway_router_open(router, "192.0.2.1", now_ms);
    struct session *third = gateway_router_open(router, "192.0.2.1", now_ms);
    gateway_router_authenticated(router, first, "ada", true, now_ms, &effects);
    gateway_router_authenticated(router, second, "bob", true, now_ms, &effects);
    gateway_router_authenticated(router, third, "cem", true, now_ms, &effects);
    EXPECT(GATEWAY_SESSION_OPENED, GATEWAY_SESSION_OPENED, GATEWAY_SESSION_OPENED);
    gateway_router_closed(router, second, GATEWAY_CLOSE_NONE, now_ms, &effects); /* gone before its greeting */
    EXPECT(GATEWAY_SESSION_ENDED);
    assert_true(gateway_router_greet(router, &effects));
    assert_int_equal(effects.items[0].slot + effects.items[1].slot, first->slot + third->slot);
    EXPECT(GATEWAY_SEND_WELCOME, GATEWAY_SEND_WELCOME);
    assert_true(gateway_router_greet(router, &effects));
    EXPECT_NOTHING();
}

static void test_more_greetings_than_effects_hold_go_out_in_parts(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        char player[8] = {'p', (char)('0' + i / 10), (char)('0' + i % 10)};
        gateway_router_authenticated(router, gateway_router_open(router, "192.0.2.1", now_ms), player, true, now_ms,
                                     &effects);
        effects.count = 0;
    }
    uint32_t greeted = 0;
    bool is_done;
    do {
        is_done = gateway_router_greet(router, &effects);
        greeted += effects.count;
        effects.count = 0;
    } while (!is_done);
    assert_int_equal(greeted, 100);
}

static void test_a_bad_token_and_no_token_in_time_close_the_socket(void **state)
{
    (void)state;
    gateway_router_unauthorized(router, gateway_router_open(router, "192.0.2.1", now_ms), "TOKEN_EXPIRED", now_ms,
                                &effects);
    assert_int_equal(effects.items[0].ended.code, GATEWAY_CLOSE_TOKEN);
    assert_string_equal(effects.items[0].ended.close_reason, "TOKEN_EXPIRED");
    assert_string_equal(effects.items[0].ended.result, "unauthorized");
    EXPECT(GATEWAY_SESSION_ENDED);
    assert_non_null(gateway_router_open(router, "192.0.2.1", now_ms));
    struct session *named = connect_as("ada");
    now_ms += rules.authenticate_timeout_ms - 1;
    sweep(2);
    EXPECT_NOTHING();
    now_ms += 1;
    sweep(2);
    assert_int_equal(effects.items[0].ended.code, GATEWAY_CLOSE_TOKEN);
    EXPECT(GATEWAY_SESSION_ENDED);
    assert_true(named->id != 0);
}

static void test_a_full_table_and_a_draining_gateway_admit_nobody(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
        assert_int_equal(gateway_router_admit(router, "192.0.2.1", now_ms), GATEWAY_ADMIT);
        assert_non_null(gateway_router_open(router, "192.0.2.1", now_ms));
    }
    assert_int_equal(gateway_router_admit(router, "192.0.2.1", now_ms), GATEWAY_FULL);
    assert_null(gateway_router_open(router, "192.0.2.1", now_ms));
    gateway_router_drain(router, now_ms);
    assert_int_equal(gateway_router_admit(router, "192.0.2.1", now_ms), GATEWAY_DRAINING);
}

/* ---- messages ---------------------------------------------------------------------------------- */

static void test_messages_are_admitted_by_the_session_s_state(void **state)
{
    (void)state;
    struct session *session = connect_as("ada");
    assert_int_equal(gateway_router_message(router, session, SESSION_SAYS_PING, 1, now_ms, &effects),
                     GATEWAY_MESSAGE_ADMITTED);
    assert_int_equal(gateway_router_message(router, session, SESSION_SAYS_CHAT, 2, now_ms, &effects),
                     GATEWAY_MESSAGE_INVALID_STATE);
    assert_string_equal(effects.items[0].error.code, "INVALID_STATE");
    assert_string_equal(effects.items[0].error.context, "chat");
    assert_int_equal(effects.items[0].cid, 2);
    EXPECT(GATEWAY_SEND_ERROR);
    assert_int_equal(gateway_router_message(router, session, SESSION_SAYS_INPUT, 0, now_ms, &effects),
                     GATEWAY_MESSAGE_LATE);
    EXPECT_NOTHING();
    gateway_router_ping(session, 5, &effects);
    assert_int_equal(effects.items[0].cid, 5);
    EXPECT(GATEWAY_SEND_PONG);
}

static void test_whoever_says_something_before_its_token_is_closed(void **state)
{
    (void)state;
    struct session *session = gateway_router_open(router, "192.0.2.1", now_ms);
    (void)gateway_router_message(router, session, SESSION_SAYS_PING, 1, now_ms, &effects);
    assert_int_equal(effects.items[0].ended.code, GATEWAY_CLOSE_TOKEN);
    EXPECT(GATEWAY_SESSION_ENDED);
    session = gateway_router_open(router, "192.0.2.1", now_ms);
    gateway_router_invalid(router, session, 1, "queue", "is unknown", now_ms, &effects);
    assert_int_equal(effects.items[0].ended.code, GATEWAY_CLOSE_TOKEN);
    EXPECT(GATEWAY_SESSION_ENDED);
}

static void test_an_invalid_message_is_an_error_that_names_the_field(void **state)
{
    (void)state;
    struct session *session = connect_as("ada");
    gateway_router_invalid(router, session, 3, "create_ticket.queue", "is unknown", now_ms, &effects);
    assert_string_equal(effects.items[0].error.code, "INVALID_INPUT");
    assert_string_equal(effects.items[0].error.context, "create_ticket.queue");
    assert_int_equal(effects.items[0].cid, 3);
    EXPECT(GATEWAY_SEND_ERROR);
}

static void test_a_flood_is_warned_of_once_a_second_and_then_closed(void **state)
{
    (void)state;
    struct session *session = connect_as("ada");
    uint32_t warnings = 0;
    bool has_ended = false;
    for (uint64_t end_ms = now_ms + 30000; now_ms < end_ms && !has_ended; now_ms += 5) {
        (void)gateway_router_message(router, session, SESSION_SAYS_PING, 1, now_ms, &effects);
        for (uint32_t i = 0; i < effects.count; i++) {
            warnings += effects.items[i].kind == GATEWAY_SEND_ERROR;
            has_ended |= effects.items[i].kind == GATEWAY_SESSION_ENDED &&
                         effects.items[i].ended.code == GATEWAY_CLOSE_RATE_LIMITED;
        }
        effects.count = 0;
    }
    assert_true(has_ended);
    assert_in_range(warnings, 5, 15);
}

static void test_frames_over_the_rate_are_dropped_undecoded(void **state)
{
    (void)state;
    struct session *session = connect_as("ada");
    uint32_t taken = 0;
    while (gateway_router_frame(router, session, now_ms, &effects)) {
        taken++;
    }
    assert_int_equal(taken, rules.rates.input_burst + rules.rates.message_burst);
    assert_string_equal(effects.items[0].error.code, "RATE_LIMITED");
    EXPECT(GATEWAY_SEND_ERROR);
    assert_false(gateway_router_frame(router, session, now_ms, &effects));
    EXPECT_NOTHING();
}

/* ---- inputs and snapshots ---------------------------------------------------------------------- */

static void test_inputs_of_an_engine_wait_for_one_batch(void **state)
{
    (void)state;
    struct session *one = joined_as("ada"), *two = joined_as("bob");
    struct gateway_input_row row = gateway_router_add_row(router, one, GATEWAY_ROW_INPUT);
    assert_true(row.starts_timer);
    assert_int_equal(row.row, 0);
    row = gateway_router_add_row(router, two, GATEWAY_ROW_INPUT);
    assert_false(row.starts_timer);
    assert_int_equal(row.row, 1);
    assert_int_equal(row.send_before + row.send_after, 0);
    gateway_router_batch_due(router);
    assert_int_equal(gateway_router_take_batch(router, one->backend), 2);
    assert_int_equal(gateway_router_take_batch(router, one->backend), 0);
    assert_true(gateway_router_add_row(router, one, GATEWAY_ROW_INPUT).starts_timer);
}

static void test_a_full_batch_and_a_new_rate_go_at_once(void **state)
{
    (void)state;
    struct session *session = joined_as("ada");
    for (uint32_t i = 0; i < GATEWAY_INPUT_BATCH_MAX; i++) {
        assert_int_equal(gateway_router_add_row(router, session, GATEWAY_ROW_INPUT).send_before, 0);
    }
    struct gateway_input_row row = gateway_router_add_row(router, session, GATEWAY_ROW_INPUT);
    assert_int_equal(row.send_before, GATEWAY_INPUT_BATCH_MAX);
    assert_int_equal(row.row, 0);
    row = gateway_router_add_row(router, session, GATEWAY_ROW_SET_RATE);
    assert_int_equal(row.send_after, 2);
    assert_int_equal(gateway_router_take_batch(router, session->backend), 0);
}

static void test_skipped_snapshots_are_reported_with_the_last_one_written(void **state)
{
    (void)state;
    struct session *session = joined_as("ada");
    assert_int_equal(gateway_router_offer(router, session, 10, 0, 0), GATEWAY_SNAPSHOT_WRITE);
    assert_int_equal(gateway_router_offer(router, session, 11, 10, rules.socket_skip_bytes), GATEWAY_SNAPSHOT_WRITE);
    assert_int_equal(gateway_router_offer(router, session, 12, 11, rules.socket_skip_bytes + 1),
                     GATEWAY_SNAPSHOT_REPORT);
    assert_int_equal(gateway_router_offer(router, session, 13, 12, 0), GATEWAY_SNAPSHOT_REPORT);
    struct gateway_input_row row = gateway_router_add_row(router, session, GATEWAY_ROW_REPORT);
    assert_int_equal(row.skipped, 2);
    assert_int_equal(row.written_tick, 11);
    row = gateway_router_add_row(router, session, GATEWAY_ROW_INPUT);
    assert_int_equal(row.skipped, 0);
    assert_int_equal(row.written_tick, 0);
}

static void test_a_snapshot_finds_only_players_of_its_engine(void **state)
{
    (void)state;
    struct session *session = joined_as("ada");
    assert_ptr_equal(gateway_router_player(router, session->backend, session->id), session);
    assert_null(gateway_router_player(router, session->backend + 1, session->id));
    assert_null(gateway_router_player(router, session->backend, session->id + 1));
}

/* ---- drain ------------------------------------------------------------------------------------- */

static void test_a_drain_closes_who_is_not_playing_and_waits_for_the_others(void **state)
{
    (void)state;
    struct session *playing = joined_as("ada");
    (void)connect_as("bob");
    gateway_router_drain(router, now_ms);
    sweep(2);
    assert_int_equal(effects.items[0].ended.code, GATEWAY_CLOSE_SHUTDOWN);
    assert_string_equal(effects.items[0].ended.player_id, "bob");
    EXPECT(GATEWAY_SESSION_ENDED);
    now_ms += rules.drain_grace_ms - 1;
    (void)gateway_router_heard(router, ENGINE, now_ms);
    sweep(1);
    EXPECT_NOTHING();
    assert_true(playing->id != 0);
    now_ms += 1;
    sweep(1);
    EXPECT(GATEWAY_SEND_LEAVE, GATEWAY_SESSION_ENDED);
    sweep(1);
    EXPECT_NOTHING(); /* its socket is still closing */
    sweep(0);
    EXPECT(GATEWAY_DRAINED);
    sweep(0);
    EXPECT_NOTHING();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTER_TEST(test_who_authenticates_is_greeted_and_the_older_session_of_the_player_ends),
        ROUTER_TEST(test_a_token_that_came_with_the_upgrade_is_greeted_after_the_101),
        ROUTER_TEST(test_more_greetings_than_effects_hold_go_out_in_parts),
        ROUTER_TEST(test_a_bad_token_and_no_token_in_time_close_the_socket),
        ROUTER_TEST(test_a_full_table_and_a_draining_gateway_admit_nobody),
        ROUTER_TEST(test_messages_are_admitted_by_the_session_s_state),
        ROUTER_TEST(test_whoever_says_something_before_its_token_is_closed),
        ROUTER_TEST(test_an_invalid_message_is_an_error_that_names_the_field),
        ROUTER_TEST(test_a_flood_is_warned_of_once_a_second_and_then_closed),
        ROUTER_TEST(test_frames_over_the_rate_are_dropped_undecoded),
        ROUTER_TEST(test_inputs_of_an_engine_wait_for_one_batch),
        ROUTER_TEST(test_a_full_batch_and_a_new_rate_go_at_once),
        ROUTER_TEST(test_skipped_snapshots_are_reported_with_the_last_one_written),
        ROUTER_TEST(test_a_snapshot_finds_only_players_of_its_engine),
        ROUTER_TEST(test_a_drain_closes_who_is_not_playing_and_waits_for_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
