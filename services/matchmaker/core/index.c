/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/index.h"

#include "libcommon/base/status.h"

static uint32_t *head_of(const struct index *index, const char *key)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (const char *at = key; *at != '\0'; at++) {
        hash = (hash ^ (uint8_t)*at) * 16777619u;
    }
    return &index->heads[(hash ^ (hash >> 15)) & index->bucket_mask];
}

void index_init(struct index *index, uint32_t *heads, uint32_t bucket_count, uint32_t *next)
{
    REQUIRE(bucket_count > 0 && (bucket_count & (bucket_count - 1)) == 0);
    *index = (struct index){.bucket_mask = bucket_count - 1, .heads = heads, .next = next};
    for (uint32_t i = 0; i < bucket_count; i++) {
        heads[i] = INDEX_NONE;
    }
}

void index_add(struct index *index, const char *key, uint32_t slot)
{
    uint32_t *head = head_of(index, key);
    index->next[slot] = *head;
    *head = slot;
}

void index_remove(struct index *index, const char *key, uint32_t slot)
{
    uint32_t *at = head_of(index, key);
    while (*at != slot) {
        REQUIRE(*at != INDEX_NONE);
        at = &index->next[*at];
    }
    *at = index->next[slot];
}

uint32_t index_first(const struct index *index, const char *key)
{
    return *head_of(index, key);
}
