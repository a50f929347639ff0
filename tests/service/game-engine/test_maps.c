/* SPDX-License-Identifier: Apache-2.0 */
/* MAP_DIR: maps of files are played, told and recorded; a wrong file is a wrong setting. */
#include "libcommon/game/map/map_text.h"
#include "libcommon/game/record/record.h"
#include "proto/spectate.pb-c.h"
#include "tests/support/durable_match.h"
#include "tests/support/engine_host.h"
#include "tests/support/shell.h"
#include "tests/support/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DUEL_TICKS 60

static struct {
    uv_loop_t loop;
    struct engine_host engine;
    struct played matchmaker, gateway;
    struct engine_answer answer;
} cast;

static struct durable_match durable;

static int set_up(void **state)
{
    static char map_dir[SUPPORT_PATH_MAX];
    const char *const settings[] = {"JOIN_WAIT_MS=0", "REPLAY_CHUNK_MS=1000", map_dir, NULL};
    (void)state;
    memset(&cast, 0, sizeof cast);
    (void)snprintf(map_dir, sizeof map_dir, "MAP_DIR=%s/docs/maps", support_env("TOP"));
    uv_loop_init(&cast.loop);
    engine_host_start(&cast.engine, settings);
    played_open(&cast.matchmaker, &cast.loop, "matchmaker");
    played_open(&cast.gateway, &cast.loop, "gateway");
    return 0;
}

static int tear_down(void **state)
{
    played_close(&cast.matchmaker);
    played_close(&cast.gateway);
    assert_int_equal(support_stop(&cast.engine.process), 0);
    turn_for(&cast.loop, 20);
    uv_loop_close(&cast.loop);
    return support_kill_all(state);
}

static void make_duel_on(const char *map)
{
    engine_ask_duel_on(&cast.matchmaker, cast.engine.mailbox, map, DUEL_TICKS, &cast.answer);
}

/* A map that says what the octagon is, and that a text read. */
static void assert_octagon(const struct map *map)
{
    assert_string_equal(map->name, "octagon");
    assert_int_equal(map->polygon_count, 13);
    assert_int_equal(map->polygons[4].corner_count, 8);
    assert_int_equal(map->power_up_count, 14);
}

static void test_the_player_that_joins_is_told_the_map(void **state)
{
    (void)state;
    make_duel_on("octagon");
    assert_int_equal(cast.answer.type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_CREATED);
    engine_ask_join(&cast.gateway, cast.engine.mailbox, "ann", 11, &cast.answer);
    Mma__Joined *joined = mma__joined__unpack(NULL, cast.answer.size, cast.answer.payload);
    assert_non_null(joined);
    assert_string_equal(joined->joined->map, "octagon");
    const char *text = joined->joined->map_text;
    size_t needed = map_text_memory_bytes(text, strlen(text));
    void *memory = malloc(needed);
    struct map map;
    uint32_t line;
    assert_int_equal(map_text_read(text, strlen(text), memory, needed, &map, &line), STATUS_OK);
    assert_octagon(&map);
    free(memory);
    mma__joined__free_unpacked(joined, NULL);
}

static void test_a_spectator_gets_the_map_in_the_records_header(void **state)
{
    Mma__Subscribe request;
    struct record_header header;
    size_t used = 0;
    (void)state;
    make_duel_on("octagon");
    mma__subscribe__init(&request);
    request.match_id = engine_match_id;
    engine_ask(&cast.gateway, cast.engine.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBE, &request.base,
               &cast.answer);
    assert_int_equal(cast.answer.type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBED);
    Mma__Subscribed *subscribed = mma__subscribed__unpack(NULL, cast.answer.size, cast.answer.payload);
    assert_int_equal(record_read_header(subscribed->header.data, subscribed->header.len, &header, &used), STATUS_OK);
    size_t size = record_map_bytes(&header);
    void *memory = malloc(size);
    assert_int_equal(record_map_read(&header, memory, size), STATUS_OK);
    assert_octagon(header.setup.map);
    free(memory);
    mma__subscribed__free_unpacked(subscribed, NULL);
}

static void test_the_replay_is_verified_and_the_recovery_log_rebuilt_without_the_folder(void **state)
{
    char command[200];
    (void)state;
    make_duel_on("octagon");
    engine_ask_join(&cast.gateway, cast.engine.mailbox, "ann", 11, &cast.answer);
    engine_ask_join(&cast.gateway, cast.engine.mailbox, "ben", 12, &cast.answer);
    assert_true(turn_until(&cast.loop, &cast.gateway.heard_count, 60, SUPPORT_WAIT_MS)); /* it runs */
    (void)snprintf(command, sizeof command, "\"$BIN/engine-recover\" %s", engine_match_id);
    (void)shell_must(command);
    (void)played_wait(&cast.matchmaker, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_OVER, 1);
    durable_match_consume(&durable, &cast.loop);
    durable_match_verify(&durable);
    assert_non_null(memmem(durable.replay, durable.size, "map octagon\n", 12));
}

static void test_built_in_maps_are_there_too_and_others_are_refused(void **state)
{
    (void)state;
    make_duel_on("nowhere");
    assert_string_equal(engine_refusal(&cast.answer), "INVALID_INPUT");
    make_duel_on("arena");
    assert_int_equal(cast.answer.type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_CREATED);
    engine_ask_join(&cast.gateway, cast.engine.mailbox, "ann", 11, &cast.answer);
    Mma__Joined *joined = mma__joined__unpack(NULL, cast.answer.size, cast.answer.payload);
    assert_string_equal(joined->joined->map, "arena");
    assert_string_equal(joined->joined->map_text, "");
    mma__joined__free_unpacked(joined, NULL);
}

/* ---- wrong files --------------------------------------------------------------------------------- */

#define CHECK                                                                                                          \
    "mkdir -p \"$TEST_DIR/maps\"; cd \"$TEST_DIR/maps\"; rm -f -- *.map; %s\n"                                         \
    "MAP_DIR=%s \"$BIN/game-engine\" --check-config"

static void check_with(const char *preparation, const char *folder, int status, const char *complaint)
{
    char command[2000];
    (void)snprintf(command, sizeof command, CHECK, preparation, folder);
    struct shell_result result = shell_run(command);
    assert_int_equal(result.status, status);
    if (strstr(result.output, complaint) == NULL) {
        fail_msg("'%s' says nothing of '%s'", result.output, complaint);
    }
}

#define GOOD "printf 'map a\\nsize 900 900\\nspawn 90 90 all\\n' >a.map; "

static void test_a_wrong_file_is_a_wrong_setting_with_its_line(void **state)
{
    (void)state;
    check_with(GOOD, "\"$PWD\"", 0, "");
    check_with(GOOD "echo nonsense >a.txt", "\"$PWD\"", 0, "");
    check_with(GOOD "printf 'map b\\nsize 900 900\\npolygon 1 2 3 4\\n' >b.map", "\"$PWD\"", 78, "b.map:3: ");
    check_with("printf 'map b\\nsize 900 900\\n' >b.map", "\"$PWD\"", 78, "b.map: no valid map");
    check_with(GOOD "cp a.map b.map", "\"$PWD\"", 78, "b.map: another map has that name");
    check_with("printf 'map duel\\nsize 900 900\\nspawn 90 90 all\\n' >b.map", "\"$PWD\"", 78, "another map has");
    check_with(GOOD "yes 'wall 400 400 440 440' | head -4000 >>a.map", "\"$PWD\"", 78, "a.map: too large for a record");
    check_with("head -c 1200000 /dev/zero >big.map", "\"$PWD\"", 78, "big.map: ");
    check_with("true", "/nonexistent", 78, "MAP_DIR: /nonexistent: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_player_that_joins_is_told_the_map, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_spectator_gets_the_map_in_the_records_header, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_replay_is_verified_and_the_recovery_log_rebuilt_without_the_folder,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_built_in_maps_are_there_too_and_others_are_refused, set_up, tear_down),
        cmocka_unit_test(test_a_wrong_file_is_a_wrong_setting_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
