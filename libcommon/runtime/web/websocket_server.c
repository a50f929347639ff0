/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/web/websocket_internal.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LISTEN_BACKLOG    1024
#define OVER_LIMIT_SPARES 64 /* connections past the limit that are answered 503; more are closed at once */

struct websocket_server {
    uv_tcp_t listener;
    struct websocket_hub *hub;
    struct websocket_server_options options;
    size_t connections;
    uint16_t port;
    bool is_listening, is_listener_closed, is_closing;
};

/* ---- answers -------------------------------------------------------------------------------------- */

static bool answer_has_body(const struct websocket *socket, unsigned http_status)
{
    return http_status != 204 && http_status != 304 && strcmp(socket->head->method, "HEAD") != 0;
}

static enum status say_answer(struct websocket *socket, const struct websocket_answer *answer)
{
    char head[256];
    snprintf(head, sizeof head, "HTTP/1.1 %u %s\r\nConnection: close\r\nContent-Type: %s\r\nContent-Length: %zu\r\n",
             answer->http_status, websocket_http_reason(answer->http_status),
             answer->content_type != NULL ? answer->content_type : "text/plain; charset=utf-8", answer->body_size);
    socket->out.size = 0; /* frames sent by an owner who then refused */
    enum status status = websocket_say(socket, head, strlen(head));
    if (status == STATUS_OK && answer->extra_headers != NULL) {
        status = websocket_say(socket, answer->extra_headers, strlen(answer->extra_headers));
    }
    if (status == STATUS_OK) {
        status = websocket_say(socket, "\r\n", 2);
    }
    if (status == STATUS_OK && answer_has_body(socket, answer->http_status)) {
        status = websocket_say(socket, answer->body, answer->body_size);
    }
    return status;
}

static void answer_and_linger(struct websocket *socket, const struct websocket_answer *answer)
{
    if (say_answer(socket, answer) == STATUS_OK) {
        websocket_linger(socket);
    } else {
        websocket_drop(socket);
    }
}

static void refuse(struct websocket *socket, unsigned http_status)
{
    const char *reason = websocket_http_reason(http_status);
    const struct websocket_answer answer = {
        .http_status = http_status,
        .extra_headers = http_status == 426   ? "Sec-WebSocket-Version: 13\r\n"
                         : http_status == 503 ? "Retry-After: 1\r\n"
                                              : NULL,
        .body = reason,
        .body_size = strlen(reason),
    };
    answer_and_linger(socket, &answer);
}

static void accept_upgrade(struct websocket *socket, const struct websocket_answer *answer, const uint8_t *rest,
                           size_t size)
{
    char text[256], accept[WEBSOCKET_ACCEPT_BYTES];
    websocket_accept_of(socket->head->values[WEBSOCKET_HEADER_KEY], accept);
    int length = snprintf(text, sizeof text,
                          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Accept: %s\r\n%s%s%s\r\n",
                          accept, answer->protocol != NULL ? "Sec-WebSocket-Protocol: " : "",
                          answer->protocol != NULL ? answer->protocol : "", answer->protocol != NULL ? "\r\n" : "");
    REQUIRE(length > 0 && (size_t)length < sizeof text);
    socket->owner = answer->owner;
    if (websocket_buffer_prepend(&socket->out, text, (size_t)length) != STATUS_OK) {
        socket->owner_knows = true;
        websocket_drop(socket);
        return;
    }
    websocket_become_open(socket);
    if (size > 0) {
        websocket_frames_in(socket, rest, size);
    }
}

/* ---- requests ------------------------------------------------------------------------------------- */

static const char *value_or_empty(const struct websocket_head *head, enum websocket_header header)
{
    return head->values[header] != NULL ? head->values[header] : "";
}

static void ask_owner(struct websocket *socket, bool is_upgrade, struct websocket_answer *answer)
{
    const struct websocket_head *head = socket->head;
    const struct websocket_request request = {
        .method = head->method,
        .path = head->path,
        .query = head->query,
        .authorization = value_or_empty(head, WEBSOCKET_HEADER_AUTHORIZATION),
        .origin = value_or_empty(head, WEBSOCKET_HEADER_ORIGIN),
        .forwarded_for = value_or_empty(head, WEBSOCKET_HEADER_FORWARDED_FOR),
        .traceparent = value_or_empty(head, WEBSOCKET_HEADER_TRACEPARENT),
        .if_none_match = value_or_empty(head, WEBSOCKET_HEADER_IF_NONE_MATCH),
        .protocols = value_or_empty(head, WEBSOCKET_HEADER_PROTOCOL),
        .peer = socket->peer,
    };
    struct websocket_server *server = socket->server;
    server->options.on_request(server->options.owner, socket, &request, is_upgrade, answer);
}

static void on_server_head(struct websocket *socket, const uint8_t *rest, size_t size)
{
    if (rest == NULL) {
        refuse(socket, socket->head->http_error);
        return;
    }
    if (socket->over_limit) {
        refuse(socket, 503);
        return;
    }
    bool is_upgrade = websocket_head_wants_upgrade(socket->head);
    unsigned checked = is_upgrade ? websocket_head_check_upgrade(socket->head) : 0;
    if (is_upgrade && checked != 101) {
        refuse(socket, checked);
        return;
    }
    if (is_upgrade && websocket_begin_frames(socket) != STATUS_OK) {
        websocket_drop(socket);
        return;
    }
    struct websocket_answer answer = {.http_status = 404};
    ask_owner(socket, is_upgrade, &answer);
    if (is_upgrade && answer.http_status == 101) {
        accept_upgrade(socket, &answer, rest, size);
    } else {
        REQUIRE(answer.http_status != 101);
        answer_and_linger(socket, &answer);
    }
}

/* ---- connections ---------------------------------------------------------------------------------- */

static void name_peer(struct websocket *socket)
{
    struct sockaddr_storage storage = {0};
    int length = sizeof storage;
    char host[INET6_ADDRSTRLEN] = "?";
    if (uv_tcp_getpeername(&socket->tcp, (struct sockaddr *)&storage, &length) < 0) {
        snprintf(socket->peer, sizeof socket->peer, "unknown");
    } else if (storage.ss_family == AF_INET6) {
        const struct sockaddr_in6 *address = (const struct sockaddr_in6 *)&storage;
        uv_ip6_name(address, host, sizeof host);
        snprintf(socket->peer, sizeof socket->peer, "[%s]:%u", host, ntohs(address->sin6_port));
    } else {
        const struct sockaddr_in *address = (const struct sockaddr_in *)&storage;
        uv_ip4_name(address, host, sizeof host);
        snprintf(socket->peer, sizeof socket->peer, "%s:%u", host, ntohs(address->sin_port));
    }
}

static enum status begin_connection(struct websocket_server *server, struct websocket *socket)
{
    const struct websocket_server_options *options = &server->options;
    socket->events = options->events;
    socket->on_head = on_server_head;
    socket->message_bytes_max = options->message_bytes_max;
    socket->queue_bytes_max = options->queue_bytes_max;
    socket->handshake_ms = options->handshake_ms;
    socket->ping_ms = options->ping_ms;
    socket->idle_ms = options->idle_ms;
    socket->over_limit = server->connections > options->connections_max;
    name_peer(socket);
    socket->head = malloc(sizeof *socket->head);
    if (socket->head == NULL) {
        return STATUS_NO_MEMORY;
    }
    websocket_head_init(socket->head, true);
    enum status status = options->tls != NULL ? tls_stream_create(options->tls, NULL, &socket->tls) : STATUS_OK;
    return status == STATUS_OK ? websocket_start_reading(socket) : status;
}

static void on_connection(uv_stream_t *listener, int result)
{
    struct websocket_server *server = listener->data;
    struct websocket *socket = NULL;
    if (result < 0 || websocket_create(server->hub, &socket) != STATUS_OK) {
        return;
    }
    socket->server = server;
    server->connections++;
    if (uv_accept(listener, (uv_stream_t *)&socket->tcp) < 0 ||
        server->connections > (size_t)server->options.connections_max + OVER_LIMIT_SPARES ||
        begin_connection(server, socket) != STATUS_OK) {
        websocket_drop(socket);
    }
}

/* ---- the server ----------------------------------------------------------------------------------- */

static void free_when_done(struct websocket_server *server)
{
    if (server->is_closing && server->is_listener_closed && server->connections == 0) {
        websocket_hub_release(server->hub);
        free(server);
    }
}

void websocket_server_forget(struct websocket_server *server)
{
    REQUIRE(server->connections > 0);
    server->connections--;
    free_when_done(server);
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct websocket_server *server = handle->data;
    server->is_listener_closed = true;
    free_when_done(server);
}

/* By hand, because libuv 1.44 cannot set SO_REUSEPORT. */
static int bound_socket(const struct websocket_server_options *options)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *address = NULL;
    char port[8];
    int one = 1;
    snprintf(port, sizeof port, "%u", options->port);
    if (getaddrinfo(options->host, port, &hints, &address) != 0) {
        return -1;
    }
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool good = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
                (!options->reuse_port || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) == 0) &&
                bind(fd, address->ai_addr, address->ai_addrlen) == 0;
    freeaddrinfo(address);
    if (!good && fd >= 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static uint16_t port_of(const uv_tcp_t *tcp)
{
    struct sockaddr_storage storage = {0};
    int length = sizeof storage;
    if (uv_tcp_getsockname(tcp, (struct sockaddr *)&storage, &length) < 0) {
        return 0;
    }
    return ntohs(storage.ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)&storage)->sin6_port
                                               : ((const struct sockaddr_in *)&storage)->sin_port);
}

static enum status listen_on(struct websocket_server *server)
{
    int fd = bound_socket(&server->options);
    if (fd < 0) {
        return STATUS_IO;
    }
    if (uv_tcp_open(&server->listener, fd) < 0) {
        close(fd);
        return STATUS_IO;
    }
    if (uv_listen((uv_stream_t *)&server->listener, LISTEN_BACKLOG, on_connection) < 0) {
        return STATUS_IO;
    }
    server->port = port_of(&server->listener);
    return STATUS_OK;
}

enum status websocket_server_open(uv_loop_t *loop, const struct websocket_server_options *options,
                                  struct websocket_server **out_server)
{
    struct websocket_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        return STATUS_NO_MEMORY;
    }
    enum status status = websocket_hub_acquire(loop, &server->hub);
    if (status != STATUS_OK) {
        free(server);
        return status;
    }
    server->options = *options;
    REQUIRE(uv_tcp_init(loop, &server->listener) == 0);
    server->listener.data = server;
    server->is_listening = true;
    status = listen_on(server);
    server->options.host = NULL;
    if (status != STATUS_OK) {
        websocket_server_close(server);
        return status;
    }
    *out_server = server;
    return STATUS_OK;
}

void websocket_server_stop_listening(struct websocket_server *server)
{
    if (server->is_listening) {
        server->is_listening = false;
        uv_close((uv_handle_t *)&server->listener, on_listener_closed);
    }
}

void websocket_server_close(struct websocket_server *server)
{
    if (server == NULL) {
        return;
    }
    bool was_listener_closed = server->is_listener_closed;
    server->is_closing = true;
    websocket_server_stop_listening(server);
    for (struct websocket *socket = server->hub->sockets, *next; socket; socket = next) {
        next = socket->next;
        if (socket->server == server) {
            websocket_drop(socket);
        }
    }
    if (was_listener_closed) {
        free_when_done(server);
    }
}

uint16_t websocket_server_port(const struct websocket_server *server)
{
    return server->port;
}

size_t websocket_server_connections(const struct websocket_server *server)
{
    return server->connections;
}
