/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transcode_internal.h - what the MessagePack and the JSON walker share: fields in a protobuf-c struct, found by their
 * descriptors, and the path for an error. Nobody else includes it.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_ENCODING_TRANSCODE_INTERNAL_H
#define MMA_LIBCOMMON_RUNTIME_ENCODING_TRANSCODE_INTERNAL_H

#include "libcommon/runtime/encoding/transcode.h"

#include <stdbool.h>

/* ---- kinds ---------------------------------------------------------------------------------------- */

/* What a field's protobuf type comes down to. */
enum transcode_kind {
    TRANSCODE_BOOL,
    TRANSCODE_INT32,
    TRANSCODE_INT64,
    TRANSCODE_UINT32,
    TRANSCODE_UINT64,
    TRANSCODE_FLOAT,
    TRANSCODE_DOUBLE,
    TRANSCODE_ENUM,
    TRANSCODE_TEXT,
    TRANSCODE_BYTES,
    TRANSCODE_MESSAGE
};

enum transcode_kind transcode_kind_of(const ProtobufCFieldDescriptor *field);

/* 9999-12-31T23:59:59.999Z, the last that RFC 3339 can say */
#define TRANSCODE_TIME_MS_MAX INT64_C(253402300799999)

/* An int64 called *_time is ms since the Unix epoch, 0 .. TRANSCODE_TIME_MS_MAX, and RFC 3339 text in JSON. */
bool transcode_is_time(const ProtobufCFieldDescriptor *field);
size_t transcode_element_size(enum transcode_kind kind); /* bytes one value takes in the C struct */

/* ---- writing -------------------------------------------------------------------------------------- */

/* The values a field holds: none when it is to be left out (default, unset, another member of its oneof). */
struct transcode_values {
    const uint8_t *first; /* element_size apart */
    size_t count;
};

struct transcode_values transcode_values_of(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/* ---- reading -------------------------------------------------------------------------------------- */

/* Where the reader stands; a list on the stack from the innermost message to the root. */
struct transcode_path {
    const struct transcode_path *outer;
    const char *field; /* NULL at the root */
    size_t field_size;
    size_t index; /* SIZE_MAX: not an element */
};

/* One value, whatever its kind. The reader allocated what text, bytes and message point to. */
union transcode_value {
    protobuf_c_boolean truth;
    int32_t i32;
    int64_t i64;
    uint32_t u32;
    uint64_t u64;
    float f32;
    double f64;
    char *text;
    ProtobufCBinaryData bytes;
    ProtobufCMessage *message;
};

struct transcode_reader {
    ProtobufCAllocator *allocator; /* never NULL */
    struct transcode_error *error; /* never NULL */
};

void transcode_reader_init(struct transcode_reader *reader, ProtobufCAllocator *allocator,
                           struct transcode_error *error);
enum status transcode_fail(const struct transcode_reader *reader, const struct transcode_path *path, enum status status,
                           const char *message); /* returns status */

void *transcode_allocate(const struct transcode_reader *reader, size_t size);
void transcode_release(const struct transcode_reader *reader, void *memory);
ProtobufCMessage *transcode_message_create(const struct transcode_reader *reader,
                                           const ProtobufCMessageDescriptor *descriptor);

/*
 * Which fields of one message have been read; refuses a second value, and a second member of a oneof. Our messages have
 * at most 64 fields.
 */
struct transcode_seen {
    uint64_t fields;
};
enum status transcode_see(const struct transcode_reader *reader, const struct transcode_path *path,
                          const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                          struct transcode_seen *seen);

/* Singular: stores the value; ownership moves into the message. */
void transcode_store(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, union transcode_value value);
/* Repeated: memory for count elements; the message then says it has none until transcode_push has stored them. */
enum status transcode_reserve(const struct transcode_reader *reader, const struct transcode_path *path,
                              ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t count);
void transcode_push(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, union transcode_value value);

/* Range checks: an integer of either sign comes as magnitude and sign. */
enum status transcode_integer(const struct transcode_reader *reader, const struct transcode_path *path,
                              const ProtobufCFieldDescriptor *field, bool is_negative, uint64_t magnitude,
                              union transcode_value *out_value);
enum status transcode_check_text(const struct transcode_reader *reader, const struct transcode_path *path,
                                 const char *text, size_t size);
/* A copy with NUL; refuses invalid UTF-8 and NUL bytes. */
enum status transcode_text(const struct transcode_reader *reader, const struct transcode_path *path, const char *text,
                           size_t size, union transcode_value *out_value);

#endif
