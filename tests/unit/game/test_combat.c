/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "libcommon/game/world/simulation.h"
#include "tests/support/bot_match.h"

enum { SHOOTER, VICTIM, HELPER };

/* Play has begun, nobody is protected, nobody moves. */
static struct bot_match *arena(const char *mode, uint16_t players)
{
    struct world_setup setup = bot_match_setup(mode, 21);
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

static struct actor *stand(struct bot_match *match, uint16_t slot, int32_t x, int32_t y, uint8_t weapon)
{
    struct actor *actor = &match->world.players[slot].actor;
    actor->position = (struct vec2){Q16(x), Q16(y)};
    actor->weapon = weapon;
    return actor;
}

static void step(struct bot_match *match, uint32_t ticks)
{
    for (uint32_t i = 0; i < ticks; i++) {
        world_step(&match->world, match->inputs);
    }
}

static uint32_t events_of(const struct bot_match *match, uint8_t kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < match->world.events.count; i++) {
        count += match->world.events.items[i].kind == kind;
    }
    return count;
}

static void test_damage_falls_off_with_distance(void **state)
{
    (void)state;
    assert_int_equal(rules_damage(WEAPON_RIFLE, Q16(240)), 25);
    assert_int_equal(rules_damage(WEAPON_RIFLE, Q16(241)), 20);
    assert_int_equal(rules_damage(WEAPON_RIFLE, Q16(560)), 20);
    assert_int_equal(rules_damage(WEAPON_RIFLE, Q16(561)), 12);
    assert_int_equal(rules_damage(WEAPON_SHOTGUN, Q16(50)), 10);
    assert_int_equal(rules_damage(WEAPON_SNIPER, Q16(300)), 100);
}

static void test_every_weapon_hits_what_it_is_aimed_at_from_near(void **state)
{
    (void)state;
    for (uint8_t weapon = WEAPON_RIFLE; weapon < (uint8_t)WEAPON_COUNT; weapon++) {
        struct bot_match *match = arena("ffa", 2);
        stand(match, SHOOTER, 200, 100, weapon);
        struct actor *victim = stand(match, VICTIM, 280, 100, WEAPON_RIFLE);
        match->inputs[SHOOTER] = (struct input){.buttons = INPUT_FIRE, .aim = 0};
        step(match, 1);
        assert_int_equal(events_of(match, EVENT_FIRED), 1);
        match->inputs[SHOOTER].buttons = 0;
        step(match, 10);
        const struct weapon_rules *rules = rules_weapon(weapon);
        assert_int_equal(victim->health, RULES_HEALTH - rules->damage * rules->pellets);
        bot_match_destroy(match);
    }
}

static void test_bullets_end_at_walls_whatever_their_speed(void **state)
{
    (void)state;
    /* The wall is 40 units thick, and the test moves it against the bullet's steps by single units. */
    for (int32_t offset = 0; offset < 26; offset++) {
        struct bot_match *match = arena("ffa", 2);
        stand(match, SHOOTER, 550, 300 - offset, WEAPON_SNIPER);
        struct actor *victim = stand(match, VICTIM, 550, 520, WEAPON_RIFLE);
        match->inputs[SHOOTER] = (struct input){.buttons = INPUT_FIRE, .aim = 0x4000};
        step(match, 60);
        assert_int_equal(victim->health, RULES_HEALTH);
        assert_int_equal(match->world.projectile_count, 0);
        bot_match_destroy(match);
    }
}

static void test_bullets_do_not_fly_through_players(void **state)
{
    (void)state;
    for (int32_t offset = 0; offset < 50; offset++) {
        struct bot_match *match = arena("ffa", 2);
        stand(match, SHOOTER, 200, 100, WEAPON_SNIPER);
        struct actor *victim = stand(match, VICTIM, 400 + offset, 100, WEAPON_RIFLE);
        match->inputs[SHOOTER] = (struct input){.buttons = INPUT_FIRE, .aim = 0};
        step(match, 1);
        match->inputs[SHOOTER].buttons = 0;
        step(match, 20);
        assert_int_equal(victim->state, ACTOR_DEAD);
        bot_match_destroy(match);
    }
}

static void test_bullets_end_at_their_range(void **state)
{
    (void)state;
    struct bot_match *match = arena("ffa", 2);
    stand(match, SHOOTER, 200, 100, WEAPON_PISTOL);
    struct actor *victim = stand(match, VICTIM, 200 + 400 + 60, 100, WEAPON_RIFLE);
    match->inputs[SHOOTER] = (struct input){.buttons = INPUT_FIRE};
    step(match, 1);
    match->inputs[SHOOTER].buttons = 0;
    step(match, 40);
    assert_int_equal(victim->health, RULES_HEALTH);
    assert_int_equal(match->world.projectile_count, 0);
    bot_match_destroy(match);
}

static void test_kill_scores_respawns_and_protects(void **state)
{
    (void)state;
    struct bot_match *match = arena("ffa", 2);
    stand(match, SHOOTER, 200, 100, WEAPON_SNIPER);
    struct actor *victim = stand(match, VICTIM, 280, 100, WEAPON_RIFLE);
    match->inputs[SHOOTER] = (struct input){.buttons = INPUT_FIRE};
    while (victim->state == ACTOR_ALIVE) {
        step(match, 1);
    }
    assert_int_equal(events_of(match, EVENT_HIT), 1);
    assert_int_equal(events_of(match, EVENT_DEATH), 1);
    assert_int_equal(events_of(match, EVENT_SCORE), 1);
    assert_int_equal(match->world.players[SHOOTER].kills, 1);
    assert_int_equal(match->world.players[VICTIM].deaths, 1);
    assert_int_equal(world_rank(&match->world, SHOOTER), 1);
    assert_int_equal(world_rank(&match->world, VICTIM), 2);
    match->inputs[SHOOTER].buttons = 0;
    step(match, match->world.mode->respawn_ticks - 1);
    assert_int_equal(victim->state, ACTOR_DEAD);
    step(match, 1);
    assert_int_equal(victim->state, ACTOR_ALIVE);
    assert_int_equal(events_of(match, EVENT_RESPAWN), 1);
    assert_true(victim->protection_ticks > 0);

    stand(match, VICTIM, 280, 100, WEAPON_RIFLE);
    step(match, 10);
    match->inputs[SHOOTER] = (struct input){.buttons = INPUT_FIRE};
    step(match, 10);
    assert_int_equal(victim->health, RULES_HEALTH);
    bot_match_destroy(match);
}

static void test_who_helped_gets_an_assist(void **state)
{
    (void)state;
    struct bot_match *match = arena("ffa", 3);
    stand(match, HELPER, 200, 100, WEAPON_PISTOL);
    struct actor *victim = stand(match, VICTIM, 280, 100, WEAPON_RIFLE);
    stand(match, SHOOTER, 360, 100, WEAPON_SNIPER);
    match->inputs[HELPER] = (struct input){.buttons = INPUT_FIRE};
    while (victim->health == RULES_HEALTH) {
        step(match, 1);
    }
    match->inputs[HELPER].buttons = 0;
    match->inputs[SHOOTER] = (struct input){.buttons = INPUT_FIRE, .aim = 0x8000};
    while (victim->state == ACTOR_ALIVE) {
        step(match, 1);
    }
    assert_int_equal(match->world.players[HELPER].assists, 1);
    assert_int_equal(match->world.players[HELPER].kills, 0);
    assert_int_equal(match->world.players[SHOOTER].kills, 1);
    assert_int_equal(match->world.players[SHOOTER].assists, 0);
    bot_match_destroy(match);
}

static void test_team_mates_are_not_hurt(void **state)
{
    (void)state;
    struct bot_match *match = arena("teams_2v2", 4);
    uint8_t team = match->world.players[0].team;
    uint16_t mate = match->world.players[2].team == team ? 2 : 1;
    uint16_t enemy = mate == 2 ? 1 : 2;
    stand(match, 0, 200, 100, WEAPON_SNIPER);
    struct actor *friend_actor = stand(match, mate, 270, 100, WEAPON_RIFLE);
    struct actor *enemy_actor = stand(match, enemy, 340, 100, WEAPON_RIFLE);
    match->inputs[0] = (struct input){.buttons = INPUT_FIRE};
    step(match, 15);
    assert_int_equal(friend_actor->health, RULES_HEALTH);
    assert_int_equal(enemy_actor->state, ACTOR_DEAD);
    assert_int_equal(match->world.team_scores[team], 1);
    bot_match_destroy(match);
}

static void test_ammunition_runs_out_and_reloads(void **state)
{
    (void)state;
    struct bot_match *match = arena("ffa", 2);
    struct actor *shooter = stand(match, SHOOTER, 200, 100, WEAPON_RIFLE);
    match->inputs[SHOOTER] = (struct input){.buttons = INPUT_FIRE, .aim = 0xc000};
    const struct weapon_rules *rules = rules_weapon(WEAPON_RIFLE);
    uint32_t fired = 0;
    for (uint32_t i = 0; i < (uint32_t)rules->magazine * rules->interval_ticks; i++) {
        step(match, 1);
        fired += events_of(match, EVENT_FIRED);
    }
    assert_int_equal(fired, rules->magazine);
    assert_int_equal(shooter->ammunition[WEAPON_RIFLE], 0);
    assert_true(shooter->reload_ticks > 0);
    match->inputs[SHOOTER].buttons = 0;
    step(match, rules->reload_ticks);
    assert_int_equal(shooter->ammunition[WEAPON_RIFLE], rules->magazine);
    bot_match_destroy(match);
}

static void test_weapon_just_taken_up_cannot_fire_yet(void **state)
{
    (void)state;
    struct bot_match *match = arena("ffa", 2);
    struct actor *shooter = stand(match, SHOOTER, 200, 100, WEAPON_RIFLE);
    match->inputs[SHOOTER] = (struct input){.buttons = INPUT_FIRE, .weapon = WEAPON_SHOTGUN, .aim = 0xc000};
    step(match, 1);
    assert_int_equal(shooter->weapon, WEAPON_SHOTGUN);
    assert_int_equal(events_of(match, EVENT_FIRED), 0);
    step(match, RULES_SWITCH_TICKS);
    assert_int_equal(events_of(match, EVENT_FIRED), 1);
    assert_int_equal(match->world.projectile_count, RULES_PELLETS_MAX);
    bot_match_destroy(match);
}

/* ---- two who shoot each other in the same tick -------------------------------------------------------- */

enum { PAIRS = 200, DOUBLE_KILLS_MIN = 150 };

/* Both fire at each other with a pistol; healths: of the two. Bit i of the answer: slot i died. */
static uint32_t deaths_of_pair(uint32_t pair, uint8_t first_health, uint8_t second_health)
{
    struct world_setup setup = bot_match_setup("duel", 1000 + pair);
    struct bot_match *match = bot_match_create(&setup, 2);
    while (match->world.phase != WORLD_PLAY) {
        world_step(&match->world, match->inputs);
    }
    int32_t gap = 340 + (int32_t)(pair % 10); /* some shots miss at this distance */
    stand(match, 0, 150, 1150, WEAPON_PISTOL)->health = first_health;
    stand(match, 1, 150 + gap, 1150, WEAPON_PISTOL)->health = second_health;
    for (uint16_t slot = 0; slot < 2; slot++) {
        match->world.players[slot].actor.protection_ticks = 0;
        match->inputs[slot] = (struct input){.buttons = INPUT_FIRE, .aim = slot == 0 ? 0 : 0x8000};
    }
    step(match, 1);
    match->inputs[0].buttons = match->inputs[1].buttons = 0;
    uint32_t deaths = 0;
    for (uint32_t tick = 0; tick < 60; tick++) {
        step(match, 1);
        for (uint32_t i = 0; i < match->world.events.count; i++) {
            const struct event *event = &match->world.events.items[i];
            deaths |= event->kind == EVENT_DEATH ? 1u << event->subject : 0;
        }
    }
    bot_match_destroy(match);
    return deaths;
}

/* Each shot kills or misses as it would alone: whose projectile is judged first makes no difference. */
static void test_two_who_kill_each_other_in_the_same_tick_both_die(void **state)
{
    (void)state;
    uint32_t doubles = 0;
    uint32_t singles[2] = {0};
    for (uint32_t pair = 0; pair < PAIRS; pair++) {
        uint32_t deaths = deaths_of_pair(pair, 1, 1);
        uint32_t alone = deaths_of_pair(pair, 1, RULES_HEALTH) | deaths_of_pair(pair, RULES_HEALTH, 1);
        assert_int_equal(deaths, alone);
        doubles += deaths == 3;
        singles[0] += deaths == 1;
        singles[1] += deaths == 2;
    }
    print_message("%u double kills of %d, %u and %u single ones\n", doubles, PAIRS, singles[0], singles[1]);
    assert_in_range(doubles, DOUBLE_KILLS_MIN, PAIRS - 1); /* shots that miss are among them */
    assert_in_range(singles[0] + singles[1], 1, PAIRS - DOUBLE_KILLS_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damage_falls_off_with_distance),
        cmocka_unit_test(test_every_weapon_hits_what_it_is_aimed_at_from_near),
        cmocka_unit_test(test_bullets_end_at_walls_whatever_their_speed),
        cmocka_unit_test(test_bullets_do_not_fly_through_players),
        cmocka_unit_test(test_bullets_end_at_their_range),
        cmocka_unit_test(test_kill_scores_respawns_and_protects),
        cmocka_unit_test(test_who_helped_gets_an_assist),
        cmocka_unit_test(test_team_mates_are_not_hurt),
        cmocka_unit_test(test_ammunition_runs_out_and_reloads),
        cmocka_unit_test(test_weapon_just_taken_up_cannot_fire_yet),
        cmocka_unit_test(test_two_who_kill_each_other_in_the_same_tick_both_die),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
