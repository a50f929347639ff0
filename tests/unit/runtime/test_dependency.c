/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/stores/dependency.h"

#include "libcommon/runtime/telemetry/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct client {
    struct dependency dependency;
    unsigned ups, aways, wakes, closed;
    char detail[DEPENDENCY_DETAIL_BYTES_MAX];
};

static struct metric calls_total = METRIC_COUNTER_INIT("mma_test_calls_total", "calls", "result");
static struct metric call_duration = {.name = "mma_test_call_duration_seconds",
                                      .help = "of a call",
                                      .kind = METRIC_HISTOGRAM,
                                      .bounds = metric_bounds_latency_s,
                                      .bound_count = 12};
static struct dependency_kind kind = {
    .breaker = {.window = 4, .failure_percent = 50, .open_ms = 60000, .half_open_calls = 1},
    .calls_total = &calls_total,
    .call_duration = &call_duration};

static uv_loop_t loop;
static struct client client;

static void on_state(void *owner, bool up, const char *detail)
{
    (void)owner;
    client.ups += up;
    client.aways += !up;
    snprintf(client.detail, sizeof client.detail, "%s", detail);
}

static void on_due(uv_timer_t *timer)
{
    assert_ptr_equal(timer->data, &client);
    dependency_woken(&client.dependency);
    client.wakes++;
}

static void on_closed(uv_handle_t *handle)
{
    (void)handle;
    client.closed++;
}

static int begin(void **state)
{
    (void)state;
    client = (struct client){0};
    uv_loop_init(&loop);
    dependency_init(&client.dependency, &loop, &kind, &(struct dependency_events){NULL, on_state}, on_due, &client);
    return 0;
}

static int end(void **state)
{
    (void)state;
    if (!client.dependency.is_closed) {
        dependency_close(&client.dependency, on_closed);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop) == 0 && client.closed == 1 ? 0 : -1;
}

static void test_client_is_woken_at_once_and_after_each_failure(void **state)
{
    (void)state;
    uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(client.wakes, 1);
    uint64_t before_ms = clock_monotonic_ms();
    dependency_went_away(&client.dependency, "refused");
    uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(client.wakes, 2);
    assert_true(clock_monotonic_ms() - before_ms >= DEPENDENCY_RETRY_LEAST_MS / 2 - 1);
}

static void test_earliest_wish_to_be_woken_wins(void **state)
{
    (void)state;
    uint64_t now_ms = clock_monotonic_ms();
    dependency_woken(&client.dependency);
    dependency_wake_by(&client.dependency, now_ms + 5);
    dependency_wake_by(&client.dependency, now_ms + 60000);
    uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(client.wakes, 1);
}

static void test_each_change_and_each_new_reason_is_said_once(void **state)
{
    (void)state;
    dependency_went_away(&client.dependency, "refused");
    dependency_went_away(&client.dependency, "refused");
    assert_int_equal(client.aways, 1);
    dependency_went_away(&client.dependency, "no route");
    assert_int_equal(client.aways, 2);
    assert_string_equal(client.detail, "no route");
    dependency_came_up(&client.dependency, "10.0.0.1", 5432);
    assert_int_equal(client.ups, 1);
    assert_string_equal(client.detail, "connected to 10.0.0.1:5432");
    dependency_went_away(&client.dependency, "no route");
    assert_int_equal(client.aways, 3);
}

static void test_calls_are_admitted_only_while_up(void **state)
{
    (void)state;
    struct dependency *dependency = &client.dependency;
    assert_int_equal(dependency_admit(dependency, STATUS_OK), STATUS_UNAVAILABLE);
    assert_int_equal(dependency_admit(dependency, STATUS_FULL), STATUS_UNAVAILABLE);
    dependency_came_up(dependency, "h", 1);
    assert_int_equal(dependency_admit(dependency, STATUS_OK), STATUS_OK);
    assert_int_equal(dependency_admit(dependency, STATUS_FULL), STATUS_FULL);
    dependency_went_away(dependency, "lost");
    assert_int_equal(dependency_admit(dependency, STATUS_OK), STATUS_UNAVAILABLE);
    dependency_close(dependency, on_closed);
    assert_int_equal(dependency_admit(dependency, STATUS_OK), STATUS_CANCELLED);
    dependency_came_up(dependency, "h", 1);
    dependency_went_away(dependency, "lost again");
    assert_int_equal(client.ups, 1);
    assert_int_equal(client.aways, 1);
}

static void test_breaker_opens_on_lost_calls_and_not_on_refused_ones(void **state)
{
    (void)state;
    struct dependency *dependency = &client.dependency;
    dependency_came_up(dependency, "h", 1);
    for (int i = 0; i < 4; i++) {
        dependency_report(dependency, STATUS_REFUSED, clock_monotonic_us());
    }
    assert_int_equal(dependency_admit(dependency, STATUS_OK), STATUS_OK);
    dependency_report(dependency, STATUS_CANCELLED, clock_monotonic_us());
    for (int i = 0; i < 4; i++) {
        dependency_report(dependency, STATUS_EXPIRED, clock_monotonic_us());
    }
    assert_int_equal(dependency_admit(dependency, STATUS_OK), STATUS_UNAVAILABLE);
    dependency_came_up(dependency, "h", 1);
    assert_int_equal(dependency_admit(dependency, STATUS_OK), STATUS_OK); /* a new connection begins anew */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_client_is_woken_at_once_and_after_each_failure, begin, end),
        cmocka_unit_test_setup_teardown(test_earliest_wish_to_be_woken_wins, begin, end),
        cmocka_unit_test_setup_teardown(test_each_change_and_each_new_reason_is_said_once, begin, end),
        cmocka_unit_test_setup_teardown(test_calls_are_admitted_only_while_up, begin, end),
        cmocka_unit_test_setup_teardown(test_breaker_opens_on_lost_calls_and_not_on_refused_ones, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
