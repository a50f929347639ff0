/* SPDX-License-Identifier: Apache-2.0 */
/* The frames of one step, and their way into one message a gateway. */
#include "services/spectator/core/frame_batch.h"
#include "services/spectator/io/frame_messages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct frame_batch *batch;
static struct frame_messages *messages;

static int setup(void **state)
{
    (void)state;
    batch = calloc(1, sizeof(*batch));
    messages = calloc(1, sizeof(*messages));
    return batch == NULL || messages == NULL;
}

static int teardown(void **state)
{
    (void)state;
    free(batch);
    free(messages);
    return 0;
}

/* A frame of `size` bytes for gateways first .. first + count - 1. */
static void add(uint64_t stream_id, uint32_t first, uint32_t count, size_t size)
{
    struct tier tier = {.viewers = count, .gateway_count = count};
    const struct tier_frame frame = {.tick = 100 + (uint32_t)stream_id, .baseline_tick = 99, .size = size};
    for (uint32_t i = 0; i < count; i++) {
        tier.gateways[i] = (struct tier_gateway){.peer = first + i, .viewers = 1};
    }
    memset(frame_batch_place(batch), (int)stream_id, size);
    frame_batch_add(batch, stream_id, (uint32_t)stream_id % TIER_COUNT, &tier, &frame);
}

static void test_each_gateway_gets_its_frames_in_order_and_bytes_are_there_once(void **state)
{
    (void)state;
    Mma__Frames out;
    add(5, 0, 3, 10);
    add(6, 2, 1, 20);
    add(7, 0, 1, 30);
    assert_int_equal(batch->used, 60);
    assert_int_equal(batch->copy_count, 5);
    frame_batch_sort(batch, 4);
    frame_messages_build(messages, batch);
    assert_true(frame_messages_fill(messages, batch, 0, &out));
    assert_int_equal(out.n_frames, 2);
    assert_int_equal(out.frames[0]->stream_id, 5);
    assert_int_equal(out.frames[0]->tick, 105);
    assert_int_equal(out.frames[0]->baseline_tick, 99);
    assert_int_equal(out.frames[0]->snapshot.len, 10);
    assert_int_equal(out.frames[0]->snapshot.data[9], 5);
    assert_int_equal(out.frames[1]->stream_id, 7);
    assert_int_equal(out.frames[1]->snapshot.len, 30);
    assert_int_equal(out.frames[1]->snapshot.data[0], 7);
    assert_true(frame_messages_fill(messages, batch, 2, &out));
    assert_int_equal(out.n_frames, 2);
    assert_int_equal(out.frames[0]->stream_id, 5);
    assert_int_equal(out.frames[1]->stream_id, 6);
    assert_int_equal(out.frames[1]->snapshot.data[0], 6);
    assert_true(frame_messages_fill(messages, batch, 1, &out));
    assert_int_equal(out.n_frames, 1);
    assert_false(frame_messages_fill(messages, batch, 3, &out));
    assert_int_equal(batch->frames[1].tier, 6 % TIER_COUNT);
}

static void test_cleared_batch_is_empty(void **state)
{
    (void)state;
    Mma__Frames out;
    add(5, 0, 1, 10);
    frame_batch_clear(batch);
    assert_int_equal(batch->frame_count, 0);
    assert_ptr_equal(frame_batch_place(batch), batch->buffer);
    frame_batch_sort(batch, 1);
    frame_messages_build(messages, batch);
    assert_false(frame_messages_fill(messages, batch, 0, &out));
}

static void test_empty_batch_has_room_for_the_largest_match(void **state)
{
    (void)state;
    assert_true(frame_batch_has_room(batch, RULES_PLAYERS_MAX));
    add(4, 0, 1, 1);
    assert_false(frame_batch_has_room(batch, RULES_PLAYERS_MAX));
    assert_true(frame_batch_has_room(batch, 20));
}

static void test_room_ends_where_four_frames_more_do_not_fit(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < FRAME_BATCH_FRAMES_MAX - TIER_COUNT; i++) {
        add(i, 0, 1, 1);
    }
    assert_true(frame_batch_has_room(batch, 20));
    add(1, 0, 1, 1);
    assert_false(frame_batch_has_room(batch, 20));
}

static void test_room_ends_where_the_copies_of_four_frames_do_not_fit(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < FRAME_BATCH_COPIES_MAX / TIER_GATEWAYS_MAX - TIER_COUNT; i++) {
        add(i, 0, TIER_GATEWAYS_MAX, 1);
    }
    assert_true(frame_batch_has_room(batch, 20));
    add(1, 0, 1, 1);
    assert_false(frame_batch_has_room(batch, 20));
}

static void test_room_ends_where_the_bytes_of_four_frames_do_not_fit(void **state)
{
    (void)state;
    add(1, 0, 1, FRAME_BATCH_BYTES_MAX - (size_t)TIER_COUNT * TIER_FRAME_BYTES(20));
    assert_true(frame_batch_has_room(batch, 20));
    add(2, 0, 1, 1);
    assert_false(frame_batch_has_room(batch, 20));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_gateway_gets_its_frames_in_order_and_bytes_are_there_once),
        TEST(test_cleared_batch_is_empty),
        TEST(test_empty_batch_has_room_for_the_largest_match),
        TEST(test_room_ends_where_four_frames_more_do_not_fit),
        TEST(test_room_ends_where_the_copies_of_four_frames_do_not_fit),
        TEST(test_room_ends_where_the_bytes_of_four_frames_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
