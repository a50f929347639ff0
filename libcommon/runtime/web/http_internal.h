/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_internal.h - what http_server.c (connections, dispatch) and http_answer.c (answers) share; nobody else includes
 * it.
 *
 * An exchange is freed when both are true: its connection has gone (completed, or the server closed), and the handler
 * has answered it or was never called.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_WEB_HTTP_INTERNAL_H
#define MMA_LIBCOMMON_RUNTIME_WEB_HTTP_INTERNAL_H

#include "libcommon/runtime/web/http_match.h"
#include "libcommon/runtime/web/http_server.h"

#include <microhttpd.h>
#include <stdbool.h>

#define HTTP_HEADERS_MAX      8 /* set by a handler */
#define HTTP_ERROR_BYTES_MAX  2048
#define HTTP_HEADER_BYTES_MAX 256

struct http_exchange {
    struct http_server *server;        /* valid while the connection is there */
    struct MHD_Connection *connection; /* NULL: has gone */
    const struct http_route *route;    /* NULL: no such path, or not with this method */
    struct http_parameters parameters;
    struct trace_id trace;
    uint64_t started_us;
    uint8_t *body;
    size_t body_size; /* received; past HTTP_BODY_BYTES_MAX no longer stored */
    bool dispatched;  /* handed to the handler, or answered without one */
    bool suspended;   /* waits in libmicrohttpd for its answer */
    bool answered;    /* by the handler */
    unsigned http_status;
    struct MHD_Response *response;
    size_t header_count;
    char *headers[HTTP_HEADERS_MAX][2];
    struct http_exchange *previous, *next; /* in the server's list while connection is there */
};

/* Keeps response for the connection, which goes on. Takes response; may free the exchange. */
void http_exchange_answer(struct http_exchange *exchange, unsigned http_status, struct MHD_Response *response);
void http_exchange_free(struct http_exchange *exchange);

/* Has libmicrohttpd look at a resumed connection: without a thread of its own it does not wake itself (0.9.75). */
void http_server_wake(struct http_server *server);

/* {"code":…} as a response; NULL when out of memory. */
struct MHD_Response *http_error_response(unsigned http_status, const char *reason, const char *field,
                                         const char *message);

#endif
