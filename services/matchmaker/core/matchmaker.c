/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/matchmaker.h"

#include "libcommon/base/text.h"
#include "services/matchmaker/core/forming.h"

void matchmaker_init(struct matchmaker *matchmaker, const struct matchmaker_rules *rules, uint64_t seed)
{
    REQUIRE(rules->queue_count <= QUEUES_MAX);
    for (uint32_t i = 0; i < rules->queue_count; i++) {
        const struct queue_rules *queue = &rules->queues[i];
        REQUIRE(queue->players_min >= 2 && queue->players_min <= queue->players_max);
        REQUIRE(queue->players_max <= MATCH_PLAYERS_MAX);
        REQUIRE(queue->team_count == 0 ||
                (queue->team_count == 2 && queue->players_max % 2 == 0 && queue->players_min == queue->players_max));
    }
    matchmaker->rules = *rules;
    random_init(&matchmaker->random, seed, 1);
    ticket_table_init(&matchmaker->tickets, rules->tickets_max);
    match_table_init(&matchmaker->matches);
    for (uint32_t i = 0; i < QUEUES_MAX; i++) {
        matchmaker->queues[i].wait_ms = 0;
        matchmaker->queues[i].matches_formed = 0;
    }
}

uint32_t matchmaker_find_queue(const struct matchmaker *matchmaker, const char *name)
{
    for (uint32_t i = 0; i < matchmaker->rules.queue_count; i++) {
        if (text_equal(matchmaker->rules.queues[i].name, name)) {
            return i;
        }
    }
    return QUEUE_NONE;
}

/* ---- tickets ---- */

static void add_effect(struct matchmaker_effects *effects, enum matchmaker_effect_kind kind, uint32_t slot)
{
    REQUIRE(effects->count < MATCHMAKER_EFFECTS_MAX);
    effects->items[effects->count++] = (struct matchmaker_effect){kind, slot};
}

static bool has_room(const struct matchmaker_effects *effects, uint32_t count)
{
    return MATCHMAKER_EFFECTS_MAX - effects->count >= count;
}

/* A state that may be the last one: then the ticket moves to the closed list. */
static void change_ticket(struct matchmaker *matchmaker, uint32_t slot, enum ticket_state state,
                          enum ticket_reason reason, uint64_t now_ms, struct matchmaker_effects *effects)
{
    struct ticket *ticket = &matchmaker->tickets.slots[slot];
    REQUIRE(ticket_is_open(ticket));
    ticket->state = state;
    ticket->reason = reason;
    ticket->update_ms = now_ms;
    if (!ticket_is_open(ticket)) {
        ticket_table_close(&matchmaker->tickets, slot);
    }
    add_effect(effects, EFFECT_TICKET_CHANGED, slot);
}

enum status matchmaker_enter(struct matchmaker *matchmaker, const struct ticket *ticket, uint64_t now_ms,
                             struct matchmaker_effects *out_effects, uint32_t *out_slot)
{
    REQUIRE(ticket->queue < matchmaker->rules.queue_count);
    out_effects->count = 0;
    struct ticket entered = *ticket;
    entered.state = TICKET_QUEUED;
    entered.reason = TICKET_REASON_NONE;
    entered.create_ms = ticket->create_ms != 0 ? ticket->create_ms : now_ms;
    entered.update_ms = now_ms;
    entered.expiry_ms = entered.create_ms + matchmaker->rules.ticket_timeout_ms;
    entered.match_id[0] = '\0';
    entered.engine[0] = '\0';
    entered.region = REGION_NONE;
    enum status status = ticket_table_add(&matchmaker->tickets, &entered, out_slot);
    if (status == STATUS_OK) {
        add_effect(out_effects, EFFECT_TICKET_CHANGED, *out_slot);
    }
    return status;
}

enum status matchmaker_cancel(struct matchmaker *matchmaker, uint32_t slot, uint64_t now_ms,
                              struct matchmaker_effects *out_effects)
{
    out_effects->count = 0;
    const struct ticket *ticket = &matchmaker->tickets.slots[slot];
    if (ticket->state == TICKET_CANCELLED) {
        return STATUS_OK;
    }
    if (!ticket_can_leave(ticket)) {
        return STATUS_STALE;
    }
    change_ticket(matchmaker, slot, TICKET_CANCELLED, TICKET_REASON_NONE, now_ms, out_effects);
    return STATUS_OK;
}

/* ---- the round ---- */

static void forget_old_tickets(struct ticket_table *tickets, uint64_t now_ms)
{
    while (tickets->closed.count > 0 && tickets->slots[tickets->closed.first].update_ms + TICKET_KEEP_MS <= now_ms) {
        ticket_table_forget(tickets, tickets->closed.first);
    }
}

static void forget_old_matches(struct match_table *matches, uint64_t now_ms)
{
    for (uint32_t slot = 0; slot < MATCHES_CAPACITY; slot++) {
        const struct match *match = &matches->slots[slot];
        if ((match->state == MATCH_OVER && match->update_ms + MATCH_KEEP_MS <= now_ms) ||
            (match->state == MATCH_RUNNING && match->update_ms + MATCH_FORGET_MS <= now_ms)) {
            match_table_forget(matches, slot);
        }
    }
}

/* Those whose time is up close, newcomers begin to search; in a rush, half of the effects are left to matches. */
static void advance_tickets(struct matchmaker *matchmaker, uint64_t now_ms, struct matchmaker_effects *effects)
{
    uint32_t slot = matchmaker->tickets.open.first;
    while (slot != TICKET_NONE && has_room(effects, MATCHMAKER_EFFECTS_MAX / 2)) {
        uint32_t newer = matchmaker->tickets.links[slot].newer;
        const struct ticket *ticket = &matchmaker->tickets.slots[slot];
        if (ticket_can_leave(ticket) && ticket->expiry_ms <= now_ms) {
            enum ticket_reason reason = ticket->reason ? ticket->reason : TICKET_REASON_NO_MATCH;
            change_ticket(matchmaker, slot, TICKET_TIMED_OUT, reason, now_ms, effects);
        } else if (ticket->state == TICKET_QUEUED) {
            change_ticket(matchmaker, slot, TICKET_SEARCHING, TICKET_REASON_NONE, now_ms, effects);
        }
        slot = newer;
    }
}

static uint32_t wait_of(const struct ticket *ticket, uint64_t now_ms)
{
    uint64_t wait = now_ms > ticket->create_ms ? now_ms - ticket->create_ms : 0;
    return wait > UINT32_MAX ? UINT32_MAX : (uint32_t)wait;
}

/* The ticket as a candidate; none, with its reason set, while no engine within its reach has room. */
static void make_candidate(struct matchmaker *matchmaker, uint32_t slot, uint32_t open_regions, uint64_t now_ms,
                           struct matchmaker_effects *effects)
{
    struct ticket *ticket = &matchmaker->tickets.slots[slot];
    struct matching_pool *pool = &matchmaker->pool;
    const struct matching_rules *rules = &matchmaker->rules.matching;
    uint32_t wait_ms = wait_of(ticket, now_ms);
    uint32_t regions = matching_regions(rules, ticket->latency_ms, wait_ms) & open_regions;
    enum ticket_reason reason = regions == 0 ? TICKET_REASON_NO_CAPACITY : TICKET_REASON_NONE;
    if (reason != ticket->reason && has_room(effects, 1)) {
        change_ticket(matchmaker, slot, TICKET_SEARCHING, reason, now_ms, effects);
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

static void fill_pool(struct matchmaker *matchmaker, uint32_t queue, uint32_t open_regions, uint64_t now_ms,
                      struct matchmaker_effects *effects)
{
    const struct ticket_table *tickets = &matchmaker->tickets;
    matchmaker->pool.count = 0;
    for (uint32_t slot = tickets->open.first; slot != TICKET_NONE; slot = tickets->links[slot].newer) {
        const struct ticket *ticket = &tickets->slots[slot];
        if (ticket->queue == queue && ticket->state == TICKET_SEARCHING) {
            make_candidate(matchmaker, slot, open_regions, now_ms, effects);
        }
    }
    matching_pool_sort(&matchmaker->pool);
}

/* Puts the group's tickets into PLACING and says where to. */
static bool place_group(struct matchmaker *matchmaker, const struct forming_context *context,
                        const struct matching_group *group, struct matchmaker_effects *effects)
{
    uint32_t match_slot;
    if (forming_make(matchmaker, context, group, &match_slot) != STATUS_OK) {
        return false;
    }
    struct match *match = &matchmaker->matches.slots[match_slot];
    for (uint32_t i = 0; i < match->seat_count; i++) {
        uint32_t slot = match->seats[i].ticket;
        text_copy(matchmaker->tickets.slots[slot].match_id, TICKET_ID_SIZE, match->id);
        change_ticket(matchmaker, slot, TICKET_PLACING, TICKET_REASON_NONE, context->now_ms, effects);
    }
    matchmaker->queues[match->queue].matches_formed++;
    add_effect(effects, EFFECT_PLACE_MATCH, match_slot);
    return true;
}

static void match_queue(struct matchmaker *matchmaker, uint32_t queue, const struct matchmaker_engines *engines,
                        uint64_t now_ms, struct matchmaker_effects *effects)
{
    const struct queue_rules *rules = &matchmaker->rules.queues[queue];
    const struct matching_size size = {rules->players_min, rules->players_max};
    uint32_t open_regions = placement_open_regions(engines->items, engines->count, rules->players_max);
    fill_pool(matchmaker, queue, open_regions, now_ms, effects);
    struct matching_pool *pool = &matchmaker->pool;
    for (uint32_t age = 0; age < pool->count && has_room(effects, MATCH_PLAYERS_MAX + 1); age++) {
        uint32_t anchor = pool->by_age[age];
        struct matching_group group;
        if (!pool->taken[anchor] && matching_find(pool, anchor, &matchmaker->rules.matching, &size, &group)) {
            const struct forming_context context = {queue, engines, now_ms};
            /* Without room in that region any more they wait for the next round, which knows of it. */
            if (place_group(matchmaker, &context, &group, effects)) {
                matching_take(pool, &group);
            }
        }
    }
}

void matchmaker_round(struct matchmaker *matchmaker, const struct matchmaker_engines *engines, uint64_t now_ms,
                      struct matchmaker_effects *out_effects)
{
    out_effects->count = 0;
    forget_old_tickets(&matchmaker->tickets, now_ms);
    forget_old_matches(&matchmaker->matches, now_ms);
    advance_tickets(matchmaker, now_ms, out_effects);
    forming_count_given(&matchmaker->matches, engines, now_ms);
    for (uint32_t queue = 0; queue < matchmaker->rules.queue_count; queue++) {
        match_queue(matchmaker, queue, engines, now_ms, out_effects);
    }
}

/* ---- placement ---- */

static struct match *find_placing(struct matchmaker *matchmaker, const char *match_id, uint32_t *out_slot)
{
    uint32_t slot = match_table_find(&matchmaker->matches, match_id);
    if (slot == MATCH_NONE || matchmaker->matches.slots[slot].state != MATCH_PLACING) {
        return NULL;
    }
    *out_slot = slot;
    return &matchmaker->matches.slots[slot];
}

void matchmaker_placed(struct matchmaker *matchmaker, const char *match_id, uint64_t now_ms,
                       struct matchmaker_effects *out_effects)
{
    uint32_t match_slot;
    out_effects->count = 0;
    struct match *match = find_placing(matchmaker, match_id, &match_slot);
    if (match == NULL) {
        return;
    }
    match->state = MATCH_RUNNING;
    match->update_ms = now_ms;
    for (uint32_t i = 0; i < match->seat_count; i++) {
        uint32_t slot = match->seats[i].ticket;
        struct ticket *ticket = &matchmaker->tickets.slots[slot];
        text_copy(ticket->engine, sizeof(ticket->engine), match->engine);
        ticket->region = match->region;
        uint32_t *mean_ms = &matchmaker->queues[match->queue].wait_ms;
        uint32_t wait_ms = wait_of(ticket, now_ms);
        *mean_ms = *mean_ms == 0 ? wait_ms : (uint32_t)(((uint64_t)*mean_ms * 15 + wait_ms) / 16);
        change_ticket(matchmaker, slot, TICKET_COMPLETED, TICKET_REASON_NONE, now_ms, out_effects);
    }
}

/* Nobody took the match: its tickets search again, with the age they have. */
static void give_back_tickets(struct matchmaker *matchmaker, const struct match *match, uint64_t now_ms,
                              struct matchmaker_effects *effects)
{
    for (uint32_t i = 0; i < match->seat_count; i++) {
        uint32_t slot = match->seats[i].ticket;
        struct ticket *ticket = &matchmaker->tickets.slots[slot];
        ticket->match_id[0] = '\0';
        change_ticket(matchmaker, slot, TICKET_SEARCHING, TICKET_REASON_NO_CAPACITY, now_ms, effects);
    }
}

void matchmaker_refused(struct matchmaker *matchmaker, const char *match_id, const struct matchmaker_engines *engines,
                        uint64_t now_ms, struct matchmaker_effects *out_effects)
{
    uint32_t slot;
    out_effects->count = 0;
    struct match *match = find_placing(matchmaker, match_id, &slot);
    if (match == NULL) {
        return;
    }
    forming_count_given(&matchmaker->matches, engines, now_ms);
    if (forming_next_engine(match, engines)) {
        add_effect(out_effects, EFFECT_PLACE_MATCH, slot);
    } else {
        give_back_tickets(matchmaker, match, now_ms, out_effects);
        match_table_forget(&matchmaker->matches, slot);
    }
}

void matchmaker_match_over(struct matchmaker *matchmaker, const char *match_id, uint64_t now_ms)
{
    uint32_t slot = match_table_find(&matchmaker->matches, match_id);
    if (slot != MATCH_NONE && matchmaker->matches.slots[slot].state == MATCH_RUNNING) {
        matchmaker->matches.slots[slot].state = MATCH_OVER;
        matchmaker->matches.slots[slot].update_ms = now_ms;
    }
}

/* ---- figures ---- */

struct matchmaker_queue_stats matchmaker_stats(const struct matchmaker *matchmaker, uint32_t queue)
{
    const struct ticket_table *tickets = &matchmaker->tickets;
    struct matchmaker_queue_stats stats = {.estimated_wait_ms = matchmaker->queues[queue].wait_ms,
                                           .matches_formed = matchmaker->queues[queue].matches_formed};
    for (uint32_t slot = tickets->open.first; slot != TICKET_NONE; slot = tickets->links[slot].newer) {
        if (tickets->slots[slot].queue == queue) {
            stats.tickets[tickets->slots[slot].state]++;
        }
    }
    return stats;
}

uint32_t matchmaker_placing(const struct matchmaker *matchmaker)
{
    uint32_t placing = 0;
    for (uint32_t slot = 0; slot < MATCHES_CAPACITY; slot++) {
        placing += matchmaker->matches.slots[slot].state == MATCH_PLACING;
    }
    return placing;
}
