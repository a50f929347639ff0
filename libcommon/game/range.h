/* SPDX-License-Identifier: Apache-2.0 */
/*
 * range.h - a binary range coder: each yes or no takes as much room as it was unlikely (docs/wire-format.md, "Range
 * coder").
 *
 * A chance is how likely a 1 is, in 1/65536, even and not 0. What is to be written is a list of decisions, so that
 * those made once can be written to many; what is read is asked for one by one. A list has exactly one encoding: any
 * other end is refused. Errors stick. Internal to libcommon/game.
 */
#ifndef MMA_GAME_RANGE_H
#define MMA_GAME_RANGE_H

#include "libcommon/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RANGE_HALF 32768u

/* A chance and, in its lowest bit, what was decided. */
static inline uint16_t range_decision(uint32_t chance, bool bit)
{
    return (uint16_t)(chance | bit);
}

struct range_writer {
    uint32_t low;
    uint32_t high;
    uint8_t *bytes; /* borrowed */
    size_t capacity;
    size_t size;
    enum status status; /* STATUS_FULL: it did not fit */
};

void range_writer_init(struct range_writer *writer, uint8_t *bytes, size_t capacity);
void range_write(struct range_writer *writer, const uint16_t *decisions, uint32_t count);

/* Writes the last bytes: OK and the size, or STATUS_FULL. */
MUST_USE enum status range_writer_finish(struct range_writer *writer, size_t *out_size);

struct range_reader {
    uint32_t low;
    uint32_t high;
    uint32_t value; /* the bytes between */
    enum status status;
    const uint8_t *bytes; /* borrowed */
    size_t size;
    size_t offset; /* at most 4 beyond the end */
};

void range_reader_init(struct range_reader *reader, const uint8_t *bytes, size_t size);

/* One byte on: the top bytes of low and high agree. */
void range_reader_shift(struct range_reader *reader);

static inline bool range_read(struct range_reader *reader, uint32_t chance)
{
    uint32_t middle = reader->low + (uint32_t)((uint64_t)(reader->high - reader->low) * chance >> 16);
    bool bit = reader->value <= middle;
    if (bit) {
        reader->high = middle;
    } else {
        reader->low = middle + 1;
    }
    while (((reader->low ^ reader->high) >> 24) == 0) {
        range_reader_shift(reader);
    }
    return bit;
}

/* For checks of the caller's own: keeps the first error. */
static inline void range_reader_fail(struct range_reader *reader, enum status status)
{
    reader->status = reader->status == STATUS_OK ? status : reader->status;
}

/* The first error; STATUS_INVALID when the end is not the writer's. */
MUST_USE enum status range_reader_finish(const struct range_reader *reader);

#endif
