/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_table.h - which seat a session of a gateway has: a hash table with linear probing in the caller's memory.
 *
 * Sessions are named by their id and their peer: ids of two gateways may be equal.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_CORE_SESSION_TABLE_H
#define MMA_SERVICES_GAME_ENGINE_CORE_SESSION_TABLE_H

#include "libcommon/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct session_entry {
    uint64_t session; /* 0: the place is free */
    uint32_t peer;
    uint16_t match; /* the caller's index */
    uint16_t slot;
};

struct session_table {
    struct session_entry *entries; /* [places], borrowed */
    uint32_t places;               /* a power of two, at least twice sessions_max */
    uint32_t sessions_max;
    uint32_t count;
};

size_t session_table_bytes(uint32_t sessions_max);

/* memory: session_table_bytes(sessions_max), aligned to 16. */
void session_table_init(struct session_table *table, uint32_t sessions_max, void *memory);

/* Adds or replaces. entry->session is not 0. STATUS_FULL at sessions_max. */
MUST_USE enum status session_table_put(struct session_table *table, const struct session_entry *entry);

/* NULL when it is not there; good until the table changes. */
const struct session_entry *session_table_find(const struct session_table *table, uint64_t session, uint32_t peer);
void session_table_remove(struct session_table *table, uint64_t session, uint32_t peer); /* nothing if not there */

#endif
