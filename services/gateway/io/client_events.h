/* SPDX-License-Identifier: Apache-2.0 */
/* client_events.h - what happens on clients' sockets, as the router's events. */
#ifndef MMA_SERVICES_GATEWAY_IO_CLIENT_EVENTS_H
#define MMA_SERVICES_GATEWAY_IO_CLIENT_EVENTS_H

#include "services/gateway/io/client_connection.h"

/*
 * For an accepted upgrade. claims NULL: authenticate must follow. The greeting goes out once the loop has sent the 101.
 * NULL: no room.
 */
struct client *client_events_open(struct gateway *gateway, struct websocket *socket, enum client_encoding encoding,
                                  const char *address, struct trace_id trace, const struct jwt_claims *claims);

extern const struct websocket_events client_events;

#endif
