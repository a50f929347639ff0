/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grid.h - points by square cell: rebuilt every tick, deterministic in order.
 *
 * Within a cell, items keep the order in which they were given. The cells of one row that lie side
 * by side are one run of items, so an area is a few runs.
 *
 * A row of cells is cut into blocks, and only blocks have a table of where their items start: where cells are many and
 * items few, a table of the cells would be far larger than everything else that a tick reads.
 */
#ifndef MMA_GAME_GRID_H
#define MMA_GAME_GRID_H

#include "libcommon/base/vec2.h"

#include <stddef.h>
#include <stdint.h>

#define GRID_SPARE 4 /* cells and places after the last item that may be read; their values are unspecified */

struct grid {
    int32_t shift; /* a cell is 1 << shift across, Q16 */
    int32_t columns;
    int32_t rows;
    uint32_t block_shift; /* a block is 1 << block_shift cells of one row */
    uint32_t stride;      /* cells of a row, in whole blocks: more than columns, so each row ends in an empty cell */
    uint32_t capacity;    /* items at most */
    uint32_t count;
    uint32_t *starts;    /* [blocks + 2] the first item of each block, also of those of an empty row below the last */
    uint32_t *cells;     /* [capacity + GRID_SPARE] row * stride + column, ascending; UINT32_MAX after the last item */
    uint32_t *items;     /* [capacity] indices of the given positions, by cell */
    struct vec2 *places; /* [capacity + GRID_SPARE] the positions of the items, in their order */
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

/* As if the item at that index had been given elsewhere inside the world; those between its old and new cell close up.
 * Answers its index now. */
uint32_t grid_move(struct grid *grid, uint32_t at, struct vec2 place);

/* Of a place inside the world. */
static inline uint32_t grid_cell(const struct grid *grid, struct vec2 place)
{
    return (uint32_t)(place.y >> grid->shift) * grid->stride + (uint32_t)(place.x >> grid->shift);
}

/* The cells that the box from low to high touches, clipped to the world. */
struct grid_area grid_area(const struct grid *grid, struct vec2 low, struct vec2 high);

/* The run of items of one row of an area: from *out_first up to, not including, *out_end. */
static inline void grid_run(const struct grid *grid, const struct grid_area *area, int32_t row, uint32_t *out_first,
                            uint32_t *out_end)
{
    uint32_t low = (uint32_t)row * grid->stride + (uint32_t)area->column_low;
    uint32_t high = (uint32_t)row * grid->stride + (uint32_t)area->column_high;
    uint32_t first = grid->starts[low >> grid->block_shift];
    uint32_t end = grid->starts[(high >> grid->block_shift) + 1];
    while (first < end && grid->cells[first] < low) {
        first++;
    }
    while (first < end && grid->cells[end - 1] > high) {
        end--;
    }
    *out_first = first;
    *out_end = end;
}

#endif
