/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libcommon/base/bits.h"
#include "libcommon/base/random.h"

enum { VALUES = 2000 };

static void test_random_fields_come_back_as_written(void **state)
{
    (void)state;
    static uint8_t bytes[VALUES * 16];
    struct random random;
    random_init(&random, 3, 1);
    struct random again = random;
    struct bit_writer writer;
    bit_writer_init(&writer, bytes, sizeof bytes);
    for (int i = 0; i < VALUES; i++) {
        uint32_t count = random_below(&random, 33);
        uint32_t value = random_u32(&random);
        bit_writer_put(&writer, value, count);
        bit_writer_golomb(&writer, value >> (count & 31), count % 25);
        bit_writer_golomb_signed(&writer, (int32_t)value, count % 25);
    }
    size_t size = 0;
    assert_int_equal(bit_writer_finish(&writer, &size), STATUS_OK);

    struct bit_reader reader;
    bit_reader_init(&reader, bytes, size);
    for (int i = 0; i < VALUES; i++) {
        uint32_t count = random_below(&again, 33);
        uint32_t value = random_u32(&again);
        uint32_t mask = count == 32 ? UINT32_MAX : (1u << count) - 1;
        assert_int_equal(bit_reader_get(&reader, count), value & mask);
        assert_int_equal(bit_reader_golomb(&reader, count % 25), value >> (count & 31));
        assert_int_equal(bit_reader_golomb_signed(&reader, count % 25), (int32_t)value);
    }
    assert_int_equal(bit_reader_finish(&reader), STATUS_OK);
}

static void test_golomb_bits_are_those_of_the_document(void **state)
{
    (void)state;
    /* Order 0: 0 -> "0", 1 -> "1 0 0", 2 -> "1 0 1", 3 -> "11 0 00" (first bit first). */
    uint8_t byte = 0;
    struct bit_writer writer;
    bit_writer_init(&writer, &byte, 1);
    bit_writer_golomb(&writer, 0, 0);
    bit_writer_golomb(&writer, 1, 0);
    bit_writer_golomb(&writer, 2, 0);
    assert_int_equal(bit_writer_bits(&writer), 7);
    size_t size = 0;
    assert_int_equal(bit_writer_finish(&writer, &size), STATUS_OK);
    assert_int_equal(byte, 0x52); /* bits 0 | 1 0 0 | 1 0 1 | padding 0, least significant first */
}

static void test_extremes_of_golomb_come_back(void **state)
{
    (void)state;
    static const uint32_t values[] = {0, 1, UINT32_MAX, UINT32_MAX - 1, 0x80000000u};
    for (uint32_t order = 0; order <= 24; order++) {
        uint8_t bytes[64];
        struct bit_writer writer;
        bit_writer_init(&writer, bytes, sizeof bytes);
        for (size_t i = 0; i < 5; i++) {
            bit_writer_golomb(&writer, values[i], order);
        }
        size_t size = 0;
        assert_int_equal(bit_writer_finish(&writer, &size), STATUS_OK);
        struct bit_reader reader;
        bit_reader_init(&reader, bytes, size);
        for (size_t i = 0; i < 5; i++) {
            assert_int_equal(bit_reader_golomb(&reader, order), values[i]);
        }
        assert_int_equal(bit_reader_finish(&reader), STATUS_OK);
    }
}

static void test_writer_reports_full(void **state)
{
    (void)state;
    uint8_t bytes[2] = {0};
    struct bit_writer writer;
    bit_writer_init(&writer, bytes, 1);
    bit_writer_put(&writer, 0x1ff, 9);
    bit_writer_put(&writer, UINT32_MAX, 32);
    size_t size = 5;
    assert_int_equal(bit_writer_finish(&writer, &size), STATUS_FULL);
    assert_int_equal(size, 5);
    assert_int_equal(bytes[1], 0);
}

static void test_reader_refuses_truncation_padding_and_rest(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x01, 0x80};
    struct bit_reader reader;
    bit_reader_init(&reader, bytes, 1);
    assert_int_equal(bit_reader_get(&reader, 9), 0);
    assert_int_equal(bit_reader_finish(&reader), STATUS_TRUNCATED);

    bit_reader_init(&reader, bytes, 2);
    assert_int_equal(bit_reader_get(&reader, 9), 1);
    assert_int_equal(bit_reader_finish(&reader), STATUS_INVALID); /* the padding holds a one */

    bit_reader_init(&reader, bytes, 2);
    assert_int_equal(bit_reader_get(&reader, 8), 1);
    assert_int_equal(bit_reader_finish(&reader), STATUS_INVALID); /* a byte is left over */
}

static void test_reader_refuses_endless_golomb(void **state)
{
    (void)state;
    uint8_t bytes[16];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = 0xff;
    }
    struct bit_reader reader;
    bit_reader_init(&reader, bytes, sizeof bytes);
    assert_int_equal(bit_reader_golomb(&reader, 0), 0);
    assert_int_equal(reader.status, STATUS_INVALID);
}

static void test_reader_refuses_golomb_past_32_bits(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0xff, 0x7f, 0xff, 0xff, 0xff, 0x80}; /* eight ones, a zero, 32 bits: 2^33 - 1 - 2^24 */
    struct bit_reader reader;
    bit_reader_init(&reader, bytes, sizeof bytes);
    assert_int_equal(bit_reader_golomb(&reader, 24), 0);
    assert_int_equal(reader.status, STATUS_INVALID);
    assert_int_equal(bit_reader_finish(&reader), STATUS_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_fields_come_back_as_written),
        cmocka_unit_test(test_golomb_bits_are_those_of_the_document),
        cmocka_unit_test(test_extremes_of_golomb_come_back),
        cmocka_unit_test(test_writer_reports_full),
        cmocka_unit_test(test_reader_refuses_truncation_padding_and_rest),
        cmocka_unit_test(test_reader_refuses_endless_golomb),
        cmocka_unit_test(test_reader_refuses_golomb_past_32_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
