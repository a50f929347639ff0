/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_connection.h - one game client: its socket and the bytes that go out through it.
 *
 * Owner: the websocket server, through websocket_answer.owner; the memory is gone after on_closed. Whoever holds a
 * session's slot finds its client in gateway->clients, until the session has ended.
 */
#ifndef MMA_SERVICES_GATEWAY_IO_CLIENT_CONNECTION_H
#define MMA_SERVICES_GATEWAY_IO_CLIENT_CONNECTION_H

#include "services/gateway/io/gateway.h"

struct client {
    struct gateway *gateway;
    struct websocket *socket;
    struct session *session; /* NULL once it has ended, while the socket closes */
    enum client_encoding encoding;
    struct trace_id trace;
    bool is_closing; /* we have sent a close code: nothing is read or written any more */
    bool has_failed; /* is in the list of router_effects.c */
    struct client *next_failed;
    char address[ADDRESS_TEXT_MAX];
};

struct client *client_of(const struct gateway *gateway, const struct session *session);

/* False: out of memory. Both do nothing, and succeed, once the client is closing. */
MUST_USE bool client_send(struct client *client, const Mma__ServerMessage *message);
void client_send_bytes(struct client *client, const uint8_t *bytes, size_t size);

/* The session has ended. code GATEWAY_CLOSE_NONE: the socket is gone already. */
void client_close(struct client *client, enum gateway_close_code code, const char *reason);

#endif
