/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/result_message.h"

#include "services/matchmaker/io/ticket_draft.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX  64
#define SCORE_MAX 1000000 /* either way; more is no result of a match */

static bool has_doubles(const Mma__MatchResult *message)
{
    for (size_t i = 0; i < message->n_standings; i++) {
        for (size_t j = i + 1; j < message->n_standings; j++) {
            if (strcmp(message->standings[i]->player_id, message->standings[j]->player_id) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* protobuf-c lets any bytes pass as text; JSON and PostgreSQL do not. */
static bool is_printable(const char *text)
{
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++) {
        if (text[i] < ' ' || text[i] > '~') {
            return false;
        }
    }
    return size <= TEXT_MAX;
}

static const char *standing_flaw(const Mma__Standing *standing)
{
    if (!ticket_draft_player_is_valid(standing->player_id)) {
        return "player_id";
    }
    if (standing->score < -SCORE_MAX || standing->score > SCORE_MAX) {
        return "score";
    }
    if (standing->place > RATING_PLAYERS_MAX) {
        return "place";
    }
    return standing->team >= RATING_PLAYERS_MAX && standing->team != 255 ? "team" : NULL;
}

const char *result_message_flaw(const struct matchmaker *matchmaker, const Mma__MatchResult *message)
{
    if (strlen(message->match_id) != 32 || strspn(message->match_id, "0123456789abcdef") != 32) {
        return "match_id";
    }
    if (matchmaker_find_queue(matchmaker, message->queue) == QUEUE_NONE) {
        return "queue";
    }
    if (message->n_standings < 1 || message->n_standings > RATING_PLAYERS_MAX || has_doubles(message)) {
        return "standings";
    }
    if (!is_printable(message->region) || !is_printable(message->mode) || !is_printable(message->map) ||
        !is_printable(message->engine) || !is_printable(message->end_reason)) {
        return "region, mode, map, engine or end_reason";
    }
    if (!isfinite(message->quality) || message->ticks > INT32_MAX || message->start_time < 0 ||
        message->end_time < message->start_time) {
        return "quality, ticks or time";
    }
    for (size_t i = 0; i < message->n_standings; i++) {
        const char *flaw = standing_flaw(message->standings[i]);
        if (flaw != NULL) {
            return flaw;
        }
    }
    return NULL;
}

static void read_row(const PGresult *rows, const char *player_id, struct rating_player *player)
{
    for (int row = 0; row < PQntuples(rows); row++) {
        if (strcmp(PQgetvalue(rows, row, 0), player_id) == 0) {
            player->before_milli = rating_clamp((int64_t)llround(strtod(PQgetvalue(rows, row, 1), NULL) * 1000));
            player->games_played = (uint32_t)strtoul(PQgetvalue(rows, row, 2), NULL, 10);
        }
    }
}

/* An engine of a release before places says none; half of them would be no decision. */
static bool has_places(const Mma__MatchResult *message)
{
    for (size_t i = 0; i < message->n_standings; i++) {
        if (message->standings[i]->place == 0) {
            return false;
        }
    }
    return true;
}

void result_message_players(const struct matchmaker *matchmaker, const Mma__MatchResult *message, const PGresult *rows,
                            struct rating_player players[RATING_PLAYERS_MAX])
{
    uint32_t queue = matchmaker_find_queue(matchmaker, message->queue);
    bool has_teams = matchmaker->rules.queues[queue].team_count > 0;
    bool is_decided = has_places(message);
    for (size_t i = 0; i < message->n_standings; i++) {
        const Mma__Standing *standing = message->standings[i];
        uint32_t team = standing->team < RATING_PLAYERS_MAX ? standing->team : 0;
        players[i] = (struct rating_player){.before_milli = RATING_START_MILLI,
                                            .score = standing->score,
                                            .side = has_teams ? team : (uint32_t)i,
                                            .place = is_decided ? standing->place : 0};
        read_row(rows, standing->player_id, &players[i]);
    }
    rating_move(players, (uint32_t)message->n_standings);
}

json_t *result_message_json(const Mma__MatchResult *message, const struct rating_player *players)
{
    char hash[17], seed[24];
    snprintf(hash, sizeof(hash), "%016" PRIx64, message->state_hash);
    snprintf(seed, sizeof(seed), "%" PRId64, (int64_t)message->seed);
    json_t *rows = json_array();
    for (size_t i = 0; i < message->n_standings; i++) {
        const Mma__Standing *standing = message->standings[i];
        json_array_append_new(
            rows, json_pack("{s:s, s:i, s:i, s:I, s:I, s:I, s:f, s:f, s:i}", "player_id", standing->player_id, "team",
                            (int)standing->team, "score", (int)standing->score, "kills", (json_int_t)standing->kills,
                            "deaths", (json_int_t)standing->deaths, "assists", (json_int_t)standing->assists,
                            "rating_before", players[i].before_milli / 1000.0, "rating_after",
                            players[i].after_milli / 1000.0, "games_played", (int)players[i].games_played));
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:i, s:s, s:f, s:s, s:o}", "match_id",
                     message->match_id, "queue", message->queue, "region", message->region, "mode", message->mode,
                     "map", message->map, "engine", message->engine, "seed", seed, "start_ms",
                     (json_int_t)message->start_time, "end_ms", (json_int_t)message->end_time, "ticks",
                     (int)message->ticks, "state_hash", hash, "quality", message->quality, "end_reason",
                     message->end_reason[0] != '\0' ? message->end_reason : "finished", "players", rows);
}

json_t *result_message_player_ids(const Mma__MatchResult *message)
{
    json_t *ids = json_array();
    for (size_t i = 0; i < message->n_standings; i++) {
        json_array_append_new(ids, json_string(message->standings[i]->player_id));
    }
    return ids;
}
