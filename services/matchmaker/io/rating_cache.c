/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/rating_cache.h"

#include "libcommon/base/hash.h"
#include "services/matchmaker/core/rating.h"

#include <stdio.h>
#include <string.h>

static uint32_t slot_of(const char *player_id, uint32_t queue)
{
    struct hash hash;
    hash_init(&hash, queue);
    hash_bytes(&hash, player_id, strlen(player_id));
    return (uint32_t)(hash_finish(&hash) % RATING_CACHE_SLOTS);
}

void rating_cache_put(struct rating_cache *cache, const char *player_id, uint32_t queue, int32_t rating_milli)
{
    uint32_t slot = slot_of(player_id, queue);
    snprintf(cache->slots[slot].player_id, sizeof(cache->slots[slot].player_id), "%s", player_id);
    cache->slots[slot].queue = queue;
    cache->slots[slot].rating_milli = rating_milli;
}

int32_t rating_cache_get(const struct rating_cache *cache, const char *player_id, uint32_t queue)
{
    uint32_t slot = slot_of(player_id, queue);
    bool is_same = cache->slots[slot].queue == queue && strcmp(cache->slots[slot].player_id, player_id) == 0;
    return is_same ? cache->slots[slot].rating_milli : RATING_START_MILLI;
}
