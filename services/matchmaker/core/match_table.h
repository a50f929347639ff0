/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_table.h - the matches that were formed, by id, in the order they were formed in.
 *
 * PLACING: an engine is being asked. RUNNING: an engine has it. OVER: its result is known. A full table forgets the
 * oldest match that is not being placed: what is known of it is in PostgreSQL, or at its engine.
 */
#ifndef MMA_MATCHMAKER_MATCH_TABLE_H
#define MMA_MATCHMAKER_MATCH_TABLE_H

#include "libcommon/base/status.h"
#include "services/matchmaker/core/index.h"
#include "services/matchmaker/core/placement.h"
#include "services/matchmaker/core/ticket.h"

#define MATCHES_CAPACITY    2048u
#define MATCH_INDEX_BUCKETS 2048u
#define MATCH_NONE          INDEX_NONE
#define MATCH_PLAYERS_MAX   20

enum match_state { MATCH_UNUSED, MATCH_PLACING, MATCH_RUNNING, MATCH_OVER };

struct match_seat {
    uint32_t ticket; /* slot, while PLACING */
    char player_id[TICKET_PLAYER_SIZE];
    uint32_t team;
    int32_t rating_milli;
};

struct match {
    char id[TICKET_ID_SIZE];
    enum match_state state;
    uint32_t queue, region;
    uint64_t seed;
    uint8_t trace[16];                /* of its first seat's ticket */
    uint64_t form_ms, update_ms;      /* since the Unix epoch */
    uint32_t quality_q16;             /* predicted evenness */
    char engine[TICKET_MAILBOX_SIZE]; /* being asked, or running it */
    struct placement_tried tried;     /* engines that refused it */
    uint32_t seat_count;
    struct match_seat seats[MATCH_PLAYERS_MAX];
};

struct match_table {
    struct match slots[MATCHES_CAPACITY];
    uint32_t next; /* slots are used in turn */
    struct index by_id;
    uint32_t id_heads[MATCH_INDEX_BUCKETS], id_next[MATCHES_CAPACITY];
};

void match_table_init(struct match_table *table);

/* A zeroed match of that id, PLACING; its other fields are the caller's to fill. STATUS_FULL: all are being placed. */
MUST_USE enum status match_table_add(struct match_table *table, const char *id, uint32_t *out_slot);
void match_table_forget(struct match_table *table, uint32_t slot);
uint32_t match_table_find(const struct match_table *table, const char *id); /* MATCH_NONE: unknown */

#endif
