/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/mailbox/mailbox_requests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct mailbox_requests *requests;

static int set_up(void **state)
{
    (void)state;
    return mailbox_requests_create(UINT64_MAX, &requests) == STATUS_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    struct mailbox_pending *pending;
    while ((pending = mailbox_requests_next(requests, NULL)) != NULL) {
        mailbox_requests_end(requests, pending);
    }
    mailbox_requests_destroy(requests);
    return 0;
}

static struct mailbox_pending *start(uint64_t deadline_ms, uint64_t repeat_ms)
{
    struct mailbox_pending *pending;
    assert_int_equal(mailbox_requests_start(requests, &pending), STATUS_OK);
    pending->deadline_ms = deadline_ms;
    pending->repeat_ms = repeat_ms;
    return pending;
}

static void test_id_of_an_ended_request_finds_nothing(void **state)
{
    (void)state;
    struct mailbox_pending *first = start(10, 5);
    uint64_t id = first->id;
    assert_ptr_equal(mailbox_requests_find(requests, id), first);
    mailbox_requests_end(requests, first);
    assert_null(mailbox_requests_find(requests, id));
    struct mailbox_pending *second = start(10, 5); /* the same slot */
    assert_ptr_equal(second, first);
    assert_null(mailbox_requests_find(requests, id));
    assert_null(mailbox_requests_find(requests, 0));
}

static void test_table_has_its_limit_and_gives_every_slot_again(void **state)
{
    (void)state;
    struct mailbox_pending *pending;
    for (int round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < MAILBOX_REQUESTS_MAX; i++) {
            assert_true(start(i, i)->id != 0);
        }
        assert_int_equal(mailbox_requests_start(requests, &pending), STATUS_FULL);
        while ((pending = mailbox_requests_next(requests, NULL)) != NULL) {
            mailbox_requests_end(requests, pending);
        }
    }
}

static void test_due_is_the_earliest_repeat_or_deadline(void **state)
{
    (void)state;
    assert_true(mailbox_requests_due_ms(requests) == UINT64_MAX);
    start(100, 50);
    struct mailbox_pending *middle = start(100, 20);
    start(30, 90);
    assert_int_equal(mailbox_requests_due_ms(requests), 20);
    mailbox_requests_end(requests, middle);
    assert_int_equal(mailbox_requests_due_ms(requests), 30);
}

static void test_bytes_are_kept_for_the_repeats(void **state)
{
    (void)state;
    static uint8_t large[10000];
    struct mailbox_pending *pending = start(1, 1);
    assert_int_equal(mailbox_requests_keep(pending, (const uint8_t *)"abc", 3), STATUS_OK);
    assert_memory_equal(pending->bytes, "abc", 3);
    assert_int_equal(mailbox_requests_keep(pending, large, sizeof large), STATUS_OK);
    mailbox_requests_end(requests, pending);
    assert_int_equal(pending->capacity, 0); /* a large buffer is not kept for the slot's next use */
}

#define REQUESTS_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REQUESTS_TEST(test_id_of_an_ended_request_finds_nothing),
        REQUESTS_TEST(test_table_has_its_limit_and_gives_every_slot_again),
        REQUESTS_TEST(test_due_is_the_earliest_repeat_or_deadline),
        REQUESTS_TEST(test_bytes_are_kept_for_the_repeats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
