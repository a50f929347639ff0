/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_decision.h - how a match ended and who won it.
 *
 * The engine decides once, at the match's end; the record, the result, the messages and the ratings carry that
 * decision. Nobody else derives a winner from scores.
 */
#ifndef MMA_GAME_MATCH_DECISION_H
#define MMA_GAME_MATCH_DECISION_H

#include "libcommon/game/rules/rules.h"

#include <stdbool.h>
#include <stdint.h>

enum match_end_reason { MATCH_END_NONE, MATCH_END_FINISHED, MATCH_END_ABANDONED, MATCH_END_DRAINED };

enum match_outcome {
    MATCH_OUTCOME_NONE, /* it was not played to its end: nobody won, and nobody lost */
    MATCH_OUTCOME_WON,
    MATCH_OUTCOME_DRAW
};

/* Of one seat. */
struct match_place {
    uint16_t place;     /* 1 + the number of seats ranked ahead; equals share a place */
    uint32_t left_tick; /* the tick from which its player counts as having left; 0: stayed to the end */
};

struct match_decision {
    enum match_end_reason end_reason;
    enum match_outcome outcome;
    uint16_t winner; /* with MATCH_OUTCOME_WON: team, or slot in a mode without teams; else RULES_SLOT_NONE */
    uint32_t score;  /* the winner's; else 0 */
    uint16_t seat_count;
    const struct match_place *places; /* [seat_count], borrowed */
};

/* "none", "finished", "abandoned" or "drained"; "none", "won" or "draw". Bounded by their enums. */
const char *match_decision_end_reason_text(enum match_end_reason reason);
const char *match_decision_outcome_text(enum match_outcome outcome);

/* Whether the parts fit each other: what a reader of foreign bytes asks. */
bool match_decision_is_valid(const struct match_decision *decision);

#endif
