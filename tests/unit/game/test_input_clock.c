/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/client/input_clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct input_clock timing;

/* The first snapshot, of tick 100; the next input is the first. */
static int setup(void **state)
{
    (void)state;
    input_clock_init(&timing);
    assert_int_equal(input_clock_tick(&timing, 1), 0);
    input_clock_observe(&timing, &(struct input_clock_report){.tick = 100}, 1);
    return 0;
}

static void hear(uint32_t tick, uint32_t used, uint8_t depth, uint32_t next)
{
    input_clock_observe(&timing, &(struct input_clock_report){.tick = tick, .used_sequence = used, .depth = depth},
                        next);
}

static void test_ticks_follow_the_sequences(void **state)
{
    (void)state;
    uint32_t first = input_clock_tick(&timing, 1);
    assert_true(first > 100);
    assert_int_equal(input_clock_tick(&timing, 31), first + 30);
}

static void test_late_inputs_move_the_clock_at_once_and_once_only(void **state)
{
    (void)state;
    uint32_t before = input_clock_tick(&timing, 20);
    hear(110, 1, INPUT_DEPTH_RIGHT - 5, 11);
    assert_int_equal(input_clock_tick(&timing, 20), before + 5);
    hear(111, 2, INPUT_DEPTH_RIGHT - 5, 12); /* of inputs made before the correction */
    assert_int_equal(input_clock_tick(&timing, 20), before + 5);
    hear(120, 11, INPUT_DEPTH_RIGHT - 1, 21);
    assert_int_equal(input_clock_tick(&timing, 20), before + 6);
    assert_true(input_clock_advance(&timing));
}

static void test_correction_that_no_used_input_shows_is_judged_after_two_seconds(void **state)
{
    (void)state;
    uint32_t before = input_clock_tick(&timing, 300);
    hear(110, 1, INPUT_DEPTH_RIGHT - 5, 11);
    hear(229, 1, INPUT_DEPTH_EARLY, 130);
    assert_int_equal(input_clock_tick(&timing, 300), before + 5);
    hear(230, 1, INPUT_DEPTH_EARLY, 131);
    assert_int_equal(input_clock_tick(&timing, 300), before + 5 - (INPUT_DEPTH_EARLY - INPUT_DEPTH_RIGHT));
}

static void test_early_inputs_are_eased_by_one_tick_a_second(void **state)
{
    (void)state;
    uint32_t before = input_clock_tick(&timing, 500);
    uint32_t left_out = 0;
    for (uint32_t tick = 101; tick <= 100 + 5 * INPUT_CLOCK_EASE_TICKS; tick++) {
        hear(tick, tick - 100, INPUT_DEPTH_RIGHT + 2, tick - 98);
        left_out += !input_clock_advance(&timing);
    }
    assert_int_equal(left_out, 5);
    assert_int_equal(input_clock_tick(&timing, 500), before);
}

static void test_the_right_depth_and_an_unknown_one_change_nothing(void **state)
{
    (void)state;
    uint32_t before = input_clock_tick(&timing, 500);
    for (uint32_t tick = 101; tick < 400; tick++) {
        hear(tick, tick - 100, tick % 2 == 0 ? INPUT_DEPTH_RIGHT : INPUT_DEPTH_UNKNOWN, tick - 98);
        assert_true(input_clock_advance(&timing));
    }
    assert_int_equal(input_clock_tick(&timing, 500), before);
}

static void test_skipped_ticks_count_for_the_clock(void **state)
{
    (void)state;
    uint32_t before = input_clock_tick(&timing, 7);
    input_clock_skip(&timing, 30);
    assert_int_equal(input_clock_tick(&timing, 7), before + 30);
    input_clock_init(&timing);
    input_clock_skip(&timing, 30);
    assert_int_equal(input_clock_tick(&timing, 7), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_ticks_follow_the_sequences, setup),
        cmocka_unit_test_setup(test_late_inputs_move_the_clock_at_once_and_once_only, setup),
        cmocka_unit_test_setup(test_correction_that_no_used_input_shows_is_judged_after_two_seconds, setup),
        cmocka_unit_test_setup(test_early_inputs_are_eased_by_one_tick_a_second, setup),
        cmocka_unit_test_setup(test_the_right_depth_and_an_unknown_one_change_nothing, setup),
        cmocka_unit_test_setup(test_skipped_ticks_count_for_the_clock, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
