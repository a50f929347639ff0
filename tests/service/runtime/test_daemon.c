/* SPDX-License-Identifier: Apache-2.0 */
/* The frame from outside: a daemon's life, its supervisor, its admin port. */
#include "tests/support/http_client.h"
#include "tests/support/support.h"
#include "tests/support/tiny_daemon.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SETTINGS(...)  ((const char *const[]){__VA_ARGS__, NULL})
#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define WAIT_MS        20000

static struct support_process tiny;

static long ask(uint16_t port, const char *method, const char *path)
{
    char url[128];
    struct http_response response;
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", port, path);
    http_request(&response, method, url, NULL, NULL, 0);
    long status = response.status;
    http_response_free(&response);
    return status;
}

static uint16_t listening_port(unsigned nth)
{
    return (uint16_t)support_event_u64(&tiny, "tiny.listening", nth, "port");
}

static void test_sigterm_drains_and_leaves_no_process(void **state)
{
    (void)state;
    tiny_daemon_start(&tiny, SETTINGS("WORKERS=2", "TINY_DRAIN_MS=50"), NULL);
    json_decref(support_wait_event(&tiny, "daemon.started", 2));
    assert_int_equal(support_count_group(&tiny), 3);
    assert_int_equal(support_stop(&tiny), 0);
    assert_int_equal(support_count_group(&tiny), 0);
    assert_int_equal(support_count_events(&tiny, "daemon.draining"), 2);
    assert_int_equal(support_count_events(&tiny, "daemon.stopped"), 2);
    assert_int_equal(support_count_events(&tiny, "worker.exited"), 2);
    assert_true(support_log_contains(&tiny, "\"drained\":true"));
    assert_false(support_log_contains(&tiny, "\"drained\":false"));
}

static void test_sigint_to_the_whole_group_drains_as_well(void **state)
{
    (void)state;
    tiny_daemon_start(&tiny, NULL, NULL);
    json_decref(support_wait_event(&tiny, "daemon.started", 1));
    kill(-tiny.pid, SIGINT);
    assert_int_equal(support_wait_exit(&tiny, WAIT_MS), 0);
    assert_true(support_log_contains(&tiny, "\"drained\":true"));
}

static void test_drain_that_never_ends_is_cut_by_its_timeout(void **state)
{
    (void)state;
    tiny_daemon_start(&tiny, SETTINGS("TINY_MUTE=1", "DRAIN_TIMEOUT_MS=50"), NULL);
    json_decref(support_wait_event(&tiny, "daemon.started", 1));
    assert_int_equal(support_stop(&tiny), 0);
    assert_true(support_log_contains(&tiny, "\"drained\":false"));
}

static void test_second_signal_kills_and_says_so_by_exit_code(void **state)
{
    (void)state;
    tiny_daemon_start(&tiny, SETTINGS("TINY_MUTE=1", "DRAIN_TIMEOUT_MS=60000"), NULL);
    json_decref(support_wait_event(&tiny, "daemon.started", 1));
    kill(tiny.pid, SIGTERM);
    json_decref(support_wait_event(&tiny, "daemon.draining", 1));
    kill(tiny.pid, SIGTERM);
    assert_int_equal(support_wait_exit(&tiny, WAIT_MS), 70);
}

static void test_worker_that_dies_while_draining_is_not_restarted_but_told_of(void **state)
{
    (void)state;
    tiny_daemon_start(&tiny, SETTINGS("TINY_MUTE=1", "DRAIN_TIMEOUT_MS=60000"), NULL);
    pid_t worker = (pid_t)support_event_u64(&tiny, "daemon.started", 1, "pid");
    kill(tiny.pid, SIGTERM);
    json_decref(support_wait_event(&tiny, "daemon.draining", 1));
    kill(worker, SIGKILL);
    assert_int_equal(support_wait_exit(&tiny, WAIT_MS), 70);
    assert_int_equal(support_count_events(&tiny, "daemon.started"), 1);
}

static void test_killed_worker_is_restarted_and_its_sibling_is_left_alone(void **state)
{
    (void)state;
    tiny_daemon_start(&tiny, SETTINGS("WORKERS=2"), NULL);
    pid_t first = (pid_t)support_event_u64(&tiny, "daemon.started", 1, "pid");
    pid_t second = (pid_t)support_event_u64(&tiny, "daemon.started", 2, "pid");
    kill(first, SIGKILL);
    assert_int_equal(support_event_u64(&tiny, "worker.exited", 1, "signal"), SIGKILL);
    pid_t third = (pid_t)support_event_u64(&tiny, "daemon.started", 3, "pid");
    assert_true(third != first && third != second);
    assert_int_equal(kill(second, 0), 0);
    assert_int_equal(support_event_u64(&tiny, "daemon.started", 1, "worker"),
                     support_event_u64(&tiny, "daemon.started", 3, "worker"));
    assert_int_equal(support_count_group(&tiny), 3);
    assert_int_equal(support_stop(&tiny), 0);
}

static void test_supervisor_gives_up_when_workers_keep_dying(void **state)
{
    (void)state;
    tiny_daemon_start(&tiny, SETTINGS("SUPERVISOR_RESTARTS=2", "WORKERS=2"), NULL);
    for (unsigned nth = 1; nth <= 3; nth++) {
        kill((pid_t)support_event_u64(&tiny, "daemon.started", nth == 1 ? 1 : nth + 1, "pid"), SIGKILL);
    }
    assert_int_equal(support_wait_exit(&tiny, WAIT_MS), 70);
    assert_int_equal(support_count_group(&tiny), 0);
    assert_int_equal(support_count_events(&tiny, "supervisor.gave_up"), 1);
    assert_int_equal(support_count_events(&tiny, "daemon.started"), 4);
}

static void test_start_that_fails_is_retried_with_back_off_then_given_up(void **state)
{
    (void)state;
    tiny_daemon_start(&tiny, SETTINGS("TINY_FAIL_START=1", "SUPERVISOR_RESTARTS=3"), NULL);
    assert_int_equal(support_wait_exit(&tiny, WAIT_MS), 70);
    assert_int_equal(support_count_events(&tiny, "daemon.start_failed"), 4);
    assert_string_equal(support_event_text(&tiny, "daemon.start_failed", 1, "detail"), "told to fail");
    assert_int_equal(support_event_u64(&tiny, "worker.exited", 1, "restart_in_ms"), 0);
    assert_int_equal(support_event_u64(&tiny, "worker.exited", 2, "restart_in_ms"), 100);
    assert_int_equal(support_event_u64(&tiny, "worker.exited", 3, "restart_in_ms"), 200);
}

static void test_port_that_is_taken_is_named_in_the_log(void **state)
{
    (void)state;
    char setting[32];
    struct support_process second;
    tiny_daemon_start(&tiny, NULL, NULL);
    snprintf(setting, sizeof setting, "ADMIN_PORT=%u", support_admin_port(&tiny));
    tiny_daemon_start(&second, SETTINGS(setting, "SUPERVISOR_RESTARTS=0"), NULL);
    assert_int_equal(support_wait_exit(&second, WAIT_MS), 70);
    const char *detail = support_event_text(&second, "daemon.start_failed", 1, "detail");
    assert_non_null(strstr(detail, "is taken"));
    assert_non_null(strstr(detail, setting + strlen("ADMIN_PORT=")));
    assert_int_equal(support_stop(&tiny), 0);
}

static bool is_alone(void *owner)
{
    return support_count_group(owner) == 0;
}

static void test_worker_ends_when_its_supervisor_is_killed(void **state)
{
    (void)state;
    tiny_daemon_start(&tiny, NULL, NULL);
    json_decref(support_wait_event(&tiny, "daemon.started", 1));
    kill(tiny.pid, SIGKILL); /* the supervisor alone, not its group */
    assert_int_equal(support_wait_exit(&tiny, WAIT_MS), 128 + SIGKILL);
    support_wait_until(is_alone, &tiny, WAIT_MS, "the worker's end");
    assert_int_equal(support_count_events(&tiny, "daemon.stopped"), 1);
}

static void test_wrong_settings_end_with_78_and_all_their_names(void **state)
{
    (void)state;
    tiny_daemon_start(&tiny, SETTINGS("TINY_PORT=99999", "LOG_LEVEL=loud", "ADMIN_PORT=-1"), NULL);
    assert_int_equal(support_wait_exit(&tiny, WAIT_MS), 78);
    assert_true(support_log_contains(&tiny, "TINY_PORT: must be a whole number from 0 to 65535, is \"99999\""));
    assert_true(support_log_contains(&tiny, "LOG_LEVEL: must be one of"));
    assert_true(support_log_contains(&tiny, "ADMIN_PORT: must be"));
    assert_int_equal(support_count_events(&tiny, "supervisor.started"), 0);
}

static void test_addresses_that_cannot_be_read_end_with_78_and_show_no_password(void **state)
{
    (void)state;
    tiny_daemon_start(&tiny,
                      SETTINGS("BIND_HOST=nowhere", "MAILBOX_HOST=a b", "DATABASE_URL=host=a hunter2",
                               "REDIS_URL=redis://:hunter2@h/zero", "AMQP_URL=http://u:hunter2@h"),
                      NULL);
    assert_int_equal(support_wait_exit(&tiny, WAIT_MS), 78);
    assert_true(support_log_contains(&tiny, "BIND_HOST: must be a numeric"));
    assert_true(support_log_contains(&tiny, "MAILBOX_HOST: must be a host"));
    assert_true(support_log_contains(&tiny, "DATABASE_URL: must be"));
    assert_true(support_log_contains(&tiny, "REDIS_URL: must be redis://"));
    assert_true(support_log_contains(&tiny, "AMQP_URL: must be amqp://"));
    assert_false(support_log_contains(&tiny, "hunter2"));
    assert_int_equal(support_count_events(&tiny, "supervisor.started"), 0);
}

static void test_command_line_answers_and_overrides(void **state)
{
    (void)state;
    tiny_daemon_start(&tiny, NULL, ARGUMENTS("--check-config"));
    assert_int_equal(support_wait_exit(&tiny, WAIT_MS), 0);
    tiny_daemon_start(&tiny, SETTINGS("TINY_MUTE=perhaps"), ARGUMENTS("--check-config"));
    assert_int_equal(support_wait_exit(&tiny, WAIT_MS), 78);
    tiny_daemon_start(&tiny, NULL, ARGUMENTS("--help"));
    assert_int_equal(support_wait_exit(&tiny, WAIT_MS), 0);
    assert_true(support_log_contains(&tiny, "TINY_DRAIN_MS"));
    assert_true(support_log_contains(&tiny, "DRAIN_TIMEOUT_MS"));
    tiny_daemon_start(&tiny, NULL, ARGUMENTS("--settings-markdown"));
    assert_int_equal(support_wait_exit(&tiny, WAIT_MS), 0);
    assert_true(support_log_contains(&tiny, "| `TINY_PORT` | `0` | 0 to 65535 | TCP port of the routes |"));
    tiny_daemon_start(&tiny, NULL, ARGUMENTS("--no-such-option"));
    assert_int_equal(support_wait_exit(&tiny, WAIT_MS), 64);
    tiny_daemon_start(&tiny, NULL, ARGUMENTS("--workers", "three"));
    assert_int_equal(support_wait_exit(&tiny, WAIT_MS), 78);
    tiny_daemon_start(&tiny, SETTINGS("WORKERS=1"), ARGUMENTS("--workers", "3"));
    json_decref(support_wait_event(&tiny, "daemon.started", 3));
    assert_int_equal(support_stop(&tiny), 0);
}

static void test_ready_follows_the_required_dependency(void **state)
{
    (void)state;
    struct http_response response;
    tiny_daemon_start(&tiny, NULL, NULL);
    uint16_t admin = support_admin_port(&tiny), port = listening_port(1);
    assert_int_equal(ask(admin, "GET", "/readyz"), 503);
    assert_int_equal(support_count_events(&tiny, "daemon.ready"), 0);
    assert_int_equal(ask(port, "POST", "/v1/dependency/up"), 204);
    assert_int_equal(ask(admin, "GET", "/readyz"), 200);
    assert_int_equal(support_count_events(&tiny, "daemon.ready"), 1);
    assert_int_equal(ask(port, "POST", "/v1/dependency/down"), 204);
    http_get_local(&response, admin, "/readyz");
    assert_int_equal(response.status, 503);
    json_t *json = http_response_json(&response);
    const json_t *thing = json_array_get(json_object_get(json, "dependencies"), 0);
    assert_string_equal(json_string_value(json_object_get(json, "status")), "unavailable");
    assert_string_equal(json_string_value(json_object_get(thing, "detail")), "told to be \"away\"");
    json_decref(json);
    http_response_free(&response);
    http_get_local(&response, admin, "/metrics");
    assert_non_null(strstr(response.body, "mma_dependency_up{dependency=\"thing\"} 0\n"));
    assert_non_null(strstr(response.body, "mma_build_info{service=\"tiny\","));
    assert_non_null(strstr(response.body, "mma_http_requests_total{route=\"/readyz\",status=\"5xx\"} 2\n"));
    http_response_free(&response);
    assert_int_equal(ask(admin, "GET", "/livez"), 200);
    assert_int_equal(ask(admin, "GET", "/healthz"), 200);
    assert_int_equal(support_stop(&tiny), 0);
}

static void test_draining_worker_is_not_ready_but_alive(void **state)
{
    (void)state;
    struct http_response response;
    tiny_daemon_start(&tiny, SETTINGS("TINY_MUTE=1", "DRAIN_TIMEOUT_MS=60000", "TINY_FILE=/dev/null"), NULL);
    uint16_t admin = support_admin_port(&tiny);
    support_wait_ready(&tiny);
    kill(tiny.pid, SIGTERM);
    json_decref(support_wait_event(&tiny, "daemon.draining", 1));
    http_get_local(&response, admin, "/readyz");
    assert_int_equal(response.status, 503);
    assert_non_null(strstr(response.body, "\"status\":\"draining\""));
    http_response_free(&response);
    assert_int_equal(ask(admin, "GET", "/livez"), 200);
    support_kill(&tiny);
}

static void test_bug_stops_the_worker_with_its_expression_in_the_log(void **state)
{
    (void)state;
    tiny_daemon_start(&tiny, NULL, NULL);
    assert_int_equal(ask(listening_port(1), "POST", "/v1/crash"), 0);
    assert_string_equal(support_event_text(&tiny, "bug.required", 1, "expression"), "strlen(\"a bug\") == 0");
    json_decref(support_wait_event(&tiny, "daemon.started", 2));
    assert_int_equal(support_stop(&tiny), 0);
}

int main(int argc, char **argv)
{
    if (tiny_daemon_is_wanted()) {
        return tiny_daemon_main(argc, argv);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_sigterm_drains_and_leaves_no_process, support_kill_all),
        cmocka_unit_test_teardown(test_sigint_to_the_whole_group_drains_as_well, support_kill_all),
        cmocka_unit_test_teardown(test_drain_that_never_ends_is_cut_by_its_timeout, support_kill_all),
        cmocka_unit_test_teardown(test_second_signal_kills_and_says_so_by_exit_code, support_kill_all),
        cmocka_unit_test_teardown(test_worker_that_dies_while_draining_is_not_restarted_but_told_of, support_kill_all),
        cmocka_unit_test_teardown(test_killed_worker_is_restarted_and_its_sibling_is_left_alone, support_kill_all),
        cmocka_unit_test_teardown(test_supervisor_gives_up_when_workers_keep_dying, support_kill_all),
        cmocka_unit_test_teardown(test_start_that_fails_is_retried_with_back_off_then_given_up, support_kill_all),
        cmocka_unit_test_teardown(test_port_that_is_taken_is_named_in_the_log, support_kill_all),
        cmocka_unit_test_teardown(test_worker_ends_when_its_supervisor_is_killed, support_kill_all),
        cmocka_unit_test_teardown(test_wrong_settings_end_with_78_and_all_their_names, support_kill_all),
        cmocka_unit_test_teardown(test_addresses_that_cannot_be_read_end_with_78_and_show_no_password,
                                  support_kill_all),
        cmocka_unit_test_teardown(test_command_line_answers_and_overrides, support_kill_all),
        cmocka_unit_test_teardown(test_ready_follows_the_required_dependency, support_kill_all),
        cmocka_unit_test_teardown(test_draining_worker_is_not_ready_but_alive, support_kill_all),
        cmocka_unit_test_teardown(test_bug_stops_the_worker_with_its_expression_in_the_log, support_kill_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
