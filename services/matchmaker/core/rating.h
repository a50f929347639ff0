/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rating.h - Elo ratings in thousandths of a point, integers only: the same bits everywhere.
 *
 * Expected score: 1 / (1 + 10^(-d / 400)) of the difference d in points (A. Elo, "The Rating of Chessplayers", 8.4),
 * from a table of 25-point steps with linear interpolation, error below 0.0005. Every match is a set of sides: teams,
 * or single players in a free-for-all. A side's strength is the mean of its players; each pair of sides is one
 * comparison, won by the better place, and a player moves by the mean over all opponents. K falls with experience.
 *
 * Places are the engine's decision, not derived here. A side has the best place of its players, and each player's own
 * place is compared with the other sides': so who left, and stands behind all who stayed, loses even where the team
 * wins. When all have left nobody won.
 */
#ifndef MMA_SERVICES_MATCHMAKER_CORE_RATING_H
#define MMA_SERVICES_MATCHMAKER_CORE_RATING_H

#include <stdbool.h>
#include <stdint.h>

#define RATING_START_MILLI 1200000
#define RATING_MIN_MILLI   100000
#define RATING_MAX_MILLI   3000000
#define RATING_PLAYERS_MAX 64 /* in one match */

#define RATING_K_NEWCOMER   40 /* up to RATING_K_FALLS_FROM games */
#define RATING_K_SETTLED    16 /* from RATING_K_FALLS_TO games */
#define RATING_K_FALLS_FROM 10
#define RATING_K_FALLS_TO   34

struct rating_player {
    int32_t before_milli;
    uint32_t games_played;
    uint32_t place; /* 1: first */
    uint32_t side;  /* 0 .. RATING_PLAYERS_MAX - 1 */
    bool has_left;  /* before the end */
    int32_t after_milli;
};

int32_t rating_clamp(int64_t rating_milli);

/* Probability of winning, Q16, of who is ahead by difference_milli. For d and -d the two add up to one. */
int32_t rating_expected_q16(int32_t difference_milli);

int32_t rating_k(uint32_t games_played);

/* Sets after_milli of each. With fewer than two sides nothing moves. count <= RATING_PLAYERS_MAX. */
void rating_move(struct rating_player *players, uint32_t count);

/* Predicted evenness, Q16: one minus the mean over all pairs of sides of |2 * expected - 1|. */
uint32_t rating_quality_q16(const struct rating_player *players, uint32_t count);

/* bronze, silver, gold, platinum, diamond, master, grandmaster */
const char *rating_tier(int32_t rating_milli);

#endif
