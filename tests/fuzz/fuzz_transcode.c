/* SPDX-License-Identifier: Apache-2.0 */
/* A client message that MessagePack or protobuf brings passes through every encoding and stays what it is. */
#include "libcommon/runtime/encoding/transcode.h"
#include "proto/client.pb-c.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static uint8_t *pack(const ProtobufCMessage *message, size_t *out_size)
{
    uint8_t *bytes = malloc(protobuf_c_message_get_packed_size(message) + 1);
    REQUIRE(bytes != NULL);
    *out_size = protobuf_c_message_pack(message, bytes);
    return bytes;
}

static void check_same(const ProtobufCMessage *a, ProtobufCMessage *b)
{
    size_t a_size = 0, b_size = 0;
    uint8_t *a_bytes = pack(a, &a_size), *b_bytes = pack(b, &b_size);
    REQUIRE(a_size == b_size && memcmp(a_bytes, b_bytes, a_size) == 0);
    free(a_bytes);
    free(b_bytes);
    protobuf_c_message_free_unpacked(b, NULL);
}

static void check_round_trips(const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *const descriptor = message->descriptor;
    size_t size = transcode_msgpack_write(message, NULL, 0);
    uint8_t *bytes = malloc(size);
    ProtobufCMessage *back = NULL;
    REQUIRE(bytes != NULL && transcode_msgpack_write(message, bytes, size) == size);
    REQUIRE(transcode_msgpack_read(descriptor, bytes, size, NULL, &back, NULL) == STATUS_OK);
    check_same(message, back);
    free(bytes);
    json_t *json = transcode_json_write(message);
    REQUIRE(json != NULL);
    REQUIRE(transcode_json_read(descriptor, json, &back, NULL) == STATUS_OK);
    check_same(message, back);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const ProtobufCMessageDescriptor *const descriptor = &mma__client_message__descriptor;
    ProtobufCMessage *message = NULL;
    struct transcode_error error;
    if (transcode_msgpack_read(descriptor, bytes, size, NULL, &message, &error) == STATUS_OK) {
        check_round_trips(message);
        protobuf_c_message_free_unpacked(message, NULL);
    }
    if (transcode_protobuf_read(descriptor, bytes, size, NULL, &message, &error) == STATUS_OK) {
        /* Fields we do not know are protobuf-c's to keep; the other encodings drop them. */
        if (protobuf_c_message_get_packed_size(message) <= size && message->n_unknown_fields == 0) {
            ProtobufCMessage *known = NULL;
            size_t baseline_size = transcode_msgpack_write(message, NULL, 0);
            uint8_t *baseline_bytes = malloc(baseline_size);
            REQUIRE(baseline_bytes != NULL &&
                    transcode_msgpack_write(message, baseline_bytes, baseline_size) == baseline_size);
            /* protobuf's enums are open: who receives a value that it does not know refuses it. */
            if (transcode_msgpack_read(descriptor, baseline_bytes, baseline_size, NULL, &known, &error) == STATUS_OK) {
                protobuf_c_message_free_unpacked(known, NULL);
            } else {
                REQUIRE(strcmp(error.message, "is no value of its enum") == 0);
            }
            free(baseline_bytes);
        }
        protobuf_c_message_free_unpacked(message, NULL);
    }
    /* What has all kinds of fields, times and reals among them. */
    if (transcode_msgpack_read(&mma__ticket__descriptor, bytes, size, NULL, &message, &error) == STATUS_OK) {
        check_round_trips(message);
        protobuf_c_message_free_unpacked(message, NULL);
    }
    json_t *json = json_loadb((const char *)bytes, size, 0, NULL);
    if (json && transcode_json_read(&mma__ticket__descriptor, json, &message, &error) == STATUS_OK) {
        json_decref(transcode_json_write(message));
        protobuf_c_message_free_unpacked(message, NULL);
    }
    json_decref(json);
    return 0;
}
