/* SPDX-License-Identifier: Apache-2.0 */
/* ticket_returns.h - requests for tickets and their answers, by mailbox or over HTTP, and the updates of gateways. */
#ifndef MMA_SERVICES_MATCHMAKER_IO_TICKET_RETURNS_H
#define MMA_SERVICES_MATCHMAKER_IO_TICKET_RETURNS_H

#include "services/matchmaker/io/matchmaker_service.h"
#include "services/matchmaker/io/ticket_messages.h"

/* Gives the draft an id and hands it to the core. The answer goes to `to`, at once or later. */
void ticket_returns_create(struct matchmaker_service *service, struct ticket *draft, const struct ticket_return *to);

void ticket_returns_answer(struct matchmaker_service *service, const struct matchmaker_effect *effect);
void ticket_returns_refuse(struct matchmaker_service *service, const struct matchmaker_effect *effect);
void ticket_returns_update(struct matchmaker_service *service, const struct matchmaker_effect *effect);

/* A ticket as it is now. */
void ticket_returns_reply(struct matchmaker_service *service, const struct mailbox_return *to,
                          const struct ticket *ticket);
void ticket_returns_respond(struct matchmaker_service *service, struct http_exchange *exchange, unsigned http_status,
                            const struct ticket *ticket);
void ticket_returns_reply_refusal(struct matchmaker_service *service, const struct mailbox_return *to,
                                  enum status status);
void ticket_returns_respond_refusal(struct http_exchange *exchange, enum status status);

#endif
