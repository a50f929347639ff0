/* SPDX-License-Identifier: Apache-2.0 */
/* The proto3 JSON mapping (protobuf.dev/programming-guides/json), as transcode.h narrows it. */
#include "libcommon/runtime/encoding/transcode_internal.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TIME_TEXT_MAX 32

/* ---- writing -------------------------------------------------------------------------------------- */

static json_t *write_time(int64_t unix_ms)
{
    char text[TIME_TEXT_MAX], whole[TIME_TEXT_MAX];
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm parts;
    if (unix_ms < 0 || unix_ms > TRANSCODE_TIME_MS_MAX || gmtime_r(&seconds, &parts) == NULL) {
        return json_sprintf("%" PRId64, unix_ms);
    }
    strftime(whole, sizeof whole, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text, sizeof text, "%.20s.%03dZ", whole, (int)(unix_ms % 1000));
    return json_string(text);
}

static json_t *write_real(double real)
{
    if (isfinite(real)) {
        return json_real(real);
    }
    return json_string(isnan(real) ? "NaN" : real > 0 ? "Infinity" : "-Infinity");
}

static json_t *write_bytes(const ProtobufCBinaryData *bytes)
{
    size_t length = 4 * ((bytes->len + 2) / 3);
    char *text = malloc(length + 1);
    if (text == NULL) {
        return NULL;
    }
    EVP_EncodeBlock((unsigned char *)text, bytes->data, (int)bytes->len);
    json_t *json = json_stringn(text, length);
    free(text);
    return json;
}

static json_t *write_enum(const ProtobufCFieldDescriptor *field, int32_t number)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(field->descriptor, number);
    return value != NULL ? json_string(value->name) : json_integer(number);
}

static json_t *write_value(const ProtobufCFieldDescriptor *field, const uint8_t *member)
{
    union transcode_value value;
    enum transcode_kind kind = transcode_kind_of(field);
    memcpy(&value, member, transcode_element_size(kind));
    switch (kind) {
    case TRANSCODE_BOOL:
        return json_boolean(value.truth);
    case TRANSCODE_INT32:
        return json_integer(value.i32);
    case TRANSCODE_UINT32:
        return json_integer(value.u32);
    case TRANSCODE_INT64:
        return transcode_is_time(field) ? write_time(value.i64) : json_sprintf("%" PRId64, value.i64);
    case TRANSCODE_UINT64:
        return json_sprintf("%" PRIu64, value.u64);
    case TRANSCODE_FLOAT:
        return write_real((double)value.f32);
    case TRANSCODE_DOUBLE:
        return write_real(value.f64);
    case TRANSCODE_ENUM:
        return write_enum(field, value.i32);
    case TRANSCODE_TEXT:
        return json_string(value.text != NULL ? value.text : "");
    case TRANSCODE_BYTES:
        return write_bytes(&value.bytes);
    case TRANSCODE_MESSAGE:
        return transcode_json_write(value.message);
    }
    return NULL;
}

static json_t *write_array(const ProtobufCFieldDescriptor *field, struct transcode_values values)
{
    size_t element_size = transcode_element_size(transcode_kind_of(field));
    json_t *array = json_array();
    for (size_t i = 0; array != NULL && i < values.count; i++) {
        if (json_array_append_new(array, write_value(field, values.first + i * element_size)) != 0) {
            json_decref(array);
            array = NULL;
        }
    }
    return array;
}

json_t *transcode_json_write(const ProtobufCMessage *message)
{
    REQUIRE(message->descriptor != NULL);
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    json_t *object = json_object();
    for (unsigned i = 0; object != NULL && i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        struct transcode_values values = transcode_values_of(message, field);
        if (values.count == 0) {
            continue;
        }
        json_t *json =
            field->label == PROTOBUF_C_LABEL_REPEATED ? write_array(field, values) : write_value(field, values.first);
        if (json_object_set_new(object, field->name, json) != 0) {
            json_decref(object);
            object = NULL;
        }
    }
    return object;
}

/* ---- reading -------------------------------------------------------------------------------------- */

static enum status read_message(const struct transcode_reader *reader, const struct transcode_path *path,
                                unsigned depth, const ProtobufCMessageDescriptor *descriptor, const json_t *json,
                                ProtobufCMessage **out_message);

/* count digits at *text; -1 when they are not there. */
static int take_digits(const char **text, unsigned count)
{
    int number = 0;
    for (unsigned i = 0; i < count; i++) {
        if (!isdigit((unsigned char)**text)) {
            return -1;
        }
        number = number * 10 + (*(*text)++ - '0');
    }
    return number;
}

/* Milliseconds of a fraction ".123456" (at most 9 digits); more than three are cut off. */
static int take_fraction(const char **text)
{
    int ms = 0, scale = 100;
    if (**text != '.') {
        return 0;
    }
    const char *first = ++*text;
    for (; isdigit((unsigned char)**text); ++*text) {
        ms += (**text - '0') * scale;
        scale /= 10;
    }
    return *text > first && *text - first <= 9 ? ms : -1;
}

/* RFC 3339: 2026-11-22T19:30:00[.123](Z|+01:00). */
static bool parse_time(const char *text, int64_t *out_unix_ms)
{
    struct tm parts = {0};
    static const char separators[] = "--T::";
    int numbers[6], offset_minutes = 0;
    for (unsigned i = 0; i < 6; i++) {
        numbers[i] = take_digits(&text, i == 0 ? 4 : 2);
        if (numbers[i] < 0 || (i < 5 && *text++ != separators[i])) {
            return false;
        }
    }
    int ms = take_fraction(&text);
    if (*text == '+' || *text == '-') {
        int sign = *text++ == '-' ? -1 : 1;
        int hours = take_digits(&text, 2);
        int minutes = hours >= 0 && *text == ':' ? (text++, take_digits(&text, 2)) : -1;
        if (hours > 23 || minutes < 0 || minutes > 59) {
            return false;
        }
        offset_minutes = sign * (hours * 60 + minutes);
    } else if (*text++ != 'Z') {
        return false;
    }
    parts = (struct tm){.tm_year = numbers[0] - 1900,
                        .tm_mon = numbers[1] - 1,
                        .tm_mday = numbers[2],
                        .tm_hour = numbers[3],
                        .tm_min = numbers[4],
                        .tm_sec = numbers[5]};
    struct tm given = parts;
    time_t seconds = timegm(&parts); /* normalises: what changed was no date */
    if (*text != 0 || ms < 0 || given.tm_mon != parts.tm_mon || given.tm_mday != parts.tm_mday ||
        given.tm_hour != parts.tm_hour || given.tm_min != parts.tm_min || given.tm_sec != parts.tm_sec) {
        return false;
    }
    *out_unix_ms = ((int64_t)seconds - (int64_t)offset_minutes * 60) * 1000 + ms;
    return *out_unix_ms >= 0;
}

static enum status read_time(const struct transcode_reader *reader, const struct transcode_path *path,
                             const json_t *json, union transcode_value *out_value)
{
    const char *text = json_string_value(json);
    if (text == NULL || strlen(text) != json_string_length(json) || !parse_time(text, &out_value->i64)) {
        return transcode_fail(reader, path, STATUS_INVALID, "must be an RFC 3339 time, as 2026-11-22T19:30:00Z");
    }
    return STATUS_OK;
}

static enum status read_integer(const struct transcode_reader *reader, const struct transcode_path *path,
                                const ProtobufCFieldDescriptor *field, const json_t *json,
                                union transcode_value *out_value)
{
    if (json_is_integer(json)) {
        json_int_t number = json_integer_value(json);
        uint64_t magnitude = number < 0 ? ~(uint64_t)number + 1 : (uint64_t)number;
        return transcode_integer(reader, path, field, number < 0, magnitude, out_value);
    }
    const char *text = json_string_value(json);
    bool is_negative = text != NULL && *text == '-';
    const char *digits = text != NULL ? text + is_negative : "";
    char *end = NULL;
    errno = 0;
    if (!isdigit((unsigned char)*digits)) {
        return transcode_fail(reader, path, STATUS_INVALID, "must be an integer");
    }
    uint64_t magnitude = strtoull(digits, &end, 10);
    if (errno != 0 || end != text + json_string_length(json)) {
        return transcode_fail(reader, path, STATUS_INVALID, "must be an integer");
    }
    return transcode_integer(reader, path, field, is_negative, magnitude, out_value);
}

static enum status read_real(const struct transcode_reader *reader, const struct transcode_path *path,
                             enum transcode_kind kind, const json_t *json, union transcode_value *out_value)
{
    const char *text = json_string_value(json);
    double real = json_number_value(json);
    if (text != NULL) {
        real = strcmp(text, "Infinity") == 0    ? (double)INFINITY
               : strcmp(text, "-Infinity") == 0 ? -(double)INFINITY
                                                : (double)NAN;
    }
    if (text != NULL ? (isnan(real) && strcmp(text, "NaN") != 0) : !json_is_number(json)) {
        return transcode_fail(reader, path, STATUS_INVALID, "must be a number");
    }
    if (kind == TRANSCODE_FLOAT) {
        out_value->f32 = (float)real;
    } else {
        out_value->f64 = real;
    }
    return STATUS_OK;
}

static enum status read_enum(const struct transcode_reader *reader, const struct transcode_path *path,
                             const ProtobufCFieldDescriptor *field, const json_t *json,
                             union transcode_value *out_value)
{
    const char *name = json_string_value(json);
    if (name == NULL) {
        return json_is_integer(json)
                   ? read_integer(reader, path, field, json, out_value)
                   : transcode_fail(reader, path, STATUS_INVALID, "must be the name of a value of its enum");
    }
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value_by_name(field->descriptor, name);
    if (value == NULL) {
        return transcode_fail(reader, path, STATUS_INVALID, "is no value of its enum");
    }
    out_value->i32 = value->value;
    return STATUS_OK;
}

static enum status read_text(const struct transcode_reader *reader, const struct transcode_path *path,
                             const json_t *json, union transcode_value *out_value)
{
    if (!json_is_string(json)) {
        return transcode_fail(reader, path, STATUS_INVALID, "must be text");
    }
    return transcode_text(reader, path, json_string_value(json), json_string_length(json), out_value);
}

static bool is_base64(const char *text, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t body = strspn(text, digits);
    return length % 4 == 0 && length <= INT32_MAX && length - body <= 2 && strspn(text + body, "=") == length - body;
}

static enum status read_bytes(const struct transcode_reader *reader, const struct transcode_path *path,
                              const json_t *json, union transcode_value *out_value)
{
    const char *text = json_string_value(json);
    size_t length = json_string_length(json);
    if (text == NULL || !is_base64(text, length)) {
        return transcode_fail(reader, path, STATUS_INVALID, "must be base64");
    }
    out_value->bytes = (ProtobufCBinaryData){0};
    if (length == 0) {
        return STATUS_OK;
    }
    uint8_t *bytes = transcode_allocate(reader, length / 4 * 3);
    if (bytes == NULL) {
        return transcode_fail(reader, path, STATUS_NO_MEMORY, "does not fit into memory");
    }
    EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)length);
    size_t padding = text[length - 1] != '=' ? 0 : text[length - 2] != '=' ? 1 : 2;
    out_value->bytes = (ProtobufCBinaryData){.len = length / 4 * 3 - padding, .data = bytes};
    return STATUS_OK;
}

static enum status read_value(const struct transcode_reader *reader, const struct transcode_path *path, unsigned depth,
                              const ProtobufCFieldDescriptor *field, const json_t *json,
                              union transcode_value *out_value)
{
    enum transcode_kind kind = transcode_kind_of(field);
    switch (kind) {
    case TRANSCODE_BOOL:
        out_value->truth = json_is_true(json);
        return json_is_boolean(json) ? STATUS_OK
                                     : transcode_fail(reader, path, STATUS_INVALID, "must be true or false");
    case TRANSCODE_FLOAT:
    case TRANSCODE_DOUBLE:
        return read_real(reader, path, kind, json, out_value);
    case TRANSCODE_ENUM:
        return read_enum(reader, path, field, json, out_value);
    case TRANSCODE_TEXT:
        return read_text(reader, path, json, out_value);
    case TRANSCODE_BYTES:
        return read_bytes(reader, path, json, out_value);
    case TRANSCODE_MESSAGE:
        return read_message(reader, path, depth + 1, field->descriptor, json, &out_value->message);
    default:
        return transcode_is_time(field) ? read_time(reader, path, json, out_value)
                                        : read_integer(reader, path, field, json, out_value);
    }
}

static enum status read_array(const struct transcode_reader *reader, struct transcode_path *path, unsigned depth,
                              ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, const json_t *json)
{
    if (!json_is_array(json)) {
        return transcode_fail(reader, path, STATUS_INVALID, "must be an array");
    }
    enum status status = transcode_reserve(reader, path, message, field, json_array_size(json));
    for (size_t i = 0; status == STATUS_OK && i < json_array_size(json); i++) {
        union transcode_value value;
        path->index = i;
        status = read_value(reader, path, depth, field, json_array_get(json, i), &value);
        if (status == STATUS_OK) {
            transcode_push(message, field, value);
        }
    }
    return status;
}

static enum status read_member(const struct transcode_reader *reader, const struct transcode_path *outer,
                               unsigned depth, ProtobufCMessage *message, const char *name, const json_t *json,
                               struct transcode_seen *seen)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
    struct transcode_path path = {outer, name, strlen(name), SIZE_MAX};
    union transcode_value value;
    if (field == NULL) {
        return transcode_fail(reader, &path, STATUS_INVALID, "is not a known field");
    }
    if (json_is_null(json)) {
        return STATUS_OK;
    }
    enum status status = transcode_see(reader, &path, message, field, seen);
    if (status != STATUS_OK) {
        return status;
    }
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return read_array(reader, &path, depth, message, field, json);
    }
    status = read_value(reader, &path, depth, field, json, &value);
    if (status == STATUS_OK) {
        transcode_store(message, field, value);
    }
    return status;
}

static enum status read_message(const struct transcode_reader *reader, const struct transcode_path *path,
                                unsigned depth, const ProtobufCMessageDescriptor *descriptor, const json_t *json,
                                ProtobufCMessage **out_message)
{
    if (!json_is_object(json)) {
        return transcode_fail(reader, path, STATUS_INVALID, "must be an object");
    }
    if (depth > TRANSCODE_DEPTH_MAX) {
        return transcode_fail(reader, path, STATUS_TOO_LARGE, "is nested too deep");
    }
    ProtobufCMessage *message = transcode_message_create(reader, descriptor);
    if (message == NULL) {
        return transcode_fail(reader, path, STATUS_NO_MEMORY, "does not fit into memory");
    }
    struct transcode_seen seen = {0};
    enum status status = STATUS_OK;
    json_t *object = (json_t *)(uintptr_t)json; /* jansson's iterators want a mutable one, and do not change it */
    for (void *at = json_object_iter(object); status == STATUS_OK && at != NULL;
         at = json_object_iter_next(object, at)) {
        status = read_member(reader, path, depth, message, json_object_iter_key(at), json_object_iter_value(at), &seen);
    }
    if (status != STATUS_OK) {
        protobuf_c_message_free_unpacked(message, reader->allocator);
        return status;
    }
    *out_message = message;
    return STATUS_OK;
}

enum status transcode_json_read(const ProtobufCMessageDescriptor *descriptor, const json_t *json,
                                ProtobufCMessage **out_message, struct transcode_error *error)
{
    REQUIRE(descriptor != NULL);
    struct transcode_reader reader;
    transcode_reader_init(&reader, NULL, error);
    return read_message(&reader, NULL, 1, descriptor, json, out_message);
}
