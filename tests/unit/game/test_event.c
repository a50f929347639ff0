/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libcommon/game/world/event.h"

static void add_tick(struct event_history *history, uint32_t tick, uint32_t count)
{
    struct event items[8] = {0};
    struct event_list list = {.items = items, .capacity = 8};
    for (uint32_t i = 0; i < count; i++) {
        event_list_add(&list, &(struct event){.tick = tick, .value = (uint16_t)i});
        event_list_add(&list, &(struct event){.tick = tick, .kind = EVENT_FIRED}); /* which no history has */
    }
    event_history_add(history, &list);
}

static void test_list_counts_what_does_not_fit(void **state)
{
    (void)state;
    struct event items[2];
    struct event_list list = {.items = items, .capacity = 2};
    for (int i = 0; i < 5; i++) {
        event_list_add(&list, &(struct event){.tick = 1});
    }
    assert_int_equal(list.count, 2);
    assert_int_equal(list.dropped, 3);
}

static void test_history_finds_the_first_event_after_a_tick(void **state)
{
    (void)state;
    struct event memory[8];
    struct event_history history;
    event_history_init(&history, memory, 8);
    add_tick(&history, 3, 2);
    add_tick(&history, 4, 0);
    add_tick(&history, 7, 3);
    assert_int_equal(event_history_after(&history, 0), 0);
    assert_int_equal(event_history_after(&history, 3), 2);
    assert_int_equal(event_history_after(&history, 6), 2);
    assert_int_equal(event_history_after(&history, 7), 5);
    assert_true(event_history_covers(&history, 0));
}

static void test_history_says_what_it_lost(void **state)
{
    (void)state;
    struct event memory[4];
    struct event_history history;
    event_history_init(&history, memory, 4);
    add_tick(&history, 1, 3);
    add_tick(&history, 2, 3);
    assert_int_equal(history.count, 4);
    assert_int_equal(event_history_at(&history, 0)->tick, 1);
    assert_int_equal(event_history_at(&history, 3)->value, 2);
    assert_false(event_history_covers(&history, 0));
    assert_true(event_history_covers(&history, 1));
    assert_int_equal(event_history_after(&history, 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list_counts_what_does_not_fit),
        cmocka_unit_test(test_history_finds_the_first_event_after_a_tick),
        cmocka_unit_test(test_history_says_what_it_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
