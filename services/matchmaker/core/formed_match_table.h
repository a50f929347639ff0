/* SPDX-License-Identifier: Apache-2.0 */
/*
 * formed_match_table.h - the matches that were formed, by id, in the order they were formed in.
 *
 * PLACING: an engine is asked. RUNNING: an engine has it. OVER: its result is known. A full table forgets the
 * oldest match that is not being placed: what is known of it is in PostgreSQL, or at its engine.
 */
#ifndef MMA_SERVICES_MATCHMAKER_CORE_FORMED_MATCH_TABLE_H
#define MMA_SERVICES_MATCHMAKER_CORE_FORMED_MATCH_TABLE_H

#include "libcommon/base/hash_index.h"
#include "libcommon/base/status.h"
#include "services/matchmaker/core/placement.h"
#include "services/matchmaker/core/ticket.h"

#define FORMED_MATCHES_CAPACITY  2048u
#define FORMED_MATCH_NONE        HASH_INDEX_NONE
#define FORMED_MATCH_PLAYERS_MAX 20

_Static_assert((FORMED_MATCHES_CAPACITY & (FORMED_MATCHES_CAPACITY - 1)) == 0, "HASH_INDEX_CELLS wants a power of two");

enum formed_match_state { FORMED_MATCH_UNUSED, FORMED_MATCH_PLACING, FORMED_MATCH_RUNNING, FORMED_MATCH_OVER };

struct formed_seat {
    uint32_t ticket; /* slot, while PLACING */
    char player_id[TICKET_PLAYER_SIZE];
    uint32_t team;
    int32_t rating_milli;
};

struct formed_match {
    char id[TICKET_ID_SIZE];
    enum formed_match_state state;
    uint32_t queue, region;
    uint64_t seed;
    uint8_t trace[16];                /* of its first seat's ticket */
    uint64_t update_ms;               /* monotonic: its last change */
    uint64_t form_time;               /* ms since the Unix epoch, a label */
    uint32_t quality_q16;             /* predicted evenness */
    char engine[TICKET_MAILBOX_SIZE]; /* asked now, or running it */
    struct placement_tried tried;     /* engines that did not take it */
    uint32_t seat_count;
    struct formed_seat seats[FORMED_MATCH_PLAYERS_MAX];
};

struct formed_match_table {
    struct formed_match slots[FORMED_MATCHES_CAPACITY];
    uint32_t next;          /* slots are used in the order of their numbers, round and round */
    uint32_t placing_count; /* in state PLACING */
    struct hash_index by_id;
    struct hash_index_cell id_cells[HASH_INDEX_CELLS(FORMED_MATCHES_CAPACITY)];
};

void formed_match_table_init(struct formed_match_table *table);

/* A zeroed match of that id, PLACING; its other fields are the caller's to fill. STATUS_FULL: all are being placed. */
MUST_USE enum status formed_match_table_add(struct formed_match_table *table, const char *id, uint32_t *out_slot);

/* PLACING → RUNNING, or RUNNING → OVER. */
void formed_match_table_advance(struct formed_match_table *table, uint32_t slot, uint64_t now_ms);
void formed_match_table_forget(struct formed_match_table *table, uint32_t slot);
uint32_t formed_match_table_find(const struct formed_match_table *table, const char *id); /* FORMED_MATCH_NONE */

#endif
