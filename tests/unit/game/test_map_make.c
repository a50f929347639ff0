/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "libcommon/base/hash.h"
#include "libcommon/game/map/map_make.h"
#include "libcommon/game/map/walls.h"
#include "libcommon/game/rules/rules.h"
#include "tests/support/bot_match.h"

#define MASSIVE_HASH 0x1507811cfa59c3edu
#define STEP         20 /* units between the places of the flood fill */

static struct map make(uint64_t seed, uint32_t blocks, void **out_memory)
{
    const struct map_plan plan = {.name = "made", .seed = seed, .blocks = blocks};
    struct map map;
    *out_memory = malloc(MAP_MAKE_BYTES(blocks));
    map_make(&plan, *out_memory, &map);
    return map;
}

/* Marks what a player who starts at the first spawn point can walk to, in steps of STEP. */
static uint8_t *flood(const struct map *map, const struct walls *walls, int32_t columns)
{
    uint8_t *reached = calloc((size_t)columns * (size_t)columns, 1);
    int32_t *stack = malloc((size_t)columns * (size_t)columns * sizeof *stack);
    uint32_t depth = 0;
    struct vec2 start = map->spawns[0].position;
    stack[depth++] = (start.y / Q16(STEP)) * columns + start.x / Q16(STEP);
    reached[stack[0]] = 1;
    while (depth > 0) {
        int32_t at = stack[--depth];
        const int32_t next[4] = {at - 1, at + 1, at - columns, at + columns};
        for (int i = 0; i < 4; i++) {
            if (next[i] < 0 || next[i] >= columns * columns || reached[next[i]]) {
                continue;
            }
            struct vec2 place = {Q16(next[i] % columns * STEP), Q16(next[i] / columns * STEP)};
            if (walls_circle_is_free(walls, place, RULES_PLAYER_RADIUS)) {
                reached[next[i]] = 1;
                stack[depth++] = next[i];
            }
        }
    }
    free(stack);
    return reached;
}

/* All its places lie on the flood's raster. */
static void check_connected(const struct map *map)
{
    void *memory = malloc(walls_bytes(map));
    struct walls walls;
    walls_init(&walls, map, memory);
    int32_t columns = map->width_q16 / Q16(STEP) + 1;
    uint8_t *reached = flood(map, &walls, columns);
    for (uint32_t i = 0; i < map->spawn_count; i++) {
        struct vec2 at = map->spawns[i].position;
        assert_true(reached[at.y / Q16(STEP) * columns + at.x / Q16(STEP)]);
    }
    for (uint32_t i = 0; i < map->power_up_count; i++) {
        struct vec2 at = map->power_ups[i].position;
        assert_true(reached[at.y / Q16(STEP) * columns + at.x / Q16(STEP)]);
    }
    for (int32_t i = 0; i < columns * columns; i++) { /* no place is free and out of reach */
        struct vec2 place = {Q16(i % columns * STEP), Q16(i / columns * STEP)};
        assert_true(reached[i] || !walls_circle_is_free(&walls, place, RULES_PLAYER_RADIUS));
    }
    free(reached);
    free(memory);
}

static void test_made_maps_are_valid_and_connected(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        void *memory;
        struct map map = make(seed, MAP_BLOCKS_MIN + (uint32_t)seed % 5, &memory);
        assert_true(map_is_valid(&map));
        assert_true(map.wall_count > 5);
        check_connected(&map);
        free(memory);
    }
}

static void test_the_largest_map_fits_the_rules(void **state)
{
    (void)state;
    void *memory;
    struct map map = make(3, MAP_BLOCKS_MAX, &memory);
    assert_true(map_is_valid(&map));
    assert_int_equal(map.width_q16, Q16(RULES_WORLD_MAX));
    free(memory);
}

static void test_massive_is_connected_and_has_all(void **state)
{
    (void)state;
    const struct map *map = map_find("massive");
    assert_int_equal(map->width_q16, Q16(24000));
    assert_int_equal(map->spawn_count, 1800);
    uint32_t kinds[POWER_UP_COUNT] = {0};
    for (uint32_t i = 0; i < map->power_up_count; i++) {
        kinds[map->power_ups[i].kind]++;
    }
    for (uint32_t kind = 0; kind < POWER_UP_COUNT; kind++) {
        assert_true(kinds[kind] > 40);
    }
    check_connected(map);
}

static uint64_t hash_of(const struct map *map)
{
    struct hash hash;
    hash_init(&hash, map->wall_count);
    hash_bytes(&hash, map->walls, map->wall_count * sizeof *map->walls);
    for (uint32_t i = 0; i < map->power_up_count; i++) {
        hash_pair(&hash, (uint32_t)map->power_ups[i].position.x, map->power_ups[i].kind);
    }
    return hash_finish(&hash);
}

static void test_same_seed_gives_the_same_map_and_another_seed_another(void **state)
{
    (void)state;
    void *memory[3];
    struct map a = make(5, 6, &memory[0]);
    struct map b = make(5, 6, &memory[1]);
    struct map c = make(6, 6, &memory[2]);
    assert_true(hash_of(&a) == hash_of(&b));
    assert_true(hash_of(&a) != hash_of(&c));
    for (int i = 0; i < 3; i++) {
        free(memory[i]);
    }
    /* Records name it: it may change only with RULES_VERSION. */
    assert_int_equal(hash_of(map_find("massive")), MASSIVE_HASH);
}

static void test_thousands_play_on_massive(void **state)
{
    (void)state;
    struct world_setup setup = bot_match_setup("massive", 9);
    struct bot_match *match = bot_match_create(&setup, RULES_PLAYERS_MAX);
    struct world *world = &match->world;
    struct random random;
    random_init(&random, 9, 1);
    for (uint32_t tick = 0; tick < 720; tick++) {
        for (uint16_t slot = (uint16_t)(tick % 10); slot < world->capacity; slot = (uint16_t)(slot + 10)) {
            match->inputs[slot].buttons = (uint16_t)random_below(&random, INPUT_BUTTONS + 1);
            match->inputs[slot].aim = (uint16_t)random_u32(&random);
        }
        world_step(world, match->inputs);
        assert_int_equal(world->events.dropped, 0);
    }
    assert_int_equal(world->phase, WORLD_PLAY);
    assert_int_equal(world->shots_dropped, 0);
    for (uint16_t slot = 0; slot < world->capacity; slot++) {
        assert_true(walls_circle_is_free(&world->walls, world->players[slot].actor.position, RULES_PLAYER_RADIUS));
    }
    bot_match_destroy(match);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_maps_are_valid_and_connected),
        cmocka_unit_test(test_the_largest_map_fits_the_rules),
        cmocka_unit_test(test_massive_is_connected_and_has_all),
        cmocka_unit_test(test_same_seed_gives_the_same_map_and_another_seed_another),
        cmocka_unit_test(test_thousands_play_on_massive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
