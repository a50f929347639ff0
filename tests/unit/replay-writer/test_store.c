/* SPDX-License-Identifier: Apache-2.0 */
#include "services/replay-writer/io/store.h"
#include "services/replay-writer/io/store_posix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MATCH "00112233445566778899aabbccddeeff"

static int make_folder(void **state)
{
    const char *base = getenv("TEST_DIR");
    char *folder = malloc(512);
    snprintf(folder, 512, "%s/store-XXXXXX", base ? base : "/tmp");
    *state = folder;
    return mkdtemp(folder) && store_posix_prepare(folder) == STATUS_OK ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[600];
    snprintf(command, sizeof command, "rm -rf '%s'", (char *)*state);
    free(*state);
    return system(command);
}

static struct store store_of(const char *folder)
{
    return (struct store){.disk = store_posix_disk(folder), .writer = 1};
}

static enum status put(const char *folder, uint32_t index, bool is_last, const char *text)
{
    static char match_id[] = MATCH;
    const struct store store = store_of(folder);
    Mma__ReplayChunk chunk;
    mma__replay_chunk__init(&chunk);
    chunk.match_id = match_id;
    chunk.index = index;
    chunk.is_last = is_last;
    chunk.records = (ProtobufCBinaryData){.data = (uint8_t *)(uintptr_t)text, .len = strlen(text)};
    return store_chunk(&store, &chunk);
}

static enum status assemble(const char *folder, const char *match_id, struct store_replay *out_replay)
{
    const struct store store = store_of(folder);
    return store_assemble(&store, match_id, out_replay);
}

static void forget_parts(const char *folder)
{
    const struct store store = store_of(folder);
    store_forget_parts(&store, MATCH);
}

static void assert_replay_reads(const char *folder, const char *expected)
{
    char text[64] = "";
    int file = store_posix_open(folder, MATCH);
    assert_true(file >= 0);
    ssize_t size = read(file, text, sizeof text - 1);
    close(file);
    assert_int_equal(size, strlen(expected));
    assert_string_equal(text, expected);
}

static void test_store_joins_parts_in_order_whatever_order_they_came_in(void **state)
{
    struct store_replay replay;
    assert_int_equal(assemble(*state, MATCH, &replay), STATUS_EMPTY);
    assert_int_equal(put(*state, 2, true, "three"), STATUS_OK);
    assert_int_equal(put(*state, 0, false, "one "), STATUS_OK);
    assert_int_equal(assemble(*state, MATCH, &replay), STATUS_EMPTY);
    assert_int_equal(store_posix_open(*state, MATCH), -1);
    assert_int_equal(put(*state, 1, false, "two "), STATUS_OK);
    assert_int_equal(assemble(*state, MATCH, &replay), STATUS_OK);
    assert_replay_reads(*state, "one two three");
    assert_int_equal(replay.chunks, 3);
    assert_int_equal(replay.size, 13);
    assert_string_equal(replay.path, "00/" MATCH ".mmar");
    /* printf 'one two three' | sha256sum */
    assert_string_equal(replay.sha256, "6899ee404683a14e8c2a03149860df25d67d34d9cd4dae7350cbe91e4b3976be");
}

static void test_store_says_that_junk_is_not_a_verified_replay(void **state)
{
    struct store_replay replay;
    assert_int_equal(put(*state, 0, true, "not a record at all"), STATUS_OK);
    assert_int_equal(assemble(*state, MATCH, &replay), STATUS_OK);
    assert_int_not_equal(replay.verified, STATUS_OK);
    assert_int_equal(replay.summary.ticks, 0);
}

static void test_store_takes_a_repeat_before_and_after_the_replay_is_whole(void **state)
{
    struct store_replay first, second;
    assert_int_equal(put(*state, 0, false, "a"), STATUS_OK);
    assert_int_equal(put(*state, 0, false, "a"), STATUS_OK);
    assert_int_equal(put(*state, 1, true, "b"), STATUS_OK);
    assert_int_equal(assemble(*state, MATCH, &first), STATUS_OK);
    forget_parts(*state);
    assert_int_equal(put(*state, 1, true, "b"), STATUS_OK);
    assert_int_equal(assemble(*state, MATCH, &second), STATUS_OK);
    assert_string_equal(first.sha256, second.sha256);
    assert_replay_reads(*state, "ab");
}

static void test_store_goes_on_after_a_crash_between_file_and_row(void **state)
{
    struct store_replay replay;
    assert_int_equal(put(*state, 0, true, "whole"), STATUS_OK);
    assert_int_equal(assemble(*state, MATCH, &replay), STATUS_OK);
    /* The parts are still there, as after a crash; the chunk comes again. */
    assert_int_equal(put(*state, 0, true, "whole"), STATUS_OK);
    assert_int_equal(assemble(*state, MATCH, &replay), STATUS_OK);
    assert_int_equal(replay.chunks, 1);
    assert_replay_reads(*state, "whole");
}

static void test_store_refuses_two_different_ends(void **state)
{
    struct store_replay replay;
    assert_int_equal(put(*state, 1, true, "b"), STATUS_OK);
    assert_int_equal(put(*state, 2, true, "c"), STATUS_OK);
    assert_int_equal(assemble(*state, MATCH, &replay), STATUS_MISMATCH);
}

static void test_store_reports_a_folder_that_is_away(void **state)
{
    (void)state;
    struct store_replay replay;
    assert_int_equal(put("/nonexistent/replays", 0, true, "x"), STATUS_IO);
    assert_int_equal(assemble("/nonexistent/replays", MATCH, &replay), STATUS_IO);
    assert_int_equal(store_posix_prepare("/nonexistent/replays"), STATUS_IO);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(test_store_joins_parts_in_order_whatever_order_they_came_in),
        TEST(test_store_says_that_junk_is_not_a_verified_replay),
        TEST(test_store_takes_a_repeat_before_and_after_the_replay_is_whole),
        TEST(test_store_goes_on_after_a_crash_between_file_and_row),
        TEST(test_store_refuses_two_different_ends),
        TEST(test_store_reports_a_folder_that_is_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
