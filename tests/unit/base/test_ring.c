/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libcommon/base/ring.h"

static void push(struct ring *ring, int value)
{
    int *place = ring_push(ring);
    assert_non_null(place);
    *place = value;
}

static void test_elements_come_out_in_order_across_the_wrap(void **state)
{
    (void)state;
    int memory[3];
    struct ring ring;
    ring_init(&ring, memory, sizeof memory[0], 3);
    int in = 0;
    int out = 0;
    for (int round = 0; round < 10; round++) {
        push(&ring, in++);
        push(&ring, in++);
        for (int i = 0; i < 2; i++) {
            int value = -1;
            assert_int_equal(ring_pop(&ring, &value), STATUS_OK);
            assert_int_equal(value, out++);
        }
    }
    int value = 5;
    assert_int_equal(ring_pop(&ring, &value), STATUS_EMPTY);
    assert_int_equal(value, 5);
}

static void test_full_ring_refuses_or_gives_up_its_oldest(void **state)
{
    (void)state;
    int memory[2];
    struct ring ring;
    ring_init(&ring, memory, sizeof memory[0], 2);
    push(&ring, 1);
    push(&ring, 2);
    assert_null(ring_push(&ring));
    *(int *)ring_push_over(&ring) = 3;
    assert_int_equal(*(int *)ring_at(&ring, 0), 2);
    assert_int_equal(*(int *)ring_at(&ring, 1), 3);
    assert_null(ring_at(&ring, 2));
}

static void test_dropping_more_than_there_is_empties_the_ring(void **state)
{
    (void)state;
    int memory[4];
    struct ring ring;
    ring_init(&ring, memory, sizeof memory[0], 4);
    push(&ring, 1);
    push(&ring, 2);
    ring_drop(&ring, 1);
    assert_int_equal(*(int *)ring_at(&ring, 0), 2);
    ring_drop(&ring, 9);
    assert_int_equal(ring.count, 0);
    push(&ring, 7);
    assert_int_equal(*(int *)ring_at(&ring, 0), 7);
    ring_clear(&ring);
    assert_null(ring_at(&ring, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements_come_out_in_order_across_the_wrap),
        cmocka_unit_test(test_full_ring_refuses_or_gives_up_its_oldest),
        cmocka_unit_test(test_dropping_more_than_there_is_empties_the_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
