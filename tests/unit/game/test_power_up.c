/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "libcommon/game/world/simulation.h"
#include "tests/support/bot_match.h"

enum { SHOOTER, VICTIM };

/* Play has begun, nobody is protected; everybody stands in the upper right corner, far from power-ups. */
static struct bot_match *arena(uint16_t players)
{
    struct world_setup setup = bot_match_setup("ffa", 33);
    struct bot_match *match = bot_match_create(&setup, players);
    while (match->world.phase != WORLD_PLAY) {
        world_step(&match->world, match->inputs);
    }
    for (uint16_t slot = 0; slot < players; slot++) {
        struct actor *actor = &match->world.players[slot].actor;
        actor->protection_ticks = 0;
        actor->position = (struct vec2){Q16(1900), Q16(100 + 200 * slot)};
    }
    return match;
}

static uint32_t find(const struct map *map, uint8_t kind)
{
    uint32_t index = 0;
    while (map->power_ups[index].kind != kind) {
        index++;
    }
    return index;
}

static uint32_t pick_ups(const struct bot_match *match)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < match->world.events.count; i++) {
        count += match->world.events.items[i].kind == EVENT_PICK_UP;
    }
    return count;
}

static void step(struct bot_match *match, uint32_t ticks)
{
    for (uint32_t i = 0; i < ticks; i++) {
        world_step(&match->world, match->inputs);
    }
}

static void test_every_power_up_is_taken_works_and_comes_back(void **state)
{
    (void)state;
    for (uint8_t kind = 0; kind < (uint8_t)POWER_UP_COUNT; kind++) {
        struct bot_match *match = arena(2);
        struct actor *actor = &match->world.players[SHOOTER].actor;
        uint32_t index = find(match->world.map, kind);
        const struct power_up_rules *rules = rules_power_up(kind);
        actor->health = 30;
        actor->position = match->world.map->power_ups[index].position;
        step(match, 1);
        assert_int_equal(pick_ups(match), 1);
        assert_int_equal(match->world.events.items[0].subject, SHOOTER);
        assert_int_equal(match->world.power_up_ticks[index], rules->respawn_ticks);
        assert_int_equal(actor->health, kind == POWER_UP_HEALTH ? 30 + RULES_HEAL : 30);
        for (uint8_t effect = 0; effect < POWER_UP_EFFECTS; effect++) {
            assert_int_equal(actor->effect_ticks[effect], effect == kind ? rules->duration_ticks : 0);
        }
        step(match, rules->respawn_ticks);
        assert_int_equal(match->world.power_up_ticks[index], 0);
        assert_int_equal(pick_ups(match), 0);
        step(match, 1);
        assert_int_equal(pick_ups(match), 1);
        bot_match_destroy(match);
    }
}

static void test_effects_end_in_time(void **state)
{
    (void)state;
    struct bot_match *match = arena(2);
    struct actor *actor = &match->world.players[SHOOTER].actor;
    for (uint8_t effect = 0; effect < POWER_UP_EFFECTS; effect++) {
        actor->effect_ticks[effect] = rules_power_up(effect)->duration_ticks;
    }
    for (uint32_t tick = 1; tick <= RULES_TICKS(16); tick++) {
        step(match, 1);
        for (uint8_t effect = 0; effect < POWER_UP_EFFECTS; effect++) {
            assert_int_equal(actor_has(actor, effect), tick < rules_power_up(effect)->duration_ticks);
        }
    }
    bot_match_destroy(match);
}

static void test_the_healthy_leave_health_to_others(void **state)
{
    (void)state;
    struct bot_match *match = arena(2);
    struct world *world = &match->world;
    struct vec2 place = world->map->power_ups[find(world->map, POWER_UP_HEALTH)].position;
    world->players[SHOOTER].actor.position = (struct vec2){place.x - Q16(26), place.y};
    step(match, 5);
    assert_int_equal(pick_ups(match), 0);
    world->players[VICTIM].actor.position = (struct vec2){place.x + Q16(30), place.y};
    world->players[VICTIM].actor.health = 80;
    step(match, 1);
    assert_int_equal(pick_ups(match), 1);
    assert_int_equal(world->events.items[0].subject, VICTIM);
    assert_int_equal(world->players[VICTIM].actor.health, RULES_HEALTH);
    bot_match_destroy(match);
}

static void test_the_nearest_takes_it_and_the_lowest_slot_among_equals(void **state)
{
    (void)state;
    for (int32_t gap = 28; gap <= 30; gap++) {
        struct bot_match *match = arena(2);
        struct world *world = &match->world;
        struct vec2 place = world->map->power_ups[find(world->map, POWER_UP_SHIELD)].position;
        world->players[SHOOTER].actor.position = (struct vec2){place.x - Q16(gap), place.y};
        world->players[VICTIM].actor.position = (struct vec2){place.x + Q16(29), place.y};
        step(match, 1);
        assert_int_equal(pick_ups(match), 1);
        assert_int_equal(world->events.items[0].subject, gap <= 29 ? SHOOTER : VICTIM);
        bot_match_destroy(match);
    }
}

/* Health that one hit of weapon takes, fired from 80 units. */
static int32_t loss(bool is_strong, bool is_shielded, uint8_t weapon)
{
    struct bot_match *match = arena(2);
    struct actor *shooter = &match->world.players[SHOOTER].actor;
    struct actor *victim = &match->world.players[VICTIM].actor;
    shooter->position = (struct vec2){Q16(200), Q16(100)};
    victim->position = (struct vec2){Q16(280), Q16(100)};
    shooter->weapon = weapon;
    shooter->effect_ticks[POWER_UP_DAMAGE] = is_strong ? 1000 : 0;
    victim->effect_ticks[POWER_UP_SHIELD] = is_shielded ? 500 : 0;
    match->inputs[SHOOTER] = (struct input){.buttons = INPUT_FIRE};
    step(match, 1);
    match->inputs[SHOOTER].buttons = 0;
    step(match, 10);
    int32_t lost = RULES_HEALTH - victim->health;
    bot_match_destroy(match);
    return lost;
}

static void test_damage_doubles_and_shields_halve(void **state)
{
    (void)state;
    assert_int_equal(loss(false, false, WEAPON_RIFLE), 25);
    assert_int_equal(loss(true, false, WEAPON_RIFLE), 50);
    assert_int_equal(loss(false, true, WEAPON_RIFLE), 13);
    assert_int_equal(loss(true, true, WEAPON_RIFLE), 25);
    assert_int_equal(loss(false, true, WEAPON_SNIPER), 50);
    assert_int_equal(loss(true, true, WEAPON_SNIPER), 100);
}

static void test_hits_knock_back_along_the_shot(void **state)
{
    (void)state;
    for (uint8_t weapon = WEAPON_RIFLE; weapon < (uint8_t)WEAPON_COUNT; weapon++) {
        struct bot_match *match = arena(2);
        struct actor *shooter = &match->world.players[SHOOTER].actor;
        struct actor *victim = &match->world.players[VICTIM].actor;
        shooter->position = (struct vec2){Q16(200), Q16(100)};
        victim->position = (struct vec2){Q16(280), Q16(100)};
        shooter->weapon = weapon;
        victim->effect_ticks[POWER_UP_SHIELD] = 500; /* so that it lives */
        match->inputs[SHOOTER] = (struct input){.buttons = INPUT_FIRE};
        step(match, 1);
        match->inputs[SHOOTER].buttons = 0;
        step(match, 30);
        assert_int_equal(victim->state, ACTOR_ALIVE);
        assert_true(victim->position.x > Q16(280));
        assert_true(victim->position.x < Q16(400));
        bot_match_destroy(match);
    }
}

static void test_speed_and_rapid_fire_are_as_the_rules_say(void **state)
{
    (void)state;
    struct bot_match *match = arena(2);
    struct actor *actor = &match->world.players[SHOOTER].actor;
    actor->position = (struct vec2){Q16(100), Q16(60)};
    actor->effect_ticks[POWER_UP_SPEED] = RULES_TICKS(10);
    match->inputs[SHOOTER] = (struct input){.buttons = INPUT_RIGHT | INPUT_FIRE, .aim = 0xc000};
    actor->effect_ticks[POWER_UP_RAPID_FIRE] = RULES_TICKS(8);
    step(match, 40);
    assert_int_equal(actor->velocity.x, RULES_TOP_SPEED * 3 / 2);
    assert_int_equal(actor->ammunition[WEAPON_RIFLE], rules_weapon(WEAPON_RIFLE)->magazine - 20);
    actor->effect_ticks[POWER_UP_SPEED] = 0;
    step(match, 20);
    assert_int_equal(actor->velocity.x, RULES_TOP_SPEED);
    bot_match_destroy(match);
}

static void test_death_ends_effects_and_play_begins_with_all_power_ups(void **state)
{
    (void)state;
    struct world_setup setup = bot_match_setup("ffa", 34);
    struct bot_match *match = bot_match_create(&setup, 2);
    step(match, 2);
    match->world.power_up_ticks[0] = 300;
    match->world.players[0].actor.effect_ticks[POWER_UP_SPEED] = 600;
    while (match->world.phase != WORLD_PLAY) {
        step(match, 1);
    }
    assert_int_equal(match->world.power_up_ticks[0], 0);
    assert_int_equal(match->world.players[0].actor.effect_ticks[POWER_UP_SPEED], 0);
    bot_match_destroy(match);
}

/* Bots play; whoever has what is always explained by what was taken, and nothing is taken before its time. */
static void test_bots_take_power_ups_no_faster_than_these_come_back(void **state)
{
    (void)state;
    uint32_t taken = 0;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct world_setup setup = bot_match_setup("ffa", seed);
        struct bot_match *match = bot_match_create(&setup, 12);
        uint16_t before[MAP_POWER_UPS_MAX] = {0};
        for (uint32_t tick = 0; tick < 1800; tick++) {
            bot_match_step(match);
            uint32_t fell = 0;
            for (uint32_t i = 0; i < match->world.map->power_up_count; i++) {
                uint16_t now = match->world.power_up_ticks[i];
                assert_true(now + 1 == before[i] || now == 0 || before[i] == 0);
                fell += now > before[i];
                before[i] = now;
            }
            assert_int_equal(pick_ups(match), fell);
            taken += fell;
        }
        assert_int_equal(match->world.shots_dropped, 0);
        assert_int_equal(match->world.events.dropped, 0);
        bot_match_destroy(match);
    }
    assert_true(taken > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_power_up_is_taken_works_and_comes_back),
        cmocka_unit_test(test_effects_end_in_time),
        cmocka_unit_test(test_the_healthy_leave_health_to_others),
        cmocka_unit_test(test_the_nearest_takes_it_and_the_lowest_slot_among_equals),
        cmocka_unit_test(test_damage_doubles_and_shields_halve),
        cmocka_unit_test(test_hits_knock_back_along_the_shot),
        cmocka_unit_test(test_speed_and_rapid_fire_are_as_the_rules_say),
        cmocka_unit_test(test_death_ends_effects_and_play_begins_with_all_power_ups),
        cmocka_unit_test(test_bots_take_power_ups_no_faster_than_these_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
