/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/ticket_table.h"

#include "libcommon/base/hash.h"
#include "libcommon/base/text.h"

static const struct ticket_list empty_list = {TICKET_NONE, TICKET_NONE, 0};

/* Links slot in after `older`; TICKET_NONE: as the first. */
static void list_insert(struct ticket_table *table, struct ticket_list *list, uint32_t older, uint32_t slot)
{
    uint32_t newer = older == TICKET_NONE ? list->first : table->links[older].newer;
    table->links[slot] = (struct ticket_links){.newer = newer, .older = older};
    *(older == TICKET_NONE ? &list->first : &table->links[older].newer) = slot;
    *(newer == TICKET_NONE ? &list->last : &table->links[newer].older) = slot;
    list->count++;
}

static void list_remove(struct ticket_table *table, struct ticket_list *list, uint32_t slot)
{
    struct ticket_links links = table->links[slot];
    *(links.older == TICKET_NONE ? &list->first : &table->links[links.older].newer) = links.newer;
    *(links.newer == TICKET_NONE ? &list->last : &table->links[links.newer].older) = links.older;
    list->count--;
}

/* Every slot is in one of the lists. */
static void ticket_table_check(const struct ticket_table *table)
{
    REQUIRE(table->open.count + table->closed.count + table->unused.count == table->tickets_max);
    REQUIRE(table->by_player.count == table->open.count);
    REQUIRE(table->by_id.count == table->open.count + table->closed.count);
}

static uint64_t key_of(const struct ticket_table *table, const char *text)
{
    return hash_text(table->hash_seed, text);
}

void ticket_table_init(struct ticket_table *table, uint32_t tickets_max, uint64_t hash_seed)
{
    REQUIRE(tickets_max >= 1 && tickets_max <= TICKETS_CAPACITY);
    table->tickets_max = tickets_max;
    table->hash_seed = hash_seed;
    table->open = table->closed = table->unused = empty_list;
    hash_index_init(&table->by_id, TICKETS_CAPACITY, table->id_cells);
    hash_index_init(&table->by_player, TICKETS_CAPACITY, table->player_cells);
    for (uint32_t slot = 0; slot < tickets_max; slot++) {
        list_insert(table, &table->unused, table->unused.last, slot);
    }
    ticket_table_check(table);
}

/* The open ticket that waits at least as long as since_ms says, and is the last to do so. */
static uint32_t find_older(const struct ticket_table *table, int64_t since_ms)
{
    uint32_t older = table->open.last;
    while (older != TICKET_NONE && table->slots[older].wait_since_ms > since_ms) {
        older = table->links[older].older;
    }
    return older;
}

enum status ticket_table_add(struct ticket_table *table, const struct ticket *ticket, uint32_t *out_slot)
{
    REQUIRE(ticket_is_open(ticket));
    if (ticket_table_find(table, ticket->id) != TICKET_NONE ||
        ticket_table_find_open_of(table, ticket->player_id) != TICKET_NONE) {
        return STATUS_EXISTS;
    }
    if (table->unused.count == 0 && table->closed.count > 0) {
        ticket_table_forget(table, table->closed.first);
    }
    if (table->unused.count == 0) {
        return STATUS_FULL;
    }
    uint32_t slot = table->unused.first;
    list_remove(table, &table->unused, slot);
    table->slots[slot] = *ticket;
    /* One that waited before a restart takes its place by age. */
    list_insert(table, &table->open, find_older(table, ticket->wait_since_ms), slot);
    hash_index_add(&table->by_id, key_of(table, ticket->id), slot);
    hash_index_add(&table->by_player, key_of(table, ticket->player_id), slot);
    ticket_table_check(table);
    *out_slot = slot;
    return STATUS_OK;
}

void ticket_table_close(struct ticket_table *table, uint32_t slot)
{
    REQUIRE(slot < table->tickets_max && !ticket_is_open(&table->slots[slot]));
    list_remove(table, &table->open, slot);
    list_insert(table, &table->closed, table->closed.last, slot);
    hash_index_remove(&table->by_player, key_of(table, table->slots[slot].player_id), slot);
    ticket_table_check(table);
}

void ticket_table_forget(struct ticket_table *table, uint32_t slot)
{
    REQUIRE(slot < table->tickets_max && !ticket_is_open(&table->slots[slot]));
    list_remove(table, &table->closed, slot);
    list_insert(table, &table->unused, table->unused.last, slot);
    hash_index_remove(&table->by_id, key_of(table, table->slots[slot].id), slot);
    ticket_table_check(table);
}

uint32_t ticket_table_find(const struct ticket_table *table, const char *id)
{
    struct hash_index_walk walk = {0};
    uint64_t key = key_of(table, id);
    uint32_t slot = hash_index_next(&table->by_id, key, &walk);
    while (slot != TICKET_NONE && !text_equal(table->slots[slot].id, id)) {
        slot = hash_index_next(&table->by_id, key, &walk);
    }
    return slot;
}

uint32_t ticket_table_find_open_of(const struct ticket_table *table, const char *player_id)
{
    struct hash_index_walk walk = {0};
    uint64_t key = key_of(table, player_id);
    uint32_t slot = hash_index_next(&table->by_player, key, &walk);
    while (slot != TICKET_NONE && !text_equal(table->slots[slot].player_id, player_id)) {
        slot = hash_index_next(&table->by_player, key, &walk);
    }
    return slot;
}
