/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/web/http_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct http_parameters parameters;

static void test_literal_path_matches_itself_only(void **state)
{
    (void)state;
    assert_true(http_path_matches("/v1/tickets", "/v1/tickets", &parameters));
    assert_false(http_path_matches("/v1/tickets", "/v1/tickets/", &parameters));
    assert_false(http_path_matches("/v1/tickets", "/v1/ticket", &parameters));
    assert_false(http_path_matches("/v1/tickets", "", &parameters));
    assert_true(http_path_matches("/", "/", &parameters));
}

static void test_parameter_is_one_segment_that_is_not_empty(void **state)
{
    (void)state;
    assert_true(http_path_matches("/v1/tickets/{id}", "/v1/tickets/a b", &parameters));
    assert_string_equal(http_parameters_find(&parameters, "id"), "a b");
    assert_null(http_parameters_find(&parameters, "i"));
    assert_null(http_parameters_find(&parameters, "idx"));
    assert_false(http_path_matches("/v1/tickets/{id}", "/v1/tickets/", &parameters));
    assert_false(http_path_matches("/v1/tickets/{id}", "/v1/tickets/a/b", &parameters));
    assert_false(http_path_matches("/v1/tickets/{id}", "/v1/tickets/a:accept", &parameters));
}

static void test_verb_after_a_parameter_is_part_of_the_pattern(void **state)
{
    (void)state;
    assert_true(http_path_matches("/v1/tickets/{id}:accept", "/v1/tickets/7:accept", &parameters));
    assert_string_equal(http_parameters_find(&parameters, "id"), "7");
    assert_false(http_path_matches("/v1/tickets/{id}:accept", "/v1/tickets/7:accepted", &parameters));
    assert_false(http_path_matches("/v1/tickets/{id}:accept", "/v1/tickets/:accept", &parameters));
    assert_false(http_path_matches("/v1/tickets/{id}:accept", "/v1/tickets/7", &parameters));
}

static void test_path_may_have_several_parameters(void **state)
{
    (void)state;
    assert_true(http_path_matches("/v1/{kind}/{id}/parts/{part}", "/v1/replays/9f/parts/3", &parameters));
    assert_int_equal(parameters.count, 3);
    assert_string_equal(http_parameters_find(&parameters, "kind"), "replays");
    assert_string_equal(http_parameters_find(&parameters, "id"), "9f");
    assert_string_equal(http_parameters_find(&parameters, "part"), "3");
}

static void test_parameter_past_its_limit_does_not_match(void **state)
{
    (void)state;
    char path[HTTP_PARAMETER_BYTES_MAX + 3] = "/";
    memset(path + 1, 'x', HTTP_PARAMETER_BYTES_MAX);
    assert_true(http_path_matches("/{id}", path, &parameters));
    assert_int_equal(strlen(http_parameters_find(&parameters, "id")), HTTP_PARAMETER_BYTES_MAX);
    path[HTTP_PARAMETER_BYTES_MAX + 1] = 'x';
    assert_false(http_path_matches("/{id}", path, &parameters));
}

static void assert_part(const char *header, uint64_t size, uint64_t first, uint64_t count)
{
    uint64_t its_first, its_count;
    assert_int_equal(http_range_parse(header, size, &its_first, &its_count), HTTP_RANGE_PART);
    assert_int_equal(its_first, first);
    assert_int_equal(its_count, count);
}

static void assert_range_kind(const char *header, uint64_t size, enum http_range_kind kind)
{
    uint64_t first, count;
    assert_int_equal(http_range_parse(header, size, &first, &count), kind);
}

static void test_range_is_cut_at_the_end(void **state)
{
    (void)state;
    assert_part("bytes=0-499", 10000, 0, 500);
    assert_part("bytes=9500-", 10000, 9500, 500);
    assert_part("bytes=-500", 10000, 9500, 500);
    assert_part("bytes=-20000", 10000, 0, 10000);
    assert_part("bytes=9999-9999", 10000, 9999, 1);
    assert_part("bytes=5-18446744073709551615", 10000, 5, 9995);
    assert_part("bytes= 0-0 ", 1, 0, 1);
}

static void test_range_past_the_end_cannot_be_satisfied(void **state)
{
    (void)state;
    assert_range_kind("bytes=10000-", 10000, HTTP_RANGE_UNSATISFIABLE);
    assert_range_kind("bytes=-0", 10000, HTTP_RANGE_UNSATISFIABLE);
    assert_range_kind("bytes=0-0", 0, HTTP_RANGE_UNSATISFIABLE);
    assert_range_kind("bytes=-5", 0, HTTP_RANGE_UNSATISFIABLE);
}

static void test_range_that_is_not_one_valid_range_means_the_whole(void **state)
{
    (void)state;
    static const char *const headers[] = {"",           "bytes",       "bytes=",       "bytes=-",
                                          "bytes=5-4",  "bytes=a-b",   "bytes=1-2,4-", "items=0-1",
                                          "bytes=1--2", "bytes=+1-+2", "bytes=0x1-2",  "bytes=99999999999999999999-"};
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        assert_range_kind(headers[i], 10000, HTTP_RANGE_WHOLE);
    }
}

static void test_etag_is_found_in_a_list(void **state)
{
    (void)state;
    assert_true(http_etag_listed("\"abc\"", "abc"));
    assert_true(http_etag_listed("W/\"abc\"", "abc"));
    assert_true(http_etag_listed(" \"x\", \"a,b\" , \"abc\"", "abc"));
    assert_true(http_etag_listed("*", "abc"));
    assert_false(http_etag_listed("", "abc"));
    assert_false(http_etag_listed("abc", "abc"));
    assert_false(http_etag_listed("\"ab\", \"abcd\"", "abc"));
    assert_false(http_etag_listed("\"abc", "abc"));
    assert_false(http_etag_listed(",,,", "abc"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_literal_path_matches_itself_only),
        cmocka_unit_test(test_parameter_is_one_segment_that_is_not_empty),
        cmocka_unit_test(test_verb_after_a_parameter_is_part_of_the_pattern),
        cmocka_unit_test(test_path_may_have_several_parameters),
        cmocka_unit_test(test_parameter_past_its_limit_does_not_match),
        cmocka_unit_test(test_range_is_cut_at_the_end),
        cmocka_unit_test(test_range_past_the_end_cannot_be_satisfied),
        cmocka_unit_test(test_range_that_is_not_one_valid_range_means_the_whole),
        cmocka_unit_test(test_etag_is_found_in_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
