/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/web/websocket_internal.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENT_HANDSHAKE_MS    10000
#define CLIENT_QUEUE_BYTES_MAX (1u << 20)
#define REQUEST_BYTES_MAX      8192

/* What a client needs until it is open. Outlives its socket when the resolver is still at work. */
struct websocket_connecting {
    struct websocket *socket; /* NULL: given up */
    uv_connect_t connect;
    uv_getaddrinfo_t resolve;
    bool is_resolving;
    bool is_tls;
    char host[256], port[6];
    char accept[WEBSOCKET_ACCEPT_BYTES];
    char request[REQUEST_BYTES_MAX];
};

void websocket_connecting_destroy(struct websocket_connecting *connecting)
{
    if (connecting != NULL && connecting->is_resolving) {
        connecting->socket = NULL; /* freed by on_resolved */
    } else {
        free(connecting);
    }
}

/* ---- the URL and the request ----------------------------------------------------------------------- */

/* Splits ws[s]://host[:port][/path]; host may be a bracketed IPv6 address. */
static enum status parse_url(struct websocket_connecting *connecting, const char *url, const char **out_path)
{
    connecting->is_tls = strncmp(url, "wss://", 6) == 0;
    if (!connecting->is_tls && strncmp(url, "ws://", 5) != 0) {
        return STATUS_INVALID;
    }
    const char *host = url + (connecting->is_tls ? 6 : 5);
    bool is_bracketed = *host == '[';
    host += is_bracketed ? 1 : 0;
    size_t length = strcspn(host, is_bracketed ? "]/?" : ":/?");
    if (length == 0 || length >= sizeof connecting->host || (is_bracketed && host[length] != ']')) {
        return STATUS_INVALID;
    }
    memcpy(connecting->host, host, length);
    const char *rest = host + length + (is_bracketed ? 1 : 0);
    snprintf(connecting->port, sizeof connecting->port, "%s", connecting->is_tls ? "443" : "80");
    if (*rest == ':') {
        size_t digits = strspn(rest + 1, "0123456789");
        if (digits == 0 || digits >= sizeof connecting->port || strtol(rest + 1, NULL, 10) > UINT16_MAX) {
            return STATUS_INVALID;
        }
        snprintf(connecting->port, sizeof connecting->port, "%.*s", (int)digits, rest + 1);
        rest += 1 + digits;
    }
    if (*rest != 0 && *rest != '/') {
        return STATUS_INVALID;
    }
    *out_path = *rest ? rest : "/";
    return STATUS_OK;
}

static enum status write_request(struct websocket_connecting *connecting,
                                 const struct websocket_client_options *options, const char *path)
{
    unsigned char nonce[16];
    char key[WEBSOCKET_KEY_BYTES];
    if (RAND_bytes(nonce, sizeof nonce) != 1) {
        return STATUS_UNAVAILABLE;
    }
    REQUIRE(EVP_EncodeBlock((unsigned char *)key, nonce, sizeof nonce) == WEBSOCKET_KEY_BYTES - 1);
    websocket_accept_of(key, connecting->accept);
    const char *protocols = options->protocols != NULL ? options->protocols : "";
    const char *authorization = options->authorization != NULL ? options->authorization : "";
    bool is_v6 = strchr(connecting->host, ':') != NULL;
    int length = snprintf(connecting->request, sizeof connecting->request,
                          "GET %s HTTP/1.1\r\nHost: %s%s%s:%s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n%s%s%s%s%s%s\r\n",
                          path, is_v6 ? "[" : "", connecting->host, is_v6 ? "]" : "", connecting->port, key,
                          *protocols ? "Sec-WebSocket-Protocol: " : "", protocols, *protocols ? "\r\n" : "",
                          *authorization ? "Authorization: " : "", authorization, *authorization ? "\r\n" : "");
    return length > 0 && (size_t)length < sizeof connecting->request ? STATUS_OK : STATUS_TOO_LARGE;
}

/* ---- the way to open ------------------------------------------------------------------------------- */

static bool is_good_answer(const struct websocket *socket)
{
    const struct websocket_head *head = socket->head;
    const char *accept = head->values[WEBSOCKET_HEADER_ACCEPT];
    return socket->http_status == 101 && websocket_head_wants_upgrade(head) &&
           websocket_head_has_token(head->values[WEBSOCKET_HEADER_CONNECTION], "upgrade") && accept != NULL &&
           strcmp(accept, socket->connecting->accept) == 0;
}

static void on_client_head(struct websocket *socket, const uint8_t *rest, size_t size)
{
    char protocol[64] = "";
    socket->http_status = rest != NULL ? (uint16_t)llhttp_get_status_code(&socket->head->parser) : 0;
    if (rest == NULL || !is_good_answer(socket) || websocket_begin_frames(socket) != STATUS_OK) {
        websocket_drop(socket);
        return;
    }
    if (socket->head->values[WEBSOCKET_HEADER_PROTOCOL] != NULL) {
        snprintf(protocol, sizeof protocol, "%s", socket->head->values[WEBSOCKET_HEADER_PROTOCOL]);
    }
    websocket_connecting_destroy(socket->connecting);
    socket->connecting = NULL;
    websocket_become_open(socket);
    if (socket->events.on_open != NULL) {
        socket->events.on_open(socket->owner, socket, protocol);
    }
    if (size > 0 && (socket->state == WEBSOCKET_OPEN || socket->state == WEBSOCKET_CLOSING)) {
        websocket_frames_in(socket, rest, size);
    }
}

static void on_connected(uv_connect_t *request, int result)
{
    struct websocket *socket = request->data;
    if (socket->state == WEBSOCKET_GONE) {
        return;
    }
    const char *text = socket->connecting->request;
    if (result < 0 || websocket_start_reading(socket) != STATUS_OK ||
        websocket_say(socket, text, strlen(text)) != STATUS_OK) {
        websocket_drop(socket);
    }
}

static void connect_to(struct websocket *socket, const struct sockaddr *address)
{
    socket->connecting->connect.data = socket;
    if (uv_tcp_connect(&socket->connecting->connect, &socket->tcp, address, on_connected) < 0) {
        websocket_drop(socket);
    }
}

static void on_resolved(uv_getaddrinfo_t *request, int result, struct addrinfo *address)
{
    struct websocket_connecting *connecting = request->data;
    struct websocket *socket = connecting->socket;
    connecting->is_resolving = false;
    if (socket == NULL) {
        websocket_connecting_destroy(connecting);
    } else if (socket->state != WEBSOCKET_GONE) {
        if (result == 0 && address != NULL) {
            connect_to(socket, address->ai_addr);
        } else {
            websocket_drop(socket);
        }
    }
    uv_freeaddrinfo(address);
}

static void resolve(struct websocket *socket)
{
    struct websocket_connecting *connecting = socket->connecting;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    int port = (int)strtol(connecting->port, NULL, 10);
    if (uv_ip4_addr(connecting->host, port, &v4) == 0) {
        connect_to(socket, (const struct sockaddr *)&v4);
    } else if (uv_ip6_addr(connecting->host, port, &v6) == 0) {
        connect_to(socket, (const struct sockaddr *)&v6);
    } else {
        const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
        connecting->resolve.data = connecting;
        connecting->is_resolving = true;
        if (uv_getaddrinfo(socket->hub->loop, &connecting->resolve, on_resolved, connecting->host, connecting->port,
                           &hints) < 0) {
            connecting->is_resolving = false;
            websocket_drop(socket);
        }
    }
}

static void adopt_options(struct websocket *socket, const struct websocket_client_options *options)
{
    socket->owner = options->owner;
    socket->events = options->events;
    socket->on_head = on_client_head;
    socket->message_bytes_max = options->message_bytes_max;
    socket->queue_bytes_max = CLIENT_QUEUE_BYTES_MAX;
    socket->handshake_ms = CLIENT_HANDSHAKE_MS;
    snprintf(socket->peer, sizeof socket->peer, "%.50s:%s", socket->connecting->host, socket->connecting->port);
}

static enum status prepare(struct websocket *socket, const struct websocket_client_options *options)
{
    const char *path = NULL;
    socket->connecting = calloc(1, sizeof *socket->connecting);
    socket->head = malloc(sizeof *socket->head);
    if (socket->connecting == NULL || socket->head == NULL) {
        return STATUS_NO_MEMORY;
    }
    websocket_head_init(socket->head, false);
    socket->connecting->socket = socket;
    enum status status = parse_url(socket->connecting, options->url, &path);
    if (status == STATUS_OK) {
        status = write_request(socket->connecting, options, path);
    }
    if (status == STATUS_OK && socket->connecting->is_tls) {
        status = options->tls != NULL ? tls_stream_create(options->tls, socket->connecting->host, &socket->tls)
                                      : STATUS_INVALID;
    }
    return status;
}

enum status websocket_connect(uv_loop_t *loop, const struct websocket_client_options *options,
                              struct websocket **out_socket)
{
    REQUIRE(options->url != NULL);
    struct websocket_hub *hub = NULL;
    struct websocket *socket = NULL;
    enum status status = websocket_hub_acquire(loop, &hub);
    if (status != STATUS_OK) {
        return status;
    }
    status = websocket_create(hub, &socket);
    websocket_hub_release(hub); /* the socket holds its own reference */
    if (status != STATUS_OK) {
        return status;
    }
    status = prepare(socket, options);
    if (status != STATUS_OK) {
        websocket_drop(socket);
        return status;
    }
    adopt_options(socket, options);
    socket->owner_knows = true;
    resolve(socket);
    *out_socket = socket;
    return STATUS_OK;
}
