/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/result_intake.h"

#include "libcommon/base/sqlstate.h"
#include "libcommon/base/text.h"
#include "services/matchmaker/core/matchmaker_internal.h"

static void result_check(const struct result *result)
{
    REQUIRE(result->state <= RESULT_WAITING);
    REQUIRE(result->state == RESULT_FREE || (result->player_count >= 1 && result->player_count <= RATING_PLAYERS_MAX));
}

void result_intake_init(struct result_intake *results)
{
    for (uint32_t slot = 0; slot < RESULTS_MAX; slot++) {
        results->items[slot].state = RESULT_FREE;
    }
}

static void add_effect(struct matchmaker_effects *effects, enum matchmaker_effect_kind kind, uint32_t slot)
{
    matchmaker_effects_add(effects, &(struct matchmaker_effect){.kind = kind, .slot = slot});
}

/* ---- receiving ---- */

static uint32_t find_free(const struct result_intake *results)
{
    for (uint32_t slot = 0; slot < RESULTS_MAX; slot++) {
        if (results->items[slot].state == RESULT_FREE) {
            return slot;
        }
    }
    return RESULT_NONE;
}

static void dead_letter(uint64_t tag, const char *name, const char *detail, struct matchmaker_effects *effects)
{
    struct matchmaker_effect effect = {.kind = MATCHMAKER_DEAD_LETTER, .tag = tag, .detail = detail};
    text_copy(effect.id, sizeof effect.id, name);
    matchmaker_effects_add(effects, &effect);
}

static int64_t clamp_time(int64_t time, int64_t least)
{
    if (time < least) {
        return least;
    }
    return time > RESULT_TIME_MAX ? RESULT_TIME_MAX : time;
}

/* Labels of an engine whose clock jumped: the end is then the start and the match's length. */
static void take_times(const struct result_report *report, struct result *result)
{
    result->start_time = clamp_time(report->start_time, 0);
    int64_t end_time = report->end_time;
    if (end_time < result->start_time) {
        end_time = result->start_time + (int64_t)report->ticks * 1000 / RULES_TICK_RATE;
    }
    result->end_time = clamp_time(end_time, result->start_time);
}

/* Places by the score sums of the sides, for a report without its engine's decision. */
static void place_by_scores(const struct result_report *report, struct result *result)
{
    int64_t sums[RATING_PLAYERS_MAX] = {0};
    bool is_side[RATING_PLAYERS_MAX] = {false};
    for (uint32_t i = 0; i < result->player_count; i++) {
        sums[result->players[i].side] += report->standings[i].score;
        is_side[result->players[i].side] = true;
    }
    for (uint32_t i = 0; i < result->player_count; i++) {
        struct rating_player *player = &result->players[i];
        player->place = 1;
        player->has_left = false;
        for (uint32_t side = 0; side < RATING_PLAYERS_MAX; side++) {
            player->place += is_side[side] && sums[side] > sums[player->side];
        }
    }
}

static void take_report(const struct matchmaker *matchmaker, const struct result_report *report, uint64_t tag,
                        struct result *result)
{
    *result = (struct result){.state = RESULT_READING, .tag = tag, .player_count = report->standing_count};
    text_copy(result->match_id, sizeof result->match_id, report->match_id);
    result->queue = matchmaker_find_queue(matchmaker, report->queue);
    result->is_rated = result_report_is_finished(report);
    take_times(report, result);
    bool has_teams = matchmaker->rules.queues[result->queue].team_count > 0;
    for (uint32_t i = 0; i < report->standing_count; i++) {
        const struct result_standing *standing = &report->standings[i];
        text_copy(result->player_ids[i], TICKET_PLAYER_SIZE, standing->player_id);
        result->players[i] = (struct rating_player){.place = standing->place, .has_left = standing->has_left};
        result->players[i].side = has_teams ? result_report_team(standing) : i;
    }
    if (report->outcome[0] == '\0') {
        place_by_scores(report, result);
    }
    result_check(result);
}

uint32_t matchmaker_result_received(struct matchmaker *matchmaker, const struct result_report *report, const char *name,
                                    uint64_t tag, struct matchmaker_effects *out_effects)
{
    REQUIRE(name != NULL);
    out_effects->count = 0;
    const char *flaw = report != NULL ? result_report_flaw(matchmaker, report) : "not a MatchResult";
    if (flaw != NULL) {
        dead_letter(tag, name, flaw, out_effects);
        return RESULT_NONE;
    }
    uint32_t slot = find_free(&matchmaker->results);
    if (slot == RESULT_NONE) {
        matchmaker_effects_add(out_effects, &(struct matchmaker_effect){.kind = MATCHMAKER_REQUEUE, .tag = tag});
        return RESULT_NONE;
    }
    take_report(matchmaker, report, tag, &matchmaker->results.items[slot]);
    add_effect(out_effects, MATCHMAKER_READ_RATINGS, slot);
    return slot;
}

/* ---- reading ---- */

static void wait_and_retry(struct result *result, uint32_t slot, enum status status, const char *detail,
                           uint64_t now_ms, struct matchmaker_effects *effects)
{
    uint32_t shift = result->attempts < 6 ? result->attempts : 6;
    uint32_t delay_ms = (uint32_t)RESULT_RETRY_MIN_MS << shift;
    result->state = RESULT_WAITING;
    result->attempts++;
    result->retry_ms = now_ms + (delay_ms < RESULT_RETRY_MAX_MS ? delay_ms : RESULT_RETRY_MAX_MS);
    result_check(result);
    matchmaker_effects_add(
        effects,
        &(struct matchmaker_effect){.kind = MATCHMAKER_NOTE_RETRY, .slot = slot, .status = status, .detail = detail});
}

static void take_ratings(struct result *result, const struct result_rating *rows, uint32_t row_count)
{
    struct result_players index;
    result_players_init(&index);
    for (uint32_t i = 0; i < result->player_count; i++) {
        REQUIRE(result_players_add(&index, result->player_ids[i]));
        result->players[i].before_milli = RATING_START_MILLI;
        result->players[i].games_played = 0;
    }
    for (uint32_t row = 0; row < row_count; row++) {
        uint32_t i = result_players_find(&index, rows[row].player_id);
        if (i != RESULT_NONE) {
            result->players[i].before_milli = rating_clamp(rows[row].rating_milli);
            result->players[i].games_played = rows[row].games_played;
        }
    }
}

void matchmaker_result_ratings(struct matchmaker *matchmaker, uint32_t slot, enum status status, const char *detail,
                               const struct result_rating *rows, uint32_t row_count, uint64_t now_ms,
                               struct matchmaker_effects *out_effects)
{
    REQUIRE(slot < RESULTS_MAX);
    struct result *result = &matchmaker->results.items[slot];
    REQUIRE(result->state == RESULT_READING);
    out_effects->count = 0;
    if (status != STATUS_OK) {
        wait_and_retry(result, slot, status, detail, now_ms, out_effects);
        return;
    }
    take_ratings(result, rows, row_count);
    rating_move(result->players, result->player_count);
    result->state = RESULT_WRITING;
    add_effect(out_effects, MATCHMAKER_WRITE_RESULT, slot);
    result_check(result);
}

/* ---- writing ---- */

static void release(struct result *result, uint32_t slot, struct matchmaker_effects *effects)
{
    add_effect(effects, MATCHMAKER_RELEASE_RESULT, slot);
    result->state = RESULT_FREE;
}

static void finish(struct matchmaker *matchmaker, uint32_t slot, enum result_applied applied, uint64_t now_ms,
                   struct matchmaker_effects *effects)
{
    struct result *result = &matchmaker->results.items[slot];
    matchmaker_effects_add(effects, &(struct matchmaker_effect){.kind = MATCHMAKER_ACKNOWLEDGE, .tag = result->tag});
    matchmaker_effects_add(
        effects, &(struct matchmaker_effect){.kind = MATCHMAKER_NOTE_APPLIED, .slot = slot, .applied = applied});
    for (uint32_t i = 0; applied == RESULT_APPLIED_MOVED && i < result->player_count; i++) {
        rating_cache_put(&matchmaker->ratings, result->player_ids[i], result->queue, result->players[i].after_milli);
    }
    matchmaker_match_over(matchmaker, result->match_id, now_ms);
    release(result, slot, effects);
}

void matchmaker_result_written(struct matchmaker *matchmaker, uint32_t slot, const struct result_written *written,
                               uint64_t now_ms, struct matchmaker_effects *out_effects)
{
    REQUIRE(slot < RESULTS_MAX);
    struct result *result = &matchmaker->results.items[slot];
    REQUIRE(result->state == RESULT_WRITING);
    out_effects->count = 0;
    const char *sql_state = written->sql_state;
    if (written->status == STATUS_OK) {
        finish(matchmaker, slot, written->applied, now_ms, out_effects);
    } else if (sql_state != NULL && text_equal(sql_state, RESULT_SQL_STATE_STALE) &&
               result->attempts < RESULT_STALE_TRIES_MAX) {
        result->attempts++;
        result->state = RESULT_READING; /* at once: another result was faster */
        add_effect(out_effects, MATCHMAKER_NOTE_STALE, slot);
        add_effect(out_effects, MATCHMAKER_READ_RATINGS, slot);
    } else if (sqlstate_is_permanent(sql_state)) {
        dead_letter(result->tag, result->match_id, written->detail, out_effects);
        release(result, slot, out_effects);
    } else {
        wait_and_retry(result, slot, written->status, written->detail, now_ms, out_effects);
    }
    result_check(result);
}

void matchmaker_retry_results(struct matchmaker *matchmaker, uint64_t now_ms, struct matchmaker_effects *effects)
{
    for (uint32_t slot = 0; slot < RESULTS_MAX; slot++) {
        struct result *result = &matchmaker->results.items[slot];
        if (result->state == RESULT_WAITING && result->retry_ms <= now_ms) {
            result->state = RESULT_READING;
            add_effect(effects, MATCHMAKER_READ_RATINGS, slot);
        }
    }
}
