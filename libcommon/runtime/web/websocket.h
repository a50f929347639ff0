/* SPDX-License-Identifier: Apache-2.0 */
/*
 * websocket.h - WebSocket connections on the loop, both roles: TCP, optional TLS (OpenSSL memory BIOs), HTTP/1.1 parsed
 * by llhttp, frames by wslay (RFC 6455). The server also answers plain HTTP GET through on_http. Loop's thread only.
 *
 * A message is binary or text up to message_bytes_max; a longer one closes with 1009. Fragments are joined. Pings are
 * answered; the server pings every ping_ms and drops a peer silent for idle_ms. Writes are queued: one uv_write holds
 * all frames queued in one iteration of the loop; websocket_queued tells how far the peer is behind.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_WEB_WEBSOCKET_H
#define MMA_LIBCOMMON_RUNTIME_WEB_WEBSOCKET_H

#include "libcommon/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct tls_context; /* tls.h */
struct websocket;
struct websocket_server;

/* The upgrade (or plain) request, borrowed during the call. */
struct websocket_request {
    const char *method;
    const char *path;          /* without query */
    const char *query;         /* "" when absent */
    const char *authorization; /* header's value, "" when absent */
    const char *origin;        /* "" when absent */
    const char *forwarded_for; /* "" when absent */
    const char *traceparent;   /* "" when absent */
    const char *if_none_match; /* "" when absent */
    const char *protocols;     /* Sec-WebSocket-Protocol as sent, "" when absent */
    const char *peer;          /* "address:port" */
};

struct websocket_answer {
    unsigned http_status;      /* 101 accepts; anything else is answered as plain HTTP and the connection closes */
    const char *protocol;      /* with 101: the chosen subprotocol, static, or NULL */
    void *owner;               /* with 101: the connection's */
    const char *content_type;  /* otherwise; static */
    const char *extra_headers; /* "Name: value\r\n..." or NULL; copied */
    const void *body;          /* copied */
    size_t body_size;
};

struct websocket_events {
    /* Message complete; bytes are borrowed. */
    void (*on_message)(void *owner, struct websocket *socket, bool binary, const uint8_t *bytes, size_t size);
    /* The queue has been written out after websocket_queued had been above 0 at an iteration's end. May be NULL. */
    void (*on_drained)(void *owner, struct websocket *socket);
    /* Client role: handshake done. protocol is what the server chose. */
    void (*on_open)(void *owner, struct websocket *socket, const char *protocol);
    /* Last call; the memory is gone after it. code: the close code received, sent, or 1006. */
    void (*on_closed)(void *owner, struct websocket *socket, uint16_t code);
};

struct websocket_server_options {
    const char *host;
    uint16_t port; /* 0: any free one */
    bool reuse_port;
    struct tls_context *tls; /* borrowed; NULL: plain */
    uint32_t message_bytes_max;
    uint32_t queue_bytes_max; /* a peer further behind is closed with 1013 */
    uint32_t connections_max;
    uint32_t handshake_ms, ping_ms, idle_ms;
    void *owner;
    struct websocket_events events; /* their owner is websocket_answer.owner */
    /* Decides about an upgrade request (is_upgrade) or answers a plain one. */
    void (*on_request)(void *owner, struct websocket *socket, const struct websocket_request *request, bool is_upgrade,
                       struct websocket_answer *answer);
};

MUST_USE enum status websocket_server_open(uv_loop_t *loop, const struct websocket_server_options *options,
                                           struct websocket_server **out_server);
void websocket_server_stop_listening(struct websocket_server *server); /* existing connections go on */
void websocket_server_close(struct websocket_server *server);          /* all connections end at once; takes NULL */
uint16_t websocket_server_port(const struct websocket_server *server);
size_t websocket_server_connections(const struct websocket_server *server);

struct websocket_client_options {
    const char *url;           /* ws:// or wss:// host:port/path?query */
    const char *protocols;     /* offered, comma separated */
    const char *authorization; /* "Bearer …" or NULL */
    struct tls_context *tls;   /* for wss */
    uint32_t message_bytes_max;
    void *owner;
    struct websocket_events events; /* on_closed alone when the handshake fails */
};

MUST_USE enum status websocket_connect(uv_loop_t *loop, const struct websocket_client_options *options,
                                       struct websocket **out_socket);

/* Copies. STATUS_FULL past queue_bytes_max, STATUS_CANCELLED when closing. */
MUST_USE enum status websocket_send(struct websocket *socket, bool binary, const void *bytes, size_t size);
size_t websocket_queued(const struct websocket *socket); /* bytes handed over and not yet taken by the kernel */
const char *websocket_peer(const struct websocket *socket);
uint64_t websocket_bytes_in(const struct websocket *socket);    /* WebSocket payload bytes received */
uint64_t websocket_bytes_out(const struct websocket *socket);   /* WebSocket payload bytes sent */
unsigned websocket_http_status(const struct websocket *socket); /* client: the handshake's answer; 0: none came */
/* Sends a close frame, then closes when answered or after 1 s; safe to call twice. reason up to 123 bytes. */
void websocket_close(struct websocket *socket, uint16_t code, const char *reason);

#endif
