/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/telemetry/metrics.h"

#include "libcommon/base/status.h"
#include "libcommon/runtime/encoding/text_writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const double metric_bounds_latency_s[12] = {0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 10};

static struct metric *families[METRICS_FAMILIES_MAX];
static size_t family_count;

static bool label_is(const char *stored, const char *value)
{
    return strncmp(stored, value != NULL ? value : "", sizeof((struct metric_child *)0)->label_values[0] - 1) == 0;
}

static const struct metric_child *find_child(const struct metric *metric, const char *first, const char *second)
{
    for (size_t i = 0; i < metric->child_count; i++) {
        const struct metric_child *child = &metric->children[i];
        if (label_is(child->label_values[0], first) && label_is(child->label_values[1], second)) {
            return child;
        }
    }
    return NULL;
}

static struct metric_child *add_child(struct metric *metric, const char *first, const char *second)
{
    struct metric_child *child = &metric->children[metric->child_count++];
    const char *values[2] = {first, second};
    for (size_t i = 0; i < 2; i++) {
        REQUIRE((values[i] != NULL) == (metric->label_names[i] != NULL));
        if (values[i] != NULL) {
            (void)snprintf(child->label_values[i], sizeof child->label_values[i], "%s", values[i]);
        }
    }
    return child;
}

static struct metric_child *child_of(struct metric *metric, const char *first, const char *second)
{
    const struct metric_child *found = find_child(metric, first, second);
    if (found == NULL && metric->child_count == METRIC_CHILDREN_MAX - 1) {
        return add_child(metric, metric->label_names[0] != NULL ? "other" : NULL,
                         metric->label_names[1] != NULL ? "other" : NULL);
    }
    if (found == NULL && metric->child_count == METRIC_CHILDREN_MAX) {
        return &metric->children[METRIC_CHILDREN_MAX - 1];
    }
    return found != NULL ? &metric->children[found - metric->children] : add_child(metric, first, second);
}

void metrics_register(struct metric *metric)
{
    REQUIRE(family_count < METRICS_FAMILIES_MAX);
    REQUIRE(metric->bound_count <= METRIC_BUCKETS_MAX);
    for (size_t i = 0; i < family_count; i++) {
        REQUIRE(strcmp(families[i]->name, metric->name) != 0);
    }
    families[family_count++] = metric;
    if (metric->label_names[0] == NULL && metric->child_count == 0) {
        add_child(metric, NULL, NULL); /* a series without labels is there from the start, at 0 */
    }
}

void metric_add(struct metric *metric, double amount, const char *first, const char *second)
{
    REQUIRE(metric->kind == METRIC_GAUGE || (metric->kind == METRIC_COUNTER && amount >= 0));
    child_of(metric, first, second)->value += amount;
}

void metric_set(struct metric *metric, double value, const char *first, const char *second)
{
    /* A counter is set where another one, the kernel's say, is passed on. */
    REQUIRE(metric->kind != METRIC_HISTOGRAM);
    child_of(metric, first, second)->value = value;
}

void metric_observe(struct metric *metric, double value, const char *first, const char *second)
{
    REQUIRE(metric->kind == METRIC_HISTOGRAM);
    struct metric_child *child = child_of(metric, first, second);
    size_t bucket = 0;
    while (bucket < metric->bound_count && !(value <= metric->bounds[bucket])) {
        bucket++;
    }
    child->buckets[bucket]++;
    child->count++;
    child->value += value;
}

double metric_value(const struct metric *metric, const char *first, const char *second)
{
    const struct metric_child *child = find_child(metric, first, second);
    return child != NULL ? child->value : 0;
}

/* ---- the text format, version 0.0.4 -------------------------------------------------------------- */

static void put_escaped(struct text_writer *text, const char *value, bool quoted)
{
    for (; *value; value++) {
        if (*value == '\n') {
            text_writer_put(text, "\\n");
        } else if (*value == '\\') {
            text_writer_put(text, "\\\\");
        } else if (*value == '"' && quoted) {
            text_writer_put(text, "\\\"");
        } else {
            text_writer_bytes(text, value, 1);
        }
    }
}

static void put_number(struct text_writer *text, double value)
{
    if (isnan(value)) {
        text_writer_put(text, "NaN");
    } else if (isinf(value)) {
        text_writer_put(text, value > 0 ? "+Inf" : "-Inf");
    } else {
        char shortest[32];
        snprintf(shortest, sizeof shortest, "%.15g", value);
        text_writer_format(text, strtod(shortest, NULL) == value ? "%.15g" : "%.17g", value);
    }
}

/* {a="x",b="y",le="0.5"}; nothing when there is no label. bound: NULL, or a histogram bucket's. */
static void put_labels(struct text_writer *text, const struct metric *metric, const struct metric_child *child,
                       const double *bound)
{
    const char *separator = "{";
    for (size_t i = 0; i < 2 && metric->label_names[i] != NULL; i++) {
        text_writer_format(text, "%s%s=\"", separator, metric->label_names[i]);
        put_escaped(text, child->label_values[i], true);
        text_writer_put(text, "\"");
        separator = ",";
    }
    if (bound != NULL) {
        text_writer_format(text, "%sle=\"", separator);
        put_number(text, *bound);
        text_writer_put(text, "\"");
        separator = ",";
    }
    text_writer_put(text, *separator == ',' ? "} " : " ");
}

static void put_histogram(struct text_writer *text, const struct metric *metric, const struct metric_child *child)
{
    uint64_t below = 0;
    for (size_t i = 0; i <= metric->bound_count; i++) {
        double bound = i < metric->bound_count ? metric->bounds[i] : INFINITY;
        below += child->buckets[i];
        text_writer_format(text, "%s_bucket", metric->name);
        put_labels(text, metric, child, &bound);
        text_writer_format(text, "%" PRIu64 "\n", below);
    }
    text_writer_format(text, "%s_sum", metric->name);
    put_labels(text, metric, child, NULL);
    put_number(text, child->value);
    text_writer_format(text, "\n%s_count", metric->name);
    put_labels(text, metric, child, NULL);
    text_writer_format(text, "%" PRIu64 "\n", child->count);
}

static void put_family(struct text_writer *text, const struct metric *metric)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    text_writer_format(text, "# HELP %s ", metric->name);
    put_escaped(text, metric->help, false);
    text_writer_format(text, "\n# TYPE %s %s\n", metric->name, kinds[metric->kind]);
    for (size_t i = 0; i < metric->child_count; i++) {
        const struct metric_child *child = &metric->children[i];
        if (metric->kind == METRIC_HISTOGRAM) {
            put_histogram(text, metric, child);
            continue;
        }
        text_writer_put(text, metric->name);
        put_labels(text, metric, child, NULL);
        put_number(text, child->value);
        text_writer_put(text, "\n");
    }
}

size_t metrics_render(char *out, size_t size)
{
    REQUIRE(out != NULL || size == 0);
    struct text_writer text;
    text_writer_init(&text, out, size);
    for (size_t i = 0; i < family_count; i++) {
        put_family(&text, families[i]);
    }
    return text.needed;
}
