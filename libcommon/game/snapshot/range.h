/* SPDX-License-Identifier: Apache-2.0 */
/*
 * range.h - a range coder of fixed chances: what is said takes as much room as it was unlikely (docs/wire-format.md,
 * "Range coder").
 *
 * Whatever is said is a slice of all that could have been, in 1/65536: its start and its width. What is to be written
 * is a list of slices, so that those found once can be written to many. A list has exactly one encoding: any other end
 * is refused. Errors stick. Internal to libcommon/game.
 */
#ifndef MMA_GAME_RANGE_H
#define MMA_GAME_RANGE_H

#include "libcommon/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RANGE_BITS 16u /* a slice is a part of 2 to the power of these */

/* start + width <= 65536; width is not 0, and neither is it all. */
struct range_interval {
    uint16_t start;
    uint16_t width;
};

/* A yes or no; chance: of yes, not 0. */
static inline struct range_interval range_interval_of(uint32_t chance, bool is_yes)
{
    return is_yes ? (struct range_interval){0, (uint16_t)chance}
                  : (struct range_interval){(uint16_t)chance, (uint16_t)(0u - chance)};
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
void range_write(struct range_writer *writer, const struct range_interval *slices, uint32_t count);

/* Writes the last bytes: OK and the size, or STATUS_FULL. */
MUST_USE enum status range_writer_finish(struct range_writer *writer, size_t *out_size);

struct range_reader {
    uint64_t low; /* as the writer's */
    uint64_t range;
    uint64_t ahead; /* how far from low what was written is: below range */
    enum status status;
    const uint8_t *bytes; /* borrowed */
    size_t size;
    size_t offset; /* at most 6 beyond the end */
};

void range_reader_init(struct range_reader *reader, const uint8_t *bytes, size_t size);

/* What comes next lies in the slice that holds this, 0 to 65535. */
uint32_t range_peek(struct range_reader *reader);
void range_take(struct range_reader *reader, uint32_t start, uint32_t width);

/* chance: as range_interval_of's. */
static inline bool range_read(struct range_reader *reader, uint32_t chance)
{
    bool is_yes = reader->ahead < (reader->range >> RANGE_BITS) * chance;
    range_take(reader, is_yes ? 0 : chance, is_yes ? chance : (1u << RANGE_BITS) - chance);
    return is_yes;
}

/* For checks of the caller's own: keeps the first error. */
static inline void range_reader_fail(struct range_reader *reader, enum status status)
{
    reader->status = reader->status == STATUS_OK ? status : reader->status;
}

/* The first error; STATUS_INVALID when the end is not the writer's. */
MUST_USE enum status range_reader_finish(const struct range_reader *reader);

#endif
