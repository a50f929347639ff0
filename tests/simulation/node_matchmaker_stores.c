/* SPDX-License-Identifier: Apache-2.0 */
/* node_matchmaker_stores.c - tickets in Redis, ratings and results in PostgreSQL: as io/ticket_store.c and
 * io/rating_store.c, and in the steps of their scripts and of apply_match_result. */
#include "services/matchmaker/io/ticket_record.h"
#include "tests/simulation/node_matchmaker_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY               "mma:ticket:"
#define OPEN_SET          "mma:tickets:open"
#define RATING_TIMEOUT_MS 500
#define RECORD_BYTES_MAX  4096

/* ---- Redis: saving ------------------------------------------------------------------------------- */

struct save {
    char id[TICKET_ID_SIZE];
    uint8_t is_open;
    uint64_t lifetime_ms;
    size_t size;
    char record[RECORD_BYTES_MAX];
};

static void save_script(struct sim_keys *keys, const void *argument, size_t size)
{
    const struct save *save = argument;
    char key[64];
    (void)size;
    (void)snprintf(key, sizeof(key), KEY "%s", save->id);
    sim_keys_set(keys, key, save->record, save->size, save->lifetime_ms);
    if (save->is_open) {
        sim_keys_set_insert(keys, OPEN_SET, save->id);
    } else {
        sim_keys_set_erase(keys, OPEN_SET, save->id);
    }
}

static void on_saved(void *owner, enum status status, const struct sim_redis_reply *reply)
{
    struct matchmaker_node_save *saving = owner;
    struct matchmaker_node *node = saving->node;
    (void)reply;
    saving->node = NULL;
    if (status != STATUS_OK) {
        sim_log(node->process, "ticket.not_stored: %s", status_text(status));
    }
    matchmaker_ticket_stored(node->core, saving->slot, saving->stamp, status, &node->effects);
    node_matchmaker_carry_out(node);
}

static struct matchmaker_node_save *free_save(struct matchmaker_node *node)
{
    for (size_t i = 0; i < NODE_SAVES_MAX; i++) {
        if (node->saves[i].node == NULL) {
            return &node->saves[i];
        }
    }
    return NULL;
}

enum status node_matchmaker_save(struct matchmaker_node *node, uint32_t ticket_slot, uint64_t stamp)
{
    const struct ticket *ticket = &node->core->tickets.slots[ticket_slot];
    const struct matchmaker_clock clock = node_matchmaker_clock(node);
    char *record = ticket_record_write(node->core, ticket, sim_mailbox_url(node->process), &clock);
    struct save save;
    memset(&save, 0, sizeof(save));
    REQUIRE(record != NULL);
    save.size = strlen(record);
    REQUIRE(save.size < sizeof(save.record));
    memcpy(save.record, record, save.size);
    free(record);
    (void)snprintf(save.id, sizeof(save.id), "%s", ticket->id);
    save.is_open = ticket_is_open(ticket);
    save.lifetime_ms = ticket_record_lifetime_ms(node->core);
    struct matchmaker_node_save *saving = free_save(node);
    if (saving == NULL) {
        return STATUS_FULL;
    }
    enum status status = sim_redis_run(node->process, save_script, &save, sizeof(save), on_saved, saving);
    if (status == STATUS_OK) {
        *saving = (struct matchmaker_node_save){node, ticket_slot, stamp};
    }
    return status;
}

/* ---- Redis: reading ------------------------------------------------------------------------------ */

/* GET and PTTL. */
static void answer_record(struct sim_keys *keys, const char *id)
{
    char key[64], left[24];
    struct sim_value record;
    (void)snprintf(key, sizeof(key), KEY "%s", id);
    bool is_there = sim_keys_get(keys, key, &record);
    (void)snprintf(left, sizeof(left), "%lld", is_there ? (long long)sim_keys_lifetime_ms(keys, key) : -2LL);
    sim_keys_answer(keys, is_there ? record.bytes : NULL, is_there ? record.size : 0);
    sim_keys_answer_text(keys, left);
}

static bool read_values(const struct matchmaker_node *node, const struct sim_value *values,
                        struct stored_ticket *out_stored)
{
    char left[24];
    (void)snprintf(left, sizeof(left), "%.*s", (int)values[1].size, (const char *)values[1].bytes);
    return values[0].bytes != NULL &&
           ticket_record_read(node->core, sim_region(node->process), (const char *)values[0].bytes, values[0].size,
                              strtoll(left, NULL, 10), out_stored);
}

static void open_script(struct sim_keys *keys, const void *argument, size_t size)
{
    const char *id;
    (void)argument;
    (void)size;
    for (size_t i = 0; sim_keys_set_member(keys, OPEN_SET, i, &id); i++) {
        sim_keys_answer_text(keys, id);
        answer_record(keys, id);
    }
}

static void on_open_tickets(void *owner, enum status status, const struct sim_redis_reply *reply)
{
    struct matchmaker_node *node = owner;
    const struct matchmaker_clock clock = node_matchmaker_clock(node);
    const struct takeover_view view = node_matchmaker_view(node);
    for (size_t i = 0; status == STATUS_OK && i + 2 < reply->count; i += 3) {
        char id[TICKET_ID_SIZE];
        struct stored_ticket stored;
        (void)snprintf(id, sizeof(id), "%.*s", (int)reply->values[i].size, (const char *)reply->values[i].bytes);
        bool is_good = read_values(node, &reply->values[i + 1], &stored);
        matchmaker_restore(node->core, id, is_good ? &stored : NULL, &view, &clock, &node->effects);
        node_matchmaker_carry_out(node);
    }
    matchmaker_restored(node->core, status, &node->effects);
    node_matchmaker_carry_out(node);
}

enum status node_matchmaker_read_open(struct matchmaker_node *node)
{
    return sim_redis_run(node->process, open_script, NULL, 0, on_open_tickets, node);
}

static void find_script(struct sim_keys *keys, const void *argument, size_t size)
{
    (void)size;
    answer_record(keys, argument);
}

static void on_found(void *owner, enum status status, const struct sim_redis_reply *reply)
{
    struct matchmaker_node_search *search = owner;
    struct matchmaker_node *node = search->node;
    struct stored_ticket stored;
    if (status == STATUS_OK && reply->count == 2 && read_values(node, reply->values, &stored)) {
        const struct matchmaker_clock clock = node_matchmaker_clock(node);
        struct ticket ticket;
        takeover_ticket(&stored, node->core->rules.ticket_timeout_ms, &clock, &ticket);
        node_matchmaker_respond(node, search->exchange, 200, &ticket);
    } else {
        sim_http_answer(search->exchange, 404, NULL, 0);
    }
    search->exchange = NULL;
}

enum status node_matchmaker_find(struct matchmaker_node *node, const char *id, struct sim_exchange *exchange)
{
    size_t i = 0;
    size_t count = sizeof(node->searches) / sizeof(node->searches[0]);
    while (i < count && node->searches[i].exchange != NULL) {
        i++;
    }
    if (i == count) {
        return STATUS_FULL;
    }
    node->searches[i] = (struct matchmaker_node_search){node, exchange};
    enum status status = sim_redis_run(node->process, find_script, id, strlen(id) + 1, on_found, &node->searches[i]);
    if (status != STATUS_OK) {
        node->searches[i].exchange = NULL;
    }
    return status;
}

/* ---- PostgreSQL: one rating ---------------------------------------------------------------------- */

#define RATING_KEY_SIZE 128

static void rating_key(char out_key[RATING_KEY_SIZE], const char *player_id, const char *queue)
{
    (void)snprintf(out_key, RATING_KEY_SIZE, "%s/%s", player_id, queue);
}

static enum status select_rating(struct sim_tables *tables, const void *argument, size_t size)
{
    struct sim_value row;
    (void)size;
    if (sim_tables_get(tables, SIM_TABLE_RATINGS, argument, &row)) {
        sim_tables_answer(tables, row.bytes, row.size);
    }
    return STATUS_OK;
}

static void tell_rating(struct matchmaker_node_read *read, enum status status, const struct sim_rating_row *row)
{
    struct matchmaker_node *node = read->node;
    const struct matchmaker_clock clock = node_matchmaker_clock(node);
    if (!read->is_over) {
        read->is_over = true;
        matchmaker_rating_read(node->core, read->intake, status, row != NULL, row != NULL ? row->rating_milli : 0,
                               &clock, &node->effects);
        node_matchmaker_carry_out(node);
    }
}

static void on_rating(void *owner, enum status status, const struct sim_value *values, size_t count)
{
    struct matchmaker_node_read *read = owner;
    struct sim_rating_row row;
    bool has_row = status == STATUS_OK && count == 1;
    if (has_row) {
        memcpy(&row, values[0].bytes, sizeof(row));
    }
    sim_timer_stop(read->node->process, read->timer);
    tell_rating(read, status, has_row ? &row : NULL);
    read->is_used = false;
}

static void on_rating_deadline(void *owner)
{
    tell_rating(owner, STATUS_EXPIRED, NULL);
}

enum status node_matchmaker_read_rating(struct matchmaker_node *node, uint32_t intake)
{
    const struct ticket *draft = &node->core->intakes.items[intake].draft;
    char key[RATING_KEY_SIZE];
    size_t i = 0;
    while (i < NODE_RATING_READS_MAX && node->reads[i].is_used) {
        i++;
    }
    if (i == NODE_RATING_READS_MAX) {
        return STATUS_FULL;
    }
    struct matchmaker_node_read *read = &node->reads[i];
    rating_key(key, draft->player_id, node->core->rules.queues[draft->queue].name);
    enum status status = sim_postgres_run(node->process, select_rating, key, strlen(key) + 1, on_rating, read);
    if (status == STATUS_OK) {
        *read = (struct matchmaker_node_read){.node = node, .is_used = true, .intake = intake};
        read->timer = sim_timer_start(node->process, RATING_TIMEOUT_MS, on_rating_deadline, read);
    }
    return status;
}

/* ---- PostgreSQL: a result ------------------------------------------------------------------------ */

struct players {
    uint32_t count;
    char keys[SIM_ROW_PLAYERS_MAX][RATING_KEY_SIZE]; /* of their ratings */
};

static void fill_players(const struct matchmaker_node *node, uint32_t slot, struct players *out_players)
{
    const struct result *result = &node->core->results.items[slot];
    memset(out_players, 0, sizeof(*out_players));
    REQUIRE(result->player_count <= SIM_ROW_PLAYERS_MAX);
    out_players->count = result->player_count;
    for (uint32_t i = 0; i < result->player_count; i++) {
        rating_key(out_players->keys[i], result->player_ids[i], node->core->rules.queues[result->queue].name);
    }
}

/* A value for each player, in their order: the row, or nil. */
static enum status select_ratings(struct sim_tables *tables, const void *argument, size_t size)
{
    const struct players *players = argument;
    (void)size;
    for (uint32_t i = 0; i < players->count; i++) {
        struct sim_value row;
        bool is_there = sim_tables_get(tables, SIM_TABLE_RATINGS, players->keys[i], &row);
        sim_tables_answer(tables, is_there ? row.bytes : NULL, is_there ? row.size : 0);
    }
    return STATUS_OK;
}

static void on_ratings(void *owner, enum status status, const struct sim_value *values, size_t count)
{
    const struct matchmaker_node_slot *slot = owner;
    struct matchmaker_node *node = slot->node;
    const struct result *result = &node->core->results.items[slot->slot];
    struct result_rating rows[SIM_ROW_PLAYERS_MAX];
    uint32_t row_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (values[i].bytes != NULL) {
            struct sim_rating_row row;
            memcpy(&row, values[i].bytes, sizeof(row));
            rows[row_count++] = (struct result_rating){result->player_ids[i], row.rating_milli, row.matches};
        }
    }
    matchmaker_result_ratings(node->core, slot->slot, status, "simulated", rows, row_count,
                              sim_monotonic_ms(node->process), &node->effects);
    node_matchmaker_carry_out(node);
}

enum status node_matchmaker_read_ratings(struct matchmaker_node *node, uint32_t slot)
{
    struct players players;
    fill_players(node, slot, &players);
    return sim_postgres_run(node->process, select_ratings, &players, sizeof(players), on_ratings, &node->results[slot]);
}

struct write {
    struct players players;
    char match_id[TICKET_ID_SIZE];
    struct sim_match_row match;
    uint32_t games_played[SIM_ROW_PLAYERS_MAX];
};

static const char *const applied_names[] = {"moved", "unrated", "known"};

/* apply_match_result: STATUS_STALE is its MMA01. */
static enum status apply_match_result(struct sim_tables *tables, const void *argument, size_t size)
{
    const struct write *write = argument;
    (void)size;
    if (!sim_tables_insert(tables, SIM_TABLE_MATCHES, write->match_id, &write->match, sizeof(write->match))) {
        sim_tables_answer(tables, "known", sizeof("known"));
        return STATUS_OK;
    }
    if (!write->match.is_rated) {
        sim_tables_answer(tables, "unrated", sizeof("unrated"));
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < write->players.count; i++) {
        struct sim_value value;
        struct sim_rating_row row;
        memset(&row, 0, sizeof(row));
        if (sim_tables_get(tables, SIM_TABLE_RATINGS, write->players.keys[i], &value)) {
            memcpy(&row, value.bytes, sizeof(row));
        }
        if (row.matches != write->games_played[i]) {
            return STATUS_STALE;
        }
        row.rating_milli = write->match.players[i].rating_after_milli;
        row.matches++;
        sim_tables_put(tables, SIM_TABLE_RATINGS, write->players.keys[i], &row, sizeof(row));
    }
    sim_tables_answer(tables, "moved", sizeof("moved"));
    return STATUS_OK;
}

static void on_written(void *owner, enum status status, const struct sim_value *values, size_t count)
{
    const struct matchmaker_node_slot *slot = owner;
    struct matchmaker_node *node = slot->node;
    struct result_written written = {
        .status = status, .sql_state = status == STATUS_STALE ? RESULT_SQL_STATE_STALE : NULL, .detail = "simulated"};
    for (size_t i = 0; count == 1 && i < sizeof(applied_names) / sizeof(applied_names[0]); i++) {
        if (strcmp((const char *)values[0].bytes, applied_names[i]) == 0) {
            written.applied = (enum result_applied)i;
        }
    }
    matchmaker_result_written(node->core, slot->slot, &written, sim_monotonic_ms(node->process), &node->effects);
    node_matchmaker_carry_out(node);
}

static void fill_match(const struct matchmaker_node *node, uint32_t slot, struct write *write)
{
    const struct result *result = &node->core->results.items[slot];
    const Mma__MatchResult *message = node->messages[slot];
    struct sim_match_row *match = &write->match;
    match->state_hash = message->state_hash;
    match->ticks = message->ticks;
    match->player_count = result->player_count;
    match->is_rated = result->is_rated;
    (void)snprintf(match->end_reason, sizeof(match->end_reason), "%s", message->end_reason);
    for (uint32_t i = 0; i < result->player_count; i++) {
        const struct rating_player *player = &result->players[i];
        (void)snprintf(match->players[i].player_id, sizeof(match->players[i].player_id), "%s", result->player_ids[i]);
        match->players[i].place = (uint8_t)player->place;
        match->players[i].rating_before_milli = player->before_milli;
        match->players[i].rating_after_milli = result->is_rated ? player->after_milli : player->before_milli;
        write->games_played[i] = player->games_played;
    }
}

enum status node_matchmaker_write_result(struct matchmaker_node *node, uint32_t slot)
{
    struct write write;
    memset(&write, 0, sizeof(write));
    fill_players(node, slot, &write.players);
    (void)snprintf(write.match_id, sizeof(write.match_id), "%s", node->core->results.items[slot].match_id);
    fill_match(node, slot, &write);
    return sim_postgres_run(node->process, apply_match_result, &write, sizeof(write), on_written, &node->results[slot]);
}
