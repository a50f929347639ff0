/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/vec2.h"

int32_t vec2_length(struct vec2 a)
{
    uint32_t length = fixed_isqrt64(vec2_length_squared(a));
    return length > INT32_MAX ? INT32_MAX : (int32_t)length;
}

struct vec2 vec2_with_length(struct vec2 a, int32_t length_q16)
{
    int64_t length = fixed_isqrt64(vec2_length_squared(a));
    if (length == 0) {
        return (struct vec2){0, 0};
    }
    return (struct vec2){(int32_t)((int64_t)a.x * length_q16 / length), (int32_t)((int64_t)a.y * length_q16 / length)};
}

struct vec2 vec2_from_angle(uint16_t angle, int32_t length_q16)
{
    return (struct vec2){q16_mul(fixed_cos(angle), length_q16), q16_mul(fixed_sin(angle), length_q16)};
}
