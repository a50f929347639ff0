/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/map/walls.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/status.h"
#include "libcommon/game/map/polygon.h"

/* A wall is listed in every cell that lies within this of it, so one cell answers every question. */
#define REACH      Q16(RULES_CELL)
#define SLOP       (Q16_ONE / 64)
#define PUSHES_MAX 4

_Static_assert(RULES_CELL >= 64, "a cell's list has all walls that a sweep of 64 units can meet");

struct cell_span {
    int32_t column_low;
    int32_t column_high;
    int32_t row_low;
    int32_t row_high;
};

static int32_t cells_across(int32_t length_q16)
{
    return (length_q16 >> RULES_CELL_SHIFT) + 1;
}

static struct cell_span span_of(const struct map *map, const struct map_box *box)
{
    int32_t column_last = cells_across(map->width_q16) - 1;
    int32_t row_last = cells_across(map->height_q16) - 1;
    return (struct cell_span){
        .column_low = q16_clamp((box->low.x - REACH) >> RULES_CELL_SHIFT, 0, column_last),
        .column_high = q16_clamp((int32_t)(((int64_t)box->high.x + REACH) >> RULES_CELL_SHIFT), 0, column_last),
        .row_low = q16_clamp((box->low.y - REACH) >> RULES_CELL_SHIFT, 0, row_last),
        .row_high = q16_clamp((int32_t)(((int64_t)box->high.y + REACH) >> RULES_CELL_SHIFT), 0, row_last),
    };
}

static size_t cell_count(const struct map *map)
{
    return (size_t)cells_across(map->width_q16) * (size_t)cells_across(map->height_q16);
}

/* Of one bit a cell. */
static size_t word_count(const struct map *map)
{
    return (cell_count(map) + 31) / 32;
}

static size_t cells_in(const struct cell_span *span)
{
    return (size_t)(span->column_high - span->column_low + 1) * (size_t)(span->row_high - span->row_low + 1);
}

static size_t wall_count(const struct map *map)
{
    return (size_t)map->wall_count + map->polygon_count;
}

static struct cell_span span_of_wall(const struct map *map, size_t wall)
{
    if (wall < map->wall_count) {
        return span_of(map, &map->walls[wall]);
    }
    struct map_box box = polygon_box(&map->polygons[wall - map->wall_count]);
    return span_of(map, &box);
}

/* An upper limit: polygons are left out of the cells in their box's corners. */
static size_t item_count(const struct map *map)
{
    size_t count = 0;
    for (size_t i = 0; i < wall_count(map); i++) {
        struct cell_span span = span_of_wall(map, i);
        count += cells_in(&span);
    }
    return count;
}

bool walls_fit_index(const struct map *map)
{
    REQUIRE(map->width_q16 > 0 && map->height_q16 > 0);
    return item_count(map) <= WALLS_ITEMS_MAX;
}

size_t walls_bytes(const struct map *map)
{
    return arena_bytes((cell_count(map) + 1) * sizeof(uint32_t)) + arena_bytes(word_count(map) * sizeof(uint32_t)) +
           arena_bytes(item_count(map) * sizeof(uint16_t)) + arena_bytes(map->polygon_count * sizeof(struct polygon));
}

/* Of the cells in its span, those that the wall lies within reach of. */
static bool is_in_reach(const struct walls *walls, size_t wall, int32_t row, int32_t column)
{
    if (wall < walls->map->wall_count) {
        return true;
    }
    struct vec2 low = {Q16(RULES_CELL) * column - REACH, Q16(RULES_CELL) * row - REACH};
    struct map_box box = {low, {low.x + Q16(RULES_CELL) + 2 * REACH, low.y + Q16(RULES_CELL) + 2 * REACH}};
    return polygon_may_reach(&walls->polygons[wall - walls->map->wall_count], &box);
}

static void count_cells(struct walls *walls, size_t wall)
{
    struct cell_span span = span_of_wall(walls->map, wall);
    for (int32_t row = span.row_low; row <= span.row_high; row++) {
        for (int32_t column = span.column_low; column <= span.column_high; column++) {
            walls->starts[row * walls->columns + column] += is_in_reach(walls, wall, row, column);
        }
    }
}

static void fill_cells(struct walls *walls, size_t wall)
{
    struct cell_span span = span_of_wall(walls->map, wall);
    for (int32_t row = span.row_low; row <= span.row_high; row++) {
        for (int32_t column = span.column_low; column <= span.column_high; column++) {
            if (is_in_reach(walls, wall, row, column)) {
                walls->items[--walls->starts[row * walls->columns + column]] = (uint16_t)wall;
            }
        }
    }
}

void walls_init(struct walls *walls, const struct map *map, void *memory)
{
    REQUIRE(memory != NULL && walls_fit_index(map));
    struct arena arena;
    arena_init(&arena, memory, walls_bytes(map));
    size_t cells = cell_count(map);
    *walls = (struct walls){
        .map = map,
        .columns = cells_across(map->width_q16),
        .rows = cells_across(map->height_q16),
        .starts = arena_take_zeroed(&arena, cells + 1, sizeof(uint32_t)),
        .has_items = arena_take_zeroed(&arena, word_count(map), sizeof(uint32_t)),
        .items = arena_take_zeroed(&arena, item_count(map), sizeof(uint16_t)),
        .polygons = arena_take_zeroed(&arena, map->polygon_count, sizeof(struct polygon)),
    };
    for (uint32_t i = 0; i < map->polygon_count; i++) {
        polygon_init(&walls->polygons[i], &map->polygons[i]);
    }
    for (size_t i = 0; i < wall_count(map); i++) {
        count_cells(walls, i);
    }
    uint32_t sum = 0;
    for (size_t cell = 0; cell <= cells; cell++) {
        if (walls->starts[cell] > 0) {
            walls->has_items[cell / 32] |= 1u << cell % 32;
        }
        sum += walls->starts[cell];
        walls->starts[cell] = sum;
    }
    for (size_t i = wall_count(map); i > 0; i--) {
        fill_cells(walls, i - 1);
    }
}

static size_t cell_at(const struct walls *walls, struct vec2 position)
{
    int32_t column = q16_clamp(position.x >> RULES_CELL_SHIFT, 0, walls->columns - 1);
    int32_t row = q16_clamp(position.y >> RULES_CELL_SHIFT, 0, walls->rows - 1);
    return (size_t)row * (size_t)walls->columns + (size_t)column;
}

/* The items of one cell. */
struct cell_walls {
    uint32_t first;
    uint32_t first_polygon;
    uint32_t end;
};

static struct cell_walls walls_at(const struct walls *walls, struct vec2 position)
{
    size_t cell = cell_at(walls, position);
    struct cell_walls at = {walls->starts[cell], walls->starts[cell + 1], walls->starts[cell + 1]};
    if (walls->map->polygon_count > 0) {
        while (at.first_polygon > at.first && walls->items[at.first_polygon - 1] >= walls->map->wall_count) {
            at.first_polygon--;
        }
    }
    return at;
}

static const struct polygon *polygon_of(const struct walls *walls, uint32_t item)
{
    return &walls->polygons[walls->items[item] - walls->map->wall_count];
}

static struct vec2 nearest_in(const struct map_box *box, struct vec2 position)
{
    return (struct vec2){q16_clamp(position.x, box->low.x, box->high.x),
                         q16_clamp(position.y, box->low.y, box->high.y)};
}

bool walls_circle_is_free(const struct walls *walls, struct vec2 position, int32_t radius_q16)
{
    REQUIRE(radius_q16 > 0 && radius_q16 <= REACH);
    const struct map *map = walls->map;
    int32_t reach = radius_q16 - SLOP;
    if (position.x < reach || position.y < reach || position.x > map->width_q16 - reach ||
        position.y > map->height_q16 - reach) {
        return false;
    }
    struct cell_walls cell = walls_at(walls, position);
    for (uint32_t i = cell.first; i < cell.first_polygon; i++) {
        struct vec2 nearest = nearest_in(&map->walls[walls->items[i]], position);
        if (vec2_length_squared(vec2_sub(position, nearest)) < (uint64_t)((int64_t)reach * reach)) {
            return false;
        }
    }
    for (uint32_t i = cell.first_polygon; i < cell.end; i++) {
        if (polygon_touches_circle(polygon_of(walls, i), position, reach)) {
            return false;
        }
    }
    return true;
}

/* Takes from velocity what goes against a unit normal. */
static void slide(struct vec2 *velocity, struct vec2 normal)
{
    int32_t along = (int32_t)(vec2_dot(*velocity, normal) >> 16);
    if (along < 0) {
        *velocity = vec2_sub(*velocity, vec2_scale(normal, along));
    }
}

static bool keep_inside(const struct map *map, int32_t radius, struct vec2 *position, struct vec2 *velocity)
{
    struct vec2 inside = {q16_clamp(position->x, radius, map->width_q16 - radius),
                          q16_clamp(position->y, radius, map->height_q16 - radius)};
    bool is_moved = false;
    if (inside.x != position->x) {
        velocity->x = 0;
        is_moved = true;
    }
    if (inside.y != position->y) {
        velocity->y = 0;
        is_moved = true;
    }
    *position = inside;
    return is_moved;
}

/* The centre is inside the box: the nearest face is the way out. */
static struct vec2 way_out(const struct map_box *box, struct vec2 at)
{
    int32_t left = at.x - box->low.x;
    int32_t right = box->high.x - at.x;
    int32_t up = at.y - box->low.y;
    int32_t down = box->high.y - at.y;
    int32_t across = left < right ? left : right;
    int32_t along = up < down ? up : down;
    if (across <= along) {
        return (struct vec2){left < right ? -Q16_ONE : Q16_ONE, 0};
    }
    return (struct vec2){0, up < down ? -Q16_ONE : Q16_ONE};
}

static bool push_out(const struct map_box *box, int32_t radius, struct vec2 *position, struct vec2 *velocity)
{
    struct vec2 nearest = nearest_in(box, *position);
    struct vec2 gap = vec2_sub(*position, nearest);
    uint64_t squared = vec2_length_squared(gap);
    if (squared >= (uint64_t)((int64_t)radius * radius)) {
        return false;
    }
    if (squared > 0) {
        struct vec2 normal = vec2_with_length(gap, Q16_ONE);
        *position = vec2_add(nearest, vec2_with_length(gap, radius + 2));
        slide(velocity, normal);
        return true;
    }
    struct vec2 normal = way_out(box, *position);
    if (normal.x != 0) {
        position->x = normal.x < 0 ? box->low.x - radius : box->high.x + radius;
    } else {
        position->y = normal.y < 0 ? box->low.y - radius : box->high.y + radius;
    }
    slide(velocity, normal);
    return true;
}

static bool push_out_of_polygon(const struct polygon *polygon, int32_t radius, struct vec2 *position,
                                struct vec2 *velocity)
{
    struct vec2 normal;
    if (!polygon_push_circle(polygon, radius, position, &normal)) {
        return false;
    }
    slide(velocity, normal);
    return true;
}

bool walls_push_circle(const struct walls *walls, int32_t radius_q16, struct vec2 *position, struct vec2 *velocity)
{
    REQUIRE(radius_q16 > 0 && radius_q16 <= REACH);
    for (uint32_t push = 0; push < PUSHES_MAX; push++) {
        bool is_moved = keep_inside(walls->map, radius_q16, position, velocity);
        struct cell_walls cell = walls_at(walls, *position);
        for (uint32_t i = cell.first; i < cell.first_polygon; i++) {
            is_moved |= push_out(&walls->map->walls[walls->items[i]], radius_q16, position, velocity);
        }
        for (uint32_t i = cell.first_polygon; i < cell.end; i++) {
            is_moved |= push_out_of_polygon(polygon_of(walls, i), radius_q16, position, velocity);
        }
        if (!is_moved) {
            return true;
        }
    }
    return walls_circle_is_free(walls, *position, radius_q16);
}

/* Where start + step * t enters the slab low..high: narrows enter..leave (1/65536 of step). */
static bool enter_slab(int32_t start, int32_t step, int32_t low, int32_t high, int64_t *enter, int64_t *leave)
{
    if (step == 0) {
        return start >= low && start <= high;
    }
    int64_t to_low = ((int64_t)low - start) * Q16_ONE / step;
    int64_t to_high = ((int64_t)high - start) * Q16_ONE / step;
    int64_t first = to_low < to_high ? to_low : to_high;
    int64_t last = to_low < to_high ? to_high : to_low;
    *enter = first > *enter ? first : *enter;
    *leave = last < *leave ? last : *leave;
    return *enter <= *leave;
}

static bool boxes_are_apart(const struct map_box *box, struct vec2 start, struct vec2 end)
{
    return (start.x < box->low.x && end.x < box->low.x) || (start.x > box->high.x && end.x > box->high.x) ||
           (start.y < box->low.y && end.y < box->low.y) || (start.y > box->high.y && end.y > box->high.y);
}

static bool is_in_world(const struct map *map, struct vec2 at)
{
    return at.x >= 0 && at.y >= 0 && at.x <= map->width_q16 && at.y <= map->height_q16;
}

static int32_t sweep_to_edge(const struct map *map, struct vec2 start, struct vec2 step)
{
    struct vec2 end = vec2_add(start, step);
    if (is_in_world(map, start) && is_in_world(map, end)) {
        return Q16_ONE;
    }
    int64_t enter = 0;
    int64_t leave = Q16_ONE;
    bool is_inside = enter_slab(start.x, step.x, 0, map->width_q16, &enter, &leave) &&
                     enter_slab(start.y, step.y, 0, map->height_q16, &enter, &leave);
    return is_inside && enter == 0 ? (int32_t)leave : 0;
}

/* Where start + step * t, of the part before best, enters one of a cell's polygons. */
static int32_t sweep_to_polygons(const struct walls *walls, const struct cell_walls *cell, struct vec2 start,
                                 struct vec2 step, int32_t best)
{
    struct vec2 end = vec2_add(start, step);
    for (uint32_t i = cell->first_polygon; i < cell->end; i++) {
        const struct polygon *polygon = polygon_of(walls, i);
        int64_t enter = 0;
        int64_t leave = Q16_ONE;
        if (!boxes_are_apart(&polygon->box, start, end) && polygon_clip(polygon, start, step, &enter, &leave) &&
            enter < best) {
            best = (int32_t)enter;
        }
    }
    return best;
}

int32_t walls_sweep_point(const struct walls *walls, struct vec2 start, struct vec2 step)
{
    int32_t best = sweep_to_edge(walls->map, start, step);
    struct vec2 end = vec2_add(start, step);
    struct cell_walls cell = walls_at(walls, start);
    for (uint32_t i = cell.first; i < cell.first_polygon; i++) {
        const struct map_box *box = &walls->map->walls[walls->items[i]];
        if (boxes_are_apart(box, start, end)) {
            continue;
        }
        int64_t enter = 0;
        int64_t leave = Q16_ONE;
        if (enter_slab(start.x, step.x, box->low.x, box->high.x, &enter, &leave) &&
            enter_slab(start.y, step.y, box->low.y, box->high.y, &enter, &leave) && enter < best) {
            best = (int32_t)enter;
        }
    }
    return sweep_to_polygons(walls, &cell, start, step, best);
}
