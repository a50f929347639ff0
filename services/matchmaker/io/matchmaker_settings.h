/* SPDX-License-Identifier: Apache-2.0 */
/* matchmaker_settings.h - the matchmaker's own settings; each row of the table says what it does. */
#ifndef MMA_SERVICES_MATCHMAKER_IO_MATCHMAKER_SETTINGS_H
#define MMA_SERVICES_MATCHMAKER_IO_MATCHMAKER_SETTINGS_H

#include "libcommon/runtime/daemon/config.h"
#include "services/matchmaker/core/matchmaker.h"

struct matchmaker_settings {
    uint32_t port;
    uint32_t matchmaking_timeout_ms;
    uint32_t match_round_ms;
    uint32_t rating_window;
    uint32_t rating_window_growth_per_s;
    uint32_t latency_limit_ms;
    uint32_t latency_growth_ms_per_s;
    uint32_t cross_region_latency_ms;
    uint32_t cross_region_after_ms;
    uint32_t latency_max_ms;
    uint32_t ffa_fill_ms;
    uint32_t players_max;
    uint32_t match_time_limit_s;
    uint32_t match_score_limit;
    const char *queue_maps;
    uint32_t tickets_max;
    uint32_t create_match_timeout_ms;
    const char *jwt_secret;
    const char *jwks_path;
    const char *join_token_secret;
};

extern const struct config_row matchmaker_settings_rows[];
extern const size_t matchmaker_settings_row_count;

/* QUEUE_MAPS is empty, or pairs of a mode and the name of a map. */
bool matchmaker_settings_queue_maps_are_valid(const struct matchmaker_settings *settings);

/* The core's rules: the settings, and one queue for each mode of play that fits MAX_PLAYERS_PER_GAME. */
void matchmaker_settings_rules(const struct matchmaker_settings *settings, struct matchmaker_rules *out_rules);

#endif
