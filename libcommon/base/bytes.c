/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/bytes.h"

#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"

#define VARINT_BYTES_MAX 10

void byte_writer_init(struct byte_writer *writer, uint8_t *bytes, size_t capacity)
{
    REQUIRE(bytes != NULL || capacity == 0);
    *writer = (struct byte_writer){.bytes = bytes, .capacity = capacity, .status = STATUS_OK};
}

uint8_t *byte_writer_reserve(struct byte_writer *writer, size_t size)
{
    REQUIRE(writer->size <= writer->capacity);
    if (writer->status != STATUS_OK) {
        return NULL;
    }
    if (writer->capacity - writer->size < size) {
        writer->status = STATUS_FULL;
        return NULL;
    }
    uint8_t *start = writer->bytes + writer->size;
    writer->size += size;
    return start;
}

static void write_little_endian(struct byte_writer *writer, uint64_t value, size_t size)
{
    uint8_t *to = byte_writer_reserve(writer, size);
    if (to == NULL) {
        return;
    }
    for (size_t i = 0; i < size; i++) {
        to[i] = (uint8_t)(value >> (8 * i));
    }
}

void byte_writer_u8(struct byte_writer *writer, uint8_t value)
{
    write_little_endian(writer, value, 1);
}

void byte_writer_u16(struct byte_writer *writer, uint16_t value)
{
    write_little_endian(writer, value, 2);
}

void byte_writer_u32(struct byte_writer *writer, uint32_t value)
{
    write_little_endian(writer, value, 4);
}

void byte_writer_u64(struct byte_writer *writer, uint64_t value)
{
    write_little_endian(writer, value, 8);
}

void byte_writer_varint(struct byte_writer *writer, uint64_t value)
{
    uint8_t bytes[VARINT_BYTES_MAX];
    size_t size = 0;
    for (; value >= 0x80; value >>= 7) {
        bytes[size++] = (uint8_t)(value | 0x80);
    }
    bytes[size++] = (uint8_t)value;
    byte_writer_bytes(writer, bytes, size);
}

void byte_writer_zigzag(struct byte_writer *writer, int64_t value)
{
    byte_writer_varint(writer, ((uint64_t)value << 1) ^ (uint64_t)(value >> 63));
}

void byte_writer_bytes(struct byte_writer *writer, const void *bytes, size_t size)
{
    uint8_t *to = byte_writer_reserve(writer, size);
    if (to != NULL) {
        memory_copy(to, bytes, size);
    }
}

enum status byte_writer_finish(const struct byte_writer *writer, size_t *out_size)
{
    if (writer->status == STATUS_OK) {
        *out_size = writer->size;
    }
    return writer->status;
}

void byte_reader_init(struct byte_reader *reader, const uint8_t *bytes, size_t size)
{
    REQUIRE(bytes != NULL || size == 0);
    *reader = (struct byte_reader){.bytes = bytes, .size = size, .status = STATUS_OK};
}

void byte_reader_fail(struct byte_reader *reader, enum status status)
{
    REQUIRE(status != STATUS_OK);
    if (reader->status == STATUS_OK) {
        reader->status = status;
    }
}

const uint8_t *byte_reader_bytes(struct byte_reader *reader, size_t size)
{
    if (reader->status != STATUS_OK) {
        return NULL;
    }
    if (reader->size - reader->offset < size) {
        reader->status = STATUS_TRUNCATED;
        return NULL;
    }
    const uint8_t *start = reader->bytes + reader->offset;
    reader->offset += size;
    return start;
}

static uint64_t read_little_endian(struct byte_reader *reader, size_t size)
{
    const uint8_t *from = byte_reader_bytes(reader, size);
    uint64_t value = 0;
    for (size_t i = 0; from != NULL && i < size; i++) {
        value |= (uint64_t)from[i] << (8 * i);
    }
    return value;
}

uint8_t byte_reader_u8(struct byte_reader *reader)
{
    return (uint8_t)read_little_endian(reader, 1);
}

uint16_t byte_reader_u16(struct byte_reader *reader)
{
    return (uint16_t)read_little_endian(reader, 2);
}

uint32_t byte_reader_u32(struct byte_reader *reader)
{
    return (uint32_t)read_little_endian(reader, 4);
}

uint64_t byte_reader_u64(struct byte_reader *reader)
{
    return read_little_endian(reader, 8);
}

uint64_t byte_reader_varint(struct byte_reader *reader)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = byte_reader_u8(reader);
        if (shift == 63 && byte > 1) {
            break;
        }
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            if (byte == 0 && shift > 0) {
                break;
            }
            return value;
        }
    }
    byte_reader_fail(reader, STATUS_INVALID);
    return 0;
}

uint64_t byte_reader_varint_max(struct byte_reader *reader, uint64_t max)
{
    uint64_t value = byte_reader_varint(reader);
    if (value > max) {
        byte_reader_fail(reader, STATUS_INVALID);
        return 0;
    }
    return value;
}

int64_t byte_reader_zigzag(struct byte_reader *reader)
{
    uint64_t value = byte_reader_varint(reader);
    return (int64_t)((value >> 1) ^ (0 - (value & 1)));
}

size_t byte_reader_left(const struct byte_reader *reader)
{
    REQUIRE(reader->offset <= reader->size);
    return reader->size - reader->offset;
}

enum status byte_reader_finish(const struct byte_reader *reader)
{
    if (reader->status == STATUS_OK && reader->offset != reader->size) {
        return STATUS_INVALID;
    }
    return reader->status;
}
