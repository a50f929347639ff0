/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/range.h"

#define TAIL_MAX 4u

void range_writer_init(struct range_writer *writer, uint8_t *bytes, size_t capacity)
{
    *writer = (struct range_writer){.high = UINT32_MAX, .bytes = bytes, .capacity = capacity, .status = STATUS_OK};
}

static void put_byte(struct range_writer *writer, uint8_t byte)
{
    if (writer->size == writer->capacity) {
        writer->status = STATUS_FULL;
        return;
    }
    writer->bytes[writer->size++] = byte;
}

/* Which way a decision went is not to be foreseen, so nothing here branches by it. */
void range_write(struct range_writer *writer, const uint16_t *decisions, uint32_t count)
{
    uint32_t low = writer->low;
    uint32_t high = writer->high;
    uint8_t *at = writer->bytes + writer->size;
    const uint8_t *end = writer->bytes + writer->capacity;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t chance = decisions[i] & 0xfffeu;
        uint32_t is_zero = (decisions[i] & 1u) - 1u; /* all bits or none */
        uint32_t middle = low + (uint32_t)((uint64_t)(high - low) * chance >> 16);
        low += (middle + 1 - low) & is_zero;
        high = middle + ((high - middle) & is_zero);
        for (; ((low ^ high) >> 24) == 0; low <<= 8, high = high << 8 | 255u) {
            if (at == end) {
                writer->status = STATUS_FULL;
                return;
            }
            *at++ = (uint8_t)(high >> 24);
        }
    }
    writer->low = low;
    writer->high = high;
    writer->size = (size_t)(at - writer->bytes);
}

/* The fewest bytes that, with zeros after them, lie in low..high. */
static uint32_t tail_of(uint32_t low, uint32_t high, uint32_t *out_value)
{
    for (uint32_t count = 0; count < TAIL_MAX; count++) {
        uint64_t unit = 1ull << (32 - 8 * count);
        uint64_t value = (low + unit - 1) / unit * unit;
        if (value <= high) {
            *out_value = (uint32_t)value;
            return count;
        }
    }
    *out_value = low;
    return TAIL_MAX;
}

enum status range_writer_finish(struct range_writer *writer, size_t *out_size)
{
    uint32_t value;
    uint32_t count = tail_of(writer->low, writer->high, &value);
    for (uint32_t i = 0; i < count; i++) {
        put_byte(writer, (uint8_t)(value >> (24 - 8 * i)));
    }
    if (writer->status == STATUS_OK) {
        *out_size = writer->size;
    }
    return writer->status;
}

/* Past the end are zeros, as many as the writer may have left out. */
static void take_byte(struct range_reader *reader)
{
    uint8_t byte = reader->offset < reader->size ? reader->bytes[reader->offset] : 0;
    if (reader->offset == reader->size + TAIL_MAX) {
        range_reader_fail(reader, STATUS_TRUNCATED);
    } else {
        reader->offset++;
    }
    reader->value = reader->value << 8 | byte;
}

void range_reader_init(struct range_reader *reader, const uint8_t *bytes, size_t size)
{
    *reader = (struct range_reader){.high = UINT32_MAX, .status = STATUS_OK, .bytes = bytes, .size = size};
    for (uint32_t i = 0; i < TAIL_MAX; i++) {
        take_byte(reader);
    }
}

void range_reader_shift(struct range_reader *reader)
{
    take_byte(reader);
    reader->low <<= 8;
    reader->high = reader->high << 8 | 255u;
}

enum status range_reader_finish(const struct range_reader *reader)
{
    uint32_t value;
    uint32_t count = tail_of(reader->low, reader->high, &value);
    if (reader->status == STATUS_OK && (reader->offset != reader->size + TAIL_MAX - count || reader->value != value)) {
        return STATUS_INVALID;
    }
    return reader->status;
}
