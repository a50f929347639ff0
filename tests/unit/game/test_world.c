/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libcommon/base/arena.h"
#include "tests/support/bot_match.h"

static void test_bad_setups_are_refused(void **state)
{
    (void)state;
    struct world world;
    assert_int_equal(world_memory_bytes(&(struct world_setup){0}), 0);
    struct world_setup setup = bot_match_setup("ffa", 1);
    setup.capacity = RULES_PLAYERS_MAX + 1;
    assert_int_equal(world_init(&world, &setup, NULL, 0), STATUS_INVALID);
    setup.capacity = 0;
    assert_int_equal(world_init(&world, &setup, NULL, 16), STATUS_NO_MEMORY);
}

static void test_a_world_with_borrowed_walls_is_the_same_and_smaller(void **state)
{
    (void)state;
    struct world_setup setup = bot_match_setup("ffa", 3);
    const struct map *map = world_setup_map(&setup);
    void *memory = malloc(walls_bytes(map));
    struct walls walls;
    walls_init(&walls, map, memory);
    size_t own_bytes = world_memory_bytes(&setup);
    struct bot_match *own = bot_match_create(&setup, 8);
    setup.walls = &walls;
    assert_int_equal(world_memory_bytes(&setup), own_bytes - arena_bytes(walls_bytes(map)));
    struct bot_match *borrowing = bot_match_create(&setup, 8);
    assert_ptr_equal(borrowing->world.walls.starts, walls.starts);
    for (uint32_t i = 0; i < 600; i++) {
        bot_match_step(own);
        bot_match_step(borrowing);
        assert_int_equal(world_hash(&own->world), world_hash(&borrowing->world));
    }
    setup.map = map_find("duel");
    assert_false(world_setup_is_valid(&setup));
    bot_match_destroy(own);
    bot_match_destroy(borrowing);
    free(memory);
}

static void test_bad_joins_and_leaves_are_refused(void **state)
{
    (void)state;
    struct world_setup setup = bot_match_setup("teams_2v2", 1);
    struct bot_match *match = bot_match_create(&setup, 0);
    struct world *world = &match->world;
    assert_int_equal(world_join(world, 4, 0, 9), STATUS_INVALID);
    assert_int_equal(world_join(world, 0, 2, 9), STATUS_INVALID);
    assert_int_equal(world_join(world, 0, RULES_TEAM_NONE, 9), STATUS_INVALID);
    assert_int_equal(world_join(world, 0, 0, 0), STATUS_INVALID);
    assert_int_equal(world_join(world, 0, 0, 9), STATUS_OK);
    assert_int_equal(world_join(world, 0, 1, 8), STATUS_EXISTS);
    assert_int_equal(world_smallest_team(world), 1);
    assert_int_equal(world_leave(world, 1), STATUS_NOT_FOUND);
    assert_int_equal(world_leave(world, 99), STATUS_NOT_FOUND);
    assert_int_equal(world_leave(world, 0), STATUS_OK);
    assert_int_equal(world->player_count, 0);
    bot_match_destroy(match);
}

static void test_joins_before_a_step_are_events_of_its_tick(void **state)
{
    (void)state;
    struct world_setup setup = bot_match_setup("ffa", 1);
    struct bot_match *match = bot_match_create(&setup, 1);
    struct world *world = &match->world;
    world_step(world, match->inputs);
    assert_int_equal(world->events.items[0].kind, EVENT_JOINED);
    assert_int_equal(world->events.items[0].tick, 1);
    assert_int_equal(world->events.items[1].kind, EVENT_RESPAWN);
    assert_int_equal(world_leave(world, 0), STATUS_OK);
    world_step(world, match->inputs);
    assert_int_equal(world->events.count, 1);
    assert_int_equal(world->events.items[0].kind, EVENT_LEFT);
    assert_int_equal(world->events.items[0].tick, 2);
    world_step(world, match->inputs);
    assert_int_equal(world->events.count, 0);
    bot_match_destroy(match);
}

static void test_warm_up_waits_for_players_and_then_counts_down(void **state)
{
    (void)state;
    struct world_setup setup = bot_match_setup("duel", 1);
    struct bot_match *match = bot_match_create(&setup, 1);
    struct world *world = &match->world;
    for (int i = 0; i < 500; i++) {
        world_step(world, match->inputs);
    }
    assert_int_equal(world->phase, WORLD_WARMUP);
    assert_int_equal(world_join(world, 1, world_smallest_team(world), 7), STATUS_OK);
    for (uint32_t i = 0; i < world->mode->warmup_ticks; i++) {
        world_step(world, match->inputs);
    }
    assert_int_equal(world->phase, WORLD_WARMUP);
    world_step(world, match->inputs);
    assert_int_equal(world->phase, WORLD_PLAY);
    assert_int_equal(world->players[0].actor.state, ACTOR_ALIVE);
    bot_match_destroy(match);
}

static void check_spawns(const char *mode, uint16_t players)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct world_setup setup = bot_match_setup(mode, seed);
        struct bot_match *match = bot_match_create(&setup, players);
        world_step(&match->world, match->inputs);
        for (uint16_t a = 0; a < players; a++) {
            for (uint16_t b = 0; b < a; b++) {
                struct vec2 gap =
                    vec2_sub(match->world.players[a].actor.position, match->world.players[b].actor.position);
                assert_true(vec2_length(gap) >= Q16(100));
            }
        }
        bot_match_destroy(match);
    }
}

static void test_players_spawn_apart_from_enemies_and_mates(void **state)
{
    (void)state;
    check_spawns("ffa", 20);
    check_spawns("teams_5v5", 10);
}

static void test_match_ends_at_its_time_limit_as_a_draw(void **state)
{
    (void)state;
    struct world_setup setup = bot_match_setup("ffa", 1);
    setup.time_limit_ticks = 100;
    struct bot_match *match = bot_match_create(&setup, 2);
    struct world *world = &match->world;
    uint32_t play_ticks = 0;
    while (!world_is_over(world)) {
        world_step(world, match->inputs);
        play_ticks += world->phase == WORLD_PLAY;
    }
    assert_int_equal(play_ticks, 99); /* the hundredth ends it */
    assert_int_equal(world_ticks_left(world), 0);
    struct world_result result;
    world_result(world, &result);
    assert_true(result.is_draw);
    assert_int_equal(result.winner, RULES_SLOT_NONE);
    struct vec2 before = world->players[0].actor.position;
    match->inputs[0].buttons = INPUT_RIGHT;
    world_step(world, match->inputs);
    assert_int_equal(world->players[0].actor.position.x, before.x);
    bot_match_destroy(match);
}

/* A duel at its time limit, nobody ahead. */
static struct bot_match *tied_duel(void)
{
    struct world_setup setup = bot_match_setup("duel", 1);
    setup.time_limit_ticks = 100;
    struct bot_match *match = bot_match_create(&setup, 2);
    while (match->world.phase != WORLD_OVERTIME) {
        assert_false(world_is_over(&match->world));
        world_step(&match->world, match->inputs);
    }
    assert_int_equal(world_ticks_left(&match->world), world_overtime_ticks(&match->world));
    return match;
}

static void test_equal_sides_play_on_until_overtime_is_over(void **state)
{
    (void)state;
    struct bot_match *match = tied_duel();
    struct world *world = &match->world;
    for (uint32_t left = world_overtime_ticks(world); left > 0; left--) {
        assert_int_equal(world->phase, WORLD_OVERTIME);
        assert_int_equal(world_ticks_left(world), left);
        world_step(world, match->inputs);
    }
    assert_true(world_is_over(world));
    struct world_result result;
    world_result(world, &result);
    assert_true(result.is_draw);
    bot_match_destroy(match);
}

static void test_the_first_kill_of_overtime_wins(void **state)
{
    (void)state;
    struct bot_match *match = tied_duel();
    struct world *world = &match->world;
    world->players[0].actor.position = (struct vec2){Q16(100), Q16(60)};
    world->players[1].actor.position = (struct vec2){Q16(180), Q16(60)};
    world->players[0].actor.weapon = WEAPON_SNIPER;
    world->players[1].actor.protection_ticks = 0;
    match->inputs[0].buttons = INPUT_FIRE;
    for (int i = 0; i < 10; i++) {
        world_step(world, match->inputs);
    }
    assert_true(world_is_over(world));
    struct world_result result;
    world_result(world, &result);
    assert_false(result.is_draw);
    assert_int_equal(result.winner, world->players[0].team);
    bot_match_destroy(match);
}

static void test_a_side_that_left_cannot_win(void **state)
{
    (void)state;
    struct bot_match *match = tied_duel();
    struct world *world = &match->world;
    world->team_scores[world->players[0].team] = 5;
    uint8_t rest = world->players[1].team;
    assert_int_equal(world_leave(world, 0), STATUS_OK);
    world_step(world, match->inputs);
    assert_true(world_is_over(world));
    struct world_result result;
    world_result(world, &result);
    assert_int_equal(result.winner, rest);
    bot_match_destroy(match);
}

static void test_match_ends_at_its_score_limit_with_a_winner(void **state)
{
    (void)state;
    struct world_setup setup = bot_match_setup("duel", 5);
    setup.score_limit = 3;
    struct bot_match *match = bot_match_create(&setup, 2);
    for (uint32_t i = 0; i < 60 * 600 && !world_is_over(&match->world); i++) {
        bot_match_step(match);
    }
    assert_true(world_is_over(&match->world));
    struct world_result result;
    world_result(&match->world, &result);
    assert_false(result.is_draw);
    assert_int_equal(result.score, 3);
    assert_int_equal(match->world.team_scores[result.winner], 3);
    bot_match_destroy(match);
}

static void test_match_ends_when_one_side_is_left(void **state)
{
    (void)state;
    struct world_setup setup = bot_match_setup("duel", 5);
    struct bot_match *match = bot_match_create(&setup, 2);
    while (match->world.phase == WORLD_WARMUP) {
        bot_match_step(match);
    }
    assert_int_equal(world_leave(&match->world, 0), STATUS_OK);
    world_step(&match->world, match->inputs);
    assert_true(world_is_over(&match->world));
    bot_match_destroy(match);
}

static void test_same_seed_gives_the_same_match_and_another_seed_another(void **state)
{
    (void)state;
    uint64_t hashes[3];
    for (int i = 0; i < 3; i++) {
        struct world_setup setup = bot_match_setup("ffa", i < 2 ? 31 : 32);
        struct bot_match *match = bot_match_create(&setup, 8);
        for (int tick = 0; tick < 600; tick++) {
            bot_match_step(match);
        }
        hashes[i] = world_hash(&match->world);
        bot_match_destroy(match);
    }
    assert_true(hashes[0] == hashes[1]);
    assert_true(hashes[0] != hashes[2]);
}

static size_t keyframe_of(const struct world *world, uint8_t *bytes, size_t capacity)
{
    struct byte_writer writer;
    byte_writer_init(&writer, bytes, capacity);
    world_write(world, &writer);
    size_t size = 0;
    assert_int_equal(byte_writer_finish(&writer, &size), STATUS_OK);
    assert_true(size <= world_keyframe_bytes_max(world->capacity));
    return size;
}

static enum status restore(struct world *world, const uint8_t *bytes, size_t size)
{
    struct byte_reader reader;
    byte_reader_init(&reader, bytes, size);
    world_read(world, &reader);
    return byte_reader_finish(&reader);
}

static void test_keyframe_restores_state_and_future_bit_for_bit(void **state)
{
    (void)state;
    static uint8_t bytes[1 << 16];
    for (uint32_t at = 1; at < 1500; at += 293) {
        struct world_setup setup = bot_match_setup("ffa", at);
        struct bot_match *match = bot_match_create(&setup, 20);
        for (uint32_t tick = 0; tick < at; tick++) {
            bot_match_step(match);
        }
        struct bot_match *copy = bot_match_create(&setup, 3);
        assert_int_equal(restore(&copy->world, bytes, keyframe_of(&match->world, bytes, sizeof bytes)), STATUS_OK);
        assert_true(world_hash(&copy->world) == world_hash(&match->world));
        for (uint32_t tick = 0; tick < 600; tick++) {
            world_step(&copy->world, match->inputs);
            bot_match_step(match);
            assert_true(world_hash(&copy->world) == world_hash(&match->world));
        }
        bot_match_destroy(copy);
        bot_match_destroy(match);
    }
}

static struct bot_match *played_match(uint32_t ticks)
{
    struct world_setup setup = bot_match_setup("ffa", 8);
    struct bot_match *match = bot_match_create(&setup, 6);
    for (uint32_t tick = 0; tick < ticks; tick++) {
        bot_match_step(match);
    }
    return match;
}

static void test_truncated_keyframes_are_refused(void **state)
{
    (void)state;
    static uint8_t bytes[1 << 16];
    struct bot_match *match = played_match(400);
    struct bot_match *other = played_match(1);
    size_t size = keyframe_of(&match->world, bytes, sizeof bytes);
    for (size_t cut = 0; cut < size; cut++) {
        assert_int_not_equal(restore(&other->world, bytes, cut), STATUS_OK);
        assert_int_equal(other->world.player_count, 0);
    }
    assert_int_equal(restore(&other->world, bytes, size), STATUS_OK);
    bot_match_destroy(other);
    bot_match_destroy(match);
}

/* A flipped keyframe is refused, or a legal state of its own hash that plays on without harm. */
static void test_flipped_keyframes_never_pass_as_the_same_state(void **state)
{
    (void)state;
    static uint8_t bytes[1 << 16];
    struct bot_match *match = played_match(400);
    struct bot_match *other = played_match(1);
    size_t size = keyframe_of(&match->world, bytes, sizeof bytes);
    uint64_t hash = world_hash(&match->world);
    for (size_t at = 0; at < size; at++) {
        for (int bit = 0; bit < 8; bit++) {
            bytes[at] ^= (uint8_t)(1 << bit);
            if (restore(&other->world, bytes, size) == STATUS_OK) {
                assert_true(world_hash(&other->world) != hash);
                world_step(&other->world, match->inputs);
                world_step(&other->world, match->inputs);
            }
            bytes[at] ^= (uint8_t)(1 << bit);
        }
    }
    bot_match_destroy(other);
    bot_match_destroy(match);
}

static void test_large_worlds_work_too(void **state)
{
    (void)state;
    static const struct map_spawn spawns[] = {{{Q16(31000), Q16(31000)}, RULES_TEAM_NONE},
                                              {{Q16(100), Q16(100)}, RULES_TEAM_NONE}};
    static const struct map_box wall = {{Q16(16000), Q16(0)}, {Q16(16040), Q16(32000)}};
    const struct map map = {.name = "huge",
                            .width_q16 = Q16(32000),
                            .height_q16 = Q16(32000),
                            .walls = &wall,
                            .wall_count = 1,
                            .spawns = spawns,
                            .spawn_count = 2};
    struct world_setup setup = bot_match_setup("ffa", 3);
    setup.map = &map;
    setup.capacity = 200;
    struct bot_match *match = bot_match_create(&setup, 200);
    for (int tick = 0; tick < 120; tick++) {
        bot_match_step(match);
        assert_int_equal(match->world.events.dropped, 0);
    }
    assert_true(match->world.alive_count > 0);
    bot_match_destroy(match);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_setups_are_refused),
        cmocka_unit_test(test_a_world_with_borrowed_walls_is_the_same_and_smaller),
        cmocka_unit_test(test_bad_joins_and_leaves_are_refused),
        cmocka_unit_test(test_joins_before_a_step_are_events_of_its_tick),
        cmocka_unit_test(test_warm_up_waits_for_players_and_then_counts_down),
        cmocka_unit_test(test_players_spawn_apart_from_enemies_and_mates),
        cmocka_unit_test(test_match_ends_at_its_time_limit_as_a_draw),
        cmocka_unit_test(test_equal_sides_play_on_until_overtime_is_over),
        cmocka_unit_test(test_the_first_kill_of_overtime_wins),
        cmocka_unit_test(test_a_side_that_left_cannot_win),
        cmocka_unit_test(test_match_ends_at_its_score_limit_with_a_winner),
        cmocka_unit_test(test_match_ends_when_one_side_is_left),
        cmocka_unit_test(test_same_seed_gives_the_same_match_and_another_seed_another),
        cmocka_unit_test(test_keyframe_restores_state_and_future_bit_for_bit),
        cmocka_unit_test(test_truncated_keyframes_are_refused),
        cmocka_unit_test(test_flipped_keyframes_never_pass_as_the_same_state),
        cmocka_unit_test(test_large_worlds_work_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
