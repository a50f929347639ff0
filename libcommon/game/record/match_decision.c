/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/record/match_decision.h"

#include "libcommon/base/status.h"

#include <stddef.h>

_Static_assert(RULES_PLAYERS_MAX < RULES_SLOT_NONE, "a winner's slot is never RULES_SLOT_NONE");

const char *match_decision_end_reason_text(enum match_end_reason reason)
{
    static const char *const texts[] = {[MATCH_END_NONE] = "none",
                                        [MATCH_END_FINISHED] = "finished",
                                        [MATCH_END_ABANDONED] = "abandoned",
                                        [MATCH_END_DRAINED] = "drained"};
    REQUIRE(reason >= MATCH_END_NONE && reason <= MATCH_END_DRAINED);
    return texts[reason];
}

const char *match_decision_outcome_text(enum match_outcome outcome)
{
    static const char *const texts[] = {
        [MATCH_OUTCOME_NONE] = "none", [MATCH_OUTCOME_WON] = "won", [MATCH_OUTCOME_DRAW] = "draw"};
    REQUIRE(outcome >= MATCH_OUTCOME_NONE && outcome <= MATCH_OUTCOME_DRAW);
    return texts[outcome];
}

static bool places_are_valid(const struct match_decision *decision)
{
    for (uint16_t slot = 0; slot < decision->seat_count; slot++) {
        if (decision->places[slot].place < 1 || decision->places[slot].place > decision->seat_count) {
            return false;
        }
    }
    return true;
}

bool match_decision_is_valid(const struct match_decision *decision)
{
    REQUIRE(decision->seat_count == 0 || decision->places != NULL);
    bool is_finished = decision->end_reason == MATCH_END_FINISHED;
    bool is_won = decision->outcome == MATCH_OUTCOME_WON;
    bool has_range = decision->end_reason > MATCH_END_NONE && decision->end_reason <= MATCH_END_DRAINED &&
                     decision->outcome >= MATCH_OUTCOME_NONE && decision->outcome <= MATCH_OUTCOME_DRAW;
    bool has_winner = decision->winner < decision->seat_count;
    bool has_no_winner = decision->winner == RULES_SLOT_NONE && decision->score == 0;
    return has_range && is_finished == (decision->outcome != MATCH_OUTCOME_NONE) &&
           (is_won ? has_winner : has_no_winner) && places_are_valid(decision);
}
