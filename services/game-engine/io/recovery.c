/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/io/recovery.h"

#include "libcommon/runtime/telemetry/metrics.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_DIGITS   (2 * RECORD_MATCH_ID_BYTES)
#define SHA1_DIGITS 40
#define KEY_MAX     64
#define NUMBER_MAX  24

/* ARGV: begin|append|end, epoch, mailbox, lease ms, keep ms, length before an append, bytes. */
static const char script[] = "local seen = tonumber(redis.call('GET', KEYS[1]) or '0')\n"
                             "local mine = tonumber(ARGV[2])\n"
                             "local holder = redis.call('GET', KEYS[2])\n"
                             "if seen > mine or (seen == mine and holder and holder ~= ARGV[3]) then\n"
                             "  return redis.error_reply('FENCED by epoch ' .. seen)\n"
                             "end\n"
                             "if ARGV[1] == 'end' then return redis.call('DEL', KEYS[2], KEYS[3]) end\n"
                             "if ARGV[1] == 'append' and redis.call('STRLEN', KEYS[3]) ~= tonumber(ARGV[6]) then\n"
                             "  return redis.error_reply('GAP')\n"
                             "end\n"
                             "redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[5])\n"
                             "redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])\n"
                             "if ARGV[1] == 'begin' then\n"
                             "  redis.call('SET', KEYS[3], ARGV[7], 'PX', ARGV[5])\n"
                             "else\n"
                             "  redis.call('APPEND', KEYS[3], ARGV[7])\n"
                             "  redis.call('PEXPIRE', KEYS[3], ARGV[5])\n"
                             "end\n"
                             "return 1\n";

struct recovery_match {
    struct recovery *recovery;
    struct match_recovery core;
    char id[ID_DIGITS + 1];
    struct trace_id trace;
    void *memory; /* owned, of the log */
};

struct recovery {
    struct recovery_options options;
    char sha1[SHA1_DIGITS + 1]; /* of the script */
    bool is_paused;             /* said so */
    uint32_t place_count;
    struct recovery_match *places; /* [place_count]: twice the matches, since an old one may wait for answers */
};

static struct metric log_bytes =
    METRIC_COUNTER_INIT("mma_recovery_log_bytes_total", "Bytes of recovery logs sent to Redis.", NULL);
static struct metric log_writes = METRIC_COUNTER_INIT(
    "mma_recovery_log_writes_total",
    "Writes of recovery logs: keyframe (a log begins again), ticks, refused (Redis away or too slow; not sent), failed "
    "(sent, and not done), fenced (another engine has the match).",
    "result");

/* ---- life --------------------------------------------------------------------------------------- */

static bool hash_script(char out_sha1[SHA1_DIGITS + 1])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(script, strlen(script), digest, &size, EVP_sha1(), NULL) != 1 || 2 * size != SHA1_DIGITS) {
        return false;
    }
    for (unsigned i = 0; i < size; i++) {
        snprintf(out_sha1 + (size_t)2 * i, 3, "%02x", digest[i]);
    }
    return true;
}

enum status recovery_create(const struct recovery_options *options, struct recovery **out_recovery)
{
    struct recovery *recovery = calloc(1, sizeof *recovery);
    if (recovery == NULL) {
        return STATUS_NO_MEMORY;
    }
    recovery->options = *options;
    recovery->place_count = 2 * options->matches_max;
    recovery->places = calloc(recovery->place_count, sizeof(struct recovery_match));
    if (recovery->places == NULL || !hash_script(recovery->sha1)) {
        recovery_destroy(recovery);
        return STATUS_NO_MEMORY;
    }
    metrics_register(&log_bytes);
    metrics_register(&log_writes);
    *out_recovery = recovery;
    return STATUS_OK;
}

void recovery_destroy(struct recovery *recovery)
{
    if (recovery == NULL) {
        return;
    }
    for (uint32_t i = 0; recovery->places != NULL && i < recovery->place_count; i++) {
        free(recovery->places[i].memory);
    }
    free(recovery->places);
    free(recovery);
}

static struct recovery_match *free_place(struct recovery *recovery)
{
    for (uint32_t i = 0; i < recovery->place_count; i++) {
        if (match_recovery_is_free(&recovery->places[i].core)) {
            return &recovery->places[i];
        }
    }
    return NULL;
}

struct recovery_match *recovery_begin(struct recovery *recovery, const char *match_id, const struct world_setup *setup,
                                      struct trace_id trace)
{
    uint32_t flush_ticks = recovery->options.flush_ticks;
    struct recovery_match *match = free_place(recovery);
    void *memory = match == NULL ? NULL : malloc(recovery_log_bytes(setup, flush_ticks));
    if (memory == NULL) {
        log_warning("recovery.unlogged", LOG_TEXT("match", match_id), LOG_TRACE(trace));
        return NULL;
    }
    *match = (struct recovery_match){.recovery = recovery, .trace = trace, .memory = memory};
    snprintf(match->id, sizeof match->id, "%s", match_id);
    match_recovery_begin(&match->core, setup, flush_ticks, memory);
    return match;
}

/* ---- writes ------------------------------------------------------------------------------------- */

/* Once an outage; the matches of this worker share their Redis. */
static void say_paused(struct recovery *recovery, const char *cause)
{
    if (!recovery->is_paused) {
        recovery->is_paused = true;
        log_warning("recovery.paused", LOG_TEXT("cause", cause));
    }
}

static void say_resumed(struct recovery *recovery)
{
    if (recovery->is_paused) {
        recovery->is_paused = false;
        log_info("recovery.resumed", LOG_TEXT("engine", recovery->options.mailbox));
    }
}

static enum match_recovery_answer answer_of(enum status status, const redisReply *reply)
{
    if (status == STATUS_OK) {
        return MATCH_RECOVERY_WRITTEN;
    }
    bool is_fenced = status == STATUS_REFUSED && strncmp(reply->str, "FENCED", strlen("FENCED")) == 0;
    return is_fenced ? MATCH_RECOVERY_FENCED : MATCH_RECOVERY_FAILED;
}

static void on_written(void *owner, enum status status, const redisReply *reply)
{
    struct recovery_match *match = owner;
    enum match_recovery_answer answer = answer_of(status, reply);
    bool is_news = match_recovery_answered(&match->core, answer);
    if (answer == MATCH_RECOVERY_WRITTEN) {
        say_resumed(match->recovery);
    } else if (answer == MATCH_RECOVERY_FENCED) {
        metric_add(&log_writes, 1, "fenced", NULL);
        if (is_news) {
            log_error("recovery.fenced", LOG_TEXT("match", match->id), LOG_TEXT("cause", reply->str),
                      LOG_TRACE(match->trace));
        }
    } else if (is_news) {
        metric_add(&log_writes, 1, "failed", NULL);
        say_paused(match->recovery, reply != NULL ? reply->str : status_text(status));
    }
}

static enum status send_script(struct recovery_match *match, const char *verb, bool is_whole_script, size_t offset,
                               const uint8_t *bytes, size_t size)
{
    const struct recovery_options *options = &match->recovery->options;
    static const char *const parts[] = {"epoch", "lease", "log"};
    char keys[3][KEY_MAX], epoch[NUMBER_MAX], lease[NUMBER_MAX], keep[NUMBER_MAX], length[NUMBER_MAX];
    for (size_t i = 0; i < 3; i++) {
        snprintf(keys[i], sizeof keys[i], "mma:match:%s:%s", match->id, parts[i]);
    }
    snprintf(epoch, sizeof epoch, "%llu", (unsigned long long)match->core.epoch);
    snprintf(lease, sizeof lease, "%u", options->lease_ms);
    snprintf(keep, sizeof keep, "%u", options->keep_ms);
    snprintf(length, sizeof length, "%zu", offset);
    const char *arguments[] = {is_whole_script ? "EVAL" : "EVALSHA",
                               is_whole_script ? script : match->recovery->sha1,
                               "3",
                               keys[0],
                               keys[1],
                               keys[2],
                               verb,
                               epoch,
                               options->mailbox,
                               lease,
                               keep,
                               length,
                               (const char *)bytes};
    size_t lengths[sizeof arguments / sizeof arguments[0]];
    int count = sizeof arguments / sizeof arguments[0];
    for (int i = 0; i < count - 1; i++) {
        lengths[i] = strlen(arguments[i]);
    }
    lengths[count - 1] = size;
    enum status status = redis_command(options->redis, on_written, match, count, arguments, lengths);
    if (status == STATUS_OK) {
        match_recovery_sent(&match->core);
    }
    return status;
}

static void note_skipped(struct recovery_match *match, const char *cause)
{
    metric_add(&log_writes, 1, "refused", NULL);
    say_paused(match->recovery, cause);
}

/* A beginning brings the script along, so that a Redis that has just come knows it. */
static void write_log(struct recovery_match *match, const struct recovery_write *write)
{
    enum status status = send_script(match, write->is_beginning ? "begin" : "append", write->is_beginning,
                                     write->offset, write->bytes, write->size);
    if (status != STATUS_OK) {
        match_recovery_unsent(&match->core);
        note_skipped(match, status_text(status));
        return;
    }
    metric_add(&log_writes, 1, write->is_beginning ? "keyframe" : "ticks", NULL);
    metric_add(&log_bytes, (double)write->size, NULL, NULL);
}

void recovery_round(struct recovery_match *match, const struct match *state)
{
    struct recovery_write write;
    if (match == NULL) {
        return;
    }
    switch (match_recovery_round(&match->core, state, redis_is_up(match->recovery->options.redis), &write)) {
    case MATCH_RECOVERY_WRITE:
        write_log(match, &write);
        break;
    case MATCH_RECOVERY_AWAY:
        note_skipped(match, "Redis is away");
        break;
    case MATCH_RECOVERY_SLOW:
        note_skipped(match, "Redis is slow");
        break;
    case MATCH_RECOVERY_NOTHING:
        break;
    }
}

void recovery_end(struct recovery_match *match)
{
    if (match == NULL) {
        return;
    }
    if (match_recovery_end(&match->core)) {
        (void)send_script(match, "end", true, 0, (const uint8_t *)"", 0); /* if not: it expires */
    }
    free(match->memory);
    match->memory = NULL;
}
