/* SPDX-License-Identifier: Apache-2.0 */
/* tally.h - what all bots of a process measured together, and the report of it. */
#ifndef MMA_BOTS_TALLY_H
#define MMA_BOTS_TALLY_H

#include "tests/bench/bots/options.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define HISTOGRAM_GRAIN_US 10
#define HISTOGRAM_BUCKETS  500001 /* 0 .. 5 s; the last takes all above */
#define TALLY_CODES_MAX    64

struct histogram {
    uint64_t count;
    uint64_t max_us;
    uint32_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t value_us);
double histogram_quantile_ms(const struct histogram *histogram, double quantile); /* 0 when empty */

/* How often each code came: errors by name, closes by number. */
struct code_counts {
    size_t count;
    struct {
        char code[40];
        uint64_t times;
    } rows[TALLY_CODES_MAX];
};

void code_counts_add(struct code_counts *counts, const char *code);

struct tally {
    struct histogram snapshot_interval, input_echo;
    uint64_t snapshots_decoded, snapshots_undecodable, frames_decoded, frames_undecodable;
    uint64_t inputs_sent, inputs_echoed;
    uint64_t bytes_down, bytes_up; /* WebSocket payload while playing */
    uint64_t play_us;              /* summed over players */
    uint64_t matches_played, matches_lost, matches_watched, connects, connects_failed;
    uint64_t began_cpu_us, began_us; /* of the measured time */
    struct code_counts errors, closes, refusals;
    json_t *matches; /* object: match id → what MatchEnded said */
};

void tally_begin(struct tally *tally, uint64_t now_us, uint64_t cpu_us); /* forgets what was measured so far */
void tally_print(const struct tally *tally, const struct options *options, uint64_t now_us, uint64_t cpu_us, FILE *out);
int tally_write_json(const struct tally *tally, const struct options *options, uint64_t now_us, uint64_t cpu_us,
                     bool is_good, const char *path); /* 0: written */

#endif
