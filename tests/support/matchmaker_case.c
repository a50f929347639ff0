/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/matchmaker_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct matchmaker_case matchmaker_case;

const struct matchmaker_rules matchmaker_case_rules = {
    .matching = {.window_milli = 200000,
                 .window_growth_milli_per_s = 40000,
                 .latency_limit_ms = 80,
                 .latency_growth_ms_per_s = 10,
                 .cross_region_latency_ms = 200,
                 .cross_region_after_ms = 15000,
                 .latency_max_ms = 350,
                 .fill_ms = 3000},
    .ticket_timeout_ms = 30000,
    .tickets_max = 4000,
    .queue_count = 3,
    .queues = {{"duel", "duel", 2, 2, 2}, {"teams_2v2", "arena", 2, 4, 4}, {"ffa", "arena", 0, 3, 8}},
};

static const char own_mailbox[] = CASE_OWN;

struct placement_engine matchmaker_case_engine(const char *mailbox, uint32_t region)
{
    struct placement_engine made = {.region = region, .matches_max = 1000, .players_max = 20000};
    (void)snprintf(made.mailbox, sizeof(made.mailbox), "%s", mailbox);
    return made;
}

int matchmaker_case_begin(void **state)
{
    (void)state;
    struct matchmaker_case *c = &matchmaker_case;
    matchmaker_init(&c->core, &matchmaker_case_rules, 42);
    c->effects.count = 0;
    c->engine_items[0] = matchmaker_case_engine("tcp://a:1", REGION_EU_WEST);
    c->engine_items[1] = matchmaker_case_engine("tcp://b:1", REGION_NA_EAST);
    c->engines = (struct matchmaker_engines){c->engine_items, 2};
    c->view = (struct takeover_view){
        .own_mailbox = own_mailbox, .matchmakers = {own_mailbox, sizeof(own_mailbox), 1}, .list_age_ms = 0};
    c->clock = (struct matchmaker_clock){CASE_START_MS, CASE_UNIX_MS};
    c->next_number = 1;
    return 0;
}

void matchmaker_case_wait(uint32_t ms)
{
    matchmaker_case.clock.now_ms += ms;
    matchmaker_case.clock.unix_ms += ms;
}

struct ticket matchmaker_case_draft(uint32_t queue, int32_t rating, uint32_t region, uint16_t latency_ms)
{
    struct ticket ticket = {
        .queue = queue, .rating_milli = rating * 1000, .intake = TICKET_INTAKE_NONE, .region = REGION_NONE};
    for (uint32_t i = 0; i < REGION_COUNT; i++) {
        ticket.latency_ms[i] = i == region ? latency_ms : TICKET_LATENCY_NONE;
    }
    (void)snprintf(ticket.id, sizeof(ticket.id), "%032x", matchmaker_case.next_number);
    (void)snprintf(ticket.player_id, sizeof(ticket.player_id), "player-%u", matchmaker_case.next_number++);
    return ticket;
}

const struct ticket *matchmaker_case_enter(const struct ticket *draft)
{
    struct matchmaker_case *c = &matchmaker_case;
    uint32_t intake;
    assert_int_equal(matchmaker_create(&c->core, draft, &c->effects, &intake), STATUS_OK);
    matchmaker_rating_read(&c->core, intake, STATUS_OK, true, draft->rating_milli, &c->clock, &c->effects);
    assert_int_equal(matchmaker_case_count(MATCHMAKER_STORE_TICKET), 1);
    uint32_t slot = matchmaker_case_effect(MATCHMAKER_STORE_TICKET)->slot;
    matchmaker_case_stored(STATUS_OK);
    assert_int_equal(matchmaker_case_count(MATCHMAKER_ANSWER_INTAKE), 1);
    return &c->core.tickets.slots[slot];
}

const struct ticket *matchmaker_case_enter_eu(uint32_t queue, int32_t rating)
{
    const struct ticket draft = matchmaker_case_draft(queue, rating, REGION_EU_WEST, 20);
    return matchmaker_case_enter(&draft);
}

uint32_t matchmaker_case_slot(const struct ticket *ticket)
{
    return (uint32_t)(ticket - matchmaker_case.core.tickets.slots);
}

void matchmaker_case_round(void)
{
    struct matchmaker_case *c = &matchmaker_case;
    matchmaker_round(&c->core, &c->engines, &c->view, &c->clock, &c->effects);
}

const struct formed_match *matchmaker_case_round_match(void)
{
    struct matchmaker_case *c = &matchmaker_case;
    matchmaker_case_round();
    for (uint32_t i = 0; i < c->effects.count; i++) {
        if (c->effects.items[i].kind == MATCHMAKER_PLACE_MATCH) {
            return &c->core.matches.slots[c->effects.items[i].slot];
        }
    }
    return NULL;
}

void matchmaker_case_placed(const struct formed_match *match, enum status status)
{
    struct matchmaker_case *c = &matchmaker_case;
    uint32_t slot = (uint32_t)(match - c->core.matches.slots);
    matchmaker_placement_answered(&c->core, slot, status, &c->engines, &c->clock, &c->effects);
}

void matchmaker_case_stored(enum status status)
{
    struct matchmaker_case *c = &matchmaker_case;
    static struct matchmaker_effects todo;
    todo = c->effects;
    for (uint32_t i = 0; i < todo.count; i++) {
        if (todo.items[i].kind == MATCHMAKER_STORE_TICKET) {
            matchmaker_ticket_stored(&c->core, todo.items[i].slot, todo.items[i].stamp, status, &c->effects);
        }
    }
}

uint32_t matchmaker_case_count(enum matchmaker_effect_kind kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < matchmaker_case.effects.count; i++) {
        count += matchmaker_case.effects.items[i].kind == kind;
    }
    return count;
}

const struct matchmaker_effect *matchmaker_case_effect(enum matchmaker_effect_kind kind)
{
    for (uint32_t i = 0; i < matchmaker_case.effects.count; i++) {
        if (matchmaker_case.effects.items[i].kind == kind) {
            return &matchmaker_case.effects.items[i];
        }
    }
    fail_msg("no effect of kind %d among %u", (int)kind, matchmaker_case.effects.count);
    return NULL;
}
