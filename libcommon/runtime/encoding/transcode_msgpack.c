/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MessagePack (github.com/msgpack/msgpack/blob/master/spec.md). Written with msgpack-c's packer. Read by a walker of
 * our own: msgpack-c's unpacker builds the whole object tree first, sized by the counts a sender claims, with one heap
 * zone a message; this one goes straight into the message, and believes no count that the remaining bytes cannot hold.
 */
#include "libcommon/runtime/encoding/transcode_internal.h"

#include <math.h>
#include <msgpack.h>
#include <string.h>

#define MSGPACK_SKIP_DEPTH_MAX 32 /* of containers inside an unknown field */

/* ---- writing -------------------------------------------------------------------------------------- */

struct output {
    uint8_t *bytes;
    size_t size;   /* of bytes */
    size_t length; /* written so far, also beyond size */
};

static int on_packed(void *data, const char *bytes, size_t size)
{
    struct output *output = data;
    if (output->length < output->size && size > 0) {
        size_t room = output->size - output->length;
        memcpy(output->bytes + output->length, bytes, size < room ? size : room);
    }
    output->length += size;
    return 0;
}

static void write_message(msgpack_packer *packer, const ProtobufCMessage *message);

static void write_number(msgpack_packer *packer, enum transcode_kind kind, const union transcode_value *value)
{
    switch (kind) {
    case TRANSCODE_INT32:
    case TRANSCODE_ENUM:
        msgpack_pack_int32(packer, value->i32);
        break;
    case TRANSCODE_INT64:
        msgpack_pack_int64(packer, value->i64);
        break;
    case TRANSCODE_UINT32:
        msgpack_pack_uint32(packer, value->u32);
        break;
    case TRANSCODE_UINT64:
        msgpack_pack_uint64(packer, value->u64);
        break;
    case TRANSCODE_FLOAT:
        msgpack_pack_float(packer, value->f32);
        break;
    default:
        msgpack_pack_double(packer, value->f64);
        break;
    }
}

static void write_value(msgpack_packer *packer, enum transcode_kind kind, const uint8_t *member)
{
    union transcode_value value;
    memcpy(&value, member, transcode_element_size(kind));
    if (kind == TRANSCODE_MESSAGE) {
        write_message(packer, value.message);
    } else if (kind == TRANSCODE_TEXT) {
        const char *text = value.text != NULL ? value.text : "";
        msgpack_pack_str_with_body(packer, text, strlen(text));
    } else if (kind == TRANSCODE_BYTES) {
        msgpack_pack_bin_with_body(packer, value.bytes.data, value.bytes.len);
    } else if (kind == TRANSCODE_BOOL) {
        value.truth ? msgpack_pack_true(packer) : msgpack_pack_false(packer);
    } else {
        write_number(packer, kind, &value);
    }
}

static void write_field(msgpack_packer *packer, const ProtobufCFieldDescriptor *field, struct transcode_values values)
{
    enum transcode_kind kind = transcode_kind_of(field);
    size_t element_size = transcode_element_size(kind);
    msgpack_pack_uint32(packer, field->id);
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        msgpack_pack_array(packer, values.count);
    }
    for (size_t i = 0; i < values.count; i++) {
        write_value(packer, kind, values.first + i * element_size);
    }
}

static void write_message(msgpack_packer *packer, const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    size_t count = 0;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        count += transcode_values_of(message, &descriptor->fields[i]).count > 0;
    }
    msgpack_pack_map(packer, count);
    for (unsigned i = 0; i < descriptor->n_fields && count > 0; i++) {
        struct transcode_values values = transcode_values_of(message, &descriptor->fields[i]);
        if (values.count > 0) {
            write_field(packer, &descriptor->fields[i], values);
        }
    }
}

size_t transcode_msgpack_write(const ProtobufCMessage *message, uint8_t *out, size_t size)
{
    REQUIRE(message->descriptor != NULL);
    REQUIRE(out != NULL || size == 0);
    struct output output = {.bytes = out, .size = size};
    msgpack_packer packer;
    msgpack_packer_init(&packer, &output, on_packed);
    write_message(&packer, message);
    return output.length;
}

/* ---- tokens --------------------------------------------------------------------------------------- */

enum token_type {
    TOKEN_NIL,
    TOKEN_BOOL,
    TOKEN_INTEGER,
    TOKEN_REAL,
    TOKEN_TEXT,
    TOKEN_BYTES,
    TOKEN_ARRAY,
    TOKEN_MAP,
    TOKEN_EXTENSION,
};

struct token {
    enum token_type type;
    bool truth;
    bool is_negative;
    uint64_t magnitude; /* of an integer; elements of an array, pairs of a map */
    double real;
    const uint8_t *bytes; /* of text, bytes, extension */
    size_t size;
};

struct msgpack_input {
    struct transcode_reader reader;
    const uint8_t *bytes;
    size_t size, offset;
};

static enum status take(struct msgpack_input *input, size_t count, const uint8_t **out_bytes)
{
    if (input->size - input->offset < count) {
        return STATUS_TRUNCATED;
    }
    *out_bytes = input->bytes + input->offset;
    input->offset += count;
    return STATUS_OK;
}

/* count big-endian bytes, 1 to 8. */
static enum status take_number(struct msgpack_input *input, size_t count, uint64_t *out_number)
{
    const uint8_t *bytes = NULL;
    uint64_t number = 0;
    enum status status = take(input, count, &bytes);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        number = number << 8 | bytes[i];
    }
    *out_number = number;
    return status;
}

static enum status take_run(struct msgpack_input *input, enum token_type type, uint64_t size, struct token *out_token)
{
    out_token->type = type;
    out_token->size = (size_t)size;
    return take(input, out_token->size, &out_token->bytes);
}

static enum status take_signed(struct msgpack_input *input, size_t count, struct token *out_token)
{
    uint64_t number = 0;
    enum status status = take_number(input, count, &number);
    uint64_t sign = UINT64_C(1) << (8 * count - 1);
    out_token->type = TOKEN_INTEGER;
    out_token->is_negative = (number & sign) != 0;
    out_token->magnitude = out_token->is_negative ? sign - (number & (sign - 1)) : number;
    return status;
}

static enum status take_real(struct msgpack_input *input, size_t count, struct token *out_token)
{
    uint64_t bits = 0;
    enum status status = take_number(input, count, &bits);
    out_token->type = TOKEN_REAL;
    if (count == 4) {
        uint32_t bits32 = (uint32_t)bits;
        float real;
        memcpy(&real, &bits32, sizeof real);
        out_token->real = (double)real;
    } else {
        memcpy(&out_token->real, &bits, sizeof out_token->real);
    }
    return status;
}

/* A size or count field of 1 << width_log2 bytes, and what it announces. */
static enum status take_sized(struct msgpack_input *input, enum token_type type, unsigned width_log2,
                              struct token *out_token)
{
    uint64_t number = 0;
    enum status status = take_number(input, (size_t)1 << width_log2, &number);
    if (status != STATUS_OK) {
        return status;
    }
    if (type == TOKEN_ARRAY || type == TOKEN_MAP) {
        out_token->type = type;
        out_token->magnitude = number;
        return STATUS_OK;
    }
    return take_run(input, type, number + (type == TOKEN_EXTENSION ? 1 : 0), out_token);
}

/* Bytes 0xc0 .. 0xdf. */
static enum status take_named(struct msgpack_input *input, uint8_t lead, struct token *out_token)
{
    switch (lead) {
    case 0xc0:
        out_token->type = TOKEN_NIL;
        return STATUS_OK;
    case 0xc1:
        return STATUS_INVALID;
    case 0xc2:
    case 0xc3:
        out_token->type = TOKEN_BOOL;
        out_token->truth = lead == 0xc3;
        return STATUS_OK;
    case 0xca:
    case 0xcb:
        return take_real(input, lead == 0xca ? 4 : 8, out_token);
    default:
        break;
    }
    if (lead <= 0xc6) {
        return take_sized(input, TOKEN_BYTES, lead - 0xc4u, out_token);
    }
    if (lead <= 0xc9) {
        return take_sized(input, TOKEN_EXTENSION, lead - 0xc7u, out_token);
    }
    if (lead <= 0xcf) {
        out_token->type = TOKEN_INTEGER;
        return take_number(input, (size_t)1 << (lead - 0xccu), &out_token->magnitude);
    }
    if (lead <= 0xd3) {
        return take_signed(input, (size_t)1 << (lead - 0xd0u), out_token);
    }
    if (lead <= 0xd8) {
        return take_run(input, TOKEN_EXTENSION, (UINT64_C(1) << (lead - 0xd4u)) + 1, out_token);
    }
    if (lead <= 0xdb) {
        return take_sized(input, TOKEN_TEXT, lead - 0xd9u, out_token);
    }
    return take_sized(input, lead <= 0xdd ? TOKEN_ARRAY : TOKEN_MAP, 1 + (lead & 1u), out_token);
}

static enum status next_token(struct msgpack_input *input, struct token *out_token)
{
    const uint8_t *lead = NULL;
    enum status status = take(input, 1, &lead);
    *out_token = (struct token){0};
    if (status != STATUS_OK) {
        return status;
    }
    if (*lead <= 0x7f || *lead >= 0xe0) {
        out_token->type = TOKEN_INTEGER;
        out_token->is_negative = *lead >= 0xe0;
        out_token->magnitude = out_token->is_negative ? 0x100u - *lead : *lead;
    } else if (*lead <= 0x8f || (*lead & 0xf0) == 0x90) {
        out_token->type = *lead <= 0x8f ? TOKEN_MAP : TOKEN_ARRAY;
        out_token->magnitude = *lead & 0x0fu;
    } else if (*lead <= 0xbf) {
        status = take_run(input, TOKEN_TEXT, *lead & 0x1fu, out_token);
    } else {
        status = take_named(input, *lead, out_token);
    }
    return status;
}

/* next_token with its error said, and no count believed that the rest of the input cannot hold. */
static enum status read_token(struct msgpack_input *input, const struct transcode_path *path, struct token *out_token)
{
    enum status status = next_token(input, out_token);
    size_t rest = input->size - input->offset;
    bool is_claim = status == STATUS_OK && ((out_token->type == TOKEN_ARRAY && out_token->magnitude > rest) ||
                                            (out_token->type == TOKEN_MAP && out_token->magnitude > rest / 2));
    if (status == STATUS_TRUNCATED || is_claim) {
        return transcode_fail(&input->reader, path, STATUS_TRUNCATED, "ends too early");
    }
    return status == STATUS_OK ? STATUS_OK : transcode_fail(&input->reader, path, status, "is not MessagePack");
}

/* ---- reading -------------------------------------------------------------------------------------- */

static enum status read_message(struct msgpack_input *input, const struct transcode_path *path, unsigned depth,
                                const ProtobufCMessageDescriptor *descriptor, uint64_t pairs,
                                ProtobufCMessage **out_message);

/* Passes over one value of an unknown field. */
static enum status skip_value(struct msgpack_input *input, const struct transcode_path *path)
{
    uint64_t open[MSGPACK_SKIP_DEPTH_MAX] = {1}; /* values still to pass, per container */
    unsigned depth = 0;
    for (;;) {
        struct token token;
        while (open[depth] == 0) {
            if (depth-- == 0) {
                return STATUS_OK;
            }
        }
        open[depth]--;
        enum status status = read_token(input, path, &token);
        if (status != STATUS_OK) {
            return status;
        }
        if (token.type == TOKEN_ARRAY || token.type == TOKEN_MAP) {
            if (++depth == MSGPACK_SKIP_DEPTH_MAX) {
                return transcode_fail(&input->reader, path, STATUS_TOO_LARGE, "is nested too deep");
            }
            open[depth] = token.type == TOKEN_MAP ? 2 * token.magnitude : token.magnitude;
        }
    }
}

static enum status read_bytes(struct msgpack_input *input, const struct transcode_path *path, const struct token *token,
                              union transcode_value *out_value)
{
    out_value->bytes = (ProtobufCBinaryData){.len = token->size};
    if (token->size == 0) {
        return STATUS_OK;
    }
    out_value->bytes.data = transcode_allocate(&input->reader, token->size);
    if (out_value->bytes.data == NULL) {
        return transcode_fail(&input->reader, path, STATUS_NO_MEMORY, "does not fit into memory");
    }
    memcpy(out_value->bytes.data, token->bytes, token->size);
    return STATUS_OK;
}

static void read_real(const struct token *token, enum transcode_kind kind, union transcode_value *out_value)
{
    double real = token->type == TOKEN_REAL ? token->real
                  : token->is_negative      ? -(double)token->magnitude
                                            : (double)token->magnitude;
    real = isnan(real) ? NAN : real; /* of the many there are, the one that JSON says */
    if (kind == TRANSCODE_FLOAT) {
        out_value->f32 = (float)real;
    } else {
        out_value->f64 = real;
    }
}

static const char *expectation(enum transcode_kind kind)
{
    static const char *const texts[] = {
        [TRANSCODE_BOOL] = "must be true or false", [TRANSCODE_INT32] = "must be an integer",
        [TRANSCODE_INT64] = "must be an integer",   [TRANSCODE_UINT32] = "must be an integer",
        [TRANSCODE_UINT64] = "must be an integer",  [TRANSCODE_FLOAT] = "must be a number",
        [TRANSCODE_DOUBLE] = "must be a number",    [TRANSCODE_ENUM] = "must be an integer",
        [TRANSCODE_TEXT] = "must be text",          [TRANSCODE_BYTES] = "must be bytes",
        [TRANSCODE_MESSAGE] = "must be a map",
    };
    return texts[kind];
}

static bool fits(const struct token *token, enum transcode_kind kind)
{
    switch (kind) {
    case TRANSCODE_BOOL:
        return token->type == TOKEN_BOOL;
    case TRANSCODE_FLOAT:
    case TRANSCODE_DOUBLE:
        return token->type == TOKEN_REAL || token->type == TOKEN_INTEGER;
    case TRANSCODE_TEXT:
        return token->type == TOKEN_TEXT;
    case TRANSCODE_BYTES:
        return token->type == TOKEN_BYTES;
    case TRANSCODE_MESSAGE:
        return token->type == TOKEN_MAP;
    default:
        return token->type == TOKEN_INTEGER;
    }
}

static enum status read_value(struct msgpack_input *input, const struct transcode_path *path, unsigned depth,
                              const ProtobufCFieldDescriptor *field, const struct token *token,
                              union transcode_value *out_value)
{
    enum transcode_kind kind = transcode_kind_of(field);
    if (!fits(token, kind)) {
        return transcode_fail(&input->reader, path, STATUS_INVALID, expectation(kind));
    }
    switch (kind) {
    case TRANSCODE_BOOL:
        out_value->truth = token->truth;
        return STATUS_OK;
    case TRANSCODE_FLOAT:
    case TRANSCODE_DOUBLE:
        read_real(token, kind, out_value);
        return STATUS_OK;
    case TRANSCODE_TEXT:
        return transcode_text(&input->reader, path, (const char *)token->bytes, token->size, out_value);
    case TRANSCODE_BYTES:
        return read_bytes(input, path, token, out_value);
    case TRANSCODE_MESSAGE:
        return read_message(input, path, depth + 1, field->descriptor, token->magnitude, &out_value->message);
    default:
        return transcode_integer(&input->reader, path, field, token->is_negative, token->magnitude, out_value);
    }
}

static enum status read_array(struct msgpack_input *input, struct transcode_path *path, unsigned depth,
                              ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, uint64_t count)
{
    enum status status = transcode_reserve(&input->reader, path, message, field, (size_t)count);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        struct token token;
        union transcode_value value;
        path->index = i;
        status = read_token(input, path, &token);
        if (status == STATUS_OK) {
            status = read_value(input, path, depth, field, &token, &value);
        }
        if (status == STATUS_OK) {
            transcode_push(message, field, value);
        }
    }
    return status;
}

static enum status read_field(struct msgpack_input *input, struct transcode_path *path, unsigned depth,
                              ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                              struct transcode_seen *seen)
{
    struct token token;
    union transcode_value value;
    enum status status = read_token(input, path, &token);
    if (status != STATUS_OK || token.type == TOKEN_NIL) {
        return status;
    }
    status = transcode_see(&input->reader, path, message, field, seen);
    if (status != STATUS_OK) {
        return status;
    }
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return token.type == TOKEN_ARRAY ? read_array(input, path, depth, message, field, token.magnitude)
                                         : transcode_fail(&input->reader, path, STATUS_INVALID, "must be an array");
    }
    status = read_value(input, path, depth, field, &token, &value);
    if (status == STATUS_OK) {
        transcode_store(message, field, value);
    }
    return status;
}

/* A key: the field it names, or NULL for an unknown number, which is passed over. */
static enum status read_key(struct msgpack_input *input, const struct transcode_path *path,
                            const ProtobufCMessageDescriptor *descriptor, const ProtobufCFieldDescriptor **out_field)
{
    struct token key;
    enum status status = read_token(input, path, &key);
    *out_field = NULL;
    if (status != STATUS_OK) {
        return status;
    }
    if (key.type == TOKEN_INTEGER && !key.is_negative) {
        *out_field = key.magnitude <= UINT32_MAX
                         ? protobuf_c_message_descriptor_get_field(descriptor, (unsigned)key.magnitude)
                         : NULL;
        return STATUS_OK;
    }
    char name[64];
    if (key.type == TOKEN_TEXT && key.size < sizeof name) {
        memcpy(name, key.bytes, key.size);
        name[key.size] = 0;
        *out_field = protobuf_c_message_descriptor_get_field_by_name(descriptor, name);
    }
    return *out_field ? STATUS_OK
                      : transcode_fail(&input->reader, path, STATUS_INVALID, "has a key that is no field of it");
}

static enum status read_pairs(struct msgpack_input *input, const struct transcode_path *path, unsigned depth,
                              ProtobufCMessage *message, uint64_t pairs)
{
    struct transcode_seen seen = {0};
    enum status status = STATUS_OK;
    for (uint64_t i = 0; status == STATUS_OK && i < pairs; i++) {
        const ProtobufCFieldDescriptor *field = NULL;
        status = read_key(input, path, message->descriptor, &field);
        if (status != STATUS_OK) {
            return status;
        }
        if (field == NULL) {
            status = skip_value(input, path);
            continue;
        }
        struct transcode_path inner = {path, field->name, strlen(field->name), SIZE_MAX};
        status = read_field(input, &inner, depth, message, field, &seen);
    }
    return status;
}

static enum status read_message(struct msgpack_input *input, const struct transcode_path *path, unsigned depth,
                                const ProtobufCMessageDescriptor *descriptor, uint64_t pairs,
                                ProtobufCMessage **out_message)
{
    if (depth > TRANSCODE_DEPTH_MAX) {
        return transcode_fail(&input->reader, path, STATUS_TOO_LARGE, "is nested too deep");
    }
    ProtobufCMessage *message = transcode_message_create(&input->reader, descriptor);
    if (message == NULL) {
        return transcode_fail(&input->reader, path, STATUS_NO_MEMORY, "does not fit into memory");
    }
    enum status status = read_pairs(input, path, depth, message, pairs);
    if (status != STATUS_OK) {
        protobuf_c_message_free_unpacked(message, input->reader.allocator);
        return status;
    }
    *out_message = message;
    return STATUS_OK;
}

enum status transcode_msgpack_read(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t size,
                                   ProtobufCAllocator *allocator, ProtobufCMessage **out_message,
                                   struct transcode_error *error)
{
    REQUIRE(descriptor != NULL && (bytes != NULL || size == 0));
    struct msgpack_input input = {.bytes = bytes, .size = size};
    struct token token;
    ProtobufCMessage *message = NULL;
    transcode_reader_init(&input.reader, allocator, error);
    enum status status = read_token(&input, NULL, &token);
    if (status == STATUS_OK && token.type != TOKEN_MAP) {
        status = transcode_fail(&input.reader, NULL, STATUS_INVALID, expectation(TRANSCODE_MESSAGE));
    }
    if (status == STATUS_OK) {
        status = read_message(&input, NULL, 1, descriptor, token.magnitude, &message);
    }
    if (status == STATUS_OK && input.offset < size) {
        protobuf_c_message_free_unpacked(message, input.reader.allocator);
        status = transcode_fail(&input.reader, NULL, STATUS_INVALID, "is followed by more bytes");
    }
    if (status == STATUS_OK) {
        *out_message = message;
    }
    return status;
}
