/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mailbox_requests.h - requests waiting for their answer. Pure but for malloc: time and randomness are arguments.
 *
 * Each keeps its packed envelope for the repeats. An id names a slot and a use of it, so a late answer never meets
 * another request; ids begin at a random point, so those of two incarnations do not meet either.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_MAILBOX_MAILBOX_REQUESTS_H
#define MMA_LIBCOMMON_RUNTIME_MAILBOX_MAILBOX_REQUESTS_H

#include "libcommon/base/status.h"
#include "libcommon/runtime/mailbox/mailbox.h"
#include "libcommon/runtime/stores/backoff.h"

#include <stddef.h>
#include <stdint.h>

#define MAILBOX_REPEAT_LEAST_MS 100
#define MAILBOX_REPEAT_MOST_MS  2000

struct mailbox_pending {
    uint64_t id; /* 0: slot is free */
    char peer[MAILBOX_URL_MAX];
    mailbox_on_reply *on_reply;
    void *owner;
    uint64_t deadline_ms, repeat_ms; /* monotonic */
    struct backoff backoff;
    uint8_t *bytes; /* kept for the slot's next use when small */
    size_t size, capacity;
    uint32_t previous, next; /* index + 1, of those in use, or next free */
};

struct mailbox_requests;

MUST_USE enum status mailbox_requests_create(uint64_t seed, struct mailbox_requests **out_requests);
void mailbox_requests_destroy(struct mailbox_requests *requests); /* takes NULL; all must have ended */

/* STATUS_FULL past MAILBOX_REQUESTS_MAX. The caller fills in the rest, and the bytes by mailbox_requests_keep. */
MUST_USE enum status mailbox_requests_start(struct mailbox_requests *requests, struct mailbox_pending **out_pending);
MUST_USE enum status mailbox_requests_keep(struct mailbox_pending *pending, const uint8_t *bytes, size_t size);
struct mailbox_pending *mailbox_requests_find(struct mailbox_requests *requests, uint64_t id); /* NULL: none */
void mailbox_requests_end(struct mailbox_requests *requests, struct mailbox_pending *pending);

/* Walks those in use, oldest first: NULL begins, NULL ends. The one returned may be ended before going on when the
 * next one was asked for first. */
struct mailbox_pending *mailbox_requests_next(struct mailbox_requests *requests, const struct mailbox_pending *after);
/* When the earliest repeat or deadline is due; UINT64_MAX: nothing waits. */
uint64_t mailbox_requests_due_ms(struct mailbox_requests *requests);

#endif
