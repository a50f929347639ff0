/* SPDX-License-Identifier: Apache-2.0 */
/*
 * range.h - a range coder with static probabilities: a symbol costs about the logarithm of its improbability
 * (docs/wire-format.md, "Range coder").
 *
 * A symbol is coded by its interval: the cumulative frequency of the symbols before it, and its own frequency, both in
 * 1/65536. The writer takes intervals, not symbols, so a list of intervals found once can be written into many streams.
 * A list of intervals has exactly one encoding; the reader refuses any other end. Errors stick. Internal to
 * libcommon/game.
 */
#ifndef MMA_GAME_RANGE_H
#define MMA_GAME_RANGE_H

#include "libcommon/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RANGE_BITS 16u /* frequencies add up to 2 to the power of this */

/* cumulative + frequency <= 65536; frequency is neither 0 nor 65536. */
struct range_interval {
    uint16_t cumulative;
    uint16_t frequency;
};

/* The interval of one bit. probability: of a 1, in 1/65536, not 0. */
static inline struct range_interval range_interval_of(uint32_t probability, bool is_set)
{
    return is_set ? (struct range_interval){0, (uint16_t)probability}
                  : (struct range_interval){(uint16_t)probability, (uint16_t)(0u - probability)};
}

struct range_writer {
    uint64_t low;   /* below 2^49: what overflows 48 bits is carried into the bytes */
    uint64_t range; /* 2^32 to 2^48 */
    uint8_t *bytes; /* borrowed */
    size_t capacity;
    size_t size;
    enum status status; /* STATUS_FULL: it did not fit */
};

void range_writer_init(struct range_writer *writer, uint8_t *bytes, size_t capacity);
void range_write(struct range_writer *writer, const struct range_interval *intervals, uint32_t count);

/* Flushes the last bytes: OK and the size, or STATUS_FULL. */
MUST_USE enum status range_writer_finish(struct range_writer *writer, size_t *out_size);

struct range_reader {
    uint64_t low; /* as the writer's */
    uint64_t range;
    uint64_t code; /* the code value minus low: below range */
    enum status status;
    const uint8_t *bytes; /* borrowed */
    size_t size;
    size_t offset; /* at most 6 beyond the end */
};

void range_reader_init(struct range_reader *reader, const uint8_t *bytes, size_t size);

/* The next symbol is the one whose interval holds this value, 0 to 65535; range_take then consumes that interval. */
uint32_t range_peek(struct range_reader *reader);
void range_take(struct range_reader *reader, uint32_t cumulative, uint32_t frequency);

/* One bit. probability: as in range_interval_of. */
static inline bool range_read(struct range_reader *reader, uint32_t probability)
{
    bool is_set = reader->code < (reader->range >> RANGE_BITS) * probability;
    range_take(reader, is_set ? 0 : probability, is_set ? probability : (1u << RANGE_BITS) - probability);
    return is_set;
}

/* For the caller's own checks: keeps the first error. */
static inline void range_reader_fail(struct range_reader *reader, enum status status)
{
    reader->status = reader->status == STATUS_OK ? status : reader->status;
}

/* The first error; STATUS_INVALID when the stream does not end where the writer's would. */
MUST_USE enum status range_reader_finish(const struct range_reader *reader);

#endif
