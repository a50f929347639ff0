/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/formed_match_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct formed_match_table table;

static int begin(void **state)
{
    (void)state;
    formed_match_table_init(&table);
    return 0;
}

static enum status add(uint32_t number, uint32_t *out_slot)
{
    char id[TICKET_ID_SIZE];
    (void)snprintf(id, sizeof(id), "%032x", number);
    return formed_match_table_add(&table, id, out_slot);
}

static uint32_t must_add(uint32_t number)
{
    uint32_t slot;
    assert_int_equal(add(number, &slot), STATUS_OK);
    return slot;
}

static uint32_t find(uint32_t number)
{
    char id[TICKET_ID_SIZE];
    (void)snprintf(id, sizeof(id), "%032x", number);
    return formed_match_table_find(&table, id);
}

static void test_matches_are_found_by_id_until_they_are_forgotten(void **state)
{
    (void)state;
    uint32_t first = must_add(1), second = must_add(2);
    assert_int_equal(find(1), first);
    assert_int_equal(find(2), second);
    assert_int_equal(find(3), FORMED_MATCH_NONE);
    assert_int_equal(table.slots[first].state, FORMED_MATCH_PLACING);
    assert_int_equal(table.placing_count, 2);
    formed_match_table_forget(&table, first);
    assert_int_equal(find(1), FORMED_MATCH_NONE);
    assert_int_equal(find(2), second);
    assert_int_equal(table.placing_count, 1);
}

static void test_match_runs_and_is_over(void **state)
{
    (void)state;
    uint32_t slot = must_add(1);
    formed_match_table_advance(&table, slot, 50);
    assert_int_equal(table.slots[slot].state, FORMED_MATCH_RUNNING);
    assert_int_equal(table.slots[slot].update_ms, 50);
    assert_int_equal(table.placing_count, 0);
    formed_match_table_advance(&table, slot, 60);
    assert_int_equal(table.slots[slot].state, FORMED_MATCH_OVER);
    assert_int_equal(table.slots[slot].update_ms, 60);
    formed_match_table_forget(&table, slot);
    assert_int_equal(table.slots[slot].state, FORMED_MATCH_UNUSED);
    assert_int_equal(table.placing_count, 0);
}

static void test_full_table_forgets_the_oldest_that_is_not_being_placed(void **state)
{
    (void)state;
    uint32_t slot;
    for (uint32_t i = 0; i < FORMED_MATCHES_CAPACITY; i++) {
        must_add(i);
    }
    assert_int_equal(add(5000, &slot), STATUS_FULL);
    formed_match_table_advance(&table, find(3), 1);
    formed_match_table_advance(&table, find(7), 1);
    assert_int_equal(must_add(5000), 3);
    assert_int_equal(find(3), FORMED_MATCH_NONE);
    assert_int_not_equal(find(7), FORMED_MATCH_NONE);
    assert_int_equal(must_add(5001), 7);
    assert_int_equal(add(5002, &slot), STATUS_FULL);
    formed_match_table_forget(&table, find(0));
    assert_int_equal(must_add(5002), 0); /* round and round */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_matches_are_found_by_id_until_they_are_forgotten, begin),
        cmocka_unit_test_setup(test_match_runs_and_is_over, begin),
        cmocka_unit_test_setup(test_full_table_forgets_the_oldest_that_is_not_being_placed, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
