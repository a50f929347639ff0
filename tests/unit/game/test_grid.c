/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "libcommon/base/random.h"
#include "libcommon/base/status.h"
#include "libcommon/game/world/grid.h"

#define COUNT_MAX 2000

struct field {
    struct grid grid;
    void *memory;
    struct vec2 size;
    uint32_t count;
    struct vec2 positions[COUNT_MAX];
    struct random random;
};

static struct vec2 anywhere(struct field *field)
{
    return (struct vec2){random_between(&field->random, 0, field->size.x),
                         random_between(&field->random, 0, field->size.y)};
}

/* A fifth of its items lie in one heap. */
static struct field *field_create(int32_t shift, uint32_t capacity, uint64_t seed)
{
    struct field *field = calloc(1, sizeof *field);
    REQUIRE(field);
    field->size = (struct vec2){Q16(1300), Q16(700)};
    field->memory = malloc(grid_bytes(field->size.x, field->size.y, shift, capacity));
    grid_init(&field->grid, field->size.x, field->size.y, shift, capacity, field->memory);
    random_init(&field->random, seed, 1);
    field->count = capacity - random_below(&field->random, capacity / 4 + 1);
    for (uint32_t i = 0; i < field->count; i++) {
        struct vec2 at = anywhere(field);
        field->positions[i] = i % 5 == 0 ? (struct vec2){at.x / 4, at.y / 16} : at;
    }
    grid_build(&field->grid, field->positions, field->count);
    return field;
}

static void field_destroy(struct field *field)
{
    free(field->memory);
    free(field);
}

static void check_order(const struct field *field)
{
    const struct grid *grid = &field->grid;
    assert_int_equal(grid->count, field->count);
    for (uint32_t i = 0; i < grid->count; i++) {
        struct vec2 position = field->positions[grid->items[i]];
        assert_memory_equal(&grid->places[i], &position, sizeof position);
        assert_int_equal(grid->cells[i], grid_cell(grid, position));
        bool is_in_order = i == 0 || grid->cells[i - 1] < grid->cells[i] ||
                           (grid->cells[i - 1] == grid->cells[i] && grid->items[i - 1] < grid->items[i]);
        assert_true(is_in_order);
    }
    assert_int_equal(grid->cells[grid->count], UINT32_MAX);
}

static bool is_in(const struct grid *grid, const struct grid_area *area, int32_t row, struct vec2 place)
{
    int32_t column = place.x >> grid->shift;
    return place.y >> grid->shift == row && column >= area->column_low && column <= area->column_high;
}

/* Each row's run begins and ends where it must, and holds as many as there are. */
static void check_area(const struct field *field, struct vec2 low, struct vec2 high)
{
    const struct grid *grid = &field->grid;
    struct grid_area area = grid_area(grid, low, high);
    for (int32_t row = area.row_low; row <= area.row_high; row++) {
        uint32_t first;
        uint32_t end;
        uint32_t expected = 0;
        grid_run(grid, &area, row, &first, &end);
        for (uint32_t i = 0; i < field->count; i++) {
            expected += (uint32_t)is_in(grid, &area, row, field->positions[i]);
        }
        assert_int_equal(end - first, expected);
        for (uint32_t i = first; i < end; i++) {
            assert_true(is_in(grid, &area, row, grid->places[i]));
        }
    }
}

static void check_areas(struct field *field)
{
    for (int i = 0; i < 20; i++) {
        struct vec2 a = anywhere(field);
        struct vec2 b = anywhere(field);
        check_area(field, (struct vec2){a.x - Q16(100), a.y - Q16(100)}, (struct vec2){a.x + b.x / 4, a.y + b.y / 4});
    }
    check_area(field, (struct vec2){0, 0}, field->size);
}

static const uint32_t capacities[] = {1, 2, 16, 60, 100, 250, 500, COUNT_MAX};
#define CAPACITIES (sizeof capacities / sizeof capacities[0])

static void test_grid_orders_by_cell_and_keeps_the_given_order_within(void **state)
{
    (void)state;
    for (int32_t shift = 22; shift <= 24; shift++) {
        for (uint32_t i = 0; i < CAPACITIES; i++) {
            struct field *field = field_create(shift, capacities[i], 5 + i);
            check_order(field);
            check_areas(field);
            field_destroy(field);
        }
    }
}

static void test_an_item_that_moves_is_where_a_new_grid_would_have_it(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < CAPACITIES; i++) {
        struct field *field = field_create(22, capacities[i], 50 + i);
        for (int round = 0; round < 300; round++) {
            uint32_t at = random_below(&field->random, field->count);
            uint32_t item = field->grid.items[at];
            field->positions[item] = anywhere(field);
            uint32_t now_at = grid_move(&field->grid, at, field->positions[item]);
            assert_int_equal(field->grid.items[now_at], item);
        }
        check_order(field);
        check_areas(field);
        field_destroy(field);
    }
}

static void test_a_grid_built_again_forgets_what_was_in_it(void **state)
{
    (void)state;
    struct field *field = field_create(22, 500, 9);
    field->count = 3;
    grid_build(&field->grid, field->positions, field->count);
    check_order(field);
    check_areas(field);
    field->count = 0;
    grid_build(&field->grid, field->positions, field->count);
    check_order(field);
    check_areas(field);
    field_destroy(field);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grid_orders_by_cell_and_keeps_the_given_order_within),
        cmocka_unit_test(test_an_item_that_moves_is_where_a_new_grid_would_have_it),
        cmocka_unit_test(test_a_grid_built_again_forgets_what_was_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
