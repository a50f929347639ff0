/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/range.h"

#define HALF       32768u
#define LENGTH_MAX 31u
#define TAIL_MAX   4u

/* A row: is it 0, its sign, then these. */
#define LENGTHS     2u
#define TREES       18u /* up to 4 bits after the top one: one for each path to a bit */
#define SECONDS     44u /* more bits: of the second one alone */
#define LENGTH_LAST 15u
#define TREE_LAST   4u
#define SECOND_LAST 19u

void range_init_writer(struct range *range, uint8_t *bytes, size_t capacity)
{
    *range = (struct range){.high = UINT32_MAX, .status = STATUS_OK, .output = bytes, .capacity = capacity};
}

/* Past the end are zeros, as many as the writer may have left out. */
static void take_byte(struct range *range)
{
    uint8_t byte = range->offset < range->capacity ? range->input[range->offset] : 0;
    if (range->offset == range->capacity + TAIL_MAX) {
        range_fail(range, STATUS_TRUNCATED);
    } else {
        range->offset++;
    }
    range->value = range->value << 8 | byte;
}

void range_init_reader(struct range *range, const uint8_t *bytes, size_t size)
{
    *range =
        (struct range){.high = UINT32_MAX, .is_reading = true, .status = STATUS_OK, .input = bytes, .capacity = size};
    for (uint32_t i = 0; i < TAIL_MAX; i++) {
        take_byte(range);
    }
}

static void put_byte(struct range *range, uint8_t byte)
{
    if (range->offset == range->capacity) {
        range_fail(range, STATUS_FULL);
        return;
    }
    range->output[range->offset++] = byte;
}

void range_shift(struct range *range)
{
    if (range->is_reading) {
        take_byte(range);
    } else {
        put_byte(range, (uint8_t)(range->high >> 24));
    }
    range->low <<= 8;
    range->high = range->high << 8 | 255;
}

uint32_t range_bits(struct range *range, uint32_t value, uint32_t count)
{
    uint32_t got = 0;
    for (uint32_t left = count; left > 0; left--) {
        got = got << 1 | range_split(range, HALF, (value >> (left - 1)) & 1);
    }
    return got;
}

/* The bits after the top one, each by those before it. */
static uint32_t code_small(struct range *range, uint16_t *tree, uint32_t value, uint32_t length)
{
    uint32_t got = 1;
    for (uint32_t left = length; left > 0; left--) {
        got = got << 1 | range_bit(range, &tree[got - 1], (value >> (left - 1)) & 1);
    }
    return got;
}

/* 1 and up: how many bits follow the top one, then those. */
static uint32_t code_positive(struct range *range, uint16_t *row, uint32_t value)
{
    uint32_t wanted = range->is_reading ? 0 : 31u - (uint32_t)__builtin_clz(value);
    uint32_t length = 0;
    while (range_bit(range, &row[LENGTHS + (length < LENGTH_LAST ? length : LENGTH_LAST)], length < wanted)) {
        if (++length > LENGTH_MAX) {
            range_fail(range, STATUS_INVALID);
            return 1;
        }
    }
    if (length <= TREE_LAST) {
        return code_small(range, &row[TREES + (1u << length) - 1 - length], value, length);
    }
    uint32_t rest = length - 1;
    uint32_t place = rest - TREE_LAST;
    uint16_t *second = &row[SECONDS + (place < SECOND_LAST ? place : SECOND_LAST)];
    uint32_t top = 2u | range_bit(range, second, (value >> rest) & 1);
    return (uint32_t)((uint64_t)top << rest) | range_bits(range, value, rest);
}

uint32_t range_number(struct range *range, uint16_t *row, uint32_t value)
{
    return range_bit(range, &row[0], value != 0) ? code_positive(range, row, value) : 0;
}

int32_t range_signed(struct range *range, uint16_t *row, int32_t value)
{
    if (!range_bit(range, &row[0], value != 0)) {
        return 0;
    }
    bool is_negative = range_bit(range, &row[1], value < 0);
    uint32_t size = code_positive(range, row, value < 0 ? 0u - (uint32_t)value : (uint32_t)value);
    return (int32_t)(is_negative ? 0u - size : size);
}

/* The fewest bytes that, with zeros after them, lie in low..high. */
static uint32_t tail_of(const struct range *range, uint32_t *out_value)
{
    for (uint32_t count = 0; count < TAIL_MAX; count++) {
        uint64_t unit = 1ull << (32 - 8 * count);
        uint64_t value = (range->low + unit - 1) / unit * unit;
        if (value <= range->high) {
            *out_value = (uint32_t)value;
            return count;
        }
    }
    *out_value = range->low;
    return TAIL_MAX;
}

enum status range_finish_writer(struct range *range, size_t *out_size)
{
    uint32_t value;
    uint32_t count = tail_of(range, &value);
    for (uint32_t i = 0; i < count; i++) {
        put_byte(range, (uint8_t)(value >> (24 - 8 * i)));
    }
    if (range->status == STATUS_OK) {
        *out_size = range->offset;
    }
    return range->status;
}

enum status range_finish_reader(struct range *range)
{
    uint32_t value;
    uint32_t count = tail_of(range, &value);
    if (range->status == STATUS_OK && (range->offset != range->capacity + TAIL_MAX - count || range->value != value)) {
        return STATUS_INVALID;
    }
    return range->status;
}
