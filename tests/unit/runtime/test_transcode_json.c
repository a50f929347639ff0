/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON in, and the golden vectors of tests/golden/transcode_client.json, which other implementations can be checked
 * against. That every message comes back from JSON is in test_transcode.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libcommon/runtime/encoding/transcode.h"
#include "proto/client.pb-c.h"

#include <stdlib.h>
#include <string.h>

static void release(ProtobufCMessage *message)
{
    protobuf_c_message_free_unpacked(message, NULL);
}

/* ---- JSON --------------------------------------------------------------------------------------------- */

static void expect_json(const ProtobufCMessageDescriptor *descriptor, const char *text, enum status expected,
                        const char *field)
{
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    ProtobufCMessage *message = NULL;
    struct transcode_error error;
    assert_non_null(json);
    enum status status = transcode_json_read(descriptor, json, &message, &error);
    if (status != expected || strcmp(error.field, field) != 0) {
        fail_msg("%s: %s %s", text, error.field, error.message);
    }
    if (status == STATUS_OK) {
        release(message);
    }
    json_decref(json);
}

static void test_json_errors_name_the_path_of_the_field(void **state)
{
    (void)state;
    const ProtobufCMessageDescriptor *ticket = &mma__ticket__descriptor;
    expect_json(ticket, "{\"queue\": 7}", STATUS_INVALID, "queue");
    expect_json(ticket, "{\"queu\": \"x\"}", STATUS_INVALID, "queu");
    expect_json(ticket, "{\"latencies\": [{}, {}, {\"latency_ms\": -1}]}", STATUS_INVALID, "latencies[2].latency_ms");
    expect_json(ticket, "{\"latencies\": [{\"latency_ms\": 1.5}]}", STATUS_INVALID, "latencies[0].latency_ms");
    expect_json(ticket, "{\"latencies\": {}}", STATUS_INVALID, "latencies");
    expect_json(ticket, "{\"latencies\": [null]}", STATUS_INVALID, "latencies[0]");
    expect_json(ticket, "{\"state\": \"ASLEEP\"}", STATUS_INVALID, "state");
    expect_json(ticket, "{\"state\": true}", STATUS_INVALID, "state");
    expect_json(ticket, "{\"rating\": \"high\"}", STATUS_INVALID, "rating");
    expect_json(ticket, "{\"assignment\": \"x\"}", STATUS_INVALID, "assignment");
    expect_json(ticket, "[]", STATUS_INVALID, "");
    expect_json(ticket,
                "{\"state\": \"SEARCHING\", \"rating\": 1200, \"queue\": null, \"latencies\": "
                "[{\"region\": \"eu_west\", \"latency_ms\": \"12\"}]}",
                STATUS_OK, "");
    expect_json(&mma__client_message__descriptor, "{\"input\": \"!\"}", STATUS_INVALID, "input");
    expect_json(&mma__client_message__descriptor, "{\"input\": \"AQI=\"}", STATUS_OK, "");
    expect_json(&mma__client_message__descriptor, "{\"input\": \"AQI=\", \"ping\": {}}", STATUS_INVALID, "ping");
    expect_json(&mma__ping__descriptor, "{\"client_time\": \"18446744073709551615\"}", STATUS_OK, "");
    expect_json(&mma__ping__descriptor, "{\"client_time\": \"18446744073709551616\"}", STATUS_INVALID, "client_time");
    expect_json(&mma__ping__descriptor, "{\"client_time\": \" 1\"}", STATUS_INVALID, "client_time");
}

static void test_json_times_are_rfc_3339(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t unix_ms; /* -1: refused */
    } rows[] = {{"2026-11-22T19:30:00Z", INT64_C(1795375800000)},
                {"2026-11-22T20:30:00.250+01:00", INT64_C(1795375800250)},
                {"1970-01-01T00:00:00.001Z", 1},
                {"9999-12-31T23:59:59.999Z", INT64_C(253402300799999)},
                {"2026-11-22T19:30:00.123456789Z", INT64_C(1795375800123)},
                {"2024-02-29T00:00:00Z", INT64_C(1709164800000)},
                {"2026-02-29T00:00:00Z", -1},
                {"2026-13-01T00:00:00Z", -1},
                {"2026-11-22 19:30:00Z", -1},
                {"2026-11-22T19:30:00", -1},
                {"2026-11-22T24:00:00Z", -1},
                {"2026-11-22T19:30:00Zx", -1},
                {"2026-11-22T19:30:00.Z", -1},
                {"1969-12-31T23:59:59Z", -1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *json = json_pack("{s:s}", "expiry_time", rows[i].text);
        ProtobufCMessage *message = NULL;
        enum status status = transcode_json_read(&mma__assignment__descriptor, json, &message, NULL);
        if (rows[i].unix_ms < 0) {
            assert_int_equal(status, STATUS_INVALID);
        } else {
            assert_int_equal(status, STATUS_OK);
            assert_int_equal(((Mma__Assignment *)message)->expiry_time, rows[i].unix_ms);
            release(message);
        }
        json_decref(json);
    }
}

/* ---- golden vectors ----------------------------------------------------------------------------------- */

static size_t from_hex(const char *hex, uint8_t *out)
{
    size_t size = strlen(hex) / 2;
    for (size_t i = 0; i < size; i++) {
        const char digits[3] = {hex[2 * i], hex[2 * i + 1], 0};
        out[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return size;
}

static void check_vector(const json_t *vector)
{
    uint8_t bytes[4096], written[4096];
    const char *name = json_string_value(json_object_get(vector, "message"));
    const ProtobufCMessageDescriptor *descriptor =
        strcmp(name, "ClientMessage") == 0 ? &mma__client_message__descriptor : &mma__server_message__descriptor;
    const json_t *json = json_object_get(vector, "json");
    ProtobufCMessage *message = NULL;
    size_t size = from_hex(json_string_value(json_object_get(vector, "msgpack")), bytes);
    assert_int_equal(transcode_json_read(descriptor, json, &message, NULL), STATUS_OK);
    assert_int_equal(transcode_msgpack_write(message, written, sizeof written), size);
    assert_memory_equal(written, bytes, size);
    release(message);
    assert_int_equal(transcode_msgpack_read(descriptor, bytes, size, NULL, &message, NULL), STATUS_OK);
    json_t *back = transcode_json_write(message);
    assert_true(json_equal(back, json));
    json_decref(back);
    size_t packed = from_hex(json_string_value(json_object_get(vector, "protobuf")), bytes);
    assert_int_equal(protobuf_c_message_pack(message, written), packed);
    assert_memory_equal(written, bytes, packed);
    release(message);
}

static void test_golden_vectors_hold(void **state)
{
    (void)state;
    json_t *vectors = json_load_file("tests/golden/transcode_client.json", 0, NULL);
    assert_true(json_array_size(vectors) >= 10);
    for (size_t i = 0; i < json_array_size(vectors); i++) {
        check_vector(json_array_get(vectors, i));
    }
    json_decref(vectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_errors_name_the_path_of_the_field),
        cmocka_unit_test(test_json_times_are_rfc_3339),
        cmocka_unit_test(test_golden_vectors_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
