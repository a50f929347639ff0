/* SPDX-License-Identifier: Apache-2.0 */
/* Players of the HTTP API and of the socket in one match, each by a join token, and one trace id from the ticket to the
 * replay. */
#include "libcommon/runtime/auth/jwt.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "tests/support/cluster.h"
#include "tests/support/http_client.h"
#include "tests/support/player.h"
#include "tests/support/snapshot_viewer.h"
#include "tests/support/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PLAYERS    4
#define BY_HTTP    2 /* the first of them */
#define TRACE_SIZE 33
#define INPUTS     30
#define LINES      5 /* a minute that a player may say */

static const char *const settings[] = {"MATCH_TIME_LIMIT_S=2", "MAX_PLAYERS_PER_GAME=4", "FFA_FILL_MS=10000",
                                       "MATCH_ROUND_MS=50", NULL};
static const char *const names[PLAYERS] = {"ada", "bob", "cyd", "dee"};
static const char *const traces[BY_HTTP] = {"4bf92f3577b34da6a3ce929d0e0e4736", "0af7651916cd43dd8448eb211c80319c"};

static struct {
    uv_loop_t loop;
    struct player players[PLAYERS];
    char tickets[PLAYERS][40];
    char tokens[PLAYERS][1024];
    char match_id[40];
    char engine[64];
    char trace[TRACE_SIZE]; /* the match's */
} cast;

static int set_up(void **state)
{
    (void)state;
    uv_loop_init(&cast.loop);
    cluster_init(settings);
    cluster_start_five();
    return 0;
}

static int tear_down(void **state)
{
    cluster_stop_all();
    uv_run(&cast.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&cast.loop), 0);
    return support_kill_all(state);
}

static void keep(char *out, size_t size, const char *text)
{
    assert_non_null(text);
    assert_true(strlen(text) > 0 && strlen(text) < size);
    snprintf(out, size, "%s", text);
}

/* ---- tickets ------------------------------------------------------------------------------------- */

static void enter_by_http(unsigned who)
{
    char url[64], body[128], traceparent[80];
    struct http_response response;
    snprintf(url, sizeof url, "http://127.0.0.1:%u/v1/tickets", (unsigned)cluster_port(CLUSTER_MATCHMAKER));
    snprintf(body, sizeof body, "{\"player_id\": \"%s\", \"queue\": \"ffa\"}", names[who]);
    snprintf(traceparent, sizeof traceparent, "traceparent: 00-%s-00f067aa0ba902b7-01", traces[who]);
    const char *const headers[] = {matchmaker_authorization(MATCHMAKER_API_SECRET, "mma-api", 600), traceparent, NULL};
    http_post_json(&response, url, headers, body);
    if (response.status != 201) {
        fail_msg("POST /v1/tickets: %ld %s", response.status, response.body);
    }
    json_t *ticket = http_response_json(&response);
    keep(cast.tickets[who], sizeof cast.tickets[0], json_string_value(json_object_get(ticket, "id")));
    json_decref(ticket);
    http_response_free(&response);
}

static bool has_assignment(void *owner)
{
    const unsigned who = *(const unsigned *)owner;
    struct matchmaker_host api = {.port = cluster_port(CLUSTER_MATCHMAKER)};
    char path[80];
    snprintf(path, sizeof path, "/v1/tickets/%s", cast.tickets[who]);
    json_t *ticket = matchmaker_call(&api, "GET", path, NULL, 200);
    const json_t *assignment = json_object_get(ticket, "assignment");
    bool is_completed = strcmp(json_string_value(json_object_get(ticket, "state")), "COMPLETED") == 0;
    if (is_completed) {
        keep(cast.tokens[who], sizeof cast.tokens[0], json_string_value(json_object_get(assignment, "token")));
        keep(cast.match_id, sizeof cast.match_id, json_string_value(json_object_get(assignment, "match_id")));
    }
    json_decref(ticket);
    return is_completed;
}

static void connect_player(unsigned who)
{
    player_connect(&cast.players[who], &cast.loop, cluster_port(CLUSTER_GATEWAY),
                   who % 2 ? PLAYER_PROTOBUF : PLAYER_MSGPACK, gateway_token(names[who]));
    (void)player_wait(&cast.players[who], MMA__SERVER_MESSAGE__BODY_WELCOME, 1);
}

static void test_tickets_of_both_ways_come_into_one_match(void **state)
{
    (void)state;
    for (unsigned who = 0; who < BY_HTTP; who++) {
        enter_by_http(who);
    }
    for (unsigned who = BY_HTTP; who < PLAYERS; who++) {
        connect_player(who);
        player_say_create_ticket(&cast.players[who], 1, "ffa");
    }
    for (unsigned who = 0; who < BY_HTTP; who++) {
        assert_true(turn_until_holds(&cast.loop, has_assignment, &who, 10000));
    }
    for (unsigned who = BY_HTTP; who < PLAYERS; who++) {
        const Mma__MatchFound *found =
            player_wait(&cast.players[who], MMA__SERVER_MESSAGE__BODY_MATCH_FOUND, 1)->match_found;
        keep(cast.tokens[who], sizeof cast.tokens[0], found->join_token);
        keep(cast.tickets[who], sizeof cast.tickets[0], found->ticket_id);
        assert_string_equal(found->match_id, cast.match_id);
    }
    json_t *line = cluster_line(CLUSTER_MATCHMAKER, "match.formed", "match", cast.match_id);
    keep(cast.trace, sizeof cast.trace, json_string_value(json_object_get(line, "trace_id")));
    keep(cast.engine, sizeof cast.engine, json_string_value(json_object_get(line, "peer")));
    assert_int_equal(json_integer_value(json_object_get(line, "players")), PLAYERS);
    json_decref(line);
}

/* ---- joining ------------------------------------------------------------------------------------- */

static const char *join_token(const char *secret, const char *audience, int lifetime_s)
{
    static char token[1024];
    struct jwt_claims claims = {.expires_unix_s = (uint64_t)((int64_t)(clock_unix_ms() / 1000) + lifetime_s)};
    struct jwt_keys *keys;
    const char *reason;
    snprintf(claims.subject, sizeof claims.subject, "%s", names[0]);
    snprintf(claims.match_id, sizeof claims.match_id, "%.32s", cast.match_id);
    snprintf(claims.engine, sizeof claims.engine, "%s", cast.engine);
    assert_int_equal(STATUS_OK, jwt_keys_create(secret, "", &keys, &reason));
    assert_int_equal(STATUS_OK, jwt_sign(keys, &claims, audience, clock_unix_ms() / 1000, token, sizeof token));
    jwt_keys_destroy(keys);
    return token;
}

static void assert_join_refused(unsigned who, const char *token)
{
    player_forget(&cast.players[who]);
    player_say_join(&cast.players[who], 2, token);
    (void)player_wait_error(&cast.players[who], "UNAUTHORIZED");
}

static void test_expired_forged_and_foreign_join_tokens_are_refused(void **state)
{
    (void)state;
    connect_player(0);
    assert_join_refused(0, join_token(GATEWAY_JOINS, "mma-match", -3600));
    assert_join_refused(0, join_token("a secret that nobody shares with anybody", "mma-match", 60));
    assert_join_refused(0, join_token(GATEWAY_JOINS, "mma-game", 60));
    assert_join_refused(0, cast.tokens[1]); /* good, but another player's */
    assert_int_equal(support_count_events(cluster_process(CLUSTER_ENGINE), "match.joined"), 0);
}

static void test_all_take_their_seats_by_their_tokens(void **state)
{
    (void)state;
    for (unsigned who = 1; who < BY_HTTP; who++) {
        connect_player(who);
    }
    uint32_t slots = 0;
    for (unsigned who = 0; who < PLAYERS; who++) {
        player_say_join(&cast.players[who], 3, cast.tokens[who]);
        const Mma__ServerMessage *heard = player_wait(&cast.players[who], MMA__SERVER_MESSAGE__BODY_MATCH_JOINED, 1);
        const Mma__MatchJoined *joined = heard->match_joined;
        assert_int_equal(heard->cid, 3);
        assert_string_equal(joined->match_id, cast.match_id);
        assert_int_equal(joined->n_seats, PLAYERS);
        assert_string_equal(joined->seats[joined->slot]->player_id, names[who]);
        slots |= 1u << joined->slot;
    }
    assert_int_equal(slots, (1u << PLAYERS) - 1);
}

/* ---- talking ------------------------------------------------------------------------------------- */

/* The nth line that a player hears, with the cid of its own chat, or 0. */
static void assert_heard(unsigned who, unsigned nth, uint32_t cid, unsigned speaker, const char *text)
{
    const Mma__ServerMessage *heard = player_wait(&cast.players[who], MMA__SERVER_MESSAGE__BODY_CHAT_MESSAGE, nth);
    assert_int_equal(heard->cid, cid);
    assert_string_equal(heard->chat_message->player_id, names[speaker]);
    assert_string_equal(heard->chat_message->text, text);
}

static void test_all_hear_what_one_says_but_not_the_sixth_line_within_a_minute(void **state)
{
    (void)state;
    for (unsigned line = 1; line <= LINES; line++) {
        player_say_chat(&cast.players[0], 10 + line, MMA__CHAT_CHANNEL__CHAT_ALL, "прикрой 😀");
        for (unsigned who = 0; who < PLAYERS; who++) {
            assert_heard(who, line, who == 0 ? 10 + line : 0, 0, "прикрой 😀");
        }
    }
    player_say_chat(&cast.players[0], 16, MMA__CHAT_CHANNEL__CHAT_ALL, "one too many");
    assert_string_equal(player_wait_error(&cast.players[0], "RATE_LIMITED")->context, "chat");
    player_say_chat(&cast.players[1], 17, MMA__CHAT_CHANNEL__CHAT_TEAM, "we are no team");
    assert_string_equal(player_wait_error(&cast.players[1], "INVALID_INPUT")->context, "chat");
    player_say_chat(&cast.players[1], 18, MMA__CHAT_CHANNEL__CHAT_ALL, "hello");
    for (unsigned who = 0; who < PLAYERS; who++) {
        assert_heard(who, LINES + 1, who == 1 ? 18 : 0, 1, "hello");
    }
}

/* ---- playing ------------------------------------------------------------------------------------- */

/* Decodes all its snapshots, each upon the one before. */
static void assert_saw_its_inputs_played(const struct player *player)
{
    struct snapshot_viewer viewer;
    struct snapshot_info info;
    snapshot_viewer_open(&viewer, 20);
    for (uint32_t i = 0; i < player->heard_count; i++) {
        const Mma__ServerMessage *message = player->heard[i];
        if (message->body_case == MMA__SERVER_MESSAGE__BODY_SNAPSHOT) {
            const ProtobufCBinaryData *bytes = &message->snapshot;
            assert_int_equal(STATUS_OK, snapshot_peek(viewer.tick, bytes->data, bytes->len, &info));
            snapshot_viewer_take(&viewer, info.tick, info.baseline_tick, bytes->data, bytes->len);
        }
    }
    assert_int_equal(viewer.unfit, 0);
    assert_true(viewer.count > 120);
    assert_int_equal(viewer.info.input_sequence, INPUTS);
    snapshot_viewer_close(&viewer);
}

static void test_the_inputs_of_all_are_played_and_all_hear_the_same_end(void **state)
{
    (void)state;
    for (uint32_t sequence = 1; sequence <= INPUTS; sequence++) {
        for (unsigned who = 0; who < PLAYERS; who++) {
            player_say_input(&cast.players[who], sequence);
        }
        turn_for(&cast.loop, 16); /* the pace of a client: faster ones are refused */
    }
    uint64_t hash = 0;
    for (unsigned who = 0; who < PLAYERS; who++) {
        const Mma__MatchEnded *ended =
            player_wait(&cast.players[who], MMA__SERVER_MESSAGE__BODY_MATCH_ENDED, 1)->match_ended;
        hash = who == 0 ? ended->state_hash : hash;
        assert_true(hash != 0 && hash == ended->state_hash);
        assert_string_equal(ended->match_id, cast.match_id);
        assert_int_equal(ended->n_standings, PLAYERS);
        assert_saw_its_inputs_played(&cast.players[who]);
        player_close(&cast.players[who]);
    }
    cluster_wait_sql("4", "SELECT count(*) FROM ratings WHERE games_played = 1");
    cluster_wait_sql("5", "SELECT count(*) FROM audit_events WHERE kind = 'chat.said' AND player_id = 'ada'"
                          " AND body ->> 'text' = 'прикрой 😀'");
}

/* ---- the trace ----------------------------------------------------------------------------------- */

static void assert_traced(enum cluster_daemon daemon, const char *event)
{
    json_t *line = cluster_line(daemon, event, "match", cast.match_id);
    const char *trace = json_string_value(json_object_get(line, "trace_id"));
    if (trace == NULL || strcmp(trace, cast.trace) != 0) {
        fail_msg("%s has trace %s, not %s", event, trace ? trace : "none", cast.trace);
    }
    json_decref(line);
}

static void test_a_ticket_has_the_trace_of_its_request(void **state)
{
    bool is_of_match = false;
    (void)state;
    for (unsigned who = 0; who < PLAYERS; who++) {
        char of_ticket[TRACE_SIZE], of_request[TRACE_SIZE];
        json_t *ticket = cluster_line(CLUSTER_MATCHMAKER, "ticket.created", "ticket", cast.tickets[who]);
        json_t *session = cluster_line(CLUSTER_GATEWAY, "session.opened", "player", names[who]);
        keep(of_ticket, sizeof of_ticket, json_string_value(json_object_get(ticket, "trace_id")));
        keep(of_request, sizeof of_request,
             who < BY_HTTP ? traces[who] : json_string_value(json_object_get(session, "trace_id")));
        assert_string_equal(of_ticket, of_request);
        is_of_match |= strcmp(of_ticket, cast.trace) == 0;
        json_decref(ticket);
        json_decref(session);
    }
    assert_true(is_of_match);
}

static void test_one_trace_leads_from_the_ticket_to_replay_and_rating(void **state)
{
    (void)state;
    assert_traced(CLUSTER_MATCHMAKER, "match.formed");
    assert_traced(CLUSTER_MATCHMAKER, "match.placed");
    assert_traced(CLUSTER_ENGINE, "match.created");
    assert_traced(CLUSTER_ENGINE, "match.joined");
    assert_traced(CLUSTER_ENGINE, "match.started");
    assert_traced(CLUSTER_ENGINE, "match.ended");
    assert_traced(CLUSTER_MATCHMAKER, "match.ended");
    assert_traced(CLUSTER_MATCHMAKER, "rating.moved");
    assert_traced(CLUSTER_REPLAY_WRITER, "replay.written");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tickets_of_both_ways_come_into_one_match),
        cmocka_unit_test(test_expired_forged_and_foreign_join_tokens_are_refused),
        cmocka_unit_test(test_all_take_their_seats_by_their_tokens),
        cmocka_unit_test(test_all_hear_what_one_says_but_not_the_sixth_line_within_a_minute),
        cmocka_unit_test(test_the_inputs_of_all_are_played_and_all_hear_the_same_end),
        cmocka_unit_test(test_a_ticket_has_the_trace_of_its_request),
        cmocka_unit_test(test_one_trace_leads_from_the_ticket_to_replay_and_rating),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
