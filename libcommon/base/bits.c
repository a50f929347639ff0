/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/bits.h"

#include "libcommon/base/status.h"

#define GOLOMB_ORDER_MAX 24u

_Static_assert(GOLOMB_ORDER_MAX < 32, "a code fits 64 bits");

static uint32_t low_mask(uint32_t count)
{
    return count >= 32 ? UINT32_MAX : (1u << count) - 1u;
}

/* value > 0 */
static uint32_t bit_length(uint64_t value)
{
    return 64u - (uint32_t)__builtin_clzll(value);
}

void bit_writer_init(struct bit_writer *writer, uint8_t *bytes, size_t capacity)
{
    REQUIRE(bytes != NULL || capacity == 0);
    *writer = (struct bit_writer){.bytes = bytes, .capacity = capacity, .status = STATUS_OK};
}

void bit_writer_put(struct bit_writer *writer, uint32_t value, uint32_t count)
{
    REQUIRE(count <= 32);
    writer->pending |= (uint64_t)(value & low_mask(count)) << writer->pending_bits;
    writer->pending_bits += count;
    while (writer->pending_bits >= 8) {
        if (writer->size == writer->capacity) {
            writer->status = STATUS_FULL;
            writer->pending_bits &= 7u;
            return;
        }
        writer->bytes[writer->size++] = (uint8_t)writer->pending;
        writer->pending >>= 8;
        writer->pending_bits -= 8;
    }
}

void bit_writer_golomb(struct bit_writer *writer, uint32_t value, uint32_t order)
{
    REQUIRE(order <= GOLOMB_ORDER_MAX);
    uint64_t shifted = (uint64_t)value + (1ull << order);
    uint32_t length = bit_length(shifted);
    uint32_t ones = length - 1 - order;
    if (ones + length <= 32) {
        /* Prefix and all in one go: the short case is nearly every case. */
        uint32_t body = (uint32_t)shifted & low_mask(length - 1);
        bit_writer_put(writer, low_mask(ones) | (body << (ones + 1)), ones + length);
        return;
    }
    bit_writer_put(writer, UINT32_MAX, ones);
    bit_writer_put(writer, 0, 1);
    bit_writer_put(writer, (uint32_t)shifted, length - 1);
}

void bit_writer_golomb_signed(struct bit_writer *writer, int32_t value, uint32_t order)
{
    bit_writer_golomb(writer, ((uint32_t)value << 1) ^ (uint32_t)(value >> 31), order);
}

size_t bit_writer_bits(const struct bit_writer *writer)
{
    return writer->size * 8 + writer->pending_bits;
}

enum status bit_writer_finish(struct bit_writer *writer, size_t *out_size)
{
    REQUIRE(writer->pending_bits < 8 && writer->size <= writer->capacity);
    if (writer->pending_bits > 0) {
        bit_writer_put(writer, 0, 8 - writer->pending_bits);
    }
    if (writer->status == STATUS_OK) {
        *out_size = writer->size;
    }
    return writer->status;
}

void bit_reader_init(struct bit_reader *reader, const uint8_t *bytes, size_t size)
{
    REQUIRE(bytes != NULL || size == 0);
    *reader = (struct bit_reader){.bytes = bytes, .size = size, .status = STATUS_OK};
}

void bit_reader_fail(struct bit_reader *reader, enum status status)
{
    REQUIRE(status != STATUS_OK);
    if (reader->status == STATUS_OK) {
        reader->status = status;
    }
}

uint32_t bit_reader_get(struct bit_reader *reader, uint32_t count)
{
    REQUIRE(count <= 32);
    while (reader->pending_bits < count) {
        if (reader->offset == reader->size) {
            bit_reader_fail(reader, STATUS_TRUNCATED);
            return 0;
        }
        reader->pending |= (uint64_t)reader->bytes[reader->offset++] << reader->pending_bits;
        reader->pending_bits += 8;
    }
    if (reader->status != STATUS_OK) {
        return 0;
    }
    uint32_t value = (uint32_t)reader->pending & low_mask(count);
    reader->pending >>= count;
    reader->pending_bits -= count;
    return value;
}

uint32_t bit_reader_golomb(struct bit_reader *reader, uint32_t order)
{
    REQUIRE(order <= GOLOMB_ORDER_MAX);
    uint32_t bits = order;
    while (bit_reader_get(reader, 1) == 1) {
        bits++;
        if (bits > 32) {
            bit_reader_fail(reader, STATUS_INVALID);
            return 0;
        }
    }
    uint64_t shifted = (1ull << bits) | bit_reader_get(reader, bits);
    uint64_t value = shifted - (1ull << order);
    if (value > UINT32_MAX) {
        bit_reader_fail(reader, STATUS_INVALID);
    }
    return reader->status == STATUS_OK ? (uint32_t)value : 0;
}

int32_t bit_reader_golomb_signed(struct bit_reader *reader, uint32_t order)
{
    uint32_t value = bit_reader_golomb(reader, order);
    return (int32_t)((value >> 1) ^ (0u - (value & 1u)));
}

enum status bit_reader_finish(const struct bit_reader *reader)
{
    if (reader->status == STATUS_OK && (reader->offset != reader->size || reader->pending != 0)) {
        return STATUS_INVALID;
    }
    return reader->status;
}
