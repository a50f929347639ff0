/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With carry propagation, after G. N. N. Martin, "Range encoding: an algorithm for removing redundancy from a digitised
 * message" (1979); renormalised by two bytes at a time.
 */
#include "libcommon/game/snapshot/range.h"

#include "libcommon/base/status.h"

#define LOW_BITS     48u
#define RANGE_LEAST  (1ull << (LOW_BITS - RANGE_BITS)) /* a smaller range is renormalised */
#define LOW_MASK     (RANGE_LEAST - 1)
#define TAIL_MAX     (LOW_BITS / 8)
#define RANGE_FULL   (1ull << LOW_BITS)
#define RENORM_BYTES (RANGE_BITS / 8)

_Static_assert(RANGE_BITS == 16 && LOW_BITS % 8 == 0, "renormalised by whole bytes, two at a time");

void range_writer_init(struct range_writer *writer, uint8_t *bytes, size_t capacity)
{
    REQUIRE(bytes != NULL || capacity == 0);
    *writer = (struct range_writer){.range = RANGE_FULL, .bytes = bytes, .capacity = capacity, .status = STATUS_OK};
}

/* Adds 1 to the number before end. Some byte of it is not 255: as a fraction, all that is written is below 1. */
static void carry(uint8_t *end)
{
    do {
        end--;
    } while (++*end == 0);
}

void range_write(struct range_writer *writer, const struct range_interval *intervals, uint32_t count)
{
    uint64_t low = writer->low;
    uint64_t range = writer->range;
    uint8_t *at = writer->bytes + writer->size;
    const uint8_t *end = writer->bytes + writer->capacity;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t unit = range >> RANGE_BITS;
        low += unit * intervals[i].cumulative;
        range = unit * intervals[i].frequency;
        if (range >= RANGE_LEAST) {
            continue;
        }
        if ((size_t)(end - at) < RENORM_BYTES) {
            writer->status = STATUS_FULL;
            return;
        }
        if (low >= RANGE_FULL) {
            carry(at);
        }
        *at++ = (uint8_t)(low >> (LOW_BITS - 8));
        *at++ = (uint8_t)(low >> (LOW_BITS - 16));
        low = (low & LOW_MASK) << RANGE_BITS;
        range <<= RANGE_BITS;
    }
    writer->low = low;
    writer->range = range;
    writer->size = (size_t)(at - writer->bytes);
}

/* The fewest bytes that, followed by zeros, are a value in low to low + range - 1: their number, and that value. */
static uint32_t shortest_tail(uint64_t low, uint64_t range, uint64_t *out_value)
{
    for (uint32_t count = 0; count < TAIL_MAX; count++) {
        uint64_t unit = 1ull << (LOW_BITS - 8 * count);
        uint64_t value = (low + unit - 1) & ~(unit - 1);
        if (value - low < range) {
            *out_value = value;
            return count;
        }
    }
    *out_value = low;
    return TAIL_MAX;
}

enum status range_writer_finish(struct range_writer *writer, size_t *out_size)
{
    REQUIRE(writer->size <= writer->capacity);
    REQUIRE(writer->range >= RANGE_LEAST && writer->range <= RANGE_FULL);
    uint64_t value;
    uint32_t count = shortest_tail(writer->low, writer->range, &value);
    if (writer->status != STATUS_OK || writer->capacity - writer->size < count) {
        writer->status = STATUS_FULL;
        return writer->status;
    }
    if (value >= RANGE_FULL) {
        carry(writer->bytes + writer->size);
    }
    for (uint32_t i = 0; i < count; i++) {
        writer->bytes[writer->size++] = (uint8_t)(value >> (LOW_BITS - 8 - 8 * i));
    }
    *out_size = writer->size;
    return STATUS_OK;
}

/* Past the end it reads zeros, as many as the writer may have left out. */
static void take_byte(struct range_reader *reader)
{
    uint8_t byte = reader->offset < reader->size ? reader->bytes[reader->offset] : 0;
    if (reader->offset == reader->size + TAIL_MAX) {
        range_reader_fail(reader, STATUS_TRUNCATED);
    } else {
        reader->offset++;
    }
    reader->code = reader->code << 8 | byte;
}

void range_reader_init(struct range_reader *reader, const uint8_t *bytes, size_t size)
{
    REQUIRE(bytes != NULL || size == 0);
    *reader = (struct range_reader){.range = RANGE_FULL, .status = STATUS_OK, .bytes = bytes, .size = size};
    for (uint32_t i = 0; i < TAIL_MAX; i++) {
        take_byte(reader);
    }
}

uint32_t range_peek(struct range_reader *reader)
{
    uint64_t value = reader->code / (reader->range >> RANGE_BITS);
    if (value >> RANGE_BITS) {
        range_reader_fail(reader, STATUS_INVALID);
        return 0;
    }
    return (uint32_t)value;
}

void range_take(struct range_reader *reader, uint32_t cumulative, uint32_t frequency)
{
    uint64_t unit = reader->range >> RANGE_BITS;
    reader->low += unit * cumulative;
    reader->code -= unit * cumulative;
    reader->range = unit * frequency;
    if (reader->code >= reader->range) {
        range_reader_fail(reader, STATUS_INVALID);
        reader->code = 0;
    }
    if (reader->range < RANGE_LEAST) {
        reader->low = (reader->low & LOW_MASK) << RANGE_BITS;
        reader->range <<= RANGE_BITS;
        take_byte(reader);
        take_byte(reader);
    }
}

enum status range_reader_finish(const struct range_reader *reader)
{
    REQUIRE(reader->offset <= reader->size + TAIL_MAX);
    uint64_t value;
    uint32_t count = shortest_tail(reader->low, reader->range, &value);
    bool is_end = reader->offset == reader->size + TAIL_MAX - count && reader->code == value - reader->low;
    return reader->status == STATUS_OK && !is_end ? STATUS_INVALID : reader->status;
}
