/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bots/tally.h"

#include <string.h>

void histogram_add(struct histogram *histogram, uint64_t value_us)
{
    uint64_t bucket = value_us / HISTOGRAM_GRAIN_US;
    histogram->buckets[bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1]++;
    histogram->count++;
    histogram->max_us = value_us > histogram->max_us ? value_us : histogram->max_us;
}

double histogram_quantile_ms(const struct histogram *histogram, double quantile)
{
    uint64_t wanted = (uint64_t)(quantile * (double)histogram->count), seen = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen > wanted) {
            return (double)i * HISTOGRAM_GRAIN_US / 1000.0;
        }
    }
    return (double)histogram->max_us / 1000.0;
}

void code_counts_add(struct code_counts *counts, const char *code)
{
    size_t i = 0;
    while (i < counts->count && strcmp(counts->rows[i].code, code) != 0) {
        i++;
    }
    if (i == TALLY_CODES_MAX) {
        i--; /* the last row takes the rest */
    } else if (i == counts->count) {
        snprintf(counts->rows[i].code, sizeof counts->rows[i].code, "%s", code);
        counts->count++;
    }
    counts->rows[i].times++;
}

void tally_begin(struct tally *tally, uint64_t now_us, uint64_t cpu_us)
{
    json_t *matches = tally->matches;
    memset(tally, 0, sizeof *tally);
    tally->matches = matches;
    tally->began_us = now_us;
    tally->began_cpu_us = cpu_us;
}

/* ---- the report: rows of name, value, unit, printed or put into JSON --------------------------------- */

typedef void row_sink(void *owner, const char *name, double value, const char *unit);

static void send_codes(const struct code_counts *counts, const char *prefix, row_sink *sink, void *owner)
{
    char name[64];
    for (size_t i = 0; i < counts->count; i++) {
        snprintf(name, sizeof name, "%s_%s", prefix, counts->rows[i].code);
        sink(owner, name, (double)counts->rows[i].times, "count");
    }
}

static void send_times(const struct tally *tally, row_sink *sink, void *owner)
{
    static const struct {
        const char *suffix;
        double quantile;
    } rows[] = {{"p50_ms", 0.50}, {"p90_ms", 0.90}, {"p99_ms", 0.99}};
    char name[64];
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "snapshot_interval_%s", rows[i].suffix);
        sink(owner, name, histogram_quantile_ms(&tally->snapshot_interval, rows[i].quantile), "ms");
    }
    sink(owner, "snapshot_interval_max_ms", (double)tally->snapshot_interval.max_us / 1000, "ms");
    for (size_t i = 0; i < 3;
         i++) { /* from sending an input to the snapshot that names it; the wait for the tick included */
        snprintf(name, sizeof name, "input_echo_%s", rows[i].suffix);
        sink(owner, name, histogram_quantile_ms(&tally->input_echo, rows[i].quantile), "ms");
    }
}

static void send_rows(const struct tally *tally, const struct options *options, uint64_t now_us, uint64_t cpu_us,
                      row_sink *sink, void *owner)
{
    double play_s = (double)tally->play_us / 1e6, measured_s = (double)(now_us - tally->began_us) / 1e6;
    double cpu_s = (double)(cpu_us - tally->began_cpu_us) / 1e6;
    double per_s = play_s > 0 ? 1 / play_s : 0;
    sink(owner, "players", options->count, "count");
    sink(owner, "spectators", options->spectators, "count");
    sink(owner, "measured_s", measured_s, "s");
    sink(owner, "matches_played", (double)tally->matches_played, "count");
    sink(owner, "matches_lost", (double)tally->matches_lost, "count");
    sink(owner, "matches_watched", (double)tally->matches_watched, "count");
    send_times(tally, sink, owner);
    sink(owner, "bytes_down_per_player_s", (double)tally->bytes_down * per_s, "B/s");
    sink(owner, "bytes_up_per_player_s", (double)tally->bytes_up * per_s, "B/s");
    sink(owner, "snapshots_per_player_s", (double)tally->snapshots_decoded * per_s, "1/s");
    sink(owner, "inputs_per_player_s", (double)tally->inputs_sent * per_s, "1/s");
    sink(owner, "snapshots_decoded", (double)tally->snapshots_decoded, "count");
    sink(owner, "snapshots_undecodable", (double)tally->snapshots_undecodable, "count");
    sink(owner, "inputs_sent", (double)tally->inputs_sent, "count");
    sink(owner, "inputs_echoed", (double)tally->inputs_echoed, "count");
    sink(owner, "spectator_frames", (double)tally->frames_decoded, "count");
    sink(owner, "spectator_frames_undecodable", (double)tally->frames_undecodable, "count");
    sink(owner, "connects", (double)tally->connects, "count");
    sink(owner, "connects_failed", (double)tally->connects_failed, "count");
    send_codes(&tally->errors, "errors", sink, owner);
    send_codes(&tally->closes, "closes", sink, owner);
    send_codes(&tally->refusals, "refused_http", sink, owner);
    sink(owner, "bots_cpu_s", cpu_s, "s");
    sink(owner, "bots_cpu_cores", measured_s > 0 ? cpu_s / measured_s : 0, "cores");
}

static void print_row(void *owner, const char *name, double value, const char *unit)
{
    fprintf(owner, "%s %.*f %s\n", name, value == (double)(int64_t)value ? 0 : 3, value, unit);
}

void tally_print(const struct tally *tally, const struct options *options, uint64_t now_us, uint64_t cpu_us, FILE *out)
{
    send_rows(tally, options, now_us, cpu_us, print_row, out);
}

static void add_row(void *owner, const char *name, double value, const char *unit)
{
    json_object_set_new(owner, name, json_pack("{s:f,s:s}", "value", value, "unit", unit));
}

int tally_write_json(const struct tally *tally, const struct options *options, uint64_t now_us, uint64_t cpu_us,
                     bool is_good, const char *path)
{
    json_t *figures = json_object();
    send_rows(tally, options, now_us, cpu_us, add_row, figures);
    json_t *report = json_pack("{s:b,s:s,s:o,s:O}", "good", is_good ? 1 : 0, "queue", options->queue, "figures",
                               figures, "matches", tally->matches);
    int result = report ? json_dump_file(report, path, JSON_INDENT(2)) : -1;
    json_decref(report);
    return result;
}
