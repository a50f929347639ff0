/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grid.h - points by square cell: a counting sort rebuilt each tick, deterministic in order.
 *
 * Within a cell, items keep the order in which they were given. The cells of one row that lie side
 * by side are one run of items, so an area is a few runs.
 */
#ifndef MMA_GAME_GRID_H
#define MMA_GAME_GRID_H

#include "libcommon/base/fixed.h"

#include <stddef.h>
#include <stdint.h>

struct grid {
    int32_t shift; /* a cell is 1 << shift across, Q16 */
    int32_t columns;
    int32_t rows;
    uint32_t capacity; /* items at most */
    uint32_t count;
    uint32_t *starts;    /* [columns * rows + 1] */
    uint32_t *cells;     /* [capacity] cell of each given position */
    uint32_t *items;     /* [capacity] indices of the given positions, by cell */
    struct vec2 *places; /* [capacity] the positions of the items, in their order */
};

struct grid_area {
    int32_t column_low;
    int32_t column_high; /* included, as row_high */
    int32_t row_low;
    int32_t row_high;
};

/* shift: 22 makes cells of 64 units. */
size_t grid_bytes(int32_t width_q16, int32_t height_q16, int32_t shift, uint32_t capacity);

/* memory: grid_bytes of the same figures, aligned to 16. */
void grid_init(struct grid *grid, int32_t width_q16, int32_t height_q16, int32_t shift, uint32_t capacity,
               void *memory);

/* Positions must lie inside the world and be no more than the capacity. */
void grid_build(struct grid *grid, const struct vec2 *positions, uint32_t count);

/* The cells that the box from low to high touches, clipped to the world. */
struct grid_area grid_area(const struct grid *grid, struct vec2 low, struct vec2 high);

/* The run of items of one row of an area: from *out_first up to, not including, *out_end. */
static inline void grid_run(const struct grid *grid, const struct grid_area *area, int32_t row, uint32_t *out_first,
                            uint32_t *out_end)
{
    size_t base = (size_t)row * (size_t)grid->columns;
    *out_first = grid->starts[base + (size_t)area->column_low];
    *out_end = grid->starts[base + (size_t)area->column_high + 1];
}

#endif
