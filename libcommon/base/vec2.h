/* SPDX-License-Identifier: Apache-2.0 */
/* vec2.h - places, velocities and directions in the plane, Q16 (fixed.h). */
#ifndef MMA_LIBCOMMON_BASE_VEC2_H
#define MMA_LIBCOMMON_BASE_VEC2_H

#include "libcommon/base/fixed.h"

struct vec2 {
    int32_t x;
    int32_t y;
};

static inline struct vec2 vec2_add(struct vec2 a, struct vec2 b)
{
    return (struct vec2){a.x + b.x, a.y + b.y};
}

static inline struct vec2 vec2_sub(struct vec2 a, struct vec2 b)
{
    return (struct vec2){a.x - b.x, a.y - b.y};
}

static inline struct vec2 vec2_scale(struct vec2 a, int32_t factor_q16)
{
    return (struct vec2){q16_mul(a.x, factor_q16), q16_mul(a.y, factor_q16)};
}

/* Q32: components up to 32,768 units fit. */
static inline int64_t vec2_dot(struct vec2 a, struct vec2 b)
{
    return (int64_t)a.x * b.x + (int64_t)a.y * b.y;
}

/* Squared length, Q32. */
static inline uint64_t vec2_length_squared(struct vec2 a)
{
    return (uint64_t)((int64_t)a.x * a.x) + (uint64_t)((int64_t)a.y * a.y);
}

/* Q16; the true length rounded down, INT32_MAX where it does not fit. */
int32_t vec2_length(struct vec2 a);

/* The same direction with the given length; (0, 0) stays (0, 0). */
struct vec2 vec2_with_length(struct vec2 a, int32_t length_q16);

struct vec2 vec2_from_angle(uint16_t angle, int32_t length_q16);

#endif
