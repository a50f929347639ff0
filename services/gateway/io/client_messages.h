/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_messages.h - the router's effects as messages to clients. No loop and no socket: client_codec.h makes their
 * bytes.
 */
#ifndef MMA_SERVICES_GATEWAY_IO_CLIENT_MESSAGES_H
#define MMA_SERVICES_GATEWAY_IO_CLIENT_MESSAGES_H

#include "services/gateway/core/router.h"
#include "services/gateway/io/event_source.h"

/* A message and all that it borrows but the event's source. Do not copy: it points into itself. */
struct client_message {
    Mma__ServerMessage message;
    union {
        Mma__Welcome welcome;
        Mma__Pong pong;
        Mma__Error error;
        Mma__MatchFound match_found;
        Mma__WatchEnded watch_ended;
    } body;
};

/* What a greeting and a pong say besides. */
struct client_message_facts {
    uint64_t unix_ms;
    uint32_t tick_rate_hz;
};

/* Of GATEWAY_SEND_WELCOME to GATEWAY_SEND_WATCH_ENDED. */
void client_messages_fill(const struct gateway_router *router, const struct gateway_effect *effect,
                          const struct event_source *source, const struct client_message_facts *facts,
                          struct client_message *out);

/* A line of chat for all that hear it. */
void client_messages_fill_chat(const Mma__Said *said, struct client_message *out);

#endif
