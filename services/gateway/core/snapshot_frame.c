/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/core/snapshot_frame.h"

#define WIRE_VARINT 0u
#define WIRE_FIXED  1u
#define WIRE_BYTES  2u
#define WIRE_FIXED4 5u

/* Protobuf's varints need not be in their shortest form, unlike base/bytes.h's. */
static uint64_t read_varint(struct byte_reader *reader)
{
    uint64_t value = 0;
    for (uint32_t shift = 0; shift < 64; shift += 7) {
        uint8_t byte = byte_reader_u8(reader);
        value |= (uint64_t)(byte & 0x7Fu) << shift;
        if ((byte & 0x80u) == 0) {
            return value;
        }
    }
    byte_reader_fail(reader, STATUS_INVALID);
    return 0;
}

static const uint8_t *read_bytes(struct byte_reader *reader, size_t *out_size)
{
    uint64_t size = read_varint(reader);
    if (size > byte_reader_left(reader)) {
        byte_reader_fail(reader, STATUS_TRUNCATED);
        size = 0;
    }
    *out_size = (size_t)size;
    return byte_reader_bytes(reader, (size_t)size);
}

static void skip_value(struct byte_reader *reader, uint64_t wire_type)
{
    size_t size;
    switch (wire_type) {
    case WIRE_VARINT:
        (void)read_varint(reader);
        return;
    case WIRE_FIXED:
        (void)byte_reader_u64(reader);
        return;
    case WIRE_FIXED4:
        (void)byte_reader_u32(reader);
        return;
    case WIRE_BYTES:
        (void)read_bytes(reader, &size);
        return;
    default:
        byte_reader_fail(reader, STATUS_INVALID);
    }
}

static void read_field(struct byte_reader *reader, struct snapshot_frame *frame)
{
    uint64_t tag = read_varint(reader);
    switch (tag) {
    case (1u << 3) | WIRE_FIXED:
        frame->id = byte_reader_u64(reader);
        return;
    case (2u << 3) | WIRE_VARINT:
        frame->tick = (uint32_t)read_varint(reader);
        return;
    case (3u << 3) | WIRE_VARINT:
        frame->baseline_tick = (uint32_t)read_varint(reader);
        return;
    case (4u << 3) | WIRE_BYTES:
        frame->bytes = read_bytes(reader, &frame->size);
        return;
    default:
        skip_value(reader, tag & 7u);
    }
}

static enum status read_frame(const uint8_t *bytes, size_t size, struct snapshot_frame *out_frame)
{
    struct byte_reader reader;
    struct snapshot_frame frame = {0};
    byte_reader_init(&reader, bytes, size);
    while (reader.status == STATUS_OK && byte_reader_left(&reader) > 0) {
        read_field(&reader, &frame);
    }
    enum status status = byte_reader_finish(&reader);
    if (status == STATUS_OK) {
        *out_frame = frame;
    }
    return status;
}

void snapshot_batch_init(struct snapshot_batch *batch, const uint8_t *payload, size_t size)
{
    byte_reader_init(&batch->reader, payload, size);
}

enum status snapshot_batch_next(struct snapshot_batch *batch, struct snapshot_frame *out_frame)
{
    struct byte_reader *reader = &batch->reader;
    while (reader->status == STATUS_OK && byte_reader_left(reader) > 0) {
        uint64_t tag = read_varint(reader);
        if (tag != ((1u << 3) | WIRE_BYTES)) {
            skip_value(reader, tag & 7u);
            continue;
        }
        size_t size;
        const uint8_t *bytes = read_bytes(reader, &size);
        if (reader->status == STATUS_OK) {
            enum status status = read_frame(bytes, size, out_frame);
            if (status != STATUS_OK) {
                byte_reader_fail(reader, status);
            }
            return status;
        }
    }
    return reader->status == STATUS_OK ? STATUS_EMPTY : reader->status;
}

/* {2: bin}: a map of one, key 2, then bin 8, 16 or 32. */
static size_t msgpack_head(size_t size, uint8_t *out)
{
    out[0] = 0x81;
    out[1] = 0x02;
    if (size < 256) {
        out[2] = 0xC4;
        out[3] = (uint8_t)size;
        return 4;
    }
    if (size < 65536) {
        out[2] = 0xC5;
        out[3] = (uint8_t)(size >> 8);
        out[4] = (uint8_t)size;
        return 5;
    }
    out[2] = 0xC6;
    out[3] = (uint8_t)(size >> 24);
    out[4] = (uint8_t)(size >> 16);
    out[5] = (uint8_t)(size >> 8);
    out[6] = (uint8_t)size;
    return 7;
}

size_t snapshot_head(enum client_encoding encoding, size_t snapshot_size, uint8_t *out)
{
    REQUIRE(snapshot_size <= UINT32_MAX);
    if (encoding == CLIENT_MSGPACK) {
        return msgpack_head(snapshot_size, out);
    }
    struct byte_writer writer;
    byte_writer_init(&writer, out, SNAPSHOT_HEAD_MAX);
    byte_writer_u8(&writer, (2u << 3) | WIRE_BYTES);
    byte_writer_varint(&writer, snapshot_size);
    size_t size = 0;
    REQUIRE(byte_writer_finish(&writer, &size) == STATUS_OK);
    return size;
}
