/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator can wish of the kernel for a worker, and what a worker says of its cost. */
#include "tests/support/engine_host.h"
#include "tests/support/shell.h"
#include "tests/support/turn.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct engine_host engine;

/* The process that runs matches: the worker of a supervisor, where there is one. */
static pid_t worker_pid(void)
{
    char command[100];
    (void)snprintf(command, sizeof command, "cat /proc/%d/task/%d/children", (int)engine.process.pid,
                   (int)engine.process.pid);
    pid_t child = (pid_t)strtol(shell_must(command).output, NULL, 10);
    return child > 0 ? child : engine.process.pid;
}

static void test_pinned_worker_runs_on_one_processor(void **state)
{
    static const char *const settings[] = {"CPU_PIN=1", NULL};
    cpu_set_t cpus;
    (void)state;
    engine_host_start(&engine, settings);
    assert_int_equal(sched_getaffinity(worker_pid(), sizeof cpus, &cpus), 0);
    assert_int_equal(CPU_COUNT(&cpus), 1);
    assert_int_equal(support_count_events(&engine.process, "scheduling.refused"), 0);
    assert_int_equal(support_stop(&engine.process), 0);
}

/* Not every machine allows it: then the engine says so and runs all the same. */
static void test_real_time_worker_is_so_or_says_that_it_may_not(void **state)
{
    static const char *const settings[] = {"TICK_REALTIME_PRIORITY=7", NULL};
    (void)state;
    engine_host_start(&engine, settings);
    struct sched_param parameter = {0};
    pid_t pid = worker_pid();
    bool is_real_time = sched_getscheduler(pid) == SCHED_FIFO;
    assert_int_equal(sched_getparam(pid, &parameter), 0);
    assert_int_equal(parameter.sched_priority, is_real_time ? 7 : 0);
    assert_int_equal(support_count_events(&engine.process, "scheduling.refused"), is_real_time ? 0 : 1);
    assert_int_equal(support_stop(&engine.process), 0);
}

static void test_worker_announces_what_its_matches_cost(void **state)
{
    static const char *const settings[] = {"JOIN_WAIT_MS=0", NULL};
    static struct played matchmaker, gateway;
    static struct engine_answer answer;
    uv_loop_t loop;
    char command[300];
    (void)state;
    uv_loop_init(&loop);
    engine_host_start(&engine, settings);
    played_open(&matchmaker, &loop, "matchmaker");
    played_open(&gateway, &loop, "gateway");
    engine_ask_duel(&matchmaker, engine.mailbox, 36000, &answer);
    engine_ask_join(&gateway, engine.mailbox, "ann", 11, &answer);
    assert_int_equal(answer.type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOINED);
    (void)snprintf(command, sizeof command,
                   "redis-cli -u \"$REDIS_URL\" get mma:registry:game-engine:%s | tr ',{}' '\\n'", engine.mailbox);
    double bytes_per_s = 0;
    for (int i = 0; i < 400 && bytes_per_s == 0; i++) {
        turn_for(&loop, 50);
        struct shell_result value = shell_must(command);
        const char *at = strstr(value.output, "\"bytes_per_s\":");
        if (at != NULL) { /* a busy machine may renew the entry late */
            assert_non_null(strstr(value.output, "\"tick_us\":"));
            bytes_per_s = strtod(at + strlen("\"bytes_per_s\":"), NULL);
        }
    }
    assert_true(bytes_per_s > 100);
    played_close(&gateway);
    played_close(&matchmaker);
    assert_int_equal(support_stop(&engine.process), 0);
    turn_for(&loop, 20);
    uv_loop_close(&loop);
}

#define TEST(name) cmocka_unit_test_teardown(name, support_kill_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pinned_worker_runs_on_one_processor),
        TEST(test_real_time_worker_is_so_or_says_that_it_may_not),
        TEST(test_worker_announces_what_its_matches_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
