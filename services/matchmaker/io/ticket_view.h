/* SPDX-License-Identifier: Apache-2.0 */
/* ticket_view.h - a core ticket as the message that others see. */
#ifndef MMA_MATCHMAKER_TICKET_VIEW_H
#define MMA_MATCHMAKER_TICKET_VIEW_H

#include "proto/ticket.pb-c.h"
#include "services/matchmaker/io/service.h"

/* What the assignment is for: the token is not kept, and clients of the HTTP API are told a gateway as well. */
enum ticket_audience { TICKET_FOR_GATEWAY, TICKET_FOR_HTTP, TICKET_FOR_STORE };

/* The message and what it points to; void once the ticket changes. Do not move it. */
struct ticket_view {
    Mma__Ticket message;
    Mma__Assignment assignment;
    Mma__RegionLatency rows[REGION_COUNT];
    Mma__RegionLatency *row_pointers[REGION_COUNT];
    char token[JWT_BYTES_MAX];
};

void ticket_view_init(struct ticket_view *view, struct service *service, const struct ticket *ticket,
                      enum ticket_audience audience);

#endif
