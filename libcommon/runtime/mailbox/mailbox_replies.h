/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mailbox_replies.h - which requests were seen and what they were answered, so that a repeat gets the same answer.
 *
 * Pure but for malloc at creation. Bounded in entries and in bytes; past either the oldest is forgotten first, and
 * its repeat then counts as a new request. A sender's new incarnation never gets an old one's answer.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_MAILBOX_MAILBOX_REPLIES_H
#define MMA_LIBCOMMON_RUNTIME_MAILBOX_MAILBOX_REPLIES_H

#include "libcommon/base/status.h"

#include <stddef.h>
#include <stdint.h>

#define REPLY_CACHE_MS      30000
#define REPLY_ENTRIES_MAX   8192 /* a power of two */
#define REPLY_BYTES_MAX     (4u << 20)
#define REPLY_ONE_BYTES_MAX (1u << 20) /* a longer reply is not kept */

struct mailbox_replies;

enum mailbox_repeat {
    MAILBOX_FIRST,           /* not seen before: now it is */
    MAILBOX_REPEAT_WAITING,  /* seen, not answered yet */
    MAILBOX_REPEAT_ANSWERED, /* seen: here is its answer */
};

struct mailbox_request_key {
    const char *sender; /* shorter than MAILBOX_URL_MAX */
    uint64_t incarnation;
    uint64_t correlation_id;
};

/* seed: unpredictable, so that no sender can choose ids that collide. */
MUST_USE enum status mailbox_replies_create(uint64_t seed, struct mailbox_replies **out_replies);
void mailbox_replies_destroy(struct mailbox_replies *replies); /* takes NULL */

/* out_bytes is borrowed until the next call. */
enum mailbox_repeat mailbox_replies_enter(struct mailbox_replies *replies, const struct mailbox_request_key *key,
                                          uint64_t now_ms, const uint8_t **out_bytes, size_t *out_size);
/* Copies the answer to the sender's request; ignored when that was forgotten. */
void mailbox_replies_store(struct mailbox_replies *replies, const char *sender, uint64_t correlation_id,
                           const uint8_t *bytes, size_t size);

#endif
