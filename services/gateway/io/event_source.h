/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_source.h - the message that an event came with: what effects marked "the event's" are built from.
 *
 * Borrowed until the event's effects are carried out. NULL where an event came with none of the kind.
 */
#ifndef MMA_SERVICES_GATEWAY_IO_EVENT_SOURCE_H
#define MMA_SERVICES_GATEWAY_IO_EVENT_SOURCE_H

#include "proto/client.pb-c.h"
#include "proto/match.pb-c.h"
#include "proto/spectate.pb-c.h"

struct backend_reply; /* backend_messages.h */

struct event_source {
    const Mma__ClientMessage *message;
    const char *match_id; /* of the join token of message */
    const struct backend_reply *reply;
    const Mma__TicketUpdate *update;
    const Mma__MatchOver *over;
};

#endif
