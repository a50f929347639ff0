/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/peers.h"

#include "libcommon/base/status.h"
#include "libcommon/base/text.h"

uint32_t peers_find(const struct peers *peers, const char *mailbox)
{
    REQUIRE(peers->used <= PEERS_MAX);
    REQUIRE(mailbox != NULL && peers->used <= PEERS_MAX);
    for (uint32_t i = 0; i < peers->used; i++) {
        if (peers->items[i].holders > 0 && text_equal(peers->items[i].mailbox, mailbox)) {
            return i;
        }
    }
    return PEERS_NONE;
}

static uint32_t free_place(struct peers *peers)
{
    for (uint32_t i = 0; i < peers->used; i++) {
        if (peers->items[i].holders == 0) {
            return i;
        }
    }
    return peers->used < PEERS_MAX ? peers->used++ : PEERS_NONE;
}

uint32_t peers_hold(struct peers *peers, const char *mailbox)
{
    REQUIRE(mailbox != NULL && mailbox[0] != '\0');
    if (text_size(mailbox, PEERS_URL_MAX) == PEERS_URL_MAX) {
        return PEERS_NONE;
    }
    uint32_t index = peers_find(peers, mailbox);
    if (index == PEERS_NONE) {
        index = free_place(peers);
        if (index == PEERS_NONE) {
            return PEERS_NONE;
        }
        peers->items[index] = (struct peer){0};
        text_copy(peers->items[index].mailbox, sizeof peers->items[index].mailbox, mailbox);
    }
    peers->items[index].holders++;
    return index;
}

void peers_release(struct peers *peers, uint32_t index)
{
    REQUIRE(index < peers->used && peers->items[index].holders > 0);
    peers->items[index].holders--;
}

static void mark_missing(struct peers *peers, uint64_t now_ms)
{
    for (uint32_t i = 0; i < peers->used; i++) {
        struct peer *peer = &peers->items[i];
        if (peer->was_listed && !peer->is_missing) {
            peer->is_missing = true;
            peer->missing_since_ms = now_ms;
        }
    }
}

static void mark_listed(struct peers *peers, const struct peer_list *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        uint32_t index = peers_find(peers, peer_list_at(list, i));
        if (index != PEERS_NONE) {
            peers->items[index].was_listed = true;
            peers->items[index].is_missing = false;
        }
    }
}

bool peers_follow(struct peers *peers, const struct peer_list *lists, size_t count, uint64_t age_ms, uint64_t now_ms)
{
    REQUIRE(lists != NULL || count == 0);
    if (age_ms > PEERS_LIST_AGE_MAX_MS) {
        return false;
    }
    mark_missing(peers, now_ms);
    for (size_t i = 0; i < count; i++) {
        mark_listed(peers, &lists[i]);
    }
    return true;
}

bool peers_is_gone(const struct peers *peers, uint32_t index, uint64_t now_ms)
{
    REQUIRE(index < PEERS_MAX);
    REQUIRE(index < peers->used);
    const struct peer *peer = &peers->items[index];
    return peer->holders > 0 && peer->is_missing && now_ms - peer->missing_since_ms > PEERS_GONE_MS;
}
