/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/rules/chat_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static enum status check(const char *text)
{
    return chat_text_check((const uint8_t *)text, strlen(text));
}

static enum status check_repeated(const char *piece, unsigned times)
{
    static uint8_t text[CHAT_TEXT_BYTES_MAX + 64];
    size_t size = strlen(piece);
    assert_true(times * size <= sizeof text);
    for (size_t i = 0; i < times * size; i++) {
        text[i] = (uint8_t)piece[i % size];
    }
    return chat_text_check(text, times * size);
}

static void test_text_of_any_language_is_good(void **state)
{
    (void)state;
    static const char *const good[] = {"gg",    " ",    "<b>&amp;\"'\\", "naïve – café", "прикрой",         "שלום",
                                       "مرحبا", "你好", "😀👍🏽",  "\xc2\xa0",     "\xf4\x8f\xbf\xbf"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(check(good[i]), STATUS_OK);
    }
}

static void test_length_counts_code_points_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(check(""), STATUS_EMPTY);
    static const char *const pieces[] = {"a", "ä", "€", "😀"};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        assert_int_equal(check_repeated(pieces[i], CHAT_TEXT_CODE_POINTS_MAX), STATUS_OK);
        assert_int_equal(check_repeated(pieces[i], CHAT_TEXT_CODE_POINTS_MAX + 1), STATUS_TOO_LARGE);
    }
}

static void test_controls_and_line_breaks_are_refused(void **state)
{
    (void)state;
    for (unsigned control = 0; control < 0x20; control++) {
        const uint8_t text[] = {'a', (uint8_t)control, 'b'};
        assert_int_equal(chat_text_check(text, sizeof text), STATUS_INVALID);
    }
    static const char *const bad[] = {"\x7f", "\xc2\x80", "\xc2\x85", "\xc2\x9f", "\xe2\x80\xa8", "\xe2\x80\xa9"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(check(bad[i]), STATUS_INVALID);
    }
}

/* A text of one code point from U+0800 to U+FFFF. */
static enum status check_one(uint32_t code_point)
{
    const uint8_t text[] = {(uint8_t)(0xe0 | code_point >> 12), (uint8_t)(0x80 | (code_point >> 6 & 0x3f)),
                            (uint8_t)(0x80 | (code_point & 0x3f))};
    return chat_text_check(text, sizeof text);
}

static void test_what_reorders_the_text_around_it_is_refused(void **state)
{
    (void)state;
    for (uint32_t code_point = 0x2000; code_point < 0x2100; code_point++) {
        bool breaks = code_point == 0x2028 || code_point == 0x2029;
        bool embeds = code_point >= 0x202a && code_point <= 0x202e;
        bool isolates = code_point >= 0x2066 && code_point <= 0x2069;
        assert_int_equal(check_one(code_point), breaks || embeds || isolates ? STATUS_INVALID : STATUS_OK);
    }
}

static void test_what_is_not_utf8_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "gg\xe2\x82"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(check(bad[i]), STATUS_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_of_any_language_is_good),
        cmocka_unit_test(test_length_counts_code_points_not_bytes),
        cmocka_unit_test(test_controls_and_line_breaks_are_refused),
        cmocka_unit_test(test_what_reorders_the_text_around_it_is_refused),
        cmocka_unit_test(test_what_is_not_utf8_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
