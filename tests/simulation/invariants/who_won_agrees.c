/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The result, the replay's final hash and the ratings agree on who won, and so does what clients are told.
 *
 * Why: one place decides, others carry the decision. A player who sees a victory and loses rating trusts nothing any
 * more. All that names a match's end (result, MatchEnded at a client, the stored row, the replay) is compared with the
 * result that was published first.
 */
#include "proto/client.pb-c.h"
#include "proto/durable.pb-c.h"
#include "tests/simulation/invariants/ledger.h"
#include "tests/simulation/invariants/table.h"
#include "tests/simulation/sim_postgres.h"

#include <stdio.h>
#include <string.h>

struct verdict {
    char match_id[LEDGER_ID_MAX];
    bool is_known; /* one of them has been seen */
    uint64_t state_hash;
    uint32_t ticks;
    size_t player_count;
    char best_first[SIM_ROW_PLAYERS_MAX][65];
};

struct state {
    struct ledger verdicts;
};

static void note(struct sim_world *world, struct state *state, const char *who, const struct verdict *said)
{
    struct verdict *first = ledger_make(&state->verdicts, said->match_id, sizeof(*first));
    if (!first->is_known) {
        *first = *said;
        first->is_known = true;
    } else if (first->state_hash != said->state_hash || first->ticks != said->ticks) {
        sim_broken(world, &invariant_who_won_agrees, "another end", "match %s: %u ticks, %s says %u", said->match_id,
                   first->ticks, who, said->ticks);
    } else if (first->player_count != said->player_count ||
               memcmp(first->best_first, said->best_first, sizeof(said->best_first)) != 0) {
        sim_broken(world, &invariant_who_won_agrees, "another order", "match %s: %s first, %s says %s", said->match_id,
                   first->best_first[0], who, said->best_first[0]);
    }
}

static struct verdict verdict_of(const char *match_id, uint64_t state_hash, uint32_t ticks,
                                 Mma__Standing *const *standings, size_t count)
{
    struct verdict verdict = {.state_hash = state_hash, .ticks = ticks, .player_count = count};
    snprintf(verdict.match_id, sizeof(verdict.match_id), "%s", match_id);
    for (size_t i = 0; i < count && i < SIM_ROW_PLAYERS_MAX; i++) {
        snprintf(verdict.best_first[i], sizeof(verdict.best_first[i]), "%s", standings[i]->player_id);
    }
    return verdict;
}

static void observe(struct sim_world *world, void *memory, const struct sim_observation *seen)
{
    struct state *state = memory;
    if (seen->kind == SIM_SAW_PUBLISHED && strcmp(seen->text, "match.result") == 0) {
        Mma__MatchResult *result = mma__match_result__unpack(NULL, seen->size, seen->bytes);
        struct verdict verdict =
            verdict_of(result->match_id, result->state_hash, result->ticks, result->standings, result->n_standings);
        note(world, state, "the result", &verdict);
        mma__match_result__free_unpacked(result, NULL);
    } else if (seen->kind == SIM_SAW_READ && seen->body == MMA__SERVER_MESSAGE__BODY_MATCH_ENDED) {
        const Mma__MatchEnded *ended = seen->server->match_ended;
        struct verdict verdict =
            verdict_of(ended->match_id, ended->state_hash, ended->ticks, ended->standings, ended->n_standings);
        note(world, state, "a client's match_ended", &verdict);
    }
}

/* ---- at the end: what is stored ------------------------------------------------------------------- */

static const void *row_of(const struct sim_world *world, const char *table, const char *match_id)
{
    char key[96];
    snprintf(key, sizeof(key), "%s\x01%s", table, match_id);
    const struct sim_entry *entry = sim_map_get(&world->tables, key);
    return entry != NULL ? entry->bytes : NULL;
}

/* Who is placed ahead must not have lost rating to one who is placed behind: in a match of two, sides are all there is.
 */
static void check_row(struct sim_world *world, const struct verdict *verdict, const struct sim_match_row *row)
{
    if (row->state_hash != verdict->state_hash || row->ticks != verdict->ticks) {
        sim_broken(world, &invariant_who_won_agrees, "stored otherwise", "match %s: %u ticks, the table says %u",
                   verdict->match_id, verdict->ticks, row->ticks);
    }
    if (!row->is_rated || row->player_count != 2) {
        return;
    }
    int32_t moved[2];
    for (int i = 0; i < 2; i++) {
        moved[i] = row->players[i].rating_after_milli - row->players[i].rating_before_milli;
    }
    int ahead = row->players[0].place <= row->players[1].place ? 0 : 1;
    bool is_draw = row->players[0].place == row->players[1].place;
    if (!is_draw && row->players[0].place != 0 && moved[ahead] < moved[1 - ahead]) {
        sim_broken(world, &invariant_who_won_agrees, "rated otherwise", "match %s: %s is ahead and moves by %d milli",
                   verdict->match_id, row->players[ahead].player_id, moved[ahead]);
    }
}

static void finish(struct sim_world *world, void *memory)
{
    struct state *state = memory;
    for (size_t i = 0; i < state->verdicts.count; i++) {
        const struct verdict *verdict = state->verdicts.items[i];
        const struct sim_match_row *row = row_of(world, SIM_TABLE_MATCHES, verdict->match_id);
        const struct sim_replay_row *replay = row_of(world, SIM_TABLE_REPLAYS, verdict->match_id);
        if (row != NULL) {
            check_row(world, verdict, row);
        }
        if (replay != NULL && (replay->state_hash != verdict->state_hash || replay->ticks != verdict->ticks)) {
            sim_broken(world, &invariant_who_won_agrees, "replay ends otherwise",
                       "match %s: hash %016llx after %u ticks, the replay %016llx after %u", verdict->match_id,
                       (unsigned long long)verdict->state_hash, verdict->ticks, (unsigned long long)replay->state_hash,
                       replay->ticks);
        }
    }
}

static void destroy(void *memory)
{
    ledger_free(&((struct state *)memory)->verdicts);
}

const struct sim_invariant invariant_who_won_agrees = {.name = "who_won_agrees",
                                                       .state_bytes = sizeof(struct state),
                                                       .observe = observe,
                                                       .finish = finish,
                                                       .destroy = destroy};
