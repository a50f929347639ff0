/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/placement.h"

#include "libcommon/base/text.h"

static bool has_room(const struct placement_engine *engine, uint32_t players)
{
    uint64_t players_then = (uint64_t)engine->players + engine->given_players + players;
    uint64_t matches_then = (uint64_t)engine->matches + engine->given_matches + 1;
    return !engine->draining && players_then <= engine->players_max && matches_then <= engine->matches_max;
}

uint32_t placement_open_regions(const struct placement_engine *engines, uint32_t count, uint32_t players)
{
    uint32_t regions = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (engines[i].region < REGION_COUNT && has_room(&engines[i], players)) {
            regions |= 1u << engines[i].region;
        }
    }
    return regions;
}

static bool was_tried(const struct placement_tried *tried, const char *mailbox)
{
    for (uint32_t i = 0; i < tried->count; i++) {
        if (text_equal(tried->mailboxes[i], mailbox)) {
            return true;
        }
    }
    return false;
}

static bool is_better(const struct placement_engine *a, const struct placement_engine *b)
{
    uint64_t load_a = a->load_permille + (uint64_t)a->given_matches * PLACEMENT_MATCH_PERMILLE;
    uint64_t load_b = b->load_permille + (uint64_t)b->given_matches * PLACEMENT_MATCH_PERMILLE;
    if (load_a != load_b) {
        return load_a < load_b;
    }
    uint64_t matches_a = (uint64_t)a->matches + a->given_matches;
    uint64_t matches_b = (uint64_t)b->matches + b->given_matches;
    return matches_a != matches_b ? matches_a < matches_b : text_order(a->mailbox, b->mailbox) < 0;
}

uint32_t placement_choose(const struct placement_engine *engines, uint32_t count, uint32_t region, uint32_t players,
                          const struct placement_tried *tried)
{
    uint32_t best = PLACEMENT_NONE;
    if (tried->count >= PLACEMENT_TRIES_MAX) {
        return best;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct placement_engine *engine = &engines[i];
        if (engine->region == region && has_room(engine, players) && !was_tried(tried, engine->mailbox) &&
            (best == PLACEMENT_NONE || is_better(engine, &engines[best]))) {
            best = i;
        }
    }
    return best;
}
