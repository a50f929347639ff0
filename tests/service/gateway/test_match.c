/* SPDX-License-Identifier: Apache-2.0 */
/* From the ticket to the end of the match, in both encodings; the test plays matchmaker and engine. */
#include "tests/support/gateway_host.h"
#include "tests/support/played.h"
#include "tests/support/player.h"
#include "tests/support/turn.h"

#include "proto/match.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MATCH_ID  "0123456789abcdef0123456789abcdef"
#define TICKET_ID "fedcba9876543210fedcba9876543210"

static struct {
    uv_loop_t loop;
    struct gateway_host host;
    struct played matchmaker, engine;
    uint32_t rate_hz; /* that players wish for when they join */
} cast;

static char *writable(const char *constant)
{
    static char texts[16][1024];
    static size_t next;
    char *text = texts[next++ % 16];
    (void)snprintf(text, sizeof texts[0], "%s", constant);
    return text;
}

static bool gateway_sees_all(void *data)
{
    (void)data;
    return support_log_contains(&cast.host.process, "\"dependency\":\"matchmaker\",\"up\":true") &&
           support_log_contains(&cast.host.process, "\"dependency\":\"game-engine\",\"up\":true");
}

static int set_up(void **state)
{
    (void)state;
    static const char *const settings[] = {"PEER_LOST_MS=1000", "REQUEST_TIMEOUT_MS=1000", NULL};
    cast.rate_hz = 0;
    uv_loop_init(&cast.loop);
    gateway_host_start(&cast.host, settings);
    played_open(&cast.matchmaker, &cast.loop, "matchmaker");
    played_open(&cast.engine, &cast.loop, "game-engine");
    assert_true(turn_until_holds(&cast.loop, gateway_sees_all, NULL, 10000));
    return 0;
}

static int tear_down(void **state)
{
    (void)support_stop(&cast.host.process);
    turn_for(&cast.loop, 20); /* the played daemons see its connections end */
    played_close(&cast.matchmaker);
    played_close(&cast.engine);
    return support_kill_all(state);
}

/* ---- the matchmaker's and the engine's lines ----------------------------------------------------- */

static void answer_ticket(unsigned nth, const char *player)
{
    const struct played_envelope *asked =
        played_wait(&cast.matchmaker, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_TICKET, nth);
    Mma__CreateTicket *request = mma__create_ticket__unpack(NULL, asked->size, asked->payload);
    assert_non_null(request);
    assert_string_equal(player, request->player_id);
    assert_string_equal("duel", request->queue);
    assert_int_equal(1, request->n_latencies);
    assert_string_equal("eu_west", request->latencies[0]->region);
    Mma__Ticket ticket;
    mma__ticket__init(&ticket);
    ticket.id = writable(TICKET_ID);
    ticket.player_id = request->player_id;
    ticket.queue = request->queue;
    ticket.state = MMA__TICKET_STATE__QUEUED;
    mailbox_reply(cast.matchmaker.mailbox, &asked->to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET, &ticket.base);
    mma__create_ticket__free_unpacked(request, NULL);
}

static void tell_match_found(uint64_t session_id, const char *player)
{
    Mma__TicketUpdate update;
    Mma__Ticket ticket;
    Mma__Assignment assignment;
    mma__ticket_update__init(&update);
    mma__ticket__init(&ticket);
    mma__assignment__init(&assignment);
    assignment.match_id = writable(MATCH_ID);
    assignment.token = writable(gateway_join_token(player, MATCH_ID, cast.engine.entry.mailbox));
    ticket.id = writable(TICKET_ID);
    ticket.queue = writable("duel");
    ticket.state = MMA__TICKET_STATE__COMPLETED;
    ticket.assignment = &assignment;
    update.session_id = session_id;
    update.ticket = &ticket;
    update.region = writable("eu_west");
    played_tell(&cast.matchmaker, cast.host.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET_UPDATE, &update.base);
}

static void answer_join(unsigned nth, const char *player)
{
    const struct played_envelope *asked = played_wait(&cast.engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN, nth);
    Mma__Join *request = mma__join__unpack(NULL, asked->size, asked->payload);
    assert_non_null(request);
    assert_string_equal(player, request->player_id);
    assert_string_equal(MATCH_ID, request->match_id);
    assert_int_equal(cast.rate_hz, request->rate_hz);
    Mma__Joined joined;
    Mma__MatchJoined for_client;
    Mma__MatchSeat seat, *seats[] = {&seat};
    mma__joined__init(&joined);
    mma__match_joined__init(&for_client);
    mma__match_seat__init(&seat);
    seat.player_id = writable(player);
    for_client.match_id = request->match_id;
    for_client.tick_rate_hz = 60;
    for_client.map = writable("duel");
    for_client.mode = writable("duel");
    for_client.n_seats = 1;
    for_client.seats = seats;
    joined.session_id = request->session_id;
    joined.joined = &for_client;
    mailbox_reply(cast.engine.mailbox, &asked->to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOINED, &joined.base);
    mma__join__free_unpacked(request, NULL);
}

static void send_snapshot(uint64_t session_id, uint32_t tick, uint32_t baseline_tick, const char *bytes)
{
    Mma__Snapshots snapshots;
    Mma__SessionSnapshot snapshot, *list[] = {&snapshot};
    mma__snapshots__init(&snapshots);
    mma__session_snapshot__init(&snapshot);
    snapshot.session_id = session_id;
    snapshot.tick = tick;
    snapshot.baseline_tick = baseline_tick;
    snapshot.snapshot.data = (uint8_t *)writable(bytes);
    snapshot.snapshot.len = strlen(bytes);
    snapshots.n_snapshots = 1;
    snapshots.snapshots = list;
    played_tell(&cast.engine, cast.host.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SNAPSHOTS, &snapshots.base);
}

static void tell_match_over(uint64_t session_id)
{
    Mma__MatchOver over;
    Mma__MatchEnded ended;
    mma__match_over__init(&over);
    mma__match_ended__init(&ended);
    ended.match_id = writable(MATCH_ID);
    ended.ticks = 600;
    over.n_session_ids = 1;
    over.session_ids = &session_id;
    over.ended = &ended;
    played_tell(&cast.engine, cast.host.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_OVER, &over.base);
}

/* Connects and takes a seat; answers the session's id. */
static uint64_t join(struct player *player, enum player_encoding encoding, const char *name)
{
    player_connect(player, &cast.loop, cast.host.port, encoding, gateway_token(name));
    uint64_t session_id = player_wait(player, MMA__SERVER_MESSAGE__BODY_WELCOME, 1)->welcome->session_id;
    player_say_join(player, 5, gateway_join_token(name, MATCH_ID, cast.engine.entry.mailbox));
    answer_join(1, name);
    assert_int_equal(5, player_wait(player, MMA__SERVER_MESSAGE__BODY_MATCH_JOINED, 1)->cid);
    return session_id;
}

/* ---- tests --------------------------------------------------------------------------------------- */

static void play_whole_match(enum player_encoding encoding, const char *name)
{
    struct player player;
    player_connect(&player, &cast.loop, cast.host.port, encoding, gateway_token(name));
    const Mma__Welcome *welcome = player_wait(&player, MMA__SERVER_MESSAGE__BODY_WELCOME, 1)->welcome;
    uint64_t session_id = welcome->session_id;
    assert_string_equal(name, welcome->player_id);
    assert_int_equal(60, welcome->tick_rate_hz);
    assert_int_equal(4096, welcome->message_bytes_max);

    player_say_create_ticket(&player, 3, "duel");
    answer_ticket(1, name);
    const Mma__ServerMessage *ticket = player_wait(&player, MMA__SERVER_MESSAGE__BODY_TICKET, 1);
    assert_int_equal(3, ticket->cid);
    assert_int_equal(MMA__TICKET_STATE__QUEUED, ticket->ticket->state);
    player_say_create_ticket(&player, 4, "duel");
    assert_string_equal("create_ticket", player_wait_error(&player, "INVALID_STATE")->context);

    tell_match_found(session_id, name);
    const Mma__MatchFound *found = player_wait(&player, MMA__SERVER_MESSAGE__BODY_MATCH_FOUND, 1)->match_found;
    assert_string_equal(MATCH_ID, found->match_id);
    assert_string_equal(TICKET_ID, found->ticket_id);
    assert_string_equal("eu_west", found->region);
    player.rate_hz = cast.rate_hz = 30;
    player_say_join(&player, 9, found->join_token);
    answer_join(1, name);
    const Mma__ServerMessage *joined = player_wait(&player, MMA__SERVER_MESSAGE__BODY_MATCH_JOINED, 1);
    assert_int_equal(9, joined->cid);
    assert_string_equal(name, joined->match_joined->seats[0]->player_id);

    player_say_input(&player, 41);
    const struct played_envelope *sent = played_wait(&cast.engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS, 1);
    Mma__Inputs *inputs = mma__inputs__unpack(NULL, sent->size, sent->payload);
    assert_non_null(inputs);
    assert_int_equal(1, inputs->n_inputs);
    assert_true(inputs->inputs[0]->session_id == session_id);
    assert_true(inputs->inputs[0]->input.len > 0);
    mma__inputs__free_unpacked(inputs, NULL);

    send_snapshot(session_id, 10, 0, "the first picture");
    send_snapshot(session_id, 11, 10, "and the next");
    const Mma__ServerMessage *snapshot = player_wait(&player, MMA__SERVER_MESSAGE__BODY_SNAPSHOT, 2);
    assert_int_equal(12, snapshot->snapshot.len);
    assert_memory_equal("and the next", snapshot->snapshot.data, 12);

    tell_match_over(session_id);
    assert_int_equal(600, player_wait(&player, MMA__SERVER_MESSAGE__BODY_MATCH_ENDED, 1)->match_ended->ticks);
    player_say_input(&player, 42); /* too late, and no fault */
    player_say_empty(&player, 12, MMA__CLIENT_MESSAGE__BODY_PING);
    assert_int_equal(77, player_wait(&player, MMA__SERVER_MESSAGE__BODY_PONG, 1)->pong->client_time);
    assert_int_equal(1, player_count(&player, MMA__SERVER_MESSAGE__BODY_ERROR));
    player_close(&player);
}

static void test_a_player_goes_from_ticket_to_result_in_msgpack(void **state)
{
    (void)state;
    play_whole_match(PLAYER_MSGPACK, "ada");
}

static void test_a_player_goes_from_ticket_to_result_in_protobuf(void **state)
{
    (void)state;
    play_whole_match(PLAYER_PROTOBUF, "bob");
}

static void test_a_snapshot_that_does_not_follow_is_skipped_and_reported(void **state)
{
    (void)state;
    struct player player;
    uint64_t session_id = join(&player, PLAYER_MSGPACK, "cyd");
    send_snapshot(session_id, 9, 8, "not after what was written");
    const struct played_envelope *sent = played_wait(&cast.engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS, 1);
    Mma__Inputs *inputs = mma__inputs__unpack(NULL, sent->size, sent->payload);
    assert_non_null(inputs);
    assert_int_equal(1, inputs->inputs[0]->skipped);
    assert_int_equal(0, inputs->inputs[0]->written_tick);
    assert_int_equal(0, inputs->inputs[0]->input.len);
    mma__inputs__free_unpacked(inputs, NULL);
    send_snapshot(session_id, 10, 0, "a keyframe");
    (void)player_wait(&player, MMA__SERVER_MESSAGE__BODY_SNAPSHOT, 1);
    assert_int_equal(1, player_count(&player, MMA__SERVER_MESSAGE__BODY_SNAPSHOT));
    player_close(&player);
    (void)played_wait(&cast.engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_LEAVE, 1);
}

static void test_a_rate_that_is_set_in_the_match_reaches_the_engine(void **state)
{
    (void)state;
    struct player player;
    uint64_t session_id = join(&player, PLAYER_PROTOBUF, "eve");
    player_say_rate(&player, 20);
    const struct played_envelope *sent = played_wait(&cast.engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS, 1);
    Mma__Inputs *inputs = mma__inputs__unpack(NULL, sent->size, sent->payload);
    assert_non_null(inputs);
    assert_true(inputs->inputs[0]->session_id == session_id);
    assert_non_null(inputs->inputs[0]->set_rate);
    assert_int_equal(20, inputs->inputs[0]->set_rate->rate_hz);
    assert_int_equal(0, inputs->inputs[0]->input.len);
    mma__inputs__free_unpacked(inputs, NULL);
    player_close(&player);
    (void)played_wait(&cast.engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_LEAVE, 1);
}

static void test_a_newer_session_of_a_player_ends_the_older(void **state)
{
    (void)state;
    struct player older, newer;
    (void)join(&older, PLAYER_PROTOBUF, "dee");
    player_connect(&newer, &cast.loop, cast.host.port, PLAYER_MSGPACK, gateway_token("dee"));
    (void)player_wait(&newer, MMA__SERVER_MESSAGE__BODY_WELCOME, 1);
    player_wait_closed(&older, 4011);
    const struct played_envelope *sent = played_wait(&cast.engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_LEAVE, 1);
    Mma__Leave *leave = mma__leave__unpack(NULL, sent->size, sent->payload);
    assert_non_null(leave);
    assert_string_equal("REPLACED", leave->reason);
    mma__leave__free_unpacked(leave, NULL);
    player_close(&older);
    player_close(&newer);
}

static void test_a_join_token_of_another_player_is_refused(void **state)
{
    (void)state;
    struct player player;
    player_connect(&player, &cast.loop, cast.host.port, PLAYER_MSGPACK, gateway_token("eve"));
    player_say_join(&player, 6, gateway_join_token("ada", MATCH_ID, cast.engine.entry.mailbox));
    assert_string_equal("join_match.join_token", player_wait_error(&player, "UNAUTHORIZED")->context);
    player_say_empty(&player, 7, MMA__CLIENT_MESSAGE__BODY_PING);
    (void)player_wait(&player, MMA__SERVER_MESSAGE__BODY_PONG, 1);
    assert_int_equal(0, played_count(&cast.engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN));
    player_close(&player);
}

static void test_what_the_engine_refuses_reaches_the_client_by_its_reason(void **state)
{
    (void)state;
    struct player player;
    player_connect(&player, &cast.loop, cast.host.port, PLAYER_MSGPACK, gateway_token("fay"));
    player_say_join(&player, 8, gateway_join_token("fay", MATCH_ID, cast.engine.entry.mailbox));
    const struct played_envelope *asked = played_wait(&cast.engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN, 1);
    mailbox_refuse(cast.engine.mailbox, &asked->to, STATUS_NOT_FOUND, "GAME_NOT_FOUND", "there is no such match");
    assert_string_equal("there is no such match", player_wait_error(&player, "GAME_NOT_FOUND")->message);
    player_say_create_ticket(&player, 9, "duel"); /* it is back where it was */
    answer_ticket(1, "fay");
    (void)player_wait(&player, MMA__SERVER_MESSAGE__BODY_TICKET, 1);
    player_close(&player);
    (void)played_wait(&cast.matchmaker, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CANCEL_TICKET, 1);
}

static void test_players_of_a_lost_engine_are_told(void **state)
{
    (void)state;
    struct player player;
    uint64_t session_id = join(&player, PLAYER_PROTOBUF, "gil");
    send_snapshot(session_id, 10, 0, "a keyframe");
    (void)player_wait(&player, MMA__SERVER_MESSAGE__BODY_SNAPSHOT, 1);
    played_close(&cast.engine);
    (void)player_wait_error(&player, "GAME_NOT_FOUND");
    played_open(&cast.engine, &cast.loop, "game-engine"); /* for the teardown */
    player_close(&player);
}

static void test_a_matchmaker_that_is_away_is_an_error_not_a_silence(void **state)
{
    (void)state;
    struct player player;
    player_connect(&player, &cast.loop, cast.host.port, PLAYER_MSGPACK, gateway_token("hal"));
    player_say_create_ticket(&player, 3, "duel"); /* listed, but it does not answer */
    (void)player_wait_error(&player, "MATCHMAKER_UNAVAILABLE");
    player_say_empty(&player, 4, MMA__CLIENT_MESSAGE__BODY_PING);
    (void)player_wait(&player, MMA__SERVER_MESSAGE__BODY_PONG, 1);
    player_close(&player);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_player_goes_from_ticket_to_result_in_msgpack, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_player_goes_from_ticket_to_result_in_protobuf, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_snapshot_that_does_not_follow_is_skipped_and_reported, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_rate_that_is_set_in_the_match_reaches_the_engine, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_newer_session_of_a_player_ends_the_older, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_join_token_of_another_player_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_the_engine_refuses_reaches_the_client_by_its_reason, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_players_of_a_lost_engine_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_matchmaker_that_is_away_is_an_error_not_a_silence, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
