/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/core/follow_admission.h"

#include "services/spectator/core/follow_slots.h"

struct viewer *follow_admission_find(const struct follow *follow, const char *gateway, uint64_t session)
{
    uint32_t peer = session == 0 ? PEERS_NONE : peers_find(&follow->gateways, gateway);
    return peer == PEERS_NONE ? NULL : viewers_find(&follow->viewers, peer, session);
}

/* STATUS_FULL: too many viewers, or gateways. */
static enum status seat_viewer(struct follow *follow, struct follow_slot *slot,
                               const struct follow_viewer_request *request, uint32_t tier)
{
    uint32_t gateway = peers_hold(&follow->gateways, request->from.gateway);
    if (gateway == PEERS_NONE) {
        return STATUS_FULL;
    }
    const struct viewer viewer = {.session = request->session,
                                  .gateway = gateway,
                                  .slot = (uint16_t)follow_slots_index(follow, slot),
                                  .tier = (uint8_t)tier};
    enum status status = tier_enter(&slot->match.tiers[tier], gateway);
    if (status != STATUS_OK) {
        peers_release(&follow->gateways, gateway);
        return status;
    }
    const struct viewer *seated = viewers_add(&follow->viewers, &viewer);
    REQUIRE(seated != NULL); /* the table has room for all that the matches' limits admit */
    return STATUS_OK;
}

void follow_admission_admit(struct follow *follow, struct follow_slot *slot,
                            const struct follow_viewer_request *request, uint64_t now_ms,
                            struct follow_effects *effects)
{
    REQUIRE(slot->state == FOLLOW_FOLLOWING && request->session != 0);
    uint32_t tier = tier_for_rate(request->rate_hz);
    struct viewer *old = follow_admission_find(follow, request->from.gateway, request->session);
    if (old != NULL) {
        follow_slots_remove_viewer(follow, old, now_ms);
    }
    enum status status = STATUS_FULL;
    if (followed_match_viewers(&slot->match) < follow->rules.viewers_per_match_max) {
        status = seat_viewer(follow, slot, request, tier);
    }
    if (status != STATUS_OK) {
        follow_slots_refuse(effects, &request->from, ADMISSION_MATCH_FULL);
        return;
    }
    struct follow_effect *effect = follow_slots_effect(effects, FOLLOW_ADMIT, follow_slots_index(follow, slot));
    effect->tier = tier;
    effect->request = *request;
}

void follow_admission_admit_waiters(struct follow *follow, struct follow_slot *from, struct follow_slot *into,
                                    uint64_t now_ms, struct follow_effects *effects)
{
    for (uint32_t i = 0; i < from->waiter_count; i++) {
        follow_admission_admit(follow, into, &from->waiters[i], now_ms, effects);
    }
    from->waiter_count = 0;
}

void follow_admission_wait(struct follow_slot *slot, const struct follow_viewer_request *request,
                           struct follow_effects *effects)
{
    REQUIRE(slot->state == FOLLOW_SEARCHING);
    if (slot->waiter_count == FOLLOW_WAITERS_MAX) {
        follow_slots_refuse(effects, &request->from, ADMISSION_WAITING_FULL);
        return;
    }
    slot->waiters[slot->waiter_count++] = *request;
}

struct follow_slot *follow_admission_most_watched(const struct follow *follow)
{
    struct follow_slot *best = NULL;
    for (uint32_t i = 0; i < follow->rules.matches_max; i++) {
        struct follow_slot *slot = &follow->slots[i];
        if (slot->state != FOLLOW_FOLLOWING || slot->match.is_complete || slot->is_lost) {
            continue;
        }
        uint32_t viewers = followed_match_viewers(&slot->match);
        if (viewers < follow->rules.viewers_per_match_max &&
            (best == NULL || viewers > followed_match_viewers(&best->match))) {
            best = slot;
        }
    }
    return best;
}
