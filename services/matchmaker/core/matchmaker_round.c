/* SPDX-License-Identifier: Apache-2.0 */
/* matchmaker_round.c - what happens every MATCH_ROUND_MS, and what an engine's answer means; matchmaker.h. */
#include "libcommon/base/text.h"
#include "services/matchmaker/core/match_former.h"
#include "services/matchmaker/core/matchmaker_internal.h"

static void add_match_effect(struct matchmaker_effects *effects, enum matchmaker_effect_kind kind, uint32_t slot)
{
    matchmaker_effects_add(effects, &(struct matchmaker_effect){.kind = kind, .slot = slot});
}

/* ---- forgetting ---- */

/* What Redis lists as open is taken over by the next matchmaker: a closed ticket is kept until Redis knows. */
static void forget_old_tickets(struct ticket_table *tickets, uint64_t now_ms)
{
    while (tickets->closed.count > 0 && tickets->slots[tickets->closed.first].store == TICKET_STORED &&
           ticket_age_ms(&tickets->slots[tickets->closed.first], now_ms) >= MATCHMAKER_TICKET_KEEP_MS) {
        ticket_table_forget(tickets, tickets->closed.first);
    }
}

static void forget_old_matches(struct formed_match_table *matches, uint64_t now_ms)
{
    for (uint32_t slot = 0; slot < FORMED_MATCHES_CAPACITY; slot++) {
        const struct formed_match *match = &matches->slots[slot];
        if ((match->state == FORMED_MATCH_OVER && match->update_ms + MATCHMAKER_MATCH_KEEP_MS <= now_ms) ||
            (match->state == FORMED_MATCH_RUNNING && match->update_ms + MATCHMAKER_MATCH_FORGET_MS <= now_ms)) {
            formed_match_table_forget(matches, slot);
        }
    }
}

/* ---- what Redis does not have ---- */

static void store_list(struct matchmaker *matchmaker, const struct ticket_list *list,
                       struct matchmaker_effects *effects)
{
    for (uint32_t slot = list->first; slot != TICKET_NONE; slot = matchmaker->tickets.links[slot].newer) {
        if (matchmaker->tickets.slots[slot].store != TICKET_UNSTORED) {
            continue;
        }
        if (!matchmaker_effects_have_room(effects, MATCHMAKER_EFFECTS_MAX / 2)) {
            matchmaker->has_unstored = true;
            return;
        }
        matchmaker_store_ticket(matchmaker, slot, effects);
    }
}

static void doubt_list(struct matchmaker *matchmaker, const struct ticket_list *list)
{
    for (uint32_t slot = list->first; slot != TICKET_NONE; slot = matchmaker->tickets.links[slot].newer) {
        struct ticket *ticket = &matchmaker->tickets.slots[slot];
        ticket->store = ticket->store == TICKET_STORED ? TICKET_UNSTORED : ticket->store;
    }
}

/* A Redis that came back may have forgotten all, or what it was told last. */
static void note_generation(struct matchmaker *matchmaker, uint32_t generation)
{
    if (generation != matchmaker->redis_generation) {
        matchmaker->redis_generation = generation;
        matchmaker->has_unstored = true;
        doubt_list(matchmaker, &matchmaker->tickets.open);
        doubt_list(matchmaker, &matchmaker->tickets.closed);
    }
}

static void store_unstored(struct matchmaker *matchmaker, const struct takeover_view *view,
                           struct matchmaker_effects *effects)
{
    if (view->is_redis_up) {
        note_generation(matchmaker, view->redis_generation);
    }
    if (view->is_redis_up && matchmaker->has_unstored) {
        matchmaker->has_unstored = false;
        store_list(matchmaker, &matchmaker->tickets.closed, effects);
        store_list(matchmaker, &matchmaker->tickets.open, effects);
    }
}

/* ---- tickets ---- */

/* Those whose time is up close, newcomers begin to search; in a rush, half of the effects are left to matches. */
static void advance_tickets(struct matchmaker *matchmaker, const struct matchmaker_clock *clock,
                            struct matchmaker_effects *effects)
{
    uint32_t slot = matchmaker->tickets.open.first;
    while (slot != TICKET_NONE && matchmaker_effects_have_room(effects, MATCHMAKER_EFFECTS_MAX / 2)) {
        uint32_t newer = matchmaker->tickets.links[slot].newer;
        const struct ticket *ticket = &matchmaker->tickets.slots[slot];
        bool is_late = ticket_wait_ms(ticket, clock->now_ms) >= matchmaker->rules.ticket_timeout_ms;
        if (ticket_can_leave(ticket) && is_late) {
            enum ticket_reason reason = ticket->reason ? ticket->reason : TICKET_REASON_NO_MATCH;
            matchmaker_change_ticket(matchmaker, slot, TICKET_TIMED_OUT, reason, clock, effects);
        } else if (ticket->state == TICKET_QUEUED && ticket->intake == TICKET_INTAKE_NONE) {
            matchmaker_change_ticket(matchmaker, slot, TICKET_SEARCHING, TICKET_REASON_NONE, clock, effects);
        }
        slot = newer;
    }
}

/* The ticket as a candidate; none, with its reason set, while no engine within its reach has room. */
static void make_candidate(struct matchmaker *matchmaker, uint32_t slot, uint32_t open_regions,
                           const struct matchmaker_clock *clock, struct matchmaker_effects *effects)
{
    struct ticket *ticket = &matchmaker->tickets.slots[slot];
    struct matching_pool *pool = &matchmaker->pool;
    const struct matching_rules *rules = &matchmaker->rules.matching;
    uint32_t wait_ms = ticket_wait_ms(ticket, clock->now_ms);
    uint32_t regions = matching_regions(rules, ticket->latency_ms, wait_ms) & open_regions;
    enum ticket_reason reason = regions == 0 ? TICKET_REASON_NO_CAPACITY : TICKET_REASON_NONE;
    if (reason != ticket->reason && matchmaker_effects_have_room(effects, MATCHMAKER_TICKET_EFFECTS_MAX)) {
        matchmaker_change_ticket(matchmaker, slot, TICKET_SEARCHING, reason, clock, effects);
    }
    if (regions == 0) {
        return;
    }
    struct matching_candidate *candidate = &pool->candidates[pool->count];
    *candidate = (struct matching_candidate){.ticket = slot,
                                             .rating_milli = ticket->rating_milli,
                                             .window_milli = matching_window_milli(rules, wait_ms),
                                             .regions = regions,
                                             .wait_ms = wait_ms,
                                             .age_rank = pool->count};
    for (uint32_t region = 0; region < REGION_COUNT; region++) {
        candidate->latency_ms[region] = ticket->latency_ms[region];
    }
    pool->count++;
}

static void fill_pool(struct matchmaker *matchmaker, uint32_t queue, uint32_t open_regions,
                      const struct matchmaker_clock *clock, struct matchmaker_effects *effects)
{
    const struct ticket_table *tickets = &matchmaker->tickets;
    matchmaker->pool.count = 0;
    for (uint32_t slot = tickets->open.first; slot != TICKET_NONE; slot = tickets->links[slot].newer) {
        const struct ticket *ticket = &tickets->slots[slot];
        if (ticket->queue == queue && ticket->state == TICKET_SEARCHING) {
            make_candidate(matchmaker, slot, open_regions, clock, effects);
        }
    }
    matching_pool_sort(&matchmaker->pool);
}

/* ---- matches ---- */

/* Puts the group's tickets into PLACING and says where to. */
static bool place_group(struct matchmaker *matchmaker, const struct match_former_context *context,
                        const struct matching_group *group, struct matchmaker_effects *effects)
{
    uint32_t match_slot;
    if (match_former_make(matchmaker, context, group, &match_slot) != STATUS_OK) {
        return false;
    }
    struct formed_match *match = &matchmaker->matches.slots[match_slot];
    for (uint32_t i = 0; i < match->seat_count; i++) {
        uint32_t slot = match->seats[i].ticket;
        text_copy(matchmaker->tickets.slots[slot].match_id, TICKET_ID_SIZE, match->id);
        matchmaker_change_ticket(matchmaker, slot, TICKET_PLACING, TICKET_REASON_NONE, &context->clock, effects);
    }
    matchmaker->queues[match->queue].matches_formed++;
    add_match_effect(effects, MATCHMAKER_NOTE_FORMED, match_slot);
    add_match_effect(effects, MATCHMAKER_PLACE_MATCH, match_slot);
    return true;
}

#define GROUP_EFFECTS_MAX (FORMED_MATCH_PLAYERS_MAX * MATCHMAKER_TICKET_EFFECTS_MAX + 2)

static void match_queue(struct matchmaker *matchmaker, uint32_t queue, const struct matchmaker_engines *engines,
                        const struct matchmaker_clock *clock, struct matchmaker_effects *effects)
{
    const struct queue_rules *rules = &matchmaker->rules.queues[queue];
    const struct matching_size size = {rules->players_min, rules->players_max};
    const struct match_former_context context = {queue, engines, *clock};
    uint32_t open_regions = placement_open_regions(engines->items, engines->count, rules->players_max);
    fill_pool(matchmaker, queue, open_regions, clock, effects);
    struct matching_pool *pool = &matchmaker->pool;
    for (uint32_t age = 0; age < pool->count && matchmaker_effects_have_room(effects, GROUP_EFFECTS_MAX); age++) {
        uint32_t anchor = pool->by_age[age];
        struct matching_group group;
        if (!pool->taken[anchor] && matching_find(pool, anchor, &matchmaker->rules.matching, &size, &group) &&
            place_group(matchmaker, &context, &group, effects)) {
            /* Without room in that region any more they wait for the next round, which knows of it. */
            matching_take(pool, &group);
        }
    }
}

/* ---- drain ---- */

static void end_drain(struct matchmaker *matchmaker, struct matchmaker_effects *effects)
{
    bool is_idle = matchmaker->matches.placing_count == 0 && matchmaker->intakes.count == 0;
    if (!matchmaker->is_drained && is_idle && matchmaker->storing_count == 0) {
        matchmaker->is_drained = true;
        matchmaker_effects_add(effects, &(struct matchmaker_effect){.kind = MATCHMAKER_DRAINED});
    }
}

void matchmaker_drain(struct matchmaker *matchmaker, struct matchmaker_effects *out_effects)
{
    out_effects->count = 0;
    matchmaker->is_draining = true;
    end_drain(matchmaker, out_effects);
}

void matchmaker_round(struct matchmaker *matchmaker, const struct matchmaker_engines *engines,
                      const struct takeover_view *view, const struct matchmaker_clock *clock,
                      struct matchmaker_effects *out_effects)
{
    REQUIRE(engines->count <= PLACEMENT_ENGINES_MAX && clock->now_ms <= INT64_MAX);
    out_effects->count = 0;
    matchmaker_retry_results(matchmaker, clock->now_ms, out_effects);
    store_unstored(matchmaker, view, out_effects);
    if (matchmaker->is_draining) {
        end_drain(matchmaker, out_effects);
        return;
    }
    if (takeover_step(&matchmaker->takeover, view, clock->now_ms)) {
        matchmaker_effects_add(out_effects, &(struct matchmaker_effect){.kind = MATCHMAKER_READ_OPEN});
    }
    forget_old_tickets(&matchmaker->tickets, clock->now_ms);
    forget_old_matches(&matchmaker->matches, clock->now_ms);
    advance_tickets(matchmaker, clock, out_effects);
    match_former_count_given(&matchmaker->matches, engines, clock->now_ms);
    for (uint32_t queue = 0; queue < matchmaker->rules.queue_count; queue++) {
        match_queue(matchmaker, queue, engines, clock, out_effects);
    }
}

/* ---- placement ---- */

/* The engine took the match. */
static void complete_tickets(struct matchmaker *matchmaker, uint32_t match_slot, const struct matchmaker_clock *clock,
                             struct matchmaker_effects *effects)
{
    formed_match_table_advance(&matchmaker->matches, match_slot, clock->now_ms);
    add_match_effect(effects, MATCHMAKER_NOTE_PLACED, match_slot);
    const struct formed_match *match = &matchmaker->matches.slots[match_slot];
    for (uint32_t i = 0; i < match->seat_count; i++) {
        uint32_t slot = match->seats[i].ticket;
        struct ticket *ticket = &matchmaker->tickets.slots[slot];
        text_copy(ticket->engine, sizeof ticket->engine, match->engine);
        ticket->region = match->region;
        uint32_t *mean_ms = &matchmaker->queues[match->queue].wait_ms;
        uint32_t wait_ms = ticket_wait_ms(ticket, clock->now_ms);
        *mean_ms = *mean_ms == 0 ? wait_ms : (uint32_t)(((uint64_t)*mean_ms * 15 + wait_ms) / 16);
        matchmaker_change_ticket(matchmaker, slot, TICKET_COMPLETED, TICKET_REASON_NONE, clock, effects);
    }
}

/* No engine took the match: its tickets search again, with the age they have. */
static void give_back_tickets(struct matchmaker *matchmaker, const struct formed_match *match,
                              const struct matchmaker_clock *clock, struct matchmaker_effects *effects)
{
    for (uint32_t i = 0; i < match->seat_count; i++) {
        uint32_t slot = match->seats[i].ticket;
        matchmaker->tickets.slots[slot].match_id[0] = '\0';
        matchmaker_change_ticket(matchmaker, slot, TICKET_SEARCHING, TICKET_REASON_NO_CAPACITY, clock, effects);
    }
}

void matchmaker_placement_answered(struct matchmaker *matchmaker, uint32_t match_slot, enum status status,
                                   const struct matchmaker_engines *engines, const struct matchmaker_clock *clock,
                                   struct matchmaker_effects *out_effects)
{
    REQUIRE(match_slot < FORMED_MATCHES_CAPACITY);
    struct formed_match *match = &matchmaker->matches.slots[match_slot];
    REQUIRE(match->state == FORMED_MATCH_PLACING);
    out_effects->count = 0;
    if (status == STATUS_OK) {
        complete_tickets(matchmaker, match_slot, clock, out_effects);
        return;
    }
    matchmaker_effects_add(out_effects, &(struct matchmaker_effect){
                                            .kind = MATCHMAKER_NOTE_NOT_PLACED, .slot = match_slot, .status = status});
    match_former_count_given(&matchmaker->matches, engines, clock->now_ms);
    if (match_former_next_engine(match, engines)) {
        add_match_effect(out_effects, MATCHMAKER_NOTE_FORMED, match_slot);
        add_match_effect(out_effects, MATCHMAKER_PLACE_MATCH, match_slot);
    } else {
        give_back_tickets(matchmaker, match, clock, out_effects);
        formed_match_table_forget(&matchmaker->matches, match_slot);
    }
}

void matchmaker_match_over(struct matchmaker *matchmaker, const char *match_id, uint64_t now_ms)
{
    uint32_t slot = formed_match_table_find(&matchmaker->matches, match_id);
    if (slot != FORMED_MATCH_NONE && matchmaker->matches.slots[slot].state == FORMED_MATCH_RUNNING) {
        formed_match_table_advance(&matchmaker->matches, slot, now_ms);
    }
}
