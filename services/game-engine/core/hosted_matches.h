/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hosted_matches.h - the table of a worker's matches, by id, and the ids of those that were here and are over.
 *
 * An id is added once: while its match runs it is found, and for a while after its end it is remembered, so that a late
 * repeat of its creation does not make it a second time.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_CORE_HOSTED_MATCHES_H
#define MMA_SERVICES_GAME_ENGINE_CORE_HOSTED_MATCHES_H

#include "libcommon/base/hash_index.h"
#include "libcommon/base/hex_id.h"
#include "libcommon/base/peers.h"
#include "services/game-engine/core/match.h"

#define HOSTED_MATCHES_MAX       4096 /* places of a table, at most */
#define HOSTED_MATCHES_ENDED_MAX 512  /* ids of ended matches that are remembered */
#define HOSTED_MATCH_SUBSCRIBERS 8    /* spectators that take one match's stream */
#define HOSTED_MATCH_TEXT_MAX    63
#define HOSTED_MATCH_TRACE_BYTES 16

struct hosted_match {
    bool is_used;
    bool has_stepped; /* in this round */
    bool has_ended;   /* in this round, without a step */
    uint16_t index;
    char id[HEX_ID_SIZE];
    char queue[HOSTED_MATCH_TEXT_MAX + 1];
    char region[HOSTED_MATCH_TEXT_MAX + 1];
    char matchmaker[PEERS_URL_MAX];
    double quality; /* as the matchmaker predicted it */
    uint8_t trace[HOSTED_MATCH_TRACE_BYTES];
    uint64_t start_unix_ms;                         /* a label; 0: no tick yet */
    uint64_t start_ms;                              /* monotonic, of the same moment */
    uint32_t subscribers[HOSTED_MATCH_SUBSCRIBERS]; /* peers, oldest first */
    uint32_t subscriber_count;
    struct match_cost_sample round; /* what this round cost, measured by the caller */
    struct match match;
};

struct hosted_matches {
    uint32_t places;
    uint32_t count;
    struct hosted_match *items; /* [places] */
    struct hash_index by_id;
    char ended[HOSTED_MATCHES_ENDED_MAX][HEX_ID_SIZE]; /* a ring */
    uint32_t ended_next;
    struct hash_index ended_by_id;
    struct hash_index_cell ended_cells[HASH_INDEX_CELLS(HOSTED_MATCHES_ENDED_MAX)];
};

/* places: 1 .. HOSTED_MATCHES_MAX. */
size_t hosted_matches_bytes(uint32_t places);

/* memory: hosted_matches_bytes(places), aligned to 16, borrowed. */
void hosted_matches_init(struct hosted_matches *matches, uint32_t places, void *memory);

/* NULL when it does not run here. */
struct hosted_match *hosted_matches_find(struct hosted_matches *matches, const char *id);
bool hosted_matches_has_ended(const struct hosted_matches *matches, const char *id);

/* The running match with the most sessions, or NULL. */
struct hosted_match *hosted_matches_busiest(struct hosted_matches *matches);

/* A free place as hosted_matches_add will give it, or NULL when there is none. */
struct hosted_match *hosted_matches_free_place(struct hosted_matches *matches);

/* Takes that place: its match was initialised, its id is set and not in the table. */
void hosted_matches_add(struct hosted_matches *matches, struct hosted_match *hosted);

/* Its id is remembered. What the place holds can be read until the next hosted_matches_free_place. */
void hosted_matches_remove(struct hosted_matches *matches, struct hosted_match *hosted);

#endif
