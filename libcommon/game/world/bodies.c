/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/world/bodies.h"

#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"
#include "libcommon/game/rules/rules.h"

#define BATCH 64u /* bodies whose velocities are changed before they move */

static uint64_t squared(int32_t length)
{
    return (uint64_t)((int64_t)length * length);
}

/* ---- moving --------------------------------------------------------------------------------------- */

static inline int32_t change_max(struct vec2 target)
{
    return target.x != 0 || target.y != 0 ? RULES_ACCELERATION : RULES_FRICTION;
}

/*
 * Acceleration and friction, of BATCH at most. Branchless in whether a body already has the requested velocity, which
 * no branch predictor foresees.
 */
static void change_velocities(struct vec2 *velocities, const struct vec2 *requested, uint32_t count)
{
    uint32_t slow[BATCH];
    struct vec2 before[BATCH];
    uint32_t slow_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct vec2 change = vec2_sub(requested[i], velocities[i]);
        slow[slow_count] = i;
        before[slow_count] = velocities[i];
        slow_count += vec2_length_squared(change) >= squared(change_max(requested[i]) + 1);
        velocities[i] = requested[i];
    }
    for (uint32_t k = 0; k < slow_count; k++) {
        struct vec2 target = requested[slow[k]];
        struct vec2 change = vec2_with_length(vec2_sub(target, before[k]), change_max(target));
        velocities[slow[k]] = vec2_add(before[k], change);
    }
}

/* Where walls or the world's edge allow; where nothing does, it stays where it was. */
static void move_near_walls(const struct walls *walls, int32_t radius_q16, struct vec2 before, struct vec2 *position,
                            struct vec2 *velocity)
{
    if (!walls_push_circle(walls, radius_q16, position, velocity)) {
        *position = before;
        *velocity = (struct vec2){0, 0};
    }
}

void bodies_move(const struct bodies *bodies, int32_t radius_q16, const struct walls *walls)
{
    REQUIRE(radius_q16 > 0 && radius_q16 <= Q16(RULES_CELL));
    for (uint32_t i = 0; i < bodies->count; i++) {
        if (i % BATCH == 0) {
            uint32_t left = bodies->count - i;
            change_velocities(bodies->velocities + i, bodies->requested + i, left < BATCH ? left : BATCH);
        }
        struct vec2 before = bodies->positions[i];
        struct vec2 position = vec2_add(before, bodies->velocities[i]);
        bodies->positions[i] = position;
        if (walls_near_circle(walls, radius_q16, position)) {
            move_near_walls(walls, radius_q16, before, &bodies->positions[i], &bodies->velocities[i]);
        }
    }
}

/* ---- colliding ------------------------------------------------------------------------------------ */

struct pass {
    const uint32_t *cells; /* the grid's, as items and places */
    const uint32_t *items;
    struct vec2 *places;
    struct vec2 *velocities;
    uint8_t *are_pushed;
    int32_t reach; /* two radii */
    uint64_t reach_squared;
    uint64_t margin;  /* reach - 1 in both halves */
    uint64_t outside; /* in both halves, the bits of numbers that are two reaches or more */
};

/* Sets the i-th and the k-th of the grid's order apart by half the overlap each, and takes their closing speed. */
static void separate(const struct pass *pass, uint32_t i, uint32_t k, struct vec2 gap, uint64_t gap_squared)
{
    struct vec2 *velocity = &pass->velocities[pass->items[i]];
    struct vec2 *other = &pass->velocities[pass->items[k]];
    int32_t distance = (int32_t)fixed_isqrt64(gap_squared);
    struct vec2 normal = {Q16_ONE, 0}; /* one on top of the other: any direction, always the same */
    if (distance > 0) {
        normal = (struct vec2){q16_div(gap.x, distance), q16_div(gap.y, distance)};
    }
    struct vec2 push = vec2_scale(normal, (pass->reach - distance + 1) / 2);
    pass->places[i] = vec2_sub(pass->places[i], push);
    pass->places[k] = vec2_add(pass->places[k], push);
    pass->are_pushed[pass->items[i]] = pass->are_pushed[pass->items[k]] = 1;
    int32_t closing = (int32_t)(vec2_dot(vec2_sub(*other, *velocity), normal) >> 16);
    if (closing < 0) {
        struct vec2 change = vec2_scale(normal, closing / 2);
        *velocity = vec2_add(*velocity, change);
        *other = vec2_sub(*other, change);
    }
}

/* ---- who may touch: x and y in the halves of one number */

static inline uint64_t both(int32_t x, int32_t y)
{
    return (uint64_t)(uint32_t)y << 32 | (uint32_t)x;
}

static inline uint64_t origin_of(const struct pass *pass, struct vec2 place)
{
    return both(0, place.y) + (uint64_t)(int64_t)place.x - pass->margin;
}

/*
 * Answers 0 only for a place that is a reach or more from the origin's in x or in y. The difference in x is exact where
 * it is small, and that in y is one too high at most, when x is below 0: there is room for it.
 */
static inline uint32_t may_touch(const struct pass *pass, uint64_t origin, uint32_t k)
{
    return ((both(pass->places[k].x, pass->places[k].y) - origin) & pass->outside) == 0;
}

static struct pass pass_of(const struct grid *grid, int32_t reach, struct vec2 *velocities, uint8_t *are_pushed)
{
    int32_t window = 1;
    while (window < 2 * reach) {
        window *= 2;
    }
    return (struct pass){.cells = grid->cells,
                         .items = grid->items,
                         .places = grid->places,
                         .velocities = velocities,
                         .are_pushed = are_pushed,
                         .reach = reach,
                         .reach_squared = squared(reach),
                         .margin = both(reach - 1, reach - 1),
                         .outside = both(-window, -window)};
}

/* The i-th against those from first on whose cells are low to high. */
static void collide_run(const struct pass *pass, uint32_t i, uint32_t first, uint32_t low, uint32_t high)
{
    for (uint32_t k = first; pass->cells[k] <= high; k++) {
        if (may_touch(pass, origin_of(pass, pass->places[i]), k) && pass->cells[k] >= low) {
            struct vec2 gap = vec2_sub(pass->places[k], pass->places[i]);
            uint64_t gap_squared = vec2_length_squared(gap);
            if (gap_squared < pass->reach_squared) {
                separate(pass, i, k, gap, gap_squared);
            }
        }
    }
}

void bodies_collide(struct grid *grid, int32_t radius_q16, struct vec2 *velocities, uint8_t *are_pushed)
{
    REQUIRE(2 * radius_q16 <= 1 << grid->shift);
    const struct pass pass = pass_of(grid, 2 * radius_q16, velocities, are_pushed);
    memory_zero(are_pushed, grid->count);
    for (uint32_t i = 0; i < grid->count; i++) {
        /* Later ones of this cell and the next lie side by side; the three cells below are one run too. */
        uint32_t cell = grid->cells[i];
        uint32_t east = cell + 1;
        uint32_t below_west = cell + grid->stride - 1;
        uint32_t below_east = cell + grid->stride + 1;
        uint32_t below = grid->starts[below_west >> grid->block_shift];
        /* Mostly there are few, and none is near, which is found without a branch. */
        uint64_t origin = origin_of(&pass, grid->places[i]);
        uint32_t is_near = may_touch(&pass, origin, i + 1) | may_touch(&pass, origin, i + 2) |
                           may_touch(&pass, origin, below) | may_touch(&pass, origin, below + 1) |
                           may_touch(&pass, origin, below + 2);
        uint32_t are_many = (uint32_t)(grid->cells[i + 3] <= east) | (uint32_t)(grid->cells[below + 3] <= below_east);
        if (is_near | are_many) {
            collide_run(&pass, i, i + 1, cell, east);
            collide_run(&pass, i, below, below_west, below_east);
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

/* Takes the i-th of the grid's order to where it was pushed. Answers whether another one is the i-th now that is not
 * settled yet. */
static bool settle(const struct bodies *bodies, uint32_t i, int32_t radius_q16, const struct walls *walls)
{
    struct grid *grid = bodies->grid;
    uint32_t body = grid->items[i];
    struct vec2 before = bodies->positions[body];
    if (grid->places[i].x == before.x && grid->places[i].y == before.y) {
        return false;
    }
    struct vec2 after = pushed_to(walls, radius_q16, before, grid->places[i], &bodies->velocities[body]);
    bodies->positions[body] = grid->places[i] = after;
    return grid_cell(grid, after) != grid->cells[i] && grid_move(grid, i, after) > i;
}

void bodies_set_apart(const struct bodies *bodies, int32_t radius_q16, const struct walls *walls)
{
    REQUIRE(bodies->count <= bodies->grid->capacity);
    struct grid *grid = bodies->grid;
    grid_build(grid, bodies->positions, bodies->count);
    bodies_collide(grid, radius_q16, bodies->velocities, bodies->are_pushed);
    for (uint32_t i = 0; i < bodies->count; i++) {
        struct vec2 velocity = bodies->velocities[i];
        bodies->velocities[i] = (struct vec2){limited(velocity.x), limited(velocity.y)};
    }
    for (uint32_t i = 0; i < bodies->count; i++) {
        while (bodies->are_pushed[bodies->grid->items[i]] && settle(bodies, i, radius_q16, walls)) {
        }
    }
}
