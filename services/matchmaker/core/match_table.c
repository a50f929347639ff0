/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/match_table.h"

#include "libcommon/base/text.h"

void match_table_init(struct match_table *table)
{
    table->next = 0;
    index_init(&table->by_id, table->id_heads, MATCH_INDEX_BUCKETS, table->id_next);
    for (uint32_t slot = 0; slot < MATCHES_CAPACITY; slot++) {
        table->slots[slot].state = MATCH_UNUSED;
    }
}

enum status match_table_add(struct match_table *table, const char *id, uint32_t *out_slot)
{
    uint32_t tries = 0;
    while (table->slots[table->next].state == MATCH_PLACING) {
        table->next = (table->next + 1) % MATCHES_CAPACITY;
        if (++tries == MATCHES_CAPACITY) {
            return STATUS_FULL;
        }
    }
    uint32_t slot = table->next;
    table->next = (slot + 1) % MATCHES_CAPACITY;
    if (table->slots[slot].state != MATCH_UNUSED) {
        match_table_forget(table, slot);
    }
    table->slots[slot] = (struct match){.state = MATCH_PLACING};
    text_copy(table->slots[slot].id, sizeof(table->slots[slot].id), id);
    index_add(&table->by_id, id, slot);
    *out_slot = slot;
    return STATUS_OK;
}

void match_table_forget(struct match_table *table, uint32_t slot)
{
    REQUIRE(table->slots[slot].state != MATCH_UNUSED);
    index_remove(&table->by_id, table->slots[slot].id, slot);
    table->slots[slot].state = MATCH_UNUSED;
}

uint32_t match_table_find(const struct match_table *table, const char *id)
{
    uint32_t slot = index_first(&table->by_id, id);
    while (slot != MATCH_NONE && !text_equal(table->slots[slot].id, id)) {
        slot = table->id_next[slot];
    }
    return slot;
}
