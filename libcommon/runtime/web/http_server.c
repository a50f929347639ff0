/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/web/http_server.h"

#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/metrics.h"
#include "libcommon/runtime/telemetry/trace.h"
#include "libcommon/runtime/web/http_internal.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX      1024u
#define CONNECTION_BYTES_MAX ((size_t)32768) /* request line and headers; a request with more gets 431 */
#define IDLE_TIMEOUT_S       30u
#define BODY_DISCARD_BYTES_MAX                                                                                         \
    ((size_t)16 * HTTP_BODY_BYTES_MAX) /* read to the end so that the client gets to see its 413 */

struct http_server {
    uv_loop_t *loop;
    struct http_server_options options;
    struct MHD_Daemon *mhd;
    uv_poll_t poll;
    uv_timer_t timer; /* libmicrohttpd's next time-out */
    uv_idle_t again;  /* active while there is more to do at once */
    unsigned handles; /* not closed yet */
    uint16_t port;
    bool closing;
    bool resumed;                    /* a connection waits for the next run */
    struct http_exchange *exchanges; /* whose connection is there */
};

static struct metric requests_total = METRIC_COUNTER_INIT(
    "mma_http_requests_total", "HTTP requests answered, by route and class of status.", "route", "status");
static struct metric request_duration = METRIC_HISTOGRAM_INIT(
    "mma_http_request_duration_seconds",
    "From an HTTP request's headers to the end of its answer, long polls included.", metric_bounds_latency_s, "route");

static void register_metrics(void)
{
    static bool registered;
    if (!registered) {
        registered = true;
        metrics_register(&requests_total);
        metrics_register(&request_duration);
    }
}

/* ---- exchanges ----------------------------------------------------------------------------------- */

static void link_exchange(struct http_server *server, struct http_exchange *exchange)
{
    exchange->next = server->exchanges;
    if (exchange->next != NULL) {
        exchange->next->previous = exchange;
    }
    server->exchanges = exchange;
}

static void unlink_exchange(struct http_server *server, struct http_exchange *exchange)
{
    if (exchange->next != NULL) {
        exchange->next->previous = exchange->previous;
    }
    if (exchange->previous != NULL) {
        exchange->previous->next = exchange->next;
    } else {
        server->exchanges = exchange->next;
    }
    exchange->next = exchange->previous = NULL;
}

static bool method_matches(const struct http_route *route, const char *method)
{
    return strcmp(route->method, method) == 0 || (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

static const struct http_route *find_route(const struct http_server *server, const char *method, const char *path,
                                           struct http_parameters *out_parameters)
{
    for (size_t i = 0; i < server->options.route_count; i++) {
        const struct http_route *route = &server->options.routes[i];
        if (method_matches(route, method) && http_path_matches(route->pattern, path, out_parameters)) {
            return route;
        }
    }
    return NULL;
}

static struct http_exchange *create_exchange(struct http_server *server, struct MHD_Connection *connection,
                                             const char *method, const char *path)
{
    struct http_exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL) {
        return NULL;
    }
    exchange->server = server;
    exchange->connection = connection;
    exchange->started_us = clock_monotonic_us();
    exchange->route = find_route(server, method, path, &exchange->parameters);
    const char *traceparent = http_header(exchange, "traceparent");
    if (traceparent == NULL || trace_parse(traceparent, &exchange->trace) != STATUS_OK) {
        exchange->trace = trace_new();
    }
    link_exchange(server, exchange);
    return exchange;
}

/* False: no memory, or a body so long that reading on is of no use. */
static bool append_body(struct http_exchange *exchange, const char *bytes, size_t size)
{
    size_t before = exchange->body_size;
    exchange->body_size += size;
    if (exchange->body_size > HTTP_BODY_BYTES_MAX) {
        free(exchange->body);
        exchange->body = NULL;
        return exchange->body_size <= BODY_DISCARD_BYTES_MAX;
    }
    uint8_t *grown = realloc(exchange->body, exchange->body_size);
    if (grown == NULL) {
        return false;
    }
    memcpy(grown + before, bytes, size);
    exchange->body = grown;
    return true;
}

/* ---- dispatch ------------------------------------------------------------------------------------ */

/* Methods that path has, for the Allow header; empty when there is no such path. */
static void list_methods(const struct http_server *server, const char *path, char *out, size_t size)
{
    struct http_parameters parameters;
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < server->options.route_count && length < size; i++) {
        const struct http_route *route = &server->options.routes[i];
        if (http_path_matches(route->pattern, path, &parameters)) {
            const char *head = strcmp(route->method, "GET") == 0 ? ", HEAD" : "";
            int written = snprintf(out + length, size - length, "%s%s%s", length ? ", " : "", route->method, head);
            length += (size_t)written;
        }
    }
}

static void answer_without_route(struct http_server *server, struct http_exchange *exchange, const char *path)
{
    char methods[HTTP_HEADER_BYTES_MAX];
    list_methods(server, path, methods, sizeof methods);
    if (!methods[0]) {
        http_respond_error(exchange, 404, "PATH_NOT_FOUND", NULL, "there is nothing at this path");
        return;
    }
    http_set_header(exchange, "Allow", methods);
    http_respond_error(exchange, 405, "METHOD_NOT_ALLOWED", NULL, "this path does not take this method");
}

static void dispatch(struct http_server *server, struct http_exchange *exchange, const char *path)
{
    exchange->dispatched = true;
    if (server->closing) {
        http_respond_error(exchange, 503, "SHUTTING_DOWN", NULL, "this server is shutting down");
    } else if (exchange->route == NULL) {
        answer_without_route(server, exchange, path);
    } else if (exchange->body_size > HTTP_BODY_BYTES_MAX) {
        http_respond_error(exchange, 413, "BODY_TOO_LARGE", NULL, "the body is longer than 65536 bytes");
    } else {
        exchange->route->handler(server->options.owner, exchange);
    }
}

/* libmicrohttpd calls this at the headers, for each piece of the body, at the request's end, and after a resume. */
static enum MHD_Result on_request(void *owner, struct MHD_Connection *connection, const char *path, const char *method,
                                  const char *version, const char *piece, size_t *piece_size, void **context)
{
    struct http_server *server = owner;
    struct http_exchange *exchange = *context;
    (void)version;
    if (exchange == NULL) {
        *context = create_exchange(server, connection, method, path);
        return *context ? MHD_YES : MHD_NO;
    }
    if (*piece_size > 0) {
        bool stored = append_body(exchange, piece, *piece_size);
        *piece_size = 0;
        return stored ? MHD_YES : MHD_NO;
    }
    if (!exchange->dispatched) {
        dispatch(server, exchange, path);
    }
    if (exchange->response != NULL) {
        return MHD_queue_response(connection, exchange->http_status, exchange->response);
    }
    exchange->suspended = true;
    MHD_suspend_connection(connection);
    return MHD_YES;
}

static void count_request(const struct http_exchange *exchange)
{
    char status_class[4] = {(char)('0' + exchange->http_status / 100 % 10), 'x', 'x', '\0'};
    const char *route = exchange->route != NULL ? exchange->route->pattern : "none";
    double seconds = (double)(clock_monotonic_us() - exchange->started_us) / 1e6;
    metric_add(&requests_total, 1, route, status_class);
    metric_observe(&request_duration, seconds, route, NULL);
}

static void on_completed(void *owner, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    struct http_exchange *exchange = *context;
    (void)connection;
    (void)code;
    if (exchange == NULL) {
        return;
    }
    *context = NULL;
    unlink_exchange(owner, exchange);
    exchange->connection = NULL;
    if (exchange->response != NULL) {
        count_request(exchange);
    }
    if (exchange->answered || !exchange->dispatched) {
        http_exchange_free(exchange);
    }
}

/* ---- the loop ------------------------------------------------------------------------------------ */

static void on_timer_due(uv_timer_t *timer);

static void run(struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    server->resumed = false;
    MHD_run(server->mhd);
    bool has_timeout = MHD_get_timeout(server->mhd, &timeout_ms) == MHD_YES;
    uv_timer_stop(&server->timer);
    uv_idle_stop(&server->again);
    if (server->resumed || (has_timeout && timeout_ms == 0)) {
        http_server_wake(server);
    } else if (has_timeout) {
        uv_timer_start(&server->timer, on_timer_due, timeout_ms, 0);
    }
}

static void on_timer_due(uv_timer_t *timer)
{
    run(timer->data);
}

static void on_idle(uv_idle_t *idle)
{
    run(idle->data);
}

/* Once an iteration of the loop: a timer of 0 ms would be served over and over within one (libuv 1.44), to the harm of
 * all others on the loop. */
void http_server_wake(struct http_server *server)
{
    server->resumed = true;
    uv_idle_start(&server->again, on_idle);
}

static void on_poll_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run(poll->data);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct http_server *server = handle->data;
    if (--server->handles == 0) {
        free(server);
    }
}

/* ---- open and close ------------------------------------------------------------------------------ */

static enum status status_of_errno(int error)
{
    switch (error) {
    case EADDRINUSE:
        return STATUS_EXISTS;
    case EADDRNOTAVAIL:
        return STATUS_INVALID;
    case EACCES:
    case EPERM:
        return STATUS_UNAUTHORIZED;
    default:
        return STATUS_IO;
    }
}

static enum status bind_and_listen(int descriptor, const struct addrinfo *address, bool reuse_port)
{
    int on = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (reuse_port) {
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    }
    if (bind(descriptor, address->ai_addr, address->ai_addrlen) != 0 || listen(descriptor, SOMAXCONN) != 0) {
        return status_of_errno(errno);
    }
    return STATUS_OK;
}

static enum status open_listener(const struct http_server_options *options, int *out_descriptor)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *address;
    char port[8];
    snprintf(port, sizeof port, "%u", options->port);
    if (getaddrinfo(options->host, port, &hints, &address) != 0) {
        return STATUS_INVALID;
    }
    enum status status = STATUS_IO;
    int descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor >= 0) {
        status = bind_and_listen(descriptor, address, options->reuse_port);
    }
    freeaddrinfo(address);
    if (status != STATUS_OK && descriptor >= 0) {
        close(descriptor);
    }
    if (status == STATUS_OK) {
        *out_descriptor = descriptor;
    }
    return status;
}

static uint16_t port_of(int descriptor)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {.v6 = {0}};
    socklen_t size = sizeof address;
    REQUIRE(getsockname(descriptor, &address.any, &size) == 0);
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

static void on_mhd_panic(void *owner, const char *file, unsigned line, const char *reason)
{
    (void)owner;
    status_require_failed(reason != NULL ? reason : "libmicrohttpd", file, (int)line);
}

static struct MHD_Daemon *start_mhd(struct http_server *server, int listener)
{
    MHD_set_panic_func(on_mhd_panic, NULL);
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, server,
                            MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
                            MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            CONNECTION_BYTES_MAX, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_TIMEOUT_S, MHD_OPTION_END);
}

static void watch(struct http_server *server)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->mhd, MHD_DAEMON_INFO_EPOLL_FD);
    REQUIRE(info && info->epoll_fd >= 0);
    REQUIRE(uv_poll_init(server->loop, &server->poll, info->epoll_fd) == 0);
    uv_timer_init(server->loop, &server->timer);
    uv_idle_init(server->loop, &server->again);
    server->poll.data = server->timer.data = server->again.data = server;
    server->handles = 3;
    uv_poll_start(&server->poll, UV_READABLE, on_poll_readable);
}

enum status http_server_open(uv_loop_t *loop, const struct http_server_options *options,
                             struct http_server **out_server)
{
    REQUIRE(options->routes != NULL && options->route_count > 0);
    int listener = -1;
    enum status status = open_listener(options, &listener);
    if (status != STATUS_OK) {
        return status;
    }
    struct http_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        status = STATUS_NO_MEMORY;
        goto fail;
    }
    server->loop = loop;
    server->options = *options;
    server->port = port_of(listener);
    server->mhd = start_mhd(server, listener);
    if (server->mhd == NULL) {
        status = STATUS_IO;
        goto fail;
    }
    register_metrics();
    watch(server);
    *out_server = server;
    return STATUS_OK;
fail:
    free(server);
    close(listener);
    return status;
}

/* Waiting clients get an error; their exchanges live on until their handlers answer. */
static void abandon_exchanges(struct http_server *server)
{
    for (struct http_exchange *exchange = server->exchanges; exchange; exchange = exchange->next) {
        if (!exchange->suspended) {
            continue;
        }
        exchange->http_status = 503;
        exchange->response = http_error_response(503, "SHUTTING_DOWN", NULL, "this server is shutting down");
        exchange->suspended = false;
        MHD_resume_connection(exchange->connection);
    }
}

void http_server_close(struct http_server *server)
{
    if (server == NULL || server->closing) {
        return;
    }
    server->closing = true;
    abandon_exchanges(server);
    MHD_run(server->mhd); /* writes what has been answered in this iteration of the loop */
    MHD_run(server->mhd);
    uv_poll_stop(&server->poll);
    MHD_stop_daemon(server->mhd);
    uv_close((uv_handle_t *)&server->poll, on_handle_closed);
    uv_close((uv_handle_t *)&server->timer, on_handle_closed);
    uv_close((uv_handle_t *)&server->again, on_handle_closed);
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

/* ---- reading a request --------------------------------------------------------------------------- */

const char *http_parameter(const struct http_exchange *exchange, const char *name)
{
    return http_parameters_find(&exchange->parameters, name);
}

static const char *lookup(const struct http_exchange *exchange, enum MHD_ValueKind kind, const char *name)
{
    return exchange->connection != NULL ? MHD_lookup_connection_value(exchange->connection, kind, name) : NULL;
}

const char *http_query(const struct http_exchange *exchange, const char *name)
{
    return lookup(exchange, MHD_GET_ARGUMENT_KIND, name);
}

const char *http_header(const struct http_exchange *exchange, const char *name)
{
    return lookup(exchange, MHD_HEADER_KIND, name);
}

const uint8_t *http_body(const struct http_exchange *exchange, size_t *out_size)
{
    *out_size = exchange->body != NULL ? exchange->body_size : 0;
    return exchange->body;
}

struct trace_id http_trace(const struct http_exchange *exchange)
{
    return exchange->trace;
}
