/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/utf8.h"
#include "libcommon/runtime/encoding/transcode_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_STEPS_MAX (TRANSCODE_DEPTH_MAX + 2)

/* ---- kinds ---------------------------------------------------------------------------------------- */

enum transcode_kind transcode_kind_of(const ProtobufCFieldDescriptor *field)
{
    static const enum transcode_kind kinds[] = {
        [PROTOBUF_C_TYPE_INT32] = TRANSCODE_INT32,     [PROTOBUF_C_TYPE_SINT32] = TRANSCODE_INT32,
        [PROTOBUF_C_TYPE_SFIXED32] = TRANSCODE_INT32,  [PROTOBUF_C_TYPE_INT64] = TRANSCODE_INT64,
        [PROTOBUF_C_TYPE_SINT64] = TRANSCODE_INT64,    [PROTOBUF_C_TYPE_SFIXED64] = TRANSCODE_INT64,
        [PROTOBUF_C_TYPE_UINT32] = TRANSCODE_UINT32,   [PROTOBUF_C_TYPE_FIXED32] = TRANSCODE_UINT32,
        [PROTOBUF_C_TYPE_UINT64] = TRANSCODE_UINT64,   [PROTOBUF_C_TYPE_FIXED64] = TRANSCODE_UINT64,
        [PROTOBUF_C_TYPE_FLOAT] = TRANSCODE_FLOAT,     [PROTOBUF_C_TYPE_DOUBLE] = TRANSCODE_DOUBLE,
        [PROTOBUF_C_TYPE_BOOL] = TRANSCODE_BOOL,       [PROTOBUF_C_TYPE_ENUM] = TRANSCODE_ENUM,
        [PROTOBUF_C_TYPE_STRING] = TRANSCODE_TEXT,     [PROTOBUF_C_TYPE_BYTES] = TRANSCODE_BYTES,
        [PROTOBUF_C_TYPE_MESSAGE] = TRANSCODE_MESSAGE,
    };
    REQUIRE((size_t)field->type < sizeof kinds / sizeof kinds[0]);
    return kinds[field->type];
}

bool transcode_is_time(const ProtobufCFieldDescriptor *field)
{
    size_t length = strlen(field->name);
    return transcode_kind_of(field) == TRANSCODE_INT64 && length > 5 && strcmp(field->name + length - 5, "_time") == 0;
}

size_t transcode_element_size(enum transcode_kind kind)
{
    switch (kind) {
    case TRANSCODE_BOOL:
        return sizeof(protobuf_c_boolean);
    case TRANSCODE_INT32:
    case TRANSCODE_UINT32:
    case TRANSCODE_FLOAT:
    case TRANSCODE_ENUM:
        return 4;
    case TRANSCODE_INT64:
    case TRANSCODE_UINT64:
    case TRANSCODE_DOUBLE:
        return 8;
    case TRANSCODE_TEXT:
    case TRANSCODE_MESSAGE:
        return sizeof(void *);
    case TRANSCODE_BYTES:
        break;
    }
    return sizeof(ProtobufCBinaryData);
}

/* ---- writing -------------------------------------------------------------------------------------- */

static bool is_oneof(const ProtobufCFieldDescriptor *field)
{
    return (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
}

static bool is_default(const uint8_t *value, enum transcode_kind kind)
{
    static const uint8_t zeros[8];
    if (kind == TRANSCODE_TEXT) {
        const char *text = *(char *const *)(const void *)value;
        return text == NULL || !*text;
    }
    if (kind == TRANSCODE_BYTES) {
        return ((const ProtobufCBinaryData *)(const void *)value)->len == 0;
    }
    return memcmp(value, zeros, transcode_element_size(kind)) == 0;
}

struct transcode_values transcode_values_of(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    REQUIRE(message->descriptor != NULL);
    const uint8_t *base = (const uint8_t *)message;
    const uint8_t *member = base + field->offset;
    const uint8_t *quantifier = base + field->quantifier_offset;
    enum transcode_kind kind = transcode_kind_of(field);
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return (struct transcode_values){*(uint8_t *const *)(const void *)member,
                                         *(const size_t *)(const void *)quantifier};
    }
    bool is_set = !is_default(member, kind);
    if (is_oneof(field)) {
        bool is_member = *(const uint32_t *)(const void *)quantifier == field->id;
        is_set = is_member && (kind != TRANSCODE_MESSAGE || is_set);
    }
    return (struct transcode_values){member, is_set ? 1 : 0};
}

/* ---- reading -------------------------------------------------------------------------------------- */

static void *system_allocate(void *data, size_t size)
{
    (void)data;
    return malloc(size);
}

static void system_release(void *data, void *memory)
{
    (void)data;
    free(memory);
}

void transcode_reader_init(struct transcode_reader *reader, ProtobufCAllocator *allocator,
                           struct transcode_error *error)
{
    static ProtobufCAllocator system_allocator = {system_allocate, system_release, NULL};
    static _Thread_local struct transcode_error nobody_asked;
    reader->allocator = allocator != NULL ? allocator : &system_allocator;
    reader->error = error != NULL ? error : &nobody_asked;
    *reader->error = (struct transcode_error){0};
}

enum status transcode_fail(const struct transcode_reader *reader, const struct transcode_path *path, enum status status,
                           const char *message)
{
    REQUIRE(status != STATUS_OK && message != NULL);
    const struct transcode_path *steps[PATH_STEPS_MAX];
    size_t count = 0, length = 0;
    struct transcode_error *error = reader->error;
    for (; path != NULL && path->field != NULL && count < PATH_STEPS_MAX; path = path->outer) {
        steps[count++] = path;
    }
    error->field[0] = 0;
    while (count > 0 && length < sizeof error->field - 1) {
        const struct transcode_path *step = steps[--count];
        int written = snprintf(error->field + length, sizeof error->field - length, "%s%.*s", length > 0 ? "." : "",
                               (int)step->field_size, step->field);
        length += written > 0 ? (size_t)written : 0;
        if (step->index != SIZE_MAX && length < sizeof error->field - 1) {
            written = snprintf(error->field + length, sizeof error->field - length, "[%zu]", step->index);
            length += written > 0 ? (size_t)written : 0;
        }
    }
    snprintf(error->message, sizeof error->message, "%s", message);
    return status;
}

void *transcode_allocate(const struct transcode_reader *reader, size_t size)
{
    return reader->allocator->alloc(reader->allocator->allocator_data, size);
}

void transcode_release(const struct transcode_reader *reader, void *memory)
{
    reader->allocator->free(reader->allocator->allocator_data, memory);
}

ProtobufCMessage *transcode_message_create(const struct transcode_reader *reader,
                                           const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *message = transcode_allocate(reader, descriptor->sizeof_message);
    if (message != NULL) {
        protobuf_c_message_init(descriptor, message);
    }
    return message;
}

static uint8_t *member_of(ProtobufCMessage *message, unsigned offset)
{
    return (uint8_t *)message + offset;
}

enum status transcode_see(const struct transcode_reader *reader, const struct transcode_path *path,
                          const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                          struct transcode_seen *seen)
{
    size_t index = (size_t)(field - message->descriptor->fields);
    REQUIRE(index < 64);
    if (seen->fields >> index & 1) {
        return transcode_fail(reader, path, STATUS_INVALID, "is given twice");
    }
    const void *quantifier = (const uint8_t *)message + field->quantifier_offset;
    if (is_oneof(field) && *(const uint32_t *)quantifier != 0) {
        return transcode_fail(reader, path, STATUS_INVALID, "is a second member of a oneof");
    }
    seen->fields |= UINT64_C(1) << index;
    return STATUS_OK;
}

void transcode_store(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, union transcode_value value)
{
    memcpy(member_of(message, field->offset), &value, transcode_element_size(transcode_kind_of(field)));
    if (is_oneof(field)) {
        memcpy(member_of(message, field->quantifier_offset), &field->id, sizeof field->id);
    }
}

enum status transcode_reserve(const struct transcode_reader *reader, const struct transcode_path *path,
                              ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t count)
{
    REQUIRE(count <= SIZE_MAX / sizeof(union transcode_value));
    size_t element_size = transcode_element_size(transcode_kind_of(field));
    if (count == 0) {
        return STATUS_OK;
    }
    void *elements = count <= SIZE_MAX / element_size ? transcode_allocate(reader, count * element_size) : NULL;
    if (elements == NULL) {
        return transcode_fail(reader, path, STATUS_NO_MEMORY, "does not fit into memory");
    }
    memcpy(member_of(message, field->offset), &elements, sizeof elements);
    return STATUS_OK;
}

void transcode_push(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, union transcode_value value)
{
    size_t element_size = transcode_element_size(transcode_kind_of(field));
    uint8_t *elements = *(uint8_t **)(void *)member_of(message, field->offset);
    size_t *count = (void *)member_of(message, field->quantifier_offset);
    memcpy(elements + *count * element_size, &value, element_size);
    ++*count;
}

static bool enum_knows(const ProtobufCFieldDescriptor *field, int32_t number)
{
    return protobuf_c_enum_descriptor_get_value(field->descriptor, number) != NULL;
}

enum status transcode_integer(const struct transcode_reader *reader, const struct transcode_path *path,
                              const ProtobufCFieldDescriptor *field, bool is_negative, uint64_t magnitude,
                              union transcode_value *out_value)
{
    enum transcode_kind kind = transcode_kind_of(field);
    bool is_unsigned = kind == TRANSCODE_UINT32 || kind == TRANSCODE_UINT64;
    bool is_long = kind == TRANSCODE_INT64 || kind == TRANSCODE_UINT64;
    uint64_t top = is_unsigned ? (is_long ? UINT64_MAX : UINT32_MAX) : (uint64_t)(is_long ? INT64_MAX : INT32_MAX);
    uint64_t limit = !is_negative ? top : is_unsigned ? 0 : top + 1;
    bool is_no_time = transcode_is_time(field) && (is_negative || magnitude > (uint64_t)TRANSCODE_TIME_MS_MAX);
    if (magnitude > limit || is_no_time) {
        return transcode_fail(reader, path, STATUS_INVALID, "is out of range");
    }
    uint64_t value = is_negative ? ~magnitude + 1 : magnitude; /* two's complement */
    if (is_long) {
        out_value->u64 = value;
    } else {
        out_value->u32 = (uint32_t)value;
    }
    if (kind == TRANSCODE_ENUM && !enum_knows(field, out_value->i32)) {
        return transcode_fail(reader, path, STATUS_INVALID, "is no value of its enum");
    }
    return STATUS_OK;
}

enum status transcode_check_text(const struct transcode_reader *reader, const struct transcode_path *path,
                                 const char *text, size_t size)
{
    const uint8_t *bytes = (const uint8_t *)text;
    uint32_t code_point;
    for (size_t at = 0, step; at < size; at += step) {
        step = utf8_next(bytes + at, size - at, &code_point);
        if (step == 0 || code_point == 0) {
            return transcode_fail(reader, path, STATUS_INVALID, "must be UTF-8 text without NUL");
        }
    }
    return STATUS_OK;
}

enum status transcode_text(const struct transcode_reader *reader, const struct transcode_path *path, const char *text,
                           size_t size, union transcode_value *out_value)
{
    enum status status = transcode_check_text(reader, path, text, size);
    if (status != STATUS_OK) {
        return status;
    }
    char *copy = transcode_allocate(reader, size + 1);
    if (copy == NULL) {
        return transcode_fail(reader, path, STATUS_NO_MEMORY, "does not fit into memory");
    }
    memcpy(copy, text, size);
    copy[size] = 0;
    out_value->text = copy;
    return STATUS_OK;
}
