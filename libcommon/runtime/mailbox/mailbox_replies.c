/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/mailbox/mailbox_replies.h"

#include "libcommon/base/hash.h"
#include "libcommon/base/hash_index.h"
#include "libcommon/runtime/mailbox/mailbox.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct reply_entry {
    char sender[MAILBOX_URL_MAX];
    uint64_t key; /* hash of sender and correlation_id */
    uint64_t incarnation, correlation_id;
    uint64_t entered_ms;
    uint64_t position; /* of the answer in the stream of all answers */
    uint32_t size;     /* 0: not answered yet */
    bool is_indexed;
};

/* Entries and answers are two rings, each overwriting its oldest. */
struct mailbox_replies {
    uint64_t seed;
    uint64_t entered;  /* entries so far; the next one takes slot entered % REPLY_ENTRIES_MAX */
    uint64_t position; /* bytes of answers so far */
    struct hash_index index;
    struct hash_index_cell cells[HASH_INDEX_CELLS(REPLY_ENTRIES_MAX)];
    struct reply_entry entries[REPLY_ENTRIES_MAX];
    uint8_t bytes[REPLY_BYTES_MAX];
};

static uint64_t key_of(const struct mailbox_replies *replies, const char *sender, uint64_t correlation_id)
{
    return hash_text(replies->seed ^ correlation_id, sender);
}

static struct reply_entry *find(struct mailbox_replies *replies, const char *sender, uint64_t correlation_id)
{
    uint64_t key = key_of(replies, sender, correlation_id);
    struct hash_index_walk walk = {0};
    for (;;) {
        uint32_t slot = hash_index_next(&replies->index, key, &walk);
        if (slot == HASH_INDEX_NONE) {
            return NULL;
        }
        struct reply_entry *entry = &replies->entries[slot];
        if (entry->correlation_id == correlation_id && strcmp(entry->sender, sender) == 0) {
            return entry;
        }
    }
}

static void forget(struct mailbox_replies *replies, struct reply_entry *entry)
{
    if (entry->is_indexed) {
        hash_index_remove(&replies->index, entry->key, (uint32_t)(entry - replies->entries));
        entry->is_indexed = false;
    }
}

static void remember(struct mailbox_replies *replies, const struct mailbox_request_key *key, uint64_t now_ms)
{
    uint32_t slot = (uint32_t)(replies->entered++ % REPLY_ENTRIES_MAX);
    struct reply_entry *entry = &replies->entries[slot];
    forget(replies, entry);
    *entry = (struct reply_entry){.key = key_of(replies, key->sender, key->correlation_id),
                                  .incarnation = key->incarnation,
                                  .correlation_id = key->correlation_id,
                                  .entered_ms = now_ms,
                                  .is_indexed = true};
    memcpy(entry->sender, key->sender, strlen(key->sender) + 1);
    hash_index_add(&replies->index, entry->key, slot);
}

static bool is_overwritten(const struct mailbox_replies *replies, const struct reply_entry *entry)
{
    return entry->size > 0 && replies->position - entry->position > REPLY_BYTES_MAX;
}

enum status mailbox_replies_create(uint64_t seed, struct mailbox_replies **out_replies)
{
    struct mailbox_replies *replies = calloc(1, sizeof *replies);
    if (replies == NULL) {
        return STATUS_NO_MEMORY;
    }
    replies->seed = seed;
    hash_index_init(&replies->index, REPLY_ENTRIES_MAX, replies->cells);
    *out_replies = replies;
    return STATUS_OK;
}

void mailbox_replies_destroy(struct mailbox_replies *replies)
{
    free(replies);
}

enum mailbox_repeat mailbox_replies_enter(struct mailbox_replies *replies, const struct mailbox_request_key *key,
                                          uint64_t now_ms, const uint8_t **out_bytes, size_t *out_size)
{
    REQUIRE(strlen(key->sender) < MAILBOX_URL_MAX);
    struct reply_entry *entry = find(replies, key->sender, key->correlation_id);
    if (entry != NULL && (entry->incarnation != key->incarnation || now_ms - entry->entered_ms > REPLY_CACHE_MS ||
                          is_overwritten(replies, entry))) {
        forget(replies, entry);
        entry = NULL;
    }
    if (entry == NULL) {
        remember(replies, key, now_ms);
        return MAILBOX_FIRST;
    }
    if (entry->size == 0) {
        return MAILBOX_REPEAT_WAITING;
    }
    *out_bytes = replies->bytes + entry->position % REPLY_BYTES_MAX;
    *out_size = entry->size;
    return MAILBOX_REPEAT_ANSWERED;
}

void mailbox_replies_store(struct mailbox_replies *replies, const char *sender, uint64_t correlation_id,
                           const uint8_t *bytes, size_t size)
{
    REQUIRE(bytes != NULL || size == 0);
    struct reply_entry *entry = find(replies, sender, correlation_id);
    if (entry == NULL || size == 0 || size > REPLY_ONE_BYTES_MAX) {
        return;
    }
    size_t offset = (size_t)(replies->position % REPLY_BYTES_MAX);
    if (REPLY_BYTES_MAX - offset < size) {
        replies->position += REPLY_BYTES_MAX - offset; /* an answer never wraps */
        offset = 0;
    }
    memcpy(replies->bytes + offset, bytes, size);
    entry->position = replies->position;
    entry->size = (uint32_t)size;
    replies->position += size;
}
