/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/tick_schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define START_NS  1000000007u
#define SECOND_NS 1000000000ull
#define TICK_NS   (SECOND_NS / 60)

static struct tick_schedule schedule;

static int set_up(void **state)
{
    (void)state;
    tick_schedule_start(&schedule, START_NS);
    return 0;
}

static void test_sixty_ticks_are_one_second_exactly(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 60 * 1000; i++) {
        struct tick_due due = tick_schedule_take(&schedule, tick_schedule_deadline(&schedule));
        assert_int_equal(due.run, 1);
        assert_int_equal(due.late, 0);
        assert_int_equal(due.skipped, 0);
    }
    assert_true(tick_schedule_deadline(&schedule) == START_NS + 1000 * SECOND_NS + TICK_NS);
}

static void test_nothing_is_due_before_the_deadline(void **state)
{
    (void)state;
    assert_int_equal(tick_schedule_take(&schedule, tick_schedule_deadline(&schedule) - 1).run, 0);
    assert_int_equal(tick_schedule_take(&schedule, tick_schedule_deadline(&schedule)).run, 1);
}

static void test_lateness_is_told_and_does_not_move_the_next_deadline(void **state)
{
    (void)state;
    uint64_t deadline = tick_schedule_deadline(&schedule);
    struct tick_due due = tick_schedule_take(&schedule, deadline + TICK_LATE_NS + 1);
    assert_int_equal(due.run, 1);
    assert_int_equal(due.late, 1);
    assert_true(due.late_ns == TICK_LATE_NS + 1);
    assert_true(tick_schedule_deadline(&schedule) == START_NS + 2 * SECOND_NS / 60);
}

static void test_short_hitch_is_caught_up(void **state)
{
    (void)state;
    struct tick_due due = tick_schedule_take(&schedule, tick_schedule_deadline(&schedule) + 2ull * TICK_NS + 10);
    assert_int_equal(due.run, 3);
    assert_int_equal(due.late, 2);
    assert_int_equal(due.skipped, 0);
}

static void test_long_hitch_skips_ticks_and_goes_on_in_step(void **state)
{
    (void)state;
    uint64_t now = START_NS + 5 * SECOND_NS + TICK_NS / 2;
    struct tick_due due = tick_schedule_take(&schedule, now);
    assert_int_equal(due.run, TICK_CATCH_UP_MAX);
    assert_int_equal(due.skipped, 300 - TICK_CATCH_UP_MAX);
    assert_true(tick_schedule_deadline(&schedule) > now);
    assert_true(tick_schedule_deadline(&schedule) <= now + TICK_NS);
    assert_int_equal(tick_schedule_take(&schedule, now).run, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_sixty_ticks_are_one_second_exactly, set_up),
        cmocka_unit_test_setup(test_nothing_is_due_before_the_deadline, set_up),
        cmocka_unit_test_setup(test_lateness_is_told_and_does_not_move_the_next_deadline, set_up),
        cmocka_unit_test_setup(test_short_hitch_is_caught_up, set_up),
        cmocka_unit_test_setup(test_long_hitch_skips_ticks_and_goes_on_in_step, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
