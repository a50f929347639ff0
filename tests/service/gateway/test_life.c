/* SPDX-License-Identifier: Apache-2.0 */
/* Start without Redis, wrong settings, drain. */
#include "tests/support/gateway_host.h"
#include "tests/support/http_client.h"
#include "tests/support/played.h"
#include "tests/support/player.h"
#include "tests/support/turn.h"

#include "proto/match.pb-c.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MATCH_ID "0123456789abcdef0123456789abcdef"

static uv_loop_t loop;
static struct gateway_host host;

static int set_up(void **state)
{
    (void)state;
    uv_loop_init(&loop);
    return 0;
}

static long readyz(void)
{
    struct http_response response;
    http_get_local(&response, support_admin_port(&host.process), "/readyz");
    long status = response.status;
    http_response_free(&response);
    return status;
}

static void test_it_starts_without_redis_serves_and_is_ready_when_redis_comes(void **state)
{
    (void)state;
    char redis_url[64], port_text[8];
    uint16_t port = support_free_port();
    (void)snprintf(redis_url, sizeof redis_url, "REDIS_URL=redis://127.0.0.1:%u", (unsigned)port);
    (void)snprintf(port_text, sizeof port_text, "%u", (unsigned)port);
    const char *const settings[] = {redis_url, NULL};
    gateway_host_launch(&host, settings);
    (void)support_wait_event(&host.process, "daemon.started", 1);
    assert_int_equal(503, readyz());
    struct player player;
    player_connect(&player, &loop, host.port, PLAYER_MSGPACK, gateway_token("ada"));
    (void)player_wait(&player, MMA__SERVER_MESSAGE__BODY_WELCOME, 1);
    player_say_create_ticket(&player, 3, "duel");
    assert_string_equal("create_ticket", player_wait_error(&player, "MATCHMAKER_UNAVAILABLE")->context);

    struct support_process redis;
    const char *const arguments[] = {"--port", port_text, "--bind", "127.0.0.1", "--save", "", NULL};
    support_start(&redis, "/usr/bin/redis-server", NULL, arguments);
    support_wait_ready(&host.process);
    player_say_empty(&player, 4, MMA__CLIENT_MESSAGE__BODY_PING); /* the session went on all the while */
    (void)player_wait(&player, MMA__SERVER_MESSAGE__BODY_PONG, 1);
    player_close(&player);
    assert_int_equal(0, support_stop(&host.process));
    (void)support_stop(&redis);
}

static void test_a_wrong_setting_is_named_and_ends_it_with_78(void **state)
{
    (void)state;
    static const char *const settings[] = {"JOIN_TOKEN_SECRET=too-short", "INPUT_RATE_HZ=many", "PORT=0",
                                           ("JWT_HS256_SECRET=" GATEWAY_SECRET), NULL};
    support_start(&host.process, "gateway", settings, NULL);
    assert_int_equal(78, support_wait_exit(&host.process, 10000));
    assert_true(support_log_contains(&host.process, "JOIN_TOKEN_SECRET"));
    assert_true(support_log_contains(&host.process, "INPUT_RATE_HZ"));
    assert_false(support_log_contains(&host.process, "too-short"));
}

static void assert_ends_with_78(const char *const *settings, const char *said)
{
    support_start(&host.process, "gateway", settings, NULL);
    assert_int_equal(78, support_wait_exit(&host.process, 10000));
    assert_true(support_log_contains(&host.process, said));
}

static void test_settings_that_do_not_go_together_end_it_with_78(void **state)
{
    (void)state;
    static const char *const short_secret[] = {"JOIN_TOKEN_SECRET=" GATEWAY_JOINS, "JWT_HS256_SECRET=short", NULL};
    static const char *const no_key[] = {"JOIN_TOKEN_SECRET=" GATEWAY_JOINS, NULL};
    static const char *const guests[] = {"JOIN_TOKEN_SECRET=" GATEWAY_JOINS, "GUEST_TOKENS=1", NULL};
    static const char *const no_file[] = {"JOIN_TOKEN_SECRET=" GATEWAY_JOINS, "JWKS_PATH=/nonexistent", NULL};
    static const char *const half_tls[] = {"JOIN_TOKEN_SECRET=" GATEWAY_JOINS, "TLS_KEY_PATH=/nonexistent",
                                           ("JWT_HS256_SECRET=" GATEWAY_SECRET), NULL};
    assert_ends_with_78(short_secret, "shorter than 32");
    assert_ends_with_78(no_key, "JWT_HS256_SECRET or JWKS_PATH");
    assert_ends_with_78(guests, "GUEST_TOKENS=1 needs");
    assert_ends_with_78(no_file, "gateway: ");
    assert_ends_with_78(half_tls, "TLS_CERTIFICATE_PATH and TLS_KEY_PATH");
}

static void join(struct player *player, struct played *engine)
{
    Mma__Joined joined;
    Mma__MatchJoined for_client;
    player_say_join(player, 5, gateway_join_token("ada", MATCH_ID, engine->entry.mailbox));
    const struct played_envelope *asked = played_wait(engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN, 1);
    mma__joined__init(&joined);
    mma__match_joined__init(&for_client);
    joined.joined = &for_client;
    mailbox_reply(engine->mailbox, &asked->to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOINED, &joined.base);
    (void)player_wait(player, MMA__SERVER_MESSAGE__BODY_MATCH_JOINED, 1);
}

static void test_draining_ends_idle_sessions_at_once_and_those_in_a_match_after_the_grace(void **state)
{
    (void)state;
    static const char *const settings[] = {"DRAIN_GRACE_MS=1500", NULL};
    struct player idle, playing, late;
    struct played engine;
    gateway_host_start(&host, settings);
    played_open(&engine, &loop, "game-engine");
    player_connect(&playing, &loop, host.port, PLAYER_PROTOBUF, gateway_token("ada"));
    player_connect(&idle, &loop, host.port, PLAYER_MSGPACK, gateway_token("bob"));
    (void)player_wait(&idle, MMA__SERVER_MESSAGE__BODY_WELCOME, 1);
    join(&playing, &engine);
    uint64_t start_ms = uv_hrtime() / 1000000;
    assert_int_equal(0, kill(host.process.pid, SIGTERM));
    player_wait_closed(&idle, 4001);
    assert_int_equal(0, playing.close_code);
    assert_int_equal(503, readyz());
    player_connect(&late, &loop, host.port, PLAYER_MSGPACK, gateway_token("cyd"));
    assert_false(late.is_open);
    player_wait_closed(&playing, 4001);
    assert_true(uv_hrtime() / 1000000 - start_ms >= 1400);
    assert_int_equal(0, support_wait_exit(&host.process, 10000));
    (void)played_wait(&engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_LEAVE, 1);
    player_close(&idle);
    player_close(&playing);
    player_close(&late);
    played_close(&engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_it_starts_without_redis_serves_and_is_ready_when_redis_comes, set_up,
                                        support_kill_all),
        cmocka_unit_test_setup_teardown(test_a_wrong_setting_is_named_and_ends_it_with_78, set_up, support_kill_all),
        cmocka_unit_test_setup_teardown(test_settings_that_do_not_go_together_end_it_with_78, set_up, support_kill_all),
        cmocka_unit_test_setup_teardown(test_draining_ends_idle_sessions_at_once_and_those_in_a_match_after_the_grace,
                                        set_up, support_kill_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
