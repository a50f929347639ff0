/* SPDX-License-Identifier: Apache-2.0 */
/* Properties over all messages of proto/, filled from a seed, in every encoding; and foreign bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libcommon/base/random.h"
#include "libcommon/runtime/encoding/transcode.h"
#include "proto/client.pb-c.h"
#include "proto/durable.pb-c.h"
#include "proto/envelope.pb-c.h"
#include "proto/match.pb-c.h"
#include "proto/spectate.pb-c.h"
#include "proto/ticket.pb-c.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX 65536

static const ProtobufCMessageDescriptor *const all_messages[] = {
    &mma__client_message__descriptor, &mma__server_message__descriptor,
    &mma__ticket__descriptor,         &mma__create_ticket__descriptor,
    &mma__cancel_ticket__descriptor,  &mma__ticket_update__descriptor,
    &mma__match_result__descriptor,   &mma__replay_chunk__descriptor,
    &mma__audit_event__descriptor,    &mma__envelope__descriptor,
    &mma__batch__descriptor,          &mma__refusal__descriptor,
    &mma__create_match__descriptor,   &mma__match_created__descriptor,
    &mma__join__descriptor,           &mma__joined__descriptor,
    &mma__leave__descriptor,          &mma__inputs__descriptor,
    &mma__snapshots__descriptor,      &mma__match_over__descriptor,
    &mma__watch__descriptor,          &mma__watching_stream__descriptor,
    &mma__unwatch__descriptor,        &mma__frames__descriptor,
    &mma__stream_over__descriptor,    &mma__subscribe__descriptor,
    &mma__subscribed__descriptor,     &mma__unsubscribe__descriptor,
    &mma__records__descriptor,        &mma__say__descriptor,
    &mma__said__descriptor,
};
#define MESSAGES (sizeof all_messages / sizeof all_messages[0])

/* ---- random messages --------------------------------------------------------------------------------- */

static ProtobufCMessage *random_message(struct random *random, const ProtobufCMessageDescriptor *descriptor);

static uint64_t random_number(struct random *random)
{
    return random_u64(random) >> random_below(random, 64); /* all magnitudes */
}

static char *random_text(struct random *random)
{
    static const char *const pieces[] = {"a", "Z", "\"", "\\", "\n", "ä", "€", "😀", "/", "0123456789abcdef"};
    char text[256] = "";
    size_t length = 0;
    for (uint32_t i = random_below(random, 12); i > 0; i--) {
        length += (size_t)snprintf(text + length, sizeof text - length, "%s", pieces[random_below(random, 10)]);
    }
    return strdup(text);
}

static void random_bytes(struct random *random, ProtobufCBinaryData *out_bytes)
{
    out_bytes->len = random_below(random, 300);
    out_bytes->data = out_bytes->len > 0 ? malloc(out_bytes->len) : NULL;
    for (size_t i = 0; i < out_bytes->len; i++) {
        out_bytes->data[i] = (uint8_t)random_u32(random);
    }
}

/* Writes a value of the field's C type to member. */
static void random_value(struct random *random, const ProtobufCFieldDescriptor *field, void *member)
{
    const ProtobufCEnumDescriptor *names = field->descriptor;
    size_t name_length = strlen(field->name);
    bool is_time = name_length > 5 && strcmp(field->name + name_length - 5, "_time") == 0;
    switch (field->type) {
    case PROTOBUF_C_TYPE_ENUM:
        *(int32_t *)member = names->values[random_below(random, names->n_values)].value;
        break;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)member = (protobuf_c_boolean)random_below(random, 2);
        break;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_UINT32:
        *(uint32_t *)member = (uint32_t)random_number(random);
        break;
    case PROTOBUF_C_TYPE_INT64: /* JSON knows times from 1970 to 9999 */
        *(uint64_t *)member = is_time ? random_number(random) % UINT64_C(253402300800000) : random_number(random);
        break;
    case PROTOBUF_C_TYPE_FIXED64:
        *(uint64_t *)member = random_number(random);
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        *(double *)member = (double)(int32_t)random_u32(random) / 1024;
        break;
    case PROTOBUF_C_TYPE_STRING:
        *(char **)member = random_text(random);
        break;
    case PROTOBUF_C_TYPE_BYTES:
        random_bytes(random, member);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)member = random_message(random, field->descriptor);
        break;
    default:
        fail_msg("a type that proto/ does not use yet: %s", field->name);
    }
}

static size_t value_size(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_UINT32:
        return 4;
    default:
        return 8;
    }
}

static void random_array(struct random *random, const ProtobufCFieldDescriptor *field, uint8_t *base)
{
    size_t count = random_below(random, 4), size = value_size(field);
    uint8_t *items = count > 0 ? calloc(count, size) : NULL;
    for (size_t i = 0; i < count; i++) {
        random_value(random, field, items + i * size);
    }
    memcpy(base + field->quantifier_offset, &count, sizeof count);
    memcpy(base + field->offset, &items, sizeof items);
}

static ProtobufCMessage *random_message(struct random *random, const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *message = malloc(descriptor->sizeof_message);
    assert_non_null(message);
    protobuf_c_message_init(descriptor, message);
    uint8_t *base = (uint8_t *)message;
    bool has_member = false;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        bool is_oneof = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
        if (random_below(random, is_oneof ? 6 : 4) == 0 || (is_oneof && (has_member || random_below(random, 4) > 0))) {
            continue;
        }
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            random_array(random, field, base);
            continue;
        }
        random_value(random, field, base + field->offset);
        if (is_oneof) {
            has_member = true;
            memcpy(base + field->quantifier_offset, &field->id, sizeof field->id);
        }
    }
    return message;
}

/* Equality by protobuf-c's own encoding, which is a function of the content. */
static void assert_same(const ProtobufCMessage *a, const ProtobufCMessage *b)
{
    static uint8_t first[BYTES_MAX], second[BYTES_MAX];
    size_t size = protobuf_c_message_get_packed_size(a);
    assert_true(size <= BYTES_MAX);
    assert_int_equal(protobuf_c_message_get_packed_size(b), size);
    protobuf_c_message_pack(a, first);
    protobuf_c_message_pack(b, second);
    assert_memory_equal(first, second, size);
}

static void release(ProtobufCMessage *message)
{
    protobuf_c_message_free_unpacked(message, NULL);
}

/* ---- an allocator that counts, and may run dry -------------------------------------------------------- */

struct meter {
    size_t live, calls, fails_at; /* fails_at 0: never */
};

static void *meter_take(void *data, size_t size)
{
    struct meter *meter = data;
    if (++meter->calls == meter->fails_at) {
        return NULL;
    }
    meter->live++;
    return malloc(size);
}

static void meter_give(void *data, void *memory)
{
    struct meter *meter = data;
    meter->live -= memory != NULL;
    free(memory);
}

/* Reads bytes of exactly that size on the heap, so that a sanitizer sees the first byte too far. */
static enum status read_exact(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t size,
                              struct transcode_error *error)
{
    struct meter meter = {0};
    ProtobufCAllocator allocator = {meter_take, meter_give, &meter};
    ProtobufCMessage *message = NULL;
    uint8_t *exact = malloc(size > 0 ? size : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, size);
    enum status status = transcode_msgpack_read(descriptor, exact, size, &allocator, &message, error);
    if (status == STATUS_OK) {
        protobuf_c_message_free_unpacked(message, &allocator);
    } else {
        assert_null(message);
    }
    assert_int_equal(meter.live, 0);
    free(exact);
    return status;
}

/* ---- properties --------------------------------------------------------------------------------------- */

static void test_every_message_comes_back_from_msgpack_json_and_protobuf(void **state)
{
    (void)state;
    static uint8_t bytes[BYTES_MAX];
    struct random random;
    random_init(&random, 1, 1);
    for (unsigned round = 0; round < 60; round++) {
        for (size_t i = 0; i < MESSAGES; i++) {
            ProtobufCMessage *message = random_message(&random, all_messages[i]), *read = NULL;
            struct transcode_error error;
            size_t size = transcode_msgpack_write(message, bytes, sizeof bytes);
            assert_true(size <= sizeof bytes);
            assert_int_equal(transcode_msgpack_read(all_messages[i], bytes, size, NULL, &read, &error), STATUS_OK);
            assert_same(message, read);
            release(read);
            json_t *json = transcode_json_write(message);
            assert_non_null(json);
            enum status status = transcode_json_read(all_messages[i], json, &read, &error);
            if (status != STATUS_OK) {
                fail_msg("%s: %s %s", all_messages[i]->name, error.field, error.message);
            }
            assert_same(message, read);
            release(read);
            json_decref(json);
            size = protobuf_c_message_pack(message, bytes);
            assert_int_equal(transcode_protobuf_read(all_messages[i], bytes, size, NULL, &read, &error), STATUS_OK);
            assert_same(message, read);
            release(read);
            release(message);
        }
    }
}

static void test_writing_says_the_size_and_never_writes_past_it(void **state)
{
    (void)state;
    static uint8_t whole[BYTES_MAX];
    struct random random;
    random_init(&random, 2, 1);
    for (size_t i = 0; i < MESSAGES; i++) {
        ProtobufCMessage *message = random_message(&random, all_messages[i]);
        size_t size = transcode_msgpack_write(message, whole, sizeof whole);
        assert_int_equal(transcode_msgpack_write(message, NULL, 0), size);
        for (size_t room = 0; room < size; room += 1 + size / 20) {
            uint8_t *part = malloc(room + 1);
            assert_non_null(part);
            part[room] = 0xa5;
            assert_int_equal(transcode_msgpack_write(message, part, room), size);
            assert_memory_equal(part, whole, room);
            assert_int_equal(part[room], 0xa5);
            free(part);
        }
        release(message);
    }
}

static void test_truncated_messages_are_refused_at_every_byte(void **state)
{
    (void)state;
    static uint8_t bytes[BYTES_MAX];
    struct random random;
    struct transcode_error error;
    random_init(&random, 3, 1);
    for (size_t i = 0; i < MESSAGES; i++) {
        ProtobufCMessage *message = random_message(&random, all_messages[i]);
        size_t size = transcode_msgpack_write(message, bytes, sizeof bytes);
        for (size_t cut = 0; cut < size; cut++) {
            assert_int_equal(read_exact(all_messages[i], bytes, cut, &error), STATUS_TRUNCATED);
        }
        bytes[size] = 0;
        assert_int_equal(read_exact(all_messages[i], bytes, size + 1, &error), STATUS_INVALID);
        assert_string_equal(error.message, "is followed by more bytes");
        release(message);
    }
}

static void test_flipped_bits_and_noise_do_no_harm(void **state)
{
    (void)state;
    static uint8_t bytes[BYTES_MAX];
    struct random random;
    unsigned refused = 0;
    random_init(&random, 4, 1);
    for (unsigned round = 0; round < 400; round++) {
        for (size_t i = 0; i < MESSAGES; i++) {
            ProtobufCMessage *message = random_message(&random, all_messages[i]);
            size_t size = transcode_msgpack_write(message, bytes, sizeof bytes);
            for (uint32_t flips = 1 + random_below(&random, 4); flips > 0; flips--) {
                bytes[random_below(&random, (uint32_t)size)] ^= (uint8_t)(1u << random_below(&random, 8));
            }
            refused += read_exact(all_messages[i], bytes, size, NULL) != STATUS_OK;
            size = 1 + random_below(&random, 64);
            for (size_t at = 0; at < size; at++) {
                bytes[at] = (uint8_t)random_u32(&random);
            }
            bytes[0] = (uint8_t)(0x80 | random_below(&random, 16));
            refused += read_exact(all_messages[i], bytes, size, NULL) != STATUS_OK;
            release(message);
        }
    }
    assert_true(refused > 400 * MESSAGES);
}

static void test_reading_survives_each_allocation_that_fails(void **state)
{
    (void)state;
    static uint8_t bytes[BYTES_MAX];
    struct random random;
    random_init(&random, 5, 1);
    for (size_t i = 0; i < MESSAGES; i++) {
        ProtobufCMessage *message = random_message(&random, all_messages[i]), *read = NULL;
        size_t size = transcode_msgpack_write(message, bytes, sizeof bytes);
        enum status status = STATUS_NO_MEMORY;
        for (size_t n = 1; status == STATUS_NO_MEMORY; n++) {
            struct meter meter = {.fails_at = n};
            ProtobufCAllocator allocator = {meter_take, meter_give, &meter};
            status = transcode_msgpack_read(all_messages[i], bytes, size, &allocator, &read, NULL);
            if (status == STATUS_OK) {
                protobuf_c_message_free_unpacked(read, &allocator);
            }
            assert_int_equal(meter.live, 0);
        }
        assert_int_equal(status, STATUS_OK);
        release(message);
    }
}

/* ---- foreign bytes ------------------------------------------------------------------------------------ */

static void expect(const ProtobufCMessageDescriptor *descriptor, const char *bytes, size_t size, enum status status,
                   const char *field, const char *message)
{
    struct transcode_error error;
    assert_int_equal(read_exact(descriptor, (const uint8_t *)bytes, size, &error), status);
    assert_string_equal(error.field, field);
    assert_string_equal(error.message, message);
}

#define EXPECT(descriptor, bytes, status, field, message)                                                              \
    expect(&mma__##descriptor##__descriptor, bytes, sizeof bytes - 1, status, field, message)

static void test_errors_name_the_path_of_the_field(void **state)
{
    (void)state;
    EXPECT(create_ticket, "\x81\x02\x07", STATUS_INVALID, "queue", "must be text");
    EXPECT(create_ticket, "\x81\xa5queue\x07", STATUS_INVALID, "queue", "must be text");
    EXPECT(create_ticket, "\x81\x03\x93\x80\x80\x81\x02\xa1x", STATUS_INVALID, "latencies[2].latency_ms",
           "must be an integer");
    EXPECT(create_ticket, "\x81\x03\x91\x81\x02\xff", STATUS_INVALID, "latencies[0].latency_ms", "is out of range");
    EXPECT(create_ticket, "\x81\x03\x91\x81\x02\xcf\0\0\0\1\0\0\0\0", STATUS_INVALID, "latencies[0].latency_ms",
           "is out of range");
    EXPECT(create_ticket, "\x81\x03\x80", STATUS_INVALID, "latencies", "must be an array");
    EXPECT(create_ticket, "\x81\x03\x91\x01", STATUS_INVALID, "latencies[0]", "must be a map");
    EXPECT(create_ticket, "\x82\x02\xa1x\x02\xa1y", STATUS_INVALID, "queue", "is given twice");
    EXPECT(create_ticket, "\x81\xa5quote\xa1x", STATUS_INVALID, "", "has a key that is no field of it");
    EXPECT(create_ticket, "\x81\xff\xa1x", STATUS_INVALID, "", "has a key that is no field of it");
    EXPECT(create_ticket, "\x81\x02\xa2\xc3\x28", STATUS_INVALID, "queue", "must be UTF-8 text without NUL");
    EXPECT(create_ticket, "\x81\x02\xa3\xed\xa0\x80", STATUS_INVALID, "queue", "must be UTF-8 text without NUL");
    EXPECT(create_ticket, "\x81\x02\xa2\x61\x00", STATUS_INVALID, "queue", "must be UTF-8 text without NUL");
    EXPECT(create_ticket, "\x90", STATUS_INVALID, "", "must be a map");
    EXPECT(create_ticket, "\xc1", STATUS_INVALID, "", "is not MessagePack");
    EXPECT(ticket, "\x81\x04\x63", STATUS_INVALID, "state", "is no value of its enum");
    EXPECT(ticket, "\x81\x09\xfb", STATUS_INVALID, "update_time", "is out of range"); /* JSON could not say it */
    EXPECT(ticket, "\x81\x09\xcf\x00\x00\xe6\x77\xd2\x1f\xdc\x00", STATUS_INVALID, "update_time", "is out of range");
    EXPECT(ticket, "\x81\x0d\x81\x04\xc2", STATUS_INVALID, "assignment.expiry_time", "must be an integer");
    EXPECT(client_message, "\x82\x03\xc4\x01x\x0a\x80", STATUS_INVALID, "ping", "is a second member of a oneof");
    EXPECT(client_message, "\x81\x03\xa1x", STATUS_INVALID, "input", "must be bytes");
}

static void test_numbers_of_every_form_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        int64_t value;
    } rows[] = {{"\x81\x03\x7f", 3, 127},
                {"\x81\x03\xe0", 3, -32},
                {"\x81\x03\xd0\x80", 4, -128},
                {"\x81\x03\xd1\xff\x7f", 5, -129},
                {"\x81\x03\xd2\x80\0\0\0", 7, INT32_MIN},
                {"\x81\x03\xce\x7f\xff\xff\xff", 7, INT32_MAX},
                {"\x81\x03\xd3\xff\xff\xff\xff\x80\0\0\0", 11, INT32_MIN},
                {"\x81\xa5score\xcf\0\0\0\0\0\0\0\x05", 16, 5},
                {"\x81\x03\xc0", 3, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ProtobufCMessage *message = NULL;
        assert_int_equal(transcode_msgpack_read(&mma__standing__descriptor, (const uint8_t *)rows[i].bytes,
                                                rows[i].size, NULL, &message, NULL),
                         STATUS_OK);
        assert_int_equal(((Mma__Standing *)message)->score, rows[i].value);
        release(message);
    }
    EXPECT(standing, "\x81\x03\xd2\x7f\xff\xff", STATUS_TRUNCATED, "score", "ends too early");
    EXPECT(standing, "\x81\x03\xce\x80\0\0\0", STATUS_INVALID, "score", "is out of range");
}

static void test_unknown_numbers_are_passed_over_with_all_that_is_in_them(void **state)
{
    (void)state;
    static const char bytes[] = "\x83\x63\x92\x81\xa1k\xd6\x01"
                                "1234\xca\0\0\0\0\xcd\x10\0\xdc\0\x02\xc0\xc4\x01x\x02\xa1q";
    ProtobufCMessage *message = NULL;
    assert_int_equal(transcode_msgpack_read(&mma__create_ticket__descriptor, (const uint8_t *)bytes, sizeof bytes - 1,
                                            NULL, &message, NULL),
                     STATUS_OK);
    assert_string_equal(((Mma__CreateTicket *)message)->queue, "q");
    release(message);
}

static void test_claimed_counts_and_sizes_cost_nothing(void **state)
{
    (void)state;
    EXPECT(create_ticket, "\xdf\xff\xff\xff\xff", STATUS_TRUNCATED, "", "ends too early");
    EXPECT(create_ticket, "\x81\x03\xdd\xff\xff\xff\xff", STATUS_TRUNCATED, "latencies", "ends too early");
    EXPECT(create_ticket, "\x81\x02\xdb\xff\xff\xff\xff", STATUS_TRUNCATED, "queue", "ends too early");
    EXPECT(client_message, "\x81\x03\xc6\xff\xff\xff\xff", STATUS_TRUNCATED, "input", "ends too early");
    EXPECT(create_ticket, "\x81\x63\xdf\xff\xff\xff\xff", STATUS_TRUNCATED, "", "ends too early");
    EXPECT(create_ticket, "\x81\x63\xc9\xff\xff\xff\xff", STATUS_TRUNCATED, "", "ends too early");
    char bomb[4096];
    memset(bomb, (char)0x91, sizeof bomb);
    bomb[0] = (char)0x81;
    bomb[1] = 0x63;
    expect(&mma__create_ticket__descriptor, bomb, sizeof bomb, STATUS_TOO_LARGE, "", "is nested too deep");
}

/* A message that contains itself does not occur in proto/; this one is made to. */
static ProtobufCMessageDescriptor endless;

static void endless_init(ProtobufCMessage *message)
{
    memset(message, 0, endless.sizeof_message);
    message->descriptor = &endless;
}

static void test_messages_nested_past_the_limit_are_refused(void **state)
{
    (void)state;
    ProtobufCFieldDescriptor fields[2] = {mma__joined__descriptor.fields[0], mma__joined__descriptor.fields[1]};
    endless = mma__joined__descriptor;
    endless.fields = fields;
    endless.message_init = endless_init;
    fields[1].descriptor = &endless;
    uint8_t bytes[64];
    size_t size = 0;
    for (unsigned i = 0; i < TRANSCODE_DEPTH_MAX; i++) {
        bytes[size++] = 0x81;
        bytes[size++] = 0x02;
    }
    bytes[size++] = 0x80;
    struct transcode_error error;
    assert_int_equal(read_exact(&endless, bytes + 2, size - 2, &error), STATUS_OK);
    assert_int_equal(read_exact(&endless, bytes, size, &error), STATUS_TOO_LARGE);
    assert_string_equal(error.message, "is nested too deep");
}

/* Whatever bits a NaN comes with, it is one and the same afterwards. */
static void test_nan_has_one_pattern(void **state)
{
    (void)state;
    static const uint8_t odd[] = {0x81, 0x0c, 0xcb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1b}; /* rating */
    const uint64_t usual = 0x7ff8000000000000u;
    ProtobufCMessage *message = NULL;
    struct transcode_error error;
    assert_int_equal(transcode_msgpack_read(&mma__ticket__descriptor, odd, sizeof odd, NULL, &message, &error),
                     STATUS_OK);
    assert_memory_equal(&((Mma__Ticket *)message)->rating, &usual, sizeof usual);
    release(message);
}

static void test_protobuf_text_must_be_utf8(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x1a, 0x04, 0x0a, 0x02, 0xc3, 0x28}; /* latencies { region: bad } */
    ProtobufCMessage *message = NULL;
    struct transcode_error error;
    assert_int_equal(
        transcode_protobuf_read(&mma__create_ticket__descriptor, bytes, sizeof bytes, NULL, &message, &error),
        STATUS_INVALID);
    assert_string_equal(error.field, "latencies[0].region");
    assert_int_equal(transcode_protobuf_read(&mma__create_ticket__descriptor, bytes, 3, NULL, &message, &error),
                     STATUS_INVALID);
    assert_string_equal(error.message, "is not protobuf of its type");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_message_comes_back_from_msgpack_json_and_protobuf),
        cmocka_unit_test(test_writing_says_the_size_and_never_writes_past_it),
        cmocka_unit_test(test_truncated_messages_are_refused_at_every_byte),
        cmocka_unit_test(test_flipped_bits_and_noise_do_no_harm),
        cmocka_unit_test(test_reading_survives_each_allocation_that_fails),
        cmocka_unit_test(test_errors_name_the_path_of_the_field),
        cmocka_unit_test(test_numbers_of_every_form_are_read),
        cmocka_unit_test(test_unknown_numbers_are_passed_over_with_all_that_is_in_them),
        cmocka_unit_test(test_claimed_counts_and_sizes_cost_nothing),
        cmocka_unit_test(test_messages_nested_past_the_limit_are_refused),
        cmocka_unit_test(test_nan_has_one_pattern),
        cmocka_unit_test(test_protobuf_text_must_be_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
