/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mailbox_api.h - what gateways and engines ask by mailbox: CreateTicket, CancelTicket, and the news MatchOver.
 *
 * Reasons of refusals: INVALID_INPUT (the message names the field), TICKET_EXISTS, TICKET_NOT_FOUND, TICKET_CLOSED,
 * QUEUE_FULL, SHUTTING_DOWN.
 */
#ifndef MMA_MATCHMAKER_MAILBOX_API_H
#define MMA_MATCHMAKER_MAILBOX_API_H

#include "services/matchmaker/io/service.h"

void mailbox_api_on_envelope(void *owner, const struct mailbox_envelope *envelope); /* owner: the service */

/* Refusal of a new ticket as reason, for people, and HTTP status. */
struct ticket_refusal {
    const char *reason, *message;
    unsigned http_status;
};
struct ticket_refusal ticket_refusal_of(enum status status);

#endif
