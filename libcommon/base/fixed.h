/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixed.h - Q16.16 numbers, 16-bit angles, and vectors of them.
 *
 * A Q16 is an int32_t that counts 1/65536; names end in _q16 where it is not plain. An angle is a
 * uint16_t that counts 1/65536 of a circle, 0 along +x and growing towards +y. All results are the
 * same bits under every compiler: only integers, and >> on a negative number rounds down, as gcc
 * and clang define it.
 */
#ifndef MMA_LIBCOMMON_BASE_FIXED_H
#define MMA_LIBCOMMON_BASE_FIXED_H

#include <stdint.h>

#define Q16_ONE    65536
#define Q16(whole) ((int32_t)((whole)*Q16_ONE))

/* Rounds down. The product must fit. */
static inline int32_t q16_mul(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b) >> 16);
}

/* Rounds towards zero. b must not be 0 and the quotient must fit. */
static inline int32_t q16_div(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * Q16_ONE) / b);
}

static inline int32_t q16_clamp(int32_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : value;
}

static inline int32_t q16_abs(int32_t value)
{
    return value < 0 ? -value : value;
}

/* The largest r with r * r <= value. */
uint32_t fixed_isqrt64(uint64_t value);

/* Q16 in -65536..65536, within 1/65536 of the true value. */
int32_t fixed_sin(uint16_t angle);
int32_t fixed_cos(uint16_t angle);

/* Angle of (x, y) within 1/65536 of a circle, or two; 0 for (0, 0). */
uint16_t fixed_atan2(int32_t y, int32_t x);

#endif
