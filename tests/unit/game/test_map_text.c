/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libcommon/base/random.h"
#include "libcommon/game/map/map_text.h"
#include "libcommon/game/rules/rules.h"
#include "tests/support/bot_match.h"

static uint8_t text[MAP_TEXT_BYTES_MAX];

static enum status read_map(const char *bytes, size_t size, struct map *out_map, void **out_memory, uint32_t *out_line)
{
    size_t needed = map_text_memory_bytes(bytes, size);
    *out_memory = malloc(needed + 1);
    return map_text_read(bytes, size, *out_memory, needed, out_map, out_line);
}

static void test_built_in_maps_come_back_from_their_text(void **state)
{
    (void)state;
    for (uint32_t i = 0; map_at(i); i++) {
        const struct map *map = map_at(i);
        struct byte_writer writer;
        byte_writer_init(&writer, text, sizeof text);
        map_text_write(map, &writer);
        struct map read;
        void *memory;
        uint32_t line;
        assert_int_equal(read_map((char *)text, writer.size, &read, &memory, &line), STATUS_OK);
        assert_string_equal(read.name, map->name);
        assert_int_equal(read.width_q16, map->width_q16);
        assert_int_equal(read.height_q16, map->height_q16);
        assert_int_equal(read.wall_count, map->wall_count);
        assert_int_equal(read.spawn_count, map->spawn_count);
        assert_int_equal(read.power_up_count, map->power_up_count);
        assert_memory_equal(read.walls, map->walls, map->wall_count * sizeof *map->walls);
        for (uint32_t k = 0; k < map->spawn_count; k++) {
            assert_int_equal(read.spawns[k].position.x, map->spawns[k].position.x);
            assert_int_equal(read.spawns[k].team, map->spawns[k].team);
        }
        for (uint32_t k = 0; k < map->power_up_count; k++) {
            assert_int_equal(read.power_ups[k].position.y, map->power_ups[k].position.y);
            assert_int_equal(read.power_ups[k].kind, map->power_ups[k].kind);
        }
        free(memory);
    }
}

/* Of the checkout. *out_memory is the caller's to free. */
static void read_map_file(const char *path, struct map *out_map, void **out_memory)
{
    const char *top = getenv("TOP");
    char full[512];
    (void)snprintf(full, sizeof full, "%s/%s", top ? top : ".", path);
    FILE *file = fopen(full, "rb");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text, file);
    assert_int_equal(fclose(file), 0);
    uint32_t line = 0;
    enum status status = read_map((const char *)text, size, out_map, out_memory, &line);
    assert_int_equal(line, 0);
    assert_int_equal(status, STATUS_OK);
}

static void test_the_octagon_comes_back_from_its_text(void **state)
{
    (void)state;
    struct map map;
    struct map again;
    void *memory;
    void *memory_again;
    uint32_t line;
    read_map_file("docs/maps/octagon.map", &map, &memory);
    assert_string_equal(map.name, "octagon");
    assert_int_equal(map.polygon_count, 13);
    assert_int_equal(map.polygons[0].corner_count, 3);
    assert_int_equal(map.polygons[4].corner_count, 8);
    assert_int_equal(map.polygons[4].corners[1].x, Q16(1050));
    struct byte_writer writer;
    byte_writer_init(&writer, text, sizeof text);
    map_text_write(&map, &writer);
    assert_int_equal(read_map((char *)text, writer.size, &again, &memory_again, &line), STATUS_OK);
    assert_int_equal(again.wall_count, map.wall_count);
    assert_int_equal(again.polygon_count, map.polygon_count);
    assert_memory_equal(again.polygons, map.polygons, map.polygon_count * sizeof *map.polygons);
    free(memory);
    free(memory_again);
}

static void test_bots_play_on_the_octagon_and_never_enter_its_walls(void **state)
{
    (void)state;
    struct map map;
    void *memory;
    read_map_file("docs/maps/octagon.map", &map, &memory);
    struct world_setup setup = bot_match_setup("ffa", 8);
    setup.map = &map;
    struct bot_match *match = bot_match_create(&setup, 16);
    uint32_t kills = 0;
    for (int tick = 0; tick < 60 * 60; tick++) {
        bot_match_step(match);
        for (uint16_t slot = 0; slot < 16; slot++) {
            const struct actor *actor = &match->world.players[slot].actor;
            assert_true(actor->state != ACTOR_ALIVE ||
                        walls_circle_is_free(&match->world.walls, actor->position, RULES_PLAYER_RADIUS));
        }
    }
    for (uint16_t slot = 0; slot < 16; slot++) {
        kills += match->world.players[slot].kills;
    }
    assert_true(kills > 10);
    bot_match_destroy(match);
    free(memory);
}

#define HEAD "map a\nsize 2000 2000\nspawn 100 100 all\n"

static void test_wrong_lines_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t line;
    } cases[] = {
        {HEAD "wall 1 2 3\n", 4},
        {HEAD "wall 1 2 3 4 5\n", 4},
        {HEAD "wall 10 10 10 20\n", 4},
        {HEAD "wall -1 2 3 4\n", 4},
        {HEAD "wall 1 2 3 32001\n", 4},
        {HEAD "wall 1 2 3 999999999999\n", 4},
        {HEAD "\n# fine\nroof 1 2 3 4", 6},
        {HEAD "polygon", 4},
        {HEAD "polygon 500 500 600 500", 4},
        {HEAD "polygon 500 500 600 500 500", 4},
        {HEAD "polygon 500 500 600 500 500 600 x", 4},
        {HEAD "polygon 500 500 500 600 600 500", 4},         /* the other way round */
        {HEAD "polygon 500 500 550 500 600 500 500 600", 4}, /* a straight angle */
        {HEAD "polygon 500 500 600 500 530 530 500 600", 4}, /* a dent */
        {HEAD "polygon 500 500 600 600 600 500 500 600", 4}, /* it crosses itself */
        {HEAD "polygon 500 500 507 500 507 600 500 600", 4}, /* too thin */
        {HEAD "polygon 400 300 500 300 600 400 600 500 550 580 400 600 350 590 310 500 300 400", 4}, /* nine corners */
        {HEAD "polygon 500 500 600 500 500 32001", 4},
        {HEAD "spawn 1 2 3", 4},
        {HEAD "spawn 1 2", 4},
        {HEAD "power_up 500 500 magic", 4},
        {HEAD "map b", 4},
        {HEAD "size 3000 3000", 4},
        {"map A\n", 1},
        {"map aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", 1},
        {"map\n", 1},
        {HEAD "wall 90 90 110 110\n", 0}, /* in the spawn point */
        {HEAD "polygon 80 80 200 80 80 200\n", 0},
        {HEAD "polygon 1900 500 2100 500 1900 600\n", 0},
        {HEAD "wall 1900 90 2100 110\n", 0},  /* outside */
        {HEAD "power_up 10 500 health\n", 0}, /* in the edge */
        {HEAD "power_up 500 500 health\npower_up 500 500 speed\n", 0},
        {"map a\nsize 2000 2000\n", 0},
        {"size 2000 2000\nspawn 100 100 all\n", 0},
        {"map a\nspawn 100 100 all\n", 0},
        {"", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct map map;
        void *memory;
        uint32_t line = 99;
        assert_int_equal(read_map(cases[i].text, strlen(cases[i].text), &map, &memory, &line), STATUS_INVALID);
        assert_int_equal(line, cases[i].line);
        free(memory);
    }
}

static void test_limits_are_answered(void **state)
{
    (void)state;
    struct map map;
    uint32_t line;
    const char good[] = HEAD;
    size_t needed = map_text_memory_bytes(good, sizeof good - 1);
    void *memory = malloc(needed);
    assert_int_equal(map_text_read(good, sizeof good - 1, memory, needed - 1, &map, &line), STATUS_NO_MEMORY);
    assert_int_equal(map_text_read(good, sizeof good - 1, memory, needed, &map, &line), STATUS_OK);
    assert_int_equal(map_text_memory_bytes(good, MAP_TEXT_BYTES_MAX + 1), 0);
    assert_int_equal(map_text_read(good, MAP_TEXT_BYTES_MAX + 1, memory, needed, &map, &line), STATUS_TOO_LARGE);
    free(memory);
}

/* Cut or changed anywhere, a text is refused or is another valid map. */
static void test_damaged_texts_are_refused_or_valid(void **state)
{
    (void)state;
    struct byte_writer writer;
    byte_writer_init(&writer, text, sizeof text);
    map_text_write(map_find("duel"), &writer);
    struct random random;
    random_init(&random, 6, 1);
    uint32_t refused = 0;
    for (size_t i = 0; i < 4 * writer.size; i++) {
        size_t size = i < writer.size ? i : writer.size;
        char *copy = malloc(size + 1);
        memcpy(copy, text, size);
        if (i >= writer.size) {
            copy[i % size] = (char)random_u32(&random);
        }
        struct map map;
        void *memory;
        uint32_t line;
        if (read_map(copy, size, &map, &memory, &line) == STATUS_OK) {
            assert_true(map_is_valid(&map));
        } else {
            refused++;
        }
        free(memory);
        free(copy);
    }
    assert_true(refused > writer.size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_built_in_maps_come_back_from_their_text),
        cmocka_unit_test(test_the_octagon_comes_back_from_its_text),
        cmocka_unit_test(test_bots_play_on_the_octagon_and_never_enter_its_walls),
        cmocka_unit_test(test_wrong_lines_are_named),
        cmocka_unit_test(test_limits_are_answered),
        cmocka_unit_test(test_damaged_texts_are_refused_or_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
