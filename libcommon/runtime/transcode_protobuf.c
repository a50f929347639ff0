/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/transcode_internal.h"

#include <string.h>

/* Our schema has no message that contains itself, so its own depth bounds protobuf-c's recursion and ours. */
static enum status check_message(const struct transcode_reader *reader, const struct transcode_path *path,
                                 const ProtobufCMessage *message);

static enum status check_number(const struct transcode_reader *reader, const struct transcode_path *path,
                                const ProtobufCFieldDescriptor *field, int64_t number)
{
    union transcode_value same;
    uint64_t magnitude = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    return transcode_integer(reader, path, field, number < 0, magnitude, &same);
}

static enum status check_value(const struct transcode_reader *reader, const struct transcode_path *path,
                               const ProtobufCFieldDescriptor *field, union transcode_value value)
{
    switch (transcode_kind_of(field)) {
    case TRANSCODE_TEXT:
        return transcode_check_text(reader, path, value.text, strlen(value.text));
    case TRANSCODE_MESSAGE:
        return check_message(reader, path, value.message);
    case TRANSCODE_ENUM:
        return check_number(reader, path, field, value.i32);
    default:
        return check_number(reader, path, field, value.i64); /* a time */
    }
}

/* What protobuf lets pass and the other encodings do not. */
static bool is_checked(const ProtobufCFieldDescriptor *field)
{
    enum transcode_kind kind = transcode_kind_of(field);
    return kind == TRANSCODE_TEXT || kind == TRANSCODE_MESSAGE || kind == TRANSCODE_ENUM || transcode_is_time(field);
}

static enum status check_field(const struct transcode_reader *reader, struct transcode_path *path,
                               const ProtobufCFieldDescriptor *field, struct transcode_values values)
{
    enum transcode_kind kind = transcode_kind_of(field);
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < values.count; i++) {
        union transcode_value value;
        memcpy(&value, values.first + i * transcode_element_size(kind), transcode_element_size(kind));
        path->index = field->label == PROTOBUF_C_LABEL_REPEATED ? i : SIZE_MAX;
        status = check_value(reader, path, field, value);
    }
    return status;
}

static enum status check_message(const struct transcode_reader *reader, const struct transcode_path *path,
                                 const ProtobufCMessage *message)
{
    enum status status = STATUS_OK;
    for (unsigned i = 0; status == STATUS_OK && i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if (is_checked(field)) {
            struct transcode_path inner = {path, field->name, strlen(field->name), SIZE_MAX};
            status = check_field(reader, &inner, field, transcode_values_of(message, field));
        }
    }
    return status;
}

enum status transcode_protobuf_read(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t size,
                                    ProtobufCAllocator *allocator, ProtobufCMessage **out_message,
                                    struct transcode_error *error)
{
    struct transcode_reader reader;
    transcode_reader_init(&reader, allocator, error);
    ProtobufCMessage *message = protobuf_c_message_unpack(descriptor, reader.allocator, size, bytes);
    if (!message) {
        return transcode_fail(&reader, NULL, STATUS_INVALID, "is not protobuf of its type");
    }
    enum status status = check_message(&reader, NULL, message);
    if (status != STATUS_OK) {
        protobuf_c_message_free_unpacked(message, reader.allocator);
        return status;
    }
    *out_message = message;
    return STATUS_OK;
}
