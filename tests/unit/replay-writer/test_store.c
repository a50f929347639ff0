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

/* ---- a disk that says what it is asked, and fails on demand --------------------------------------- */

static struct {
    struct store_disk disk; /* the real one */
    char trace[512];
    uint32_t calls, failing; /* the failing-th call does nothing; 0: none */
} watched;

static bool fails(const char *call)
{
    size_t used = strlen(watched.trace);
    (void)snprintf(watched.trace + used, sizeof watched.trace - used, "%s ", call);
    return ++watched.calls == watched.failing;
}

static enum status watched_make_folder(void *owner, const char *path)
{
    return fails("folder") ? STATUS_IO : watched.disk.make_folder(owner, path);
}

static enum status watched_create(void *owner, const char *path)
{
    return fails("create") ? STATUS_IO : watched.disk.create(owner, path);
}

static enum status watched_append(void *owner, const char *path, const void *bytes, size_t size)
{
    return fails("append") ? STATUS_IO : watched.disk.append(owner, path, bytes, size);
}

static enum status watched_sync(void *owner, const char *path)
{
    return fails("sync") ? STATUS_IO : watched.disk.sync(owner, path);
}

static enum status watched_rename(void *owner, const char *from, const char *to)
{
    return fails("rename") ? STATUS_IO : watched.disk.rename(owner, from, to);
}

static enum status watched_sync_folder(void *owner, const char *folder)
{
    char call[64];
    (void)snprintf(call, sizeof call, "sync_folder(%.5s)", folder);
    return fails(call) ? STATUS_IO : watched.disk.sync_folder(owner, folder);
}

static enum status watched_map(void *owner, const char *path, struct store_mapping *out_mapping)
{
    return fails("map") ? STATUS_IO : watched.disk.map(owner, path, out_mapping);
}

static struct store watch_disk(const char *folder, uint32_t failing)
{
    memset(&watched, 0, sizeof watched);
    watched.disk = store_posix_disk(folder);
    watched.failing = failing;
    struct store store = {.disk = watched.disk, .writer = 2};
    store.disk.make_folder = watched_make_folder;
    store.disk.create = watched_create;
    store.disk.append = watched_append;
    store.disk.sync = watched_sync;
    store.disk.rename = watched_rename;
    store.disk.sync_folder = watched_sync_folder;
    store.disk.map = watched_map;
    return store;
}

static Mma__ReplayChunk only_chunk(void)
{
    static char match_id[] = MATCH;
    static uint8_t bytes[] = "only";
    Mma__ReplayChunk chunk;
    mma__replay_chunk__init(&chunk);
    chunk.match_id = match_id;
    chunk.is_last = true;
    chunk.records = (ProtobufCBinaryData){.data = bytes, .len = 4};
    return chunk;
}

static void test_store_makes_durable_before_it_renames_and_before_it_says_ok(void **state)
{
    const Mma__ReplayChunk chunk = only_chunk();
    struct store store = watch_disk(*state, 0);
    struct store_replay replay;
    assert_int_equal(store_take_chunk(&store, &chunk, &replay), STATUS_OK);
    assert_string_equal(watched.trace, "folder sync_folder() folder sync_folder(parts) create append sync rename "
                                       "sync_folder(parts) folder sync_folder() create map append sync rename "
                                       "sync_folder(00) map ");
    /* Who renamed it may have died before the folder was synced. */
    store = watch_disk(*state, 0);
    assert_int_equal(store_take_chunk(&store, &chunk, &replay), STATUS_OK);
    assert_string_equal(watched.trace, "sync_folder(00) map ");
}

static void test_store_heals_by_a_repeat_whichever_call_failed(void **state)
{
    const Mma__ReplayChunk chunk = only_chunk();
    uint32_t failing = 0;
    bool has_failed = true;
    while (has_failed) {
        struct store_replay replay;
        struct store store = watch_disk(*state, ++failing);
        enum status status = store_take_chunk(&store, &chunk, &replay);
        has_failed = watched.calls >= failing;
        assert_int_equal(status, has_failed ? STATUS_IO : STATUS_OK);
        store = watch_disk(*state, 0);
        assert_int_equal(store_take_chunk(&store, &chunk, &replay), STATUS_OK);
        assert_int_equal(replay.chunks, 1);
        assert_replay_reads(*state, "only");
        store_forget_parts(&store, MATCH);
        store.disk.remove(store.disk.owner, replay.path);
    }
    assert_int_equal(failing, 19); /* 18 calls, as above */
}

static void test_store_keeps_unfinished_files_of_two_writers_apart(void **state)
{
    struct store store = watch_disk(*state, 0);
    const struct store other = store_of(*state);
    const Mma__ReplayChunk chunk = only_chunk();
    struct store_replay replay;
    watched.failing = 7; /* sync: its file lies unfinished */
    assert_int_equal(store_chunk(&store, &chunk), STATUS_IO);
    assert_int_equal(store_chunk(&other, &chunk), STATUS_OK);
    assert_true(other.disk.exists(other.disk.owner, "parts/" MATCH "/.0000000000000002.tmp"));
    assert_false(other.disk.exists(other.disk.owner, "parts/" MATCH "/.0000000000000001.tmp"));
    assert_int_equal(store_assemble(&other, MATCH, &replay), STATUS_OK);
    store_forget_parts(&other, MATCH);
    assert_false(other.disk.exists(other.disk.owner, "parts/" MATCH));
}

static void test_store_never_takes_an_empty_replay(void **state)
{
    struct store_replay replay;
    assert_int_equal(put(*state, 0, true, ""), STATUS_OK);
    assert_int_equal(assemble(*state, MATCH, &replay), STATUS_TOO_LARGE);
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
        TEST(test_store_makes_durable_before_it_renames_and_before_it_says_ok),
        TEST(test_store_heals_by_a_repeat_whichever_call_failed),
        TEST(test_store_keeps_unfinished_files_of_two_writers_apart),
        TEST(test_store_never_takes_an_empty_replay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
