/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "libcommon/game/simulation.h"
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
        bodies_collide(&grid, Q16(10), positions, velocities);
        for (int i = 0; i < COUNT; i++) {
            positions[i].x = q16_clamp(positions[i].x, 0, Q16(1000));
            positions[i].y = q16_clamp(positions[i].y, 0, Q16(1000));
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
        struct vec2 gap = vec2_from_angle((uint16_t)random_u32(&random), random_between(&random, 0, Q16(49)));
        positions[1] = vec2_add(positions[0], gap);
        grid_build(&grid, positions, 2);
        bodies_collide(&grid, Q16(25), positions, velocities);
        assert_true(vec2_length(vec2_sub(positions[0], positions[1])) >= Q16(50) - Q16_ONE / 256);
    }
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
        cmocka_unit_test(test_no_player_is_ever_inside_a_wall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
