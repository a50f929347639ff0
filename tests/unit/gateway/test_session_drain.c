/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/gateway/core/session_drain.h"

static void test_sessions_outside_a_match_end_at_once_the_others_when_the_grace_is_over(void **state)
{
    (void)state;
    struct session_drain drain = {0};
    session_drain_begin(&drain, 8000, 1000);
    for (int at = SESSION_CONNECTING; at <= SESSION_WATCHING; at++) {
        bool is_in_match = at == SESSION_JOINING || at == SESSION_JOINED;
        assert_int_equal(!is_in_match, session_drain_ends(&drain, (enum session_state)at, 1000));
        assert_int_equal(!is_in_match, session_drain_ends(&drain, (enum session_state)at, 8999));
        assert_true(session_drain_ends(&drain, (enum session_state)at, 9000));
    }
}

static void test_it_is_finished_once_with_the_last_socket(void **state)
{
    (void)state;
    struct session_drain drain = {0};
    session_drain_begin(&drain, 8000, 1000);
    assert_false(session_drain_finish(&drain, 1));
    assert_true(session_drain_finish(&drain, 0));
    assert_false(session_drain_finish(&drain, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sessions_outside_a_match_end_at_once_the_others_when_the_grace_is_over),
        cmocka_unit_test(test_it_is_finished_once_with_the_last_socket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
