/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mailbox_api.h - what gateways and engines send by mailbox: CreateTicket, CancelTicket, and the publication MatchOver.
 *
 * Reasons of refusals: those of ticket_messages_refusal, and INVALID_INPUT, whose message names the field.
 */
#ifndef MMA_SERVICES_MATCHMAKER_IO_MAILBOX_API_H
#define MMA_SERVICES_MATCHMAKER_IO_MAILBOX_API_H

#include "services/matchmaker/io/matchmaker_service.h"

void mailbox_api_on_envelope(void *owner, const struct mailbox_envelope *envelope); /* owner: the service */

#endif
