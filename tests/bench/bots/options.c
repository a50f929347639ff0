/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bots/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LATENCY_MS_MAX 10000 /* as proto/ticket.proto says */

static const char help[] =
    "usage: bots --url ws://host:port/v1/play --secret TEXT [option ...]\n"
    "\n"
    "Plays and watches through the real gateway, measures, and prints one \"name value unit\" a line.\n"
    "Exit 0 only when every bot played its matches to the end and could decode every snapshot.\n"
    "\n"
    "  --url URL           ws:// or wss:// of a gateway\n"
    "  --ca FILE           wss: CA certificates (PEM); '' accepts any certificate\n"
    "  --secret TEXT       signs each bot's JWT: HS256, audience mma-game, sub bot-<prefix>-<i>\n"
    "                      (JWT_HS256_SECRET of the environment)\n"
    "  --count N           players (8)\n"
    "  --spectators N      sessions that watch instead (0)\n"
    "  --watch MATCH_ID    what they watch (any running match)\n"
    "  --encoding NAME     msgpack, protobuf or mixed (mixed)\n"
    "  --queue NAME        duel, teams_2v2, teams_5v5 or ffa (ffa)\n"
    "  --region NAME       nearest region (eu_west)\n"
    "  --latencies LIST    region=ms,... (the nearest 20, the others 140)\n"
    "  --matches M         matches each player plays; 0: for ever (0)\n"
    "  --seconds S         with --matches 0: leave S seconds after all were playing;\n"
    "                      else: give up after S seconds; 0: no limit (0)\n"
    "  --settle-seconds S  with --matches 0: measure only from S seconds after all were playing (0)\n"
    "  --brain NAME        chase, idle or random (chase)\n"
    "  --pace HZ           inputs a second (60)\n"
    "  --inputs NAME       ahead: each names its tick, by the clock that snapshots steer; next (next)\n"
    "  --rate HZ           snapshots a second wished for: 60, 30 or 20; 0: as many as there are (0)\n"
    "  --prefix TEXT       part of the players' names (the process id)\n"
    "  --json FILE         report with match ids and standings\n"
    "\n"
    "snapshot_interval: between two snapshots of a player, as they are read. input_echo: from sending an\n"
    "input to the first snapshot whose last used input is that one or a later one; the wait for the next\n"
    "tick is in it. Bytes are WebSocket payload while playing. bots_cpu: this process, all bots.\n";

enum option_key {
    KEY_FIRST = 256,
    KEY_URL = KEY_FIRST,
    KEY_CA,
    KEY_SECRET,
    KEY_COUNT,
    KEY_SPECTATORS,
    KEY_WATCH,
    KEY_ENCODING,
    KEY_QUEUE,
    KEY_REGION,
    KEY_LATENCIES,
    KEY_MATCHES,
    KEY_SETTLE,
    KEY_SECONDS,
    KEY_BRAIN,
    KEY_PACE,
    KEY_INPUTS,
    KEY_RATE,
    KEY_PREFIX,
    KEY_JSON,
    KEY_HELP
};

static const struct option table[] = {
    {"url", required_argument, NULL, KEY_URL},
    {"ca", required_argument, NULL, KEY_CA},
    {"secret", required_argument, NULL, KEY_SECRET},
    {"count", required_argument, NULL, KEY_COUNT},
    {"spectators", required_argument, NULL, KEY_SPECTATORS},
    {"watch", required_argument, NULL, KEY_WATCH},
    {"encoding", required_argument, NULL, KEY_ENCODING},
    {"queue", required_argument, NULL, KEY_QUEUE},
    {"region", required_argument, NULL, KEY_REGION},
    {"latencies", required_argument, NULL, KEY_LATENCIES},
    {"matches", required_argument, NULL, KEY_MATCHES},
    {"seconds", required_argument, NULL, KEY_SECONDS},
    {"settle-seconds", required_argument, NULL, KEY_SETTLE},
    {"brain", required_argument, NULL, KEY_BRAIN},
    {"pace", required_argument, NULL, KEY_PACE},
    {"inputs", required_argument, NULL, KEY_INPUTS},
    {"rate", required_argument, NULL, KEY_RATE},
    {"prefix", required_argument, NULL, KEY_PREFIX},
    {"json", required_argument, NULL, KEY_JSON},
    {"help", no_argument, NULL, KEY_HELP},
    {NULL, 0, NULL, 0},
};

static bool parse_number(const char *text, uint32_t low, uint32_t high, uint32_t *out_number)
{
    char *end = NULL;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    if (errno != 0 || end == text || *end != 0 || *text == '-' || number < low || number > high) {
        return false;
    }
    *out_number = (uint32_t)number;
    return true;
}

/* Index of text among names. */
static bool parse_name(const char *text, const char *const *names, size_t count, unsigned *out_index)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out_index = (unsigned)i;
            return true;
        }
    }
    return false;
}

static bool parse_encoding(const char *text, struct options *options)
{
    static const char *const names[] = {"msgpack", "protobuf", "mixed"};
    unsigned index = 0;
    bool good = parse_name(text, names, 3, &index);
    options->encoding = (enum encoding_choice)index;
    return good;
}

static bool parse_brain(const char *text, struct options *options)
{
    static const char *const names[] = {"chase", "idle", "random"};
    unsigned index = 0;
    bool good = parse_name(text, names, 3, &index);
    options->brain = (enum brain)index;
    return good;
}

static bool parse_inputs(const char *text, struct options *options)
{
    static const char *const names[] = {"next", "ahead"};
    unsigned index = 0;
    bool good = parse_name(text, names, 2, &index);
    options->names_ticks = index == 1;
    return good;
}

static bool parse_latencies(const char *text, struct options *options)
{
    options->latency_count = 0;
    while (*text) {
        struct latency_option *row = &options->latencies[options->latency_count];
        size_t length = strcspn(text, "=");
        char *end = NULL;
        if (options->latency_count == OPTIONS_LATENCIES_MAX || length >= sizeof row->region || text[length] != '=') {
            return false;
        }
        memcpy(row->region, text, length);
        row->region[length] = 0;
        unsigned long latency_ms = strtoul(text + length + 1, &end, 10);
        if (end == text + length + 1 || latency_ms > LATENCY_MS_MAX || (*end != ',' && *end != 0)) {
            return false;
        }
        row->latency_ms = (uint32_t)latency_ms;
        options->latency_count++;
        text = *end == ',' ? end + 1 : end;
    }
    return options->latency_count > 0;
}

static void default_latencies(struct options *options)
{
    static const char *const regions[] = {"na_east", "na_west", "eu_west", "asia_pacific"};
    for (size_t i = 0; options->latency_count == 0 && i < 4; i++) {
        snprintf(options->latencies[i].region, sizeof options->latencies[i].region, "%s", regions[i]);
        options->latencies[i].latency_ms = strcmp(regions[i], options->region) == 0 ? 20 : 140;
    }
    options->latency_count = options->latency_count ? options->latency_count : 4;
}

static bool apply_text(struct options *options, int key, const char *value)
{
    const char **fields[] = {
        [0] = &options->url,
        [KEY_CA - KEY_FIRST] = &options->ca,
        [KEY_SECRET - KEY_FIRST] = &options->secret,
        [KEY_WATCH - KEY_FIRST] = &options->watch,
        [KEY_QUEUE - KEY_FIRST] = &options->queue,
        [KEY_REGION - KEY_FIRST] = &options->region,
        [KEY_PREFIX - KEY_FIRST] = &options->prefix,
        [KEY_JSON - KEY_FIRST] = &options->json,
    };
    size_t index = (size_t)(key - KEY_FIRST);
    if (key < KEY_FIRST || index >= sizeof fields / sizeof fields[0] || !fields[index]) {
        return false;
    }
    *fields[index] = value;
    return true;
}

static bool apply(struct options *options, int key, const char *value)
{
    switch (key) {
    case KEY_COUNT:
        return parse_number(value, 0, 100000, &options->count);
    case KEY_SPECTATORS:
        return parse_number(value, 0, 100000, &options->spectators);
    case KEY_MATCHES:
        return parse_number(value, 0, 1000000, &options->matches);
    case KEY_SECONDS:
        return parse_number(value, 0, 1000000, &options->seconds);
    case KEY_SETTLE:
        return parse_number(value, 0, 1000000, &options->settle_seconds);
    case KEY_PACE:
        return parse_number(value, 1, 240, &options->pace_hz);
    case KEY_RATE: /* the gateway knows which there are */
        return parse_number(value, 0, 1000, &options->rate_hz);
    case KEY_INPUTS:
        return parse_inputs(value, options);
    case KEY_ENCODING:
        return parse_encoding(value, options);
    case KEY_BRAIN:
        return parse_brain(value, options);
    case KEY_LATENCIES:
        return parse_latencies(value, options);
    default:
        return apply_text(options, key, value);
    }
}

bool options_parse(struct options *options, int argc, char **argv, int *out_exit_code)
{
    *options = (struct options){.secret = getenv("JWT_HS256_SECRET"),
                                .queue = "ffa",
                                .region = "eu_west",
                                .watch = "",
                                .count = 8,

                                .pace_hz = 60,
                                .encoding = ENCODING_MIXED};
    *out_exit_code = 2;
    for (;;) {
        int index = 0;
        int key = getopt_long(argc, argv, "", table, &index);
        if (key == -1) {
            break;
        }
        if (key == KEY_HELP) {
            fputs(help, stdout);
            *out_exit_code = 0;
            return false;
        }
        if (key == '?' || key == ':') {
            return false;
        }
        if (!apply(options, key, optarg)) {
            fprintf(stderr, "bots: --%s: '%s' is not allowed\n", table[index].name, optarg);
            return false;
        }
    }
    if (optind < argc || !options->url || !options->secret || options->count + options->spectators == 0) {
        fputs("bots: --url, --secret and at least one player or spectator are needed; see --help\n", stderr);
        return false;
    }
    default_latencies(options);
    return true;
}
