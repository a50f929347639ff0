/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics.h - counters, gauges and histograms in the Prometheus text format (version 0.0.4).
 *
 * A family is a static object that its module registers once; its children differ in at most two labels whose values
 * are bounded (never an id). Single threaded: the loop's thread; other threads hand their counts over.
 * Names: mma_<noun>_<unit>[_total], base units. A family is documented by its help text in docs/observability.md.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_TELEMETRY_METRICS_H
#define MMA_LIBCOMMON_RUNTIME_TELEMETRY_METRICS_H

#include <stddef.h>
#include <stdint.h>

#define METRICS_FAMILIES_MAX 128
#define METRIC_CHILDREN_MAX  64 /* the last is labelled "other" and counts whatever has no child of its own */
#define METRIC_BUCKETS_MAX   20

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric_child {
    char label_values[2][48];
    double value; /* counter, gauge; histogram: sum */
    uint64_t count;
    uint64_t buckets[METRIC_BUCKETS_MAX + 1]; /* not cumulative; last is +Inf */
};

struct metric {
    const char *name;
    const char *help;
    enum metric_kind kind;
    const char *label_names[2]; /* NULL: none */
    const double *bounds;       /* histogram: ascending upper bounds */
    size_t bound_count;
    size_t child_count; /* what follows is the module's */
    struct metric_child children[METRIC_CHILDREN_MAX];
};

/* The labels' names come last: one or two, or NULL for none. bounds of a histogram: a static const double array. */
#define METRIC_COUNTER_INIT(metric_name, metric_help, ...)                                                             \
    {                                                                                                                  \
        .name = (metric_name), .help = (metric_help), .kind = METRIC_COUNTER, .label_names = { __VA_ARGS__ }           \
    }
#define METRIC_GAUGE_INIT(metric_name, metric_help, ...)                                                               \
    {                                                                                                                  \
        .name = (metric_name), .help = (metric_help), .kind = METRIC_GAUGE, .label_names = { __VA_ARGS__ }             \
    }
#define METRIC_HISTOGRAM_INIT(metric_name, metric_help, metric_bounds, ...)                                            \
    {                                                                                                                  \
        .name = (metric_name), .help = (metric_help), .kind = METRIC_HISTOGRAM, .bounds = (metric_bounds),             \
        .bound_count = sizeof metric_bounds / sizeof((metric_bounds)[0]), .label_names = {                             \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }

extern const double metric_bounds_latency_s[12]; /* 0.1 ms .. 10 s */

void metrics_register(struct metric *metric); /* once each; REQUIREs that there is room and the name is new */

/* Label values NULL where the family has no such label. */
void metric_add(struct metric *metric, double amount, const char *first, const char *second);
void metric_set(struct metric *metric, double value, const char *first, const char *second);
void metric_observe(struct metric *metric, double value, const char *first, const char *second);
double metric_value(const struct metric *metric, const char *first, const char *second); /* 0 where there is none */

/* All families as text. Returns the bytes it takes, writes at most size; call again with more when it returns more. */
size_t metrics_render(char *out, size_t size);

#endif
