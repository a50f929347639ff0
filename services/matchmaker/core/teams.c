/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/teams.h"

#include "libcommon/base/status.h"

static int64_t magnitude(int64_t value)
{
    return value < 0 ? -value : value;
}

/* Sum of team 0 less sum of team 1, where bit i of team_1 says who is in team 1. */
static int64_t imbalance(const int32_t *ratings_milli, uint32_t count, uint32_t team_1)
{
    int64_t difference = 0;
    for (uint32_t i = 0; i < count; i++) {
        difference += (team_1 >> i & 1u) != 0 ? -(int64_t)ratings_milli[i] : ratings_milli[i];
    }
    return magnitude(difference);
}

static uint32_t best_split(const int32_t *ratings_milli, uint32_t count)
{
    uint32_t best = 0;
    int64_t best_imbalance = INT64_MAX;
    /* Player 0 stays in team 0: the other half of all splits is the same with the names changed. */
    for (uint32_t team_1 = 0; team_1 < 1u << count; team_1 += 2) {
        if ((uint32_t)__builtin_popcount(team_1) == count / 2) {
            int64_t found = imbalance(ratings_milli, count, team_1);
            if (found < best_imbalance) {
                best_imbalance = found;
                best = team_1;
            }
        }
    }
    return best;
}

static void deal(const int32_t *ratings_milli, uint32_t count, uint8_t *out_teams)
{
    int64_t sums[2] = {0, 0};
    uint32_t sizes[2] = {0, 0};
    for (uint32_t i = 0; i < count; i++) {
        uint8_t team = sums[1] < sums[0] ? 1 : 0;
        team = sizes[team] == count / 2 ? (uint8_t)(1 - team) : team;
        out_teams[i] = team;
        sums[team] += ratings_milli[i];
        sizes[team]++;
    }
}

void teams_split(const int32_t *ratings_milli, uint32_t count, uint8_t *out_teams)
{
    REQUIRE(count >= 2 && count % 2 == 0);
    if (count > TEAMS_EXACT_MAX) {
        deal(ratings_milli, count, out_teams);
        return;
    }
    uint32_t team_1 = best_split(ratings_milli, count);
    for (uint32_t i = 0; i < count; i++) {
        out_teams[i] = (uint8_t)(team_1 >> i & 1u);
    }
}
