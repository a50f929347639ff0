/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/web/websocket_internal.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_FIRST_BYTES 512
#define BUFFER_KEPT_BYTES  16384 /* a written-out buffer larger than this is given back at once */
#define BUFFER_IDLE_MS     1000  /* any is given back when nothing was written for so long */

/* ---- websocket_buffer --------------------------------------------------------------------------- */

static enum status buffer_reserve(struct websocket_buffer *buffer, size_t more)
{
    if (buffer->capacity - buffer->size >= more) {
        return STATUS_OK;
    }
    size_t capacity = buffer->capacity ? buffer->capacity : BUFFER_FIRST_BYTES;
    while (capacity - buffer->size < more) {
        capacity *= 2;
    }
    uint8_t *bytes = realloc(buffer->bytes, capacity);
    if (bytes == NULL) {
        return STATUS_NO_MEMORY;
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return STATUS_OK;
}

enum status websocket_buffer_append(struct websocket_buffer *buffer, const void *bytes, size_t size)
{
    REQUIRE(bytes != NULL || size == 0);
    enum status status = buffer_reserve(buffer, size);
    if (status == STATUS_OK && size > 0) {
        memcpy(buffer->bytes + buffer->size, bytes, size);
        buffer->size += size;
    }
    return status;
}

enum status websocket_buffer_prepend(struct websocket_buffer *buffer, const void *bytes, size_t size)
{
    REQUIRE(bytes != NULL || size == 0);
    enum status status = buffer_reserve(buffer, size);
    if (status == STATUS_OK && size > 0) {
        memmove(buffer->bytes + size, buffer->bytes, buffer->size);
        memcpy(buffer->bytes, bytes, size);
        buffer->size += size;
    }
    return status;
}

void websocket_buffer_free(struct websocket_buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct websocket_buffer){0};
}

/* ---- life ---------------------------------------------------------------------------------------- */

enum status websocket_create(struct websocket_hub *hub, struct websocket **out_socket)
{
    struct websocket *socket = calloc(1, sizeof *socket);
    if (socket == NULL) {
        return STATUS_NO_MEMORY;
    }
    REQUIRE(uv_tcp_init(hub->loop, &socket->tcp) == 0);
    socket->tcp.data = socket->write.data = socket->shutdown.data = socket;
    socket->hub = hub;
    socket->heard_ms = socket->pinged_ms = socket->written_ms = socket->state_ms = uv_now(hub->loop);
    hub->references++;
    websocket_hub_add(hub, socket);
    *out_socket = socket;
    return STATUS_OK;
}

void websocket_set_state(struct websocket *socket, enum websocket_state state)
{
    REQUIRE(state > socket->state);
    socket->state = state;
    socket->state_ms = uv_now(socket->hub->loop);
}

static void on_tcp_closed(uv_handle_t *handle)
{
    struct websocket *socket = handle->data;
    struct websocket_hub *hub = socket->hub;
    if (socket->owner_knows) {
        socket->events.on_closed(socket->owner, socket, socket->close_code ? socket->close_code : 1006);
    }
    if (socket->server != NULL) {
        websocket_server_forget(socket->server);
    }
    wslay_event_context_free(socket->frames);
    tls_stream_destroy(socket->tls);
    websocket_connecting_destroy(socket->connecting);
    websocket_buffer_free(&socket->out);
    websocket_buffer_free(&socket->wire);
    free(socket->head);
    free(socket);
    websocket_hub_release(hub);
}

void websocket_drop(struct websocket *socket)
{
    if (socket->state == WEBSOCKET_GONE) {
        return;
    }
    websocket_set_state(socket, WEBSOCKET_GONE);
    websocket_hub_remove(socket->hub, socket);
    uv_close((uv_handle_t *)&socket->tcp, on_tcp_closed);
}

void websocket_linger(struct websocket *socket)
{
    if (socket->state < WEBSOCKET_LINGERING) {
        websocket_set_state(socket, WEBSOCKET_LINGERING);
        websocket_hub_mark(socket->hub, socket);
    }
}

/* ---- bytes out ------------------------------------------------------------------------------------ */

enum status websocket_say(struct websocket *socket, const void *bytes, size_t size)
{
    enum status status = websocket_buffer_append(&socket->out, bytes, size);
    websocket_hub_mark(socket->hub, socket);
    return status;
}

/* Moves what was said to the wire buffer, through TLS where there is. */
static enum status seal(struct websocket *socket)
{
    if (socket->tls == NULL) {
        struct websocket_buffer empty = socket->wire;
        socket->wire = socket->out;
        socket->out = empty;
        return STATUS_OK;
    }
    enum status status = STATUS_OK;
    if (socket->out.size > 0) {
        status = tls_stream_write(socket->tls, socket->out.bytes, socket->out.size);
        socket->out.size = 0;
    }
    size_t size = 1;
    while (status == STATUS_OK && size > 0) {
        status = buffer_reserve(&socket->wire, BUFFER_FIRST_BYTES);
        if (status == STATUS_OK) {
            struct websocket_buffer *wire = &socket->wire;
            size = tls_stream_drain(socket->tls, wire->bytes + wire->size, wire->capacity - wire->size);
            wire->size += size;
        }
    }
    return status;
}

static void on_shutdown(uv_shutdown_t *request, int result)
{
    struct websocket *socket = request->data;
    if (result < 0) {
        websocket_drop(socket);
    }
}

static void on_wire_empty(struct websocket *socket)
{
    socket->wire.size = 0;
    if (socket->out.bytes == NULL || socket->wire.capacity > BUFFER_KEPT_BYTES) {
        struct websocket_buffer spare = socket->wire;
        socket->wire = (struct websocket_buffer){0};
        if (socket->out.bytes == NULL && spare.capacity <= BUFFER_KEPT_BYTES) {
            socket->out = spare;
        } else {
            websocket_buffer_free(&spare);
        }
    }
    if (socket->is_behind && socket->out.size == 0) {
        socket->is_behind = false;
        if (socket->events.on_drained != NULL && socket->state == WEBSOCKET_OPEN) {
            socket->events.on_drained(socket->owner, socket);
        }
    }
    if (socket->state == WEBSOCKET_LINGERING && socket->out.size == 0 && !socket->is_fin_sent) {
        socket->is_fin_sent = true;
        if (uv_shutdown(&socket->shutdown, (uv_stream_t *)&socket->tcp, on_shutdown) < 0) {
            websocket_drop(socket);
        }
    }
}

static void on_written(uv_write_t *request, int result)
{
    struct websocket *socket = request->data;
    socket->is_writing = false;
    if (socket->state == WEBSOCKET_GONE) {
        return;
    }
    if (result < 0) {
        websocket_drop(socket);
        return;
    }
    on_wire_empty(socket);
    if (socket->out.size > 0) {
        websocket_hub_mark(socket->hub, socket);
    }
}

void websocket_flush(struct websocket *socket)
{
    if (socket->state == WEBSOCKET_GONE || socket->is_writing) {
        return;
    }
    if (seal(socket) != STATUS_OK) {
        websocket_drop(socket);
        return;
    }
    int written = 0;
    if (socket->wire.size > 0) {
        uv_buf_t buffer = uv_buf_init((char *)socket->wire.bytes, (unsigned)socket->wire.size);
        written = uv_try_write((uv_stream_t *)&socket->tcp, &buffer, 1);
        socket->written_ms = uv_now(socket->hub->loop);
    }
    if (written < 0 && written != UV_EAGAIN) {
        websocket_drop(socket);
        return;
    }
    size_t taken = written > 0 ? (size_t)written : 0;
    if (taken == socket->wire.size) {
        on_wire_empty(socket);
        return;
    }
    uv_buf_t rest = uv_buf_init((char *)socket->wire.bytes + taken, (unsigned)(socket->wire.size - taken));
    if (uv_write(&socket->write, (uv_stream_t *)&socket->tcp, &rest, 1, on_written) < 0) {
        websocket_drop(socket);
        return;
    }
    socket->is_writing = socket->is_behind = true;
}

/* ---- frames --------------------------------------------------------------------------------------- */

static ssize_t on_frames_want_bytes(wslay_event_context_ptr frames, uint8_t *out, size_t size, int flags, void *data)
{
    struct websocket *socket = data;
    (void)flags;
    if (socket->input_size == 0) {
        wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    size_t given = size < socket->input_size ? size : socket->input_size;
    memcpy(out, socket->input, given);
    socket->input += given;
    socket->input_size -= given;
    return (ssize_t)given;
}

static ssize_t on_frames_have_bytes(wslay_event_context_ptr frames, const uint8_t *bytes, size_t size, int flags,
                                    void *data)
{
    struct websocket *socket = data;
    (void)flags;
    if (websocket_buffer_append(&socket->out, bytes, size) != STATUS_OK) {
        wslay_event_set_error(frames, WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
    return (ssize_t)size;
}

static int on_frames_want_mask(wslay_event_context_ptr frames, uint8_t *out, size_t size, void *data)
{
    (void)data;
    if (RAND_bytes(out, (int)size) != 1) {
        wslay_event_set_error(frames, WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
    return 0;
}

static void on_frames_message(wslay_event_context_ptr frames, const struct wslay_event_on_msg_recv_arg *message,
                              void *data)
{
    struct websocket *socket = data;
    (void)frames;
    if (message->opcode == WSLAY_CONNECTION_CLOSE && socket->close_code == 0) {
        socket->close_code = message->status_code ? message->status_code : WSLAY_CODE_NO_STATUS_RCVD;
    }
    if (wslay_is_ctrl_frame(message->opcode) || socket->state != WEBSOCKET_OPEN) {
        return;
    }
    socket->bytes_in += message->msg_length;
    const uint8_t *bytes = message->msg_length > 0 ? message->msg : (const uint8_t *)"";
    socket->events.on_message(socket->owner, socket, message->opcode == WSLAY_BINARY_FRAME, bytes, message->msg_length);
}

enum status websocket_begin_frames(struct websocket *socket)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_frames_want_bytes,
        .send_callback = on_frames_have_bytes,
        .genmask_callback = on_frames_want_mask,
        .on_msg_recv_callback = on_frames_message,
    };
    int result = socket->server != NULL ? wslay_event_context_server_init(&socket->frames, &callbacks, socket)
                                        : wslay_event_context_client_init(&socket->frames, &callbacks, socket);
    if (result != 0) {
        socket->frames = NULL;
        return STATUS_NO_MEMORY;
    }
    wslay_event_config_set_max_recv_msg_length(socket->frames, socket->message_bytes_max);
    return STATUS_OK;
}

void websocket_become_open(struct websocket *socket)
{
    bool closes_already = wslay_event_get_close_sent(socket->frames) != 0;
    free(socket->head);
    socket->head = NULL;
    socket->owner_knows = true;
    socket->pinged_ms = socket->heard_ms = uv_now(socket->hub->loop);
    websocket_set_state(socket, closes_already ? WEBSOCKET_CLOSING : WEBSOCKET_OPEN);
    websocket_hub_mark(socket->hub, socket);
}

/* Lets wslay write the frames it holds into socket->out. */
static enum status pump(struct websocket *socket)
{
    if (wslay_event_send(socket->frames) != 0) {
        websocket_drop(socket);
        return STATUS_NO_MEMORY;
    }
    if (socket->out.size > 0 && socket->state != WEBSOCKET_HANDSHAKE) {
        websocket_hub_mark(socket->hub, socket);
    }
    return STATUS_OK;
}

/* wslay answers a broken frame header by a close frame without a code; RFC 6455 section 7.4.1 wants 1002. */
static void close_for_broken_frame(struct websocket *socket)
{
    static const uint8_t server_close[] = {0x88, 0x02, 0x03, 0xea};
    static const uint8_t client_close[] = {0x88, 0x82, 0, 0, 0, 0, 0x03, 0xea}; /* masked, with a mask of zeros */
    if (socket->state == WEBSOCKET_OPEN) {
        enum status status = socket->server != NULL ? websocket_say(socket, server_close, sizeof server_close)
                                                    : websocket_say(socket, client_close, sizeof client_close);
        if (status != STATUS_OK) {
            websocket_drop(socket);
            return;
        }
        socket->close_code = WSLAY_CODE_PROTOCOL_ERROR;
    }
    websocket_linger(socket);
}

void websocket_frames_in(struct websocket *socket, const uint8_t *bytes, size_t size)
{
    REQUIRE(bytes != NULL || size == 0);
    socket->input = bytes;
    socket->input_size = size;
    int result = wslay_event_recv(socket->frames);
    socket->input_size = 0;
    if (socket->state >= WEBSOCKET_LINGERING) {
        return;
    }
    if (result != 0) {
        close_for_broken_frame(socket);
        return;
    }
    if (pump(socket) != STATUS_OK) {
        return;
    }
    bool is_closed_by_wslay = socket->state == WEBSOCKET_OPEN && wslay_event_get_close_sent(socket->frames);
    if (is_closed_by_wslay && socket->close_code == 0) {
        socket->close_code = wslay_event_get_status_code_sent(socket->frames);
    }
    if (is_closed_by_wslay || !wslay_event_get_read_enabled(socket->frames)) {
        websocket_linger(socket);
    } else if (websocket_queued(socket) > socket->queue_bytes_max) { /* pongs that nobody reads */
        websocket_drop(socket);
    }
}

/* ---- bytes in ------------------------------------------------------------------------------------- */

static void plain_in(struct websocket *socket, const uint8_t *bytes, size_t size)
{
    if (socket->state == WEBSOCKET_OPEN || socket->state == WEBSOCKET_CLOSING) {
        websocket_frames_in(socket, bytes, size);
        return;
    }
    if (socket->state != WEBSOCKET_HANDSHAKE) {
        return;
    }
    size_t used = 0;
    enum status status = websocket_head_feed(socket->head, bytes, size, &used);
    if (status == STATUS_OK) {
        socket->on_head(socket, bytes + used, size - used);
    } else if (status != STATUS_EMPTY) {
        socket->on_head(socket, NULL, 0);
    }
}

static void sealed_in(struct websocket *socket, const uint8_t *bytes, size_t size)
{
    struct websocket_hub *hub = socket->hub;
    enum status status = tls_stream_feed(socket->tls, bytes, size);
    size_t plain = 1;
    while (status == STATUS_OK && plain > 0 && socket->state < WEBSOCKET_LINGERING) {
        plain = tls_stream_read(socket->tls, hub->plain, sizeof hub->plain);
        if (plain > 0) {
            plain_in(socket, hub->plain, plain);
        }
    }
    if (status != STATUS_OK || tls_stream_is_over(socket->tls)) {
        websocket_linger(socket); /* an alert may still go out */
    }
    if (socket->state != WEBSOCKET_GONE) {
        websocket_hub_mark(hub, socket);
    }
}

static void on_tcp_wants_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct websocket *socket = handle->data;
    (void)suggested;
    *buffer = uv_buf_init((char *)socket->hub->wire, sizeof socket->hub->wire);
}

static void on_tcp_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct websocket *socket = stream->data;
    if (size < 0) {
        websocket_drop(socket);
        return;
    }
    if (size == 0) {
        return;
    }
    socket->heard_ms = uv_now(socket->hub->loop);
    if (socket->tls != NULL) {
        sealed_in(socket, (const uint8_t *)buffer->base, (size_t)size);
    } else {
        plain_in(socket, (const uint8_t *)buffer->base, (size_t)size);
    }
}

enum status websocket_start_reading(struct websocket *socket)
{
    uv_tcp_nodelay(&socket->tcp, 1);
    return uv_read_start((uv_stream_t *)&socket->tcp, on_tcp_wants_buffer, on_tcp_read) == 0 ? STATUS_OK : STATUS_IO;
}

/* ---- time ----------------------------------------------------------------------------------------- */

static void tick_open(struct websocket *socket, uint64_t now_ms)
{
    if (socket->idle_ms > 0 && now_ms - socket->heard_ms > socket->idle_ms) {
        websocket_drop(socket);
        return;
    }
    if (socket->ping_ms > 0 && now_ms - socket->pinged_ms >= socket->ping_ms) {
        const struct wslay_event_msg ping = {.opcode = WSLAY_PING};
        socket->pinged_ms = now_ms;
        if (wslay_event_queue_msg(socket->frames, &ping) == 0) {
            (void)pump(socket);
        }
    }
}

void websocket_tick(struct websocket *socket, uint64_t now_ms)
{
    uint64_t age_ms = now_ms - socket->state_ms;
    if (!socket->is_writing && socket->out.size == 0 && now_ms - socket->written_ms > BUFFER_IDLE_MS) {
        websocket_buffer_free(&socket->out);
        websocket_buffer_free(&socket->wire);
    }
    switch (socket->state) {
    case WEBSOCKET_HANDSHAKE:
        if (age_ms > socket->handshake_ms) {
            websocket_drop(socket);
        }
        break;
    case WEBSOCKET_OPEN:
        tick_open(socket, now_ms);
        break;
    case WEBSOCKET_CLOSING:
    case WEBSOCKET_LINGERING:
        if (age_ms > WEBSOCKET_CLOSE_MS) {
            websocket_drop(socket);
        }
        break;
    case WEBSOCKET_GONE:
        break;
    }
}

/* ---- what owners call ----------------------------------------------------------------------------- */

static bool can_send(const struct websocket *socket)
{
    return socket->state == WEBSOCKET_OPEN || (socket->state == WEBSOCKET_HANDSHAKE && socket->frames != NULL &&
                                               !wslay_event_get_close_sent(socket->frames));
}

enum status websocket_send(struct websocket *socket, bool binary, const void *bytes, size_t size)
{
    REQUIRE(bytes != NULL || size == 0);
    if (!can_send(socket)) {
        return STATUS_CANCELLED;
    }
    size_t queued = websocket_queued(socket);
    if (queued > socket->queue_bytes_max || socket->queue_bytes_max - queued < size) {
        websocket_close(socket, 1013, "too far behind");
        return STATUS_FULL;
    }
    const struct wslay_event_msg message = {
        .opcode = binary ? WSLAY_BINARY_FRAME : WSLAY_TEXT_FRAME,
        .msg = bytes,
        .msg_length = size,
    };
    if (wslay_event_queue_msg(socket->frames, &message) != 0) {
        return STATUS_NO_MEMORY;
    }
    socket->bytes_out += size;
    return pump(socket);
}

size_t websocket_queued(const struct websocket *socket)
{
    return socket->out.size + uv_stream_get_write_queue_size((const uv_stream_t *)&socket->tcp);
}

const char *websocket_peer(const struct websocket *socket)
{
    return socket->peer;
}

uint64_t websocket_bytes_in(const struct websocket *socket)
{
    return socket->bytes_in;
}

uint64_t websocket_bytes_out(const struct websocket *socket)
{
    return socket->bytes_out;
}

unsigned websocket_http_status(const struct websocket *socket)
{
    return socket->http_status;
}

void websocket_close(struct websocket *socket, uint16_t code, const char *reason)
{
    REQUIRE(code == 0 || (code >= 1000 && code < 5000));
    if (socket->state == WEBSOCKET_HANDSHAKE && socket->frames == NULL) {
        websocket_drop(socket);
        return;
    }
    if (!can_send(socket)) {
        return;
    }
    size_t length = reason != NULL ? strnlen(reason, 123) : 0;
    if (wslay_event_queue_close(socket->frames, code, (const uint8_t *)reason, length) != 0) {
        websocket_drop(socket);
        return;
    }
    if (socket->close_code == 0) {
        socket->close_code = code;
    }
    if (pump(socket) == STATUS_OK && socket->state == WEBSOCKET_OPEN) {
        websocket_set_state(socket, WEBSOCKET_CLOSING);
    }
}
