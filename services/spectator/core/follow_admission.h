/* SPDX-License-Identifier: Apache-2.0 */
/* follow_admission.h - inside of follow: viewers of a match that is followed, and their limits. */
#ifndef MMA_SERVICES_SPECTATOR_CORE_FOLLOW_ADMISSION_H
#define MMA_SERVICES_SPECTATOR_CORE_FOLLOW_ADMISSION_H

#include "services/spectator/core/follow.h"

/* Admits to a match that is followed, or refuses. A session that watches already is moved. */
void follow_admission_admit(struct follow *follow, struct follow_slot *slot,
                            const struct follow_viewer_request *request, uint64_t now_ms,
                            struct follow_effects *effects);

/* All who wait for the search of `from` watch `into`, which may be the same. */
void follow_admission_admit_waiters(struct follow *follow, struct follow_slot *from, struct follow_slot *into,
                                    uint64_t now_ms, struct follow_effects *effects);

/* Waits for the search, or is refused. */
void follow_admission_wait(struct follow_slot *slot, const struct follow_viewer_request *request,
                           struct follow_effects *effects);

/* For somebody who wants any match: the one with most viewers that still runs and has room; NULL. */
struct follow_slot *follow_admission_most_watched(const struct follow *follow);

/* NULL: this session watches nothing. */
struct viewer *follow_admission_find(const struct follow *follow, const char *gateway, uint64_t session);

#endif
