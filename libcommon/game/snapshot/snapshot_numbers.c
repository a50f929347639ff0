/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/status.h"
#include "libcommon/game/snapshot/snapshot_parts.h"

/* Symbols, in order: one for each number, one for each half of the numbers of a bit length, one for each length. */
#define HALVES       64u
#define HALF_LENGTH  6u  /* bits after the top one: lengths from here on have two symbols, */
#define WHOLE_LENGTH 13u /* and from here on one */
#define WHOLES       (HALVES + 2u * (WHOLE_LENGTH - HALF_LENGTH))

_Static_assert(WHOLES + 32u - WHOLE_LENGTH == SNAPSHOT_SYMBOLS, "one for each length up to 31");

/* Stands for the numbers first to first + 2^bits - 1; that many bits after it say which. */
struct symbol {
    uint32_t index;
    uint32_t first;
    uint32_t bits;
};

static struct symbol symbol_of(uint32_t number)
{
    if (number < HALVES) {
        return (struct symbol){number, number, 0};
    }
    uint32_t length = 31u - (uint32_t)__builtin_clz(number);
    if (length >= WHOLE_LENGTH) {
        return (struct symbol){WHOLES + length - WHOLE_LENGTH, 1u << length, length};
    }
    uint32_t top = number >> (length - 1); /* 2 or 3 */
    return (struct symbol){HALVES + 2 * (length - HALF_LENGTH) + top - 2, top << (length - 1), length - 1};
}

static struct symbol symbol_at(uint32_t index)
{
    if (index < HALVES) {
        return (struct symbol){index, index, 0};
    }
    if (index >= WHOLES) {
        uint32_t length = index - WHOLES + WHOLE_LENGTH;
        return (struct symbol){index, 1u << length, length};
    }
    uint32_t bits = (index - HALVES) / 2 + HALF_LENGTH - 1;
    return (struct symbol){index, (2 + (index & 1)) << bits, bits};
}

/* At most 16 bits to an interval, the highest first. */
static void write_bits(struct snapshot_coder *coder, uint32_t value, uint32_t count)
{
    while (count > 0) {
        uint32_t size = count < RANGE_BITS ? count : RANGE_BITS;
        uint32_t unit = RANGE_BITS - size;
        count -= size;
        uint32_t part = (value >> count) & ((1u << size) - 1);
        coder->intervals[coder->count++] = (struct range_interval){(uint16_t)(part << unit), (uint16_t)(1u << unit)};
    }
}

static uint32_t read_bits(struct snapshot_coder *coder, uint32_t count)
{
    uint32_t value = 0;
    while (count > 0) {
        uint32_t size = count < RANGE_BITS ? count : RANGE_BITS;
        uint32_t unit = RANGE_BITS - size;
        count -= size;
        uint32_t part = range_peek(&coder->reader) >> unit;
        range_take(&coder->reader, part << unit, 1u << unit);
        value = value << size | part;
    }
    return value;
}

static inline void write_symbol(struct snapshot_coder *coder, enum snapshot_cdf cdf, uint32_t index)
{
    const uint16_t *cumulative = &coder->model->cdfs[cdf][index];
    coder->intervals[coder->count++] =
        (struct range_interval){cumulative[0], (uint16_t)(cumulative[1] - cumulative[0])};
}

static void write_long(struct snapshot_coder *coder, enum snapshot_cdf cdf, uint32_t number)
{
    struct symbol symbol = symbol_of(number);
    if (coder->counts) {
        coder->counts->symbols[snapshot_model_index(coder->model)][cdf][symbol.index]++;
    }
    write_symbol(coder, cdf, symbol.index);
    write_bits(coder, number - symbol.first, symbol.bits);
}

/* Most numbers are a symbol and nothing else. */
static inline void write_number(struct snapshot_coder *coder, enum snapshot_cdf cdf, uint32_t number)
{
    if (number < HALVES && !coder->counts) {
        write_symbol(coder, cdf, number);
    } else {
        write_long(coder, cdf, number);
    }
}

static uint32_t read_number(struct snapshot_coder *coder, enum snapshot_cdf cdf)
{
    const uint16_t *cumulative = coder->model->cdfs[cdf];
    uint32_t value = range_peek(&coder->reader);
    uint32_t index = 0;
    while (index + 1 < SNAPSHOT_SYMBOLS && cumulative[index + 1] <= value) {
        index++;
    }
    range_take(&coder->reader, cumulative[index], (uint16_t)(cumulative[index + 1] - cumulative[index]));
    struct symbol symbol = symbol_at(index);
    return symbol.first + read_bits(coder, symbol.bits);
}

static uint32_t within(struct snapshot_coder *coder, uint32_t value, uint32_t max)
{
    if (value > max) {
        snapshot_fail(coder, STATUS_INVALID);
        return 0;
    }
    return value;
}

uint32_t snapshot_bits(struct snapshot_coder *coder, uint32_t value, uint32_t count, uint32_t max)
{
    if (coder->is_reading) {
        return within(coder, read_bits(coder, count), max);
    }
    write_bits(coder, value, count);
    return value;
}

uint32_t snapshot_number(struct snapshot_coder *coder, enum snapshot_cdf cdf, uint32_t value, uint32_t max)
{
    if (coder->is_reading) {
        return within(coder, read_number(coder, cdf), max);
    }
    write_number(coder, cdf, value);
    return value;
}

/* Differences are zigzag coded: 0, -1, 1, -2, 2. */
uint32_t snapshot_residual(struct snapshot_coder *coder, enum snapshot_cdf cdf, uint32_t value, uint32_t expected,
                           uint32_t max)
{
    if (coder->is_reading) {
        uint32_t folded = read_number(coder, cdf);
        return within(coder, expected + (folded >> 1 ^ (0u - (folded & 1))), max);
    }
    uint32_t difference = value - expected;
    write_number(coder, cdf, difference << 1 ^ (0u - (difference >> 31)));
    return value;
}

/* 16 * log2(1 + i / 16) */
static const uint8_t fractions[16] = {0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15};

uint32_t snapshot_cost(const struct range_interval *intervals, uint32_t count)
{
    REQUIRE(count <= SNAPSHOT_INTERVALS_MAX);
    uint32_t cost = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t frequency = intervals[i].frequency;
        uint32_t length = 31u - (uint32_t)__builtin_clz(frequency);
        cost += 16 * (RANGE_BITS - length) - fractions[(frequency << 4 >> length) & 15];
    }
    return cost;
}
