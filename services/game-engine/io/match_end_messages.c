/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/io/match_end_messages.h"

#include "libcommon/runtime/encoding/borrow.h"

#include <inttypes.h>
#include <stdio.h>

static void fill_standing(const struct match *match, const struct match_standing *standing, Mma__Standing *out_row)
{
    mma__standing__init(out_row);
    out_row->player_id = borrow_text(match->seats[standing->slot].player.id);
    out_row->team = standing->team;
    out_row->score = (int32_t)standing->score;
    out_row->kills = standing->kills;
    out_row->deaths = standing->deaths;
    out_row->assists = standing->assists;
    out_row->place = standing->place;
    out_row->left_tick = standing->left_tick;
    out_row->slot = standing->slot;
}

Mma__Standing **match_end_messages_standings(const struct match *match, struct arena *arena)
{
    REQUIRE(match->state == MATCH_OVER);
    Mma__Standing *rows = arena_take_zeroed(arena, match->seat_count, sizeof *rows);
    Mma__Standing **list = arena_take_zeroed(arena, match->seat_count, sizeof(void *));
    if (rows == NULL || list == NULL) {
        return NULL;
    }
    for (uint16_t i = 0; i < match->seat_count; i++) {
        fill_standing(match, &match->standings[i], &rows[i]);
        list[i] = &rows[i];
    }
    return list;
}

/* On the wire a match that nobody won has winner 0. */
static uint32_t winner_of(const struct match_decision *decision)
{
    return decision->outcome == MATCH_OUTCOME_WON ? decision->winner : 0;
}

void match_end_messages_result(const struct match *match, const struct result_labels *labels, Mma__Standing **standings,
                               Mma__MatchResult *out_result)
{
    REQUIRE(match->state == MATCH_OVER);
    const struct match_decision *decision = &match->decision;
    mma__match_result__init(out_result);
    out_result->match_id = borrow_text(labels->match_id);
    out_result->queue = borrow_text(labels->queue);
    out_result->region = borrow_text(labels->region);
    out_result->mode = borrow_text(match->world.mode->name);
    out_result->map = borrow_text(match->world.map->name);
    out_result->engine = borrow_text(labels->engine);
    out_result->seed = match->world.seed;
    out_result->start_time = (int64_t)labels->start_unix_ms;
    out_result->end_time = (int64_t)(labels->start_unix_ms + labels->elapsed_ms);
    out_result->ticks = match->world.tick;
    out_result->state_hash = match->hash;
    out_result->quality = labels->quality;
    out_result->end_reason = borrow_text(match_decision_end_reason_text(decision->end_reason));
    out_result->outcome = borrow_text(match_decision_outcome_text(decision->outcome));
    out_result->winner = winner_of(decision);
    out_result->standings = standings;
    out_result->n_standings = standings == NULL ? 0 : match->seat_count;
}

void match_end_messages_ended(const struct match *match, const char *match_id, Mma__Standing **standings,
                              Mma__MatchEnded *out_ended)
{
    REQUIRE(match->state == MATCH_OVER);
    const struct match_decision *decision = &match->decision;
    mma__match_ended__init(out_ended);
    out_ended->match_id = borrow_text(match_id);
    out_ended->ticks = match->world.tick;
    out_ended->state_hash = match->hash;
    out_ended->standings = standings;
    out_ended->n_standings = standings == NULL ? 0 : match->seat_count;
    out_ended->end_reason = borrow_text(match_decision_end_reason_text(decision->end_reason));
    out_ended->outcome = borrow_text(match_decision_outcome_text(decision->outcome));
    out_ended->winner = winner_of(decision);
}

void match_end_messages_chunk(const char *match_id, const struct recorder_chunk *chunk, char *out_message_id,
                              Mma__ReplayChunk *out_message)
{
    mma__replay_chunk__init(out_message);
    snprintf(out_message_id, MATCH_END_MESSAGES_ID_MAX + 1, "%s/%" PRIu32, match_id, chunk->index);
    out_message->match_id = borrow_text(match_id);
    out_message->index = chunk->index;
    out_message->first_tick = chunk->first_tick;
    out_message->last_tick = chunk->last_tick;
    out_message->is_last = chunk->is_last;
    out_message->records.data = (uint8_t *)(uintptr_t)chunk->bytes; /* only read */
    out_message->records.len = chunk->size;
}

static uint32_t count_who_left(const struct match_decision *decision)
{
    uint32_t count = 0;
    for (uint16_t slot = 0; slot < decision->seat_count; slot++) {
        count += decision->places[slot].left_tick != 0;
    }
    return count;
}

void match_end_messages_audit(const struct match *match, char out_body[MATCH_END_MESSAGES_AUDIT_MAX + 1])
{
    const struct match_decision *decision = &match->decision;
    char winner[16] = "null";
    if (decision->outcome == MATCH_OUTCOME_WON) {
        snprintf(winner, sizeof winner, "%u", decision->winner);
    }
    int size = snprintf(out_body, MATCH_END_MESSAGES_AUDIT_MAX + 1,
                        "{\"reason\":\"%s\",\"ticks\":%" PRIu32 ",\"state_hash\":\"%016" PRIx64
                        "\",\"outcome\":\"%s\",\"winner\":%s,\"left\":%" PRIu32 "}",
                        match_decision_end_reason_text(decision->end_reason), match->world.tick, match->hash,
                        match_decision_outcome_text(decision->outcome), winner, count_who_left(decision));
    REQUIRE(size > 0 && size <= MATCH_END_MESSAGES_AUDIT_MAX);
}
