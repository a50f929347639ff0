/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/mailbox/mailbox_replies.h"

#include "libcommon/runtime/mailbox/mailbox.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    char sender[MAILBOX_URL_MAX];
    uint64_t incarnation, correlation_id;
    uint64_t entered_ms;
    uint64_t position; /* of the answer in the stream of all answers */
    uint32_t size;     /* 0: not answered yet */
    uint32_t next;     /* in its bucket: index + 1; 0: end */
    bool linked;
};

/* Entries and answers are two rings, each overwriting its oldest. */
struct mailbox_replies {
    uint64_t entered;                    /* entries so far; the next one takes slot entered % REPLY_ENTRIES_MAX */
    uint64_t position;                   /* bytes of answers so far */
    uint32_t buckets[REPLY_ENTRIES_MAX]; /* index + 1 */
    struct entry entries[REPLY_ENTRIES_MAX];
    uint8_t bytes[REPLY_BYTES_MAX];
};

/* FNV-1a over the sender, then the id, which is random enough by itself. */
static uint32_t bucket_of(const char *sender, uint64_t correlation_id)
{
    uint64_t hash = 14695981039346656037u;
    for (; *sender; sender++) {
        hash = (hash ^ (uint8_t)*sender) * 1099511628211u;
    }
    hash = (hash ^ correlation_id) * 1099511628211u;
    return (uint32_t)(hash ^ hash >> 32) % REPLY_ENTRIES_MAX;
}

static struct entry *find(struct mailbox_replies *replies, const char *sender, uint64_t correlation_id)
{
    uint32_t index = replies->buckets[bucket_of(sender, correlation_id)];
    while (index) {
        struct entry *entry = &replies->entries[index - 1];
        if (entry->correlation_id == correlation_id && strcmp(entry->sender, sender) == 0) {
            return entry;
        }
        index = entry->next;
    }
    return NULL;
}

static void forget(struct mailbox_replies *replies, struct entry *entry)
{
    if (!entry->linked) {
        return;
    }
    uint32_t self = (uint32_t)(entry - replies->entries) + 1;
    uint32_t *link = &replies->buckets[bucket_of(entry->sender, entry->correlation_id)];
    while (*link != self) {
        link = &replies->entries[*link - 1].next;
    }
    *link = entry->next;
    entry->linked = false;
}

static void remember(struct mailbox_replies *replies, const struct mailbox_request_key *key, uint64_t now_ms)
{
    uint32_t slot = (uint32_t)(replies->entered++ % REPLY_ENTRIES_MAX);
    struct entry *entry = &replies->entries[slot];
    forget(replies, entry);
    uint32_t *bucket = &replies->buckets[bucket_of(key->sender, key->correlation_id)];
    *entry = (struct entry){.incarnation = key->incarnation,
                            .correlation_id = key->correlation_id,
                            .entered_ms = now_ms,
                            .next = *bucket,
                            .linked = true};
    memcpy(entry->sender, key->sender, strlen(key->sender) + 1);
    *bucket = slot + 1;
}

static bool is_overwritten(const struct mailbox_replies *replies, const struct entry *entry)
{
    return entry->size > 0 && replies->position - entry->position > REPLY_BYTES_MAX;
}

enum status mailbox_replies_create(struct mailbox_replies **out_replies)
{
    struct mailbox_replies *replies = calloc(1, sizeof *replies);
    if (!replies) {
        return STATUS_NO_MEMORY;
    }
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
    struct entry *entry = find(replies, key->sender, key->correlation_id);
    if (entry && (entry->incarnation != key->incarnation || now_ms - entry->entered_ms > REPLY_CACHE_MS ||
                  is_overwritten(replies, entry))) {
        forget(replies, entry);
        entry = NULL;
    }
    if (!entry) {
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
    struct entry *entry = find(replies, sender, correlation_id);
    if (!entry || size == 0 || size > REPLY_ONE_BYTES_MAX) {
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
