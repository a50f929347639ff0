/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - the command line of bots. */
#ifndef MMA_BOTS_OPTIONS_H
#define MMA_BOTS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define OPTIONS_LATENCIES_MAX 8

enum encoding_choice { ENCODING_MSGPACK, ENCODING_PROTOBUF, ENCODING_MIXED };
enum brain { BRAIN_CHASE, BRAIN_IDLE, BRAIN_RANDOM };

struct latency_option {
    char region[24];
    uint32_t latency_ms;
};

/* Texts are borrowed from argv. */
struct options {
    const char *url;
    const char *ca; /* PEM file for wss; "": no verification; NULL: the system's */
    const char *queue;
    const char *region;
    const char *secret;
    const char *prefix;
    const char *watch; /* match id; "": any */
    const char *json;  /* file, or NULL */
    uint32_t count, spectators;
    uint32_t matches; /* 0: for ever */
    uint32_t seconds; /* 0: no limit */
    uint32_t settle_seconds;
    uint32_t pace_hz;
    uint32_t rate_hz; /* snapshots wished for; 0: as many as there are */
    bool names_ticks; /* inputs are for a tick; else for the next */
    enum encoding_choice encoding;
    enum brain brain;
    uint32_t latency_count;
    struct latency_option latencies[OPTIONS_LATENCIES_MAX];
};

/* False: say nothing more and exit with *out_exit_code (--help: 0; an error, which has been printed: 2). */
bool options_parse(struct options *options, int argc, char **argv, int *out_exit_code);

#endif
