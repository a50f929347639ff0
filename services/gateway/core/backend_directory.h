/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backend_directory.h - the registry's lists as they were last read, and who is chosen from them.
 *
 * The owner enters a role's list again (begin, then add in the registry's order: by mailbox URL) before events that may
 * choose, and says how old the lists are.
 */
#ifndef MMA_SERVICES_GATEWAY_CORE_BACKEND_DIRECTORY_H
#define MMA_SERVICES_GATEWAY_CORE_BACKEND_DIRECTORY_H

#include "services/gateway/core/backends.h"

#include <stdbool.h>

#define BACKEND_CANDIDATES_MAX     1024 /* of one role; what is listed beyond is left out */
#define BACKEND_LISTS_AGE_LIMIT_MS 3000 /* lists this old say nothing about who is gone */

struct backend_candidate {
    char url[BACKEND_URL_MAX];
    bool is_draining; /* takes no new work */
    uint32_t players; /* a spectator's viewers */
};

struct backend_list {
    uint32_t count;
    struct backend_candidate items[BACKEND_CANDIDATES_MAX];
};

struct backend_directory {
    struct backend_list roles[BACKEND_ROLES];
    uint64_t age_ms; /* since the lists were read */
};

void backend_directory_begin(struct backend_directory *directory, enum backend_role role);
void backend_directory_add(struct backend_directory *directory, enum backend_role role, const char *url,
                           bool is_draining, uint32_t players);

/* The first matchmaker that takes work; "" when there is none. */
const char *backend_directory_matchmaker(const struct backend_directory *directory);
/* The spectator with the fewest viewers of those that take work, the first of equals; "" when there is none. */
const char *backend_directory_spectator(const struct backend_directory *directory);

/* Whether a backend that was last heard silent_ms ago is lost: it was silent for lost_ms, and the registry lists it no
 * more (one that hangs is not listed either). While the registry is away silence alone decides, after three times
 * that, and for engines only: a spectator may have to wait out its delay, and sends nothing meanwhile. */
bool backend_directory_is_lost(const struct backend_directory *directory, const struct backend *backend,
                               uint64_t silent_ms, uint64_t lost_ms);

#endif
