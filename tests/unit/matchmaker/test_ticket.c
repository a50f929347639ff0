/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/ticket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_wait_and_age_count_from_their_beginnings_even_before_the_clocks_zero(void **state)
{
    (void)state;
    const struct ticket ticket = {.wait_since_ms = -5000, .update_ms = 2000};
    assert_int_equal(ticket_wait_ms(&ticket, 3000), 8000);
    assert_int_equal(ticket_age_ms(&ticket, 3000), 1000);
    assert_int_equal(ticket_age_ms(&ticket, 2000), 0);
    assert_int_equal(ticket_age_ms(&ticket, 1999), 0);
    const struct ticket ancient = {.wait_since_ms = -((int64_t)UINT32_MAX + 10)};
    assert_int_equal(ticket_wait_ms(&ancient, 0), UINT32_MAX);
}

static void test_open_ones_can_be_left_until_they_are_placed(void **state)
{
    (void)state;
    for (enum ticket_state at = TICKET_QUEUED; at < TICKET_STATE_COUNT; at++) {
        const struct ticket ticket = {.state = at};
        assert_int_equal(ticket_is_open(&ticket),
                         at == TICKET_QUEUED || at == TICKET_SEARCHING || at == TICKET_PLACING);
        assert_int_equal(ticket_can_leave(&ticket), at == TICKET_QUEUED || at == TICKET_SEARCHING);
    }
}

static void test_names_are_those_of_the_protocol(void **state)
{
    (void)state;
    assert_string_equal(ticket_state_name(TICKET_QUEUED), "QUEUED");
    assert_string_equal(ticket_state_name(TICKET_TIMED_OUT), "TIMED_OUT");
    assert_string_equal(ticket_reason_name(TICKET_REASON_NONE), "");
    assert_string_equal(ticket_reason_name(TICKET_REASON_NO_CAPACITY), "NO_CAPACITY");
    assert_string_equal(ticket_reason_name(TICKET_REASON_NO_MATCH), "NO_MATCH");
    assert_string_equal(ticket_reason_message(TICKET_REASON_NONE), "");
    assert_true(strstr(ticket_reason_message(TICKET_REASON_NO_MATCH), "opponents") != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wait_and_age_count_from_their_beginnings_even_before_the_clocks_zero),
        cmocka_unit_test(test_open_ones_can_be_left_until_they_are_placed),
        cmocka_unit_test(test_names_are_those_of_the_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
