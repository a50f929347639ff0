/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libcommon/base/random.h"
#include "libcommon/game/snapshot/range.h"

enum { INTERVALS_MAX = 3000, BYTES_MAX = 2 * INTERVALS_MAX + 8 };

/* Any interval at all, from nearly nothing to nearly everything. */
static struct range_interval make_interval(struct random *random)
{
    uint32_t width = 1 + random_below(random, 65535);
    width = (random_u32(random) & 1 ? width >> random_below(random, 16) : 65535u - (width >> random_below(random, 16)));
    width = width == 0 ? 1 : width;
    return (struct range_interval){(uint16_t)random_below(random, 65537 - width), (uint16_t)width};
}

/* Flags that mostly go as their model say, and intervals. */
static uint32_t make_intervals(struct random *random, struct range_interval *intervals)
{
    uint32_t count = random_below(random, INTERVALS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t probability = 1 + random_below(random, 65535);
        intervals[i] = i % 3 == 0 ? make_interval(random)
                                  : range_interval_of(probability, random_below(random, 65536) < probability);
    }
    return count;
}

static size_t write_all(const struct range_interval *intervals, uint32_t count, uint8_t *bytes)
{
    struct range_writer writer;
    size_t size = 0;
    range_writer_init(&writer, bytes, BYTES_MAX);
    range_write(&writer, intervals, count / 2); /* in two calls: it is one stream */
    range_write(&writer, intervals + count / 2, count - count / 2);
    assert_int_equal(range_writer_finish(&writer, &size), STATUS_OK);
    return size;
}

/* As a flag where it can be one. */
static bool read_one(struct range_reader *reader, struct range_interval interval)
{
    if (interval.cumulative == 0) {
        return range_read(reader, interval.frequency);
    }
    if (interval.cumulative + interval.frequency == 65536) {
        return !range_read(reader, interval.cumulative);
    }
    uint32_t place = range_peek(reader);
    range_take(reader, interval.cumulative, interval.frequency);
    return place >= interval.cumulative && place - interval.cumulative < interval.frequency;
}

/* Whether those bytes are read as the intervals, and nothing is wrong with their end. */
static bool is_read_as(const struct range_interval *intervals, uint32_t count, const uint8_t *bytes, size_t size,
                       bool *out_is_same)
{
    struct range_reader reader;
    range_reader_init(&reader, bytes, size);
    *out_is_same = true;
    for (uint32_t i = 0; i < count; i++) {
        *out_is_same = read_one(&reader, intervals[i]) && *out_is_same;
    }
    return range_reader_finish(&reader) == STATUS_OK && *out_is_same;
}

static void test_intervals_come_back(void **state)
{
    (void)state;
    static struct range_interval intervals[INTERVALS_MAX];
    static uint8_t bytes[BYTES_MAX];
    struct random random;
    random_init(&random, 1, 1);
    for (int round = 0; round < 400; round++) {
        uint32_t count = make_intervals(&random, intervals);
        size_t size = write_all(intervals, count, bytes);
        bool is_same;
        assert_true(is_read_as(intervals, count, bytes, size, &is_same));
    }
}

static void test_what_is_likely_takes_little_room(void **state)
{
    (void)state;
    static struct range_interval intervals[INTERVALS_MAX];
    static uint8_t bytes[BYTES_MAX];
    for (uint32_t i = 0; i < INTERVALS_MAX; i++) {
        intervals[i] = range_interval_of(65408, true); /* 0.0028 bits */
    }
    assert_in_range(write_all(intervals, INTERVALS_MAX, bytes), 0, 2);
    for (uint32_t i = 0; i < INTERVALS_MAX; i++) {
        intervals[i] = range_interval_of(32768, i & 1);
    }
    assert_in_range(write_all(intervals, INTERVALS_MAX, bytes), INTERVALS_MAX / 8 - 1, INTERVALS_MAX / 8 + 1);
    assert_int_equal(write_all(intervals, 0, bytes), 0);
}

/* Any other last byte, one byte less, or one or two more, is refused even where the intervals are the same. */
static void test_a_list_of_intervals_has_exactly_one_encoding(void **state)
{
    (void)state;
    static struct range_interval intervals[INTERVALS_MAX];
    static uint8_t bytes[BYTES_MAX + 2];
    struct random random;
    random_init(&random, 2, 1);
    uint32_t would_do = 0; /* other bytes that say the same */
    for (int round = 0; round < 100; round++) {
        uint32_t count = make_intervals(&random, intervals);
        size_t size = write_all(intervals, count, bytes);
        bool is_same;
        if (size == 0) {
            continue;
        }
        uint8_t last = bytes[size - 1];
        for (uint32_t other = 0; other < 256; other++) {
            bytes[size - 1] = (uint8_t)other;
            assert_int_equal(is_read_as(intervals, count, bytes, size, &is_same), other == last);
            would_do += is_same && other != last;
        }
        bytes[size - 1] = last;
        assert_false(is_read_as(intervals, count, bytes, size - 1, &is_same));
        memset(bytes + size, round % 2 ? 0 : 0x80, 2);
        assert_false(is_read_as(intervals, count, bytes, size + 1, &is_same));
        assert_false(is_read_as(intervals, count, bytes, size + 2, &is_same));
    }
    assert_true(would_do > 100);
}

static void test_reading_far_beyond_the_end_is_truncated(void **state)
{
    (void)state;
    static const uint8_t bytes[3] = {0x12, 0x34, 0x56};
    struct range_reader reader;
    range_reader_init(&reader, bytes, sizeof bytes);
    for (int i = 0; i < 24; i++) {
        (void)range_read(&reader, 32768);
    }
    assert_int_equal(reader.status, STATUS_OK);
    for (int i = 0; i < 80; i++) {
        (void)range_read(&reader, 32768);
    }
    range_reader_fail(&reader, STATUS_TOO_LARGE); /* the first error stays */
    assert_int_equal(range_reader_finish(&reader), STATUS_TRUNCATED);
}

static void test_writer_reports_full(void **state)
{
    (void)state;
    static struct range_interval intervals[INTERVALS_MAX];
    static uint8_t bytes[BYTES_MAX], small[BYTES_MAX];
    struct random random;
    random_init(&random, 3, 1);
    uint32_t count = 64 + make_intervals(&random, intervals) / 2;
    size_t size = write_all(intervals, count, bytes);
    for (size_t capacity = 0; capacity <= size; capacity++) {
        struct range_writer writer;
        size_t written = 0;
        small[capacity] = 0xee;
        range_writer_init(&writer, small, capacity);
        range_write(&writer, intervals, count);
        assert_int_equal(range_writer_finish(&writer, &written), capacity < size ? STATUS_FULL : STATUS_OK);
        assert_int_equal(small[capacity], 0xee);
    }
    assert_memory_equal(small, bytes, size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intervals_come_back),
        cmocka_unit_test(test_what_is_likely_takes_little_room),
        cmocka_unit_test(test_a_list_of_intervals_has_exactly_one_encoding),
        cmocka_unit_test(test_reading_far_beyond_the_end_is_truncated),
        cmocka_unit_test(test_writer_reports_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
