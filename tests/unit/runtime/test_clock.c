/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/telemetry/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

static void test_monotonic_clock_moves_on_and_never_back(void **state)
{
    (void)state;
    uint64_t first_us = clock_monotonic_us(), last_us = first_us;
    while (last_us - first_us < 2000) {
        uint64_t now_us = clock_monotonic_us();
        assert_true(now_us >= last_us && now_us - last_us < 60000000);
        last_us = now_us;
    }
    uint64_t now_ms = clock_monotonic_ms();
    assert_true(now_ms >= last_us / 1000 && now_ms - last_us / 1000 < 60000);
}

static void test_unix_clock_agrees_with_the_system(void **state)
{
    (void)state;
    uint64_t before_ms = (uint64_t)time(NULL) * 1000, now_ms = clock_unix_ms();
    assert_true(now_ms + 1000 >= before_ms && now_ms - before_ms < 60000);
}

static void test_process_clock_counts_work(void **state)
{
    (void)state;
    uint64_t before_us = clock_process_cpu_us();
    volatile uint64_t sum = 0;
    while (clock_process_cpu_us() - before_us < 1000) {
        sum += 1;
    }
    assert_true(sum > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_monotonic_clock_moves_on_and_never_back),
        cmocka_unit_test(test_unix_clock_agrees_with_the_system),
        cmocka_unit_test(test_process_clock_counts_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
