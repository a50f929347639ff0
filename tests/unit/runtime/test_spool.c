/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/stores/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define BYTES_MAX (64u << 20)

static char folder[300];

static void empty_folder(void)
{
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    while (entries && (entry = readdir(entries)) != NULL) {
        unlinkat(dirfd(entries), entry->d_name, 0);
    }
    if (entries) {
        closedir(entries);
        rmdir(folder);
    }
}

static int set_up(void **state)
{
    (void)state;
    const char *test_dir = getenv("TEST_DIR");
    snprintf(folder, sizeof folder, "%s/test_spool.%d", test_dir ? test_dir : "/tmp", (int)getpid());
    empty_folder();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    empty_folder();
    return 0;
}

static struct spool *open_spool(void)
{
    struct spool *spool;
    assert_int_equal(spool_open(folder, BYTES_MAX, &spool), STATUS_OK);
    return spool;
}

/* Record number n: its size and bytes follow from n. */
static size_t fill(uint8_t *out, uint32_t number)
{
    size_t size = number % 50;
    memset(out, (int)number, size);
    return size;
}

static void append_many(struct spool *spool, uint32_t first, uint32_t count)
{
    uint8_t bytes[64];
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(spool_append(spool, bytes, fill(bytes, first + i)), STATUS_OK);
    }
}

/* Reads what there is; returns how many, each as appended from number first on. */
static uint32_t read_many(struct spool *spool, uint32_t first)
{
    uint8_t wanted[64];
    const uint8_t *bytes;
    size_t size;
    uint64_t sequence;
    uint32_t count = 0;
    for (; spool_next(spool, &bytes, &size, &sequence) == STATUS_OK; count++) {
        assert_int_equal(size, fill(wanted, first + count));
        assert_memory_equal(bytes, wanted, size);
    }
    return count;
}

static bool segment_path(char out[600])
{
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    bool found = false;
    while ((entry = readdir(entries)) != NULL) {
        if (entry->d_name[0] != '.') {
            snprintf(out, 600, "%s/%s", folder, entry->d_name);
            found = true;
        }
    }
    closedir(entries);
    return found;
}

static void test_records_come_in_order_and_outlive_the_process(void **state)
{
    (void)state;
    struct spool *spool = open_spool();
    append_many(spool, 1, 100);
    assert_int_equal(read_many(spool, 1), 100);
    append_many(spool, 101, 10);
    assert_int_equal(read_many(spool, 101), 10);
    spool_close(spool);
    spool = open_spool();
    assert_int_equal(spool_count(spool), 110);
    assert_int_equal(read_many(spool, 1), 110);
    append_many(spool, 111, 5);
    assert_int_equal(read_many(spool, 111), 5);
    spool_close(spool);
}

static void test_release_of_all_leaves_nothing_on_disk(void **state)
{
    (void)state;
    struct spool *spool = open_spool();
    for (uint32_t round = 0; round < 3; round++) {
        append_many(spool, 1, 20);
        assert_int_equal(read_many(spool, 1), 20);
        spool_release(spool, round * 20 + 20);
        assert_int_equal(spool_bytes(spool), 0);
        assert_int_equal(spool_count(spool), 0);
    }
    spool_close(spool);
    spool = open_spool();
    assert_int_equal(spool_count(spool), 0);
    append_many(spool, 1, 3);
    assert_int_equal(read_many(spool, 1), 3);
    spool_close(spool);
}

static void test_released_segments_are_removed(void **state)
{
    (void)state;
    struct spool *spool = open_spool();
    uint8_t *bytes = calloc(1, 1u << 20);
    for (uint32_t i = 0; i < 10; i++) { /* three to a segment */
        assert_int_equal(spool_append(spool, bytes, 1u << 20), STATUS_OK);
    }
    free(bytes);
    const uint8_t *read;
    size_t size;
    uint64_t sequence = 0;
    while (spool_next(spool, &read, &size, &sequence) == STATUS_OK) {
        assert_int_equal(size, 1u << 20);
    }
    assert_int_equal(sequence, 10);
    spool_release(spool, 7);
    assert_int_equal(spool_count(spool), 3);
    assert_true(spool_bytes(spool) < 5u << 20);
    spool_close(spool);
    spool = open_spool();
    assert_int_equal(spool_count(spool), 4); /* 7 .. 10: a half-released segment comes again */
    spool_close(spool);
}

static void test_torn_tail_is_cut_at_every_byte(void **state)
{
    (void)state;
    struct spool *spool = open_spool();
    append_many(spool, 1, 8);
    uint64_t whole = spool_bytes(spool);
    spool_close(spool);
    char path[600];
    assert_true(segment_path(path));
    for (uint64_t size = whole; size-- > 0;) {
        assert_int_equal(truncate(path, (off_t)size), 0);
        spool = open_spool();
        uint64_t count = 0, fits = 0;
        for (; count < 8 && fits + 8 + (count + 1) % 50 <= size; count++) {
            fits += 8 + (count + 1) % 50;
        }
        assert_int_equal(spool_count(spool), count);
        assert_int_equal(spool_bytes(spool), fits);
        assert_int_equal(read_many(spool, 1), count);
        append_many(spool, (uint32_t)count + 1, 8 - (uint32_t)count); /* and goes on behind the cut */
        assert_int_equal(read_many(spool, (uint32_t)count + 1), 8 - count);
        spool_close(spool);
        assert_true(segment_path(path));
    }
}

static void test_flipped_bit_ends_the_segment_there(void **state)
{
    (void)state;
    uint8_t bytes[16] = "fifteen letters";
    for (uint64_t offset = 0; offset < 3ul * 24; offset++) {
        empty_folder();
        struct spool *spool = open_spool();
        for (uint32_t i = 0; i < 3; i++) {
            assert_int_equal(spool_append(spool, bytes, sizeof bytes), STATUS_OK);
        }
        spool_close(spool);
        char path[600];
        assert_true(segment_path(path));
        int file = open(path, O_RDWR);
        uint8_t byte;
        assert_int_equal(pread(file, &byte, 1, (off_t)offset), 1);
        byte ^= (uint8_t)(1u << offset % 8);
        assert_int_equal(pwrite(file, &byte, 1, (off_t)offset), 1);
        close(file);
        spool = open_spool();
        assert_int_equal(spool_count(spool), offset / 24);
        spool_close(spool);
    }
}

static void test_full_and_too_large_are_refused(void **state)
{
    (void)state;
    struct spool *spool;
    uint8_t *bytes = calloc(1, SPOOL_RECORD_BYTES_MAX + 1);
    assert_int_equal(spool_open(folder, 100, &spool), STATUS_OK);
    assert_int_equal(spool_append(spool, bytes, SPOOL_RECORD_BYTES_MAX + 1), STATUS_TOO_LARGE);
    assert_int_equal(spool_append(spool, bytes, 93), STATUS_FULL);
    assert_int_equal(spool_append(spool, bytes, 92), STATUS_OK);
    assert_int_equal(spool_append(spool, bytes, 0), STATUS_FULL);
    free(bytes);
    spool_close(spool);
}

static void test_second_opening_of_a_folder_is_refused(void **state)
{
    (void)state;
    struct spool *spool = open_spool(), *second;
    assert_int_equal(spool_open(folder, BYTES_MAX, &second), STATUS_EXISTS);
    spool_close(spool);
    assert_int_equal(spool_open("/nowhere/at/all", BYTES_MAX, &second), STATUS_IO);
}

static void test_foreign_files_in_the_folder_are_left_alone(void **state)
{
    (void)state;
    char path[600];
    struct spool *spool = open_spool();
    append_many(spool, 1, 2);
    spool_close(spool);
    snprintf(path, sizeof path, "%s/README", folder);
    int file = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(file >= 0);
    close(file);
    spool = open_spool();
    assert_int_equal(read_many(spool, 1), 2);
    spool_close(spool);
    assert_int_equal(access(path, F_OK), 0);
}

/* Size, CRC-32 (ISO-HDLC) of size and bytes, bytes: a process of the next version reads what this one left. */
static void test_file_format_is_that_of_earlier_versions(void **state)
{
    (void)state;
    static const char file_bytes[] = "\x09\x00\x00\x00\xe2\x61\x1c\xa5"
                                     "123456789";
    char path[600];
    assert_int_equal(mkdir(folder, 0700), 0);
    snprintf(path, sizeof path, "%s/0000000000000007.spool", folder);
    int file = open(path, O_CREAT | O_WRONLY, 0600);
    assert_int_equal(write(file, file_bytes, sizeof file_bytes - 1), sizeof file_bytes - 1);
    close(file);
    struct spool *spool = open_spool();
    const uint8_t *bytes;
    size_t size;
    uint64_t sequence;
    assert_int_equal(spool_next(spool, &bytes, &size, &sequence), STATUS_OK);
    assert_int_equal(size, 9);
    assert_memory_equal(bytes, "123456789", 9);
    spool_close(spool);
}

static void test_segment_that_becomes_unreadable_is_passed_over(void **state)
{
    (void)state;
    struct spool *spool = open_spool();
    uint8_t *record = calloc(1, 1u << 20);
    char path[600];
    for (uint32_t i = 0; i < 7; i++) { /* three to a segment */
        record[0] = (uint8_t)i;
        assert_int_equal(spool_append(spool, record, 1u << 20), STATUS_OK);
        if (i == 0) {
            assert_true(segment_path(path)); /* the first segment's */
        }
    }
    free(record);
    int file = open(path, O_RDWR);
    assert_int_equal(pwrite(file, "\xff", 1, (1 << 20) + 8 + 8 + 5), 1); /* inside its second record */
    close(file);
    const uint8_t *bytes;
    size_t size;
    uint64_t sequence;
    static const uint8_t readable[] = {0, 3, 4, 5, 6};
    for (size_t i = 0; i < sizeof readable; i++) {
        assert_int_equal(spool_next(spool, &bytes, &size, &sequence), STATUS_OK);
        assert_int_equal(bytes[0], readable[i]);
        assert_int_equal(sequence, readable[i] + 1);
    }
    assert_int_equal(spool_next(spool, &bytes, &size, &sequence), STATUS_EMPTY);
    spool_close(spool);
}

#define SPOOL_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SPOOL_TEST(test_records_come_in_order_and_outlive_the_process),
        SPOOL_TEST(test_release_of_all_leaves_nothing_on_disk),
        SPOOL_TEST(test_released_segments_are_removed),
        SPOOL_TEST(test_torn_tail_is_cut_at_every_byte),
        SPOOL_TEST(test_flipped_bit_ends_the_segment_there),
        SPOOL_TEST(test_full_and_too_large_are_refused),
        SPOOL_TEST(test_second_opening_of_a_folder_is_refused),
        SPOOL_TEST(test_foreign_files_in_the_folder_are_left_alone),
        SPOOL_TEST(test_file_format_is_that_of_earlier_versions),
        SPOOL_TEST(test_segment_that_becomes_unreadable_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
