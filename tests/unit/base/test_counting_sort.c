/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libcommon/base/counting_sort.h"
#include "libcommon/base/random.h"

#define ROWS 300

static void test_rows_stand_by_key_in_their_old_order(void **state)
{
    (void)state;
    const uint32_t keys[] = {2, 0, 2, 3, 0};
    uint32_t starts[5 + 1], order[5];
    counting_sort(keys, 5, 5, starts, order);
    const uint32_t expected_starts[] = {0, 2, 2, 4, 5, 5}, expected_order[] = {1, 4, 0, 2, 3};
    assert_memory_equal(starts, expected_starts, sizeof starts);
    assert_memory_equal(order, expected_order, sizeof order);
}

static void test_no_rows_leave_all_ranges_empty(void **state)
{
    (void)state;
    uint32_t starts[] = {9, 9, 9};
    counting_sort(NULL, 0, 2, starts, NULL);
    for (uint32_t key = 0; key <= 2; key++) {
        assert_int_equal(starts[key], 0);
    }
    counting_sort(NULL, 0, 0, starts, NULL);
    assert_int_equal(starts[0], 0);
}

static void test_random_rows_are_all_there_once_and_sorted_stably(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 4, 1);
    for (int round = 0; round < 50; round++) {
        uint32_t keys[ROWS], order[ROWS], starts[17 + 1], key_count = 1 + random_below(&random, 17);
        for (uint32_t i = 0; i < ROWS; i++) {
            keys[i] = random_below(&random, key_count);
        }
        counting_sort(keys, ROWS, key_count, starts, order);
        assert_int_equal(starts[0], 0);
        assert_int_equal(starts[key_count], ROWS);
        for (uint32_t key = 0; key < key_count; key++) {
            for (uint32_t i = starts[key]; i < starts[key + 1]; i++) {
                assert_int_equal(keys[order[i]], key);
                assert_true(i == starts[key] || order[i - 1] < order[i]);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_stand_by_key_in_their_old_order),
        cmocka_unit_test(test_no_rows_leave_all_ranges_empty),
        cmocka_unit_test(test_random_rows_are_all_there_once_and_sorted_stably),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
