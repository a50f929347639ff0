/* SPDX-License-Identifier: Apache-2.0 */
/* Who gets in: tokens in the upgrade and in the first message, guests, limits on connections. */
#include "tests/support/gateway_host.h"
#include "tests/support/http_client.h"
#include "tests/support/player.h"
#include "tests/support/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static uv_loop_t loop;
static struct gateway_host host;

static void start(const char *const *settings)
{
    uv_loop_init(&loop);
    gateway_host_start(&host, settings);
}

static int tear_down(void **state)
{
    (void)support_stop(&host.process);
    return support_kill_all(state);
}

/* ---- in the upgrade ------------------------------------------------------------------------------ */

static void assert_upgrade_refused(const char *authorization, long http_status, const char *reason)
{
    char url[64], line[5000];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/v1/play", (unsigned)host.port);
    (void)snprintf(line, sizeof line, "Authorization: %s", authorization);
    const char *const headers[] = {"Connection: Upgrade",
                                   "Upgrade: websocket",
                                   "Sec-WebSocket-Version: 13",
                                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                                   "Sec-WebSocket-Protocol: arena.v1.protobuf",
                                   line,
                                   NULL};
    struct http_response response;
    http_request(&response, "GET", url, headers, NULL, 0);
    assert_int_equal(http_status, response.status);
    assert_non_null(http_response_header(&response, "WWW-Authenticate"));
    json_t *body = http_response_json(&response);
    assert_int_equal(16, json_integer_value(json_object_get(body, "code")));
    json_t *detail = json_array_get(json_object_get(body, "details"), 0);
    assert_string_equal(reason, json_string_value(json_object_get(detail, "reason")));
    json_decref(body);
    http_response_free(&response);
}

static void test_a_bad_token_in_the_upgrade_is_answered_401_with_its_reason(void **state)
{
    (void)state;
    char line[2048];
    start(NULL);
    assert_upgrade_refused("Bearer not.a.token", 401, "TOKEN_MALFORMED");
    assert_upgrade_refused("Basic dXNlcjpwYXNz", 401, "TOKEN_MALFORMED");
    (void)snprintf(line, sizeof line, "Bearer %s", gateway_token_of(GATEWAY_SECRET, "ada", "mma-game", -600));
    assert_upgrade_refused(line, 401, "TOKEN_EXPIRED");
    (void)snprintf(line, sizeof line, "Bearer %s", gateway_token_of(GATEWAY_SECRET, "ada", "mma-match", 600));
    assert_upgrade_refused(line, 401, "TOKEN_BAD_AUDIENCE");
    (void)snprintf(line, sizeof line, "Bearer %s",
                   gateway_token_of("another-secret-another-secret-another", "ada", "mma-game", 600));
    assert_upgrade_refused(line, 401, "TOKEN_BAD_SIGNATURE");
    /* {"alg":"none"} . {"sub":"ada","aud":"mma-game","exp":4102444800} . */
    assert_upgrade_refused("Bearer eyJhbGciOiJub25lIn0."
                           "eyJzdWIiOiJhZGEiLCJhdWQiOiJtbWEtZ2FtZSIsImV4cCI6NDEwMjQ0NDgwMH0.",
                           401, "TOKEN_BAD_ALGORITHM");
}

static void test_a_good_token_in_the_upgrade_is_welcomed(void **state)
{
    (void)state;
    struct player player;
    start(NULL);
    player_connect(&player, &loop, host.port, PLAYER_PROTOBUF, gateway_token("ada"));
    assert_string_equal("ada", player_wait(&player, MMA__SERVER_MESSAGE__BODY_WELCOME, 1)->welcome->player_id);
    player_close(&player);
}

static void test_an_upgrade_without_our_subprotocol_is_answered_400(void **state)
{
    (void)state;
    char url[64];
    static const char *const headers[] = {"Connection: Upgrade",
                                          "Upgrade: websocket",
                                          "Sec-WebSocket-Version: 13",
                                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                                          "Sec-WebSocket-Protocol: chat, superchat",
                                          NULL};
    start(NULL);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/v1/play", (unsigned)host.port);
    struct http_response response;
    http_request(&response, "GET", url, headers, NULL, 0);
    assert_int_equal(400, response.status);
    http_response_free(&response);
}

/* ---- in the first message ------------------------------------------------------------------------ */

static void assert_first_message_refused(const char *token)
{
    struct player player;
    player_connect(&player, &loop, host.port, PLAYER_MSGPACK, NULL);
    player_say_authenticate(&player, token);
    player_wait_closed(&player, 4013);
    player_close(&player);
}

static void test_a_bad_token_in_the_first_message_closes_4013(void **state)
{
    (void)state;
    start(NULL);
    assert_first_message_refused("");
    assert_first_message_refused("not.a.token");
    assert_first_message_refused(gateway_token_of(GATEWAY_SECRET, "ada", "mma-game", -600));
    assert_first_message_refused(gateway_token_of(GATEWAY_SECRET, "ada", "mma-match", 600));
}

static void test_a_good_token_in_the_first_message_is_welcomed(void **state)
{
    (void)state;
    struct player player;
    start(NULL);
    player_connect(&player, &loop, host.port, PLAYER_MSGPACK, NULL);
    player_say_authenticate(&player, gateway_token("bob"));
    assert_string_equal("bob", player_wait(&player, MMA__SERVER_MESSAGE__BODY_WELCOME, 1)->welcome->player_id);
    player_say_authenticate(&player, gateway_token("bob")); /* once is enough */
    (void)player_wait_error(&player, "INVALID_STATE");
    player_close(&player);
}

static void test_who_says_anything_before_its_token_is_closed_4013(void **state)
{
    (void)state;
    struct player player;
    start(NULL);
    player_connect(&player, &loop, host.port, PLAYER_MSGPACK, NULL);
    player_say_create_ticket(&player, 1, "duel");
    player_wait_closed(&player, 4013);
    player_close(&player);
    player_connect(&player, &loop, host.port, PLAYER_PROTOBUF, NULL);
    player_say_bytes(&player, true, "\xff\xff\xff", 3);
    player_wait_closed(&player, 4013);
    player_close(&player);
}

static void test_who_says_nothing_in_time_is_closed_4013(void **state)
{
    (void)state;
    static const char *const settings[] = {"AUTHENTICATE_TIMEOUT_MS=300", NULL};
    struct player silent, known;
    start(settings);
    player_connect(&known, &loop, host.port, PLAYER_MSGPACK, gateway_token("bob"));
    player_connect(&silent, &loop, host.port, PLAYER_MSGPACK, NULL);
    player_wait_closed(&silent, 4013);
    assert_int_equal(0, known.close_code);
    player_close(&silent);
    player_close(&known);
}

/* ---- guests and limits --------------------------------------------------------------------------- */

static void test_guests_get_a_token_that_works_only_where_that_is_set(void **state)
{
    (void)state;
    static const char *const settings[] = {"GUEST_TOKENS=1", NULL};
    struct http_response response;
    struct player player;
    start(NULL);
    http_get_local(&response, host.port, "/v1/guest-token");
    assert_int_equal(404, response.status);
    http_response_free(&response);
    (void)support_stop(&host.process);
    start(settings);
    http_get_local(&response, host.port, "/v1/guest-token");
    assert_int_equal(200, response.status);
    json_t *guest = http_response_json(&response);
    player_connect(&player, &loop, host.port, PLAYER_MSGPACK, json_string_value(json_object_get(guest, "token")));
    assert_string_equal(json_string_value(json_object_get(guest, "player_id")),
                        player_wait(&player, MMA__SERVER_MESSAGE__BODY_WELCOME, 1)->welcome->player_id);
    player_close(&player);
    json_decref(guest);
    http_response_free(&response);
}

static void test_too_many_connections_are_answered_429(void **state)
{
    (void)state;
    static const char *const settings[] = {"CONNECT_RATE_PER_MINUTE=2", NULL};
    struct player players[3];
    start(settings);
    for (int i = 0; i < 3; i++) {
        player_connect(&players[i], &loop, host.port, PLAYER_MSGPACK, gateway_token("ada"));
    }
    assert_false(players[2].is_open);
    assert_int_equal(429, players[2].http_status);
    for (int i = 0; i < 3; i++) {
        player_close(&players[i]);
    }
}

static void test_a_full_gateway_answers_429(void **state)
{
    (void)state;
    static const char *const settings[] = {"SESSIONS_MAX=1", NULL};
    struct player first, second;
    start(settings);
    player_connect(&first, &loop, host.port, PLAYER_MSGPACK, gateway_token("ada"));
    player_connect(&second, &loop, host.port, PLAYER_MSGPACK, gateway_token("bob"));
    assert_int_equal(429, second.http_status);
    player_close(&first);
    player_close(&second);
}

static void test_the_page_is_served_with_a_content_security_policy(void **state)
{
    (void)state;
    struct http_response response;
    start(NULL);
    http_get_local(&response, host.port, "/");
    assert_int_equal(200, response.status);
    assert_non_null(strstr(response.body, "<canvas"));
    assert_non_null(strstr(http_response_header(&response, "Content-Security-Policy"), "default-src 'none'"));
    http_response_free(&response);
    http_get_local(&response, host.port, "/main.js");
    assert_int_equal(200, response.status);
    http_response_free(&response);
    http_get_local(&response, host.port, "/../main.c");
    assert_int_equal(404, response.status);
    http_response_free(&response);
    http_get_local(&response, host.port, "/v1/maps/duel");
    json_t *map = http_response_json(&response);
    assert_int_equal(1200, json_integer_value(json_object_get(map, "width")));
    assert_true(json_array_size(json_object_get(map, "walls")) > 0);
    assert_true(json_is_array(json_object_get(map, "polygons")));
    json_decref(map);
    http_response_free(&response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_bad_token_in_the_upgrade_is_answered_401_with_its_reason, tear_down),
        cmocka_unit_test_teardown(test_a_good_token_in_the_upgrade_is_welcomed, tear_down),
        cmocka_unit_test_teardown(test_an_upgrade_without_our_subprotocol_is_answered_400, tear_down),
        cmocka_unit_test_teardown(test_a_bad_token_in_the_first_message_closes_4013, tear_down),
        cmocka_unit_test_teardown(test_a_good_token_in_the_first_message_is_welcomed, tear_down),
        cmocka_unit_test_teardown(test_who_says_anything_before_its_token_is_closed_4013, tear_down),
        cmocka_unit_test_teardown(test_who_says_nothing_in_time_is_closed_4013, tear_down),
        cmocka_unit_test_teardown(test_guests_get_a_token_that_works_only_where_that_is_set, tear_down),
        cmocka_unit_test_teardown(test_too_many_connections_are_answered_429, tear_down),
        cmocka_unit_test_teardown(test_a_full_gateway_answers_429, tear_down),
        cmocka_unit_test_teardown(test_the_page_is_served_with_a_content_security_policy, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
