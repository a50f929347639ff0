/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/world/grid.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"

#define BLOCKS_PER_ITEM 2u /* at most, unless rows alone make more */

_Static_assert(GRID_SPARE >= 4, "bodies_collide reads so many cells past the last item");

static int32_t cells_across(int32_t length_q16, int32_t shift)
{
    return (length_q16 >> shift) + 1;
}

/* What follows from the size of the world and of the cells. */
static struct grid shape_of(int32_t width_q16, int32_t height_q16, int32_t shift, uint32_t capacity)
{
    struct grid grid = {.shift = shift,
                        .columns = cells_across(width_q16, shift),
                        .rows = cells_across(height_q16, shift),
                        .capacity = capacity};
    uint32_t columns = (uint32_t)grid.columns;
    while (columns >> grid.block_shift > 0 &&
           (columns >> grid.block_shift) * (uint32_t)grid.rows > BLOCKS_PER_ITEM * capacity) {
        grid.block_shift++;
    }
    grid.stride = ((columns >> grid.block_shift) + 1) << grid.block_shift;
    return grid;
}

static size_t start_count(const struct grid *grid)
{
    return ((size_t)grid->rows + 1) * (grid->stride >> grid->block_shift) + 2;
}

size_t grid_bytes(int32_t width_q16, int32_t height_q16, int32_t shift, uint32_t capacity)
{
    REQUIRE(width_q16 > 0 && height_q16 > 0);
    REQUIRE(shift > 0 && shift < 31);
    struct grid grid = shape_of(width_q16, height_q16, shift, capacity);
    return arena_bytes(start_count(&grid) * sizeof(uint32_t)) +
           arena_bytes((capacity + (size_t)GRID_SPARE) * sizeof(uint32_t)) + arena_bytes(capacity * sizeof(uint32_t)) +
           arena_bytes((capacity + (size_t)GRID_SPARE) * sizeof(struct vec2));
}

void grid_init(struct grid *grid, int32_t width_q16, int32_t height_q16, int32_t shift, uint32_t capacity, void *memory)
{
    REQUIRE(memory != NULL);
    struct arena arena;
    arena_init(&arena, memory, grid_bytes(width_q16, height_q16, shift, capacity));
    *grid = shape_of(width_q16, height_q16, shift, capacity);
    grid->starts = arena_take_zeroed(&arena, start_count(grid), sizeof(uint32_t));
    grid->cells = arena_take_zeroed(&arena, capacity + (size_t)GRID_SPARE, sizeof(uint32_t));
    grid->items = arena_take_zeroed(&arena, capacity, sizeof(uint32_t));
    grid->places = arena_take_zeroed(&arena, capacity + (size_t)GRID_SPARE, sizeof(struct vec2));
    grid->cells[0] = UINT32_MAX;
}

static void put(struct grid *grid, uint32_t at, uint32_t cell, uint32_t item, struct vec2 place)
{
    grid->cells[at] = cell;
    grid->items[at] = item;
    grid->places[at] = place;
}

static void shift_item(struct grid *grid, uint32_t to, uint32_t from)
{
    put(grid, to, grid->cells[from], grid->items[from], grid->places[from]);
}

void grid_build(struct grid *grid, const struct vec2 *positions, uint32_t count)
{
    REQUIRE(count <= grid->capacity);
    uint32_t *starts = grid->starts;
    size_t starts_count = start_count(grid);
    memory_zero(starts, starts_count * sizeof starts[0]);
    memory_zero(grid->cells, count * sizeof grid->cells[0]);
    for (uint32_t i = 0; i < count; i++) {
        starts[(grid_cell(grid, positions[i]) >> grid->block_shift) + 2]++;
    }
    /* Counts become starts, each one place too high; filling turns them into ends, which are the starts of the next. */
    uint32_t sum = 0;
    for (size_t i = 2; i < starts_count; i++) {
        sum += starts[i];
        starts[i] = sum;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t cell = grid_cell(grid, positions[i]);
        uint32_t at = starts[(cell >> grid->block_shift) + 1]++;
        for (; at > 0 && grid->cells[at - 1] > cell; at--) { /* places not yet filled are 0 */
            shift_item(grid, at, at - 1);
        }
        put(grid, at, cell, i, positions[i]);
    }
    grid->cells[count] = UINT32_MAX;
    grid->count = count;
}

/* An item went from one cell to another. */
static void shift_starts(struct grid *grid, uint32_t from, uint32_t to)
{
    uint32_t old_block = from >> grid->block_shift;
    uint32_t new_block = to >> grid->block_shift;
    for (uint32_t block = old_block; block < new_block; block++) {
        grid->starts[block + 1]--;
    }
    for (uint32_t block = new_block; block < old_block; block++) {
        grid->starts[block + 1]++;
    }
}

static bool is_before(const struct grid *grid, uint32_t at, uint32_t cell, uint32_t item)
{
    return grid->cells[at] < cell || (grid->cells[at] == cell && grid->items[at] < item);
}

uint32_t grid_move(struct grid *grid, uint32_t at, struct vec2 place)
{
    REQUIRE(at < grid->count);
    uint32_t cell = grid_cell(grid, place);
    uint32_t item = grid->items[at];
    shift_starts(grid, grid->cells[at], cell);
    for (; at > 0 && !is_before(grid, at - 1, cell, item); at--) {
        shift_item(grid, at, at - 1);
    }
    for (; is_before(grid, at + 1, cell, item); at++) {
        shift_item(grid, at, at + 1);
    }
    put(grid, at, cell, item, place);
    return at;
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
