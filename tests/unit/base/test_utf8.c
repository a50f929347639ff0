/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The plain way, without the range checks that keep overlong forms out. */
static size_t encode(uint32_t code_point, uint8_t out[4])
{
    size_t length = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (code_point & 0x3f));
        code_point >>= 6;
    }
    out[0] = (uint8_t)(leads[length] | code_point);
    return length;
}

static void test_every_code_point_is_read_back_and_surrogates_are_not(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point < 0x120000; code_point++) {
        uint8_t bytes[4];
        uint32_t read = 0;
        size_t length = encode(code_point, bytes);
        bool is_one = code_point <= 0x10ffff && !(code_point >= 0xd800 && code_point <= 0xdfff);
        assert_int_equal(utf8_next(bytes, length, &read), is_one ? length : 0);
        assert_int_equal(read, is_one ? code_point : 0);
        assert_int_equal(utf8_next(bytes, length - 1, &read), 0); /* cut off */
    }
}

static void test_what_follows_a_sequence_does_not_matter(void **state)
{
    (void)state;
    uint32_t code_point = 0;
    assert_int_equal(utf8_next((const uint8_t *)"\xe2\x82\xac\xff", 4, &code_point), 3);
    assert_int_equal(code_point, 0x20ac);
}

/* Of all pairs of bytes only ASCII and the two-byte forms from U+0080 on are sequences. */
static void test_no_other_two_bytes_are_a_sequence(void **state)
{
    (void)state;
    for (unsigned pair = 0; pair < 65536; pair++) {
        const uint8_t bytes[2] = {(uint8_t)(pair >> 8), (uint8_t)pair};
        uint32_t code_point = 0;
        bool is_two = bytes[0] >= 0xc2 && bytes[0] <= 0xdf && (bytes[1] & 0xc0) == 0x80;
        assert_int_equal(utf8_next(bytes, 2, &code_point), bytes[0] < 0x80 ? 1 : is_two ? 2 : 0);
    }
}

static void test_overlong_and_broken_forms_are_none(void **state)
{
    (void)state;
    static const char *const broken[] = {"\xc0\x80",
                                         "\xc1\xbf",
                                         "\xe0\x80\x80",
                                         "\xe0\x9f\xbf",
                                         "\xf0\x80\x80\x80",
                                         "\xf0\x8f\xbf\xbf",
                                         "\xf4\x90\x80\x80",
                                         "\xe2\x82\x41",
                                         "\xf0\x9f\x98\x41",
                                         "\xf8\x88\x80\x80",
                                         "\x80",
                                         "\xff"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        uint32_t code_point = 0;
        assert_int_equal(utf8_next((const uint8_t *)broken[i], strlen(broken[i]), &code_point), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_point_is_read_back_and_surrogates_are_not),
        cmocka_unit_test(test_what_follows_a_sequence_does_not_matter),
        cmocka_unit_test(test_no_other_two_bytes_are_a_sequence),
        cmocka_unit_test(test_overlong_and_broken_forms_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
