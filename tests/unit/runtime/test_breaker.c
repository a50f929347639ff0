/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/stores/breaker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct breaker_policy policy = {
    .window = 10, .failure_percent = 50, .open_ms = 1000, .half_open_calls = 3};

static void report_times(struct breaker *breaker, unsigned times, bool succeeded, uint64_t now_ms)
{
    for (unsigned i = 0; i < times; i++) {
        assert_true(breaker_allows(breaker, now_ms));
        breaker_report(breaker, succeeded, now_ms);
    }
}

static void test_breaker_stays_closed_until_half_a_window_is_known(void **state)
{
    (void)state;
    struct breaker breaker;
    breaker_init(&breaker, &policy);
    report_times(&breaker, 4, false, 0);
    assert_int_equal(breaker.state, BREAKER_CLOSED);
    report_times(&breaker, 1, false, 0);
    assert_int_equal(breaker.state, BREAKER_OPEN);
}

static void test_breaker_opens_at_the_failure_share_and_not_below(void **state)
{
    (void)state;
    struct breaker breaker;
    breaker_init(&breaker, &policy);
    report_times(&breaker, 6, true, 0);
    report_times(&breaker, 5, false, 0); /* the window holds 5 of each from here on; one less would be 40 % */
    assert_int_equal(breaker.state, BREAKER_OPEN);
    breaker_init(&breaker, &policy);
    report_times(&breaker, 6, true, 0);
    report_times(&breaker, 4, false, 0);
    assert_int_equal(breaker.state, BREAKER_CLOSED);
    assert_int_equal(breaker.failures, 4);
}

static void test_breaker_forgets_calls_older_than_its_window(void **state)
{
    (void)state;
    struct breaker breaker;
    breaker_init(&breaker, &policy);
    report_times(&breaker, 10, true, 0);
    for (unsigned round = 0; round < 100; round++) {
        report_times(&breaker, 4, false, round);
        assert_int_equal(breaker.state, BREAKER_CLOSED);
        report_times(&breaker, 10, true, round);
        assert_int_equal(breaker.failures, 0);
        assert_int_equal(breaker.known, 10);
    }
}

static void open_at(struct breaker *breaker, uint64_t now_ms)
{
    breaker_init(breaker, &policy);
    report_times(breaker, 5, false, now_ms);
    assert_int_equal(breaker->state, BREAKER_OPEN);
}

static void test_open_breaker_refuses_until_its_time_has_passed(void **state)
{
    (void)state;
    struct breaker breaker;
    open_at(&breaker, 5000);
    assert_false(breaker_allows(&breaker, 5000));
    assert_false(breaker_allows(&breaker, 5999));
    breaker_report(&breaker, true, 5500); /* of a call from before */
    assert_int_equal(breaker.state, BREAKER_OPEN);
    assert_true(breaker_allows(&breaker, 6000));
    assert_int_equal(breaker.state, BREAKER_HALF_OPEN);
}

static void test_half_open_breaker_lets_only_so_many_calls_through(void **state)
{
    (void)state;
    struct breaker breaker;
    open_at(&breaker, 0);
    for (unsigned i = 0; i < policy.half_open_calls; i++) {
        assert_true(breaker_allows(&breaker, 1000));
    }
    assert_false(breaker_allows(&breaker, 1000));
    breaker_report(&breaker, true, 1001);
    breaker_report(&breaker, true, 1001);
    assert_int_equal(breaker.state, BREAKER_HALF_OPEN);
    breaker_report(&breaker, true, 1001);
    assert_int_equal(breaker.state, BREAKER_CLOSED);
    assert_int_equal(breaker.known, 0);
}

static void test_half_open_breaker_opens_again_at_one_failure(void **state)
{
    (void)state;
    struct breaker breaker;
    open_at(&breaker, 0);
    assert_true(breaker_allows(&breaker, 1000));
    assert_true(breaker_allows(&breaker, 1000));
    breaker_report(&breaker, true, 1500);
    breaker_report(&breaker, false, 1500);
    assert_int_equal(breaker.state, BREAKER_OPEN);
    assert_false(breaker_allows(&breaker, 2499));
    assert_true(breaker_allows(&breaker, 2500));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_breaker_stays_closed_until_half_a_window_is_known),
        cmocka_unit_test(test_breaker_opens_at_the_failure_share_and_not_below),
        cmocka_unit_test(test_breaker_forgets_calls_older_than_its_window),
        cmocka_unit_test(test_open_breaker_refuses_until_its_time_has_passed),
        cmocka_unit_test(test_half_open_breaker_lets_only_so_many_calls_through),
        cmocka_unit_test(test_half_open_breaker_opens_again_at_one_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
