/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/seat_index.h"

#include "libcommon/base/hash.h"
#include "libcommon/base/memory.h"

static uint32_t places_for(uint32_t sessions_max)
{
    uint32_t places = 16;
    while (places < 2 * sessions_max) {
        places *= 2;
    }
    return places;
}

size_t seat_index_bytes(uint32_t sessions_max)
{
    return places_for(sessions_max) * sizeof(struct seat_entry);
}

void seat_index_init(struct seat_index *table, uint32_t sessions_max, void *memory)
{
    REQUIRE(sessions_max > 0 && memory != NULL);
    table->entries = memory;
    table->places = places_for(sessions_max);
    table->sessions_max = sessions_max;
    table->count = 0;
    memory_zero(memory, seat_index_bytes(sessions_max));
}

static uint32_t home_of(const struct seat_index *table, uint64_t session, uint32_t peer)
{
    struct hash hash;
    hash_init(&hash, peer);
    hash_u64(&hash, session);
    return (uint32_t)hash_finish(&hash) & (table->places - 1);
}

/* Where the session is, or the free place where it would go. */
static uint32_t probe(const struct seat_index *table, uint64_t session, uint32_t peer)
{
    uint32_t at = home_of(table, session, peer);
    while (table->entries[at].session != 0 &&
           (table->entries[at].session != session || table->entries[at].peer != peer)) {
        at = (at + 1) & (table->places - 1);
    }
    return at;
}

enum status seat_index_put(struct seat_index *table, const struct seat_entry *entry)
{
    REQUIRE(entry->session != 0);
    struct seat_entry *place = &table->entries[probe(table, entry->session, entry->peer)];
    if (place->session == 0) {
        if (table->count == table->sessions_max) {
            return STATUS_FULL;
        }
        table->count++;
    }
    *place = *entry;
    return STATUS_OK;
}

const struct seat_entry *seat_index_find(const struct seat_index *table, uint64_t session, uint32_t peer)
{
    if (session == 0) {
        return NULL;
    }
    const struct seat_entry *place = &table->entries[probe(table, session, peer)];
    return place->session == 0 ? NULL : place;
}

/* Entries behind the hole move up, so that no probe ends early (Knuth, TAOCP 3, 6.4, algorithm R). */
void seat_index_remove(struct seat_index *table, uint64_t session, uint32_t peer)
{
    if (seat_index_find(table, session, peer) == NULL) {
        return;
    }
    uint32_t mask = table->places - 1;
    uint32_t hole = probe(table, session, peer);
    for (uint32_t at = (hole + 1) & mask; table->entries[at].session != 0; at = (at + 1) & mask) {
        uint32_t home = home_of(table, table->entries[at].session, table->entries[at].peer);
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            table->entries[hole] = table->entries[at];
            hole = at;
        }
    }
    REQUIRE(table->count > 0);
    table->entries[hole].session = 0;
    table->count--;
}
