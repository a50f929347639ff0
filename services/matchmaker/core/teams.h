/* SPDX-License-Identifier: Apache-2.0 */
/* teams.h - splits a group of players into two teams of equal size whose rating sums differ the least. */
#ifndef MMA_SERVICES_MATCHMAKER_CORE_TEAMS_H
#define MMA_SERVICES_MATCHMAKER_CORE_TEAMS_H

#include <stdint.h>

#define TEAMS_EXACT_MAX                                                                                                \
    12 /* players up to which all splits are tried; above, the best next player goes to the weaker team */

/* count is even; ratings are descending. Sets out_teams[i] to 0 or 1; the strongest player is in team 0. */
void teams_split(const int32_t *ratings_milli, uint32_t count, uint8_t *out_teams);

#endif
