/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transcode.h - one walker over protobuf-c descriptors that serves every message in three encodings.
 *
 * MessagePack: a message is a map keyed by field number (names are accepted when reading); default values are left
 * out; enums are integers; bytes are bin, text is str, 64-bit integers are (u)int 64. Unknown numbers are passed over,
 * as protobuf does; unknown names are refused. A field given twice, and two members of a oneof, are refused.
 * JSON: the proto3 JSON mapping with snake_case names; 64-bit integers as decimal text; bytes as base64; enums by
 * name; fields named *_time as RFC 3339 text in UTC. Unknown fields are refused.
 * protobuf: protobuf-c's own, and text checked to be UTF-8 without NUL, which protobuf-c does not.
 *
 * Readers are for foreign bytes: depth, counts and sizes are bounded; nothing is believed.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_ENCODING_TRANSCODE_H
#define MMA_LIBCOMMON_RUNTIME_ENCODING_TRANSCODE_H

#include "libcommon/base/status.h"

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSCODE_DEPTH_MAX 8

/* Where and why reading failed: "latencies[2].region" and "must be text". */
struct transcode_error {
    char field[96];
    char message[96];
};

/* Returns the bytes the message takes, writes at most size of them; call again with more when it returns more. */
size_t transcode_msgpack_write(const ProtobufCMessage *message, uint8_t *out, size_t size);

/* allocator: NULL for malloc. On success free with protobuf_c_message_free_unpacked(message, allocator). error may be
 * NULL. */
MUST_USE enum status transcode_msgpack_read(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes,
                                            size_t size, ProtobufCAllocator *allocator, ProtobufCMessage **out_message,
                                            struct transcode_error *error);

/* The same for protobuf. */
MUST_USE enum status transcode_protobuf_read(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes,
                                             size_t size, ProtobufCAllocator *allocator, ProtobufCMessage **out_message,
                                             struct transcode_error *error);

json_t *transcode_json_write(const ProtobufCMessage *message); /* new reference; NULL: out of memory */
MUST_USE enum status transcode_json_read(const ProtobufCMessageDescriptor *descriptor, const json_t *json,
                                         ProtobufCMessage **out_message, struct transcode_error *error);

#endif
