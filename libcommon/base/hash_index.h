/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_index.h - finds slots of a table by a 64-bit key: open addressing over the caller's memory.
 *
 * Several slots may have one key (a hash of something longer, e.g. hash_text): walk them with hash_index_next and
 * compare. Never more than half full, so that a walk ends soon.
 */
#ifndef MMA_LIBCOMMON_BASE_HASH_INDEX_H
#define MMA_LIBCOMMON_BASE_HASH_INDEX_H

#include <stddef.h>
#include <stdint.h>

#define HASH_INDEX_NONE UINT32_MAX

struct hash_index_cell {
    uint64_t key;
    uint32_t slot; /* HASH_INDEX_NONE: empty */
};

struct hash_index {
    struct hash_index_cell *cells; /* borrowed */
    uint32_t mask;                 /* cells - 1; a power of two of cells */
    uint32_t count;
};

/* A place in a walk; begin with {0}. */
struct hash_index_walk {
    uint32_t steps;
};

/* Cells for memory inside a struct; slots_max must be a constant power of two, 8 or more. */
#define HASH_INDEX_CELLS(slots_max) (2 * (slots_max))

size_t hash_index_bytes(uint32_t slots_max);
void hash_index_init(struct hash_index *index, uint32_t slots_max, void *memory);

/* The same pair must not be there yet, and slots_max not be reached. */
void hash_index_add(struct hash_index *index, uint64_t key, uint32_t slot);
void hash_index_remove(struct hash_index *index, uint64_t key,
                       uint32_t slot); /* nothing happens when it is not there */

/* The next slot under key, HASH_INDEX_NONE after the last. The index must not change during a walk. */
uint32_t hash_index_next(const struct hash_index *index, uint64_t key, struct hash_index_walk *walk);

#endif
