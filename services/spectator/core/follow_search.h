/* SPDX-License-Identifier: Apache-2.0 */
/* follow_search.h - inside of follow: finding the engine that runs a match, and asking it again. */
#ifndef MMA_SERVICES_SPECTATOR_CORE_FOLLOW_SEARCH_H
#define MMA_SERVICES_SPECTATOR_CORE_FOLLOW_SEARCH_H

#include "services/spectator/core/follow.h"

/* Asks the next engine after the one asked last; with none left the search is over: nobody runs it. */
void follow_search_next(struct follow *follow, struct follow_slot *slot, const struct peer_list *engines,
                        struct follow_effects *effects);

/* Asks the engine that is followed for a new keyframe to go on from; gives the match up after too many in a row. */
void follow_search_resync(struct follow *follow, struct follow_slot *slot, uint64_t now_ms,
                          struct follow_effects *effects);

#endif
