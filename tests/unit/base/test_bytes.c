/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libcommon/base/bytes.h"
#include "libcommon/base/random.h"

static void test_values_come_back_as_written(void **state)
{
    (void)state;
    uint8_t bytes[128];
    struct byte_writer writer;
    byte_writer_init(&writer, bytes, sizeof bytes);
    byte_writer_u8(&writer, 0xab);
    byte_writer_u16(&writer, 0x1234);
    byte_writer_u32(&writer, 0xdeadbeef);
    byte_writer_u64(&writer, 0x0123456789abcdefu);
    byte_writer_varint(&writer, UINT64_MAX);
    byte_writer_zigzag(&writer, INT64_MIN);
    byte_writer_bytes(&writer, "xyz", 3);
    size_t size = 0;
    assert_int_equal(byte_writer_finish(&writer, &size), STATUS_OK);
    assert_int_equal(bytes[1], 0x34); /* little endian */

    struct byte_reader reader;
    byte_reader_init(&reader, bytes, size);
    assert_int_equal(byte_reader_u8(&reader), 0xab);
    assert_int_equal(byte_reader_u16(&reader), 0x1234);
    assert_int_equal(byte_reader_u32(&reader), 0xdeadbeef);
    assert_true(byte_reader_u64(&reader) == 0x0123456789abcdefu);
    assert_true(byte_reader_varint(&reader) == UINT64_MAX);
    assert_true(byte_reader_zigzag(&reader) == INT64_MIN);
    assert_memory_equal(byte_reader_bytes(&reader, 3), "xyz", 3);
    assert_int_equal(byte_reader_finish(&reader), STATUS_OK);
}

static void test_varints_of_random_values_come_back(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 1, 1);
    for (int i = 0; i < 10000; i++) {
        uint64_t value = random_u64(&random) >> random_below(&random, 64);
        uint8_t bytes[24];
        struct byte_writer writer;
        byte_writer_init(&writer, bytes, sizeof bytes);
        byte_writer_varint(&writer, value);
        byte_writer_zigzag(&writer, (int64_t)(0 - value));
        struct byte_reader reader;
        byte_reader_init(&reader, bytes, writer.size);
        assert_int_equal(writer.status, STATUS_OK);
        assert_true(byte_reader_varint(&reader) == value);
        assert_true(byte_reader_zigzag(&reader) == (int64_t)(0 - value));
        assert_int_equal(byte_reader_finish(&reader), STATUS_OK);
    }
}

static void test_writer_reports_full_and_writes_nothing_more(void **state)
{
    (void)state;
    uint8_t bytes[4] = {0};
    struct byte_writer writer;
    byte_writer_init(&writer, bytes, 3);
    byte_writer_u16(&writer, 0xffff);
    byte_writer_u16(&writer, 0xffff);
    byte_writer_u8(&writer, 0xff);
    size_t size = 77;
    assert_int_equal(byte_writer_finish(&writer, &size), STATUS_FULL);
    assert_int_equal(size, 77);
    assert_int_equal(bytes[2], 0);
}

static void test_reader_keeps_its_first_error(void **state)
{
    (void)state;
    const uint8_t bytes[] = {1, 2};
    struct byte_reader reader;
    byte_reader_init(&reader, bytes, sizeof bytes);
    assert_int_equal(byte_reader_u32(&reader), 0);
    byte_reader_fail(&reader, STATUS_INVALID);
    assert_int_equal(byte_reader_u8(&reader), 0);
    assert_int_equal(byte_reader_finish(&reader), STATUS_TRUNCATED);
}

static void test_reader_refuses_left_over_bytes(void **state)
{
    (void)state;
    const uint8_t bytes[] = {1, 2};
    struct byte_reader reader;
    byte_reader_init(&reader, bytes, sizeof bytes);
    assert_int_equal(byte_reader_u8(&reader), 1);
    assert_int_equal(byte_reader_finish(&reader), STATUS_INVALID);
}

static void test_reader_refuses_long_forms_of_varints(void **state)
{
    (void)state;
    static const uint8_t forms[][11] = {{0x80, 0x00},
                                        {0xff, 0x80, 0x00},
                                        {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02},
                                        {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct byte_reader reader;
        byte_reader_init(&reader, forms[i], sizeof forms[i]);
        assert_int_equal(byte_reader_varint(&reader), 0);
        assert_int_equal(reader.status, STATUS_INVALID);
    }
}

static void test_varint_max_refuses_more(void **state)
{
    (void)state;
    const uint8_t bytes[] = {100};
    struct byte_reader reader;
    byte_reader_init(&reader, bytes, 1);
    assert_int_equal(byte_reader_varint_max(&reader, 99), 0);
    assert_int_equal(byte_reader_finish(&reader), STATUS_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_come_back_as_written),
        cmocka_unit_test(test_varints_of_random_values_come_back),
        cmocka_unit_test(test_writer_reports_full_and_writes_nothing_more),
        cmocka_unit_test(test_reader_keeps_its_first_error),
        cmocka_unit_test(test_reader_refuses_left_over_bytes),
        cmocka_unit_test(test_reader_refuses_long_forms_of_varints),
        cmocka_unit_test(test_varint_max_refuses_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
