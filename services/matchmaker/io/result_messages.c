/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/result_messages.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

void result_messages_report(const Mma__MatchResult *message, struct result_report *out_report)
{
    *out_report = (struct result_report){
        .match_id = message->match_id,
        .queue = message->queue,
        .region = message->region,
        .mode = message->mode,
        .map = message->map,
        .engine = message->engine,
        .end_reason = message->end_reason,
        .outcome = message->outcome,
        .winner = message->winner,
        .quality = message->quality,
        .ticks = message->ticks,
        .start_time = message->start_time,
        .end_time = message->end_time,
        .standing_count = message->n_standings < UINT32_MAX ? (uint32_t)message->n_standings : UINT32_MAX};
    for (uint32_t i = 0; i < out_report->standing_count && i < RATING_PLAYERS_MAX; i++) {
        const Mma__Standing *standing = message->standings[i];
        out_report->standings[i] = (struct result_standing){.player_id = standing->player_id,
                                                            .team = standing->team,
                                                            .slot = standing->slot,
                                                            .place = standing->place,
                                                            .has_left = standing->left_tick != 0,
                                                            .score = standing->score};
    }
}

/* The engine's decision, where it says one: else the columns stay empty. */
static void add_decision(json_t *row, const Mma__Standing *standing)
{
    json_object_set_new(row, "place", json_integer((json_int_t)standing->place));
    json_object_set_new(row, "left_tick", json_integer((json_int_t)standing->left_tick));
}

static json_t *standing_json(const Mma__Standing *standing, const struct rating_player *player, bool is_decided)
{
    json_t *row = json_pack("{s:s, s:i, s:i, s:I, s:I, s:I, s:f, s:f, s:i}", "player_id", standing->player_id, "team",
                            (int)standing->team, "score", (int)standing->score, "kills", (json_int_t)standing->kills,
                            "deaths", (json_int_t)standing->deaths, "assists", (json_int_t)standing->assists,
                            "rating_before", player->before_milli / 1000.0, "rating_after",
                            player->after_milli / 1000.0, "games_played", (int)player->games_played);
    if (is_decided && row != NULL) {
        add_decision(row, standing);
    }
    return row;
}

json_t *result_messages_json(const Mma__MatchResult *message, const struct result *result)
{
    char hash[17], seed[24];
    bool is_decided = message->outcome[0] != '\0';
    snprintf(hash, sizeof hash, "%016" PRIx64, message->state_hash);
    snprintf(seed, sizeof seed, "%" PRId64, (int64_t)message->seed);
    json_t *rows = json_array();
    for (uint32_t i = 0; i < result->player_count; i++) {
        json_array_append_new(rows, standing_json(message->standings[i], &result->players[i], is_decided));
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:i, s:s, s:f, s:s, s:s?, s:o}", "match_id",
                     message->match_id, "queue", message->queue, "region", message->region, "mode", message->mode,
                     "map", message->map, "engine", message->engine, "seed", seed, "start_ms",
                     (json_int_t)result->start_time, "end_ms", (json_int_t)result->end_time, "ticks",
                     (int)message->ticks, "state_hash", hash, "quality", message->quality, "end_reason",
                     message->end_reason[0] != '\0' ? message->end_reason : "finished", "outcome",
                     is_decided ? message->outcome : NULL, "players", rows);
}

json_t *result_messages_player_ids(const struct result *result)
{
    json_t *ids = json_array();
    for (uint32_t i = 0; i < result->player_count; i++) {
        json_array_append_new(ids, json_string(result->player_ids[i]));
    }
    return ids;
}
