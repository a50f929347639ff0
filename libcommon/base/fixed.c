/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/fixed.h"

/* sin(i / 256 * 90 degrees) in Q16, rounded to nearest; test_fixed holds it against libm. */
static const int32_t quarter_sine[257] = {
    0,     402,   804,   1206,  1608,  2010,  2412,  2814,  3216,  3617,  4019,  4420,  4821,  5222,  5623,  6023,
    6424,  6824,  7224,  7623,  8022,  8421,  8820,  9218,  9616,  10014, 10411, 10808, 11204, 11600, 11996, 12391,
    12785, 13180, 13573, 13966, 14359, 14751, 15143, 15534, 15924, 16314, 16703, 17091, 17479, 17867, 18253, 18639,
    19024, 19409, 19792, 20175, 20557, 20939, 21320, 21699, 22078, 22457, 22834, 23210, 23586, 23961, 24335, 24708,
    25080, 25451, 25821, 26190, 26558, 26925, 27291, 27656, 28020, 28383, 28745, 29106, 29466, 29824, 30182, 30538,
    30893, 31248, 31600, 31952, 32303, 32652, 33000, 33347, 33692, 34037, 34380, 34721, 35062, 35401, 35738, 36075,
    36410, 36744, 37076, 37407, 37736, 38064, 38391, 38716, 39040, 39362, 39683, 40002, 40320, 40636, 40951, 41264,
    41576, 41886, 42194, 42501, 42806, 43110, 43412, 43713, 44011, 44308, 44604, 44898, 45190, 45480, 45769, 46056,
    46341, 46624, 46906, 47186, 47464, 47741, 48015, 48288, 48559, 48828, 49095, 49361, 49624, 49886, 50146, 50404,
    50660, 50914, 51166, 51417, 51665, 51911, 52156, 52398, 52639, 52878, 53114, 53349, 53581, 53812, 54040, 54267,
    54491, 54714, 54934, 55152, 55368, 55582, 55794, 56004, 56212, 56418, 56621, 56823, 57022, 57219, 57414, 57607,
    57798, 57986, 58172, 58356, 58538, 58718, 58896, 59071, 59244, 59415, 59583, 59750, 59914, 60075, 60235, 60392,
    60547, 60700, 60851, 60999, 61145, 61288, 61429, 61568, 61705, 61839, 61971, 62101, 62228, 62353, 62476, 62596,
    62714, 62830, 62943, 63054, 63162, 63268, 63372, 63473, 63572, 63668, 63763, 63854, 63944, 64031, 64115, 64197,
    64277, 64354, 64429, 64501, 64571, 64639, 64704, 64766, 64827, 64884, 64940, 64993, 65043, 65091, 65137, 65180,
    65220, 65259, 65294, 65328, 65358, 65387, 65413, 65436, 65457, 65476, 65492, 65505, 65516, 65525, 65531, 65535,
    65536,
};

/* atan(2^-i) in 1/2^32 of a circle. */
static const uint32_t cordic_angles[] = {
    536870912u, 316933406u, 167458907u, 85004756u, 42667331u, 21354465u, 10679838u, 5340245u, 2670163u, 1335087u,
    667544u,    333772u,    166886u,    83443u,    41722u,    20861u,    10430u,    5215u,    2608u,    1304u,
};

#define CORDIC_STEPS (sizeof cordic_angles / sizeof cordic_angles[0])

/* sqrt(256 * i + 128) for i = 64..255: the root's first eight bits from the value's. */
static const uint8_t root_table[192] = {
    128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 139, 140, 141, 142, 143, 144, 144, 145, 146, 147, 148,
    149, 150, 151, 151, 152, 153, 154, 155, 156, 156, 157, 158, 159, 160, 160, 161, 162, 163, 164, 164, 165, 166,
    167, 167, 168, 169, 170, 170, 171, 172, 173, 173, 174, 175, 176, 176, 177, 178, 179, 179, 180, 181, 181, 182,
    183, 183, 184, 185, 186, 186, 187, 188, 188, 189, 190, 190, 191, 192, 192, 193, 194, 194, 195, 196, 196, 197,
    198, 198, 199, 200, 200, 201, 201, 202, 203, 203, 204, 205, 205, 206, 206, 207, 208, 208, 209, 210, 210, 211,
    211, 212, 213, 213, 214, 214, 215, 216, 216, 217, 217, 218, 219, 219, 220, 220, 221, 221, 222, 223, 223, 224,
    224, 225, 225, 226, 227, 227, 228, 228, 229, 229, 230, 230, 231, 232, 232, 233, 233, 234, 234, 235, 235, 236,
    237, 237, 238, 238, 239, 239, 240, 240, 241, 241, 242, 242, 243, 243, 244, 244, 245, 246, 246, 247, 247, 248,
    248, 249, 249, 250, 250, 251, 251, 252, 252, 253, 253, 254, 254, 255, 255, 255,
};

_Static_assert(sizeof quarter_sine / sizeof quarter_sine[0] == 257, "256 steps and both ends");
_Static_assert(sizeof root_table == 192, "indexed from 64 to 255");

/* For 2^62 <= value: within 1 of the root. Two Newton steps; each doubles the number of right bits (as CPython's
 * math.isqrt). */
static uint32_t root_of_large(uint64_t value)
{
    uint32_t root = root_table[(value >> 56) - 64];
    root = (root << 7) + (uint32_t)(value >> 41) / root;
    return (root << 15) + (uint32_t)((value >> 17) / root);
}

uint32_t fixed_isqrt64(uint64_t value)
{
    if (value == 0) {
        return 0;
    }
    uint32_t shift = (uint32_t)__builtin_clzll(value) / 2;
    uint32_t root = root_of_large(value << (2 * shift)) >> shift;
    return root - ((uint64_t)root * root > value);
}

int32_t fixed_sin(uint16_t angle)
{
    uint32_t in_half = angle & 0x7fffu;
    uint32_t folded = in_half <= 0x4000u ? in_half : 0x8000u - in_half;
    uint32_t index = folded >> 6;
    int32_t value = quarter_sine[index];
    if (index < 256) {
        int32_t fraction = (int32_t)(folded & 63u);
        value += ((quarter_sine[index + 1] - value) * fraction + 32) >> 6;
    }
    return angle < 0x8000u ? value : -value;
}

int32_t fixed_cos(uint16_t angle)
{
    return fixed_sin((uint16_t)(angle + 0x4000u));
}

uint16_t fixed_atan2(int32_t y, int32_t x)
{
    if (x == 0 && y == 0) {
        return 0;
    }
    /* Rotate (x, y) onto the +x axis in ever smaller steps and add up the angle (Volder's CORDIC). */
    int64_t along = (int64_t)x * (1 << 20);
    int64_t across = (int64_t)y * (1 << 20);
    uint32_t angle = 0;
    if (along < 0) {
        along = -along;
        across = -across;
        angle = 0x80000000u;
    }
    for (uint32_t i = 0; i < CORDIC_STEPS; i++) {
        int64_t old_along = along;
        if (across > 0) {
            along += across >> i;
            across -= old_along >> i;
            angle += cordic_angles[i];
        } else {
            along -= across >> i;
            across += old_along >> i;
            angle -= cordic_angles[i];
        }
    }
    return (uint16_t)((angle + 0x8000u) >> 16);
}
