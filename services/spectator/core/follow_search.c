/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/core/follow_search.h"

#include "libcommon/base/memory.h"
#include "libcommon/base/text.h"
#include "services/spectator/core/follow_admission.h"
#include "services/spectator/core/follow_slots.h"

/* ---- whom to ask ---------------------------------------------------------------------------------- */

static bool text_is_less(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a < (unsigned char)*b;
}

/* In the order of their mailboxes, so that a list that changes meanwhile does no harm. NULL: all were asked. */
static const char *next_engine(const struct peer_list *engines, const char *asked)
{
    const char *next = NULL;
    for (uint32_t i = 0; i < engines->count; i++) {
        const char *engine = peer_list_at(engines, i);
        if (text_is_less(asked, engine) && (next == NULL || text_is_less(engine, next))) {
            next = engine;
        }
    }
    return next;
}

static void subscribe(struct follow *follow, struct follow_slot *slot, struct follow_effects *effects)
{
    REQUIRE(!slot->is_subscribing && slot->engine[0] != '\0');
    slot->is_subscribing = true;
    (void)follow_slots_effect(effects, FOLLOW_SUBSCRIBE, follow_slots_index(follow, slot));
    follow_slots_check(follow, slot);
}

void follow_search_next(struct follow *follow, struct follow_slot *slot, const struct peer_list *engines,
                        struct follow_effects *effects)
{
    REQUIRE(slot->state == FOLLOW_SEARCHING);
    const char *engine = next_engine(engines, slot->engine);
    if (engine == NULL) {
        follow_slots_end(follow, slot, FOLLOW_END_LOST, effects);
        return;
    }
    text_copy(slot->engine, sizeof slot->engine, engine);
    subscribe(follow, slot, effects);
}

void follow_search_resync(struct follow *follow, struct follow_slot *slot, uint64_t now_ms,
                          struct follow_effects *effects)
{
    REQUIRE(slot->state == FOLLOW_FOLLOWING && !slot->is_lost);
    (void)follow_slots_effect(effects, FOLLOW_RESYNC, follow_slots_index(follow, slot));
    slot->resync_after_ms = now_ms + FOLLOW_RESYNC_PAUSE_MS;
    slot->heard_ms = now_ms;
    if (++slot->resyncs > FOLLOW_RESYNCS_MAX) {
        slot->is_lost = true;
        return;
    }
    subscribe(follow, slot, effects);
}

/* ---- answers -------------------------------------------------------------------------------------- */

static struct follow_slot *take_answer(const struct follow *follow, uint32_t index,
                                       const struct follow_effects *effects)
{
    struct follow_slot *slot = follow_slots_at(follow, index);
    REQUIRE(slot->is_subscribing && effects->count == 0);
    slot->is_subscribing = false;
    return slot;
}

/* The engine sends to slot what nobody here wants. Where another slot may take the same records, they go on. */
static void unsubscribe_unless_shared(const struct follow *follow, const struct follow_slot *slot,
                                      struct follow_effects *effects)
{
    const struct follow_slot *followed = follow_slots_find_followed(follow, slot->match_id);
    bool is_followed_there = followed != NULL && text_equal(followed->engine, slot->engine);
    for (uint32_t i = 0; i < follow->rules.matches_max; i++) {
        const struct follow_slot *other = &follow->slots[i];
        bool is_same = other->match_id[0] == '\0' || text_equal(other->match_id, slot->match_id);
        if (other != slot && other->state == FOLLOW_SEARCHING && is_same && text_equal(other->engine, slot->engine)) {
            return;
        }
    }
    if (!is_followed_there) {
        (void)follow_slots_effect(effects, FOLLOW_UNSUBSCRIBE, follow_slots_index(follow, slot));
    }
}

static enum status begin(const struct follow *follow, struct follow_slot *slot,
                         const struct follow_beginning *beginning, uint64_t now_ms)
{
    if (beginning->status != STATUS_OK) {
        return beginning->status;
    }
    if (!slot->has_memory) {
        followed_match_init(&slot->match, beginning->header, follow->rules.delay_ms, beginning->memory);
        slot->has_memory = true;
    } else if (!memory_equal(beginning->header->match_id, slot->match.header.match_id, RECORD_MATCH_ID_BYTES)) {
        return STATUS_MISMATCH;
    }
    slot->heard_ms = now_ms;
    return followed_match_begin(&slot->match, beginning->keyframe, beginning->keyframe_size, now_ms);
}

static void start(struct follow *follow, struct follow_slot *slot, const struct follow_beginning *beginning,
                  uint64_t now_ms, struct follow_effects *effects)
{
    uint32_t index = follow_slots_index(follow, slot);
    enum status status = begin(follow, slot, beginning, now_ms);
    if (status != STATUS_OK) {
        follow_slots_effect(effects, FOLLOW_FAILED, index)->status = status;
        unsubscribe_unless_shared(follow, slot, effects);
        follow_slots_end(follow, slot, FOLLOW_END_LOST, effects);
        return;
    }
    slot->state = FOLLOW_FOLLOWING;
    slot->empty_ms = now_ms;
    (void)follow_slots_effect(effects, FOLLOW_STARTED, index);
    follow_admission_admit_waiters(follow, slot, slot, now_ms, effects);
    follow_slots_check(follow, slot);
}

/* The engine chose a match, or two searches found the same one: it is followed already. */
static void join(struct follow *follow, struct follow_slot *slot, struct follow_slot *followed, uint64_t now_ms,
                 struct follow_effects *effects)
{
    follow_admission_admit_waiters(follow, slot, followed, now_ms, effects);
    slot->state = FOLLOW_CLOSED;
    unsubscribe_unless_shared(follow, slot, effects);
    follow_slots_release(follow, slot, effects);
}

static void resynced(struct follow *follow, struct follow_slot *slot, enum status status)
{
    if (status == STATUS_NOT_FOUND || status == STATUS_CANCELLED) {
        slot->is_lost = true;
    }
    slot->match.needs_resync |= status != STATUS_OK;
    follow_slots_check(follow, slot);
}

/* A search found a match. */
static void found(struct follow *follow, struct follow_slot *slot, const struct follow_beginning *beginning,
                  uint64_t now_ms, struct follow_effects *effects)
{
    struct follow_slot *followed = follow_slots_find_followed(follow, beginning->match_id);
    text_copy(slot->match_id, sizeof slot->match_id, beginning->match_id);
    if (followed != NULL) {
        join(follow, slot, followed, now_ms, effects);
    } else {
        start(follow, slot, beginning, now_ms, effects);
    }
}

/* The answer came after the end: the engine sends records until it gets an Unsubscribe. */
static void found_too_late(struct follow *follow, struct follow_slot *slot, const struct follow_beginning *beginning,
                           struct follow_effects *effects)
{
    text_copy(slot->match_id, sizeof slot->match_id, beginning->match_id);
    unsubscribe_unless_shared(follow, slot, effects);
    follow_slots_release(follow, slot, effects);
}

void follow_subscribed(struct follow *follow, uint32_t slot, const struct follow_beginning *beginning, uint64_t now_ms,
                       struct follow_effects *out_effects)
{
    REQUIRE(beginning->match_id != NULL);
    struct follow_slot *place = take_answer(follow, slot, out_effects);
    if (place->state == FOLLOW_CLOSED) {
        found_too_late(follow, place, beginning, out_effects);
    } else if (place->state == FOLLOW_FOLLOWING) {
        resynced(follow, place, begin(follow, place, beginning, now_ms));
    } else {
        found(follow, place, beginning, now_ms, out_effects);
    }
}

void follow_not_subscribed(struct follow *follow, uint32_t slot, enum status status, const struct peer_list *engines,
                           struct follow_effects *out_effects)
{
    REQUIRE(status != STATUS_OK);
    struct follow_slot *place = take_answer(follow, slot, out_effects);
    if (place->state == FOLLOW_CLOSED) {
        follow_slots_release(follow, place, out_effects);
    } else if (place->state == FOLLOW_FOLLOWING) {
        resynced(follow, place, status);
    } else {
        follow_search_next(follow, place, engines, out_effects);
    }
}

void follow_subscribe_unsent(struct follow *follow, uint32_t slot, const struct peer_list *engines,
                             struct follow_effects *out_effects)
{
    struct follow_slot *place = take_answer(follow, slot, out_effects);
    if (place->state == FOLLOW_CLOSED) {
        follow_slots_release(follow, place, out_effects);
    } else if (place->state == FOLLOW_FOLLOWING) {
        place->is_lost = true;
    } else {
        follow_search_next(follow, place, engines, out_effects);
    }
}
