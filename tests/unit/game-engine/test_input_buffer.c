/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/client/input_clock.h"
#include "services/game-engine/core/input_buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TICKS_MAX 16

static struct input_buffer buffer;

static int setup(void **state)
{
    (void)state;
    input_buffer_init(&buffer, TICKS_MAX);
    return 0;
}

static enum input_verdict put(uint32_t sequence, uint32_t meant, uint16_t buttons, uint32_t now)
{
    const struct input input = {.sequence = sequence, .tick = meant, .buttons = buttons, .aim = 7};
    return input_buffer_put(&buffer, &input, now);
}

static struct input take(uint32_t tick)
{
    struct input input;
    input_buffer_take(&buffer, tick, &input);
    return input;
}

static void test_input_for_a_later_tick_waits_for_it(void **state)
{
    (void)state;
    assert_int_equal(put(1, 12, INPUT_UP, 10), INPUT_BUFFERED);
    assert_int_equal(buffer.waiting, 1);
    assert_int_equal(take(11).buttons, 0);
    assert_int_equal(take(12).buttons, INPUT_UP);
    assert_int_equal(buffer.used_sequence, 1);
    assert_int_equal(buffer.waiting, 0);
}

static void test_input_for_no_tick_is_used_in_the_next(void **state)
{
    (void)state;
    assert_int_equal(put(1, 0, INPUT_LEFT, 10), INPUT_BUFFERED);
    assert_int_equal(take(11).buttons, INPUT_LEFT);
}

static void test_late_input_is_used_now_if_it_is_the_newest(void **state)
{
    (void)state;
    assert_int_equal(put(5, 9, INPUT_UP, 10), INPUT_LATE);
    assert_int_equal(put(4, 8, INPUT_DOWN, 10), INPUT_DUPLICATE);
    assert_int_equal(put(6, 9, INPUT_RIGHT, 10), INPUT_LATE);
    assert_int_equal(take(11).buttons, INPUT_RIGHT);
    assert_int_equal(buffer.used_sequence, 6);
}

static void test_input_too_far_ahead_is_refused(void **state)
{
    (void)state;
    assert_int_equal(put(1, 10 + TICKS_MAX, INPUT_UP, 10), INPUT_BUFFERED);
    assert_int_equal(put(2, 11 + TICKS_MAX, INPUT_UP, 10), INPUT_EARLY);
    assert_int_equal(put(3, UINT32_MAX, INPUT_UP, 10), INPUT_EARLY);
    assert_int_equal(buffer.waiting, 1);
}

static void test_sequence_is_used_once(void **state)
{
    (void)state;
    assert_int_equal(put(1, 11, INPUT_UP, 10), INPUT_BUFFERED);
    assert_int_equal(put(1, 12, INPUT_UP, 10), INPUT_DUPLICATE);
    (void)take(11);
    assert_int_equal(put(1, 12, INPUT_UP, 11), INPUT_DUPLICATE);
    assert_int_equal(put(0, 12, INPUT_UP, 11), INPUT_DUPLICATE);
}

static void test_missing_input_repeats_the_last_then_stands_still(void **state)
{
    (void)state;
    (void)put(1, 1, INPUT_UP | INPUT_FIRE, 0);
    for (uint32_t tick = 1; tick <= 1 + INPUT_REPEAT_TICKS; tick++) {
        assert_int_equal(take(tick).buttons, INPUT_UP | INPUT_FIRE);
    }
    struct input still = take(2 + INPUT_REPEAT_TICKS);
    assert_int_equal(still.buttons, 0);
    assert_int_equal(still.aim, 7);
}

static void test_older_sequence_that_waits_behind_a_newer_is_not_used(void **state)
{
    (void)state;
    assert_int_equal(put(1, 12, INPUT_DOWN, 10), INPUT_BUFFERED);
    assert_int_equal(put(2, 11, INPUT_UP, 10), INPUT_BUFFERED);
    assert_int_equal(take(11).buttons, INPUT_UP);
    assert_int_equal(take(12).buttons, INPUT_UP);
    assert_int_equal(buffer.used_sequence, 2);
    assert_int_equal(buffer.waiting, 0);
}

static void test_newer_input_for_a_tick_keeps_what_the_older_wished_once(void **state)
{
    (void)state;
    const struct input older = {
        .sequence = 1, .tick = 11, .buttons = INPUT_UP | INPUT_FIRE | INPUT_RELOAD, .aim = 3, .weapon = 2};
    assert_int_equal(input_buffer_put(&buffer, &older, 10), INPUT_BUFFERED);
    assert_int_equal(put(2, 11, INPUT_LEFT, 10), INPUT_BUFFERED);
    struct input used = take(11);
    assert_int_equal(used.sequence, 2);
    assert_int_equal(used.buttons, INPUT_LEFT | INPUT_FIRE | INPUT_RELOAD);
    assert_int_equal(used.aim, 7);
    assert_int_equal(used.weapon, 2);
    assert_int_equal(buffer.waiting, 0);
}

static void test_a_burst_after_a_stall_is_one_input_a_tick(void **state)
{
    (void)state;
    for (uint32_t sequence = 1; sequence <= 6; sequence++) { /* for ticks 7 to 12, all in tick 10 */
        (void)put(sequence, 6 + sequence, INPUT_UP, 10);
    }
    assert_int_equal(take(11).sequence, 5);
    assert_int_equal(take(12).sequence, 6);
    assert_int_equal(buffer.waiting, 0);
}

static void test_depth_says_how_much_earlier_inputs_come_than_they_need_to(void **state)
{
    (void)state;
    assert_int_equal(input_buffer_depth(&buffer, 0), INPUT_DEPTH_UNKNOWN);
    for (uint32_t tick = 0; tick < 60; tick++) {
        (void)put(tick + 1, tick + 4, INPUT_UP, tick);
        (void)take(tick + 1);
    }
    assert_int_equal(input_buffer_depth(&buffer, 60), INPUT_DEPTH_RIGHT + 3);
    input_buffer_reset(&buffer);
    assert_int_equal(input_buffer_depth(&buffer, 60), INPUT_DEPTH_UNKNOWN);
}

static void test_new_session_counts_anew_and_keeps_its_aim(void **state)
{
    (void)state;
    (void)put(900, 1, INPUT_UP, 0);
    (void)take(1);
    input_buffer_reset(&buffer);
    assert_int_equal(take(2).buttons, 0);
    assert_int_equal(take(3).aim, 7);
    assert_int_equal(put(1, 4, INPUT_LEFT, 3), INPUT_BUFFERED);
    assert_int_equal(take(4).buttons, INPUT_LEFT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_input_for_a_later_tick_waits_for_it, setup),
        cmocka_unit_test_setup(test_input_for_no_tick_is_used_in_the_next, setup),
        cmocka_unit_test_setup(test_late_input_is_used_now_if_it_is_the_newest, setup),
        cmocka_unit_test_setup(test_input_too_far_ahead_is_refused, setup),
        cmocka_unit_test_setup(test_sequence_is_used_once, setup),
        cmocka_unit_test_setup(test_missing_input_repeats_the_last_then_stands_still, setup),
        cmocka_unit_test_setup(test_older_sequence_that_waits_behind_a_newer_is_not_used, setup),
        cmocka_unit_test_setup(test_newer_input_for_a_tick_keeps_what_the_older_wished_once, setup),
        cmocka_unit_test_setup(test_a_burst_after_a_stall_is_one_input_a_tick, setup),
        cmocka_unit_test_setup(test_depth_says_how_much_earlier_inputs_come_than_they_need_to, setup),
        cmocka_unit_test_setup(test_new_session_counts_anew_and_keeps_its_aim, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
