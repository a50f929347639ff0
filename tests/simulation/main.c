/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - simulate: seeds one after the other until the first broken invariant.
 *
 * usage: simulate [--first N] [--seeds N] [--hours H] [--seed N] [--log] [--known FILE] [--faults MASK] [--keep-going]
 * [--survey]
 *
 * --survey stops at nothing, and counts all findings. --hours bounds the virtual time. Prints seeds, virtual hours,
 * faults by kind, known findings and CPU seconds; exits with 1 when an invariant is broken, after the last lines of
 * that world's log.
 */
#include "tests/simulation/sim_scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct run {
    uint64_t first, seeds, until_us;
    bool is_one, is_logging, keeps_going;
    uint64_t fault_mask;
    const char *known_path;
    struct sim_knowns knowns;

    uint64_t done, broken, virtual_us, events;
    uint64_t fired[SIM_FAULT_COUNT];
};

static bool read_options(int argc, char **argv, struct run *run)
{
    *run = (struct run){.first = 1,
                        .seeds = 1000,
                        .until_us = UINT64_MAX,
                        .fault_mask = UINT64_MAX,
                        .known_path = "tests/simulation/known.txt"};
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(name, "--log") == 0) {
            run->is_logging = true;
            continue;
        }
        if (strcmp(name, "--survey") == 0) {
            run->knowns.is_survey = true;
            continue;
        }
        if (strcmp(name, "--keep-going") == 0) {
            run->keeps_going = true;
            continue;
        }
        i++;
        if (strcmp(name, "--first") == 0) {
            run->first = strtoull(value, NULL, 10);
        } else if (strcmp(name, "--seeds") == 0) {
            run->seeds = strtoull(value, NULL, 10);
        } else if (strcmp(name, "--hours") == 0) {
            run->until_us = (uint64_t)(strtod(value, NULL) * 3600 * 1000000);
            run->seeds = UINT64_MAX;
        } else if (strcmp(name, "--seed") == 0) {
            run->is_one = true;
            run->first = strtoull(value, NULL, 10);
            run->seeds = 1;
        } else if (strcmp(name, "--known") == 0) {
            run->known_path = value;
        } else if (strcmp(name, "--faults") == 0) {
            run->fault_mask = strtoull(value, NULL, 0);
        } else {
            return false;
        }
    }
    return true;
}

static bool run_seed(struct run *run, uint64_t seed)
{
    struct sim_options options = {
        .seed = seed, .is_printing = run->is_logging, .fault_mask = run->fault_mask, .knowns = &run->knowns};
    struct sim_outcome outcome = sim_scenario_run(&options, run->is_logging || run->keeps_going ? NULL : stdout);
    run->done++;
    run->broken += outcome.is_broken;
    run->virtual_us += outcome.virtual_us;
    run->events += outcome.events;
    for (int fault = 0; fault < SIM_FAULT_COUNT; fault++) {
        run->fired[fault] += outcome.fired[fault];
    }
    if (outcome.is_broken) {
        printf("seed %llu: BROKEN %s\n", (unsigned long long)seed, outcome.finding);
    }
    if (run->is_one) {
        printf("seed %llu: log of %llu lines, hash %016llx\n", (unsigned long long)seed,
               (unsigned long long)outcome.log_lines, (unsigned long long)outcome.log_hash);
    }
    (void)fflush(stdout);
    return !outcome.is_broken;
}

static void print_summary(const struct run *run)
{
    printf("seeds %llu (%llu ..), broken %llu\nvirtual hours %.2f, events %llu, CPU seconds %.1f\nfaults fired:",
           (unsigned long long)run->done, (unsigned long long)run->first, (unsigned long long)run->broken,
           (double)run->virtual_us / 3.6e9, (unsigned long long)run->events, (double)clock() / CLOCKS_PER_SEC);
    for (int fault = 0; fault < SIM_FAULT_COUNT; fault++) {
        printf(" %s %llu", sim_fault_name((enum sim_fault)fault), (unsigned long long)run->fired[fault]);
    }
    printf("\n");
    for (size_t i = 0; i < run->knowns.count; i++) {
        const struct sim_known *known = &run->knowns.items[i];
        printf("known %s | %s: %llu times, first in seed %llu\n", known->invariant, known->signature,
               (unsigned long long)known->found, (unsigned long long)known->first_seed);
    }
}

int main(int argc, char **argv)
{
    struct run run;
    if (!read_options(argc, argv, &run)) {
        (void)fprintf(stderr, "usage: simulate [--first N] [--seeds N] [--hours H] [--seed N] [--log] [--known FILE] "
                              "[--faults MASK] [--keep-going] [--survey]\n");
        return 2;
    }
    if (sim_knowns_read(run.known_path, &run.knowns) != STATUS_OK) {
        (void)fprintf(stderr, "simulate: cannot read %s\n", run.known_path);
        return 2;
    }
    bool is_good = true;
    for (uint64_t i = 0; i < run.seeds && run.virtual_us < run.until_us && (is_good || run.keeps_going); i++) {
        is_good = run_seed(&run, run.first + i) && is_good;
    }
    print_summary(&run);
    return is_good ? 0 : 1;
}
