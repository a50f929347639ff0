/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/rating.h"

#include "libcommon/base/fixed.h"
#include "libcommon/base/status.h"

#define STEP_MILLI 25000
#define STEPS      64

/* round(65536 / (1 + 10^(-25 i / 400))) */
static const int32_t expected_q16[STEPS + 1] = {
    32768, 35122, 37451, 39734, 41947, 44074, 46097, 48006, 49791, 51448, 52974, 54371, 55641,
    56791, 57825, 58751, 59578, 60313, 60964, 61540, 62047, 62493, 62884, 63227, 63527, 63789,
    64018, 64217, 64391, 64542, 64674, 64788, 64887, 64973, 65048, 65113, 65170, 65218, 65261,
    65298, 65329, 65357, 65381, 65402, 65420, 65435, 65449, 65460, 65471, 65479, 65487, 65493,
    65499, 65504, 65508, 65512, 65515, 65518, 65520, 65523, 65524, 65526, 65527, 65528, 65529};

struct side {
    int64_t rating_sum_milli;
    uint32_t place; /* the best of its players' */
    int32_t players;
};

int32_t rating_clamp(int64_t rating_milli)
{
    if (rating_milli < RATING_MIN_MILLI) {
        return RATING_MIN_MILLI;
    }
    return rating_milli > RATING_MAX_MILLI ? RATING_MAX_MILLI : (int32_t)rating_milli;
}

int32_t rating_expected_q16(int32_t difference_milli)
{
    if (difference_milli < 0) {
        return Q16_ONE - rating_expected_q16(-difference_milli);
    }
    int32_t step = difference_milli / STEP_MILLI;
    if (step >= STEPS) {
        return expected_q16[STEPS];
    }
    int32_t rest = difference_milli % STEP_MILLI;
    return expected_q16[step] + (expected_q16[step + 1] - expected_q16[step]) * rest / STEP_MILLI;
}

int32_t rating_k(uint32_t games_played)
{
    if (games_played <= RATING_K_FALLS_FROM) {
        return RATING_K_NEWCOMER;
    }
    if (games_played >= RATING_K_FALLS_TO) {
        return RATING_K_SETTLED;
    }
    return RATING_K_NEWCOMER - (RATING_K_NEWCOMER - RATING_K_SETTLED) * ((int32_t)games_played - RATING_K_FALLS_FROM) /
                                   (RATING_K_FALLS_TO - RATING_K_FALLS_FROM);
}

static uint32_t sum_sides(const struct rating_player *players, uint32_t count, struct side sides[RATING_PLAYERS_MAX])
{
    REQUIRE(count <= RATING_PLAYERS_MAX);
    uint32_t side_count = 0;
    for (uint32_t i = 0; i < RATING_PLAYERS_MAX; i++) {
        sides[i] = (struct side){.place = UINT32_MAX};
    }
    for (uint32_t i = 0; i < count; i++) {
        REQUIRE(players[i].side < RATING_PLAYERS_MAX);
        struct side *side = &sides[players[i].side];
        side_count += side->players == 0;
        side->rating_sum_milli += players[i].before_milli;
        side->place = players[i].place < side->place ? players[i].place : side->place;
        side->players++;
    }
    return side_count;
}

static int32_t expected_between(const struct side *side, const struct side *other)
{
    int64_t difference = side->rating_sum_milli / side->players - other->rating_sum_milli / other->players;
    return rating_expected_q16((int32_t)difference);
}

static int32_t result_q16(uint32_t own_place, uint32_t other_place)
{
    if (own_place == other_place) {
        return Q16_ONE / 2;
    }
    return own_place < other_place ? Q16_ONE : 0;
}

/* Sum over all other sides of (result - expected result), Q16. */
static int64_t surprise_q16(const struct side sides[RATING_PLAYERS_MAX], const struct rating_player *player,
                            bool somebody_stayed)
{
    int64_t sum = 0;
    const struct side *own = &sides[player->side];
    for (uint32_t i = 0; i < RATING_PLAYERS_MAX; i++) {
        const struct side *other = &sides[i];
        if (i != player->side && other->players > 0) {
            int32_t result = somebody_stayed ? result_q16(player->place, other->place) : Q16_ONE / 2;
            sum += result - expected_between(own, other);
        }
    }
    return sum;
}

static bool has_stayers(const struct rating_player *players, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!players[i].has_left) {
            return true;
        }
    }
    return false;
}

void rating_move(struct rating_player *players, uint32_t count)
{
    struct side sides[RATING_PLAYERS_MAX];
    uint32_t side_count = sum_sides(players, count, sides);
    bool somebody_stayed = has_stayers(players, count);
    for (uint32_t i = 0; i < count; i++) {
        struct rating_player *player = &players[i];
        player->after_milli = player->before_milli;
        if (side_count >= 2) {
            int64_t k_milli = (int64_t)rating_k(player->games_played) * 1000;
            int64_t surprise = surprise_q16(sides, player, somebody_stayed);
            int64_t moved = k_milli * surprise / ((int64_t)(side_count - 1) * Q16_ONE);
            player->after_milli = rating_clamp(player->before_milli + moved);
        }
    }
}

uint32_t rating_quality_q16(const struct rating_player *players, uint32_t count)
{
    struct side sides[RATING_PLAYERS_MAX];
    uint32_t side_count = sum_sides(players, count, sides);
    if (side_count < 2) {
        return 0;
    }
    int64_t unevenness = 0;
    for (uint32_t i = 0; i < RATING_PLAYERS_MAX; i++) {
        for (uint32_t j = i + 1; j < RATING_PLAYERS_MAX; j++) {
            if (sides[i].players > 0 && sides[j].players > 0) {
                unevenness += q16_abs(2 * expected_between(&sides[i], &sides[j]) - Q16_ONE);
            }
        }
    }
    int64_t pairs = (int64_t)side_count * (side_count - 1) / 2;
    return (uint32_t)(Q16_ONE - unevenness / pairs);
}

const char *rating_tier(int32_t rating_milli)
{
    static const struct {
        int32_t below;
        const char *name;
    } tiers[] = {{800, "bronze"},    {1100, "silver"},  {1400, "gold"},
                 {1700, "platinum"}, {2000, "diamond"}, {2400, "master"}};
    for (uint32_t i = 0; i < sizeof tiers / sizeof tiers[0]; i++) {
        if (rating_milli < tiers[i].below * 1000) {
            return tiers[i].name;
        }
    }
    return "grandmaster";
}
