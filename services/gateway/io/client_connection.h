/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_connection.h - one game client: its socket, its rates, and its session.
 *
 * Owner: the websocket server, through websocket_answer.owner; the memory is gone after on_closed. Whoever holds a
 * session's slot finds its client in gateway->clients.
 */
#ifndef MMA_SERVICES_GATEWAY_IO_CLIENT_CONNECTION_H
#define MMA_SERVICES_GATEWAY_IO_CLIENT_CONNECTION_H

#include "libcommon/base/token_bucket.h"
#include "services/gateway/core/flood.h"
#include "services/gateway/io/gateway.h"

struct client {
    struct gateway *gateway;
    struct websocket *socket;
    struct session *session; /* NULL once it has ended, while the socket closes */
    struct client *next_to_greet;
    enum client_encoding encoding;
    struct token_bucket frames, inputs, messages; /* frames: both together, taken before a frame is decoded */
    struct flood flood;
    struct trace_id trace;
    uint64_t opened_ms;
    bool is_closing; /* we have sent a close code: nothing is read or written any more */
    char address[ADDRESS_TEXT_MAX];
};

/*
 * For an accepted upgrade. claims NULL: authenticate must follow. The greeting goes out once the loop has sent the 101.
 * NULL: no room.
 */
struct client *client_open(struct gateway *gateway, struct websocket *socket, enum client_encoding encoding,
                           const char *address, struct trace_id trace, const struct jwt_claims *claims);
extern const struct websocket_events client_events;

/* Greets all that were accepted since the last call. */
void client_greet_all(struct gateway *gateway);
/* Closes those that have not said who they are in time. */
void client_sweep(struct gateway *gateway, uint64_t now_ms);

struct client *client_of(const struct gateway *gateway, const struct session *session);
struct client *client_find(const struct gateway *gateway, uint64_t session_id); /* NULL: gone */

/* All of these do nothing once the client is closing. */
void client_send(struct client *client, const Mma__ServerMessage *message);
void client_send_bytes(struct client *client, const uint8_t *bytes, size_t size);
void client_error(struct client *client, uint32_t cid, const char *code, const char *context, const char *message);
void client_close(struct client *client, uint16_t code, const char *reason);

#endif
