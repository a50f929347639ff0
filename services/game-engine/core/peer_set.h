/* SPDX-License-Identifier: Apache-2.0 */
/* peer_set.h - a set of peers (libcommon/base/peers.h) by index, so that each is sent one message whatever its
 * sessions. */
#ifndef MMA_SERVICES_GAME_ENGINE_CORE_PEER_SET_H
#define MMA_SERVICES_GAME_ENGINE_CORE_PEER_SET_H

#include "libcommon/base/peers.h"
#include "libcommon/base/status.h"

struct peer_set {
    uint64_t words[PEERS_MAX / 64];
};

_Static_assert(PEERS_MAX % 64 == 0, "a bit for each peer");

static inline void peer_set_add(struct peer_set *set, uint32_t peer)
{
    REQUIRE(peer < PEERS_MAX);
    set->words[peer / 64] |= UINT64_C(1) << peer % 64;
}

static inline bool peer_set_has(const struct peer_set *set, uint32_t peer)
{
    return peer < PEERS_MAX && (set->words[peer / 64] >> peer % 64 & 1) != 0;
}

#endif
