/* SPDX-License-Identifier: Apache-2.0 */
/*
 * played.h - a daemon played by a test: its real mailbox and its entry in the real registry, and what it was sent.
 *
 * What it waits for and does not get fails the test.
 */
#ifndef MMA_TESTS_SUPPORT_PLAYED_H
#define MMA_TESTS_SUPPORT_PLAYED_H

#include "libcommon/runtime/mailbox/mailbox.h"
#include "libcommon/runtime/mailbox/registry.h"

#define PLAYED_HEARD_MAX 2048 /* one more pushes out the oldest half */

struct played_envelope {
    Mma__MessageType type;
    struct mailbox_return to;
    uint8_t *payload;
    size_t size;
};

struct played {
    uv_loop_t *loop;
    struct redis *redis;
    struct registry *registry;
    struct mailbox *mailbox;
    struct registry_entry entry;
    uint32_t heard_count;
    struct played_envelope heard[PLAYED_HEARD_MAX];
};

/* role: "game-engine", ... Announces itself in the Redis of REDIS_URL. */
void played_open(struct played *played, uv_loop_t *loop, const char *role);
void played_close(struct played *played); /* its entry goes, too */

/* The nth envelope (from 1) of that type since played_forget. Borrowed. */
const struct played_envelope *played_wait(struct played *played, Mma__MessageType type, unsigned nth);
uint32_t played_count(const struct played *played, Mma__MessageType type);
void played_forget(struct played *played);

/* Publishes to a peer, now. */
void played_tell(struct played *played, const char *peer, Mma__MessageType type, const ProtobufCMessage *message);

#endif
