/* SPDX-License-Identifier: Apache-2.0 */
/* http_records.c - /v1/matches/{id}: running ones from memory, finished ones from PostgreSQL; /v1/players/{id}/rating
 */
#include "services/matchmaker/core/rating.h"
#include "services/matchmaker/core/ticket_draft.h"
#include "services/matchmaker/io/http_api.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TIME_AS_TEXT(column) "to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"

/* A look-up in PostgreSQL on its way. */
struct record_exchange {
    struct matchmaker_service *service;
    struct http_exchange *exchange;
    char id[TICKET_PLAYER_SIZE];
};

static void look_up(struct matchmaker_service *service, struct http_exchange *exchange, const char *id, const char *sql,
                    postgres_on_result *on_result)
{
    struct record_exchange *record = calloc(1, sizeof *record);
    const struct postgres_statement statement = {.sql = sql, .parameter_count = 1, .parameters = {id}};
    if (record != NULL) {
        *record = (struct record_exchange){.service = service, .exchange = exchange};
        snprintf(record->id, sizeof record->id, "%s", id);
    }
    if (record == NULL || postgres_query(service->reads, &statement, on_result, record) != STATUS_OK) {
        http_api_respond_database_away(exchange);
        free(record);
    }
}

/* ---- matches ---- */

static json_t *time_text(uint64_t unix_ms)
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm utc;
    char text[40];
    gmtime_r(&seconds, &utc);
    size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + length, sizeof text - length, ".%03uZ", (unsigned)(unix_ms % 1000));
    return json_string(text);
}

static json_t *match_from_memory(const struct matchmaker_service *service, const struct formed_match *match)
{
    static const char *const states[] = {"", "PLACING", "RUNNING", "OVER"};
    const char *queue = service->core->rules.queues[match->queue].name;
    json_t *players = json_array();
    for (uint32_t i = 0; i < match->seat_count; i++) {
        const struct formed_seat *seat = &match->seats[i];
        json_array_append_new(players, json_pack("{s:s, s:i, s:f}", "player_id", seat->player_id, "team",
                                                 (int)seat->team, "rating_before", seat->rating_milli / 1000.0));
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:f, s:o, s:o}", "match_id", match->id, "state", states[match->state],
                     "queue", queue, "mode", queue, "region", region_name(match->region), "quality",
                     match->quality_q16 / 65536.0, "create_time", time_text(match->form_time), "players", players);
}

static void respond_from_memory(struct matchmaker_service *service, struct http_exchange *exchange, const char *id)
{
    uint32_t slot = formed_match_table_find(&service->core->matches, id);
    if (slot == FORMED_MATCH_NONE) {
        http_respond_error(exchange, 404, "MATCH_NOT_FOUND", NULL, "there is no such match");
    } else {
        http_api_respond_json(exchange, 200, match_from_memory(service, &service->core->matches.slots[slot]));
    }
}

static void on_match_row(void *owner, enum status status, const PGresult *result)
{
    struct record_exchange *record = owner;
    struct matchmaker_service *service = record->service;
    if (service->is_stopping) {
        free(record);
        return;
    }
    if (status == STATUS_OK && PQntuples(result) == 1) {
        http_set_header(record->exchange, "Cache-Control", "no-store");
        http_respond(record->exchange, 200, "application/json", PQgetvalue(result, 0, 0),
                     (size_t)PQgetlength(result, 0, 0));
    } else if (status == STATUS_OK ||
               formed_match_table_find(&service->core->matches, record->id) != FORMED_MATCH_NONE) {
        respond_from_memory(service, record->exchange, record->id);
    } else {
        http_api_respond_database_away(record->exchange);
    }
    free(record);
}

void http_records_on_match(void *owner, struct http_exchange *exchange)
{
    static const char sql[] =
        "SELECT json_build_object('match_id', m.match_id, 'state', 'OVER', 'queue', m.queue, 'mode', m.mode, 'map', "
        "m.map, 'region', m.region, 'quality', m.quality, 'start_time', " TIME_AS_TEXT(
            "m.start_time") ", "
                            "'end_time', " TIME_AS_TEXT(
                                "m.end_time") ", 'ticks', m.ticks, 'state_hash', m.state_hash, 'outcome', "
                                              "m.outcome, 'players', coalesce((SELECT "
                                              "json_agg(json_build_object('player_id', p.player_id, 'team', p.team, "
                                              "'score', p.score, 'kills', p.kills, 'deaths', p.deaths, 'assists', "
                                              "p.assists, 'place', p.place, 'left_tick', "
                                              "p.left_tick, 'rating_before', p.rating_before, 'rating_after', "
                                              "p.rating_after) "
                                              "ORDER BY p.place, p.score DESC, p.player_id) FROM match_players p WHERE "
                                              "p.match_id = m.match_id), "
                                              "'[]'::json)) FROM matches m WHERE m.match_id = $1";
    struct matchmaker_service *service = owner;
    const char *id = http_parameter(exchange, "id");
    if (!http_api_authorize(service, exchange)) {
        return;
    }
    uint32_t slot = formed_match_table_find(&service->core->matches, id);
    bool is_under_way = slot != FORMED_MATCH_NONE && service->core->matches.slots[slot].state != FORMED_MATCH_OVER;
    if (is_under_way || !hex_id_is_valid(id)) {
        respond_from_memory(service, exchange, id);
    } else {
        look_up(service, exchange, id, sql, on_match_row);
    }
}

/* ---- ratings ---- */

static int find_row(const PGresult *rows, const char *queue)
{
    for (int row = 0; row < PQntuples(rows); row++) {
        if (strcmp(PQgetvalue(rows, row, 0), queue) == 0) {
            return row;
        }
    }
    return -1;
}

/* Of one queue; who has not played it has the start rating. */
static json_t *rating_of(const PGresult *rows, const char *queue)
{
    int row = find_row(rows, queue);
    double rating = row < 0 ? RATING_START_MILLI / 1000.0 : strtod(PQgetvalue(rows, row, 1), NULL);
    int games = row < 0 ? 0 : (int)strtol(PQgetvalue(rows, row, 2), NULL, 10);
    json_t *body = json_pack("{s:s, s:f, s:s, s:i}", "queue", queue, "rating", rating, "tier",
                             rating_tier((int32_t)lround(rating * 1000)), "games_played", games);
    if (row >= 0) {
        json_object_set_new(body, "update_time", json_string(PQgetvalue(rows, row, 3)));
    }
    return body;
}

static void on_rating_rows(void *owner, enum status status, const PGresult *result)
{
    struct record_exchange *record = owner;
    struct matchmaker_service *service = record->service;
    if (service->is_stopping) {
        free(record);
        return;
    }
    if (status != STATUS_OK) {
        http_api_respond_database_away(record->exchange);
    } else if (PQntuples(result) == 0) {
        http_respond_error(record->exchange, 404, "PLAYER_NOT_FOUND", NULL, "the player has finished no match yet");
    } else {
        json_t *ratings = json_array();
        for (uint32_t queue = 0; queue < service->core->rules.queue_count; queue++) {
            json_array_append_new(ratings, rating_of(result, service->core->rules.queues[queue].name));
        }
        http_api_respond_json(record->exchange, 200,
                              json_pack("{s:s, s:o}", "player_id", record->id, "ratings", ratings));
    }
    free(record);
}

void http_records_on_rating(void *owner, struct http_exchange *exchange)
{
    static const char sql[] =
        "SELECT queue, rating, games_played, " TIME_AS_TEXT("update_time") " FROM ratings WHERE player_id = $1";
    struct matchmaker_service *service = owner;
    if (!http_api_authorize(service, exchange)) {
        return;
    }
    const char *id = http_parameter(exchange, "id");
    if (!ticket_draft_player_is_valid(id)) {
        http_respond_error(exchange, 404, "PLAYER_NOT_FOUND", NULL, "that is no player's id");
    } else {
        look_up(service, exchange, id, sql, on_rating_rows);
    }
}
