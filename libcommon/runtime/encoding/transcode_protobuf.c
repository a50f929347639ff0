/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/encoding/transcode_internal.h"

#include <string.h>

/* Our schema has no message that contains itself, so its own depth bounds protobuf-c's recursion and ours. */
static enum status check_message(const struct transcode_reader *reader, const struct transcode_path *path,
                                 const ProtobufCMessage *message);

static enum status check_field(const struct transcode_reader *reader, struct transcode_path *path,
                               const ProtobufCFieldDescriptor *field, struct transcode_values values)
{
    enum transcode_kind kind = transcode_kind_of(field);
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < values.count; i++) {
        union transcode_value value;
        memcpy(&value, values.first + i * transcode_element_size(kind), transcode_element_size(kind));
        path->index = field->label == PROTOBUF_C_LABEL_REPEATED ? i : SIZE_MAX;
        status = kind == TRANSCODE_TEXT ? transcode_check_text(reader, path, value.text, strlen(value.text))
                                        : check_message(reader, path, value.message);
    }
    return status;
}

static enum status check_message(const struct transcode_reader *reader, const struct transcode_path *path,
                                 const ProtobufCMessage *message)
{
    enum status status = STATUS_OK;
    for (unsigned i = 0; status == STATUS_OK && i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        enum transcode_kind kind = transcode_kind_of(field);
        if (kind == TRANSCODE_TEXT || kind == TRANSCODE_MESSAGE) {
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
    REQUIRE(descriptor != NULL && (bytes != NULL || size == 0));
    struct transcode_reader reader;
    transcode_reader_init(&reader, allocator, error);
    ProtobufCMessage *message = protobuf_c_message_unpack(descriptor, reader.allocator, size, bytes);
    if (message == NULL) {
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
