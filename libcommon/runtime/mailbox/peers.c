/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/mailbox/peers.h"

#include <stdio.h>
#include <string.h>

uint32_t peers_find(const struct peers *peers, const char *mailbox)
{
    REQUIRE(mailbox != NULL && peers->used <= PEERS_MAX);
    for (uint32_t i = 0; i < peers->used; i++) {
        if (peers->items[i].holders > 0 && strcmp(peers->items[i].mailbox, mailbox) == 0) {
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
    uint32_t index = peers_find(peers, mailbox);
    if (index == PEERS_NONE) {
        index = free_place(peers);
        if (index == PEERS_NONE || strlen(mailbox) >= MAILBOX_URL_MAX) {
            return PEERS_NONE;
        }
        peers->items[index] = (struct peer){0};
        snprintf(peers->items[index].mailbox, sizeof(peers->items[index].mailbox), "%s", mailbox);
    }
    peers->items[index].holders++;
    return index;
}

void peers_release(struct peers *peers, uint32_t index)
{
    REQUIRE(index < peers->used && peers->items[index].holders > 0);
    peers->items[index].holders--;
}

static void begin_round(struct peers *peers, uint64_t now_ms)
{
    for (uint32_t i = 0; i < peers->used; i++) {
        struct peer *peer = &peers->items[i];
        if (peer->was_listed && peer->missing_since_ms == 0) {
            peer->missing_since_ms = now_ms;
        }
    }
}

static void see(struct peers *peers, const struct registry_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t index = peers_find(peers, entries[i].mailbox);
        if (index != PEERS_NONE) {
            peers->items[index].was_listed = true;
            peers->items[index].missing_since_ms = 0;
        }
    }
}

bool peers_is_gone(const struct peers *peers, uint32_t index, uint64_t now_ms)
{
    REQUIRE(index < peers->used);
    const struct peer *peer = &peers->items[index];
    return peer->holders > 0 && peer->missing_since_ms != 0 && now_ms - peer->missing_since_ms > PEERS_GONE_MS;
}

bool peers_follow(struct peers *peers, const struct registry *registry, const char *const *roles, size_t count,
                  uint64_t now_ms)
{
    if (registry_age_ms(registry) > REGISTRY_LIFETIME_MS) {
        return false;
    }
    begin_round(peers, now_ms);
    for (size_t i = 0; i < count; i++) {
        size_t entry_count = 0;
        const struct registry_entry *entries = registry_list(registry, roles[i], &entry_count);
        see(peers, entries, entry_count);
    }
    return true;
}
