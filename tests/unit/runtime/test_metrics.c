/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/telemetry/metrics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const double bounds[] = {0.1, 0.5, 1};

static struct metric frames = METRIC_COUNTER_INIT("mma_frames_total", "Frames.\nA \\ in \"help\".", NULL);
static struct metric players = METRIC_GAUGE_INIT("mma_players", "Players.", "region", NULL);
static struct metric calls = METRIC_COUNTER_INIT("mma_calls_total", "Calls.", "peer", "outcome");
static struct metric wait = METRIC_HISTOGRAM_INIT("mma_wait_seconds", "Waits.", bounds, "queue");
static struct metric many = METRIC_COUNTER_INIT("mma_many_total", "Too many children.", "name");

/* ---- a strict reader of the text format, version 0.0.4 -------------------------------------------- */

struct reader {
    const char *at;
    char family[128], kind[16];
    uint64_t last_bucket;
    double last_bound, infinite_bucket;
    unsigned samples;
};

static size_t name_length(const char *at, bool colon)
{
    size_t length = 0;
    while ((at[length] >= 'a' && at[length] <= 'z') || (at[length] >= 'A' && at[length] <= 'Z') || at[length] == '_' ||
           (colon && at[length] == ':') || (length > 0 && at[length] >= '0' && at[length] <= '9')) {
        length++;
    }
    assert_true(length > 0 && length < 120);
    return length;
}

static void expect(struct reader *reader, const char *text)
{
    assert_memory_equal(reader->at, text, strlen(text));
    reader->at += strlen(text);
}

static void read_head(struct reader *reader)
{
    expect(reader, "# HELP ");
    size_t length = name_length(reader->at, true);
    memcpy(reader->family, reader->at, length);
    reader->family[length] = '\0';
    reader->at += length;
    expect(reader, " ");
    for (; *reader->at != '\n'; reader->at++) {
        if (*reader->at == '\\') {
            reader->at++;
            assert_true(*reader->at == '\\' || *reader->at == 'n');
        }
        assert_true(*reader->at);
    }
    expect(reader, "\n# TYPE ");
    expect(reader, reader->family);
    expect(reader, " ");
    length = strcspn(reader->at, "\n");
    assert_true(length < sizeof reader->kind);
    memcpy(reader->kind, reader->at, length);
    reader->kind[length] = '\0';
    assert_true(!strcmp(reader->kind, "counter") || !strcmp(reader->kind, "gauge") ||
                !strcmp(reader->kind, "histogram"));
    reader->at += length + 1;
}

/* Returns the value of le, NaN where there is none. */
static double read_labels(struct reader *reader)
{
    double bound = NAN;
    if (*reader->at != '{') {
        return bound;
    }
    do {
        reader->at++;
        size_t length = name_length(reader->at, false);
        bool is_bound = length == 2 && memcmp(reader->at, "le", 2) == 0;
        reader->at += length;
        expect(reader, "=\"");
        if (is_bound) {
            bound = strncmp(reader->at, "+Inf\"", 5) == 0 ? INFINITY : strtod(reader->at, NULL);
        }
        for (; *reader->at != '"'; reader->at++) {
            assert_true(*reader->at && *reader->at != '\n');
            if (*reader->at == '\\') {
                reader->at++;
                assert_true(*reader->at == '\\' || *reader->at == 'n' || *reader->at == '"');
            }
        }
        reader->at++;
    } while (*reader->at == ',');
    expect(reader, "}");
    return bound;
}

static void check_bucket(struct reader *reader, double bound, double value)
{
    assert_true(bound == bound); /* every bucket has its bound */
    if (bound <= reader->last_bound || !isfinite(reader->last_bound)) {
        reader->last_bucket = 0; /* the next child's first */
    }
    assert_true((uint64_t)value >= reader->last_bucket);
    reader->last_bucket = (uint64_t)value;
    reader->last_bound = bound;
    if (isinf(bound)) {
        reader->infinite_bucket = value;
    }
}

static void read_sample(struct reader *reader)
{
    expect(reader, reader->family);
    const char *suffix = reader->at;
    reader->at += strcspn(reader->at, "{ \n");
    size_t suffix_length = (size_t)(reader->at - suffix);
    double bound = read_labels(reader);
    expect(reader, " ");
    char *end;
    double value = strtod(reader->at, &end);
    assert_true(end > reader->at);
    reader->at = end;
    expect(reader, "\n");
    reader->samples++;
    if (strcmp(reader->kind, "histogram") != 0) {
        assert_int_equal(suffix_length, 0);
    } else if (suffix_length == 7 && memcmp(suffix, "_bucket", 7) == 0) {
        check_bucket(reader, bound, value);
    } else if (suffix_length == 6 && memcmp(suffix, "_count", 6) == 0) {
        assert_true(value == reader->infinite_bucket);
    } else {
        assert_memory_equal(suffix, "_sum", 4);
    }
}

static unsigned check_format(const char *text)
{
    struct reader reader = {.at = text, .last_bound = INFINITY};
    while (*reader.at) {
        if (*reader.at == '#') {
            read_head(&reader);
        } else {
            read_sample(&reader);
        }
    }
    return reader.samples;
}

/* ---- tests ---------------------------------------------------------------------------------------- */

static char *render(void)
{
    size_t size = metrics_render(NULL, 0);
    char *text = calloc(1, size + 1);
    assert_non_null(text);
    assert_int_equal(metrics_render(text, size), size);
    assert_int_equal(strlen(text), size);
    return text;
}

static int register_all(void **state)
{
    (void)state;
    metrics_register(&frames);
    metrics_register(&players);
    metrics_register(&calls);
    metrics_register(&wait);
    metrics_register(&many);
    return 0;
}

static void test_series_without_labels_is_there_from_the_start(void **state)
{
    (void)state;
    char *text = render();
    assert_non_null(strstr(text,
                           "# HELP mma_frames_total Frames.\\nA \\\\ in \"help\".\n# TYPE mma_frames_total counter\n"
                           "mma_frames_total 0\n"));
    assert_null(strstr(text, "\nmma_players{"));
    check_format(text);
    free(text);
}

static void test_values_and_labels_are_rendered(void **state)
{
    (void)state;
    metric_add(&frames, 3, NULL, NULL);
    metric_set(&players, 17, "eu_west", NULL);
    metric_set(&players, 0.1, "a\"b\\c\nd", NULL);
    metric_add(&players, -20, "eu_west", NULL);
    metric_add(&calls, 9007199254740993.0, "engine", "ok");
    char *text = render();
    assert_non_null(strstr(text, "\nmma_frames_total 3\n"));
    assert_non_null(strstr(text, "\nmma_players{region=\"eu_west\"} -3\n"));
    assert_non_null(strstr(text, "\nmma_players{region=\"a\\\"b\\\\c\\nd\"} 0.1\n"));
    assert_non_null(strstr(text, "\nmma_calls_total{peer=\"engine\",outcome=\"ok\"} 9007199254740992\n"));
    assert_true(metric_value(&players, "eu_west", NULL) == -3);
    assert_true(metric_value(&players, "nowhere", NULL) == 0);
    check_format(text);
    free(text);
}

static void test_histogram_buckets_are_cumulative_and_include_their_bound(void **state)
{
    (void)state;
    static const double values[] = {0.05, 0.1, 0.100001, 0.5, 7, -1};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        metric_observe(&wait, values[i], "duel", NULL);
    }
    metric_observe(&wait, 0.25, "team", NULL);
    char *text = render();
    assert_non_null(strstr(text, "mma_wait_seconds_bucket{queue=\"duel\",le=\"0.1\"} 3\n"
                                 "mma_wait_seconds_bucket{queue=\"duel\",le=\"0.5\"} 5\n"
                                 "mma_wait_seconds_bucket{queue=\"duel\",le=\"1\"} 5\n"
                                 "mma_wait_seconds_bucket{queue=\"duel\",le=\"+Inf\"} 6\n"));
    assert_non_null(
        strstr(text, "mma_wait_seconds_sum{queue=\"team\"} 0.25\nmma_wait_seconds_count{queue=\"team\"} 1\n"));
    check_format(text);
    free(text);
}

static void test_family_that_is_full_counts_into_other(void **state)
{
    (void)state;
    char name[16];
    for (unsigned i = 0; i < METRIC_CHILDREN_MAX + 10; i++) {
        snprintf(name, sizeof name, "n%u", i);
        metric_add(&many, 1, name, NULL);
    }
    metric_add(&many, 1, "n0", NULL);
    assert_int_equal(many.child_count, METRIC_CHILDREN_MAX);
    assert_true(metric_value(&many, "n0", NULL) == 2);
    assert_true(metric_value(&many, "other", NULL) == 11);
    char *text = render();
    assert_true(check_format(text) > METRIC_CHILDREN_MAX);
    free(text);
}

static void test_rendering_into_too_little_writes_no_more_than_that(void **state)
{
    (void)state;
    char *whole = render();
    size_t size = strlen(whole);
    for (size_t room = 0; room < size; room += 97) {
        char *out = malloc(room + 1);
        assert_non_null(out);
        out[room] = '#';
        assert_int_equal(metrics_render(out, room), size);
        assert_int_equal(out[room], '#');
        free(out);
    }
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_series_without_labels_is_there_from_the_start),
        cmocka_unit_test(test_values_and_labels_are_rendered),
        cmocka_unit_test(test_histogram_buckets_are_cumulative_and_include_their_bound),
        cmocka_unit_test(test_family_that_is_full_counts_into_other),
        cmocka_unit_test(test_rendering_into_too_little_writes_no_more_than_that),
    };
    return cmocka_run_group_tests(tests, register_all, NULL);
}
