/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ticket_store.h - tickets in Redis, so that a matchmaker that starts again, or stands by, takes over the open ones.
 *
 * mma:ticket:<id> is JSON {"ticket": Ticket, "gateway": "tcp://...", "session_id": "123"} with a lifetime to a minute
 * past the ticket's expiry; the set mma:tickets:open has the ids of the open ones. While Redis is away nothing is
 * stored and matching goes on from memory.
 */
#ifndef MMA_MATCHMAKER_TICKET_STORE_H
#define MMA_MATCHMAKER_TICKET_STORE_H

#include "services/matchmaker/io/service.h"

void ticket_store_save(struct service *service, const struct ticket *ticket);

/* Takes over all open tickets that are not known here; sets service->restored once that is done. */
void ticket_store_restore(struct service *service);

#endif
