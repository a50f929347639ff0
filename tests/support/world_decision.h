/* SPDX-License-Identifier: Apache-2.0 */
/* world_decision.h - the decision of a match in which nobody left, for tests and tools that record a world without an
 * engine. */
#ifndef MMA_TESTS_SUPPORT_WORLD_DECISION_H
#define MMA_TESTS_SUPPORT_WORLD_DECISION_H

#include "libcommon/game/record/match_decision.h"
#include "libcommon/game/world/world.h"

/* places: [world->capacity], filled; all seats share the first place. */
static inline struct match_decision world_decision(const struct world *world, struct match_place *places)
{
    struct world_result result;
    world_result(world, &result);
    for (uint16_t slot = 0; slot < world->capacity; slot++) {
        places[slot] = (struct match_place){.place = 1};
    }
    return (struct match_decision){.end_reason = MATCH_END_FINISHED,
                                   .outcome = result.is_draw ? MATCH_OUTCOME_DRAW : MATCH_OUTCOME_WON,
                                   .winner = result.winner,
                                   .score = result.is_draw ? 0 : result.score,
                                   .seat_count = world->capacity,
                                   .places = places};
}

#endif
