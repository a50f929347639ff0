/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seat_index.h - which seat a session of a gateway has: a hash table with linear probing in the caller's memory.
 *
 * Sessions are named by their id and their peer: ids of two gateways may be equal.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_CORE_SEAT_INDEX_H
#define MMA_SERVICES_GAME_ENGINE_CORE_SEAT_INDEX_H

#include "libcommon/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seat_entry {
    uint64_t session; /* 0: the place is free */
    uint32_t peer;
    uint16_t match; /* the caller's index */
    uint16_t slot;
};

struct seat_index {
    struct seat_entry *entries; /* [places], borrowed */
    uint32_t places;            /* a power of two, at least twice sessions_max */
    uint32_t sessions_max;
    uint32_t count;
};

size_t seat_index_bytes(uint32_t sessions_max);

/* memory: seat_index_bytes(sessions_max), aligned to 16. */
void seat_index_init(struct seat_index *table, uint32_t sessions_max, void *memory);

/* Adds or replaces. entry->session is not 0. STATUS_FULL at sessions_max. */
MUST_USE enum status seat_index_put(struct seat_index *table, const struct seat_entry *entry);

/* NULL when it is not there; good until the table changes. */
const struct seat_entry *seat_index_find(const struct seat_index *table, uint64_t session, uint32_t peer);
void seat_index_remove(struct seat_index *table, uint64_t session, uint32_t peer); /* nothing if not there */

#endif
