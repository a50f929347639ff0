/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libcommon/game/map/map_text.h"
#include "libcommon/game/world/simulation.h"

#define CORNER "map corner\nsize 2000 2000\nspawn 60 60 all\n"
#define FULL   "map full\nsize 256 256\nspawn 128 128 all\n"

/* A room of 300 x 300 without a door, and one of 60 x 60: outside of both everything is free. */
#define ROOM                                                                                                           \
    "map room\nsize 2000 2000\nspawn 1000 1000 all\n"                                                                  \
    "wall 800 800 1200 850\nwall 800 1150 1200 1200\nwall 800 850 850 1150\nwall 1150 850 1200 1150\n"
#define SIDES                                                                                                          \
    "map sides\nsize 2000 2000\nspawn 230 230 0\nspawn 1500 1500 1\n"                                                  \
    "wall 150 150 310 200\nwall 150 260 310 310\nwall 150 200 200 260\nwall 260 200 310 260\n"

enum { SEEDS = 20, FULL_PLACES = 25 };

struct stage {
    struct world world;
    struct map map;
    void *map_memory;
    void *memory;
    struct input *inputs;
};

/* text: NULL for the mode's own map. All slots are taken, teams in turn. */
static void open_stage(struct stage *stage, const char *mode, const char *text, uint16_t capacity, uint64_t seed)
{
    *stage = (struct stage){0};
    struct world_setup setup = {.mode = mode_find(mode), .seed = seed, .capacity = capacity};
    if (text) {
        size_t bytes = map_text_memory_bytes(text, strlen(text));
        uint32_t line;
        stage->map_memory = malloc(bytes);
        assert_int_equal(map_text_read(text, strlen(text), stage->map_memory, bytes, &stage->map, &line), STATUS_OK);
        setup.map = &stage->map;
    }
    size_t size = world_memory_bytes(&setup);
    stage->memory = malloc(size);
    stage->inputs = calloc(capacity, sizeof *stage->inputs);
    assert_int_equal(world_init(&stage->world, &setup, stage->memory, size), STATUS_OK);
    for (uint16_t slot = 0; slot < capacity; slot++) {
        uint32_t teams = setup.mode->team_count;
        uint8_t team = RULES_TEAM_NONE;
        if (teams > 0) {
            team = (uint8_t)(slot % teams);
        }
        assert_int_equal(world_join(&stage->world, slot, team, slot + 1u), STATUS_OK);
    }
}

static void close_stage(struct stage *stage)
{
    free(stage->inputs);
    free(stage->memory);
    free(stage->map_memory);
}

static bool is_alive(const struct world *world, uint32_t slot)
{
    return world->players[slot].id != 0 && world->players[slot].actor.state == ACTOR_ALIVE;
}

/* Nobody stands in another, nor in a wall. Answers how many live. */
static uint32_t check_apart(const struct world *world)
{
    const int64_t apart = 2 * (int64_t)RULES_PLAYER_RADIUS;
    uint32_t count = 0;
    for (uint32_t a = 0; a < world->capacity; a++) {
        if (!is_alive(world, a)) {
            continue;
        }
        struct vec2 at = world->players[a].actor.position;
        count++;
        assert_true(walls_circle_is_free(&world->walls, at, RULES_PLAYER_RADIUS));
        for (uint32_t b = 0; b < a; b++) {
            if (is_alive(world, b) &&
                vec2_length_squared(vec2_sub(at, world->players[b].actor.position)) < (uint64_t)(apart * apart)) {
                fail_msg("slots %u and %u of %s stand in each other", (unsigned)a, (unsigned)b, world->map->name);
            }
        }
    }
    return count;
}

static void test_nobody_spawns_within_another_on_the_built_in_maps(void **state)
{
    (void)state;
    static const struct {
        const char *mode;
        uint16_t capacity;
    } cases[] = {{"duel", 2}, {"teams_2v2", 4}, {"teams_5v5", 10}, {"ffa", 20}, {"massive", 4000}};
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stage stage;
        open_stage(&stage, cases[i].mode, NULL, cases[i].capacity, i + 1);
        world_step(&stage.world, stage.inputs);
        assert_int_equal(check_apart(&stage.world), cases[i].capacity);
        while (stage.world.phase == WORLD_WARMUP) {
            world_step(&stage.world, stage.inputs);
        }
        assert_int_equal(check_apart(&stage.world), cases[i].capacity); /* play begins with everybody spawned again */
        close_stage(&stage);
    }
}

static void test_twenty_spawn_in_one_corner_side_by_side(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct stage stage;
        open_stage(&stage, "ffa", CORNER, 20, seed);
        world_step(&stage.world, stage.inputs);
        assert_int_equal(check_apart(&stage.world), 20);
        for (uint32_t slot = 0; slot < 20; slot++) { /* as near to the point as they find room: within five steps */
            struct vec2 at = stage.world.players[slot].actor.position;
            assert_true(at.x <= Q16(60 + 5 * 51) && at.y <= Q16(60 + 5 * 51));
        }
        close_stage(&stage);
    }
}

static void test_one_seed_gives_the_same_places(void **state)
{
    (void)state;
    struct stage stages[2];
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        for (uint32_t i = 0; i < 2; i++) {
            open_stage(&stages[i], "ffa", CORNER, 20, seed);
            world_step(&stages[i].world, stages[i].inputs);
        }
        assert_true(world_hash(&stages[0].world) == world_hash(&stages[1].world));
        close_stage(&stages[0]);
        close_stage(&stages[1]);
    }
}

static void test_who_finds_no_room_waits_and_spawns_when_there_is_some(void **state)
{
    (void)state;
    struct stage stage;
    open_stage(&stage, "ffa", FULL, 40, 1);
    struct world *world = &stage.world;
    for (uint32_t i = 0; i < 3; i++) {
        world_step(world, stage.inputs);
        assert_int_equal(check_apart(world), FULL_PLACES);
    }
    for (uint32_t slot = 0; slot < FULL_PLACES; slot++) {
        assert_true(is_alive(world, slot)); /* the lowest slots came first */
    }
    assert_int_equal(world_leave(world, 7), STATUS_OK);
    world_step(world, stage.inputs);
    assert_int_equal(check_apart(world), FULL_PLACES);
    assert_true(is_alive(world, FULL_PLACES));
    close_stage(&stage);
}

static void test_nobody_spawns_behind_a_wall(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct stage stage;
        open_stage(&stage, "ffa", ROOM, 40, seed);
        world_step(&stage.world, stage.inputs);
        uint32_t count = check_apart(&stage.world);
        assert_int_equal(count, 25); /* 300 units take five of 51 and the radius on both sides */
        for (uint32_t slot = 0; slot < 40; slot++) {
            struct vec2 at = stage.world.players[slot].actor.position;
            assert_true(!is_alive(&stage.world, slot) ||
                        (at.x > Q16(850) && at.x < Q16(1150) && at.y > Q16(850) && at.y < Q16(1150)));
        }
        close_stage(&stage);
    }
}

static void test_a_side_without_room_does_not_hold_the_other_up(void **state)
{
    (void)state;
    struct stage stage;
    open_stage(&stage, "teams_5v5", SIDES, 10, 1);
    world_step(&stage.world, stage.inputs);
    uint32_t counts[2] = {0};
    (void)check_apart(&stage.world);
    for (uint32_t slot = 0; slot < 10; slot++) {
        counts[stage.world.players[slot].team] += is_alive(&stage.world, slot);
    }
    assert_int_equal(counts[0], 1);
    assert_int_equal(counts[1], 5);
    close_stage(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_spawns_within_another_on_the_built_in_maps),
        cmocka_unit_test(test_twenty_spawn_in_one_corner_side_by_side),
        cmocka_unit_test(test_one_seed_gives_the_same_places),
        cmocka_unit_test(test_who_finds_no_room_waits_and_spawns_when_there_is_some),
        cmocka_unit_test(test_nobody_spawns_behind_a_wall),
        cmocka_unit_test(test_a_side_without_room_does_not_hold_the_other_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
