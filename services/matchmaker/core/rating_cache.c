/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/rating_cache.h"

#include "libcommon/base/hash.h"
#include "libcommon/base/status.h"
#include "libcommon/base/text.h"
#include "services/matchmaker/core/rating.h"

static uint32_t slot_of(const char *player_id, uint32_t queue)
{
    REQUIRE(player_id[0] != '\0');
    return (uint32_t)(hash_text(queue, player_id) % RATING_CACHE_SLOTS);
}

void rating_cache_put(struct rating_cache *cache, const char *player_id, uint32_t queue, int32_t rating_milli)
{
    REQUIRE(rating_milli >= RATING_MIN_MILLI && rating_milli <= RATING_MAX_MILLI);
    struct rating_cache_slot *slot = &cache->slots[slot_of(player_id, queue)];
    text_copy(slot->player_id, sizeof slot->player_id, player_id);
    slot->queue = queue;
    slot->rating_milli = rating_milli;
}

int32_t rating_cache_get(const struct rating_cache *cache, const char *player_id, uint32_t queue)
{
    const struct rating_cache_slot *slot = &cache->slots[slot_of(player_id, queue)];
    bool is_same = slot->queue == queue && text_equal(slot->player_id, player_id);
    return is_same ? slot->rating_milli : RATING_START_MILLI;
}
