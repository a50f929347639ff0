/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "libcommon/base/memory.h"
#include "libcommon/game/world/simulation.h"
#include "tests/support/bot_match.h"

static struct bot_match *empty_match(uint16_t players)
{
    struct world_setup setup = bot_match_setup("ffa", 11);
    struct bot_match *match = bot_match_create(&setup, players);
    world_step(&match->world, match->inputs);
    return match;
}

/* Puts a player where the test wants it. */
static struct actor *place(struct bot_match *match, uint16_t slot, int32_t x, int32_t y)
{
    struct actor *actor = &match->world.players[slot].actor;
    actor->position = (struct vec2){Q16(x), Q16(y)};
    actor->velocity = (struct vec2){0, 0};
    return actor;
}

static void test_player_speeds_up_to_top_speed_and_stops(void **state)
{
    (void)state;
    struct bot_match *match = empty_match(1);
    struct actor *actor = place(match, 0, 200, 100);
    match->inputs[0].buttons = INPUT_RIGHT;
    for (int i = 0; i < 10; i++) {
        world_step(&match->world, match->inputs);
    }
    assert_int_equal(actor->velocity.x, RULES_TOP_SPEED);
    assert_int_equal(actor->velocity.y, 0);
    match->inputs[0].buttons = INPUT_RIGHT | INPUT_DOWN;
    for (int i = 0; i < 10; i++) {
        world_step(&match->world, match->inputs);
        assert_true(vec2_length(actor->velocity) <= RULES_TOP_SPEED + 2);
    }
    match->inputs[0].buttons = INPUT_LEFT | INPUT_RIGHT;
    for (int i = 0; i < 15; i++) {
        world_step(&match->world, match->inputs);
    }
    assert_int_equal(actor->velocity.x, 0);
    assert_int_equal(actor->velocity.y, 0);
    bot_match_destroy(match);
}

static void test_player_slides_along_walls_and_never_enters(void **state)
{
    (void)state;
    struct bot_match *match = empty_match(1);
    struct actor *actor = place(match, 0, 500, 370); /* above the wall 400..700 x 400..440 */
    match->inputs[0].buttons = INPUT_RIGHT | INPUT_DOWN;
    for (int i = 0; i < 20; i++) {
        world_step(&match->world, match->inputs);
        assert_true(walls_circle_is_free(&match->world.walls, actor->position, RULES_PLAYER_RADIUS));
    }
    assert_true(actor->position.x > Q16(560));
    assert_int_equal(actor->position.y, Q16(375) - 2);
    bot_match_destroy(match);
}

static void test_players_on_one_spot_are_set_apart(void **state)
{
    (void)state;
    struct bot_match *match = empty_match(3);
    for (uint16_t slot = 0; slot < 3; slot++) {
        place(match, slot, 700, 1000);
    }
    for (int i = 0; i < 60; i++) {
        world_step(&match->world, match->inputs);
    }
    for (uint16_t a = 0; a < 3; a++) {
        for (uint16_t b = (uint16_t)(a + 1); b < 3; b++) {
            struct vec2 gap = vec2_sub(match->world.players[a].actor.position, match->world.players[b].actor.position);
            assert_true(vec2_length(gap) >= Q16(49));
        }
    }
    bot_match_destroy(match);
}

static void test_head_on_players_stop_each_other(void **state)
{
    (void)state;
    struct bot_match *match = empty_match(2);
    struct actor *left = place(match, 0, 400, 100);
    struct actor *right = place(match, 1, 700, 100);
    match->inputs[0].buttons = INPUT_RIGHT;
    match->inputs[1].buttons = INPUT_LEFT;
    for (int i = 0; i < 120; i++) {
        world_step(&match->world, match->inputs);
    }
    assert_true(left->position.x < right->position.x);
    assert_in_range(right->position.x - left->position.x, Q16(48), Q16(51));
    bot_match_destroy(match);
}

/* Every pair by brute force against the grid's pass: no overlapping pair may be missed. */
static void test_grid_finds_every_overlapping_pair(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    static struct vec2 positions[COUNT];
    static struct vec2 velocities[COUNT];
    static uint8_t are_pushed[COUNT];
    struct grid grid;
    void *memory = malloc(grid_bytes(Q16(1000), Q16(1000), RULES_CELL_SHIFT, COUNT));
    grid_init(&grid, Q16(1000), Q16(1000), RULES_CELL_SHIFT, COUNT, memory);
    struct random random;
    random_init(&random, 12, 1);
    for (int i = 0; i < COUNT; i++) {
        positions[i] = (struct vec2){random_between(&random, 0, Q16(1000)), random_between(&random, 0, Q16(1000))};
    }
    for (int round = 0; round < 200; round++) {
        grid_build(&grid, positions, COUNT);
        bodies_collide(&grid, Q16(10), velocities, are_pushed);
        for (uint32_t i = 0; i < COUNT; i++) {
            positions[grid.items[i]].x = q16_clamp(grid.places[i].x, 0, Q16(1000));
            positions[grid.items[i]].y = q16_clamp(grid.places[i].y, 0, Q16(1000));
        }
    }
    for (int a = 0; a < COUNT; a++) {
        for (int b = a + 1; b < COUNT; b++) {
            assert_true(vec2_length(vec2_sub(positions[a], positions[b])) > Q16(18));
        }
    }
    free(memory);
}

/* Two circles anywhere, across any border of cells: one pass must set them apart. */
static void test_one_pass_sets_any_overlapping_pair_apart(void **state)
{
    (void)state;
    struct grid grid;
    void *memory = malloc(grid_bytes(Q16(500), Q16(500), RULES_CELL_SHIFT, 2));
    grid_init(&grid, Q16(500), Q16(500), RULES_CELL_SHIFT, 2, memory);
    struct random random;
    random_init(&random, 13, 1);
    for (int i = 0; i < 20000; i++) {
        struct vec2 positions[2] = {
            {random_between(&random, Q16(60), Q16(440)), random_between(&random, Q16(60), Q16(440))}};
        struct vec2 velocities[2] = {{0, 0}, {0, 0}};
        uint8_t are_pushed[2];
        struct vec2 gap = vec2_from_angle((uint16_t)random_u32(&random), random_between(&random, 0, Q16(49)));
        positions[1] = vec2_add(positions[0], gap);
        grid_build(&grid, positions, 2);
        bodies_collide(&grid, Q16(25), velocities, are_pushed);
        assert_true(are_pushed[0] && are_pushed[1]);
        assert_true(vec2_length(vec2_sub(grid.places[0], grid.places[1])) >= Q16(50) - Q16_ONE / 256);
    }
    free(memory);
}

struct crowd {
    uint32_t count;
    struct vec2 positions[64];
    struct vec2 velocities[64];
};

static bool are_neighbours(struct vec2 a, struct vec2 b)
{
    return q16_abs((a.x >> RULES_CELL_SHIFT) - (b.x >> RULES_CELL_SHIFT)) <= 1 &&
           q16_abs((a.y >> RULES_CELL_SHIFT) - (b.y >> RULES_CELL_SHIFT)) <= 1;
}

/* As bodies_collide, but each with every later one of the order whose cell touches its own, and by plain comparisons.
 */
static void collide_plainly(const struct crowd *crowd, const struct grid *grid, int32_t radius, struct vec2 *places)
{
    const uint64_t reach_squared = (uint64_t)((int64_t)4 * radius * radius);
    for (uint32_t i = 0; i < crowd->count; i++) {
        for (uint32_t k = i + 1; k < crowd->count; k++) {
            struct vec2 gap = vec2_sub(places[k], places[i]);
            uint64_t squared = vec2_length_squared(gap);
            bool are_near = are_neighbours(crowd->positions[grid->items[i]], crowd->positions[grid->items[k]]);
            if (!are_near || squared >= reach_squared) {
                continue;
            }
            int32_t distance = (int32_t)fixed_isqrt64(squared);
            struct vec2 normal = {Q16_ONE, 0};
            if (distance > 0) {
                normal = (struct vec2){q16_div(gap.x, distance), q16_div(gap.y, distance)};
            }
            struct vec2 push = vec2_scale(normal, (2 * radius - distance + 1) / 2);
            places[i] = vec2_sub(places[i], push);
            places[k] = vec2_add(places[k], push);
        }
    }
}

static void check_pass(struct grid *grid, struct crowd *crowd, int32_t radius)
{
    struct vec2 places[64];
    uint8_t are_pushed[64];
    grid_build(grid, crowd->positions, crowd->count);
    memory_copy(places, grid->places, crowd->count * sizeof places[0]);
    collide_plainly(crowd, grid, radius, places);
    bodies_collide(grid, radius, crowd->velocities, are_pushed);
    assert_memory_equal(places, grid->places, crowd->count * sizeof places[0]);
}

/* Crowds in a small world's corners, pushed out of it as well, some just a reach apart: bit for bit what is plain. */
static void test_a_pass_is_every_pair_in_the_grids_order(void **state)
{
    (void)state;
    struct grid grid;
    void *memory = malloc(grid_bytes(Q16(256), Q16(256), RULES_CELL_SHIFT, 64));
    grid_init(&grid, Q16(256), Q16(256), RULES_CELL_SHIFT, 64, memory);
    struct random random;
    random_init(&random, 14, 1);
    for (int round = 0; round < 4000; round++) {
        int32_t radius = random_between(&random, Q16(5), Q16(32));
        int32_t side = random_between(&random, Q16(20), Q16(256));
        struct crowd crowd = {.count = 1 + random_below(&random, 64)};
        for (uint32_t i = 0; i < crowd.count; i++) {
            struct vec2 *at = &crowd.positions[i];
            *at = (struct vec2){random_between(&random, 0, side), random_between(&random, 0, side)};
            if (i > 0 && random_below(&random, 4) == 0) {
                at->x = q16_clamp(at[-1].x + random_between(&random, -1, 1), 0, side);
                at->y = q16_clamp(at[-1].y + 2 * radius - random_between(&random, 0, 2), 0, Q16(256));
            }
        }
        check_pass(&grid, &crowd, radius);
    }
    /* The first is pushed to a little below 0, so that the third is a reach but 1/65536 of a unit away. */
    const int32_t reach = Q16(20);
    struct crowd last = {.count = 3, .positions = {{10, Q16(40)}, {reach - 90, Q16(40)}, {0, Q16(40) - reach + 1}}};
    check_pass(&grid, &last, reach / 2);
    free(memory);
}

static void test_no_player_is_ever_inside_a_wall(void **state)
{
    (void)state;
    struct world_setup setup = bot_match_setup("ffa", 77);
    struct bot_match *match = bot_match_create(&setup, 20);
    for (uint32_t tick = 0; tick < 3600; tick++) {
        bot_match_step(match);
        for (uint16_t slot = 0; slot < 20; slot++) {
            const struct actor *actor = &match->world.players[slot].actor;
            assert_true(walls_circle_is_free(&match->world.walls, actor->position, RULES_PLAYER_RADIUS));
            assert_true(actor_is_valid(actor, match->world.map));
        }
        assert_int_equal(match->world.events.dropped, 0);
        assert_int_equal(match->world.shots_dropped, 0);
    }
    bot_match_destroy(match);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_player_speeds_up_to_top_speed_and_stops),
        cmocka_unit_test(test_player_slides_along_walls_and_never_enters),
        cmocka_unit_test(test_players_on_one_spot_are_set_apart),
        cmocka_unit_test(test_head_on_players_stop_each_other),
        cmocka_unit_test(test_grid_finds_every_overlapping_pair),
        cmocka_unit_test(test_one_pass_sets_any_overlapping_pair_apart),
        cmocka_unit_test(test_a_pass_is_every_pair_in_the_grids_order),
        cmocka_unit_test(test_no_player_is_ever_inside_a_wall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
