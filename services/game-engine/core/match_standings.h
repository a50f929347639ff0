/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_standings.h - who won a match: decided here, once, and carried by everything else.
 *
 * Those who stayed are ranked by score (their team's, or their own kills in a mode without teams); equal scores share a
 * place. Behind all of them come those who left (match_seat.left_tick), whatever they had: who left later is ahead.
 * A match that was played to its end is won by the side that alone has the first place; two sides, or nobody who
 * stayed, make a draw. A match that was not played to its end is won by nobody.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_CORE_MATCH_STANDINGS_H
#define MMA_SERVICES_GAME_ENGINE_CORE_MATCH_STANDINGS_H

#include "services/game-engine/core/match.h"

/* Fills the match's standings, places and decision. Once, at its end. */
void match_standings_decide(struct match *match, enum match_end_reason reason);

#endif
