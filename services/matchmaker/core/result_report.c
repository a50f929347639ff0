/* SPDX-License-Identifier: Apache-2.0 */
/* result_report.c - what a message must say to be a match's result; result_intake.h. */
#include "libcommon/base/hash.h"
#include "libcommon/base/text.h"
#include "services/matchmaker/core/matchmaker_internal.h"
#include "services/matchmaker/core/ticket_draft.h"

/* ---- players by id ---- */

void result_players_init(struct result_players *players)
{
    players->count = 0;
    hash_index_init(&players->index, RATING_PLAYERS_MAX, players->cells);
}

bool result_players_add(struct result_players *players, const char *player_id)
{
    REQUIRE(players->count < RATING_PLAYERS_MAX);
    if (result_players_find(players, player_id) != RESULT_NONE) {
        return false;
    }
    players->ids[players->count] = player_id;
    hash_index_add(&players->index, hash_text(0, player_id), players->count++);
    return true;
}

uint32_t result_players_find(const struct result_players *players, const char *player_id)
{
    struct hash_index_walk walk = {0};
    uint64_t key = hash_text(0, player_id);
    uint32_t i = hash_index_next(&players->index, key, &walk);
    while (i != HASH_INDEX_NONE && !text_equal(players->ids[i], player_id)) {
        i = hash_index_next(&players->index, key, &walk);
    }
    return i;
}

_Static_assert(HASH_INDEX_NONE == RESULT_NONE, "result_players_find answers what the index does");

/* ---- flaws ---- */

bool result_report_is_finished(const struct result_report *report)
{
    return report->end_reason[0] == '\0' || text_equal(report->end_reason, "finished");
}

uint32_t result_report_team(const struct result_standing *standing)
{
    return standing->team < RATING_PLAYERS_MAX ? standing->team : 0;
}

/* protobuf-c lets any bytes pass as text; JSON and PostgreSQL do not. */
static bool is_printable(const char *text)
{
    size_t size = text_size(text, RESULT_TEXT_MAX + 1);
    for (size_t i = 0; i < size; i++) {
        if (text[i] < ' ' || text[i] > '~') {
            return false;
        }
    }
    return size <= RESULT_TEXT_MAX;
}

static const char *standing_flaw(const struct result_standing *standing)
{
    if (!ticket_draft_player_is_valid(standing->player_id)) {
        return "player_id";
    }
    if (standing->score < -RESULT_SCORE_MAX || standing->score > RESULT_SCORE_MAX) {
        return "score";
    }
    return standing->team >= RATING_PLAYERS_MAX && standing->team != RESULT_TEAM_NONE ? "team" : NULL;
}

static const char *standings_flaw(const struct result_report *report)
{
    struct result_players players;
    result_players_init(&players);
    if (report->standing_count < 1 || report->standing_count > RATING_PLAYERS_MAX) {
        return "standings";
    }
    for (uint32_t i = 0; i < report->standing_count; i++) {
        if (!result_players_add(&players, report->standings[i].player_id)) {
            return "standings";
        }
    }
    for (uint32_t i = 0; i < report->standing_count; i++) {
        const char *flaw = standing_flaw(&report->standings[i]);
        if (flaw != NULL) {
            return flaw;
        }
    }
    return NULL;
}

static uint32_t side_of(const struct result_standing *standing, bool has_teams)
{
    return has_teams ? result_report_team(standing) : standing->slot;
}

/* The side that has the first place alone and stayed: who won, by the places. RESULT_NONE: nobody. */
static uint32_t first_side(const struct result_report *report, bool has_teams)
{
    uint32_t first = RESULT_NONE;
    for (uint32_t i = 0; i < report->standing_count; i++) {
        const struct result_standing *standing = &report->standings[i];
        uint32_t side = side_of(standing, has_teams);
        if (standing->place == 1 && (standing->has_left || (first != RESULT_NONE && first != side))) {
            return RESULT_NONE;
        }
        first = standing->place == 1 ? side : first;
    }
    return first;
}

/* Whether the decision's parts fit each other. */
static bool is_decision(const struct result_report *report, bool has_teams)
{
    bool is_won = text_equal(report->outcome, "won");
    bool is_draw = text_equal(report->outcome, "draw");
    if (!is_won && !is_draw && !text_equal(report->outcome, "none")) {
        return false;
    }
    if ((is_won || is_draw) != result_report_is_finished(report)) {
        return false;
    }
    for (uint32_t i = 0; i < report->standing_count; i++) {
        if (report->standings[i].place < 1 || report->standings[i].place > report->standing_count) {
            return false;
        }
    }
    uint32_t first = first_side(report, has_teams);
    return is_won ? first != RESULT_NONE && first == report->winner : !is_draw || first == RESULT_NONE;
}

const char *result_report_flaw(const struct matchmaker *matchmaker, const struct result_report *report)
{
    if (!hex_id_is_valid(report->match_id)) {
        return "match_id";
    }
    uint32_t queue = matchmaker_find_queue(matchmaker, report->queue);
    if (queue == QUEUE_NONE) {
        return "queue";
    }
    const char *flaw = standings_flaw(report);
    if (flaw != NULL) {
        return flaw;
    }
    if (!is_printable(report->region) || !is_printable(report->mode) || !is_printable(report->map) ||
        !is_printable(report->engine) || !is_printable(report->end_reason)) {
        return "region, mode, map, engine or end_reason";
    }
    if (!(report->quality - report->quality == 0) || report->ticks > INT32_MAX) {
        return "quality or ticks"; /* an infinity's difference with itself is not a number, and so is not zero */
    }
    bool has_teams = matchmaker->rules.queues[queue].team_count > 0;
    return report->outcome[0] != '\0' && !is_decision(report, has_teams) ? "decision" : NULL;
}
