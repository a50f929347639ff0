/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/grid.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"

static int32_t cells_across(int32_t length_q16, int32_t shift)
{
    return (length_q16 >> shift) + 1;
}

static size_t cell_count(int32_t width_q16, int32_t height_q16, int32_t shift)
{
    return (size_t)cells_across(width_q16, shift) * (size_t)cells_across(height_q16, shift);
}

size_t grid_bytes(int32_t width_q16, int32_t height_q16, int32_t shift, uint32_t capacity)
{
    return arena_bytes((cell_count(width_q16, height_q16, shift) + 1) * sizeof(uint32_t)) +
           2 * arena_bytes(capacity * sizeof(uint32_t)) + arena_bytes(capacity * sizeof(struct vec2));
}

void grid_init(struct grid *grid, int32_t width_q16, int32_t height_q16, int32_t shift, uint32_t capacity, void *memory)
{
    struct arena arena;
    arena_init(&arena, memory, grid_bytes(width_q16, height_q16, shift, capacity));
    *grid = (struct grid){
        .shift = shift,
        .columns = cells_across(width_q16, shift),
        .rows = cells_across(height_q16, shift),
        .capacity = capacity,
        .starts = arena_take_zeroed(&arena, cell_count(width_q16, height_q16, shift) + 1, sizeof(uint32_t)),
        .cells = arena_take_zeroed(&arena, capacity, sizeof(uint32_t)),
        .items = arena_take_zeroed(&arena, capacity, sizeof(uint32_t)),
        .places = arena_take_zeroed(&arena, capacity, sizeof(struct vec2)),
    };
}

void grid_build(struct grid *grid, const struct vec2 *positions, uint32_t count)
{
    REQUIRE(count <= grid->capacity);
    size_t cells = (size_t)grid->columns * (size_t)grid->rows;
    memory_zero(grid->starts, (cells + 1) * sizeof grid->starts[0]);
    for (uint32_t i = 0; i < count; i++) {
        int32_t cell = (positions[i].y >> grid->shift) * grid->columns + (positions[i].x >> grid->shift);
        grid->cells[i] = (uint32_t)cell;
        grid->starts[cell]++;
    }
    /* Counts become ends; filling from the last item back turns ends into starts and keeps the order. */
    uint32_t sum = 0;
    for (size_t cell = 0; cell <= cells; cell++) {
        sum += grid->starts[cell];
        grid->starts[cell] = sum;
    }
    for (uint32_t i = count; i > 0; i--) {
        uint32_t place = --grid->starts[grid->cells[i - 1]];
        grid->items[place] = i - 1;
        grid->places[place] = positions[i - 1];
    }
    grid->count = count;
}

struct grid_area grid_area(const struct grid *grid, struct vec2 low, struct vec2 high)
{
    return (struct grid_area){
        .column_low = q16_clamp(low.x >> grid->shift, 0, grid->columns - 1),
        .column_high = q16_clamp(high.x >> grid->shift, 0, grid->columns - 1),
        .row_low = q16_clamp(low.y >> grid->shift, 0, grid->rows - 1),
        .row_high = q16_clamp(high.y >> grid->shift, 0, grid->rows - 1),
    };
}
