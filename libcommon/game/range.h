/* SPDX-License-Identifier: Apache-2.0 */
/*
 * range.h - an adaptive binary range coder, one function for both directions (docs/wire-format.md, "Range coder").
 *
 * Each call takes the value to write and answers the value written or read, so that encoder and decoder are the same
 * lines and cannot disagree. A chance is how likely a 1 is, in 1/65536; it learns from every bit coded with it. A row
 * of chances codes one kind of number. Decisions have exactly one encoding: any other end is refused. Errors stick.
 * Internal to libcommon/game.
 */
#ifndef MMA_GAME_RANGE_H
#define MMA_GAME_RANGE_H

#include "libcommon/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RANGE_ROW   64 /* chances of a number: is it 0, its sign, 16 of its length, 46 of the bits that follow */
#define RANGE_LEARN 5  /* a chance moves by 1/32 of its error */

struct range {
    uint32_t low;
    uint32_t high;
    uint32_t value; /* reading: the bytes between */
    bool is_reading;
    enum status status;
    const uint8_t *input; /* borrowed, as output; the other one is not used */
    uint8_t *output;
    size_t capacity; /* of either */
    size_t offset;   /* bytes read, at most 4 beyond the end, or written */
};

void range_init_writer(struct range *range, uint8_t *bytes, size_t capacity);
void range_init_reader(struct range *range, const uint8_t *bytes, size_t size);

/* For checks of the caller's own: keeps the first error. */
static inline void range_fail(struct range *range, enum status status)
{
    range->status = range->status == STATUS_OK ? status : range->status;
}

/* False after a reader's first error; a writer goes on and tells at the end. */
static inline bool range_is_sound(const struct range *range)
{
    return !range->is_reading || range->status == STATUS_OK;
}

/* One byte on: the top bytes of low and high agree. */
void range_shift(struct range *range);

static inline bool range_split(struct range *range, uint32_t chance, bool bit)
{
    uint32_t middle = range->low + (uint32_t)((uint64_t)(range->high - range->low) * chance >> 16);
    if (range->is_reading) {
        bit = range->value <= middle;
    }
    if (bit) {
        range->high = middle;
    } else {
        range->low = middle + 1;
    }
    while (((range->low ^ range->high) >> 24) == 0) {
        range_shift(range);
    }
    return bit;
}

static inline bool range_bit(struct range *range, uint16_t *chance, bool bit)
{
    uint32_t old = *chance;
    bit = range_split(range, old, bit);
    *chance = (uint16_t)(bit ? old + ((UINT16_MAX - old) >> RANGE_LEARN) : old - (old >> RANGE_LEARN));
    return bit;
}

/* count <= 32 bits that nothing is known of, the highest first. */
uint32_t range_bits(struct range *range, uint32_t value, uint32_t count);

/* row: RANGE_ROW chances. */
uint32_t range_number(struct range *range, uint16_t *row, uint32_t value);
int32_t range_signed(struct range *range, uint16_t *row, int32_t value);

/* value as its difference, modulo 2^32, to what both sides expect. */
static inline uint32_t range_residual(struct range *range, uint16_t *row, uint32_t value, uint32_t expected)
{
    return expected + (uint32_t)range_signed(range, row, (int32_t)(value - expected));
}

/* As those above; a value above max that is read is an error and 0. */
static inline uint32_t range_max(struct range *range, uint32_t value, uint32_t max)
{
    if (range->is_reading && value > max) {
        range_fail(range, STATUS_INVALID);
        return 0;
    }
    return value;
}

/* Writes the last bytes: OK and the size, or STATUS_FULL. */
MUST_USE enum status range_finish_writer(struct range *range, size_t *out_size);

/* The first error; STATUS_INVALID when the end is not the writer's. */
MUST_USE enum status range_finish_reader(struct range *range);

#endif
