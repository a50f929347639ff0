/* SPDX-License-Identifier: Apache-2.0 */
/* The replay tool, as an operator uses it. */
#include "tests/support/recorded_match.h"
#include "tests/support/shell.h"
#include "tests/support/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TICKS 240

static const uint8_t match_id[16] = {7, 8, 9};

/* Writes the match to $TEST_DIR/<name>. */
static void store(const struct recorded_match *match, const char *name)
{
    char path[SUPPORT_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", support_env("TEST_DIR"), name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(match->bytes, 1, match->size, file), match->size);
    (void)fclose(file);
}

static int make_files(void **state)
{
    struct recorded_match match;
    (void)state;
    recorded_match_make_with(&match, match_id, 42, TICKS, 100, 0);
    store(&match, "good");
    recorded_match_free(&match);
    recorded_match_make_with(&match, match_id, 42, TICKS, 75, 207);
    store(&match, "flawed");
    recorded_match_free(&match);
    return 0;
}

static struct shell_result replay(const char *arguments)
{
    char command[512];
    (void)snprintf(command, sizeof command, "cd \"$TEST_DIR\" && \"$BIN\"/replay %s", arguments);
    return shell_run(command);
}

static void test_info_says_what_was_played(void **state)
{
    (void)state;
    struct shell_result result = replay("info good");
    assert_int_equal(result.status, 0);
    assert_non_null(strstr(result.output, "match_id 070809"));
    assert_non_null(strstr(result.output, "\nticks 240\n"));
    assert_non_null(strstr(result.output, "\nkeyframes 2\n"));
}

static void test_verify_names_tick_and_field(void **state)
{
    (void)state;
    struct shell_result result = replay("verify good");
    assert_int_equal(result.status, 0);
    assert_non_null(strstr(result.output, "verified_ticks 240"));
    result = replay("verify flawed");
    assert_int_equal(result.status, 1);
    assert_non_null(strstr(result.output, "diverged_tick 207\ncompared_tick 225\nfield players[2].kills\n"));
}

static void test_dump_is_one_json_object_a_line(void **state)
{
    (void)state;
    struct shell_result result = replay("dump good | python3 -c \"import sys, json\n"
                                        "rows = [json.loads(line) for line in sys.stdin]\n"
                                        "kinds = [row['kind'] for row in rows]\n"
                                        "print(kinds[0], kinds.count('tick'), kinds.count('keyframe'), kinds[-1],\n"
                                        "      len(rows[1]['joins']), len(rows[9]['inputs']), rows[9]['tick'])\"");
    assert_string_equal(result.output, "header 240 2 end 4 4 9");
}

/* The state at a tick is the same whether it was played from the beginning or from a keyframe. */
static void test_seek_plays_from_the_keyframe_before_the_tick(void **state)
{
    (void)state;
    struct shell_result result = replay("seek 205 good | python3 -c \"import sys, json, subprocess, os\n"
                                        "state = json.load(sys.stdin)\n"
                                        "dump = subprocess.run([os.environ['BIN'] + '/replay', 'dump', 'good'],\n"
                                        "                      capture_output=True, text=True, check=True).stdout\n"
                                        "rows = [json.loads(line) for line in dump.splitlines()]\n"
                                        "hashes = {row['tick']: row['hash'] for row in rows if row['kind'] == 'tick'}\n"
                                        "print(state['from_keyframe'], state['tick'], len(state['players']),\n"
                                        "      state['state_hash'] == hashes[205])\"");
    assert_string_equal(result.output, "200 205 4 True");
    assert_non_null(strstr(replay("seek 99 good").output, "\"from_keyframe\":0,"));
    assert_non_null(strstr(replay("seek 100 good").output, "\"tick\":100,"));
    assert_non_null(strstr(replay("seek 0 good").output, "\"players\":[]"));
    result = replay("seek 241 good");
    assert_int_equal(result.status, 1);
    assert_non_null(strstr(result.output, "there is no tick 241, the last is 240"));
}

static void test_truncated_and_flipped_files_are_refused_by_each_verb_that_reads_them_whole(void **state)
{
    (void)state;
    (void)shell_must(
        "cd \"$TEST_DIR\" && size=$(stat -c %s good) && for cut in 0 1 50 97 500 1000 $((size - 1)); do\n"
        "  head -c $cut good > cut\n"
        "  for verb in info verify dump; do\n"
        "    \"$BIN\"/replay $verb cut > out 2>&1 && { echo $verb $cut; exit 1; }\n"
        "    [ $? = 1 ] || { echo $verb $cut ended oddly; exit 1; }\n"
        "  done\n"
        "  cp good flipped && printf '\\377\\377\\377' | dd of=flipped bs=1 seek=$cut conv=notrunc 2> out\n"
        "  \"$BIN\"/replay verify flipped > out 2>&1 && { echo flipped $cut; exit 1; }\n"
        "done; true");
}

static void test_wrong_usage_is_told_from_bad_files(void **state)
{
    (void)state;
    assert_int_equal(replay("").status, 2);
    assert_int_equal(replay("seek good").status, 2);
    assert_int_equal(replay("seek -1 good").status, 2);
    assert_int_equal(replay("burn good").status, 2);
    assert_int_equal(replay("info missing").status, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_info_says_what_was_played),
        cmocka_unit_test(test_verify_names_tick_and_field),
        cmocka_unit_test(test_dump_is_one_json_object_a_line),
        cmocka_unit_test(test_seek_plays_from_the_keyframe_before_the_tick),
        cmocka_unit_test(test_truncated_and_flipped_files_are_refused_by_each_verb_that_reads_them_whole),
        cmocka_unit_test(test_wrong_usage_is_told_from_bad_files),
    };
    return cmocka_run_group_tests(tests, make_files, NULL);
}
