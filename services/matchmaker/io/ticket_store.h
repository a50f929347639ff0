/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ticket_store.h - tickets in Redis, so that a matchmaker that starts again, or stands by, takes over the open ones.
 *
 * mma:ticket:<id> is JSON {"ticket": Ticket without its assignment, "gateway": "tcp://...", "session_id": "123",
 * "match_id": "...", "engine": "tcp://...", "region": "eu_west"}, the last three empty until COMPLETED, with a lifetime
 * to a minute past the ticket's expiry; the set mma:tickets:open has the ids of the open ones. While Redis is away
 * nothing is stored and matching goes on from memory.
 */
#ifndef MMA_MATCHMAKER_TICKET_STORE_H
#define MMA_MATCHMAKER_TICKET_STORE_H

#include "services/matchmaker/io/service.h"

void ticket_store_save(struct service *service, const struct ticket *ticket);

/* Takes over all open tickets that are not known here; sets service->restored once that is done. */
void ticket_store_restore(struct service *service);

/* Looks for a ticket that is not here: closed before a restart, or another matchmaker's. Exactly once, when STATUS_OK
 * was returned; ticket is NULL when there is none, and stopping when there is nobody left to answer. */
typedef void ticket_store_found(void *owner, bool stopping, const struct ticket *ticket);
MUST_USE enum status ticket_store_find(struct service *service, const char *id, ticket_store_found *on_found,
                                       void *owner);

#endif
