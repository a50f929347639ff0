/* SPDX-License-Identifier: Apache-2.0 */
/* matchmaker_internal.h - what the parts of the matchmaker's core share; for them alone. */
#ifndef MMA_SERVICES_MATCHMAKER_CORE_MATCHMAKER_INTERNAL_H
#define MMA_SERVICES_MATCHMAKER_CORE_MATCHMAKER_INTERNAL_H

#include "libcommon/game/rules/rules.h"
#include "services/matchmaker/core/matchmaker.h"

#define MATCHMAKER_TICKET_EFFECTS_MAX 4 /* of one change of one ticket */

/* A state that may be the last one: then the ticket moves to the closed list. */
void matchmaker_change_ticket(struct matchmaker *matchmaker, uint32_t slot, enum ticket_state state,
                              enum ticket_reason reason, const struct matchmaker_clock *clock,
                              struct matchmaker_effects *effects);

/* Enters an open ticket into the table, QUEUED, and stores it. ticket's wait, create_time and intake are the
 * caller's. */
MUST_USE enum status matchmaker_enter(struct matchmaker *matchmaker, const struct ticket *ticket,
                                      const struct matchmaker_clock *clock, struct matchmaker_effects *effects,
                                      uint32_t *out_slot);

/* Writes the ticket to Redis, as it is when that is carried out. */
void matchmaker_store_ticket(struct matchmaker *matchmaker, uint32_t slot, struct matchmaker_effects *effects);

/* The ticket's request, if it still waits for an answer, has the ticket as it is now for one. */
void matchmaker_answer_intake(struct matchmaker *matchmaker, uint32_t slot, struct matchmaker_effects *effects);

/* Results whose wait is over are read again. */
void matchmaker_retry_results(struct matchmaker *matchmaker, uint64_t now_ms, struct matchmaker_effects *effects);

/* ---- of result_report.c ---- */

/* Players of one result, found by id; the ids are borrowed. */
struct result_players {
    uint32_t count;
    const char *ids[RATING_PLAYERS_MAX];
    struct hash_index index;
    struct hash_index_cell cells[HASH_INDEX_CELLS(RATING_PLAYERS_MAX)];
};

void result_players_init(struct result_players *players);
bool result_players_add(struct result_players *players, const char *player_id);            /* false: is there already */
uint32_t result_players_find(const struct result_players *players, const char *player_id); /* or RESULT_NONE */

bool result_report_is_finished(const struct result_report *report);
uint32_t result_report_team(const struct result_standing *standing); /* side in a mode with teams */

#endif
