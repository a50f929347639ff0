/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/mailbox/mailbox_batch.h"
#include "proto/spectate.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT 5

static const struct mailbox_key no_key, key = {"cluster secret", 14}, other_key = {"cluster secreu", 14};
static const struct mailbox_origin origin = {"tcp://10.0.0.1:4000", 0x1122334455667788, 3};

static struct mailbox_head head_of(uint32_t number)
{
    struct mailbox_head head = {.type = MMA__MESSAGE_TYPE__MESSAGE_TYPE_FRAMES,
                                .correlation_id = number % 2 ? 0xF000000000000000 + number : 0,
                                .is_reply = number % 2 == 1,
                                .deadline_unix_ms = number * 1000ul};
    memset(head.trace.bytes, (int)number, sizeof head.trace.bytes);
    return head;
}

static enum status add(struct mailbox_outbox *outbox, uint32_t number, uint8_t *snapshot, size_t size, bool realtime)
{
    Mma__Frame frame;
    mma__frame__init(&frame);
    frame.tick = number;
    frame.snapshot = (ProtobufCBinaryData){size, snapshot};
    struct mailbox_head head = head_of(number);
    return mailbox_outbox_add(outbox, &head, &frame.base, realtime);
}

/* A whole message of COUNT envelopes; the caller frees it. */
static uint8_t *make_message(const struct mailbox_key *with, size_t *out_size)
{
    struct mailbox_outbox outbox = {0};
    uint8_t snapshot[40] = "snapshot";
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_int_equal(add(&outbox, i, snapshot, i * 10ul, false), STATUS_OK);
    }
    uint8_t head[MAILBOX_HEAD_MAX];
    size_t head_size = mailbox_batch_head(&origin, with, outbox.bytes, outbox.size, head);
    uint8_t *message = malloc(head_size + outbox.size);
    memcpy(message, head, head_size);
    memcpy(message + head_size, outbox.bytes, outbox.size);
    *out_size = head_size + outbox.size;
    mailbox_outbox_free(&outbox);
    return message;
}

static void test_batch_reads_as_it_was_written(void **state)
{
    (void)state;
    size_t size;
    uint8_t *message = make_message(&no_key, &size);
    struct mailbox_arena arena;
    const Mma__Batch *batch;
    mailbox_arena_init(&arena);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(mailbox_batch_read(&arena, &no_key, message, size, &batch), STATUS_OK);
        assert_string_equal(batch->sender, origin.sender);
        assert_true(batch->incarnation == origin.incarnation && batch->sequence == 3);
        assert_int_equal(batch->n_envelopes, COUNT);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        const Mma__Envelope *envelope = batch->envelopes[i];
        struct mailbox_head head = head_of(i);
        assert_true(envelope->correlation_id == head.correlation_id && envelope->is_reply == head.is_reply);
        assert_true(envelope->deadline_unix_ms == head.deadline_unix_ms);
        assert_int_equal(envelope->trace_id.len, i == 0 ? 0 : 16); /* all zero: none */
        Mma__Frame *frame = mma__frame__unpack(NULL, envelope->payload.len, envelope->payload.data);
        assert_non_null(frame);
        assert_int_equal(frame->tick, i);
        assert_int_equal(frame->snapshot.len, i * 10);
        mma__frame__free_unpacked(frame, NULL);
    }
    mailbox_arena_free(&arena);
    free(message);
}

static void test_outbox_is_what_protobuf_c_would_pack(void **state)
{
    (void)state;
    size_t size;
    uint8_t *message = make_message(&no_key, &size);
    Mma__Batch *batch = mma__batch__unpack(NULL, size - 1, message + 1);
    assert_non_null(batch);
    uint8_t *packed = malloc(size);
    assert_int_equal(mma__batch__pack(batch, packed), size - 1);
    assert_memory_equal(packed, message + 1, size - 1);
    mma__batch__free_unpacked(batch, NULL);
    free(packed);
    free(message);
}

static void test_every_truncation_is_refused_or_a_shorter_batch(void **state)
{
    (void)state;
    size_t size;
    uint8_t *message = make_message(&no_key, &size);
    struct mailbox_arena arena;
    mailbox_arena_init(&arena);
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *exact = malloc(cut ? cut : 1); /* so that the sanitizer sees a read past the end */
        memcpy(exact, message, cut);
        const Mma__Batch *batch;
        enum status status = mailbox_batch_read(&arena, &no_key, exact, cut, &batch);
        assert_true(status == STATUS_INVALID || (status == STATUS_OK && batch->n_envelopes < COUNT));
        free(exact);
    }
    mailbox_arena_free(&arena);
    free(message);
}

static void test_every_flipped_bit_is_survived_and_caught_by_the_tag(void **state)
{
    (void)state;
    size_t size;
    uint8_t *message = make_message(&key, &size);
    struct mailbox_arena arena;
    const Mma__Batch *batch;
    mailbox_arena_init(&arena);
    assert_int_equal(mailbox_batch_read(&arena, &key, message, size, &batch), STATUS_OK);
    for (size_t bit = 0; bit < size * 8; bit++) {
        message[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(mailbox_batch_read(&arena, &key, message, size, &batch), STATUS_OK);
        (void)!mailbox_batch_read(&arena, &no_key, message, size, &batch); /* untagged readers must not crash */
        message[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    mailbox_arena_free(&arena);
    free(message);
}

static void test_tag_is_asked_for_only_where_there_is_a_key(void **state)
{
    (void)state;
    size_t plain_size, tagged_size;
    uint8_t *plain = make_message(&no_key, &plain_size), *tagged = make_message(&key, &tagged_size);
    struct mailbox_arena arena;
    const Mma__Batch *batch;
    mailbox_arena_init(&arena);
    assert_int_equal(tagged_size, plain_size + MAILBOX_TAG_BYTES);
    assert_int_equal(mailbox_batch_read(&arena, &key, plain, plain_size, &batch), STATUS_UNAUTHORIZED);
    assert_int_equal(mailbox_batch_read(&arena, &other_key, tagged, tagged_size, &batch), STATUS_UNAUTHORIZED);
    assert_int_equal(mailbox_batch_read(&arena, &no_key, tagged, tagged_size, &batch), STATUS_OK);
    assert_int_equal(mailbox_batch_read(&arena, &key, tagged, tagged_size, &batch), STATUS_OK);
    mailbox_arena_free(&arena);
    free(plain);
    free(tagged);
}

static void test_batch_that_wants_too_much_memory_is_refused(void **state)
{
    (void)state;
    size_t count = 1u << 20; /* empty envelopes: two bytes each here, some ninety in memory */
    uint8_t *message = malloc(1 + 2 * count);
    message[0] = 0;
    for (size_t i = 0; i < count; i++) {
        message[1 + 2 * i] = 4 << 3 | 2;
        message[2 + 2 * i] = 0;
    }
    struct mailbox_arena arena;
    const Mma__Batch *batch;
    mailbox_arena_init(&arena);
    assert_int_equal(mailbox_batch_read(&arena, &no_key, message, 1 + 2 * count, &batch), STATUS_INVALID);
    mailbox_arena_free(&arena);
    free(message);
}

static void test_dropping_realtime_keeps_the_others_in_order(void **state)
{
    (void)state;
    struct mailbox_outbox outbox = {0}, wanted = {0};
    uint8_t snapshot[100] = "snapshot";
    for (uint32_t i = 0; i < 20; i++) {
        bool realtime = i % 3 != 1;
        assert_int_equal(add(&outbox, i, snapshot, i * 5ul, realtime), STATUS_OK);
        if (!realtime) {
            assert_int_equal(add(&wanted, i, snapshot, i * 5ul, false), STATUS_OK);
        }
    }
    assert_int_equal(mailbox_outbox_drop_realtime(&outbox), 13);
    assert_int_equal(outbox.count, wanted.count);
    assert_int_equal(outbox.size, wanted.size);
    assert_memory_equal(outbox.bytes, wanted.bytes, wanted.size);
    size_t size, wanted_size;
    const uint8_t *last = mailbox_outbox_last(&outbox, &size),
                  *wanted_last = mailbox_outbox_last(&wanted, &wanted_size);
    assert_int_equal(size, wanted_size);
    assert_memory_equal(last, wanted_last, wanted_size);
    mailbox_outbox_free(&outbox);
    mailbox_outbox_free(&wanted);
}

static void test_outbox_has_its_limits(void **state)
{
    (void)state;
    struct mailbox_outbox outbox = {0};
    uint8_t *snapshot = calloc(1, MAILBOX_BATCH_BYTES_MAX);
    assert_int_equal(add(&outbox, 1, snapshot, MAILBOX_BATCH_BYTES_MAX, false), STATUS_TOO_LARGE);
    assert_int_equal(add(&outbox, 1, snapshot, 3u << 20, false), STATUS_OK);
    assert_int_equal(add(&outbox, 1, snapshot, 3u << 20, false), STATUS_FULL);
    mailbox_outbox_clear(&outbox);
    enum status status = STATUS_OK;
    while ((status = add(&outbox, 0, snapshot, 0, true)) == STATUS_OK) {
    }
    assert_int_equal(status, STATUS_FULL);
    assert_int_equal(outbox.count, MAILBOX_ITEMS_MAX);
    free(snapshot);
    mailbox_outbox_free(&outbox);
}

static void test_mailbox_urls_are_checked(void **state)
{
    (void)state;
    static const char *const good[] = {"tcp://1.2.3.4:5", "tcp://host-1.example:65535", "tcp://[::1]:4000"};
    static const char *const bad[] = {"",           "tcp://",       "tcp://:1",    "tcp://h",        "tcp://h:",
                                      "tcp://h:1x", "ipc:///tmp:1", "tcp://h h:1", "tcp://h:123456", "tcp://h\x7f:1"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(mailbox_url_is_valid(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(mailbox_url_is_valid(bad[i]));
    }
    char long_url[80] = "tcp://";
    memset(long_url + 6, 'h', MAILBOX_URL_MAX - 8);
    memcpy(long_url + MAILBOX_URL_MAX - 2, ":1", sizeof ":1");
    assert_false(mailbox_url_is_valid(long_url));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batch_reads_as_it_was_written),
        cmocka_unit_test(test_outbox_is_what_protobuf_c_would_pack),
        cmocka_unit_test(test_every_truncation_is_refused_or_a_shorter_batch),
        cmocka_unit_test(test_every_flipped_bit_is_survived_and_caught_by_the_tag),
        cmocka_unit_test(test_tag_is_asked_for_only_where_there_is_a_key),
        cmocka_unit_test(test_batch_that_wants_too_much_memory_is_refused),
        cmocka_unit_test(test_dropping_realtime_keeps_the_others_in_order),
        cmocka_unit_test(test_outbox_has_its_limits),
        cmocka_unit_test(test_mailbox_urls_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
