/* SPDX-License-Identifier: Apache-2.0 */
/* Which view the next snapshot builds on: in order, after skips, with reports of what was under way, and how often one
 * is due. */
#include "services/game-engine/core/baseline_history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct baseline_history history;
static struct view view;
static void *history_memory, *view_memory;

static int begin(void **state)
{
    (void)state;
    struct view_limits limits = view_limits_baseline(4);
    history_memory = malloc(baseline_history_bytes(&limits));
    view_memory = calloc(1, view_bytes(&limits));
    view_init(&view, &limits, view_memory);
    baseline_history_init(&history, &limits, history_memory);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(history_memory);
    free(view_memory);
    return 0;
}

static void show(uint32_t tick)
{
    view.tick = tick;
    baseline_history_sent(&history, &view);
}

static void show_from_to(uint32_t first, uint32_t last)
{
    for (uint32_t tick = first; tick <= last; tick++) {
        show(tick);
    }
}

/* 0: none, a keyframe comes next. */
static uint32_t baseline_tick(void)
{
    const struct baseline *baseline = baseline_history_baseline(&history);
    return baseline == NULL ? 0 : baseline->tick;
}

static void test_each_snapshot_builds_on_the_one_before(void **state)
{
    (void)state;
    assert_int_equal(baseline_tick(), 0);
    for (uint32_t tick = 1; tick < 20; tick++) {
        show(tick);
        assert_int_equal(baseline_tick(), tick);
        assert_int_equal(history.sent_tick, tick);
    }
}

static void test_report_goes_back_to_what_was_written(void **state)
{
    (void)state;
    show_from_to(1, 8);
    baseline_history_skipped(&history, 2, 6, 8); /* 7 and 8 */
    assert_int_equal(baseline_tick(), 6);
    assert_int_equal(history.skips_expected, 0);
    assert_int_equal(history.divisor, 2);
    assert_int_equal(history.known_tick, 6);
    show(9);
    assert_int_equal(baseline_tick(), 9);
}

static void test_written_view_that_is_not_kept_any_more_leads_to_a_keyframe(void **state)
{
    (void)state;
    show_from_to(1, BASELINE_HISTORY_VIEWS + 1);
    baseline_history_skipped(&history, BASELINE_HISTORY_VIEWS, 1, 8);
    assert_int_equal(baseline_tick(), 0);
    assert_int_equal(history.known_tick, 1);
    show(9);
    assert_int_equal(baseline_tick(), 9);
}

static void test_oldest_view_kept_is_the_sixth_before(void **state)
{
    (void)state;
    show_from_to(1, BASELINE_HISTORY_VIEWS);
    baseline_history_skipped(&history, BASELINE_HISTORY_VIEWS - 1, 1, 8);
    assert_int_equal(baseline_tick(), 1);
}

static void test_skips_of_what_was_under_way_are_expected_and_change_nothing(void **state)
{
    (void)state;
    show_from_to(1, 6);
    baseline_history_skipped(&history, 1, 3, 6); /* 4; 5 and 6 are under way, and build on it */
    assert_int_equal(baseline_tick(), 3);
    assert_int_equal(history.skips_expected, 2);
    show(7);
    baseline_history_skipped(&history, 1, 3, 7);
    assert_int_equal(history.skips_expected, 1);
    assert_int_equal(baseline_tick(), 7);
    baseline_history_skipped(&history, 1, 3, 7);
    assert_int_equal(history.skips_expected, 0);
    assert_int_equal(baseline_tick(), 7);
    assert_int_equal(history.divisor, 2);
    baseline_history_skipped(&history, 1, 3, 7); /* one more than that: 7 */
    assert_int_equal(baseline_tick(), 3);
}

static void test_more_skips_than_expected_go_back_once_for_what_is_more(void **state)
{
    (void)state;
    show_from_to(1, 6);
    baseline_history_skipped(&history, 1, 3, 6);
    assert_int_equal(history.skips_expected, 2);
    show_from_to(7, 8);
    baseline_history_skipped(&history, 3, 3, 8); /* 5 and 6, which were expected, and 7 */
    assert_int_equal(baseline_tick(), 3);
    assert_int_equal(history.skips_expected, 4); /* of the five after 3 one was reported now */
}

static void test_view_that_was_written_last_is_kept_until_the_client_recovered(void **state)
{
    (void)state;
    show_from_to(1, 4);
    baseline_history_skipped(&history, 1, 3, 4);
    show_from_to(5, 5 + 3 * BASELINE_HISTORY_VIEWS);
    baseline_history_skipped(&history, 1 + 3 * BASELINE_HISTORY_VIEWS, 3, 30);
    assert_int_equal(baseline_tick(), 3);
}

static void test_newer_view_that_was_written_ends_what_was_expected(void **state)
{
    (void)state;
    show_from_to(1, 6);
    baseline_history_skipped(&history, 1, 3, 6);
    assert_int_equal(history.skips_expected, 2);
    show_from_to(7, 9);
    baseline_history_skipped(&history, 1, 8, 9); /* 8 was made after the baseline went back */
    assert_int_equal(history.skips_expected, 0);
}

static void test_rate_falls_by_a_step_and_not_faster_than_it_may(void **state)
{
    (void)state;
    show_from_to(1, 5);
    baseline_history_skipped(&history, 1, 4, 100);
    assert_int_equal(history.divisor, 2);
    show(101);
    baseline_history_skipped(&history, 1, 4, 100 + BASELINE_HISTORY_LOWER_TICKS - 1);
    assert_int_equal(history.divisor, 2);
    show(130);
    baseline_history_skipped(&history, 2, 4, 100 + BASELINE_HISTORY_LOWER_TICKS); /* one of them was expected */
    assert_int_equal(history.divisor, 3);
    show(200);
    baseline_history_skipped(&history, 3, 4, 300);
    assert_int_equal(history.divisor, BASELINE_HISTORY_DIVISOR_MAX);
}

static void test_rate_rises_by_a_step_after_three_seconds_without_a_skip(void **state)
{
    (void)state;
    show_from_to(1, 5);
    baseline_history_skipped(&history, 1, 4, 100);
    show(120);
    baseline_history_skipped(&history, 1, 4, 120);
    assert_int_equal(history.divisor, 3);
    (void)baseline_history_is_due(&history, 120 + BASELINE_HISTORY_RECOVER_TICKS - 1);
    assert_int_equal(history.divisor, 3);
    (void)baseline_history_is_due(&history, 120 + BASELINE_HISTORY_RECOVER_TICKS);
    assert_int_equal(history.divisor, 2);
    assert_int_not_equal(history.written, BASELINE_HISTORY_NONE);
    (void)baseline_history_is_due(&history, 120 + 2 * BASELINE_HISTORY_RECOVER_TICKS);
    assert_int_equal(history.divisor, 1);
    assert_int_equal(history.written, BASELINE_HISTORY_NONE);
}

static void test_snapshot_is_due_at_the_slower_of_requested_and_lowered_rate(void **state)
{
    (void)state;
    assert_true(baseline_history_is_due(&history, 1)); /* the first at once */
    show(1);
    assert_true(baseline_history_is_due(&history, 2));
    baseline_history_request(&history, 3);
    assert_false(baseline_history_is_due(&history, 3));
    assert_true(baseline_history_is_due(&history, 4));
    baseline_history_request(&history, 1);
    history.divisor = 2;
    history.skip_tick = 1;
    assert_false(baseline_history_is_due(&history, 2));
    assert_true(baseline_history_is_due(&history, 3));
}

static void test_break_begins_again_with_a_keyframe_after_the_last_baseline(void **state)
{
    (void)state;
    show_from_to(1, 5);
    baseline_history_break(&history);
    assert_int_equal(baseline_tick(), 0);
    assert_int_equal(history.known_tick, 5);
    baseline_history_break(&history);
    assert_int_equal(history.known_tick, 5);
    baseline_history_reset(&history, 9);
    assert_int_equal(history.known_tick, 9);
    assert_int_equal(history.sent_tick, 0);
}

static void test_events_are_known_only_up_to_what_was_sent(void **state)
{
    (void)state;
    show_from_to(1, 5);
    baseline_history_skipped(&history, 1, 77, 6); /* of no snapshot of ours */
    assert_int_equal(history.known_tick, 0);
    assert_int_equal(baseline_tick(), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_each_snapshot_builds_on_the_one_before),
        TEST(test_report_goes_back_to_what_was_written),
        TEST(test_written_view_that_is_not_kept_any_more_leads_to_a_keyframe),
        TEST(test_oldest_view_kept_is_the_sixth_before),
        TEST(test_skips_of_what_was_under_way_are_expected_and_change_nothing),
        TEST(test_more_skips_than_expected_go_back_once_for_what_is_more),
        TEST(test_view_that_was_written_last_is_kept_until_the_client_recovered),
        TEST(test_newer_view_that_was_written_ends_what_was_expected),
        TEST(test_rate_falls_by_a_step_and_not_faster_than_it_may),
        TEST(test_rate_rises_by_a_step_after_three_seconds_without_a_skip),
        TEST(test_snapshot_is_due_at_the_slower_of_requested_and_lowered_rate),
        TEST(test_break_begins_again_with_a_keyframe_after_the_last_baseline),
        TEST(test_events_are_known_only_up_to_what_was_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
