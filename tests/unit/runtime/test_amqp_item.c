/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/stores/amqp_item.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct trace_id trace = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

static void test_record_reads_as_it_was_written(void **state)
{
    (void)state;
    uint8_t record[AMQP_RECORD_HEAD_MAX + 8];
    struct amqp_item *item;
    size_t size = amqp_record_write(record, "replay.chunk", "abc/7", trace, "a\0body", 6);
    assert_int_equal(amqp_record_read(record, size, &item), STATUS_OK);
    assert_int_equal(item->kind, AMQP_ITEM_PUBLISH);
    assert_string_equal(item->routing_key, "replay.chunk");
    assert_string_equal(item->message_id, "abc/7");
    assert_memory_equal(&item->trace, &trace, sizeof trace);
    assert_int_equal(item->body_size, 6);
    assert_memory_equal(item->body, "a\0body", 6);
    free(item);
}

static void test_every_truncation_of_a_record_is_refused_or_a_shorter_body(void **state)
{
    (void)state;
    uint8_t record[AMQP_RECORD_HEAD_MAX + 8];
    size_t size = amqp_record_write(record, "key", "id", trace, "body", 4);
    for (size_t cut = 0; cut < size; cut++) {
        struct amqp_item *item = NULL;
        enum status status = amqp_record_read(record, cut, &item);
        assert_int_equal(status, cut < size - 4 ? STATUS_INVALID : STATUS_OK);
        free(item);
    }
    record[0] = 2;
    struct amqp_item *item;
    assert_int_equal(amqp_record_read(record, size, &item), STATUS_INVALID);
}

static struct amqp_item *numbered(uint64_t sequence)
{
    struct amqp_text none = {NULL, 0};
    struct amqp_item *item = amqp_item_create(AMQP_ITEM_PUBLISH, none, none, none);
    item->sequence = sequence;
    return item;
}

static void test_lists_keep_their_order_when_moved(void **state)
{
    (void)state;
    struct amqp_list first = {0}, second = {0}, empty = {0};
    for (uint64_t i = 1; i <= 3; i++) {
        amqp_list_append(&first, numbered(i));
        amqp_list_append(&second, numbered(i + 3));
    }
    amqp_list_move(&first, &empty);
    amqp_list_move(&empty, &first);
    amqp_list_move(&empty, &second);
    assert_int_equal(empty.count, 6);
    assert_int_equal(first.count + second.count, 0);
    for (uint64_t i = 1; i <= 6; i++) {
        struct amqp_item *item = amqp_list_take(&empty);
        assert_int_equal(item->sequence, i);
        free(item);
    }
    assert_null(amqp_list_take(&empty));
    assert_null(empty.last);
}

static void test_a_list_is_freed_with_all_its_items(void **state)
{
    (void)state;
    struct amqp_list list = {0};
    amqp_list_append(&list, numbered(1));
    amqp_list_append(&list, numbered(2));
    amqp_list_free(&list);
    assert_null(list.first);
    assert_null(list.last);
    assert_int_equal(list.count, 0);
    amqp_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record_reads_as_it_was_written),
        cmocka_unit_test(test_every_truncation_of_a_record_is_refused_or_a_shorter_body),
        cmocka_unit_test(test_lists_keep_their_order_when_moved),
        cmocka_unit_test(test_a_list_is_freed_with_all_its_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
