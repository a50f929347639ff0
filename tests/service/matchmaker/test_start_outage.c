/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL, Redis and RabbitMQ absent at the start, then there, then away: the real program serves what it can. */
#include "tests/support/matchmaker_host.h"
#include "tests/support/result_sender.h"
#include "tests/support/shell.h"
#include "tests/support/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct matchmaker_host host;

static long readiness(void)
{
    struct http_response response;
    http_get_local(&response, support_admin_port(&host.process), "/readyz");
    long status = response.status;
    http_response_free(&response);
    return status;
}

static bool has_dependency(void *data)
{
    return support_log_contains(&host.process, data);
}

static void test_everything_absent_at_start_then_there(void **state)
{
    (void)state;
    static char redis[] = "\"dependency\":\"redis\",\"up\":true";
    /* None has anything to save yet; RabbitMQ's way out takes seconds. */
    shell_must("for one in postgres redis rabbitmq; do \"$TOP/scripts/services\" kill-one $one; done");
    matchmaker_host_launch(&host, NULL);
    assert_int_equal(readiness(), 503);
    json_t *ticket =
        matchmaker_call(&host, "POST", "/v1/tickets", "{\"player_id\": \"early\", \"queue\": \"duel\"}", 201);
    assert_true(json_number_value(json_object_get(ticket, "rating")) == 1200);
    json_decref(ticket);
    const char *token = matchmaker_authorization(MATCHMAKER_API_SECRET, "mma-api", 600);
    matchmaker_call_fails(&host, "GET", "/v1/players/early/rating", NULL, token, 503, "DATABASE_UNAVAILABLE", NULL);
    matchmaker_call_fails(&host, "GET", "/v1/matches/0123456789abcdef0123456789abcdef", NULL, token, 503,
                          "DATABASE_UNAVAILABLE", NULL);
    shell_must("\"$TOP/scripts/services\" start-one redis");
    support_wait_until(has_dependency, redis, 20000, "redis to be seen");
    assert_int_equal(readiness(), 503);
    shell_must("\"$TOP/scripts/services\" start-one postgres");
    support_wait_ready(&host.process); /* RabbitMQ is not required */
    matchmaker_call_fails(&host, "GET", "/v1/players/early/rating", NULL,
                          matchmaker_authorization(MATCHMAKER_API_SECRET, "mma-api", 600), 404, "PLAYER_NOT_FOUND",
                          NULL);
    assert_int_equal(support_count_events(&host.process, "daemon.started"), 1);
}

static bool is_rated(void *data)
{
    (void)data;
    return support_count_events(&host.process, "rating.moved") == 2;
}

static void test_results_wait_for_postgresql_and_move_ratings_when_it_is_back(void **state)
{
    (void)state;
    uv_loop_t loop;
    struct result_sender sender;
    shell_must("\"$TOP/scripts/services\" start-one rabbitmq");
    uv_loop_init(&loop);
    result_sender_open(&sender, &loop);
    shell_must("\"$TOP/scripts/services\" stop-one postgres");
    result_sender_duel(&sender, "0000000000000000000000000000eeee", "late-w", "late-l");
    (void)support_event_u64(&host.process, "result.retried", 1, "attempt");
    assert_int_equal(support_count_events(&host.process, "rating.moved"), 0);
    shell_must("\"$TOP/scripts/services\" start-one postgres");
    support_wait_until(is_rated, NULL, 30000, "two ratings to move");
    result_sender_close(&sender);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(support_stop(&host.process), 0);
}

static bool is_completed(void *data)
{
    json_t *ticket = matchmaker_call(&host, "GET", data, NULL, 200);
    bool is = strcmp(json_string_value(json_object_get(ticket, "state")), "COMPLETED") == 0;
    json_decref(ticket);
    return is;
}

static bool sees_engine(void *data)
{
    struct http_response response;
    (void)data;
    http_get_local(&response, support_admin_port(&host.process), "/metrics");
    bool sees = strstr(response.body, "mma_registry_entries{role=\"game-engine\"} 1") != NULL;
    http_response_free(&response);
    return sees;
}

static void test_matching_goes_on_while_redis_is_away(void **state)
{
    (void)state;
    static char away[] = "\"dependency\":\"redis\",\"up\":false,\"required\":true,\"detail\":\"";
    uv_loop_t loop;
    struct played engine;
    char path[80];
    uv_loop_init(&loop);
    matchmaker_host_start(&host, NULL);
    played_open(&engine, &loop, "game-engine");
    matchmaker_engine_announce(&engine, "eu_west", 100);
    assert_true(turn_until_holds(&loop, sees_engine, NULL, 10000));
    shell_must("\"$TOP/scripts/services\" stop-one redis");
    support_wait_until(has_dependency, away, 20000, "redis to be missed");
    (void)snprintf(path, sizeof path, "/v1/tickets/%s", matchmaker_host_enter(&host, "away-a", "duel"));
    (void)matchmaker_host_enter(&host, "away-b", "duel");
    matchmaker_engine_takes(&engine, played_wait(&engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_MATCH, 1));
    assert_true(turn_until_holds(&loop, is_completed, path, 10000));
    shell_must("\"$TOP/scripts/services\" start-one redis");
    support_wait_ready(&host.process);
    played_close(&engine);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(support_stop(&host.process), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_absent_at_start_then_there),
        cmocka_unit_test(test_results_wait_for_postgresql_and_move_ratings_when_it_is_back),
        cmocka_unit_test(test_matching_goes_on_while_redis_is_away),
    };
    return cmocka_run_group_tests(tests, NULL, support_kill_all);
}
