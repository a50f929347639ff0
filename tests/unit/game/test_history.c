/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "libcommon/game/world/simulation.h"
#include "tests/support/bot_match.h"

enum { SHOOTER, VICTIM, KEPT = 64 };

/* A match in play: the victim runs down a lane, the shooter stands beside it. Places of the victim by tick % KEPT. */
struct lane {
    struct bot_match *match;
    struct vec2 places[KEPT];
};

static void run(struct lane *lane, uint32_t ticks)
{
    struct world *world = &lane->match->world;
    for (uint32_t i = 0; i < ticks; i++) {
        world_step(world, lane->match->inputs);
        lane->places[world->tick % KEPT] = world->players[VICTIM].actor.position;
    }
}

static struct lane lane_of(uint32_t run_ticks)
{
    struct world_setup setup = bot_match_setup("ffa", 77);
    struct lane lane = {.match = bot_match_create(&setup, 2)};
    struct world *world = &lane.match->world;
    while (world->phase != WORLD_PLAY) {
        world_step(world, lane.match->inputs);
    }
    struct actor *shooter = &world->players[SHOOTER].actor;
    struct actor *victim = &world->players[VICTIM].actor;
    victim->position = (struct vec2){Q16(100), Q16(100)};
    shooter->position = (struct vec2){Q16(200), Q16(100)};
    shooter->weapon = WEAPON_SNIPER;
    lane.match->inputs[VICTIM].buttons = INPUT_DOWN;
    run(&lane, run_ticks);
    victim->protection_ticks = 0;
    return lane;
}

/* Fires one shot, aimed by a view ago ticks older than the tick before; places the shooter 60 units beside what it aims
 * at. */
static void fire(struct lane *lane, uint32_t ago, bool says_so)
{
    struct world *world = &lane->match->world;
    uint32_t seen = world->tick - ago;
    struct vec2 target = lane->places[seen % KEPT];
    world->players[SHOOTER].actor.position = (struct vec2){target.x + Q16(60), target.y};
    lane->match->inputs[SHOOTER] =
        (struct input){.buttons = INPUT_FIRE, .aim = 0x8000, .seen_tick = says_so ? seen : 0, .tick = world->tick + 1};
    run(lane, 1);
    lane->match->inputs[SHOOTER].buttons = 0;
    run(lane, 5);
}

static void test_what_was_seen_is_hit_as_long_as_the_rewind_reaches(void **state)
{
    (void)state;
    for (uint32_t ago = 0; ago < 20; ago++) {
        struct lane lane = lane_of(60);
        fire(&lane, ago, true);
        bool is_hit = lane.match->world.players[VICTIM].actor.state == ACTOR_DEAD;
        if (ago + 1 <= RULES_REWIND_MAX) {
            assert_true(is_hit);
        } else if (ago + 1 >= RULES_REWIND_MAX + 5) { /* 5 ticks at top speed are more than its radius */
            assert_false(is_hit);
        }
        bot_match_destroy(lane.match);
    }
}

static void test_without_a_rewind_the_same_shot_is_late(void **state)
{
    (void)state;
    for (uint32_t ago = 5; ago < RULES_REWIND_MAX; ago++) {
        struct lane lane = lane_of(60);
        fire(&lane, ago, false);
        assert_int_equal(lane.match->world.players[VICTIM].actor.health, RULES_HEALTH);
        bot_match_destroy(lane.match);
    }
}

static void test_rewind_is_never_more_than_its_limit(void **state)
{
    (void)state;
    struct lane lane = lane_of(60);
    const struct world *world = &lane.match->world;
    const uint32_t never[] = {0, world->tick, world->tick + 1, UINT32_MAX};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        const struct input input = {.tick = world->tick, .seen_tick = never[i]};
        assert_int_equal(history_rewind(world, SHOOTER, &input), 0);
    }
    for (uint32_t ago = 1; ago < world->tick; ago++) {
        const struct input input = {.tick = world->tick, .seen_tick = world->tick - ago};
        assert_int_equal(history_rewind(world, SHOOTER, &input), ago < RULES_REWIND_MAX ? ago : RULES_REWIND_MAX);
    }
    bot_match_destroy(lane.match);
}

/* A player who has just come back is not hit where another life of it ended, nor does it shoot out of one. */
static void test_nobody_is_rewound_through_a_respawn(void **state)
{
    (void)state;
    for (uint32_t ago = 0; ago < RULES_REWIND_MAX; ago++) {
        struct lane lane = lane_of(60);
        struct world *world = &lane.match->world;
        world->players[VICTIM].life_tick = world->tick - ago + 1; /* as if it had come just after what was seen */
        struct vec2 position;
        assert_false(history_find(world, VICTIM, world->tick - ago, &position));
        world->players[SHOOTER].life_tick = world->tick - 2;
        const struct input input = {.tick = world->tick, .seen_tick = world->tick - ago};
        assert_true(history_rewind(world, SHOOTER, &input) <= 2);
        bot_match_destroy(lane.match);
    }
}

static void test_rewound_shots_do_not_go_through_walls(void **state)
{
    (void)state;
    for (uint32_t ago = 0; ago < RULES_REWIND_MAX; ago++) {
        struct lane lane = lane_of(1);
        struct world *world = &lane.match->world;
        lane.match->inputs[VICTIM].buttons = 0;
        world->players[VICTIM].actor.position =
            (struct vec2){Q16(550), Q16(480)}; /* below the wall 400..700, 400..440 */
        run(&lane, 20);
        world->players[VICTIM].actor.protection_ticks = 0;
        world->players[SHOOTER].actor.position = (struct vec2){Q16(550), Q16(360)};
        lane.match->inputs[SHOOTER] = (struct input){
            .buttons = INPUT_FIRE, .aim = 0x4000, .tick = world->tick + 1, .seen_tick = world->tick - ago};
        run(&lane, 20);
        assert_int_equal(world->players[VICTIM].actor.health, RULES_HEALTH);
        assert_int_equal(world->projectile_count, 0);
        bot_match_destroy(lane.match);
    }
}

/* Whatever lag bots have, places of shots follow from their spawn ticks, and the past is what the present was. */
static void test_past_and_shots_are_consistent_under_any_lag(void **state)
{
    (void)state;
    static struct vec2 kept[RULES_REWIND_MAX][20];
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct world_setup setup = bot_match_setup("ffa", seed);
        struct bot_match *match = bot_match_create(&setup, 20);
        struct world *world = &match->world;
        struct random random;
        random_init(&random, seed, 5);
        for (uint32_t i = 0; i < 900; i++) {
            for (uint16_t slot = 0; slot < 20; slot++) {
                match->inputs[slot].seen_tick -= random_below(&random, 16);
            }
            bot_match_step(match);
            for (uint16_t slot = 0; slot < 20; slot++) {
                kept[world->tick % RULES_REWIND_MAX][slot] = world->players[slot].actor.position;
                uint32_t tick = world->tick - random_below(&random, RULES_REWIND_MAX);
                struct vec2 position;
                if (i > RULES_REWIND_MAX && history_find(world, slot, tick, &position)) {
                    assert_int_equal(position.x, kept[tick % RULES_REWIND_MAX][slot].x);
                    assert_int_equal(position.y, kept[tick % RULES_REWIND_MAX][slot].y);
                }
            }
            for (uint32_t k = 0; k < world->projectile_count; k++) {
                const struct world_projectile *projectile = &world->projectiles[k];
                assert_int_equal(projectile->spawn_tick + projectile->age_ticks, world->tick + 1);
            }
            assert_int_equal(world->shots_dropped, 0);
        }
        bot_match_destroy(match);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_seen_is_hit_as_long_as_the_rewind_reaches),
        cmocka_unit_test(test_without_a_rewind_the_same_shot_is_late),
        cmocka_unit_test(test_rewind_is_never_more_than_its_limit),
        cmocka_unit_test(test_nobody_is_rewound_through_a_respawn),
        cmocka_unit_test(test_rewound_shots_do_not_go_through_walls),
        cmocka_unit_test(test_past_and_shots_are_consistent_under_any_lag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
