/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/mailbox/mailbox_replies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct mailbox_replies *replies;
static const uint8_t *bytes;
static size_t size;

static int set_up(void **state)
{
    (void)state;
    return mailbox_replies_create(1, &replies) == STATUS_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    mailbox_replies_destroy(replies);
    return 0;
}

static enum mailbox_repeat enter(const char *sender, uint64_t incarnation, uint64_t id, uint64_t now_ms)
{
    struct mailbox_request_key key = {sender, incarnation, id};
    return mailbox_replies_enter(replies, &key, now_ms, &bytes, &size);
}

static void store(const char *sender, uint64_t id, const char *text)
{
    mailbox_replies_store(replies, sender, id, (const uint8_t *)text, strlen(text));
}

static void test_repeat_waits_until_answered_and_then_gets_the_answer(void **state)
{
    (void)state;
    assert_int_equal(enter("tcp://a:1", 1, 7, 0), MAILBOX_FIRST);
    assert_int_equal(enter("tcp://a:1", 1, 7, 1), MAILBOX_REPEAT_WAITING);
    store("tcp://a:1", 7, "answer");
    assert_int_equal(enter("tcp://a:1", 1, 7, 2), MAILBOX_REPEAT_ANSWERED);
    assert_int_equal(size, 6);
    assert_memory_equal(bytes, "answer", 6);
}

static void test_senders_ids_and_incarnations_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(enter("tcp://a:1", 1, 7, 0), MAILBOX_FIRST);
    store("tcp://a:1", 7, "answer");
    assert_int_equal(enter("tcp://b:1", 1, 7, 0), MAILBOX_FIRST);
    assert_int_equal(enter("tcp://a:1", 1, 8, 0), MAILBOX_FIRST);
    assert_int_equal(enter("tcp://a:1", 2, 7, 0), MAILBOX_FIRST); /* restarted: not the old answer */
    assert_int_equal(enter("tcp://a:1", 2, 7, 0), MAILBOX_REPEAT_WAITING);
}

static void test_answer_is_kept_for_its_time(void **state)
{
    (void)state;
    assert_int_equal(enter("tcp://a:1", 1, 7, 1000), MAILBOX_FIRST);
    store("tcp://a:1", 7, "answer");
    assert_int_equal(enter("tcp://a:1", 1, 7, 1000 + REPLY_CACHE_MS), MAILBOX_REPEAT_ANSWERED);
    assert_int_equal(enter("tcp://a:1", 1, 7, 1001 + REPLY_CACHE_MS), MAILBOX_FIRST);
}

static void test_oldest_entry_is_forgotten_first(void **state)
{
    (void)state;
    for (uint64_t id = 1; id <= REPLY_ENTRIES_MAX + 3; id++) {
        assert_int_equal(enter("tcp://a:1", 1, id, 0), MAILBOX_FIRST);
        store("tcp://a:1", id, "x");
    }
    for (uint64_t id = 4; id <= REPLY_ENTRIES_MAX + 3; id++) {
        assert_int_equal(enter("tcp://a:1", 1, id, 0), MAILBOX_REPEAT_ANSWERED);
    }
    assert_int_equal(enter("tcp://a:1", 1, 3, 0), MAILBOX_FIRST);
}

static void test_answer_whose_bytes_were_overwritten_is_forgotten(void **state)
{
    (void)state;
    uint8_t *big = malloc(REPLY_ONE_BYTES_MAX);
    for (uint64_t id = 1; id <= 6; id++) { /* four fit */
        assert_int_equal(enter("tcp://a:1", 1, id, 0), MAILBOX_FIRST);
        memset(big, (int)id, REPLY_ONE_BYTES_MAX);
        mailbox_replies_store(replies, "tcp://a:1", id, big, REPLY_ONE_BYTES_MAX - 1);
    }
    for (uint64_t id = 4; id <= 6; id++) {
        assert_int_equal(enter("tcp://a:1", 1, id, 0), MAILBOX_REPEAT_ANSWERED);
        memset(big, (int)id, REPLY_ONE_BYTES_MAX);
        assert_memory_equal(bytes, big, size);
    }
    assert_int_equal(enter("tcp://a:1", 1, 1, 0), MAILBOX_FIRST);
    assert_int_equal(enter("tcp://a:1", 1, 2, 0), MAILBOX_FIRST);
    free(big);
}

static void test_answer_to_an_unknown_request_is_ignored(void **state)
{
    (void)state;
    store("tcp://a:1", 7, "answer");
    assert_int_equal(enter("tcp://a:1", 1, 7, 0), MAILBOX_FIRST);
}

#define REPLIES_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REPLIES_TEST(test_repeat_waits_until_answered_and_then_gets_the_answer),
        REPLIES_TEST(test_senders_ids_and_incarnations_are_told_apart),
        REPLIES_TEST(test_answer_is_kept_for_its_time),
        REPLIES_TEST(test_oldest_entry_is_forgotten_first),
        REPLIES_TEST(test_answer_whose_bytes_were_overwritten_is_forgotten),
        REPLIES_TEST(test_answer_to_an_unknown_request_is_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
