/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/ticket_table.h"

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

void ticket_table_init(struct ticket_table *table, uint32_t tickets_max)
{
    REQUIRE(tickets_max >= 1 && tickets_max <= TICKETS_CAPACITY);
    table->tickets_max = tickets_max;
    table->open = table->closed = table->unused = empty_list;
    index_init(&table->by_id, table->id_heads, TICKET_INDEX_BUCKETS, table->id_next);
    index_init(&table->by_player, table->player_heads, TICKET_INDEX_BUCKETS, table->player_next);
    for (uint32_t slot = 0; slot < tickets_max; slot++) {
        list_insert(table, &table->unused, table->unused.last, slot);
    }
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
    /* A ticket that comes back after a restart takes its place by age. */
    uint32_t older = table->open.last;
    while (older != TICKET_NONE && table->slots[older].create_ms > ticket->create_ms) {
        older = table->links[older].older;
    }
    list_insert(table, &table->open, older, slot);
    index_add(&table->by_id, ticket->id, slot);
    index_add(&table->by_player, ticket->player_id, slot);
    *out_slot = slot;
    return STATUS_OK;
}

void ticket_table_close(struct ticket_table *table, uint32_t slot)
{
    REQUIRE(!ticket_is_open(&table->slots[slot]));
    list_remove(table, &table->open, slot);
    list_insert(table, &table->closed, table->closed.last, slot);
    index_remove(&table->by_player, table->slots[slot].player_id, slot);
}

void ticket_table_forget(struct ticket_table *table, uint32_t slot)
{
    REQUIRE(!ticket_is_open(&table->slots[slot]));
    list_remove(table, &table->closed, slot);
    list_insert(table, &table->unused, table->unused.last, slot);
    index_remove(&table->by_id, table->slots[slot].id, slot);
}

uint32_t ticket_table_find(const struct ticket_table *table, const char *id)
{
    uint32_t slot = index_first(&table->by_id, id);
    while (slot != TICKET_NONE && !text_equal(table->slots[slot].id, id)) {
        slot = table->id_next[slot];
    }
    return slot;
}

uint32_t ticket_table_find_open_of(const struct ticket_table *table, const char *player_id)
{
    uint32_t slot = index_first(&table->by_player, player_id);
    while (slot != TICKET_NONE && !text_equal(table->slots[slot].player_id, player_id)) {
        slot = table->player_next[slot];
    }
    return slot;
}
