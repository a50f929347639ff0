/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/match_former.h"

#include "libcommon/base/hash.h"
#include "libcommon/base/memory.h"
#include "libcommon/base/text.h"
#include "services/matchmaker/core/rating.h"
#include "services/matchmaker/core/teams.h"

/* The engines by mailbox. */
struct engine_index {
    struct hash_index index;
    struct hash_index_cell cells[HASH_INDEX_CELLS(PLACEMENT_ENGINES_MAX)];
};

static void index_engines(struct engine_index *index, const struct matchmaker_engines *engines)
{
    REQUIRE(engines->count <= PLACEMENT_ENGINES_MAX);
    hash_index_init(&index->index, PLACEMENT_ENGINES_MAX, index->cells);
    for (uint32_t i = 0; i < engines->count; i++) {
        hash_index_add(&index->index, hash_text(0, engines->items[i].mailbox), i);
    }
}

static struct placement_engine *find_engine(const struct engine_index *index, const struct matchmaker_engines *engines,
                                            const char *mailbox)
{
    struct hash_index_walk walk = {0};
    uint64_t key = hash_text(0, mailbox);
    uint32_t i = hash_index_next(&index->index, key, &walk);
    while (i != HASH_INDEX_NONE && !text_equal(engines->items[i].mailbox, mailbox)) {
        i = hash_index_next(&index->index, key, &walk);
    }
    return i == HASH_INDEX_NONE ? NULL : &engines->items[i];
}

static bool is_in_no_figures_yet(const struct formed_match *match, uint64_t now_ms)
{
    return match->state == FORMED_MATCH_PLACING ||
           (match->state == FORMED_MATCH_RUNNING && match->update_ms + MATCHMAKER_ENGINE_FIGURES_MS > now_ms);
}

void match_former_count_given(const struct formed_match_table *matches, const struct matchmaker_engines *engines,
                              uint64_t now_ms)
{
    struct engine_index index;
    index_engines(&index, engines);
    for (uint32_t i = 0; i < engines->count; i++) {
        engines->items[i].given_matches = 0;
        engines->items[i].given_players = 0;
    }
    for (uint32_t slot = 0; slot < FORMED_MATCHES_CAPACITY; slot++) {
        const struct formed_match *match = &matches->slots[slot];
        struct placement_engine *engine =
            is_in_no_figures_yet(match, now_ms) ? find_engine(&index, engines, match->engine) : NULL;
        if (engine != NULL) {
            engine->given_matches++;
            engine->given_players += match->seat_count;
        }
    }
}

static void write_id(struct random *random, char out[TICKET_ID_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (uint32_t i = 0; i < TICKET_ID_SIZE - 1; i += 16) {
        uint64_t word = random_u64(random);
        for (uint32_t digit = 0; digit < 16; digit++) {
            out[i + digit] = digits[word >> (4 * digit) & 15u];
        }
    }
    out[TICKET_ID_SIZE - 1] = '\0';
}

/* Seats in descending order of rating. */
static void fill_seats(const struct matchmaker *matchmaker, const struct matching_group *group,
                       struct formed_match *match)
{
    match->seat_count = group->count;
    for (uint32_t i = 0; i < group->count; i++) {
        uint32_t slot = matchmaker->pool.candidates[group->members[group->count - 1 - i]].ticket;
        const struct ticket *ticket = &matchmaker->tickets.slots[slot];
        struct formed_seat *seat = &match->seats[i];
        seat->ticket = slot;
        seat->rating_milli = ticket->rating_milli;
        seat->team = 0;
        text_copy(seat->player_id, sizeof seat->player_id, ticket->player_id);
    }
    const struct ticket *first = &matchmaker->tickets.slots[match->seats[0].ticket];
    memory_copy(match->trace, first->trace, sizeof match->trace);
}

static void assign_teams(struct formed_match *match, uint32_t team_count)
{
    int32_t ratings[FORMED_MATCH_PLAYERS_MAX];
    uint8_t teams[FORMED_MATCH_PLAYERS_MAX];
    struct rating_player players[FORMED_MATCH_PLAYERS_MAX];
    for (uint32_t i = 0; i < match->seat_count; i++) {
        ratings[i] = match->seats[i].rating_milli;
    }
    if (team_count == 2) {
        teams_split(ratings, match->seat_count, teams);
    }
    for (uint32_t i = 0; i < match->seat_count; i++) {
        match->seats[i].team = team_count == 2 ? teams[i] : 0;
        players[i] = (struct rating_player){.before_milli = ratings[i], .side = team_count == 2 ? teams[i] : i};
    }
    match->quality_q16 = rating_quality_q16(players, match->seat_count);
}

static void formed_match_check(const struct formed_match *match)
{
    REQUIRE(match->state == FORMED_MATCH_PLACING && match->engine[0] != '\0');
    REQUIRE(match->seat_count >= 2 && match->seat_count <= FORMED_MATCH_PLAYERS_MAX);
    REQUIRE(match->tried.count <= PLACEMENT_TRIES_MAX && match->region < REGION_COUNT);
}

enum status match_former_make(struct matchmaker *matchmaker, const struct match_former_context *context,
                              const struct matching_group *group, uint32_t *out_match_slot)
{
    const struct placement_tried nobody = {.count = 0};
    const struct matchmaker_engines *engines = context->engines;
    uint32_t engine = placement_choose(engines->items, engines->count, group->region, group->count, &nobody);
    if (engine == PLACEMENT_NONE) {
        return STATUS_UNAVAILABLE;
    }
    char id[TICKET_ID_SIZE];
    write_id(&matchmaker->random, id);
    enum status status = formed_match_table_add(&matchmaker->matches, id, out_match_slot);
    if (status != STATUS_OK) {
        return status;
    }
    struct formed_match *match = &matchmaker->matches.slots[*out_match_slot];
    match->queue = context->queue;
    match->region = group->region;
    match->seed = random_u64(&matchmaker->random);
    match->update_ms = context->clock.now_ms;
    match->form_time = context->clock.unix_ms;
    text_copy(match->engine, sizeof match->engine, engines->items[engine].mailbox);
    fill_seats(matchmaker, group, match);
    assign_teams(match, matchmaker->rules.queues[context->queue].team_count);
    engines->items[engine].given_matches++;
    engines->items[engine].given_players += group->count;
    formed_match_check(match);
    return STATUS_OK;
}

bool match_former_next_engine(struct formed_match *match, const struct matchmaker_engines *engines)
{
    REQUIRE(match->state == FORMED_MATCH_PLACING && match->tried.count < PLACEMENT_TRIES_MAX);
    text_copy(match->tried.mailboxes[match->tried.count++], TICKET_MAILBOX_SIZE, match->engine);
    uint32_t engine = placement_choose(engines->items, engines->count, match->region, match->seat_count, &match->tried);
    if (engine == PLACEMENT_NONE) {
        return false;
    }
    text_copy(match->engine, sizeof match->engine, engines->items[engine].mailbox);
    formed_match_check(match);
    return true;
}
