/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key_index.h - finds slots of a table by a 64-bit key: open addressing over the caller's memory.
 *
 * Several slots may stand under one key (a hash of something longer): walk them with key_index_next.
 * Never more than half full, so that a walk ends soon.
 */
#ifndef MMA_SERVICES_GATEWAY_CORE_KEY_INDEX_H
#define MMA_SERVICES_GATEWAY_CORE_KEY_INDEX_H

#include <stddef.h>
#include <stdint.h>

#define KEY_INDEX_NONE UINT32_MAX

struct key_index_cell {
    uint64_t key;
    uint32_t slot; /* KEY_INDEX_NONE: empty */
};

struct key_index {
    struct key_index_cell *cells; /* borrowed */
    uint32_t mask;                /* cells - 1; a power of two of cells */
    uint32_t count;
};

/* A place in a walk; begin with {0}. */
struct key_index_walk {
    uint32_t steps;
};

size_t key_index_bytes(uint32_t slots_max);
void key_index_init(struct key_index *index, uint32_t slots_max, void *memory);

/* The same pair must not be there yet, and slots_max not be reached. */
void key_index_add(struct key_index *index, uint64_t key, uint32_t slot);
void key_index_remove(struct key_index *index, uint64_t key, uint32_t slot); /* nothing happens when it is not there */

/* The next slot under key, KEY_INDEX_NONE after the last. The index must not change during a walk. */
uint32_t key_index_next(const struct key_index *index, uint64_t key, struct key_index_walk *walk);

#endif
