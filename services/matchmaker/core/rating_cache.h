/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rating_cache.h - the ratings last seen, for when PostgreSQL is away or slow: a fixed table where a newer player takes
 * the place of an older one with the same hash. All zero is an empty one.
 */
#ifndef MMA_SERVICES_MATCHMAKER_CORE_RATING_CACHE_H
#define MMA_SERVICES_MATCHMAKER_CORE_RATING_CACHE_H

#include "services/matchmaker/core/ticket.h"

#define RATING_CACHE_SLOTS 8192u

struct rating_cache_slot {
    char player_id[TICKET_PLAYER_SIZE];
    uint32_t queue;
    int32_t rating_milli;
};

struct rating_cache {
    struct rating_cache_slot slots[RATING_CACHE_SLOTS];
};

void rating_cache_put(struct rating_cache *cache, const char *player_id, uint32_t queue, int32_t rating_milli);
int32_t rating_cache_get(const struct rating_cache *cache, const char *player_id, uint32_t queue); /* or the start */

#endif
