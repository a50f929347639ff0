/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine makes of lines of chat: who hears them, what it refuses, counts and publishes. */
#include "tests/support/engine_host.h"
#include "tests/support/event_tap.h"
#include "tests/support/http_client.h"
#include "tests/support/turn.h"

#include "libcommon/game/rules/chat_text.h"
#include "proto/durable.pb-c.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ANN   11
#define BEN   12
#define CYD   13
#define LINES 5 /* a minute, as is usual */

static struct {
    uv_loop_t loop;
    struct engine_host engine;
    struct played matchmaker, gateways[2];
    struct engine_answer answer;
    struct event_tap tap;
} cast;

static struct event_tap_message event;

static int set_up(void **state)
{
    static const char *const settings[] = {"DRAIN_TIMEOUT_MS=400", NULL};
    (void)state;
    memset(&cast, 0, sizeof cast);
    uv_loop_init(&cast.loop);
    event_tap_open(&cast.tap, "audit.chat.#");
    engine_host_start(&cast.engine, settings);
    played_open(&cast.matchmaker, &cast.loop, "matchmaker");
    played_open(&cast.gateways[0], &cast.loop, "gateway");
    played_open(&cast.gateways[1], &cast.loop, "gateway");
    return 0;
}

static int tear_down(void **state)
{
    event_tap_close(&cast.tap);
    played_close(&cast.matchmaker);
    played_close(&cast.gateways[0]);
    played_close(&cast.gateways[1]);
    assert_int_equal(support_stop(&cast.engine.process), 0);
    turn_for(&cast.loop, 20);
    uv_loop_close(&cast.loop);
    return support_kill_all(state);
}

/* ---- the match and its lines --------------------------------------------------------------------- */

/* Ann and ben are at the first gateway, cyd at the second; ann and cyd are of one team, where there are teams. */
static void make_match(char *mode)
{
    static char players[4][4] = {"ann", "ben", "cyd", "dee"};
    Mma__CreateMatch request;
    Mma__Seat seats[4], *list[4];
    mma__create_match__init(&request);
    for (uint32_t i = 0; i < 4; i++) {
        mma__seat__init(&seats[i]);
        seats[i].player_id = players[i];
        seats[i].team = i % 2;
        list[i] = &seats[i];
    }
    request.match_id = engine_match_id;
    request.mode = mode;
    request.n_seats = 4;
    request.seats = list;
    engine_ask(&cast.matchmaker, cast.engine.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_MATCH, &request.base,
               &cast.answer);
    assert_int_equal(cast.answer.type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_CREATED);
    engine_ask_join(&cast.gateways[0], cast.engine.mailbox, "ann", ANN, &cast.answer);
    engine_ask_join(&cast.gateways[0], cast.engine.mailbox, "ben", BEN, &cast.answer);
    engine_ask_join(&cast.gateways[1], cast.engine.mailbox, "cyd", CYD, &cast.answer);
    assert_int_equal(cast.answer.type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOINED);
}

static void make_teams(void)
{
    static char mode[] = "teams_2v2";
    make_match(mode);
}

static void say(unsigned gateway, uint64_t session, Mma__ChatChannel channel, const char *text)
{
    char copy[1024];
    Mma__Say request;
    (void)snprintf(copy, sizeof copy, "%s", text);
    mma__say__init(&request);
    request.session_id = session;
    request.channel = channel;
    request.text = copy;
    engine_ask(&cast.gateways[gateway], cast.engine.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAY, &request.base,
               &cast.answer);
}

static void assert_line(const Mma__ChatMessage *line, const char *text)
{
    assert_non_null(line);
    assert_int_equal(line->slot, 0);
    assert_string_equal(line->player_id, "ann");
    assert_string_equal(line->text, text);
    assert_true(line->server_time > INT64_C(1700000000000));
}

static void assert_answered(const char *text)
{
    assert_int_equal(cast.answer.type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAID);
    Mma__Said *said = mma__said__unpack(NULL, cast.answer.size, cast.answer.payload);
    assert_non_null(said);
    assert_int_equal(said->n_session_ids, 0);
    assert_line(said->message, text);
    mma__said__free_unpacked(said, NULL);
}

/* The nth line that the gateway heard, for that one session. */
static void assert_heard(unsigned gateway, unsigned nth, uint64_t session, const char *text)
{
    const struct played_envelope *heard =
        played_wait(&cast.gateways[gateway], MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAID, nth);
    Mma__Said *said = mma__said__unpack(NULL, heard->size, heard->payload);
    assert_non_null(said);
    assert_int_equal(said->n_session_ids, 1);
    assert_true(said->session_ids[0] == session);
    assert_line(said->message, text);
    mma__said__free_unpacked(said, NULL);
}

static double lines_counted(const char *result)
{
    char series[96];
    struct http_response response;
    (void)snprintf(series, sizeof series, "\nmma_chat_messages_total{result=\"%s\"} ", result);
    http_get_local(&response, support_admin_port(&cast.engine.process), "/metrics");
    assert_int_equal(response.status, 200);
    const char *line = strstr(response.body, series);
    double value = line == NULL ? 0 : strtod(line + strlen(series), NULL);
    http_response_free(&response);
    return value;
}

/* ---- tests --------------------------------------------------------------------------------------- */

static void test_all_others_hear_a_line_once_a_gateway_and_the_speaker_by_the_answer(void **state)
{
    (void)state;
    make_teams();
    say(0, ANN, MMA__CHAT_CHANNEL__CHAT_ALL, "gg");
    assert_answered("gg");
    assert_heard(0, 1, BEN, "gg");
    assert_heard(1, 1, CYD, "gg");
    assert_true(lines_counted("said") == 1);
    assert_false(support_log_contains(&cast.engine.process, "\"gg\""));
}

static void test_only_the_team_hears_a_line_to_the_team(void **state)
{
    (void)state;
    make_teams();
    say(0, ANN, MMA__CHAT_CHANNEL__CHAT_TEAM, "left");
    assert_answered("left");
    assert_heard(1, 1, CYD, "left");
    say(0, ANN, MMA__CHAT_CHANNEL__CHAT_ALL, "right");
    assert_heard(0, 1, BEN, "right"); /* ben's first: the one before was not for him */
    assert_heard(1, 2, CYD, "right");
}

static void test_a_mode_without_teams_refuses_the_team_channel(void **state)
{
    static char mode[] = "ffa";
    (void)state;
    make_match(mode);
    say(0, ANN, MMA__CHAT_CHANNEL__CHAT_TEAM, "left");
    assert_string_equal(engine_refusal(&cast.answer), "INVALID_INPUT");
    say(0, ANN, MMA__CHAT_CHANNEL__CHAT_ALL, "a\nb"); /* a gateway of ours would not have let it through */
    assert_string_equal(engine_refusal(&cast.answer), "INVALID_INPUT");
    say(0, ANN, (Mma__ChatChannel)7, "gg");
    assert_string_equal(engine_refusal(&cast.answer), "INVALID_INPUT");
    assert_true(lines_counted("invalid") == 3);
    assert_true(lines_counted("said") == 0);
}

static void test_the_sixth_line_of_a_player_is_refused_whatever_its_connection(void **state)
{
    (void)state;
    make_teams();
    for (int i = 0; i < LINES; i++) {
        say(0, ANN, MMA__CHAT_CHANNEL__CHAT_ALL, "gg");
        assert_answered("gg");
    }
    say(0, ANN, MMA__CHAT_CHANNEL__CHAT_ALL, "gg");
    assert_string_equal(engine_refusal(&cast.answer), "RATE_LIMITED");
    engine_ask_join(&cast.gateways[1], cast.engine.mailbox, "ann", 99, &cast.answer);
    say(1, 99, MMA__CHAT_CHANNEL__CHAT_TEAM, "gg");
    assert_string_equal(engine_refusal(&cast.answer), "RATE_LIMITED");
    assert_true(lines_counted("rate_limited") == 2);
    say(0, BEN, MMA__CHAT_CHANNEL__CHAT_ALL, "gg"); /* the others may */
    assert_int_equal(cast.answer.type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAID);
    assert_true(lines_counted("said") == LINES + 1);
    assert_int_equal(played_count(&cast.gateways[0], MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAID), LINES);
}

static void test_a_session_without_a_seat_says_nothing(void **state)
{
    (void)state;
    make_teams();
    say(0, 4711, MMA__CHAT_CHANNEL__CHAT_ALL, "gg");
    assert_string_equal(engine_refusal(&cast.answer), "GAME_NOT_FOUND");
    say(1, ANN, MMA__CHAT_CHANNEL__CHAT_ALL, "gg"); /* another gateway's */
    assert_string_equal(engine_refusal(&cast.answer), "GAME_NOT_FOUND");
    Mma__MatchOver strange; /* no Say at all */
    mma__match_over__init(&strange);
    engine_ask(&cast.gateways[0], cast.engine.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAY, &strange.base,
               &cast.answer);
    assert_string_equal(engine_refusal(&cast.answer), "GAME_NOT_FOUND");
    assert_true(lines_counted("unknown") == 3);
    say(0, ANN, MMA__CHAT_CHANNEL__CHAT_ALL, "gg");
    assert_heard(0, 1, BEN, "gg");
}

static void test_the_audit_trail_gets_every_line_as_it_was_said(void **state)
{
    char text[4 * (CHAT_TEXT_CODE_POINTS_MAX - 4) + 5] = "a\"\\b"; /* as long as one may be, and to be escaped */
    (void)state;
    for (size_t at = 4; at < sizeof text - 1; at++) {
        text[at] = "😀"[at % 4];
    }
    make_teams();
    say(0, ANN, MMA__CHAT_CHANNEL__CHAT_TEAM, text);
    assert_answered(text);
    event_tap_take(&cast.tap, &event);
    Mma__AuditEvent *audit = mma__audit_event__unpack(NULL, event.size, event.bytes);
    assert_non_null(audit);
    assert_string_equal(audit->event_id, event.id);
    assert_string_equal(audit->kind, "chat.said");
    assert_string_equal(audit->match_id, engine_match_id);
    assert_string_equal(audit->player_id, "ann");
    json_t *body = json_loads(audit->body, 0, NULL);
    assert_non_null(body);
    assert_int_equal(json_integer_value(json_object_get(body, "slot")), 0);
    assert_string_equal(json_string_value(json_object_get(body, "channel")), "CHAT_TEAM");
    assert_string_equal(json_string_value(json_object_get(body, "text")), text);
    json_decref(body);
    mma__audit_event__free_unpacked(audit, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_all_others_hear_a_line_once_a_gateway_and_the_speaker_by_the_answer),
        TEST(test_only_the_team_hears_a_line_to_the_team),
        TEST(test_a_mode_without_teams_refuses_the_team_channel),
        TEST(test_the_sixth_line_of_a_player_is_refused_whatever_its_connection),
        TEST(test_a_session_without_a_seat_says_nothing),
        TEST(test_the_audit_trail_gets_every_line_as_it_was_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
