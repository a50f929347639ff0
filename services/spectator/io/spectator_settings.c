/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/io/spectator_settings.h"

#define FIELD(member) CONFIG_FIELD(struct spectator_settings, member)

const struct config_row spectator_settings_rows[] = {
    {"SPECTATOR_LIMIT", CONFIG_U32, FIELD(viewers_per_match_max), "100", 1, 100000,
     "viewers of one match at this worker; one more is refused with GAME_FULL", NULL},
    {"STREAMS_MAX", CONFIG_U32, FIELD(streams_max), "64", 1, 1024,
     "matches watched at once by a worker; one more is refused with SPECTATOR_FULL", NULL},
    {"SPECTATOR_DELAY_MS", CONFIG_U32, FIELD(delay_ms), "2000", 0, 300000,
     "how far behind the match viewers are, enforced here; 90000 is usual for competitions", NULL},
    {"STREAM_LINGER_MS", CONFIG_U32, FIELD(linger_ms), "5000", 0, 600000,
     "how long a match without viewers is still followed, so that the next one need not wait for the delay", NULL},
    {"SUBSCRIBE_TIMEOUT_MS", CONFIG_U32, FIELD(subscribe_timeout_ms), "800", 50, 60000,
     "how long one engine has to answer whether it runs a match; then the next is asked", NULL},
    {"REDIS_TIMEOUT_MS", CONFIG_U32, FIELD(redis_timeout_ms), "1000", 10, 60000, "deadline of a Redis command", NULL},
};
const size_t spectator_settings_row_count = sizeof spectator_settings_rows / sizeof spectator_settings_rows[0];
