/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/matchmaker.h"

#include "libcommon/base/memory.h"
#include "libcommon/base/text.h"
#include "services/matchmaker/core/matchmaker_internal.h"

static void check_rules(const struct matchmaker_rules *rules)
{
    REQUIRE(rules->queue_count <= QUEUES_MAX && rules->ticket_timeout_ms > 0);
    for (uint32_t i = 0; i < rules->queue_count; i++) {
        const struct queue_rules *queue = &rules->queues[i];
        REQUIRE(queue->players_min >= 2 && queue->players_min <= queue->players_max);
        REQUIRE(queue->players_max <= FORMED_MATCH_PLAYERS_MAX);
        REQUIRE(queue->team_count == 0 ||
                (queue->team_count == 2 && queue->players_max % 2 == 0 && queue->players_min == queue->players_max));
    }
}

void matchmaker_init(struct matchmaker *matchmaker, const struct matchmaker_rules *rules, uint64_t seed)
{
    check_rules(rules);
    matchmaker->rules = *rules;
    random_init(&matchmaker->random, seed, 1);
    ticket_table_init(&matchmaker->tickets, rules->tickets_max, seed);
    ticket_intakes_init(&matchmaker->intakes);
    formed_match_table_init(&matchmaker->matches);
    result_intake_init(&matchmaker->results);
    memory_zero(&matchmaker->ratings, sizeof matchmaker->ratings);
    matchmaker->takeover = (struct takeover){.state = TAKEOVER_NEEDED};
    matchmaker->store_stamp = 0;
    matchmaker->storing_count = 0;
    matchmaker->has_unstored = false;
    matchmaker->redis_generation = 0;
    matchmaker->is_draining = matchmaker->is_drained = false;
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

/* ---- a ticket's changes ---- */

static void ticket_check(const struct ticket *ticket)
{
    REQUIRE(ticket->state >= TICKET_QUEUED && ticket->state < TICKET_STATE_COUNT);
    REQUIRE((ticket->match_id[0] != '\0') == (ticket->state == TICKET_PLACING || ticket->state == TICKET_COMPLETED));
    REQUIRE((ticket->engine[0] != '\0') == (ticket->state == TICKET_COMPLETED));
    REQUIRE(ticket->intake == TICKET_INTAKE_NONE || ticket->state == TICKET_QUEUED);
}

static void add_ticket_effect(struct matchmaker_effects *effects, enum matchmaker_effect_kind kind, uint32_t slot,
                              const struct ticket *ticket)
{
    matchmaker_effects_add(
        effects,
        &(struct matchmaker_effect){
            .kind = kind, .slot = slot, .intake = ticket->intake, .state = ticket->state, .reason = ticket->reason});
}

void matchmaker_answer_intake(struct matchmaker *matchmaker, uint32_t slot, struct matchmaker_effects *effects)
{
    struct ticket *ticket = &matchmaker->tickets.slots[slot];
    if (ticket->intake != TICKET_INTAKE_NONE) {
        const struct ticket_intake *intake = &matchmaker->intakes.items[ticket->intake];
        REQUIRE(intake->state == TICKET_INTAKE_STORING && intake->ticket == slot);
        add_ticket_effect(effects, MATCHMAKER_ANSWER_INTAKE, slot, ticket);
        ticket_intakes_release(&matchmaker->intakes, ticket->intake);
        ticket->intake = TICKET_INTAKE_NONE;
    }
}

void matchmaker_store_ticket(struct matchmaker *matchmaker, uint32_t slot, struct matchmaker_effects *effects)
{
    struct ticket *ticket = &matchmaker->tickets.slots[slot];
    ticket->store = TICKET_STORING;
    ticket->store_stamp = ++matchmaker->store_stamp;
    matchmaker->storing_count++;
    matchmaker_effects_add(effects, &(struct matchmaker_effect){
                                        .kind = MATCHMAKER_STORE_TICKET, .slot = slot, .stamp = ticket->store_stamp});
}

void matchmaker_ticket_stored(struct matchmaker *matchmaker, uint32_t slot, uint64_t stamp, enum status status,
                              struct matchmaker_effects *out_effects)
{
    REQUIRE(slot < matchmaker->rules.tickets_max && matchmaker->storing_count > 0);
    out_effects->count = 0;
    matchmaker->storing_count--;
    struct ticket *ticket = &matchmaker->tickets.slots[slot];
    if (ticket->store != TICKET_STORING || ticket->store_stamp != stamp) {
        return; /* it has changed since, and that is on the way; or the slot is another ticket's */
    }
    ticket->store = status == STATUS_OK ? TICKET_STORED : TICKET_UNSTORED;
    matchmaker->has_unstored |= status != STATUS_OK;
    matchmaker_answer_intake(matchmaker, slot, out_effects);
}

void matchmaker_change_ticket(struct matchmaker *matchmaker, uint32_t slot, enum ticket_state state,
                              enum ticket_reason reason, const struct matchmaker_clock *clock,
                              struct matchmaker_effects *effects)
{
    struct ticket *ticket = &matchmaker->tickets.slots[slot];
    REQUIRE(ticket_is_open(ticket));
    ticket->state = state;
    ticket->reason = reason;
    ticket->update_ms = (int64_t)clock->now_ms;
    ticket->update_time = clock->unix_ms;
    matchmaker_answer_intake(matchmaker, slot, effects);
    if (!ticket_is_open(ticket)) {
        ticket_table_close(&matchmaker->tickets, slot);
        matchmaker_store_ticket(matchmaker, slot, effects);
        add_ticket_effect(effects, MATCHMAKER_NOTE_CLOSED, slot, ticket);
    }
    if (ticket->gateway[0] != '\0') {
        add_ticket_effect(effects, MATCHMAKER_UPDATE_GATEWAY, slot, ticket);
    }
    ticket_check(ticket);
}

enum status matchmaker_enter(struct matchmaker *matchmaker, const struct ticket *ticket,
                             const struct matchmaker_clock *clock, struct matchmaker_effects *effects,
                             uint32_t *out_slot)
{
    REQUIRE(ticket->queue < matchmaker->rules.queue_count && clock->now_ms <= INT64_MAX);
    struct ticket entered = *ticket;
    entered.state = TICKET_QUEUED;
    entered.reason = TICKET_REASON_NONE;
    entered.update_ms = (int64_t)clock->now_ms;
    entered.update_time = clock->unix_ms;
    entered.match_id[0] = '\0';
    entered.engine[0] = '\0';
    entered.region = REGION_NONE;
    enum status status = ticket_table_add(&matchmaker->tickets, &entered, out_slot);
    if (status == STATUS_OK) {
        ticket_check(&entered);
        matchmaker_store_ticket(matchmaker, *out_slot, effects);
    }
    return status;
}

uint32_t matchmaker_find_own(const struct matchmaker *matchmaker, const char *ticket_id, const char *player_id)
{
    const struct ticket_table *tickets = &matchmaker->tickets;
    uint32_t slot =
        ticket_id[0] != '\0' ? ticket_table_find(tickets, ticket_id) : ticket_table_find_open_of(tickets, player_id);
    bool is_own = slot != TICKET_NONE && text_equal(tickets->slots[slot].player_id, player_id);
    return is_own ? slot : TICKET_NONE;
}

enum status matchmaker_cancel(struct matchmaker *matchmaker, uint32_t slot, const struct matchmaker_clock *clock,
                              struct matchmaker_effects *out_effects)
{
    REQUIRE(slot < matchmaker->rules.tickets_max);
    out_effects->count = 0;
    const struct ticket *ticket = &matchmaker->tickets.slots[slot];
    if (ticket->state == TICKET_CANCELLED) {
        return STATUS_OK;
    }
    if (!ticket_can_leave(ticket)) {
        return STATUS_STALE;
    }
    matchmaker_change_ticket(matchmaker, slot, TICKET_CANCELLED, TICKET_REASON_NONE, clock, out_effects);
    return STATUS_OK;
}

uint32_t matchmaker_token_left_ms(const struct ticket *ticket, uint64_t now_ms)
{
    REQUIRE(ticket->state == TICKET_COMPLETED);
    uint32_t age_ms = ticket_age_ms(ticket, now_ms);
    return age_ms < MATCHMAKER_JOIN_TOKEN_MS ? MATCHMAKER_JOIN_TOKEN_MS - age_ms : 0;
}

/* ---- taking over ---- */

void matchmaker_restore(struct matchmaker *matchmaker, const char *id, const struct stored_ticket *stored,
                        const struct takeover_view *view, const struct matchmaker_clock *clock,
                        struct matchmaker_effects *out_effects)
{
    REQUIRE(matchmaker->takeover.state == TAKEOVER_READING);
    out_effects->count = 0;
    struct ticket ticket;
    matchmaker->takeover.listed++;
    uint32_t slot = ticket_table_find(&matchmaker->tickets, id);
    if (slot != TICKET_NONE || (stored != NULL && !takeover_may_take(view, stored->owner))) {
        return; /* it has an owner; if that is this process a round sees to what Redis should know of it */
    }
    if (stored != NULL && ticket_is_open(&stored->ticket)) {
        takeover_ticket(stored, matchmaker->rules.ticket_timeout_ms, clock, &ticket);
        if (matchmaker_enter(matchmaker, &ticket, clock, out_effects, &slot) == STATUS_OK) {
            matchmaker->takeover.taken++;
            return;
        }
    }
    struct matchmaker_effect forget = {.kind = MATCHMAKER_FORGET_STORED};
    text_copy(forget.id, sizeof forget.id, id);
    matchmaker_effects_add(out_effects, &forget);
}

void matchmaker_restored(struct matchmaker *matchmaker, enum status status, struct matchmaker_effects *out_effects)
{
    out_effects->count = 0;
    struct takeover *takeover = &matchmaker->takeover;
    takeover_end(takeover, status == STATUS_OK);
    if (status == STATUS_OK) {
        matchmaker_effects_add(out_effects, &(struct matchmaker_effect){.kind = MATCHMAKER_NOTE_RESTORED,
                                                                        .count = takeover->taken,
                                                                        .listed = takeover->listed});
    }
}

/* ---- what could not be carried out ---- */

void matchmaker_effect_failed(struct matchmaker *matchmaker, const struct matchmaker_effect *effect, enum status status,
                              const struct matchmaker_engines *engines, const struct matchmaker_clock *clock,
                              struct matchmaker_effects *out_effects)
{
    REQUIRE(status != STATUS_OK);
    const char *detail = "not sent";
    out_effects->count = 0;
    switch (effect->kind) {
    case MATCHMAKER_READ_RATING:
        matchmaker_rating_read(matchmaker, effect->intake, status, false, 0, clock, out_effects);
        break;
    case MATCHMAKER_STORE_TICKET:
        matchmaker_ticket_stored(matchmaker, effect->slot, effect->stamp, status, out_effects);
        break;
    case MATCHMAKER_READ_OPEN:
        matchmaker_restored(matchmaker, status, out_effects);
        break;
    case MATCHMAKER_PLACE_MATCH:
        matchmaker_placement_answered(matchmaker, effect->slot, status, engines, clock, out_effects);
        break;
    case MATCHMAKER_READ_RATINGS:
        matchmaker_result_ratings(matchmaker, effect->slot, status, detail, NULL, 0, clock->now_ms, out_effects);
        break;
    case MATCHMAKER_WRITE_RESULT:
        matchmaker_result_written(matchmaker, effect->slot,
                                  &(struct result_written){.status = status, .detail = detail}, clock->now_ms,
                                  out_effects);
        break;
    default:
        break;
    }
}

/* ---- figures ---- */

struct matchmaker_queue_stats matchmaker_stats(const struct matchmaker *matchmaker, uint32_t queue)
{
    REQUIRE(queue < matchmaker->rules.queue_count);
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
