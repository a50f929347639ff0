/* SPDX-License-Identifier: Apache-2.0 */
/* registry_mailboxes.h - a registry's list as the pure layers take it. */
#ifndef MMA_LIBCOMMON_RUNTIME_MAILBOX_REGISTRY_MAILBOXES_H
#define MMA_LIBCOMMON_RUNTIME_MAILBOX_REGISTRY_MAILBOXES_H

#include "libcommon/base/peers.h"
#include "libcommon/runtime/mailbox/registry.h"

_Static_assert(PEERS_LIST_AGE_MAX_MS == REGISTRY_LIFETIME_MS, "a list is as old as an entry may be");
_Static_assert(PEERS_URL_MAX == MAILBOX_URL_MAX, "a peer is named by its mailbox");

/* Of registry_list: sorted, valid until the loop's next iteration. */
static inline struct peer_list registry_mailboxes(const struct registry *registry, const char *role)
{
    size_t count = 0;
    const struct registry_entry *entries = registry_list(registry, role, &count);
    return (struct peer_list){
        .first = count > 0 ? entries[0].mailbox : NULL, .stride = sizeof *entries, .count = (uint32_t)count};
}

#endif
