/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/core/snapshot_frame.h"

#include "libcommon/base/random.h"
#include "libcommon/runtime/encoding/transcode.h"
#include "proto/client.pb-c.h"
#include "proto/match.pb-c.h"
#include "proto/spectate.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint8_t big[70000];

static size_t pack_two(uint8_t *out)
{
    Mma__Snapshots snapshots;
    Mma__SessionSnapshot items[2], *list[] = {&items[0], &items[1]};
    mma__snapshots__init(&snapshots);
    for (int i = 0; i < 2; i++) {
        mma__session_snapshot__init(&items[i]);
        items[i].session_id = 0xFEDCBA9876543210u + (uint64_t)i;
        items[i].tick = 300 + (uint32_t)i;
        items[i].baseline_tick = i == 0 ? 0 : 300; /* 0 is left out by protobuf */
        items[i].snapshot.data = big;
        items[i].snapshot.len = i == 0 ? 3 : 300;
    }
    snapshots.n_snapshots = 2;
    snapshots.snapshots = list;
    return mma__snapshots__pack(&snapshots, out);
}

static void test_a_batch_is_read_as_protobuf_wrote_it(void **state)
{
    (void)state;
    uint8_t bytes[1024];
    struct snapshot_batch batch;
    struct snapshot_frame frame;
    snapshot_batch_init(&batch, bytes, pack_two(bytes));
    assert_int_equal(STATUS_OK, snapshot_batch_next(&batch, &frame));
    assert_true(frame.id == 0xFEDCBA9876543210u);
    assert_int_equal(300, frame.tick);
    assert_int_equal(0, frame.baseline_tick);
    assert_int_equal(3, frame.size);
    assert_int_equal(STATUS_OK, snapshot_batch_next(&batch, &frame));
    assert_int_equal(301, frame.tick);
    assert_int_equal(300, frame.baseline_tick);
    assert_int_equal(300, frame.size);
    assert_memory_equal(big, frame.bytes, 300);
    assert_int_equal(STATUS_EMPTY, snapshot_batch_next(&batch, &frame));
}

static void test_frames_of_a_spectator_have_the_same_shape(void **state)
{
    (void)state;
    uint8_t bytes[256];
    Mma__Frames frames;
    Mma__Frame item, *list[] = {&item};
    mma__frames__init(&frames);
    mma__frame__init(&item);
    item.stream_id = 77;
    item.tick = 12;
    item.baseline_tick = 11;
    item.snapshot.data = big;
    item.snapshot.len = 5;
    frames.n_frames = 1;
    frames.frames = list;
    struct snapshot_batch batch;
    struct snapshot_frame frame;
    snapshot_batch_init(&batch, bytes, mma__frames__pack(&frames, bytes));
    assert_int_equal(STATUS_OK, snapshot_batch_next(&batch, &frame));
    assert_true(frame.id == 77 && frame.tick == 12 && frame.baseline_tick == 11 && frame.size == 5);
}

static void test_fields_of_later_versions_are_passed_over(void **state)
{
    (void)state;
    /* field 9: 1 byte; field 1: {field 7: varint, field 2: 5, field 6: fixed32}; field 8: varint */
    static const uint8_t bytes[] = {0x4A, 1, 0xFF, 0x0A, 10, 0x38, 0x96, 0x01, 0x10, 5, 0x35, 1, 2, 3, 4, 0x40, 9};
    struct snapshot_batch batch;
    struct snapshot_frame frame;
    snapshot_batch_init(&batch, bytes, sizeof bytes);
    assert_int_equal(STATUS_OK, snapshot_batch_next(&batch, &frame));
    assert_int_equal(5, frame.tick);
    assert_int_equal(STATUS_EMPTY, snapshot_batch_next(&batch, &frame));
}

static void test_bad_bytes_end_in_an_error_and_never_outside_of_them(void **state)
{
    (void)state;
    uint8_t good[1024];
    size_t size = pack_two(good);
    struct random random;
    random_init(&random, 3, 3);
    for (int i = 0; i < 20000; i++) {
        size_t cut = random_below(&random, (uint32_t)size + 1);
        uint8_t *bytes = malloc(cut + 1); /* of exactly that size, for the sanitizer to see */
        assert_non_null(bytes);
        memcpy(bytes, good, cut);
        if (cut > 0) {
            bytes[random_below(&random, (uint32_t)cut)] ^= (uint8_t)(1u << random_below(&random, 8));
        }
        struct snapshot_batch batch;
        struct snapshot_frame frame;
        snapshot_batch_init(&batch, bytes, cut);
        while (snapshot_batch_next(&batch, &frame) == STATUS_OK) {
            assert_true(frame.bytes == NULL || (frame.bytes >= bytes && frame.bytes + frame.size <= bytes + cut));
        }
        free(bytes);
    }
}

static void wraps(enum client_encoding encoding, size_t size)
{
    static uint8_t bytes[70100];
    ProtobufCMessage *message = NULL;
    size_t head = snapshot_head(encoding, size, bytes);
    assert_true(head <= SNAPSHOT_HEAD_MAX);
    memcpy(bytes + head, big, size);
    if (encoding == CLIENT_MSGPACK) {
        assert_int_equal(STATUS_OK, transcode_msgpack_read(&mma__server_message__descriptor, bytes, head + size, NULL,
                                                           &message, NULL));
    } else {
        message = protobuf_c_message_unpack(&mma__server_message__descriptor, NULL, head + size, bytes);
    }
    assert_non_null(message);
    const Mma__ServerMessage *read = (const Mma__ServerMessage *)message;
    assert_int_equal(MMA__SERVER_MESSAGE__BODY_SNAPSHOT, read->body_case);
    assert_int_equal(0, read->cid);
    assert_int_equal(size, read->snapshot.len);
    protobuf_c_message_free_unpacked(message, NULL);
}

static void test_a_wrapped_snapshot_reads_as_the_schema_says_in_both_encodings(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 127, 128, 255, 256, 16383, 16384, 65535, 65536, 70000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        wraps(CLIENT_MSGPACK, sizes[i]);
        wraps(CLIENT_PROTOBUF, sizes[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_batch_is_read_as_protobuf_wrote_it),
        cmocka_unit_test(test_frames_of_a_spectator_have_the_same_shape),
        cmocka_unit_test(test_fields_of_later_versions_are_passed_over),
        cmocka_unit_test(test_bad_bytes_end_in_an_error_and_never_outside_of_them),
        cmocka_unit_test(test_a_wrapped_snapshot_reads_as_the_schema_says_in_both_encodings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
