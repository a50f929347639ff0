/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/bodies.h"

#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"
#include "libcommon/game/rules.h"

static uint64_t squared(int32_t length)
{
    return (uint64_t)((int64_t)length * length);
}

/* ---- moving --------------------------------------------------------------------------------------- */

static struct vec2 approach(struct vec2 velocity, struct vec2 wished)
{
    int32_t most = wished.x != 0 || wished.y != 0 ? RULES_ACCELERATION : RULES_FRICTION;
    struct vec2 change = vec2_sub(wished, velocity);
    if (vec2_length_squared(change) < squared(most + 1)) {
        return wished;
    }
    return vec2_add(velocity, vec2_with_length(change, most));
}

void bodies_move(const struct bodies *bodies, int32_t radius_q16, const struct walls *walls)
{
    for (uint32_t i = 0; i < bodies->count; i++) {
        struct vec2 before = bodies->positions[i];
        struct vec2 velocity = approach(bodies->velocities[i], bodies->wishes[i]);
        struct vec2 position = vec2_add(before, velocity);
        if (walls_near_circle(walls, radius_q16, position) &&
            !walls_push_circle(walls, radius_q16, &position, &velocity)) {
            position = before;
            velocity = (struct vec2){0, 0};
        }
        bodies->positions[i] = position;
        bodies->velocities[i] = velocity;
    }
}

/* ---- colliding ------------------------------------------------------------------------------------ */

struct pass {
    struct vec2 *places; /* in the grid's order; so neighbours lie side by side */
    const uint32_t *items;
    struct vec2 *positions;
    struct vec2 *velocities;
    int32_t reach; /* two radii */
    uint64_t reach_squared;
};

/* Sets the i-th and the k-th of the grid's order apart by half the overlap each, and takes their closing speed. */
static void separate(const struct pass *pass, uint32_t i, uint32_t k, struct vec2 gap, uint64_t gap_squared)
{
    uint32_t a = pass->items[i];
    uint32_t b = pass->items[k];
    int32_t distance = (int32_t)fixed_isqrt64(gap_squared);
    struct vec2 normal = {Q16_ONE, 0}; /* one on top of the other: any direction, always the same */
    if (distance > 0) {
        normal = (struct vec2){q16_div(gap.x, distance), q16_div(gap.y, distance)};
    }
    struct vec2 push = vec2_scale(normal, (pass->reach - distance + 1) / 2);
    pass->positions[a] = pass->places[i] = vec2_sub(pass->places[i], push);
    pass->positions[b] = pass->places[k] = vec2_add(pass->places[k], push);
    int32_t closing = (int32_t)(vec2_dot(vec2_sub(pass->velocities[b], pass->velocities[a]), normal) >> 16);
    if (closing < 0) {
        struct vec2 change = vec2_scale(normal, closing / 2);
        pass->velocities[a] = vec2_add(pass->velocities[a], change);
        pass->velocities[b] = vec2_sub(pass->velocities[b], change);
    }
}

/* -reach < value < reach */
static inline bool is_within(int32_t value, int32_t reach)
{
    return (uint32_t)(value + reach - 1) < (uint32_t)(2 * reach - 1);
}

static inline void collide_run(const struct pass *pass, uint32_t i, uint32_t first, uint32_t end)
{
    for (uint32_t k = first; k < end; k++) {
        struct vec2 gap = vec2_sub(pass->places[k], pass->places[i]);
        if ((int)is_within(gap.x, pass->reach) & (int)is_within(gap.y, pass->reach)) {
            uint64_t gap_squared = vec2_length_squared(gap);
            if (gap_squared < pass->reach_squared) {
                separate(pass, i, k, gap, gap_squared);
            }
        }
    }
}

void bodies_collide(struct grid *grid, int32_t radius_q16, struct vec2 *positions, struct vec2 *velocities)
{
    REQUIRE(2 * radius_q16 <= 1 << grid->shift);
    const struct pass pass = {grid->places, grid->items,    positions,
                              velocities,   2 * radius_q16, squared(2 * radius_q16)};
    const uint32_t columns = (uint32_t)grid->columns;
    const uint32_t last_row = (uint32_t)grid->rows - 1;
    uint32_t row = 0;
    uint32_t row_start = 0; /* its first cell */
    for (uint32_t i = 0; i < grid->count; i++) {
        uint32_t cell = grid->cells[grid->items[i]];
        for (; cell >= row_start + columns; row_start += columns) {
            row++;
        }
        uint32_t column = cell - row_start;
        uint32_t east = cell + (column + 1 < columns);
        /* Later ones of this cell and the next lie side by side; the three cells below are one run too. */
        collide_run(&pass, i, i + 1, grid->starts[east + 1]);
        if (row < last_row) {
            uint32_t below_west = cell + columns - (column > 0);
            collide_run(&pass, i, grid->starts[below_west], grid->starts[east + columns + 1]);
        }
    }
}

static int32_t limited(int32_t value)
{
    return q16_clamp(value, -RULES_VELOCITY_MAX, RULES_VELOCITY_MAX);
}

/* Where a body that was set apart ends: never too far, nor in or through a wall; else it stays where it was. */
static struct vec2 pushed_to(const struct walls *walls, int32_t radius_q16, struct vec2 before, struct vec2 after,
                             struct vec2 *velocity)
{
    struct vec2 push = vec2_sub(after, before);
    if (vec2_length_squared(push) >= squared(RULES_PUSH_MAX + 1)) {
        push = vec2_with_length(push, RULES_PUSH_MAX);
    }
    struct vec2 pushed = vec2_add(before, push);
    if (walls_near_circle(walls, radius_q16, pushed) && !walls_push_circle(walls, radius_q16, &pushed, velocity)) {
        return before;
    }
    return pushed;
}

void bodies_set_apart(const struct bodies *bodies, int32_t radius_q16, const struct walls *walls)
{
    const struct vec2 *before = bodies->scratch;
    memory_copy(bodies->scratch, bodies->positions, bodies->count * sizeof bodies->positions[0]);
    grid_build(bodies->grid, bodies->positions, bodies->count);
    bodies_collide(bodies->grid, radius_q16, bodies->positions, bodies->velocities);
    bool is_moved = false;
    for (uint32_t i = 0; i < bodies->count; i++) {
        struct vec2 velocity = {limited(bodies->velocities[i].x), limited(bodies->velocities[i].y)};
        struct vec2 after = bodies->positions[i];
        if (after.x != before[i].x || after.y != before[i].y) {
            bodies->positions[i] = pushed_to(walls, radius_q16, before[i], after, &velocity);
            is_moved = true;
        }
        bodies->velocities[i] = velocity;
    }
    if (is_moved) {
        grid_build(bodies->grid, bodies->positions, bodies->count);
    }
}
