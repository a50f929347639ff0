/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/results.h"

#include "libcommon/runtime/telemetry/clock.h"
#include "services/matchmaker/io/result_message.h"
#include "services/matchmaker/io/telemetry.h"

#include <stdlib.h>
#include <string.h>

#define RETRY_MIN_MS    100
#define RETRY_MAX_MS    5000
#define STALE_TRIES_MAX 8
#define STALE_STATE     "MMA01" /* SQLSTATE of apply_match_result: a rating has moved since it was read */

enum result_stage { RESULT_FREE, RESULT_READING, RESULT_WRITING, RESULT_WAITING };

struct result {
    struct service *service;
    enum result_stage stage;
    uint64_t tag;
    struct trace_id trace;
    uint64_t retry_at_ms;
    uint32_t attempts;
    Mma__MatchResult *message; /* owned */
    struct rating_player players[RATING_PLAYERS_MAX];
};

struct results {
    struct service *service;
    struct result items[RESULTS_MAX];
};

enum status results_create(struct service *service, struct results **out_results)
{
    struct results *results = calloc(1, sizeof(*results));
    if (results == NULL) {
        return STATUS_NO_MEMORY;
    }
    results->service = service;
    *out_results = results;
    return STATUS_OK;
}

static void free_result(struct result *result)
{
    if (result->message != NULL) {
        mma__match_result__free_unpacked(result->message, NULL);
    }
    *result = (struct result){.stage = RESULT_FREE};
}

void results_destroy(struct results *results)
{
    for (size_t i = 0; results != NULL && i < RESULTS_MAX; i++) {
        free_result(&results->items[i]);
    }
    free(results);
}

static void reject(struct service *service, uint64_t tag, const char *message_id, const char *flaw)
{
    metric_add(&telemetry_ratings, 1, "rejected", NULL);
    log_error("result.rejected", LOG_TEXT("match", message_id), LOG_TEXT("detail", flaw));
    amqp_reject(service->amqp, tag, false);
}

static void wait_and_retry(struct result *result, enum status status, const char *detail)
{
    uint32_t shift = result->attempts < 6 ? result->attempts : 6;
    uint32_t delay_ms = (uint32_t)RETRY_MIN_MS << shift;
    result->stage = RESULT_WAITING;
    result->attempts++;
    result->retry_at_ms = clock_monotonic_ms() + (delay_ms < RETRY_MAX_MS ? delay_ms : RETRY_MAX_MS);
    metric_add(&telemetry_ratings, 1, "retried", NULL);
    log_warning("result.retried", LOG_TEXT("match", result->message->match_id), LOG_U64("attempt", result->attempts),
                LOG_STATUS(status), LOG_TEXT("detail", detail));
}

/* answer: moved, unrated or known, as apply_match_result says. */
static void finish(struct result *result, const char *answer)
{
    bool moved = strcmp(answer, "moved") == 0;
    struct service *service = result->service;
    const Mma__MatchResult *message = result->message;
    uint32_t queue = matchmaker_find_queue(service->core, message->queue);
    amqp_acknowledge(service->amqp, result->tag);
    metric_add(&telemetry_ratings, 1, strcmp(answer, "known") == 0 ? "repeated" : answer, NULL);
    matchmaker_match_over(service->core, message->match_id, clock_unix_ms());
    for (size_t i = 0; moved && i < message->n_standings; i++) {
        rating_cache_put(&service->ratings, message->standings[i]->player_id, queue, result->players[i].after_milli);
        log_info("rating.moved", LOG_TRACE(result->trace), LOG_TEXT("match", message->match_id),
                 LOG_TEXT("player", message->standings[i]->player_id), LOG_TEXT("queue", message->queue),
                 LOG_REAL("before", result->players[i].before_milli / 1000.0),
                 LOG_REAL("after", result->players[i].after_milli / 1000.0));
    }
    free_result(result);
}

/* ---- writing ---- */

static void read_ratings(struct result *result);

/* Data that PostgreSQL will never take: class 22 (data exception) or 23 (constraint). */
static bool is_poison(const char *state)
{
    return strncmp(state, "22", 2) == 0 || strncmp(state, "23", 2) == 0;
}

static void on_written(void *owner, enum status status, const PGresult *answer)
{
    struct result *result = owner;
    const char *state = answer ? PQresultErrorField(answer, PG_DIAG_SQLSTATE) : NULL;
    if (result->service->stopping) {
        free_result(result);
    } else if (status == STATUS_OK) {
        finish(result, PQgetvalue(answer, 0, 0));
    } else if (state != NULL && strcmp(state, STALE_STATE) == 0 && result->attempts < STALE_TRIES_MAX) {
        result->attempts++;
        metric_add(&telemetry_ratings, 1, "retried", NULL);
        read_ratings(result); /* at once: another result was faster */
    } else if (state != NULL && is_poison(state)) {
        reject(result->service, result->tag, result->message->match_id, PQresultErrorMessage(answer));
        free_result(result);
    } else {
        wait_and_retry(result, status, answer ? PQresultErrorMessage(answer) : "no answer");
    }
}

static void write_result(struct result *result)
{
    json_t *json = result_message_json(result->message, result->players);
    char *parameter = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(10)) : NULL;
    json_decref(json);
    const struct postgres_statement statement = {
        .sql = "SELECT apply_match_result($1::jsonb)", .parameter_count = 1, .parameters = {parameter}};
    result->stage = RESULT_WRITING;
    enum status status =
        parameter ? postgres_query(result->service->writes, &statement, on_written, result) : STATUS_NO_MEMORY;
    if (status != STATUS_OK) {
        wait_and_retry(result, status, "not sent");
    }
    free(parameter);
}

/* ---- reading ---- */

static void on_ratings(void *owner, enum status status, const PGresult *rows)
{
    struct result *result = owner;
    if (result->service->stopping) {
        free_result(result);
    } else if (status != STATUS_OK) {
        wait_and_retry(result, status, rows ? PQresultErrorMessage(rows) : "no answer");
    } else {
        result_message_players(result->service->core, result->message, rows, result->players);
        write_result(result);
    }
}

static void read_ratings(struct result *result)
{
    json_t *ids = result_message_player_ids(result->message);
    char *parameter = ids ? json_dumps(ids, JSON_COMPACT) : NULL;
    json_decref(ids);
    const struct postgres_statement statement = {
        .sql = "SELECT player_id, rating, games_played FROM ratings WHERE queue = $1 AND player_id IN "
               "(SELECT jsonb_array_elements_text($2::jsonb))",
        .parameter_count = 2,
        .parameters = {result->message->queue, parameter}};
    result->stage = RESULT_READING;
    enum status status =
        parameter ? postgres_query(result->service->writes, &statement, on_ratings, result) : STATUS_NO_MEMORY;
    if (status != STATUS_OK) {
        wait_and_retry(result, status, "not sent");
    }
    free(parameter);
}

void results_retry(struct results *results, uint64_t now_ms)
{
    for (size_t i = 0; i < RESULTS_MAX; i++) {
        struct result *result = &results->items[i];
        if (result->stage == RESULT_WAITING && result->retry_at_ms <= now_ms) {
            read_ratings(result);
        }
    }
}

/* ---- receiving ---- */

static struct result *free_slot(struct results *results)
{
    for (size_t i = 0; i < RESULTS_MAX; i++) {
        if (results->items[i].stage == RESULT_FREE) {
            return &results->items[i];
        }
    }
    return NULL;
}

void results_on_delivery(void *owner, const struct amqp_delivery *delivery)
{
    struct service *service = owner;
    Mma__MatchResult *message = mma__match_result__unpack(NULL, delivery->size, delivery->body);
    const char *flaw = message ? result_message_flaw(service->core, message) : "not a MatchResult";
    if (flaw != NULL) {
        reject(service, delivery->tag, delivery->message_id, flaw);
        if (message != NULL) {
            mma__match_result__free_unpacked(message, NULL);
        }
        return;
    }
    struct result *result = free_slot(service->results);
    if (result == NULL) {
        amqp_reject(service->amqp, delivery->tag, true);
        mma__match_result__free_unpacked(message, NULL);
        return;
    }
    *result = (struct result){.service = service, .tag = delivery->tag, .trace = delivery->trace, .message = message};
    read_ratings(result);
}
