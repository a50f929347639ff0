/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bits.h - bit-packed readers and writers with a sticky first error.
 *
 * Bits fill each byte from its least significant bit up; a value's least significant bit comes
 * first. Exp-Golomb of order k: with v = value + 2^k, write (bits in v - 1 - k) ones, a zero, then
 * v without its top bit, least significant bit first. Order 0 spends 1 bit on 0; each order more
 * spends one bit more on small values and fewer on large ones. Signed values go through zigzag.
 * Finishing pads with zero bits to a byte; a reader refuses other padding and left-over bytes.
 */
#ifndef MMA_LIBCOMMON_BASE_BITS_H
#define MMA_LIBCOMMON_BASE_BITS_H

#include "libcommon/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bit_writer {
    uint8_t *bytes; /* borrowed */
    size_t capacity;
    size_t size;
    uint64_t pending;
    uint32_t pending_bits; /* < 8 between calls */
    enum status status;
};

void bit_writer_init(struct bit_writer *writer, uint8_t *bytes, size_t capacity);
void bit_writer_put(struct bit_writer *writer, uint32_t value, uint32_t count); /* count <= 32; higher bits ignored */
void bit_writer_golomb(struct bit_writer *writer, uint32_t value, uint32_t order); /* order <= 24 */
void bit_writer_golomb_signed(struct bit_writer *writer, int32_t value, uint32_t order);

/* Bits written so far, padding not counted. */
size_t bit_writer_bits(const struct bit_writer *writer);

/* Pads to a byte. OK and the number of bytes, or STATUS_FULL. Nothing may be written after it. */
MUST_USE enum status bit_writer_finish(struct bit_writer *writer, size_t *out_size);

struct bit_reader {
    const uint8_t *bytes; /* borrowed */
    size_t size;
    size_t offset;
    uint64_t pending;
    uint32_t pending_bits;
    enum status status;
};

void bit_reader_init(struct bit_reader *reader, const uint8_t *bytes, size_t size);
uint32_t bit_reader_get(struct bit_reader *reader, uint32_t count); /* count <= 32; 0 after an error */
uint32_t bit_reader_golomb(struct bit_reader *reader, uint32_t order);
int32_t bit_reader_golomb_signed(struct bit_reader *reader, uint32_t order);

/* For checks of the caller's own: keeps the first error. */
void bit_reader_fail(struct bit_reader *reader, enum status status);

/* The first error; STATUS_INVALID for bytes left over or padding that is not zero; else OK. */
MUST_USE enum status bit_reader_finish(const struct bit_reader *reader);

#endif
