/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/encoding/text_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void assert_json(const char *value, const char *expected)
{
    char out[256];
    struct text_writer text;
    text_writer_init(&text, out, sizeof out);
    text_writer_json(&text, value);
    assert_int_equal(text.length, strlen(expected));
    assert_memory_equal(out, expected, text.length);
}

static void test_json_escapes_what_json_must(void **state)
{
    (void)state;
    assert_json(NULL, "null");
    assert_json("", "\"\"");
    assert_json("a\"b\\c/", "\"a\\\"b\\\\c/\"");
    assert_json("\n\r\t\x01\x1f\x7f", "\"\\n\\r\\t\\u0001\\u001f\\u007f\"");
}

static void test_json_keeps_utf8_and_replaces_what_is_none(void **state)
{
    (void)state;
    assert_json("\u00e4\u20ac\U0001f600", "\"\u00e4\u20ac\U0001f600\"");
    assert_json("a\xff"
                "b",
                "\"a\ufffdb\"");
    assert_json("\xc0\xaf", "\"\ufffd\ufffd\"");                     /* overlong */
    assert_json("\xed\xa0\x80", "\"\ufffd\ufffd\ufffd\"");           /* surrogate */
    assert_json("\xf4\x90\x80\x80", "\"\ufffd\ufffd\ufffd\ufffd\""); /* past U+10FFFF */
    assert_json("\xe2\x82", "\"\ufffd\ufffd\"");                     /* cut off at the end */
    assert_json("\xe2\x82z", "\"\ufffd\ufffdz\"");
}

static void test_text_counts_what_it_needs_and_writes_whole_pieces_only(void **state)
{
    (void)state;
    char out[5] = "....";
    struct text_writer text;
    text_writer_init(&text, out, 4);
    text_writer_put(&text, "ab");
    struct text_writer mark = text;
    text_writer_put(&text, "cde");
    assert_true(text.full);
    text_writer_put(&text, "f"); /* would have room, but what comes after a gap must not be there */
    assert_int_equal(text.length, 2);
    assert_int_equal(text.needed, 6);
    text = mark;
    text_writer_format(&text, "%d", 42);
    assert_false(text.full);
    assert_string_equal(out, "ab42");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_escapes_what_json_must),
        cmocka_unit_test(test_json_keeps_utf8_and_replaces_what_is_none),
        cmocka_unit_test(test_text_counts_what_it_needs_and_writes_whole_pieces_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
