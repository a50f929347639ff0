/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/formed_match_table.h"

#include "libcommon/base/hash.h"
#include "libcommon/base/text.h"

static uint64_t key_of(const char *id)
{
    return hash_text(0, id); /* ids are our own: no seed */
}

static void formed_match_table_check(const struct formed_match_table *table)
{
    REQUIRE(table->next < FORMED_MATCHES_CAPACITY);
    REQUIRE(table->placing_count <= table->by_id.count && table->by_id.count <= FORMED_MATCHES_CAPACITY);
}

void formed_match_table_init(struct formed_match_table *table)
{
    table->next = 0;
    table->placing_count = 0;
    hash_index_init(&table->by_id, FORMED_MATCHES_CAPACITY, table->id_cells);
    for (uint32_t slot = 0; slot < FORMED_MATCHES_CAPACITY; slot++) {
        table->slots[slot].state = FORMED_MATCH_UNUSED;
    }
}

enum status formed_match_table_add(struct formed_match_table *table, const char *id, uint32_t *out_slot)
{
    REQUIRE(hex_id_is_valid(id) && formed_match_table_find(table, id) == FORMED_MATCH_NONE);
    if (table->placing_count == FORMED_MATCHES_CAPACITY) {
        return STATUS_FULL;
    }
    while (table->slots[table->next].state == FORMED_MATCH_PLACING) {
        table->next = (table->next + 1) % FORMED_MATCHES_CAPACITY;
    }
    uint32_t slot = table->next;
    table->next = (slot + 1) % FORMED_MATCHES_CAPACITY;
    if (table->slots[slot].state != FORMED_MATCH_UNUSED) {
        formed_match_table_forget(table, slot);
    }
    table->slots[slot] = (struct formed_match){.state = FORMED_MATCH_PLACING};
    text_copy(table->slots[slot].id, sizeof table->slots[slot].id, id);
    hash_index_add(&table->by_id, key_of(id), slot);
    table->placing_count++;
    formed_match_table_check(table);
    *out_slot = slot;
    return STATUS_OK;
}

void formed_match_table_advance(struct formed_match_table *table, uint32_t slot, uint64_t now_ms)
{
    REQUIRE(slot < FORMED_MATCHES_CAPACITY);
    struct formed_match *match = &table->slots[slot];
    REQUIRE(match->state == FORMED_MATCH_PLACING || match->state == FORMED_MATCH_RUNNING);
    if (match->state == FORMED_MATCH_PLACING) {
        match->state = FORMED_MATCH_RUNNING;
        table->placing_count--;
    } else {
        match->state = FORMED_MATCH_OVER;
    }
    match->update_ms = now_ms;
    formed_match_table_check(table);
}

void formed_match_table_forget(struct formed_match_table *table, uint32_t slot)
{
    REQUIRE(slot < FORMED_MATCHES_CAPACITY);
    struct formed_match *match = &table->slots[slot];
    REQUIRE(match->state != FORMED_MATCH_UNUSED);
    hash_index_remove(&table->by_id, key_of(match->id), slot);
    table->placing_count -= match->state == FORMED_MATCH_PLACING;
    match->state = FORMED_MATCH_UNUSED;
    formed_match_table_check(table);
}

uint32_t formed_match_table_find(const struct formed_match_table *table, const char *id)
{
    struct hash_index_walk walk = {0};
    uint32_t slot = hash_index_next(&table->by_id, key_of(id), &walk);
    while (slot != FORMED_MATCH_NONE && !text_equal(table->slots[slot].id, id)) {
        slot = hash_index_next(&table->by_id, key_of(id), &walk);
    }
    return slot;
}
