/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/mailbox/mailbox_senders.h"

#include "libcommon/base/status.h"

#include <string.h>

static uint32_t *bucket_of(struct mailbox_senders *senders, const char *url)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *url; url++) {
        hash = (hash ^ (uint8_t)*url) * 16777619u;
    }
    return &senders->buckets[(hash ^ hash >> 16) % MAILBOX_PEERS_MAX];
}

static struct mailbox_sender *find(struct mailbox_senders *senders, const char *url)
{
    uint32_t index = *bucket_of(senders, url);
    while (index && strcmp(senders->senders[index - 1].url, url) != 0) {
        index = senders->senders[index - 1].next;
    }
    return index ? &senders->senders[index - 1] : NULL;
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
    uint32_t self = (uint32_t)(oldest - senders->senders) + 1;
    uint32_t *link = bucket_of(senders, oldest->url);
    while (*link != self) {
        link = &senders->senders[*link - 1].next;
    }
    *link = oldest->next;
    return oldest;
}

bool mailbox_senders_accept(struct mailbox_senders *senders, const char *url, uint64_t incarnation, uint64_t sequence,
                            uint64_t now_ms, uint64_t *out_gap)
{
    REQUIRE(strlen(url) < MAILBOX_URL_MAX);
    struct mailbox_sender *sender = find(senders, url);
    bool is_known = sender && sender->incarnation == incarnation && now_ms - sender->heard_ms < MAILBOX_SILENCE_MS;
    if (!sender) {
        sender = place(senders);
        uint32_t *bucket = bucket_of(senders, url);
        *sender = (struct mailbox_sender){.next = *bucket};
        memcpy(sender->url, url, strlen(url) + 1);
        *bucket = (uint32_t)(sender - senders->senders) + 1;
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
