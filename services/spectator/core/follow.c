/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/core/follow.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/memory.h"
#include "libcommon/base/text.h"
#include "services/spectator/core/follow_admission.h"
#include "services/spectator/core/follow_search.h"
#include "services/spectator/core/follow_slots.h"

/* ---- life ----------------------------------------------------------------------------------------- */

static uint32_t viewers_max(const struct follow_rules *rules)
{
    return rules->matches_max * rules->viewers_per_match_max;
}

size_t follow_memory_bytes(const struct follow_rules *rules)
{
    REQUIRE(rules->matches_max > 0 && rules->matches_max <= FOLLOW_MATCHES_MAX);
    REQUIRE(rules->viewers_per_match_max > 0 && rules->viewers_per_match_max <= UINT32_MAX / FOLLOW_MATCHES_MAX);
    return arena_bytes(rules->matches_max * sizeof(struct follow_slot)) +
           arena_bytes(viewers_bytes(viewers_max(rules)));
}

void follow_init(struct follow *follow, const struct follow_rules *rules, uint64_t seed, void *memory)
{
    REQUIRE(memory != NULL && (uintptr_t)memory % ARENA_ALIGNMENT == 0);
    struct arena arena;
    memory_zero(follow, sizeof *follow);
    follow->rules = *rules;
    random_init(&follow->random, seed, 1);
    arena_init(&arena, memory, follow_memory_bytes(rules));
    follow->slots = arena_take_zeroed(&arena, rules->matches_max, sizeof(struct follow_slot));
    viewers_init(&follow->viewers, viewers_max(rules), arena_take(&arena, viewers_bytes(viewers_max(rules))));
}

const char *follow_end_code(enum follow_end end)
{
    return end == FOLLOW_END_MATCH_OVER ? "MATCH_OVER" : "SPECTATOR_LOST";
}

bool follow_needs_memory(const struct follow *follow, uint32_t slot)
{
    return follow_slots_at(follow, slot)->state == FOLLOW_SEARCHING;
}

/* ---- viewers come and go -------------------------------------------------------------------------- */

static void search(struct follow *follow, const struct follow_viewer_request *request, const char *match_id,
                   const struct peer_list *engines, struct follow_effects *effects)
{
    struct follow_slot *slot = follow_slots_open(follow, match_id);
    if (slot == NULL) {
        follow_slots_refuse(effects, &request->from, ADMISSION_MATCHES_FULL);
        return;
    }
    memory_copy(slot->trace, request->from.trace, sizeof slot->trace);
    follow_admission_wait(slot, request, effects);
    follow_search_next(follow, slot, engines, effects);
}

/* The match that the request is for, followed or searched; NULL: none yet. */
static struct follow_slot *find_for(const struct follow *follow, const char *match_id)
{
    struct follow_slot *slot =
        match_id[0] == '\0' ? follow_admission_most_watched(follow) : follow_slots_find_followed(follow, match_id);
    return slot != NULL ? slot : follow_slots_find_searched(follow, match_id);
}

void follow_watch(struct follow *follow, const struct follow_viewer_request *request, const char *match_id,
                  const struct peer_list *engines, uint64_t now_ms, struct follow_effects *out_effects)
{
    REQUIRE(match_id != NULL && out_effects->count == 0);
    bool is_valid = request->session != 0 && request->from.gateway[0] != '\0';
    if (!is_valid || text_size(match_id, HEX_ID_SIZE) == HEX_ID_SIZE) {
        follow_slots_refuse(out_effects, &request->from, ADMISSION_INVALID);
        return;
    }
    if (follow->is_draining) {
        follow_slots_refuse(out_effects, &request->from, ADMISSION_DRAINING);
        return;
    }
    struct follow_slot *slot = find_for(follow, match_id);
    if (slot == NULL) {
        search(follow, request, match_id, engines, out_effects);
    } else if (slot->state == FOLLOW_SEARCHING) {
        follow_admission_wait(slot, request, out_effects);
    } else {
        follow_admission_admit(follow, slot, request, now_ms, out_effects);
    }
}

void follow_unwatch(struct follow *follow, const struct follow_viewer_request *request, uint64_t now_ms,
                    struct follow_effects *out_effects)
{
    REQUIRE(out_effects->count == 0);
    struct viewer *viewer = follow_admission_find(follow, request->from.gateway, request->session);
    if (viewer != NULL) {
        follow_slots_effect(out_effects, FOLLOW_VIEWER_LEFT, viewer->slot)->request = *request;
        follow_slots_remove_viewer(follow, viewer, now_ms);
    }
}

void follow_not_served(const struct follow_return *from, struct follow_effects *out_effects)
{
    REQUIRE(out_effects->count == 0);
    follow_slots_refuse(out_effects, from, ADMISSION_NOT_SERVED);
}

/* ---- records -------------------------------------------------------------------------------------- */

void follow_records(struct follow *follow, const char *engine, const char *match_id, uint32_t first_tick,
                    const uint8_t *bytes, size_t size, uint64_t now_ms)
{
    REQUIRE(engine != NULL && match_id != NULL);
    struct follow_slot *slot = follow_slots_find_followed(follow, match_id);
    if (slot != NULL && text_equal(slot->engine, engine)) {
        slot->heard_ms = now_ms;
        followed_match_receive(&slot->match, first_tick, bytes, size, now_ms);
    }
}

/* ---- a step --------------------------------------------------------------------------------------- */

static void encode_tier(struct follow_slot *slot, uint32_t index, struct frame_batch *batch)
{
    struct followed_match *match = &slot->match;
    struct tier *tier = &match->tiers[index];
    struct tier_frame frame;
    enum status status = tier_encode(tier, &match->scene, &match->events, frame_batch_place(batch),
                                     TIER_FRAME_BYTES(match->header.setup.capacity), &frame);
    if (status == STATUS_OK) {
        frame_batch_add(batch, slot->stream_id + index, index, tier, &frame);
    } /* else the next one is a keyframe */
}

static void step_match(struct follow_slot *slot, uint64_t now_ms, struct frame_batch *batch)
{
    struct followed_match *match = &slot->match;
    if (!followed_match_step(match, now_ms)) {
        return;
    }
    slot->resyncs = 0;
    for (uint32_t i = 0; i < TIER_COUNT; i++) {
        if (tier_is_due(&match->tiers[i], match->player.world.tick, match->has_ended)) {
            encode_tier(slot, i, batch);
        }
    }
}

bool follow_step(struct follow *follow, uint64_t now_ms, struct frame_batch *batch)
{
    for (; follow->step_slot < follow->rules.matches_max; follow->step_slot++) {
        struct follow_slot *slot = &follow->slots[follow->step_slot];
        if (slot->state != FOLLOW_FOLLOWING) {
            continue;
        }
        if (!frame_batch_has_room(batch, slot->match.header.setup.capacity)) {
            return true;
        }
        step_match(slot, now_ms, batch);
    }
    follow->step_slot = 0;
    return false;
}

/* ---- what ends ------------------------------------------------------------------------------------ */

static bool is_broken_off(const struct follow_slot *slot, uint64_t now_ms)
{
    bool is_silent = !slot->match.is_complete && now_ms - slot->heard_ms > FOLLOW_SILENCE_MS;
    return slot->match.needs_resync || is_silent;
}

static void settle_followed(struct follow *follow, struct follow_slot *slot, uint64_t now_ms,
                            struct follow_effects *effects)
{
    bool is_empty = followed_match_viewers(&slot->match) == 0;
    if (slot->match.has_ended) {
        follow_slots_end(follow, slot, FOLLOW_END_MATCH_OVER, effects);
    } else if (slot->is_lost && followed_match_is_drained(&slot->match)) {
        follow_slots_end(follow, slot, FOLLOW_END_LOST, effects);
    } else if (is_empty && now_ms - slot->empty_ms >= follow->rules.linger_ms) {
        follow_slots_end(follow, slot, FOLLOW_END_MATCH_OVER, effects);
    } else if (!slot->is_lost && !slot->is_subscribing && now_ms >= slot->resync_after_ms &&
               is_broken_off(slot, now_ms)) {
        follow_search_resync(follow, slot, now_ms, effects);
    }
}

bool follow_settle(struct follow *follow, uint64_t now_ms, struct follow_effects *out_effects)
{
    REQUIRE(out_effects->count == 0);
    if (follow->is_draining && now_ms >= follow->drain_end_ms) {
        return follow_end_all(follow, out_effects);
    }
    for (uint32_t i = 0; i < follow->rules.matches_max; i++) {
        if (!follow_slots_have_room(out_effects)) {
            return true;
        }
        if (follow->slots[i].state == FOLLOW_FOLLOWING) {
            settle_followed(follow, &follow->slots[i], now_ms, out_effects);
        }
    }
    return false;
}

bool follow_gateways(struct follow *follow, const struct peer_list *gateways, uint64_t age_ms, uint64_t now_ms,
                     struct follow_effects *out_effects)
{
    REQUIRE(out_effects->count == 0);
    if (!peers_follow(&follow->gateways, gateways, 1, age_ms, now_ms)) {
        return false;
    }
    for (uint32_t i = 0; i < follow->viewers.used; i++) {
        struct viewer *viewer = &follow->viewers.items[i];
        if (viewer->session == 0 || !peers_is_gone(&follow->gateways, viewer->gateway, now_ms)) {
            continue;
        }
        if (out_effects->count == FOLLOW_EFFECTS_MAX) {
            return true;
        }
        struct follow_viewer_request *who =
            &follow_slots_effect(out_effects, FOLLOW_VIEWER_LOST, viewer->slot)->request;
        who->session = viewer->session;
        text_copy(who->from.gateway, sizeof who->from.gateway, follow->gateways.items[viewer->gateway].mailbox);
        follow_slots_remove_viewer(follow, viewer, now_ms);
    }
    return false;
}

/* ---- drain ---------------------------------------------------------------------------------------- */

void follow_drain(struct follow *follow, uint32_t timeout_ms, uint64_t now_ms, struct follow_effects *out_effects)
{
    REQUIRE(out_effects->count == 0);
    bool has_reserve = timeout_ms > 2 * FOLLOW_DRAIN_RESERVE_MS;
    follow->is_draining = true;
    follow->drain_end_ms = now_ms + (has_reserve ? timeout_ms - FOLLOW_DRAIN_RESERVE_MS : timeout_ms / 2);
    if (follow->match_count == 0) {
        (void)follow_slots_effect(out_effects, FOLLOW_DRAINED, 0);
    }
}

bool follow_end_all(struct follow *follow, struct follow_effects *out_effects)
{
    for (uint32_t i = 0; i < follow->rules.matches_max; i++) {
        if (!follow_slots_is_open(&follow->slots[i])) {
            continue;
        }
        if (!follow_slots_have_room(out_effects)) {
            return true;
        }
        follow_slots_end(follow, &follow->slots[i], FOLLOW_END_LOST, out_effects);
    }
    return false;
}
