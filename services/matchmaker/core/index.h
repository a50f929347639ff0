/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index.h - a hash index from text keys to the slots of a table, in the caller's memory.
 *
 * It stores no keys: index_find walks the slots whose keys have the same bucket, and the caller compares. A slot is in
 * an index at most once.
 */
#ifndef MMA_MATCHMAKER_INDEX_H
#define MMA_MATCHMAKER_INDEX_H

#include <stdint.h>

#define INDEX_NONE UINT32_MAX

struct index {
    uint32_t bucket_mask; /* buckets - 1; buckets are a power of two */
    uint32_t *heads;      /* [buckets] first slot of each, or INDEX_NONE */
    uint32_t *next;       /* [slots] following slot of the same bucket, or INDEX_NONE */
};

void index_init(struct index *index, uint32_t *heads, uint32_t bucket_count, uint32_t *next);
void index_add(struct index *index, const char *key, uint32_t slot);
void index_remove(struct index *index, const char *key, uint32_t slot); /* REQUIREs that it is there */

/* Slots that may have this key: for (s = index_first(i, key); s != INDEX_NONE; s = index->next[s]) */
uint32_t index_first(const struct index *index, const char *key);

#endif
