/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_server.h - HTTP/1.1 on the loop's thread: libmicrohttpd in external epoll mode on a uv_poll.
 *
 * A route's handler gets a whole request (bodies up to body_bytes_max) and answers at once or later from the same
 * thread; each exchange must be answered exactly once, also after http_server_close. An exchange lives until it is
 * answered; if the client has gone meanwhile the answer is dropped. Errors have the shape of docs/protocol.md:
 * {"code": 5, "message": "...", "details": [{"reason": "TICKET_NOT_FOUND", "field": "..."}]}.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_WEB_HTTP_SERVER_H
#define MMA_LIBCOMMON_RUNTIME_WEB_HTTP_SERVER_H

#include "libcommon/base/status.h"
#include "libcommon/runtime/telemetry/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define HTTP_BODY_BYTES_MAX 65536

struct http_server;
struct http_exchange;

typedef void http_handler(void *owner, struct http_exchange *exchange);

struct http_route {
    const char *method; /* GET also answers HEAD */
    const char
        *pattern; /* "/v1/tickets/{id}", "/v1/tickets/{id}:accept"; a parameter is not empty and has no '/' or ':' */
    http_handler *handler;
};

struct http_server_options {
    const char *host; /* address to bind, "0.0.0.0" or "127.0.0.1" */
    uint16_t port;    /* 0: any free one */
    bool reuse_port;  /* SO_REUSEPORT: workers of one daemon share the port */
    const struct http_route *routes;
    size_t route_count;
    void *owner; /* borrowed, handed to the handlers */
};

/* STATUS_EXISTS: the port is taken. INVALID: host is not a numeric address of this machine. UNAUTHORIZED: the port is
 * not ours to take. */
MUST_USE enum status http_server_open(uv_loop_t *loop, const struct http_server_options *options,
                                      struct http_server **out_server);
/* Waiting clients get 503; what their handlers answer later is dropped. Not from a handler; takes NULL. */
void http_server_close(struct http_server *server);
uint16_t http_server_port(const struct http_server *server);

const char *http_parameter(const struct http_exchange *exchange, const char *name); /* of the pattern; NULL: none */
const char *http_query(const struct http_exchange *exchange, const char *name);     /* NULL: absent */
const char *http_header(const struct http_exchange *exchange, const char *name);    /* NULL: absent */
const uint8_t *http_body(const struct http_exchange *exchange, size_t *out_size);
struct trace_id http_trace(const struct http_exchange *exchange); /* of traceparent, or a new one */

void http_set_header(struct http_exchange *exchange, const char *name, const char *value); /* before the answer */
void http_respond(struct http_exchange *exchange, unsigned http_status, const char *content_type, const void *body,
                  size_t size);
/* field may be NULL. code is the gRPC code that goes with http_status: 400→3, 401→16, 403→7, 404→5, 409→6, 429→8, ...
 */
void http_respond_error(struct http_exchange *exchange, unsigned http_status, const char *reason, const char *field,
                        const char *message);
/* etag is without quotes. Answers with a file that never changes: ETag, Last-Modified, Range (206/416), If-None-Match
 * (304), Cache-Control immutable. Takes file_descriptor. */
void http_respond_file(struct http_exchange *exchange, int file_descriptor, const char *content_type, const char *etag);

#endif
