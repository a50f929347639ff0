/* SPDX-License-Identifier: Apache-2.0 */
/* matchmaker_case.h - the matchmaker's core for unit tests: three queues, two engines, a clock that the test advances.
 */
#ifndef MMA_TESTS_SUPPORT_MATCHMAKER_CASE_H
#define MMA_TESTS_SUPPORT_MATCHMAKER_CASE_H

#include "services/matchmaker/core/matchmaker.h"

enum { CASE_DUEL, CASE_TEAMS, CASE_FFA };

#define CASE_START_MS 1000000u
#define CASE_UNIX_MS  1700000000000u
#define CASE_OWN      "tcp://self:1"

struct matchmaker_case {
    struct matchmaker core;
    struct matchmaker_effects effects;
    struct placement_engine engine_items[2]; /* tcp://a:1 in eu_west, tcp://b:1 in na_east */
    struct matchmaker_engines engines;
    struct takeover_view view; /* alone, with a fresh list; Redis is down, of generation 0 */
    struct matchmaker_clock clock;
    uint32_t next_number;
};

extern struct matchmaker_case matchmaker_case;
extern const struct matchmaker_rules matchmaker_case_rules;

int matchmaker_case_begin(void **state); /* a set-up function */
void matchmaker_case_wait(uint32_t ms);  /* both clocks go on */

struct placement_engine matchmaker_case_engine(const char *mailbox, uint32_t region);

/* A new player's, who names one region. */
struct ticket matchmaker_case_draft(uint32_t queue, int32_t rating, uint32_t region, uint16_t latency_ms);

/* Created, rated, stored and answered. */
const struct ticket *matchmaker_case_enter(const struct ticket *draft);
const struct ticket *matchmaker_case_enter_eu(uint32_t queue, int32_t rating); /* 20 ms from eu_west */
uint32_t matchmaker_case_slot(const struct ticket *ticket);

void matchmaker_case_round(void);
/* The first match that a round wants to be placed; NULL: none. */
const struct formed_match *matchmaker_case_round_match(void);
void matchmaker_case_placed(const struct formed_match *match, enum status status); /* its engine's answer */

/* Redis has taken what the last call's effects store; those effects are gone then. */
void matchmaker_case_stored(enum status status);

/* Of the last call's effects. */
uint32_t matchmaker_case_count(enum matchmaker_effect_kind kind);
const struct matchmaker_effect *matchmaker_case_effect(enum matchmaker_effect_kind kind); /* the first; never NULL */

#endif
