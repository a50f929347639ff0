/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/telemetry/log.h"

#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define TIME_US UINT64_C(1769860800123456) /* 2026-01-31T12:00:00.123456Z */

static json_t *format(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
    char line[LOG_LINE_BYTES_MAX];
    size_t length = log_format(line, sizeof line, TIME_US, level, event, fields, count);
    assert_in_range(length, 1, sizeof line);
    assert_int_equal(line[length - 1], '\n');
    assert_null(memchr(line, '\n', length - 1));
    json_t *json = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    return json;
}

static const char *text_of(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static void test_line_says_when_who_and_what(void **state)
{
    (void)state;
    log_init("gateway", 3, LOG_LEVEL_INFO);
    const struct log_field fields[] = {LOG_TEXT("peer", "a\"b\xff\n"),
                                       LOG_TEXT("none", NULL),
                                       LOG_U64("u", UINT64_C(9007199254740993)),
                                       LOG_I64("i", -5),
                                       LOG_ID("match", 0xabc),
                                       LOG_REAL("share", 0.25),
                                       LOG_REAL("endless", INFINITY),
                                       LOG_BOOL("up", true),
                                       LOG_STATUS(STATUS_FULL)};
    json_t *line = format(LOG_LEVEL_WARNING, "session.opened", fields, sizeof fields / sizeof fields[0]);
    assert_string_equal(text_of(line, "time"), "2026-01-31T12:00:00.123456Z");
    assert_string_equal(text_of(line, "level"), "warning");
    assert_string_equal(text_of(line, "service"), "gateway");
    assert_string_equal(text_of(line, "event"), "session.opened");
    assert_int_equal(json_integer_value(json_object_get(line, "worker")), 3);
    assert_string_equal(text_of(line, "peer"), "a\"b\ufffd\n");
    assert_true(json_is_null(json_object_get(line, "none")));
    assert_int_equal(json_integer_value(json_object_get(line, "u")), INT64_C(9007199254740993));
    assert_int_equal(json_integer_value(json_object_get(line, "i")), -5);
    assert_string_equal(text_of(line, "match"), "0000000000000abc");
    assert_true(json_real_value(json_object_get(line, "share")) == 0.25);
    assert_true(json_is_null(json_object_get(line, "endless")));
    assert_true(json_is_true(json_object_get(line, "up")));
    assert_string_equal(text_of(line, "status"), status_text(STATUS_FULL));
    json_decref(line);
}

static void test_trace_is_written_unless_there_is_none(void **state)
{
    (void)state;
    struct trace_id trace = {.bytes = {0x4b, 0xf9, [15] = 0x36}};
    json_t *line = format(LOG_LEVEL_INFO, "a.b", (struct log_field[]){LOG_TRACE(trace)}, 1);
    assert_string_equal(text_of(line, "trace_id"), "4bf90000000000000000000000000036");
    json_decref(line);
    line = format(LOG_LEVEL_INFO, "a.b", (struct log_field[]){LOG_TRACE((struct trace_id){{0}})}, 1);
    assert_null(json_object_get(line, "trace_id"));
    json_decref(line);
}

static void test_supervisor_has_no_worker_number(void **state)
{
    (void)state;
    log_init("gateway", LOG_NO_WORKER, LOG_LEVEL_INFO);
    json_t *line = format(LOG_LEVEL_INFO, "a.b", NULL, 0);
    assert_null(json_object_get(line, "worker"));
    json_decref(line);
}

static void test_line_past_the_limit_loses_its_last_fields_and_says_so(void **state)
{
    (void)state;
    char big[5000];
    memset(big, '\x01', sizeof big - 1); /* six bytes each when escaped */
    big[sizeof big - 1] = '\0';
    const struct log_field fields[] = {LOG_U64("first", 1), LOG_TEXT("big", big), LOG_U64("last", 2)};
    json_t *line = format(LOG_LEVEL_INFO, "a.b", fields, 3);
    assert_true(json_is_true(json_object_get(line, "truncated")));
    assert_int_equal(json_integer_value(json_object_get(line, "first")), 1);
    assert_null(json_object_get(line, "big"));
    assert_null(json_object_get(line, "last"));
    json_decref(line);
}

static void test_every_length_near_the_limit_gives_a_whole_line(void **state)
{
    (void)state;
    char text[LOG_LINE_BYTES_MIN + 1];
    for (size_t length = 0; length < LOG_LINE_BYTES_MIN; length++) {
        char line[LOG_LINE_BYTES_MIN];
        memset(text, 'x', length);
        text[length] = '\0';
        const struct log_field fields[] = {LOG_TEXT("text", text), LOG_U64("after", 7)};
        size_t written = log_format(line, sizeof line, TIME_US, LOG_LEVEL_INFO, "a.b", fields, 2);
        json_t *json = json_loadb(line, written, 0, NULL);
        assert_non_null(json);
        bool whole = json_object_get(json, "text") && json_object_get(json, "after");
        assert_int_equal(!whole, json_is_true(json_object_get(json, "truncated")));
        json_decref(json);
    }
}

static void test_lines_below_the_least_level_are_not_written(void **state)
{
    (void)state;
    int ends[2], before = dup(STDERR_FILENO);
    char out[1024] = {0};
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    dup2(ends[1], STDERR_FILENO);
    log_init("gateway", 0, LOG_LEVEL_WARNING);
    log_info("too.quiet", LOG_U64("x", 1));
    log_error("loud.enough", LOG_U64("x", 1));
    dup2(before, STDERR_FILENO);
    ssize_t length = read(ends[0], out, sizeof out - 1);
    assert_true(length > 0);
    assert_null(strstr(out, "too.quiet"));
    assert_non_null(strstr(out, "loud.enough"));
    close(ends[0]);
    close(ends[1]);
    close(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_says_when_who_and_what),
        cmocka_unit_test(test_trace_is_written_unless_there_is_none),
        cmocka_unit_test(test_supervisor_has_no_worker_number),
        cmocka_unit_test(test_line_past_the_limit_loses_its_last_fields_and_says_so),
        cmocka_unit_test(test_every_length_near_the_limit_gives_a_whole_line),
        cmocka_unit_test(test_lines_below_the_least_level_are_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
