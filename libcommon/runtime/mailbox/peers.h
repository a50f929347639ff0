/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peers.h - the processes a daemon sends to each tick: gateways with sessions or viewers, spectators with streams.
 *
 * A peer has an index as long as somebody holds it. One that the registry knew once and has not listed for
 * PEERS_GONE_MS is gone (peers_is_gone): the holder lets go.
 */
#ifndef MMA_RUNTIME_PEERS_H
#define MMA_RUNTIME_PEERS_H

#include "libcommon/runtime/mailbox/mailbox.h"
#include "libcommon/runtime/mailbox/registry.h"

#include <stdbool.h>

#define PEERS_MAX     512
#define PEERS_NONE    UINT32_MAX
#define PEERS_GONE_MS 5000

struct peer {
    char mailbox[MAILBOX_URL_MAX];
    uint32_t holders; /* 0: the place is free */
    bool was_listed;
    uint64_t missing_since_ms; /* 0: it is there */
};

struct peers {
    uint32_t used; /* places that were ever taken */
    struct peer items[PEERS_MAX];
};

/* PEERS_NONE when it is not known. */
uint32_t peers_find(const struct peers *peers, const char *mailbox);

/* One holder more; a new peer gets a place. PEERS_NONE when all are taken. */
uint32_t peers_hold(struct peers *peers, const char *mailbox);
void peers_release(struct peers *peers, uint32_t index);

/*
 * Compares with the registry's lists of these roles. False: the registry itself is out of date, nobody is judged.
 */
bool peers_follow(struct peers *peers, const struct registry *registry, const char *const *roles, size_t count,
                  uint64_t now_ms);
bool peers_is_gone(const struct peers *peers, uint32_t index, uint64_t now_ms);

#endif
