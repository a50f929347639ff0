/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/daemon/supervisor_core.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct supervisor_policy policy = {
    .intensity = 5, .period_ms = 10000, .backoff_ms = 100, .backoff_max_ms = 500, .stop_timeout_ms = 0};

static void assert_restart(struct supervisor_core *core, uint64_t now_ms, uint64_t expected_delay_ms)
{
    uint64_t delay_ms = 99999;
    assert_true(supervisor_core_restart(core, now_ms, &delay_ms));
    assert_int_equal(delay_ms, expected_delay_ms);
}

static void test_supervisor_gives_up_at_one_restart_more_than_its_intensity(void **state)
{
    (void)state;
    struct supervisor_core core;
    uint64_t delay_ms = 4711;
    supervisor_core_init(&core, &policy);
    assert_restart(&core, 1000, 0);
    assert_restart(&core, 1000, 100);
    assert_restart(&core, 1000, 200);
    assert_restart(&core, 1000, 400);
    assert_restart(&core, 1000, 500);
    assert_false(supervisor_core_restart(&core, 11000, &delay_ms)); /* the period's end is within it */
    assert_int_equal(delay_ms, 4711);
}

static void test_supervisor_forgets_restarts_older_than_its_period(void **state)
{
    (void)state;
    struct supervisor_core core;
    supervisor_core_init(&core, &policy);
    for (uint64_t i = 0; i < 5; i++) {
        assert_restart(&core, i * 1000, i == 0 ? 0 : i == 4 ? 500 : UINT64_C(50) << i);
    }
    assert_restart(&core, 10001, 500); /* the first one is out */
    uint64_t delay_ms;
    assert_false(supervisor_core_restart(&core, 10999, &delay_ms));
    assert_restart(&core, 100000, 0);
}

static void test_supervisor_lives_for_ever_at_a_rate_below_its_intensity(void **state)
{
    (void)state;
    struct supervisor_core core;
    supervisor_core_init(&core, &policy);
    for (uint64_t i = 0; i < 10000; i++) {
        uint64_t delay_ms;
        assert_true(supervisor_core_restart(&core, i * 2001, &delay_ms));
    }
}

static void test_supervisor_without_intensity_never_restarts(void **state)
{
    (void)state;
    struct supervisor_core core;
    struct supervisor_policy none = policy;
    uint64_t delay_ms;
    none.intensity = 0;
    supervisor_core_init(&core, &none);
    assert_false(supervisor_core_restart(&core, 0, &delay_ms));
}

static void test_supervisor_back_off_does_not_overflow_at_the_largest_intensity(void **state)
{
    (void)state;
    struct supervisor_core core;
    struct supervisor_policy most = policy;
    most.intensity = SUPERVISOR_RESTARTS_MAX;
    most.backoff_ms = UINT32_MAX;
    most.backoff_max_ms = UINT32_MAX;
    supervisor_core_init(&core, &most);
    assert_restart(&core, 0, 0);
    for (unsigned i = 1; i < SUPERVISOR_RESTARTS_MAX; i++) {
        assert_restart(&core, 0, UINT32_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_supervisor_gives_up_at_one_restart_more_than_its_intensity),
        cmocka_unit_test(test_supervisor_forgets_restarts_older_than_its_period),
        cmocka_unit_test(test_supervisor_lives_for_ever_at_a_rate_below_its_intensity),
        cmocka_unit_test(test_supervisor_without_intensity_never_restarts),
        cmocka_unit_test(test_supervisor_back_off_does_not_overflow_at_the_largest_intensity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
