/* SPDX-License-Identifier: Apache-2.0 */
/* Redis goes away and comes back empty while a match runs: the match does not notice, and its log begins anew. */
#include "tests/support/engine_host.h"
#include "tests/support/http_client.h"
#include "tests/support/shell.h"
#include "tests/support/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uv_loop_t loop;
static struct engine_host engine;
static struct played matchmaker;
static struct engine_answer answer;

static void services(const char *verb, const char *name)
{
    char command[200];
    (void)snprintf(command, sizeof command, "\"$TOP/scripts/services\" %s %s \"$SERVICES_DIR\"", verb, name);
    (void)shell_must(command);
}

static struct shell_result recover(void)
{
    char command[200];
    (void)snprintf(command, sizeof command, "\"$BIN\"/engine-recover %s", engine_match_id);
    return shell_run(command);
}

static double metric(const char *series)
{
    struct http_response response;
    http_get_local(&response, support_admin_port(&engine.process), "/metrics");
    const char *line = strstr(response.body, series);
    double value = line == NULL ? 0 : strtod(line + strlen(series), NULL);
    http_response_free(&response);
    return value;
}

static bool is_rebuilt(void *owner)
{
    struct shell_result *result = owner;
    *result = recover();
    return result->status == 0;
}

static void test_outage_of_redis_is_counted_said_once_and_healed(void **state)
{
    static const char *const settings[] = {"JOIN_WAIT_MS=0", NULL};
    struct shell_result result;
    (void)state;
    uv_loop_init(&loop);
    engine_host_start(&engine, settings);
    played_open(&matchmaker, &loop, "matchmaker");
    engine_ask_duel(&matchmaker, engine.mailbox, 36000, &answer);
    assert_int_equal(answer.type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_CREATED);
    support_wait_until(is_rebuilt, &result, SUPPORT_WAIT_MS, "the log");
    uint32_t before = (uint32_t)strtoul(strstr(result.output, "\ntick ") + 6, NULL, 10);
    services("kill-one", "redis");
    json_decref(support_wait_event(&engine.process, "recovery.paused", 1));
    assert_int_equal(recover().status, 1);
    services("start-one", "redis");
    (void)shell_must("redis-cli -u \"$REDIS_URL\" flushdb");
    json_decref(support_wait_event(&engine.process, "recovery.resumed", 1));
    support_wait_until(is_rebuilt, &result, SUPPORT_WAIT_MS, "the log after the outage");
    uint32_t after = (uint32_t)strtoul(strstr(result.output, "\ntick ") + 6, NULL, 10);
    assert_true(after > before);
    assert_true(metric("mma_recovery_log_writes_total{result=\"refused\"} ") > 0);
    assert_true(metric("\nmma_recovery_log_bytes_total ") > 0);
    assert_int_equal(support_count_events(&engine.process, "recovery.paused"),
                     support_count_events(&engine.process, "recovery.resumed"));
    played_close(&matchmaker);
    assert_int_equal(support_stop(&engine.process), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_outage_of_redis_is_counted_said_once_and_healed, support_kill_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
