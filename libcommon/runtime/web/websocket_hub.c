/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/web/websocket_internal.h"

#include <stdlib.h>

/* One hub a loop, shared by its servers and clients; a loop belongs to one thread, so this list does, too. */
static _Thread_local struct websocket_hub *hubs;

static void on_flusher_idle(uv_idle_t *idle)
{
    struct websocket_hub *hub = idle->data;
    struct websocket *socket = hub->dirty;
    hub->dirty = NULL;
    uv_idle_stop(idle);
    while (socket != NULL) {
        struct websocket *next = socket->next_dirty;
        socket->is_dirty = false;
        socket->next_dirty = NULL;
        websocket_flush(socket);
        socket = next;
    }
}

static void on_ticker_timeout(uv_timer_t *timer)
{
    struct websocket_hub *hub = timer->data;
    uint64_t now_ms = uv_now(hub->loop);
    for (struct websocket *socket = hub->sockets, *next; socket; socket = next) {
        next = socket->next;
        websocket_tick(socket, now_ms);
    }
}

static struct websocket_hub *find(const uv_loop_t *loop)
{
    struct websocket_hub *hub = hubs;
    while (hub != NULL && hub->loop != loop) {
        hub = hub->next;
    }
    return hub;
}

enum status websocket_hub_acquire(uv_loop_t *loop, struct websocket_hub **out_hub)
{
    struct websocket_hub *hub = find(loop);
    if (hub == NULL) {
        hub = calloc(1, sizeof *hub);
        if (hub == NULL) {
            return STATUS_NO_MEMORY;
        }
        hub->loop = loop;
        hub->flusher.data = hub->ticker.data = hub;
        hub->open_handles = 2;
        REQUIRE(uv_idle_init(loop, &hub->flusher) == 0);
        REQUIRE(uv_timer_init(loop, &hub->ticker) == 0);
        hub->next = hubs;
        hubs = hub;
    }
    hub->references++;
    *out_hub = hub;
    return STATUS_OK;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct websocket_hub *hub = handle->data;
    if (--hub->open_handles == 0) {
        free(hub);
    }
}

void websocket_hub_release(struct websocket_hub *hub)
{
    REQUIRE(hub->references > 0);
    if (--hub->references > 0) {
        return;
    }
    struct websocket_hub **link = &hubs;
    while (*link != hub) {
        link = &(*link)->next;
    }
    *link = hub->next;
    uv_close((uv_handle_t *)&hub->flusher, on_handle_closed);
    uv_close((uv_handle_t *)&hub->ticker, on_handle_closed);
}

void websocket_hub_add(struct websocket_hub *hub, struct websocket *socket)
{
    if (hub->sockets == NULL) {
        REQUIRE(uv_timer_start(&hub->ticker, on_ticker_timeout, WEBSOCKET_TICK_MS, WEBSOCKET_TICK_MS) == 0);
    }
    socket->next = hub->sockets;
    socket->previous = NULL;
    if (hub->sockets != NULL) {
        hub->sockets->previous = socket;
    }
    hub->sockets = socket;
}

static void forget_dirty(struct websocket_hub *hub, struct websocket *socket)
{
    struct websocket **link = &hub->dirty;
    while (*link && *link != socket) {
        link = &(*link)->next_dirty;
    }
    if (*link) {
        *link = socket->next_dirty;
    }
    socket->is_dirty = false;
}

void websocket_hub_remove(struct websocket_hub *hub, struct websocket *socket)
{
    if (socket->is_dirty) {
        forget_dirty(hub, socket);
    }
    if (socket->next != NULL) {
        socket->next->previous = socket->previous;
    }
    if (socket->previous != NULL) {
        socket->previous->next = socket->next;
    } else {
        hub->sockets = socket->next;
    }
    if (hub->sockets == NULL) {
        uv_timer_stop(&hub->ticker);
    }
}

void websocket_hub_mark(struct websocket_hub *hub, struct websocket *socket)
{
    if (socket->is_dirty) {
        return;
    }
    if (hub->dirty == NULL) {
        REQUIRE(uv_idle_start(&hub->flusher, on_flusher_idle) == 0);
    }
    socket->is_dirty = true;
    socket->next_dirty = hub->dirty;
    hub->dirty = socket;
}
