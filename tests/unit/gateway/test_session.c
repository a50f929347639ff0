/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/core/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct session_table table;

static int set_up(void **state)
{
    *state = malloc(session_table_bytes(4));
    assert_non_null(*state);
    session_table_init(&table, 4, 0x123456789ABCDEFu, *state);
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static struct session *in_state(enum session_state state)
{
    static struct session session;
    session = (struct session){.id = 1, .state = state};
    return &session;
}

/* ---- states -------------------------------------------------------------------------------------- */

static void test_nothing_but_authenticate_is_heard_before_it(void **state)
{
    (void)state;
    const struct session *session = in_state(SESSION_CONNECTING);
    assert_int_equal(SESSION_ADMIT, session_admit(session, SESSION_SAYS_AUTHENTICATE));
    for (int message = SESSION_SAYS_INPUT; message < SESSION_MESSAGE_COUNT; message++) {
        assert_int_equal(SESSION_UNAUTHORIZED, session_admit(session, (enum session_message)message));
    }
}

static void test_inputs_are_admitted_only_in_a_match_and_never_an_error_after_it(void **state)
{
    (void)state;
    assert_int_equal(SESSION_ADMIT, session_admit(in_state(SESSION_JOINED), SESSION_SAYS_INPUT));
    assert_int_equal(SESSION_IGNORE, session_admit(in_state(SESSION_AUTHENTICATED), SESSION_SAYS_INPUT));
    assert_int_equal(SESSION_IGNORE, session_admit(in_state(SESSION_JOINING), SESSION_SAYS_INPUT));
}

static void test_lines_are_said_only_in_a_match_and_elsewhere_an_error(void **state)
{
    (void)state;
    for (int at = SESSION_AUTHENTICATED; at <= SESSION_WATCHING; at++) {
        assert_int_equal(at == SESSION_JOINED ? SESSION_ADMIT : SESSION_INVALID_STATE,
                         session_admit(in_state((enum session_state)at), SESSION_SAYS_CHAT));
    }
}

static void test_a_rate_is_set_in_a_match_only_and_never_an_error_after_it(void **state)
{
    (void)state;
    assert_int_equal(SESSION_ADMIT, session_admit(in_state(SESSION_JOINED), SESSION_SAYS_SET_RATE));
    assert_int_equal(SESSION_IGNORE, session_admit(in_state(SESSION_AUTHENTICATED), SESSION_SAYS_SET_RATE));
}

static void test_a_second_ticket_or_seat_is_misplaced(void **state)
{
    (void)state;
    assert_int_equal(SESSION_INVALID_STATE, session_admit(in_state(SESSION_QUEUED), SESSION_SAYS_CREATE_TICKET));
    assert_int_equal(SESSION_INVALID_STATE, session_admit(in_state(SESSION_JOINED), SESSION_SAYS_CREATE_TICKET));
    assert_int_equal(SESSION_INVALID_STATE, session_admit(in_state(SESSION_JOINED), SESSION_SAYS_JOIN_MATCH));
    assert_int_equal(SESSION_INVALID_STATE, session_admit(in_state(SESSION_WATCHING), SESSION_SAYS_WATCH_MATCH));
}

static void test_the_way_from_ticket_to_match_and_back(void **state)
{
    (void)state;
    struct session *session = in_state(SESSION_CONNECTING);
    static const enum session_event way[] = {SESSION_DID_AUTHENTICATE, SESSION_ASKED_TICKET, SESSION_FOUND_MATCH,
                                             SESSION_ASKED_JOIN,       SESSION_DID_JOIN,     SESSION_LEFT_MATCH};
    static const enum session_state states[] = {SESSION_AUTHENTICATED, SESSION_QUEUED, SESSION_MATCHED,
                                                SESSION_JOINING,       SESSION_JOINED, SESSION_AUTHENTICATED};
    for (size_t i = 0; i < sizeof way / sizeof way[0]; i++) {
        assert_true(session_step(session, way[i]));
        assert_int_equal(states[i], session->state);
    }
}

static void test_late_news_change_nothing(void **state)
{
    (void)state;
    struct session *session = in_state(SESSION_AUTHENTICATED);
    assert_false(session_step(session, SESSION_DID_JOIN));
    assert_false(session_step(session, SESSION_LEFT_MATCH));
    assert_false(session_step(session, SESSION_LEFT_WATCH));
    assert_int_equal(SESSION_AUTHENTICATED, session->state);
    session = in_state(SESSION_JOINED);
    assert_false(session_step(session, SESSION_FOUND_MATCH));
    assert_int_equal(SESSION_JOINED, session->state);
}

static void test_a_session_owes_what_it_has_when_it_ends(void **state)
{
    (void)state;
    assert_true(session_cleanup(in_state(SESSION_QUEUED)).cancel_ticket);
    assert_true(session_cleanup(in_state(SESSION_JOINING)).leave_match);
    assert_true(session_cleanup(in_state(SESSION_JOINED)).leave_match);
    assert_true(session_cleanup(in_state(SESSION_WATCHING)).unwatch);
    struct session_cleanup none = session_cleanup(in_state(SESSION_MATCHED));
    assert_false(none.cancel_ticket || none.leave_match || none.unwatch);
}

/* ---- snapshots ----------------------------------------------------------------------------------- */

static void test_only_a_snapshot_that_follows_the_last_written_one_is_written(void **state)
{
    (void)state;
    struct session *session = in_state(SESSION_JOINED);
    session_begin_snapshots(session);
    assert_false(session_offer_snapshot(session, 5, 4, false)); /* nothing was written yet */
    assert_true(session_offer_snapshot(session, 6, 0, false));
    assert_true(session_offer_snapshot(session, 7, 6, false));
    assert_false(session_offer_snapshot(session, 9, 8, false)); /* 8 was never written */
    assert_true(session_offer_snapshot(session, 10, 7, false));
    assert_true(session_offer_snapshot(session, 11, 0, false)); /* a keyframe always follows */
}

static void test_a_backed_up_socket_is_written_nothing_and_the_skips_are_reported_once(void **state)
{
    (void)state;
    struct session *session = in_state(SESSION_JOINED);
    session_begin_snapshots(session);
    assert_true(session_offer_snapshot(session, 6, 0, false));
    assert_false(session_offer_snapshot(session, 7, 6, true));
    assert_false(session_offer_snapshot(session, 8, 0, true)); /* not even a keyframe */
    assert_int_equal(6, session->written_tick);
    assert_int_equal(2, session_take_skipped(session));
    assert_int_equal(0, session_take_skipped(session));
    assert_true(session_offer_snapshot(session, 9, 6, false)); /* the engine went back to what was written */
}

/* ---- the table ----------------------------------------------------------------------------------- */

static void test_an_id_finds_its_session_until_it_closes_and_never_its_successor(void **state)
{
    (void)state;
    uint64_t seen[40];
    for (int i = 0; i < 40; i++) {
        struct session *session = session_table_open(&table);
        assert_non_null(session);
        assert_true(session->id != 0);
        for (int k = 0; k < i; k++) {
            assert_true(seen[k] != session->id);
            assert_null(session_table_find(&table, seen[k]));
        }
        seen[i] = session->id;
        assert_ptr_equal(session, session_table_find(&table, session->id));
        session_table_close(&table, session);
    }
    assert_null(session_table_find(&table, 0));
    assert_null(session_table_find(&table, UINT64_MAX));
}

static void test_a_full_table_says_so_and_has_room_again_after_a_close(void **state)
{
    (void)state;
    struct session *sessions[4];
    for (int i = 0; i < 4; i++) {
        sessions[i] = session_table_open(&table);
        assert_non_null(sessions[i]);
    }
    assert_null(session_table_open(&table));
    session_table_close(&table, sessions[2]);
    assert_ptr_equal(sessions[2], session_table_open(&table));
    assert_null(session_table_open(&table));
}

static void test_a_player_has_the_session_that_came_last(void **state)
{
    (void)state;
    struct session *first = session_table_open(&table);
    struct session *second = session_table_open(&table);
    struct session *other = session_table_open(&table);
    assert_null(session_table_identify(&table, first, "ada"));
    assert_null(session_table_identify(&table, other, "adam"));
    assert_ptr_equal(first, session_table_identify(&table, second, "ada"));
    session_table_close(&table, first);
    assert_ptr_equal(second, session_table_find_player(&table, "ada"));
    assert_ptr_equal(other, session_table_find_player(&table, "adam"));
    assert_null(session_table_find_player(&table, "ad"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_but_authenticate_is_heard_before_it),
        cmocka_unit_test(test_inputs_are_admitted_only_in_a_match_and_never_an_error_after_it),
        cmocka_unit_test(test_lines_are_said_only_in_a_match_and_elsewhere_an_error),
        cmocka_unit_test(test_a_rate_is_set_in_a_match_only_and_never_an_error_after_it),
        cmocka_unit_test(test_a_second_ticket_or_seat_is_misplaced),
        cmocka_unit_test(test_the_way_from_ticket_to_match_and_back),
        cmocka_unit_test(test_late_news_change_nothing),
        cmocka_unit_test(test_a_session_owes_what_it_has_when_it_ends),
        cmocka_unit_test(test_only_a_snapshot_that_follows_the_last_written_one_is_written),
        cmocka_unit_test(test_a_backed_up_socket_is_written_nothing_and_the_skips_are_reported_once),
        cmocka_unit_test_setup_teardown(test_an_id_finds_its_session_until_it_closes_and_never_its_successor, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_table_says_so_and_has_room_again_after_a_close, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_player_has_the_session_that_came_last, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
