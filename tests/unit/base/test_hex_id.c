/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/hex_id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_an_id_comes_back_from_its_digits(void **state)
{
    (void)state;
    const uint8_t id[HEX_ID_BYTES] = {0x00, 0x09, 0x0a, 0x0f, 0x10, 0x90, 0xa0, 0xf0,
                                      0x9a, 0xaf, 0xff, 0x7f, 0x80, 1,    2,    3};
    char text[HEX_ID_SIZE];
    hex_id_format(id, text);
    assert_string_equal(text, "00090a0f1090a0f09aafff7f80010203");
    uint8_t back[HEX_ID_BYTES] = {0};
    assert_true(hex_id_parse(text, back));
    assert_memory_equal(back, id, sizeof id);
}

static void test_other_lengths_cases_and_characters_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "0123456789abcdef0123456789abcde",
        "0123456789abcdef0123456789abcdef0",
        "0123456789abcdef0123456789abcdeF",
        "0123456789abcdef0123456789abcdeg",
        "0123456789abcdef0123456789abcde`",
        "0123456789abcdef0123456789abcde:",
        "0123456789abcdef0123456789abcde/",
        "@123456789abcdef0123456789abcdef",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t id[HEX_ID_BYTES] = {7};
        print_message("case: \"%s\"\n", bad[i]);
        assert_false(hex_id_is_valid(bad[i]));
        assert_false(hex_id_parse(bad[i], id));
        assert_int_equal(id[0], 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_id_comes_back_from_its_digits),
        cmocka_unit_test(test_other_lengths_cases_and_characters_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
