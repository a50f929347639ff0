/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/matchmaker_settings.h"

#include "libcommon/game/map/map.h"
#include "libcommon/game/rules/mode.h"

#include <stdio.h>
#include <string.h>

#define FIELD(member) CONFIG_FIELD(struct matchmaker_settings, member)

const struct config_row matchmaker_settings_rows[] = {
    {"PORT", CONFIG_U32, FIELD(port), "8090", 0, 65535,
     "TCP port of the HTTP API; worker N listens on PORT + N; 0: any free one", NULL},
    {"MATCHMAKING_TIMEOUT", CONFIG_U32, FIELD(matchmaking_timeout_ms), "30000", 1000, 3600000,
     "ms after which a ticket that was not matched is TIMED_OUT", NULL},
    {"MATCH_ROUND_MS", CONFIG_U32, FIELD(match_round_ms), "250", 10, 10000, "ms between two matching rounds", NULL},
    {"RATING_WINDOW", CONFIG_U32, FIELD(rating_window), "200", 1, 3000,
     "rating difference, in points, that a player accepts at first", NULL},
    {"RATING_WINDOW_GROWTH_PER_S", CONFIG_U32, FIELD(rating_window_growth_per_s), "40", 0, 3000,
     "points that the accepted difference grows by for each second waited", NULL},
    {"LATENCY_LIMIT_MS", CONFIG_U32, FIELD(latency_limit_ms), "80", 1, 10000,
     "round trip up to which a region is within reach at first; the nearest always is", NULL},
    {"LATENCY_GROWTH_MS_PER_S", CONFIG_U32, FIELD(latency_growth_ms_per_s), "10", 0, 10000,
     "ms that LATENCY_LIMIT_MS grows by for each second waited", NULL},
    {"CROSS_REGION_LATENCY_MS", CONFIG_U32, FIELD(cross_region_latency_ms), "200", 1, 10000,
     "a round trip from here on is cross-region play", NULL},
    {"CROSS_REGION_AFTER_MS", CONFIG_U32, FIELD(cross_region_after_ms), "15000", 0, 3600000,
     "ms waited before cross-region play is accepted", NULL},
    {"LATENCY_MAX_MS", CONFIG_U32, FIELD(latency_max_ms), "350", 1, 10000,
     "round trip that is never accepted, however long the wait, but for the nearest region", NULL},
    {"FFA_FILL_MS", CONFIG_U32, FIELD(ffa_fill_ms), "3000", 0, 600000,
     "ms that a free-for-all waits for more players once it has its least number", NULL},
    {"MAX_PLAYERS_PER_GAME", CONFIG_U32, FIELD(players_max), "20", 2, FORMED_MATCH_PLAYERS_MAX,
     "most players in one match; queues whose mode needs more are not offered", NULL},
    {"MATCH_TIME_LIMIT_S", CONFIG_U32, FIELD(match_time_limit_s), "0", 0, 36000,
     "seconds a match lasts at most; 0: as its mode says", NULL},
    {"MATCH_SCORE_LIMIT", CONFIG_U32, FIELD(match_score_limit), "0", 0, 10000,
     "score that ends a match; 0: as its mode says", NULL},
    {"QUEUE_MAPS", CONFIG_TEXT, FIELD(queue_maps), "", 0, 1000,
     "maps that queues play in place of their modes' own, as ffa=octagon,duel=pit: built in, or in every engine's "
     "MAP_DIR",
     NULL},
    {"TICKETS_MAX", CONFIG_U32, FIELD(tickets_max), "16384", 1, TICKETS_CAPACITY,
     "tickets at once; one more gets QUEUE_FULL (429)", NULL},
    {"CREATE_MATCH_TIMEOUT_MS", CONFIG_U32, FIELD(create_match_timeout_ms), "2000", 100, 60000,
     "ms an engine has to take a match before the next one is asked", NULL},
    {"JWT_HS256_SECRET", CONFIG_SECRET, FIELD(jwt_secret), "", 0, 512,
     "secret (32 bytes or more) of API tokens signed by HS256; empty: none are accepted", NULL},
    {"JWKS_PATH", CONFIG_TEXT, FIELD(jwks_path), "", 0, 4096,
     "JWK Set file with the keys of API tokens signed by RS256 or ES256; empty: none", NULL},
    {"JOIN_TOKEN_SECRET", CONFIG_SECRET, FIELD(join_token_secret), NULL, 32, 512,
     "secret that join tokens are signed with; the gateways have the same", NULL},
};
const size_t matchmaker_settings_row_count = sizeof matchmaker_settings_rows / sizeof matchmaker_settings_rows[0];

/* Takes "queue=map" and a comma, if any, from the front of *pairs. False: that is not what stands there. */
static bool take_pair(const char **pairs, char out_queue[MODE_NAME_MAX + 1], char out_map[MAP_NAME_MAX + 1])
{
    size_t queue = strcspn(*pairs, "=,");
    const char *map_at = *pairs + queue + 1;
    if ((*pairs)[queue] != '=' || queue == 0 || queue > MODE_NAME_MAX) {
        return false;
    }
    size_t map = strspn(map_at, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    if (map == 0 || map > MAP_NAME_MAX || (map_at[map] != '\0' && map_at[map] != ',')) {
        return false;
    }
    snprintf(out_queue, MODE_NAME_MAX + 1, "%.*s", (int)queue, *pairs);
    snprintf(out_map, MAP_NAME_MAX + 1, "%.*s", (int)map, map_at);
    *pairs = map_at + map + (map_at[map] == ',');
    return true;
}

bool matchmaker_settings_queue_maps_are_valid(const struct matchmaker_settings *settings)
{
    char queue[MODE_NAME_MAX + 1], map[MAP_NAME_MAX + 1];
    for (const char *rest = settings->queue_maps; *rest != '\0';) {
        if (!take_pair(&rest, queue, map) || mode_find(queue) == NULL) {
            return false;
        }
    }
    return true;
}

/* The last one said for the mode, or the mode's own. */
static void choose_map(const struct matchmaker_settings *settings, const struct mode *mode, struct queue_rules *out)
{
    char queue[MODE_NAME_MAX + 1], map[MAP_NAME_MAX + 1];
    const char *rest = settings->queue_maps;
    snprintf(out->map, sizeof out->map, "%s", mode->map);
    while (*rest != '\0' && take_pair(&rest, queue, map)) {
        if (strcmp(queue, mode->name) == 0) {
            snprintf(out->map, sizeof out->map, "%s", map);
        }
    }
}

static bool queue_of_mode(const struct mode *mode, uint32_t players_max, struct queue_rules *out)
{
    *out = (struct queue_rules){.team_count = mode->team_count};
    snprintf(out->name, sizeof out->name, "%s", mode->name);
    if (mode->team_count > 0) {
        out->players_min = out->players_max = (uint32_t)mode->team_count * mode->team_size;
    } else {
        out->players_min = mode->players_min < 2 ? 2 : mode->players_min;
        out->players_max = mode->players_max < players_max ? mode->players_max : players_max;
    }
    return out->players_max <= players_max && out->players_min <= out->players_max;
}

void matchmaker_settings_rules(const struct matchmaker_settings *settings, struct matchmaker_rules *out_rules)
{
    *out_rules =
        (struct matchmaker_rules){.matching = {.window_milli = settings->rating_window * 1000,
                                               .window_growth_milli_per_s = settings->rating_window_growth_per_s * 1000,
                                               .latency_limit_ms = settings->latency_limit_ms,
                                               .latency_growth_ms_per_s = settings->latency_growth_ms_per_s,
                                               .cross_region_latency_ms = settings->cross_region_latency_ms,
                                               .cross_region_after_ms = settings->cross_region_after_ms,
                                               .latency_max_ms = settings->latency_max_ms,
                                               .fill_ms = settings->ffa_fill_ms},
                                  .ticket_timeout_ms = settings->matchmaking_timeout_ms,
                                  .tickets_max = settings->tickets_max};
    const struct mode *mode;
    for (uint32_t i = 0; (mode = mode_at(i)) != NULL && out_rules->queue_count < QUEUES_MAX; i++) {
        struct queue_rules *queue = &out_rules->queues[out_rules->queue_count];
        if (queue_of_mode(mode, settings->players_max, queue)) {
            choose_map(settings, mode, queue);
            out_rules->queue_count++;
        }
    }
}
