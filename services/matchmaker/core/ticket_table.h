/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ticket_table.h - all tickets: a bounded table with lists by age, and indexes by id and by player.
 *
 * Open tickets are listed in the order of their waits, the longest first, closed ones in the order they closed in. A
 * slot number names a ticket until it is forgotten. A player has at most one open ticket. When the table is full of
 * open tickets there is STATUS_FULL; closed ones give way, oldest first.
 */
#ifndef MMA_SERVICES_MATCHMAKER_CORE_TICKET_TABLE_H
#define MMA_SERVICES_MATCHMAKER_CORE_TICKET_TABLE_H

#include "libcommon/base/hash_index.h"
#include "libcommon/base/status.h"
#include "services/matchmaker/core/ticket.h"

#define TICKETS_CAPACITY 16384u
#define TICKET_NONE      HASH_INDEX_NONE

_Static_assert((TICKETS_CAPACITY & (TICKETS_CAPACITY - 1)) == 0, "HASH_INDEX_CELLS wants a power of two");

struct ticket_list {
    uint32_t first, last, count;
};

struct ticket_links {
    uint32_t newer, older; /* towards last, towards first */
};

struct ticket_table {
    struct ticket slots[TICKETS_CAPACITY];
    struct ticket_links links[TICKETS_CAPACITY];
    struct ticket_list open, closed, unused;
    uint32_t tickets_max; /* 1 .. TICKETS_CAPACITY */
    uint64_t hash_seed;   /* ids and players come from outside */
    struct hash_index by_id;
    struct hash_index by_player; /* open ones only */
    struct hash_index_cell id_cells[HASH_INDEX_CELLS(TICKETS_CAPACITY)];
    struct hash_index_cell player_cells[HASH_INDEX_CELLS(TICKETS_CAPACITY)];
};

void ticket_table_init(struct ticket_table *table, uint32_t tickets_max, uint64_t hash_seed);

/* Copies an open ticket. STATUS_EXISTS: the id is taken, or the player has an open ticket; STATUS_FULL. */
MUST_USE enum status ticket_table_add(struct ticket_table *table, const struct ticket *ticket, uint32_t *out_slot);

/* The ticket's state is already a closed one: moves it to the closed list. */
void ticket_table_close(struct ticket_table *table, uint32_t slot);
void ticket_table_forget(struct ticket_table *table, uint32_t slot); /* a closed one; the slot is free then */

uint32_t ticket_table_find(const struct ticket_table *table, const char *id);                /* TICKET_NONE: unknown */
uint32_t ticket_table_find_open_of(const struct ticket_table *table, const char *player_id); /* TICKET_NONE: none */

#endif
