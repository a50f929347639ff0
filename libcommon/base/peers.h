/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peers.h - the processes a daemon sends to each tick: gateways with sessions or viewers, spectators with
 * subscriptions.
 *
 * A peer has an index as long as somebody holds it. One that the registry listed once and has not listed for
 * PEERS_GONE_MS is gone (peers_is_gone): the holder lets go.
 */
#ifndef MMA_LIBCOMMON_BASE_PEERS_H
#define MMA_LIBCOMMON_BASE_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEERS_MAX             512
#define PEERS_NONE            UINT32_MAX
#define PEERS_URL_MAX         64   /* of a mailbox's URL with its NUL */
#define PEERS_GONE_MS         5000 /* not listed for longer than this */
#define PEERS_LIST_AGE_MAX_MS 3000 /* an older list says nothing about who is gone */

/* Mailbox URLs, each inside of a larger struct: the registry's list of a role, borrowed. */
struct peer_list {
    const char *first; /* NULL when count is 0 */
    size_t stride;     /* bytes from one URL to the next */
    uint32_t count;
};

static inline const char *peer_list_at(const struct peer_list *list, uint32_t index)
{
    return list->first + index * list->stride;
}

struct peer {
    char mailbox[PEERS_URL_MAX];
    uint32_t holders; /* 0: the place is free */
    bool was_listed;
    bool is_missing;           /* from a list that should have it */
    uint64_t missing_since_ms; /* where is_missing */
};

struct peers {
    uint32_t used; /* places that were ever taken */
    struct peer items[PEERS_MAX];
};

/* PEERS_NONE when nobody holds it. */
uint32_t peers_find(const struct peers *peers, const char *mailbox);

/* One holder more; a new peer gets a place. PEERS_NONE when all are taken, or the URL is too long. */
uint32_t peers_hold(struct peers *peers, const char *mailbox);
void peers_release(struct peers *peers, uint32_t index);

/*
 * Compares with the registry's lists, one a role, read age_ms ago. now_ms is monotonic. False: the lists are older than
 * PEERS_LIST_AGE_MAX_MS, nobody is judged.
 */
bool peers_follow(struct peers *peers, const struct peer_list *lists, size_t count, uint64_t age_ms, uint64_t now_ms);
bool peers_is_gone(const struct peers *peers, uint32_t index, uint64_t now_ms);

#endif
