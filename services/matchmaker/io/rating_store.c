/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/rating_store.h"

#include "services/matchmaker/io/carry_out.h"
#include "services/matchmaker/io/result_messages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 0 for what is no number. */
static int64_t milli_of(const char *text)
{
    double value = strtod(text, NULL) * 1000;
    return isfinite(value) && fabs(value) < 1e12 ? llround(value) : 0;
}

/* ---- one, for a ticket ---- */

static void on_rating(void *owner, enum status status, const PGresult *rows)
{
    const struct service_slot *intake = owner;
    struct matchmaker_service *service = intake->service;
    if (service->is_stopping) {
        return;
    }
    bool has_row = status == STATUS_OK && PQntuples(rows) == 1;
    const struct matchmaker_clock clock = matchmaker_service_clock();
    matchmaker_rating_read(service->core, intake->slot, status, has_row, has_row ? milli_of(PQgetvalue(rows, 0, 0)) : 0,
                           &clock, &service->effects);
    carry_out(service);
}

enum status rating_store_read(struct matchmaker_service *service, uint32_t intake)
{
    const struct ticket *draft = &service->core->intakes.items[intake].draft;
    const struct postgres_statement statement = {
        .sql = "SELECT rating FROM ratings WHERE player_id = $1 AND queue = $2",
        .parameter_count = 2,
        .parameters = {draft->player_id, service->core->rules.queues[draft->queue].name}};
    return postgres_query(service->reads, &statement, on_rating, &service->intakes[intake]);
}

/* ---- those of a result ---- */

static const char *detail_of(const PGresult *answer)
{
    return answer != NULL ? PQresultErrorMessage(answer) : "no answer";
}

static void on_ratings(void *owner, enum status status, const PGresult *answer)
{
    const struct service_slot *result = owner;
    struct matchmaker_service *service = result->service;
    if (service->is_stopping) {
        return;
    }
    struct result_rating rows[RATING_PLAYERS_MAX];
    uint32_t count = 0;
    for (int row = 0; status == STATUS_OK && row < PQntuples(answer) && count < RATING_PLAYERS_MAX; row++) {
        rows[count++] = (struct result_rating){PQgetvalue(answer, row, 0), milli_of(PQgetvalue(answer, row, 1)),
                                               (uint32_t)strtoul(PQgetvalue(answer, row, 2), NULL, 10)};
    }
    matchmaker_result_ratings(service->core, result->slot, status, detail_of(answer), rows, count,
                              matchmaker_service_clock().now_ms, &service->effects);
    carry_out(service);
}

enum status rating_store_read_all(struct matchmaker_service *service, uint32_t result_slot)
{
    const struct result *result = &service->core->results.items[result_slot];
    json_t *ids = result_messages_player_ids(result);
    char *parameter = ids != NULL ? json_dumps(ids, JSON_COMPACT) : NULL;
    json_decref(ids);
    const struct postgres_statement statement = {
        .sql = "SELECT player_id, rating, games_played FROM ratings WHERE queue = $1 AND player_id IN "
               "(SELECT jsonb_array_elements_text($2::jsonb))",
        .parameter_count = 2,
        .parameters = {service->core->rules.queues[result->queue].name, parameter}};
    enum status status = parameter != NULL
                             ? postgres_query(service->writes, &statement, on_ratings, &service->results[result_slot])
                             : STATUS_NO_MEMORY;
    free(parameter);
    return status;
}

static enum result_applied applied_of(const char *answer)
{
    if (strcmp(answer, "moved") == 0) {
        return RESULT_APPLIED_MOVED;
    }
    return strcmp(answer, "unrated") == 0 ? RESULT_APPLIED_UNRATED : RESULT_APPLIED_KNOWN;
}

static void on_written(void *owner, enum status status, const PGresult *answer)
{
    const struct service_slot *result = owner;
    struct matchmaker_service *service = result->service;
    if (service->is_stopping) {
        return;
    }
    struct result_written written = {.status = status,
                                     .sql_state = answer != NULL ? PQresultErrorField(answer, PG_DIAG_SQLSTATE) : NULL,
                                     .detail = detail_of(answer)};
    if (status == STATUS_OK) {
        written.applied = applied_of(PQgetvalue(answer, 0, 0));
    }
    matchmaker_result_written(service->core, result->slot, &written, matchmaker_service_clock().now_ms,
                              &service->effects);
    carry_out(service);
}

enum status rating_store_write(struct matchmaker_service *service, uint32_t result_slot)
{
    const struct result *result = &service->core->results.items[result_slot];
    json_t *json = result_messages_json(service->messages[result_slot].message, result);
    char *parameter = json != NULL ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(10)) : NULL;
    json_decref(json);
    const struct postgres_statement statement = {
        .sql = "SELECT apply_match_result($1::jsonb)", .parameter_count = 1, .parameters = {parameter}};
    enum status status = parameter != NULL
                             ? postgres_query(service->writes, &statement, on_written, &service->results[result_slot])
                             : STATUS_NO_MEMORY;
    free(parameter);
    return status;
}
