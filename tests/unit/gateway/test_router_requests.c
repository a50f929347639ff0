/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/gateway/router_fixture.h"

/* ---- tickets ----------------------------------------------------------------------------------- */

static void test_a_ticket_is_asked_of_the_matchmaker_and_its_answer_handed_on(void **state)
{
    (void)state;
    struct session *session = connect_as("ada");
    gateway_router_create_ticket(router, session, 4, &effects);
    uint64_t id = sent_request(GATEWAY_REQUEST_CREATE_TICKET, MATCHMAKER);
    assert_int_equal(session->state, SESSION_QUEUED);
    answer(id, &good);
    assert_int_equal(effects.items[0].cid, 4);
    assert_int_equal(effects.items[0].answer.kind, GATEWAY_REQUEST_CREATE_TICKET);
    EXPECT(GATEWAY_SEND_ANSWER);
    answer(id, &good); /* twice: the second finds nothing */
    EXPECT_NOTHING();
}

static void test_without_a_matchmaker_or_its_answer_the_ticket_is_lost_and_the_client_knows(void **state)
{
    (void)state;
    struct session *session = connect_as("ada");
    list(BACKEND_MATCHMAKER, NULL);
    gateway_router_create_ticket(router, session, 4, &effects);
    assert_string_equal(effects.items[1].error.code, "MATCHMAKER_UNAVAILABLE");
    EXPECT(GATEWAY_REQUEST_FAILED, GATEWAY_SEND_ERROR);
    assert_int_equal(session->state, SESSION_AUTHENTICATED);
    list(BACKEND_MATCHMAKER, MATCHMAKER);
    gateway_router_create_ticket(router, session, 5, &effects);
    answer(sent_request(GATEWAY_REQUEST_CREATE_TICKET, MATCHMAKER), &missing);
    assert_int_equal(effects.items[0].failed.status, STATUS_EXPIRED);
    assert_string_equal(effects.items[0].failed.request, "create_ticket");
    EXPECT(GATEWAY_REQUEST_FAILED, GATEWAY_SEND_ERROR);
    assert_int_equal(session->state, SESSION_AUTHENTICATED);
}

static void test_a_refusal_is_handed_on_in_the_refuser_s_words(void **state)
{
    (void)state;
    struct session *session = connect_as("ada");
    gateway_router_create_ticket(router, session, 4, &effects);
    answer(sent_request(GATEWAY_REQUEST_CREATE_TICKET, MATCHMAKER), &refused);
    assert_string_equal(effects.items[0].error.code, "GAME_FULL");
    assert_string_equal(effects.items[0].error.message, "no seat is free");
    assert_string_equal(effects.items[0].error.context, "create_ticket");
    EXPECT(GATEWAY_SEND_ERROR);
}

static void test_a_cancelled_ticket_leaves_the_queue_only_when_the_matchmaker_says_so(void **state)
{
    (void)state;
    struct session *session = connect_as("ada");
    gateway_router_create_ticket(router, session, 4, &effects);
    answer(sent_request(GATEWAY_REQUEST_CREATE_TICKET, MATCHMAKER), &good);
    effects.count = 0;
    gateway_router_cancel_ticket(router, session, 5, &effects);
    uint64_t id = sent_request(GATEWAY_REQUEST_CANCEL_TICKET, MATCHMAKER);
    answer(id, &missing);
    EXPECT(GATEWAY_REQUEST_FAILED, GATEWAY_SEND_ERROR);
    assert_int_equal(session->state, SESSION_QUEUED); /* it may be open still */
    gateway_router_cancel_ticket(router, session, 6, &effects);
    answer(sent_request(GATEWAY_REQUEST_CANCEL_TICKET, MATCHMAKER), &good);
    EXPECT(GATEWAY_SEND_ANSWER);
    assert_int_equal(session->state, SESSION_AUTHENTICATED);
}

static void test_changes_of_a_ticket_reach_its_session(void **state)
{
    (void)state;
    struct session *session = connect_as("ada");
    gateway_router_create_ticket(router, session, 4, &effects);
    answer(sent_request(GATEWAY_REQUEST_CREATE_TICKET, MATCHMAKER), &good);
    effects.count = 0;
    gateway_router_ticket_changed(router, session->id, GATEWAY_TICKET_OPEN, &effects);
    EXPECT(GATEWAY_SEND_TICKET);
    gateway_router_ticket_changed(router, session->id, GATEWAY_TICKET_MATCHED, &effects);
    EXPECT(GATEWAY_SEND_TICKET, GATEWAY_SEND_MATCH_FOUND);
    assert_int_equal(session->state, SESSION_MATCHED);
    gateway_router_ticket_changed(router, session->id + 1, GATEWAY_TICKET_OPEN, &effects);
    EXPECT_NOTHING();
    struct session *other = connect_as("bob");
    gateway_router_create_ticket(router, other, 4, &effects);
    effects.count = 0;
    gateway_router_ticket_changed(router, other->id, GATEWAY_TICKET_CLOSED, &effects);
    EXPECT(GATEWAY_SEND_TICKET);
    assert_int_equal(other->state, SESSION_AUTHENTICATED);
}

static void test_who_goes_while_queued_has_the_ticket_cancelled(void **state)
{
    (void)state;
    struct session *session = connect_as("ada");
    gateway_router_create_ticket(router, session, 4, &effects);
    answer(sent_request(GATEWAY_REQUEST_CREATE_TICKET, MATCHMAKER), &good);
    effects.count = 0;
    gateway_router_closed(router, session, GATEWAY_CLOSE_NONE, now_ms, &effects);
    assert_int_equal(effects.items[0].request.kind, GATEWAY_REQUEST_CANCEL_TICKET);
    assert_string_equal(effects.items[0].request.player_id, "ada");
    assert_int_equal(effects.items[0].slot, SESSION_NONE);
    uint64_t id = effects.items[0].request.id;
    assert_string_equal(effects.items[1].ended.reason, "DROPPED");
    EXPECT(GATEWAY_SEND_REQUEST, GATEWAY_SESSION_ENDED);
    answer(id, &missing); /* nobody waits for it */
    EXPECT_NOTHING();
}

/* ---- matches ----------------------------------------------------------------------------------- */

static void test_a_join_takes_the_token_s_seat_at_its_engine(void **state)
{
    (void)state;
    struct session *session = joined_as("ada");
    assert_int_equal(router->backends.items[session->backend].users, 1);
    assert_string_equal(router->backends.items[session->backend].url, ENGINE);
    assert_int_equal(session->written_tick, 0);
}

static void test_another_player_s_seat_and_a_bad_token_are_refused(void **state)
{
    (void)state;
    struct session *session = connect_as("ada");
    const struct gateway_seat seat = {.player_id = "bob", .engine = ENGINE};
    gateway_router_join(router, session, 7, &seat, now_ms, &effects);
    assert_string_equal(effects.items[0].error.code, "UNAUTHORIZED");
    assert_string_equal(effects.items[0].error.message, "TOKEN_BAD_CLAIMS");
    EXPECT(GATEWAY_SEND_ERROR);
    gateway_router_join_refused(session, 8, "TOKEN_EXPIRED", &effects);
    assert_string_equal(effects.items[0].error.context, "join_match.join_token");
    assert_int_equal(effects.items[0].cid, 8);
    EXPECT(GATEWAY_SEND_ERROR);
    assert_int_equal(session->state, SESSION_AUTHENTICATED);
}

static void test_a_join_without_an_answer_is_undone_at_the_engine(void **state)
{
    (void)state;
    struct session *session = connect_as("ada");
    uint64_t id = ask_to_join(session);
    answer(id, &missing);
    assert_string_equal(effects.items[0].post.url, ENGINE);
    assert_string_equal(effects.items[0].post.reason, "DROPPED");
    assert_true(effects.items[0].session_id == session->id);
    EXPECT(GATEWAY_SEND_LEAVE, GATEWAY_REQUEST_FAILED, GATEWAY_SEND_ERROR);
    assert_int_equal(session->state, SESSION_AUTHENTICATED);
    assert_int_equal(session->backend, SESSION_NONE);
    id = ask_to_join(session);
    answer(id, &refused); /* it says itself that nobody was seated */
    EXPECT(GATEWAY_SEND_ERROR);
}

static void test_a_seat_that_comes_too_late_is_given_back(void **state)
{
    (void)state;
    struct session *session = connect_as("ada");
    uint64_t session_id = session->id, id = ask_to_join(session);
    gateway_router_leave(router, session, &effects);
    assert_string_equal(effects.items[0].post.reason, "CONSENTED");
    EXPECT(GATEWAY_SEND_LEAVE);
    answer(id, &good);
    assert_true(effects.items[0].session_id == session_id);
    assert_string_equal(effects.items[0].post.reason, "DROPPED");
    EXPECT(GATEWAY_SEND_LEAVE);
    struct gateway_answer unreadable = good;
    unreadable.is_complete = false;
    answer(ask_to_join(session), &unreadable);
    EXPECT(GATEWAY_SEND_LEAVE);
}

static void test_an_answer_to_an_older_request_does_not_reach_the_newer(void **state)
{
    (void)state;
    struct session *session = connect_as("ada");
    uint64_t first = ask_to_join(session);
    gateway_router_leave(router, session, &effects);
    effects.count = 0;
    uint64_t second = ask_to_join(session);
    answer(first, &missing);
    EXPECT(GATEWAY_SEND_LEAVE);
    assert_int_equal(session->state, SESSION_JOINING);
    answer(second, &good);
    EXPECT(GATEWAY_SEND_ANSWER);
    assert_int_equal(session->state, SESSION_JOINED);
}

static void test_the_end_of_a_match_reaches_those_who_are_in_it(void **state)
{
    (void)state;
    struct session *session = joined_as("ada");
    uint32_t engine = session->backend;
    gateway_router_match_over(router, engine + 1, session->id, &effects); /* of another engine */
    gateway_router_match_over(router, BACKEND_NONE, session->id, &effects);
    gateway_router_match_over(router, engine, session->id + 1, &effects);
    EXPECT_NOTHING();
    gateway_router_match_over(router, engine, session->id, &effects);
    EXPECT(GATEWAY_SEND_MATCH_ENDED);
    assert_int_equal(session->state, SESSION_AUTHENTICATED);
    assert_int_equal(router->backends.items[engine].users, 0);
}

static void test_who_goes_while_playing_leaves_its_seat(void **state)
{
    (void)state;
    struct session *session = joined_as("ada");
    gateway_router_closed(router, session, GATEWAY_CLOSE_NONE, now_ms, &effects);
    assert_string_equal(effects.items[0].post.reason, "DROPPED");
    EXPECT(GATEWAY_SEND_LEAVE, GATEWAY_SESSION_ENDED);
    session = joined_as("ada");
    gateway_router_stop(router);
    gateway_router_closed(router, session, GATEWAY_CLOSE_NONE, now_ms, &effects);
    EXPECT(GATEWAY_SESSION_ENDED); /* nothing can be sent any more */
}

static void test_chat_goes_to_the_engine_and_its_failure_changes_nothing(void **state)
{
    (void)state;
    struct session *session = joined_as("ada");
    gateway_router_chat(router, session, 3, &effects);
    answer(sent_request(GATEWAY_REQUEST_CHAT, ENGINE), &missing);
    EXPECT(GATEWAY_REQUEST_FAILED, GATEWAY_SEND_ERROR);
    assert_int_equal(session->state, SESSION_JOINED);
    gateway_router_chat(router, session, 4, &effects);
    answer(sent_request(GATEWAY_REQUEST_CHAT, ENGINE), &good);
    EXPECT(GATEWAY_SEND_ANSWER);
}

static void test_players_of_an_engine_that_is_gone_are_told(void **state)
{
    (void)state;
    struct session *session = joined_as("ada");
    now_ms += rules.backend_lost_ms;
    sweep(1);
    EXPECT_NOTHING(); /* silent, but listed */
    list(BACKEND_ENGINE, NULL);
    assert_int_equal(gateway_router_heard(router, ENGINE, now_ms), session->backend);
    now_ms += rules.backend_lost_ms - 1;
    sweep(1);
    EXPECT_NOTHING(); /* heard of late */
    now_ms += 1;
    sweep(1);
    assert_string_equal(effects.items[0].lost.url, ENGINE);
    assert_int_equal(effects.items[0].lost.sessions, 1);
    assert_string_equal(effects.items[1].error.code, "GAME_NOT_FOUND");
    EXPECT(GATEWAY_BACKEND_LOST, GATEWAY_SEND_ERROR);
    assert_int_equal(session->state, SESSION_AUTHENTICATED);
    assert_int_equal(gateway_router_heard(router, ENGINE, now_ms), BACKEND_NONE);
}

static void test_a_lost_engine_with_many_players_is_one_loss_and_reaches_all(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 150; i++) {
        char player[8] = {'p', (char)('0' + i / 100), (char)('0' + i / 10 % 10), (char)('0' + i % 10)};
        (void)joined_as(player);
    }
    list(BACKEND_ENGINE, NULL);
    now_ms += rules.backend_lost_ms;
    uint32_t losses = 0, errors = 0;
    bool is_done;
    do {
        is_done = gateway_router_sweep(router, 150, now_ms, &effects);
        for (uint32_t i = 0; i < effects.count; i++) {
            losses += effects.items[i].kind == GATEWAY_BACKEND_LOST;
            errors += effects.items[i].kind == GATEWAY_SEND_ERROR;
        }
        effects.count = 0;
    } while (!is_done);
    assert_int_equal(losses, 1);
    assert_int_equal(errors, 150);
}

/* ---- watching ---------------------------------------------------------------------------------- */

static void test_a_viewer_is_entered_into_the_stream_of_the_answer(void **state)
{
    (void)state;
    struct session *session = watching_as("ada");
    const struct stream *stream = gateway_router_stream(router, session->backend, 44);
    assert_non_null(stream);
    assert_int_equal(stream->viewers, 1);
    assert_string_equal(stream->match_id, MATCH_ID);
    assert_null(gateway_router_stream(router, session->backend, 45));
    assert_null(gateway_router_stream(router, BACKEND_NONE, 44));
    assert_int_equal(router->watchers, 1);
    assert_int_equal(gateway_router_offer(router, session, 5, 4, 0), GATEWAY_SNAPSHOT_SKIP); /* no engine to tell */
    gateway_router_stop_watching(router, session, &effects);
    assert_true(effects.items[0].post.stream_id == 44);
    assert_string_equal(effects.items[0].post.url, SPECTATOR);
    EXPECT(GATEWAY_SEND_UNWATCH);
    assert_int_equal(router->watchers, 0);
}

static void test_a_watch_that_is_answered_too_late_is_undone(void **state)
{
    (void)state;
    struct session *session = connect_as("ada");
    gateway_router_watch(router, session, 9, now_ms, &effects);
    uint64_t id = sent_request(GATEWAY_REQUEST_WATCH, SPECTATOR);
    gateway_router_stop_watching(router, session, &effects);
    EXPECT_NOTHING(); /* what is to be undone is not known yet */
    struct gateway_answer watching = good;
    watching.stream_id = 44;
    watching.match_id = MATCH_ID;
    answer(id, &watching);
    assert_true(effects.items[0].post.stream_id == 44);
    EXPECT(GATEWAY_SEND_UNWATCH);
}

static void test_an_unreadable_answer_to_a_watch_cannot_be_undone(void **state)
{
    (void)state;
    struct session *session = connect_as("ada");
    const struct gateway_answer unreadable = {.status = STATUS_OK, .has_reply = true};
    gateway_router_watch(router, session, 9, now_ms, &effects);
    answer(sent_request(GATEWAY_REQUEST_WATCH, SPECTATOR), &unreadable);
    EXPECT_NOTHING();
}

static void test_watching_is_limited_by_address_and_needs_a_spectator(void **state)
{
    (void)state;
    list(BACKEND_SPECTATOR, NULL);
    struct session *session = connect_as("ada");
    gateway_router_watch(router, session, 1, now_ms, &effects);
    assert_string_equal(effects.items[0].error.code, "SPECTATOR_UNAVAILABLE");
    EXPECT(GATEWAY_SEND_ERROR);
    gateway_router_watch(router, session, 2, now_ms, &effects);
    effects.count = 0;
    gateway_router_watch(router, session, 3, now_ms, &effects); /* the third of two a minute */
    assert_string_equal(effects.items[0].error.code, "RATE_LIMITED");
    EXPECT(GATEWAY_SEND_ERROR);
    assert_int_equal(session->state, SESSION_AUTHENTICATED);
}

static void test_the_end_of_a_stream_reaches_all_its_viewers(void **state)
{
    (void)state;
    struct session *one = watching_as("ada"), *two = watching_as("bob");
    assert_true(gateway_router_stream_over(router, SPECTATOR, 45, "MATCH_OVER", &effects));
    EXPECT_NOTHING();
    assert_true(gateway_router_stream_over(router, SPECTATOR, 44, "MATCH_OVER", &effects));
    assert_string_equal(effects.items[0].watch_ended.match_id, MATCH_ID);
    assert_string_equal(effects.items[0].watch_ended.reason, "MATCH_OVER");
    EXPECT(GATEWAY_SEND_WATCH_ENDED, GATEWAY_SEND_WATCH_ENDED);
    assert_int_equal(one->state, SESSION_AUTHENTICATED);
    assert_int_equal(two->state, SESSION_AUTHENTICATED);
}

static void test_viewers_of_a_spectator_that_is_gone_are_told(void **state)
{
    (void)state;
    struct session *session = watching_as("ada");
    list(BACKEND_SPECTATOR, NULL);
    now_ms += rules.backend_lost_ms;
    sweep(1);
    assert_string_equal(effects.items[1].watch_ended.reason, "SPECTATOR_LOST");
    EXPECT(GATEWAY_BACKEND_LOST, GATEWAY_SEND_WATCH_ENDED);
    assert_int_equal(session->state, SESSION_AUTHENTICATED);
    (void)session;
}

static void test_who_goes_while_watching_is_taken_from_the_stream(void **state)
{
    (void)state;
    struct session *session = watching_as("ada");
    gateway_router_closed(router, session, GATEWAY_CLOSE_INTERNAL, now_ms, &effects);
    assert_string_equal(effects.items[1].ended.close_reason, "out of memory");
    EXPECT(GATEWAY_SEND_UNWATCH, GATEWAY_SESSION_ENDED);
    assert_int_equal(router->streams.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTER_TEST(test_a_ticket_is_asked_of_the_matchmaker_and_its_answer_handed_on),
        ROUTER_TEST(test_without_a_matchmaker_or_its_answer_the_ticket_is_lost_and_the_client_knows),
        ROUTER_TEST(test_a_refusal_is_handed_on_in_the_refuser_s_words),
        ROUTER_TEST(test_a_cancelled_ticket_leaves_the_queue_only_when_the_matchmaker_says_so),
        ROUTER_TEST(test_changes_of_a_ticket_reach_its_session),
        ROUTER_TEST(test_who_goes_while_queued_has_the_ticket_cancelled),
        ROUTER_TEST(test_a_join_takes_the_token_s_seat_at_its_engine),
        ROUTER_TEST(test_another_player_s_seat_and_a_bad_token_are_refused),
        ROUTER_TEST(test_a_join_without_an_answer_is_undone_at_the_engine),
        ROUTER_TEST(test_a_seat_that_comes_too_late_is_given_back),
        ROUTER_TEST(test_an_answer_to_an_older_request_does_not_reach_the_newer),
        ROUTER_TEST(test_the_end_of_a_match_reaches_those_who_are_in_it),
        ROUTER_TEST(test_who_goes_while_playing_leaves_its_seat),
        ROUTER_TEST(test_chat_goes_to_the_engine_and_its_failure_changes_nothing),
        ROUTER_TEST(test_players_of_an_engine_that_is_gone_are_told),
        ROUTER_TEST(test_a_lost_engine_with_many_players_is_one_loss_and_reaches_all),
        ROUTER_TEST(test_a_viewer_is_entered_into_the_stream_of_the_answer),
        ROUTER_TEST(test_a_watch_that_is_answered_too_late_is_undone),
        ROUTER_TEST(test_an_unreadable_answer_to_a_watch_cannot_be_undone),
        ROUTER_TEST(test_watching_is_limited_by_address_and_needs_a_spectator),
        ROUTER_TEST(test_the_end_of_a_stream_reaches_all_its_viewers),
        ROUTER_TEST(test_viewers_of_a_spectator_that_is_gone_are_told),
        ROUTER_TEST(test_who_goes_while_watching_is_taken_from_the_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
