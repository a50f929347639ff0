/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A match that began has exactly one result, and its ratings move once.
 *
 * Why: a result is what a match was played for. Lost, the evening did not count; twice, it counted double. A match has
 * begun when a player was seated in it. Results may be delivered any number of times: they must say the same, and the
 * ratings' count of matches must be that of the matches in the table.
 */
#include "proto/durable.pb-c.h"
#include "proto/match.pb-c.h"
#include "tests/simulation/invariants/ledger.h"
#include "tests/simulation/invariants/table.h"
#include "tests/simulation/sim_broker.h"

#include <stdio.h>
#include <string.h>

struct begun_match {
    char id[LEDGER_ID_MAX];
    bool has_begun, has_result, has_engine_died;
    const struct sim_process *engine; /* that seated somebody last */
    uint64_t state_hash;
    uint32_t ticks;
    char end_reason[16];
};

struct state {
    struct ledger matches;
};

static void note_result(struct sim_world *world, struct state *state, const Mma__MatchResult *result)
{
    struct begun_match *match = ledger_make(&state->matches, result->match_id, sizeof(*match));
    bool is_same = match->state_hash == result->state_hash && match->ticks == result->ticks &&
                   strcmp(match->end_reason, result->end_reason) == 0;
    if (match->has_result && !is_same) {
        sim_broken(world, &invariant_one_result, "two results", "match %s: %s after %u ticks, then %s after %u",
                   match->id, match->end_reason, match->ticks, result->end_reason, result->ticks);
    }
    match->has_result = true;
    match->state_hash = result->state_hash;
    match->ticks = result->ticks;
    snprintf(match->end_reason, sizeof(match->end_reason), "%s", result->end_reason);
}

static void observe(struct sim_world *world, void *memory, const struct sim_observation *seen)
{
    struct state *state = memory;
    if (seen->kind == SIM_SAW_SENT && seen->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOINED) {
        Mma__Joined *joined = mma__joined__unpack(NULL, seen->size, seen->bytes);
        struct begun_match *match = ledger_make(&state->matches, joined->joined->match_id, sizeof(*match));
        match->has_begun = true;
        match->has_engine_died = false;
        match->engine = seen->process;
        mma__joined__free_unpacked(joined, NULL);
    } else if (seen->kind == SIM_SAW_PUBLISHED && strcmp(seen->text, "match.result") == 0) {
        Mma__MatchResult *result = mma__match_result__unpack(NULL, seen->size, seen->bytes);
        note_result(world, state, result);
        mma__match_result__free_unpacked(result, NULL);
    } else if (seen->kind == SIM_SAW_END) {
        for (size_t i = 0; i < state->matches.count; i++) {
            struct begun_match *match = state->matches.items[i];
            match->has_engine_died = match->has_engine_died || match->engine == seen->process;
        }
    } else if (seen->kind == SIM_SAW_DEAD) {
        sim_broken(world, &invariant_one_result, "dead letter", "a message of %s is given up", seen->text);
    }
}

static const struct sim_match_row *row_of(const struct sim_world *world, const char *match_id)
{
    char key[96];
    snprintf(key, sizeof(key), SIM_TABLE_MATCHES "\x01%s", match_id);
    const struct sim_entry *entry = sim_map_get(&world->tables, key);
    return entry != NULL ? (const struct sim_match_row *)entry->bytes : NULL;
}

/* Matches that moved a player's rating in a queue; the ratings' key is "<player>/<queue>". */
static uint32_t count_rated(const struct sim_world *world, const char *player_id, size_t size)
{
    bool is_there;
    uint32_t count = 0;
    size_t place = sim_map_find(&world->tables, SIM_TABLE_MATCHES "\x01", &is_there);
    for (; place < world->tables.count && strncmp(world->tables.entries[place].key, SIM_TABLE_MATCHES "\x01", 8) == 0;
         place++) {
        const struct sim_match_row *row = (const struct sim_match_row *)world->tables.entries[place].bytes;
        for (uint32_t i = 0; row->is_rated && i < row->player_count; i++) {
            count +=
                strlen(row->players[i].player_id) == size && strncmp(row->players[i].player_id, player_id, size) == 0;
        }
    }
    return count;
}

/* The sum over the player's queues is compared: rows do not name theirs. */
static void check_ratings(struct sim_world *world)
{
    bool is_there;
    struct ledger sums = {NULL, 0, 0};
    struct sum {
        char player_id[LEDGER_ID_MAX];
        uint32_t matches;
    } * sum;
    size_t place = sim_map_find(&world->tables, SIM_TABLE_RATINGS "\x01", &is_there);
    for (; place < world->tables.count && strncmp(world->tables.entries[place].key, SIM_TABLE_RATINGS "\x01", 8) == 0;
         place++) {
        char player_id[LEDGER_ID_MAX];
        const char *name = world->tables.entries[place].key + strlen(SIM_TABLE_RATINGS "\x01");
        snprintf(player_id, sizeof(player_id), "%.*s", (int)strcspn(name, "/"), name);
        sum = ledger_make(&sums, player_id, sizeof(*sum));
        sum->matches += ((const struct sim_rating_row *)world->tables.entries[place].bytes)->matches;
    }
    for (size_t i = 0; i < sums.count; i++) {
        sum = sums.items[i];
        uint32_t rated = count_rated(world, sum->player_id, strlen(sum->player_id));
        if (rated != sum->matches) {
            sim_broken(world, &invariant_one_result, "rating moved", "%s's ratings count %u matches, %u were rated",
                       sum->player_id, sum->matches, rated);
        }
    }
    ledger_free(&sums);
}

static void finish(struct sim_world *world, void *memory)
{
    struct state *state = memory;
    for (size_t i = 0; i < state->matches.count; i++) {
        const struct begun_match *match = state->matches.items[i];
        const struct sim_match_row *row = row_of(world, match->id);
        if (match->has_begun && !match->has_result) {
            sim_broken(world, &invariant_one_result,
                       match->has_engine_died ? "no result, its engine died" : "no result", "match %s began on %s",
                       match->id, match->engine->name);
        } else if (match->has_result && row == NULL) {
            sim_broken(world, &invariant_one_result, "result not stored", "match %s ended", match->id);
        }
    }
    check_ratings(world);
}

static void destroy(void *memory)
{
    ledger_free(&((struct state *)memory)->matches);
}

const struct sim_invariant invariant_one_result = {.name = "one_result",
                                                   .state_bytes = sizeof(struct state),
                                                   .observe = observe,
                                                   .finish = finish,
                                                   .destroy = destroy};
