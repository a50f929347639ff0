/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/snapshot_parts.h"

/* Places in a row. */
#define IS_NOT_ZERO 0u
#define IS_NEGATIVE 1u
#define LENGTHS     2u  /* one for each length up to 15 */
#define TREES       18u /* up to 4 bits after the top one: each by those before it */
#define SECONDS     44u /* more bits: of the second one alone */
#define LENGTH_LAST 15u
#define LENGTH_MAX  31u
#define TREE_LAST   4u
#define SECOND_LAST 19u

static uint32_t raw(struct snapshot_coder *coder, uint32_t value, uint32_t count)
{
    uint32_t got = 0;
    for (uint32_t left = count; left > 0; left--) {
        got = got << 1 | snapshot_decide(coder, RANGE_HALF, (value >> (left - 1)) & 1);
    }
    return got;
}

/* The bits after the top one, each by those before it. */
static uint32_t code_short(struct snapshot_coder *coder, const uint8_t *tree, uint32_t value, uint32_t length)
{
    uint32_t got = 1;
    for (uint32_t left = length; left > 0; left--) {
        got = got << 1 | snapshot_bit(coder, &tree[got - 1], (value >> (left - 1)) & 1);
    }
    return got;
}

/* 1 and up: how many bits follow the top one, then those. */
static uint32_t code_positive(struct snapshot_coder *coder, const uint8_t *row, uint32_t value)
{
    uint32_t wanted = coder->is_reading ? 0 : 31u - (uint32_t)__builtin_clz(value);
    uint32_t length = 0;
    while (snapshot_bit(coder, &row[LENGTHS + (length < LENGTH_LAST ? length : LENGTH_LAST)], length < wanted)) {
        if (++length > LENGTH_MAX) {
            snapshot_fail(coder, STATUS_INVALID);
            return 1;
        }
    }
    if (length <= TREE_LAST) {
        return code_short(coder, &row[TREES + (1u << length) - 1 - length], value, length);
    }
    uint32_t rest = length - 1;
    uint32_t place = rest - TREE_LAST;
    const uint8_t *second = &row[SECONDS + (place < SECOND_LAST ? place : SECOND_LAST)];
    uint32_t top = 2u | snapshot_bit(coder, second, (value >> rest) & 1);
    return (uint32_t)((uint64_t)top << rest) | raw(coder, value, rest);
}

static int32_t code_signed(struct snapshot_coder *coder, const uint8_t *row, int32_t value)
{
    if (!snapshot_bit(coder, &row[IS_NOT_ZERO], value != 0)) {
        return 0;
    }
    bool is_negative = snapshot_bit(coder, &row[IS_NEGATIVE], value < 0);
    uint32_t size = code_positive(coder, row, value < 0 ? 0u - (uint32_t)value : (uint32_t)value);
    return (int32_t)(is_negative ? 0u - size : size);
}

static uint32_t within(struct snapshot_coder *coder, uint32_t value, uint32_t max)
{
    if (coder->is_reading && value > max) {
        snapshot_fail(coder, STATUS_INVALID);
        return 0;
    }
    return value;
}

uint32_t snapshot_bits(struct snapshot_coder *coder, uint32_t value, uint32_t count, uint32_t max)
{
    return within(coder, raw(coder, value, count), max);
}

uint32_t snapshot_number(struct snapshot_coder *coder, enum snapshot_row row, uint32_t value, uint32_t max)
{
    const uint8_t *chances = coder->chances->rows[row];
    bool is_zero = !snapshot_bit(coder, &chances[IS_NOT_ZERO], value != 0);
    return is_zero ? 0 : within(coder, code_positive(coder, chances, value), max);
}

uint32_t snapshot_residual(struct snapshot_coder *coder, enum snapshot_row row, uint32_t value, uint32_t expected,
                           uint32_t max)
{
    int32_t difference = code_signed(coder, coder->chances->rows[row], (int32_t)(value - expected));
    return within(coder, expected + (uint32_t)difference, max);
}

/* 16 * log2(256 / (i + 1/2)): what it takes to say what has a chance of that many 256ths. */
static const uint8_t costs[256] = {
    144, 119, 107, 100, 94, 89, 85, 82, 79, 77, 74, 72, 70, 68, 67, 65, 64, 62, 61, 60, 59, 58, 57, 56, 55, 54,
    53,  52,  51,  50,  50, 49, 48, 47, 47, 46, 45, 45, 44, 44, 43, 42, 42, 41, 41, 40, 40, 39, 39, 38, 38, 38,
    37,  37,  36,  36,  35, 35, 35, 34, 34, 33, 33, 33, 32, 32, 32, 31, 31, 31, 30, 30, 30, 29, 29, 29, 28, 28,
    28,  27,  27,  27,  27, 26, 26, 26, 26, 25, 25, 25, 25, 24, 24, 24, 24, 23, 23, 23, 23, 22, 22, 22, 22, 21,
    21,  21,  21,  21,  20, 20, 20, 20, 19, 19, 19, 19, 19, 18, 18, 18, 18, 18, 18, 17, 17, 17, 17, 17, 16, 16,
    16,  16,  16,  16,  15, 15, 15, 15, 15, 15, 14, 14, 14, 14, 14, 14, 13, 13, 13, 13, 13, 13, 12, 12, 12, 12,
    12,  12,  12,  11,  11, 11, 11, 11, 11, 11, 10, 10, 10, 10, 10, 10, 10, 9,  9,  9,  9,  9,  9,  9,  9,  8,
    8,   8,   8,   8,   8,  8,  8,  7,  7,  7,  7,  7,  7,  7,  7,  6,  6,  6,  6,  6,  6,  6,  6,  6,  5,  5,
    5,   5,   5,   5,   5,  5,  5,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  3,  3,  3,  3,  3,  3,  3,  3,  3,
    3,   2,   2,   2,   2,  2,  2,  2,  2,  2,  2,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,
};

uint32_t snapshot_cost(const uint16_t *decisions, uint32_t count)
{
    uint32_t cost = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t chance = decisions[i] >> 8;
        cost += costs[decisions[i] & 1 ? chance : 255 - chance];
    }
    return cost;
}
