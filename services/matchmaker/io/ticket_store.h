/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ticket_store.h - tickets in Redis, so that a matchmaker that starts again, or stands by, takes over the open ones.
 *
 * mma:ticket:<id> is a record (ticket_record.h), with a lifetime; the set mma:tickets:open has the ids of the open
 * ones. Both change in one step. While Redis is away nothing is stored and matching goes on from memory.
 */
#ifndef MMA_SERVICES_MATCHMAKER_IO_TICKET_STORE_H
#define MMA_SERVICES_MATCHMAKER_IO_TICKET_STORE_H

#include "services/matchmaker/io/matchmaker_service.h"

/* With STATUS_OK the core hears of the end. */
MUST_USE enum status ticket_store_save(struct matchmaker_service *service, uint32_t ticket_slot, uint64_t stamp);

/* With STATUS_OK the core hears of each open ticket, longest wait first, and of the end. */
MUST_USE enum status ticket_store_read_open(struct matchmaker_service *service);
void ticket_store_forget(struct matchmaker_service *service, const char *id); /* is no open one any more */

/* Looks for a ticket that is not here: closed before a restart, or another matchmaker's. Exactly once, when STATUS_OK
 * was returned; ticket is NULL when there is none, and stopping when there is nobody left to answer. */
typedef void ticket_store_found(void *owner, bool stopping, const struct ticket *ticket);
MUST_USE enum status ticket_store_find(struct matchmaker_service *service, const char *id, ticket_store_found *on_found,
                                       void *owner);

#endif
