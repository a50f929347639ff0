/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/mailbox/mailbox_senders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct mailbox_senders senders;

static int set_up(void **state)
{
    (void)state;
    mailbox_senders_init(&senders, 1);
    return 0;
}

static uint64_t gap_of(const char *url, uint64_t incarnation, uint64_t sequence, uint64_t now_ms)
{
    uint64_t gap = 0;
    return mailbox_senders_accept(&senders, url, incarnation, sequence, now_ms, &gap) ? gap : UINT64_MAX;
}

static void test_lost_batches_are_counted(void **state)
{
    (void)state;
    assert_int_equal(gap_of("tcp://a:1", 1, 5, 0), 0); /* the first one seen */
    assert_int_equal(gap_of("tcp://a:1", 1, 6, 0), 0);
    assert_int_equal(gap_of("tcp://a:1", 1, 10, 0), 3);
}

static void test_replayed_and_overtaken_batches_are_refused(void **state)
{
    (void)state;
    assert_int_equal(gap_of("tcp://a:1", 1, 5, 0), 0);
    assert_true(gap_of("tcp://a:1", 1, 5, 0) == UINT64_MAX);
    assert_true(gap_of("tcp://a:1", 1, 4, 0) == UINT64_MAX);
    assert_int_equal(gap_of("tcp://b:1", 1, 4, 0), 0);
}

static void test_restarted_or_long_silent_sender_is_counted_from_its_first(void **state)
{
    (void)state;
    assert_int_equal(gap_of("tcp://a:1", 1, 500, 0), 0);
    assert_int_equal(gap_of("tcp://a:1", 2, 1, 1), 0);
    assert_true(gap_of("tcp://a:1", 2, 1, MAILBOX_SILENCE_MS) == UINT64_MAX);
    assert_int_equal(gap_of("tcp://a:1", 2, 1, 1 + MAILBOX_SILENCE_MS), 0);
}

static void test_sender_silent_longest_makes_room(void **state)
{
    (void)state;
    char url[MAILBOX_URL_MAX];
    for (uint64_t i = 0; i < MAILBOX_PEERS_MAX + 10; i++) {
        snprintf(url, sizeof url, "tcp://host-%u:1", (unsigned)i);
        assert_int_equal(gap_of(url, 1, 5, 100 + i), 0);
    }
    assert_int_equal(gap_of("tcp://host-0:1", 1, 5, 2000), 0); /* forgotten: counts as new */
    assert_true(gap_of("tcp://host-1000:1", 1, 5, 2000) == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_lost_batches_are_counted, set_up),
        cmocka_unit_test_setup(test_replayed_and_overtaken_batches_are_refused, set_up),
        cmocka_unit_test_setup(test_restarted_or_long_silent_sender_is_counted_from_its_first, set_up),
        cmocka_unit_test_setup(test_sender_silent_longest_makes_room, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
