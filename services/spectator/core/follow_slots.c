/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/core/follow_slots.h"

#include "libcommon/base/memory.h"
#include "libcommon/base/text.h"

_Static_assert(FOLLOW_MATCHES_MAX <= UINT16_MAX, "a viewer's slot");

/* ---- effects -------------------------------------------------------------------------------------- */

struct follow_effect *follow_slots_effect(struct follow_effects *effects, enum follow_effect_kind kind, uint32_t slot)
{
    REQUIRE(effects->count < FOLLOW_EFFECTS_MAX);
    struct follow_effect *effect = &effects->items[effects->count++];
    *effect = (struct follow_effect){.kind = kind, .slot = slot};
    return effect;
}

bool follow_slots_have_room(const struct follow_effects *effects)
{
    return FOLLOW_EFFECTS_MAX - effects->count >= FOLLOW_SLOT_EFFECTS_MAX;
}

void follow_slots_refuse(struct follow_effects *effects, const struct follow_return *to, enum admission_refusal refusal)
{
    struct follow_effect *effect = follow_slots_effect(effects, FOLLOW_REFUSE, 0);
    effect->refusal = refusal;
    effect->request.from = *to;
}

/* ---- the table ------------------------------------------------------------------------------------ */

void follow_slots_check(const struct follow *follow, const struct follow_slot *slot)
{
    REQUIRE(follow->match_count <= follow->rules.matches_max);
    REQUIRE(slot->waiter_count == 0 || slot->state == FOLLOW_SEARCHING);
    REQUIRE(slot->state != FOLLOW_SEARCHING || (slot->is_subscribing && !slot->has_memory && !slot->is_lost));
    REQUIRE(slot->state != FOLLOW_FOLLOWING || slot->has_memory);
    REQUIRE(slot->state != FOLLOW_CLOSED || slot->is_subscribing);
    REQUIRE(slot->state != FOLLOW_FREE || (!slot->is_subscribing && !slot->has_memory));
}

struct follow_slot *follow_slots_at(const struct follow *follow, uint32_t slot)
{
    REQUIRE(slot < follow->rules.matches_max);
    return &follow->slots[slot];
}

uint32_t follow_slots_index(const struct follow *follow, const struct follow_slot *slot)
{
    return (uint32_t)(slot - follow->slots);
}

bool follow_slots_is_open(const struct follow_slot *slot)
{
    return slot->state == FOLLOW_SEARCHING || slot->state == FOLLOW_FOLLOWING;
}

static struct follow_slot *find(const struct follow *follow, enum follow_state state, const char *match_id)
{
    for (uint32_t i = 0; i < follow->rules.matches_max; i++) {
        if (follow->slots[i].state == state && text_equal(follow->slots[i].match_id, match_id)) {
            return &follow->slots[i];
        }
    }
    return NULL;
}

struct follow_slot *follow_slots_find_searched(const struct follow *follow, const char *match_id)
{
    return find(follow, FOLLOW_SEARCHING, match_id);
}

struct follow_slot *follow_slots_find_followed(const struct follow *follow, const char *match_id)
{
    return find(follow, FOLLOW_FOLLOWING, match_id);
}

struct follow_slot *follow_slots_open(struct follow *follow, const char *match_id)
{
    for (uint32_t i = 0; i < follow->rules.matches_max; i++) {
        struct follow_slot *slot = &follow->slots[i];
        if (slot->state == FOLLOW_FREE) {
            memory_zero(slot, sizeof *slot);
            slot->state = FOLLOW_SEARCHING;
            slot->stream_id = random_u64(&follow->random) & ~(uint64_t)(TIER_COUNT - 1);
            text_copy(slot->match_id, sizeof slot->match_id, match_id);
            follow->match_count++;
            return slot;
        }
    }
    return NULL;
}

void follow_slots_release(struct follow *follow, struct follow_slot *slot, struct follow_effects *effects)
{
    REQUIRE(slot->state != FOLLOW_FREE && !slot->is_subscribing && slot->waiter_count == 0);
    slot->state = FOLLOW_FREE;
    slot->has_memory = false;
    follow->match_count--;
    (void)follow_slots_effect(effects, FOLLOW_RELEASE, follow_slots_index(follow, slot));
    if (follow->match_count == 0 && follow->is_draining) {
        (void)follow_slots_effect(effects, FOLLOW_DRAINED, 0);
    }
    follow_slots_check(follow, slot);
}

/* ---- viewers -------------------------------------------------------------------------------------- */

void follow_slots_remove_viewer(struct follow *follow, struct viewer *viewer, uint64_t now_ms)
{
    struct follow_slot *slot = follow_slots_at(follow, viewer->slot);
    REQUIRE(slot->state == FOLLOW_FOLLOWING && viewer->tier < TIER_COUNT);
    tier_leave(&slot->match.tiers[viewer->tier], viewer->gateway);
    peers_release(&follow->gateways, viewer->gateway);
    viewers_remove(&follow->viewers, viewer);
    if (followed_match_viewers(&slot->match) == 0) {
        slot->empty_ms = now_ms;
    }
}

static void remove_viewers_of(struct follow *follow, const struct follow_slot *slot)
{
    uint32_t index = follow_slots_index(follow, slot);
    for (uint32_t i = 0; i < follow->viewers.used; i++) {
        struct viewer *viewer = &follow->viewers.items[i];
        if (viewer->session != 0 && viewer->slot == index) {
            follow_slots_remove_viewer(follow, viewer, 0);
        }
    }
}

/* ---- the end -------------------------------------------------------------------------------------- */

static void end_streams(const struct follow *follow, const struct follow_slot *slot, enum follow_end end,
                        struct follow_effects *effects)
{
    for (uint32_t t = 0; t < TIER_COUNT; t++) {
        const struct tier *tier = &slot->match.tiers[t];
        for (uint32_t i = 0; i < tier->gateway_count; i++) {
            struct follow_effect *effect =
                follow_slots_effect(effects, FOLLOW_END_STREAM, follow_slots_index(follow, slot));
            effect->tier = t;
            effect->end = end;
            text_copy(effect->request.from.gateway, sizeof effect->request.from.gateway,
                      follow->gateways.items[tier->gateways[i].peer].mailbox);
        }
    }
}

static void end_following(struct follow *follow, struct follow_slot *slot, enum follow_end end,
                          struct follow_effects *effects)
{
    uint32_t index = follow_slots_index(follow, slot);
    struct follow_effect *ended = follow_slots_effect(effects, FOLLOW_ENDED, index);
    ended->end = end;
    ended->viewers = followed_match_viewers(&slot->match);
    end_streams(follow, slot, end, effects);
    if (!slot->match.is_complete && !slot->is_lost) {
        (void)follow_slots_effect(effects, FOLLOW_UNSUBSCRIBE, index);
    }
    remove_viewers_of(follow, slot);
}

void follow_slots_end(struct follow *follow, struct follow_slot *slot, enum follow_end end,
                      struct follow_effects *effects)
{
    REQUIRE(follow_slots_is_open(slot) && follow_slots_have_room(effects));
    for (uint32_t i = 0; i < slot->waiter_count; i++) {
        follow_slots_refuse(effects, &slot->waiters[i].from, ADMISSION_NOT_FOUND);
    }
    slot->waiter_count = 0;
    if (slot->state == FOLLOW_FOLLOWING) {
        end_following(follow, slot, end, effects);
    }
    slot->state = FOLLOW_CLOSED;
    if (!slot->is_subscribing) {
        follow_slots_release(follow, slot, effects);
    }
}
