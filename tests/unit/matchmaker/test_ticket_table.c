/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/ticket_table.h"

#include "libcommon/base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ticket_table table;

static struct ticket ticket_of(uint32_t number, int64_t since_ms)
{
    struct ticket ticket = {.state = TICKET_QUEUED, .wait_since_ms = since_ms};
    snprintf(ticket.id, sizeof(ticket.id), "%032x", number);
    snprintf(ticket.player_id, sizeof(ticket.player_id), "player-%u", number);
    return ticket;
}

static uint32_t must_add(uint32_t number, int64_t since_ms)
{
    struct ticket ticket = ticket_of(number, since_ms);
    uint32_t slot;
    assert_int_equal(ticket_table_add(&table, &ticket, &slot), STATUS_OK);
    return slot;
}

static void close_slot(uint32_t slot)
{
    table.slots[slot].state = TICKET_CANCELLED;
    ticket_table_close(&table, slot);
}

static void test_tickets_are_found_by_id_and_by_player(void **state)
{
    (void)state;
    ticket_table_init(&table, 100, 99);
    uint32_t slot = must_add(1, 10);
    assert_int_equal(ticket_table_find(&table, table.slots[slot].id), slot);
    assert_int_equal(ticket_table_find_open_of(&table, "player-1"), slot);
    assert_int_equal(ticket_table_find(&table, "nothing"), TICKET_NONE);
    assert_int_equal(ticket_table_find_open_of(&table, "player-2"), TICKET_NONE);
}

static void test_player_has_one_open_ticket_but_any_number_of_closed_ones(void **state)
{
    (void)state;
    ticket_table_init(&table, 100, 99);
    struct ticket second = ticket_of(2, 20);
    snprintf(second.player_id, sizeof(second.player_id), "player-1");
    uint32_t first = must_add(1, 10), slot;
    assert_int_equal(ticket_table_add(&table, &second, &slot), STATUS_EXISTS);
    close_slot(first);
    assert_int_equal(ticket_table_add(&table, &second, &slot), STATUS_OK);
    assert_int_equal(ticket_table_find_open_of(&table, "player-1"), slot);
    assert_int_equal(ticket_table_find(&table, table.slots[first].id), first);
}

static void test_table_reports_full_and_closed_tickets_give_way(void **state)
{
    (void)state;
    ticket_table_init(&table, 2, 99);
    uint32_t first = must_add(1, 10), slot;
    must_add(2, 20);
    struct ticket third = ticket_of(3, 30);
    assert_int_equal(ticket_table_add(&table, &third, &slot), STATUS_FULL);
    close_slot(first);
    assert_int_equal(ticket_table_add(&table, &third, &slot), STATUS_OK);
    assert_int_equal(ticket_table_find(&table, ticket_of(1, 0).id), TICKET_NONE);
}

static void test_open_list_is_ordered_by_age_whatever_comes_when(void **state)
{
    (void)state;
    ticket_table_init(&table, 1000, 99);
    struct random random;
    random_init(&random, 3, 1);
    for (uint32_t i = 0; i < 500; i++) {
        uint32_t slot = must_add(i, (int64_t)random_below(&random, 100) - 50);
        if (i % 3 == 0) {
            close_slot(slot);
        }
    }
    uint32_t count = 0;
    int64_t last = INT64_MIN;
    for (uint32_t slot = table.open.first; slot != TICKET_NONE; slot = table.links[slot].newer) {
        assert_true(table.slots[slot].wait_since_ms >= last);
        last = table.slots[slot].wait_since_ms;
        count++;
    }
    assert_int_equal(count, table.open.count);
    assert_int_equal(table.open.count + table.closed.count + table.unused.count, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tickets_are_found_by_id_and_by_player),
        cmocka_unit_test(test_player_has_one_open_ticket_but_any_number_of_closed_ones),
        cmocka_unit_test(test_table_reports_full_and_closed_tickets_give_way),
        cmocka_unit_test(test_open_list_is_ordered_by_age_whatever_comes_when),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
