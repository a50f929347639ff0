/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/match_standings.h"

static struct match_standing standing_of(const struct match *match, uint16_t slot)
{
    const struct world_player *player = &match->world.players[slot];
    const struct match_seat *seat = &match->seats[slot];
    bool has_teams = match->world.mode->team_count > 0;
    uint8_t team = has_teams ? seat->player.team : 0;
    return (struct match_standing){.slot = slot,
                                   .team = team,
                                   .score = has_teams ? match->world.team_scores[team] : player->kills,
                                   .kills = player->kills,
                                   .deaths = player->deaths,
                                   .assists = player->assists,
                                   .left_tick = seat->left_tick};
}

/* Whether a is ranked ahead of b. Where neither is ahead of the other they share a place. */
static bool is_ahead(const struct match_standing *a, const struct match_standing *b)
{
    if (a->left_tick == 0 || b->left_tick == 0) {
        return a->left_tick == 0 && (b->left_tick != 0 || a->score > b->score);
    }
    return a->left_tick > b->left_tick;
}

/* The order of the list: by rank, and among equals by kills, then fewer deaths, then slot. */
static bool is_listed_before(const struct match_standing *a, const struct match_standing *b)
{
    if (is_ahead(a, b) || is_ahead(b, a)) {
        return is_ahead(a, b);
    }
    if (a->kills != b->kills) {
        return a->kills > b->kills;
    }
    return a->deaths != b->deaths ? a->deaths < b->deaths : a->slot < b->slot;
}

/* M. Ciura, "Best Increments for the Average Case of Shellsort"; the order is total, so any sort gives the same. */
static void sort_standings(struct match_standing *standings, uint16_t count)
{
    static const uint16_t gaps[] = {1750, 701, 301, 132, 57, 23, 10, 4, 1};
    for (uint32_t i = 0; i < sizeof gaps / sizeof gaps[0]; i++) {
        uint16_t gap = gaps[i];
        for (uint16_t at = gap; at < count; at++) {
            struct match_standing standing = standings[at];
            uint16_t to = at;
            while (to >= gap && is_listed_before(&standing, &standings[to - gap])) {
                standings[to] = standings[to - gap];
                to = (uint16_t)(to - gap);
            }
            standings[to] = standing;
        }
    }
}

static void assign_places(struct match *match)
{
    for (uint16_t i = 0; i < match->seat_count; i++) {
        struct match_standing *standing = &match->standings[i];
        bool is_equal = i > 0 && !is_ahead(standing - 1, standing);
        standing->place = is_equal ? standing[-1].place : (uint16_t)(i + 1);
        match->places[standing->slot] =
            (struct match_place){.place = standing->place, .left_tick = standing->left_tick};
    }
}

static uint16_t side_of(const struct match *match, const struct match_standing *standing)
{
    return match->world.mode->team_count > 0 ? standing->team : standing->slot;
}

/* The side that alone has the first place, or RULES_SLOT_NONE. */
static uint16_t winning_side(const struct match *match)
{
    const struct match_standing *first = &match->standings[0];
    uint16_t side = side_of(match, first);
    for (uint16_t i = 1; i < match->seat_count && match->standings[i].place == 1; i++) {
        if (side_of(match, &match->standings[i]) != side) {
            return RULES_SLOT_NONE;
        }
    }
    return first->left_tick == 0 ? side : RULES_SLOT_NONE;
}

void match_standings_decide(struct match *match, enum match_end_reason reason)
{
    REQUIRE(reason != MATCH_END_NONE && match->state != MATCH_OVER);
    for (uint16_t slot = 0; slot < match->seat_count; slot++) {
        match->standings[slot] = standing_of(match, slot);
    }
    sort_standings(match->standings, match->seat_count);
    assign_places(match);
    REQUIRE(match->standings[0].place == 1);
    struct match_decision decision = {.end_reason = reason,
                                      .outcome = MATCH_OUTCOME_NONE,
                                      .winner = RULES_SLOT_NONE,
                                      .seat_count = match->seat_count,
                                      .places = match->places};
    if (reason == MATCH_END_FINISHED) {
        decision.winner = winning_side(match);
        bool is_won = decision.winner != RULES_SLOT_NONE;
        decision.outcome = is_won ? MATCH_OUTCOME_WON : MATCH_OUTCOME_DRAW;
        decision.score = is_won ? match->standings[0].score : 0;
    }
    REQUIRE(match_decision_is_valid(&decision));
    match->decision = decision;
}
