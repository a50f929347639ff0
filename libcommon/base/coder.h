/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coder.h - one function for both directions: exactly one of writer and reader is set.
 *
 * Each call takes the value to write and answers the value written or read, so that encoder and decoder are the
 * same lines and cannot disagree. For libcommon/game.
 */
#ifndef MMA_LIBCOMMON_BASE_CODER_H
#define MMA_LIBCOMMON_BASE_CODER_H

#include "libcommon/base/bits.h"

struct coder {
    struct bit_writer *writer;
    struct bit_reader *reader;
};

static inline bool coder_is_reading(const struct coder *coder)
{
    return coder->reader != NULL;
}

/* False after the reader's first error; a writer goes on and reports it at the end. */
static inline bool coder_is_sound(const struct coder *coder)
{
    return coder->reader == NULL || coder->reader->status == STATUS_OK;
}

static inline uint32_t coder_bits(struct coder *coder, uint32_t value, uint32_t count)
{
    if (coder->reader != NULL) {
        return bit_reader_get(coder->reader, count);
    }
    bit_writer_put(coder->writer, value, count);
    return value;
}

static inline bool coder_flag(struct coder *coder, bool value)
{
    return coder_bits(coder, value, 1) != 0;
}

static inline uint64_t coder_u64(struct coder *coder, uint64_t value)
{
    uint64_t low = coder_bits(coder, (uint32_t)value, 32);
    uint64_t high = coder_bits(coder, (uint32_t)(value >> 32), 32);
    return low | (high << 32);
}

static inline uint32_t coder_golomb(struct coder *coder, uint32_t value, uint32_t order)
{
    if (coder->reader != NULL) {
        return bit_reader_golomb(coder->reader, order);
    }
    bit_writer_golomb(coder->writer, value, order);
    return value;
}

/* As coder_golomb; a value above max that is read is an error and 0. */
uint32_t coder_golomb_max(struct coder *coder, uint32_t value, uint32_t order, uint32_t max);

/* As coder_bits; a value above max that is read is an error and 0. */
uint32_t coder_bits_max(struct coder *coder, uint32_t value, uint32_t count, uint32_t max);

/* value as its difference, modulo 2^32, to what both sides expect. */
static inline uint32_t coder_residual(struct coder *coder, uint32_t value, uint32_t expected, uint32_t order)
{
    if (coder->reader != NULL) {
        return expected + (uint32_t)bit_reader_golomb_signed(coder->reader, order);
    }
    bit_writer_golomb_signed(coder->writer, (int32_t)(value - expected), order);
    return value;
}

/* As coder_residual; a value above max that is read is an error and 0. */
uint32_t coder_residual_max(struct coder *coder, uint32_t value, uint32_t expected, uint32_t order, uint32_t max);

#endif
