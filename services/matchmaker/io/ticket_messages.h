/* SPDX-License-Identifier: Apache-2.0 */
/* ticket_messages.h - tickets as the messages that others see, and their requests as drafts. No loop here. */
#ifndef MMA_SERVICES_MATCHMAKER_IO_TICKET_MESSAGES_H
#define MMA_SERVICES_MATCHMAKER_IO_TICKET_MESSAGES_H

#include "libcommon/runtime/auth/jwt.h"
#include "libcommon/runtime/telemetry/log.h"
#include "proto/ticket.pb-c.h"
#include "services/matchmaker/core/matchmaker.h"
#include "services/matchmaker/core/ticket_draft.h"

/* What the assignment is for: the token is not stored, and clients of the HTTP API get a gateway's address as well. */
enum ticket_audience { TICKET_FOR_GATEWAY, TICKET_FOR_HTTP, TICKET_FOR_STORE };

struct ticket_view_context {
    const struct matchmaker *core;
    const struct jwt_keys *join_keys;
    struct matchmaker_clock clock;
    enum ticket_audience audience;
    const char *gateway_address; /* TICKET_FOR_HTTP: where the player connects to; "": there is none */
};

/* The message and what it points to; void once the ticket changes. Do not move it. */
struct ticket_view {
    Mma__Ticket message;
    Mma__Assignment assignment;
    Mma__RegionLatency rows[REGION_COUNT];
    Mma__RegionLatency *row_pointers[REGION_COUNT];
    char token[JWT_BYTES_MAX];
};

void ticket_messages_fill(struct ticket_view *out_view, const struct ticket_view_context *context,
                          const struct ticket *ticket);
void ticket_messages_fill_update(Mma__TicketUpdate *out_update, struct ticket_view *view, const struct ticket *ticket);

/* STATUS_INVALID sets out_error. Neither id nor gateway nor trace are set. */
MUST_USE enum status ticket_messages_draft(const struct matchmaker *core, const Mma__CreateTicket *message,
                                           const char *home_region, struct ticket *out_draft,
                                           struct ticket_draft_error *out_error);

/* Why there is no ticket, as reason, for people, and HTTP status: TICKET_EXISTS, TICKET_NOT_FOUND, TICKET_CLOSED,
 * QUEUE_FULL, SHUTTING_DOWN. */
struct ticket_refusal {
    const char *reason, *message;
    unsigned http_status;
};
struct ticket_refusal ticket_messages_refusal(enum status status);

struct trace_id ticket_messages_trace(const uint8_t bytes[16]);

#endif
