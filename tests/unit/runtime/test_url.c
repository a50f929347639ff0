/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/encoding/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_all_parts_are_read_and_decoded(void **state)
{
    (void)state;
    struct url url;
    assert_int_equal(url_parse("amqp://us%40er:p%3Aa%2fss@rabbit.example:5673/%2Fhost", &url), STATUS_OK);
    assert_string_equal(url.scheme, "amqp");
    assert_string_equal(url.user, "us@er");
    assert_string_equal(url.password, "p:a/ss");
    assert_string_equal(url.host, "rabbit.example");
    assert_int_equal(url.port, 5673);
    assert_true(url.has_path);
    assert_string_equal(url.path, "/host");
}

static void test_missing_parts_are_empty(void **state)
{
    (void)state;
    struct url url;
    assert_int_equal(url_parse("redis://localhost", &url), STATUS_OK);
    assert_string_equal(url.user, "");
    assert_string_equal(url.password, "");
    assert_int_equal(url.port, 0);
    assert_false(url.has_path);
    assert_int_equal(url_parse("redis://:secret@localhost/", &url), STATUS_OK);
    assert_string_equal(url.user, "");
    assert_string_equal(url.password, "secret");
    assert_true(url.has_path);
    assert_string_equal(url.path, "");
}

static void test_ipv6_host_comes_without_brackets(void **state)
{
    (void)state;
    struct url url;
    assert_int_equal(url_parse("redis://u:p@[::1]:6380/3", &url), STATUS_OK);
    assert_string_equal(url.host, "::1");
    assert_int_equal(url.port, 6380);
    assert_int_equal(url_parse("redis://[fe80::1]", &url), STATUS_OK);
    assert_string_equal(url.host, "fe80::1");
}

static void test_malformed_urls_are_refused_and_leave_the_output_alone(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",         "localhost",          "://h",      "a://",       "a://:1", "a://h:",    "a://h:0",    "a://h:65536",
        "a://h:1x", "a://h:999999999999", "a://[::1",  "a://[::1]x", "a://[]", "a://h/a?b", "a://h/a#b",  "a://h/%",
        "a://h/%0", "a://h/%zz",          "a://h/%00", "a://h h",    "a://u@", "a://h\n",   "a://u:p@@:1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct url url = {.port = 77};
        assert_int_not_equal(url_parse(bad[i], &url), STATUS_OK);
        assert_int_equal(url.port, 77);
    }
}

static void test_part_that_does_not_fit_is_too_large(void **state)
{
    (void)state;
    char text[600] = "a://";
    struct url url;
    memset(text + 4, 'h', 300);
    assert_int_equal(url_parse(text, &url), STATUS_TOO_LARGE);
    text[4 + 255] = '\0';
    assert_int_equal(url_parse(text, &url), STATUS_OK);
}

static void test_every_truncation_of_a_url_is_survived(void **state)
{
    (void)state;
    const char whole[] = "amqp://us%40er:p%3Aass@[::1]:5673/%2Fho%20st";
    for (size_t size = 0; size < sizeof whole; size++) {
        char cut[sizeof whole];
        struct url url;
        memcpy(cut, whole, size);
        cut[size] = '\0';
        enum status status = url_parse(cut, &url);
        assert_true(status == STATUS_OK || status == STATUS_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_parts_are_read_and_decoded),
        cmocka_unit_test(test_missing_parts_are_empty),
        cmocka_unit_test(test_ipv6_host_comes_without_brackets),
        cmocka_unit_test(test_malformed_urls_are_refused_and_leave_the_output_alone),
        cmocka_unit_test(test_part_that_does_not_fit_is_too_large),
        cmocka_unit_test(test_every_truncation_of_a_url_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
