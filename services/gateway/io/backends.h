/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backends.h - the engines and spectators that this gateway's sessions are at, and the inputs that wait for each
 * engine.
 *
 * A peer is there from its first session to its last; an index names it meanwhile. Loop's thread only.
 */
#ifndef MMA_SERVICES_GATEWAY_IO_BACKENDS_H
#define MMA_SERVICES_GATEWAY_IO_BACKENDS_H

#include "libcommon/base/hash_index.h"
#include "libcommon/game/world/input.h"
#include "libcommon/runtime/mailbox/mailbox.h"
#include "proto/match.pb-c.h"

#define BACKENDS_MAX    1024
#define INPUT_BATCH_MAX 512 /* one more sends the batch at once */

/* Inputs that go as one message. */
struct input_batch {
    size_t count;
    Mma__SessionInput items[INPUT_BATCH_MAX];
    Mma__SessionInput *pointers[INPUT_BATCH_MAX];
    uint8_t bytes[INPUT_BATCH_MAX][INPUT_BYTES_MAX];
};

struct backend {
    char mailbox[MAILBOX_URL_MAX]; /* "": the place is free */
    const char *role;              /* in the registry; static */
    uint64_t key;
    uint32_t users;             /* sessions */
    uint64_t heard_ms;          /* snapshots or frames, or the first session's coming */
    struct input_batch *inputs; /* made at the first input, kept for the next peer in this place */
};

struct backends {
    struct backend items[BACKENDS_MAX];
    uint32_t used; /* places from here on have never been taken */
    struct hash_index index;
    uint64_t salt;
    void *index_memory;
};

MUST_USE enum status backends_init(struct backends *peers);
void backends_free(struct backends *peers); /* copes with zeroed ones */

/* One more user of that mailbox. HASH_INDEX_NONE: too many peers, or a name too long. */
uint32_t backends_take(struct backends *peers, const char *mailbox, const char *role, uint64_t now_ms);
void backends_release(struct backends *peers, uint32_t index);

uint64_t backends_key(const struct backends *peers, const char *mailbox);
uint32_t backends_find(const struct backends *peers, const char *mailbox); /* HASH_INDEX_NONE: not one of ours */

/* A place for one more input at that engine; NULL: no memory, or full (post the batch first). */
Mma__SessionInput *backends_add_input(struct backend *peer, const uint8_t *bytes, size_t size);

#endif
