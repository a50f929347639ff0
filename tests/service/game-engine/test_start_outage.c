/* SPDX-License-Identifier: Apache-2.0 */
/* Redis and RabbitMQ are away when the engine starts: it plays all the same, and what must last is not lost. */
#include "tests/support/durable_match.h"
#include "tests/support/engine_host.h"
#include "tests/support/http_client.h"
#include "tests/support/shell.h"
#include "tests/support/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static uv_loop_t loop;
static struct engine_host engine;
static struct played matchmaker;
static struct engine_answer answer;
static struct durable_match durable;

static void services(const char *verb, const char *name)
{
    char command[200];
    (void)snprintf(command, sizeof command, "\"$TOP/scripts/services\" %s %s \"$SERVICES_DIR\"", verb, name);
    (void)shell_must(command);
}

static long ready_status(void)
{
    struct http_response response;
    http_get_local(&response, support_admin_port(&engine.process), "/readyz");
    long status = response.status;
    http_response_free(&response);
    return status;
}

static void test_engine_without_brokers_plays_and_publishes_when_they_come(void **state)
{
    static const char *const settings[] = {"JOIN_WAIT_MS=0", NULL};
    (void)state;
    services("kill-one", "rabbitmq"); /* has nothing to save yet; its way out takes seconds */
    services("stop-one", "redis");
    engine_host_launch(&engine, settings);
    assert_int_equal(ready_status(), 503);
    uv_loop_init(&loop);
    played_open(&matchmaker, &loop, "matchmaker");
    engine_ask_duel(&matchmaker, engine.mailbox, 60, &answer);
    assert_int_equal(answer.type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_CREATED);
    (void)played_wait(&matchmaker, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_OVER, 1);
    assert_int_equal(ready_status(), 503);
    services("start-one", "redis");
    support_wait_ready(&engine.process);
    services("start-one", "rabbitmq");
    durable_match_consume(&durable, &loop);
    durable_match_verify(&durable);
    assert_int_equal(support_count_events(&engine.process, "event.lost"), 0);
    played_close(&matchmaker);
    assert_int_equal(support_stop(&engine.process), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_engine_without_brokers_plays_and_publishes_when_they_come, support_kill_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
