/* SPDX-License-Identifier: Apache-2.0 */
/* Against the real Redis of REDIS_URL. */
#include "libcommon/runtime/stores/redis.h"
#include "tests/support/support.h"
#include "tests/support/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WAIT_MS 5000

struct client {
    struct redis *redis;
    uint32_t ups, downs;
    char detail[128];
};

struct outcome {
    uint32_t calls;
    enum status status;
    char text[64];
    long long integer;
};

static uv_loop_t loop;

static void on_state(void *owner, bool up, const char *detail)
{
    struct client *client = owner;
    client->ups += up;
    client->downs += !up;
    snprintf(client->detail, sizeof client->detail, "%s", detail);
}

static void on_reply(void *owner, enum status status, const redisReply *reply)
{
    struct outcome *outcome = owner;
    outcome->calls++;
    outcome->status = status;
    snprintf(outcome->text, sizeof outcome->text, "%s", reply && reply->str ? reply->str : "");
    outcome->integer = reply ? reply->integer : 0;
}

static enum status open_client(struct client *client, const char *url)
{
    struct redis_options options = {.url = url, .command_timeout_ms = 500, .owner = client, .on_state = on_state};
    return redis_open(&loop, &options, &client->redis);
}

static void open_up(struct client *client)
{
    const char *url = getenv("REDIS_URL");
    assert_non_null(url);
    assert_int_equal(open_client(client, url), STATUS_OK);
    assert_true(turn_until(&loop, &client->ups, 1, WAIT_MS));
}

static void close_client(struct client *client)
{
    redis_close(client->redis);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_alive(&loop), 0);
}

static void test_command_gets_its_reply(void **state)
{
    (void)state;
    struct client client = {0};
    struct outcome set = {0}, get = {0};
    open_up(&client);
    const char *argv[] = {"SET", "test:key", "a\0b"};
    const size_t lengths[] = {3, 8, 3};
    assert_int_equal(redis_command(client.redis, on_reply, &set, 3, argv, lengths), STATUS_OK);
    assert_int_equal(redis_commandf(client.redis, on_reply, &get, "STRLEN %s", "test:key"), STATUS_OK);
    assert_true(turn_until(&loop, &get.calls, 1, WAIT_MS));
    assert_int_equal(set.calls, 1);
    assert_string_equal(set.text, "OK");
    assert_int_equal(get.integer, 3);
    close_client(&client);
}

static void test_error_reply_is_refused_and_handed_over(void **state)
{
    (void)state;
    struct client client = {0};
    struct outcome outcome = {0};
    open_up(&client);
    assert_int_equal(redis_commandf(client.redis, on_reply, &outcome, "NOSUCHCOMMAND"), STATUS_OK);
    assert_true(turn_until(&loop, &outcome.calls, 1, WAIT_MS));
    assert_int_equal(outcome.status, STATUS_REFUSED);
    assert_memory_equal(outcome.text, "ERR unknown command", 19);
    assert_true(redis_is_up(client.redis));
    close_client(&client);
}

static void test_commands_past_the_limit_are_refused_and_the_others_answered(void **state)
{
    (void)state;
    struct client client = {0};
    struct outcome outcome = {0};
    open_up(&client);
    uint32_t accepted = 0;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && accepted <= REDIS_COMMANDS_MAX) {
        status = redis_commandf(client.redis, on_reply, &outcome, "ECHO %d", (int)accepted);
        accepted += status == STATUS_OK;
    }
    assert_int_equal(status, STATUS_FULL);
    assert_int_equal(accepted, REDIS_COMMANDS_MAX);
    assert_true(turn_until(&loop, &outcome.calls, REDIS_COMMANDS_MAX, WAIT_MS));
    assert_int_equal(outcome.status, STATUS_OK);
    assert_string_equal(outcome.text, "4095");
    close_client(&client);
}

static void test_close_cancels_what_is_in_flight(void **state)
{
    (void)state;
    struct client client = {0};
    struct outcome outcome = {0};
    open_up(&client);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(redis_commandf(client.redis, on_reply, &outcome, "PING"), STATUS_OK);
    }
    close_client(&client);
    assert_int_equal(outcome.calls, 10);
    assert_int_equal(outcome.status, STATUS_CANCELLED);
    assert_int_equal(client.downs, 0);
}

static void on_reply_close(void *owner, enum status status, const redisReply *reply)
{
    struct client *client = owner;
    (void)reply;
    assert_int_equal(status, STATUS_OK);
    redis_close(client->redis);
}

static void test_close_inside_a_reply_is_safe(void **state)
{
    (void)state;
    struct client client = {0};
    struct outcome outcome = {0};
    open_up(&client);
    assert_int_equal(redis_commandf(client.redis, on_reply_close, &client, "PING"), STATUS_OK);
    assert_int_equal(redis_commandf(client.redis, on_reply, &outcome, "PING"), STATUS_OK);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(outcome.calls, 1);
    assert_int_equal(outcome.status, STATUS_CANCELLED);
}

static void test_last_words_before_close_reach_the_server(void **state)
{
    (void)state;
    struct client first = {0}, second = {0};
    struct outcome outcome = {0};
    open_up(&first);
    assert_int_equal(redis_commandf(first.redis, NULL, NULL, "SET test:last words"), STATUS_OK);
    close_client(&first);
    open_up(&second);
    assert_int_equal(redis_commandf(second.redis, on_reply, &outcome, "GETDEL test:last"), STATUS_OK);
    assert_true(turn_until(&loop, &outcome.calls, 1, WAIT_MS));
    assert_string_equal(outcome.text, "words");
    close_client(&second);
}

static void test_command_past_its_deadline_expires_and_its_answer_is_ignored(void **state)
{
    (void)state;
    struct client client = {0}, other = {0};
    struct outcome late = {0}, next = {0};
    open_up(&client);
    open_up(&other);
    assert_int_equal(redis_commandf(other.redis, NULL, NULL, "CLIENT PAUSE 1200"), STATUS_OK);
    turn_for(&loop, 50);
    assert_int_equal(redis_commandf(client.redis, on_reply, &late, "ECHO late"), STATUS_OK);
    assert_true(turn_until(&loop, &late.calls, 1, WAIT_MS));
    assert_int_equal(late.status, STATUS_EXPIRED);
    assert_false(redis_is_up(client.redis)); /* a server that says nothing is taken for dead */
    assert_true(turn_until(&loop, &client.ups, 2, WAIT_MS));
    assert_int_equal(redis_commandf(client.redis, on_reply, &next, "ECHO next"), STATUS_OK);
    assert_true(turn_until(&loop, &next.calls, 1, WAIT_MS));
    assert_string_equal(next.text, "next");
    assert_int_equal(late.calls, 1);
    redis_close(other.redis);
    close_client(&client);
}

static void test_absent_server_is_said_and_commands_are_refused_at_once(void **state)
{
    (void)state;
    struct client client = {0};
    struct outcome outcome = {0};
    assert_int_equal(open_client(&client, "redis://127.0.0.1:1/0"), STATUS_OK);
    assert_int_equal(redis_commandf(client.redis, on_reply, &outcome, "PING"), STATUS_UNAVAILABLE);
    assert_true(turn_until(&loop, &client.downs, 1, WAIT_MS));
    assert_string_equal(client.detail, "Connection refused");
    assert_int_equal(outcome.calls, 0);
    close_client(&client);
}

static void test_wrong_password_is_said(void **state)
{
    (void)state;
    struct client client = {0};
    char url[300];
    const char *host = strstr(support_env("REDIS_URL"), "://");
    if (!host) {
        fail_msg("REDIS_URL is no URL");
        return;
    }
    host += 3;
    const char *at = strchr(host, '@');
    snprintf(url, sizeof url, "redis://:wrong@%s", at ? at + 1 : host);
    assert_int_equal(open_client(&client, url), STATUS_OK);
    assert_true(turn_until(&loop, &client.downs, 1, WAIT_MS));
    assert_int_equal(client.ups, 0);
    assert_non_null(strstr(client.detail, "password"));
    close_client(&client);
}

static void test_unusable_url_is_invalid(void **state)
{
    (void)state;
    struct client client = {0};
    const char *bad[] = {"", "redis://", "http://localhost", "redis://h:0", "redis://h/x", "redis://h:99999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(open_client(&client, bad[i]), STATUS_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_command_gets_its_reply),
        cmocka_unit_test(test_error_reply_is_refused_and_handed_over),
        cmocka_unit_test(test_commands_past_the_limit_are_refused_and_the_others_answered),
        cmocka_unit_test(test_close_cancels_what_is_in_flight),
        cmocka_unit_test(test_close_inside_a_reply_is_safe),
        cmocka_unit_test(test_last_words_before_close_reach_the_server),
        cmocka_unit_test(test_command_past_its_deadline_expires_and_its_answer_is_ignored),
        cmocka_unit_test(test_absent_server_is_said_and_commands_are_refused_at_once),
        cmocka_unit_test(test_wrong_password_is_said),
        cmocka_unit_test(test_unusable_url_is_invalid),
    };
    uv_loop_init(&loop);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return uv_loop_close(&loop) == 0 ? failed : 1;
}
