/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "libcommon/game/world/simulation.h"
#include "tests/support/arena_load.h"
#include "tests/support/bot_match.h"

static void check_grid(const struct grid *grid, const struct vec2 *positions, uint32_t count)
{
    assert_int_equal(grid->count, count);
    for (uint32_t i = 0; i < count; i++) {
        struct vec2 position = positions[grid->items[i]];
        assert_memory_equal(&grid->places[i], &position, sizeof position);
        assert_int_equal(grid->cells[i], grid_cell(grid, position));
        assert_true(i == 0 || grid->cells[i] >= grid->cells[i - 1]);
    }
}

/* Each projectile with an owner is in exactly its owner's list, newest first. */
static void check_own_lists(const struct scene *scene)
{
    const struct world *world = scene->world;
    uint32_t listed = 0;
    uint32_t owned = 0;
    for (uint16_t slot = 0; slot < world->capacity; slot++) {
        uint32_t newer = SCENE_NONE;
        for (uint32_t i = scene->own_first[slot]; i != SCENE_NONE; i = scene->own_next[i]) {
            assert_true(i < newer);
            assert_int_equal(world->projectiles[i].owner, slot);
            newer = i;
            listed++;
        }
    }
    for (uint32_t i = 0; i < world->projectile_count; i++) {
        owned += world->projectiles[i].owner != RULES_SLOT_NONE;
    }
    assert_int_equal(listed, owned);
}

/* The alive as the grid has them, then all others. */
static void check_order(const struct scene *scene)
{
    const struct world *world = scene->world;
    bool is_listed[20] = {false};
    for (uint32_t i = 0; i < world->capacity; i++) {
        assert_in_range(scene->order[i], 0, world->capacity - 1);
        assert_false(is_listed[scene->order[i]]);
        is_listed[scene->order[i]] = true;
    }
    for (uint32_t i = 0; i < scene->alive_count; i++) {
        const struct scene_player *player = &scene->alive[i];
        assert_int_equal(player->slot, world->alive_slots[scene->players.items[i]]);
        assert_int_equal(player->slot, scene->order[i]);
        assert_int_equal(player->is_there, world->players[player->slot].actor.state == ACTOR_ALIVE);
    }
}

static void test_scene_is_the_world_after_each_step(void **state)
{
    (void)state;
    struct world_setup setup = bot_match_setup("ffa", 21);
    struct bot_match *match = bot_match_create(&setup, 20);
    struct world *world = &match->world;
    uint32_t seen = 0;
    for (uint32_t tick = 0; tick < 1200; tick++) {
        bot_match_step(match);
        struct vec2 positions[20 * RULES_PROJECTILES_PER_PLAYER];
        for (uint32_t i = 0; i < world->projectile_count; i++) {
            positions[i] = world_projectile_position(&world->projectiles[i]);
        }
        check_grid(&match->scene.projectiles, positions, world->projectile_count);
        check_grid(&match->scene.players, world->alive_positions, world->alive_count);
        check_own_lists(&match->scene);
        check_order(&match->scene);
        seen += world->projectile_count;
        if (tick == 600) {
            assert_int_equal(world_leave(world, 3), STATUS_OK);
        }
    }
    assert_true(seen > 1000);
    bot_match_destroy(match);
}

static bool is_shown(const struct view *view, const struct world_projectile *projectile, uint16_t slot)
{
    struct vec2 gap = vec2_sub(world_projectile_position(projectile), view->self.position);
    return projectile->owner == slot ||
           (q16_abs(gap.x) <= RULES_INTEREST_HALF_WIDTH && q16_abs(gap.y) <= RULES_INTEREST_HALF_HEIGHT);
}

static void test_view_shows_own_projectiles_and_those_on_the_screen(void **state)
{
    (void)state;
    struct arena_load *load = arena_load_massive(60, 22);
    struct view_limits limits = view_limits_baseline(60);
    struct view view;
    view_init(&view, &limits, calloc(1, view_bytes(&limits)));
    load->scene.visibility = NULL;
    arena_load_run(load, 700, 1);
    uint32_t seen = 0;
    for (uint32_t tick = 0; tick < 60; tick++) {
        arena_load_run(load, 1, 1);
        for (uint16_t slot = 0; slot < load->players; slot++) {
            uint32_t expected = 0;
            interest_view(&view, &load->scene, slot, NULL, INTEREST_UNBOUNDED);
            for (uint32_t i = 0; i < load->world.projectile_count; i++) {
                expected += is_shown(&view, &load->world.projectiles[i], slot);
            }
            assert_int_equal(view.projectile_count, expected);
            seen += expected;
        }
    }
    assert_true(seen > 1000);
    free(view.players);
    arena_load_destroy(load);
}

static void test_hundreds_spawn_in_one_tick_and_nobody_on_another(void **state)
{
    (void)state;
    struct arena_load *load = arena_load_massive(300, 23);
    arena_load_step(load);
    const struct world *world = &load->world;
    assert_int_equal(world->alive_count, 300);
    for (uint32_t a = 0; a < world->alive_count; a++) {
        for (uint32_t b = a + 1; b < world->alive_count; b++) {
            struct vec2 gap = vec2_sub(world->alive_positions[a], world->alive_positions[b]);
            assert_true(vec2_length(gap) >= 2 * RULES_PLAYER_RADIUS);
        }
    }
    arena_load_destroy(load);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scene_is_the_world_after_each_step),
        cmocka_unit_test(test_view_shows_own_projectiles_and_those_on_the_screen),
        cmocka_unit_test(test_hundreds_spawn_in_one_tick_and_nobody_on_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
