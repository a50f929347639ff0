/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/mailbox/mailbox_senders.h"

#include "libcommon/base/hash.h"
#include "libcommon/base/status.h"

#include <string.h>

void mailbox_senders_init(struct mailbox_senders *senders, uint64_t seed)
{
    REQUIRE(hash_index_bytes(MAILBOX_PEERS_MAX) <= sizeof senders->cells);
    senders->seed = seed;
    senders->count = 0;
    hash_index_init(&senders->index, MAILBOX_PEERS_MAX, senders->cells);
}

static struct mailbox_sender *find(struct mailbox_senders *senders, const char *url, uint64_t key)
{
    struct hash_index_walk walk = {0};
    uint32_t slot = hash_index_next(&senders->index, key, &walk);
    while (slot != HASH_INDEX_NONE && strcmp(senders->senders[slot].url, url) != 0) {
        slot = hash_index_next(&senders->index, key, &walk);
    }
    return slot == HASH_INDEX_NONE ? NULL : &senders->senders[slot];
}

/* A free place: a new one, or that of the sender silent longest. */
static struct mailbox_sender *place(struct mailbox_senders *senders)
{
    if (senders->count < MAILBOX_PEERS_MAX) {
        return &senders->senders[senders->count++];
    }
    struct mailbox_sender *oldest = &senders->senders[0];
    for (size_t i = 1; i < MAILBOX_PEERS_MAX; i++) {
        oldest = senders->senders[i].heard_ms < oldest->heard_ms ? &senders->senders[i] : oldest;
    }
    hash_index_remove(&senders->index, oldest->key, (uint32_t)(oldest - senders->senders));
    return oldest;
}

static struct mailbox_sender *add(struct mailbox_senders *senders, const char *url, uint64_t key)
{
    struct mailbox_sender *sender = place(senders);
    *sender = (struct mailbox_sender){.key = key};
    memcpy(sender->url, url, strlen(url) + 1);
    hash_index_add(&senders->index, key, (uint32_t)(sender - senders->senders));
    return sender;
}

bool mailbox_senders_accept(struct mailbox_senders *senders, const char *url, uint64_t incarnation, uint64_t sequence,
                            uint64_t now_ms, uint64_t *out_gap)
{
    REQUIRE(strlen(url) < MAILBOX_URL_MAX);
    uint64_t key = hash_text(senders->seed, url);
    struct mailbox_sender *sender = find(senders, url, key);
    bool is_known =
        sender != NULL && sender->incarnation == incarnation && now_ms - sender->heard_ms < MAILBOX_SILENCE_MS;
    if (sender == NULL) {
        sender = add(senders, url, key);
    }
    if (is_known && sequence <= sender->sequence) {
        return false;
    }
    *out_gap = is_known ? sequence - sender->sequence - 1 : 0;
    sender->incarnation = incarnation;
    sender->sequence = sequence;
    sender->heard_ms = now_ms;
    return true;
}
