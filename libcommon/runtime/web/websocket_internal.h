/* SPDX-License-Identifier: Apache-2.0 */
/*
 * websocket_internal.h - what the files behind websocket.h share; nobody else includes it.
 *
 * websocket_hub.c        what all connections of a loop share: read buffer, the flush before the loop sleeps, the tick
 * websocket.c            a connection: bytes in and out, TLS, frames, closing
 * websocket_handshake.c  HTTP texts: reading a head with llhttp, writing requests and answers
 * websocket_server.c     listening, deciding, upgrading
 * websocket_client.c     connecting, upgrading
 *
 * A connection's life: HANDSHAKE → OPEN → CLOSING → LINGERING → GONE. The owner hears of it only when it was OPEN, or
 * in the client role. Memory: a few hundred bytes and wslay's context; buffers exist while they hold bytes.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_WEB_WEBSOCKET_INTERNAL_H
#define MMA_LIBCOMMON_RUNTIME_WEB_WEBSOCKET_INTERNAL_H

#include "libcommon/runtime/web/tls.h"
#include "libcommon/runtime/web/websocket.h"

#include <llhttp.h>
#include <wslay/wslay.h>

#define WEBSOCKET_READ_BYTES   65536 /* the loop's shared read buffer */
#define WEBSOCKET_TICK_MS      100   /* grain of all time limits */
#define WEBSOCKET_CLOSE_MS     1000  /* answer to a close frame, and the peer's FIN */
#define WEBSOCKET_HEAD_MAX     8192  /* bytes of an HTTP head we keep */
#define WEBSOCKET_HEADERS_MAX  64
#define WEBSOCKET_ACCEPT_BYTES 29 /* base64 of SHA-1 and NUL */
#define WEBSOCKET_KEY_BYTES    25 /* base64 of 16 bytes and NUL */

/* ---- websocket_buffer: bytes on their way out -------------------------------------------------- */

struct websocket_buffer {
    uint8_t *bytes;
    size_t size, capacity;
};

MUST_USE enum status websocket_buffer_append(struct websocket_buffer *buffer, const void *bytes, size_t size);
MUST_USE enum status websocket_buffer_prepend(struct websocket_buffer *buffer, const void *bytes, size_t size);
void websocket_buffer_free(struct websocket_buffer *buffer);

/* ---- the HTTP head ----------------------------------------------------------------------------- */

enum websocket_header {
    WEBSOCKET_HEADER_UPGRADE,
    WEBSOCKET_HEADER_CONNECTION,
    WEBSOCKET_HEADER_KEY,
    WEBSOCKET_HEADER_VERSION,
    WEBSOCKET_HEADER_PROTOCOL,
    WEBSOCKET_HEADER_ACCEPT,
    WEBSOCKET_HEADER_AUTHORIZATION,
    WEBSOCKET_HEADER_ORIGIN,
    WEBSOCKET_HEADER_FORWARDED_FOR,
    WEBSOCKET_HEADER_TRACEPARENT,
    WEBSOCKET_HEADER_IF_NONE_MATCH,
    WEBSOCKET_HEADER_COUNT
};

/* A request's or answer's head while it is read. Texts are NUL-terminated; values[] NULL when absent. */
struct websocket_head {
    llhttp_t parser;
    unsigned http_error; /* what to answer when websocket_head_feed says so: 400, 414, 431 */
    unsigned header_count;
    int current; /* enum websocket_header of the value being read, or -1 */
    size_t mark; /* where the text being read begins */
    const char *path, *query, *method;
    const char *values[WEBSOCKET_HEADER_COUNT];
    size_t size;
    char text[WEBSOCKET_HEAD_MAX];
};

void websocket_head_init(struct websocket_head *head, bool is_request);
/*
 * STATUS_EMPTY: more is needed. STATUS_OK: the head is whole; *out_used bytes belong to it. STATUS_INVALID: see
 * http_error. The head must not move between calls.
 */
MUST_USE enum status websocket_head_feed(struct websocket_head *head, const uint8_t *bytes, size_t size,
                                         size_t *out_used);
bool websocket_head_has_token(const char *list, const char *token); /* in a comma list, whatever the case; NULL: no */
bool websocket_head_wants_upgrade(const struct websocket_head *head);
/* 101 when a request is a correct upgrade, else 400 or 426. */
unsigned websocket_head_check_upgrade(const struct websocket_head *head);
void websocket_accept_of(const char *key, char out[WEBSOCKET_ACCEPT_BYTES]);
const char *websocket_http_reason(unsigned http_status);

/* ---- the hub: what connections of one loop share ------------------------------------------------ */

struct websocket_hub {
    uv_loop_t *loop;
    struct websocket_hub *next;
    size_t references;
    int open_handles;
    uv_idle_t
        flusher; /* runs while some connection has something to flush; idle, so that the loop never sleeps on it */
    uv_timer_t ticker; /* runs while there are connections */
    struct websocket *sockets;
    struct websocket *dirty;
    uint8_t wire[WEBSOCKET_READ_BYTES];  /* as read from the socket */
    uint8_t plain[WEBSOCKET_READ_BYTES]; /* decrypted */
};

MUST_USE enum status websocket_hub_acquire(uv_loop_t *loop, struct websocket_hub **out_hub);
void websocket_hub_release(struct websocket_hub *hub);
void websocket_hub_add(struct websocket_hub *hub, struct websocket *socket);
void websocket_hub_remove(struct websocket_hub *hub, struct websocket *socket);
void websocket_hub_mark(struct websocket_hub *hub, struct websocket *socket); /* flush before the loop sleeps */

/* ---- the connection ---------------------------------------------------------------------------- */

enum websocket_state {
    WEBSOCKET_HANDSHAKE, /* TCP, TLS and HTTP */
    WEBSOCKET_OPEN,
    WEBSOCKET_CLOSING,   /* a close frame went out, or came in */
    WEBSOCKET_LINGERING, /* everything is said: flush, FIN, wait for the peer's */
    WEBSOCKET_GONE       /* uv_close called */
};

/* How the two roles go on when a head is whole. */
typedef void websocket_on_head(struct websocket *socket, const uint8_t *rest, size_t size);

struct websocket {
    uv_tcp_t tcp;
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct websocket_hub *hub;
    struct websocket *next, *previous; /* hub->sockets */
    struct websocket *next_dirty;
    struct websocket_server *server;         /* NULL: client role */
    struct websocket_head *head;             /* during the handshake only */
    struct websocket_connecting *connecting; /* client, during the handshake only */
    websocket_on_head *on_head;
    struct tls_stream *tls;
    wslay_event_context_ptr frames;
    void *owner;
    struct websocket_events events;
    struct websocket_buffer out;  /* said, plain, not yet written */
    struct websocket_buffer wire; /* being written */
    const uint8_t *input;         /* what wslay reads now */
    size_t input_size;
    uint64_t bytes_in, bytes_out;
    uint64_t heard_ms, pinged_ms, written_ms;
    uint64_t state_ms; /* since when in this state */
    size_t queue_bytes_max;
    uint32_t message_bytes_max, handshake_ms, ping_ms, idle_ms;
    enum websocket_state state;
    uint16_t close_code; /* first one sent or received; 0: none */
    uint16_t http_status;
    bool is_dirty, is_writing, is_behind, is_fin_sent, owner_knows, over_limit;
    char peer[64];
};

/* A connection in state HANDSHAKE, its tcp handle initialised, in the hub. */
MUST_USE enum status websocket_create(struct websocket_hub *hub, struct websocket **out_socket);
MUST_USE enum status websocket_start_reading(struct websocket *socket);
MUST_USE enum status websocket_say(struct websocket *socket, const void *bytes, size_t size); /* raw, before frames */
MUST_USE enum status websocket_begin_frames(struct websocket *socket); /* makes wslay's context */
void websocket_become_open(struct websocket *socket);                  /* frees the head */
void websocket_frames_in(struct websocket *socket, const uint8_t *bytes, size_t size);
void websocket_flush(struct websocket *socket);
void websocket_tick(struct websocket *socket, uint64_t now_ms);
void websocket_linger(struct websocket *socket);
void websocket_drop(struct websocket *socket); /* at once; on_closed follows from the loop */
void websocket_set_state(struct websocket *socket, enum websocket_state state);
void websocket_connecting_destroy(struct websocket_connecting *connecting); /* takes NULL */
void websocket_server_forget(struct websocket_server *server);              /* one connection less */

#endif
