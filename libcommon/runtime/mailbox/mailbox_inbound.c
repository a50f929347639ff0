/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/mailbox/mailbox_inbound.h"

#include "libcommon/runtime/mailbox/mailbox.h"
#include "libcommon/runtime/mailbox/mailbox_closing.h"

#include <nng/nng.h>
#include <nng/protocol/pipeline0/pull.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct slot {
    struct mailbox_inbound *inbound;
    nng_aio *aio;
    atomic_bool done; /* NNG's thread sets it, the loop's thread clears it */
};

struct mailbox_inbound {
    struct mailbox_inbound_events events;
    nng_socket socket;
    uv_async_t wake;
    bool closed;
    size_t next; /* slot that completes next */
    struct slot slots[INBOUND_SLOTS];
};

static void on_receive_done(void *argument)
{
    struct slot *slot = argument;
    atomic_store_explicit(&slot->done, true, memory_order_release);
    uv_async_send(&slot->inbound->wake);
}

static void take(struct mailbox_inbound *inbound, struct slot *slot)
{
    nng_msg *message = NULL;
    if (nng_aio_result(slot->aio) == 0) {
        message = nng_aio_get_msg(slot->aio);
        nng_aio_set_msg(slot->aio, NULL);
        inbound->events.on_message(inbound->events.owner, nng_msg_body(message), nng_msg_len(message));
        nng_msg_free(message);
    }
    if (!inbound->closed) {
        nng_recv_aio(inbound->socket, slot->aio);
    }
}

/* At most one round of the ring an iteration, so that nobody else on the loop starves. */
static void on_wake(uv_async_t *wake)
{
    struct mailbox_inbound *inbound = wake->data;
    for (size_t i = 0; i < INBOUND_SLOTS && !inbound->closed; i++) {
        struct slot *slot = &inbound->slots[inbound->next];
        if (!atomic_load_explicit(&slot->done, memory_order_acquire)) {
            return;
        }
        atomic_store_explicit(&slot->done, false, memory_order_relaxed);
        inbound->next = (inbound->next + 1) % INBOUND_SLOTS;
        take(inbound, slot);
    }
    if (!inbound->closed) {
        uv_async_send(wake);
    }
}

static enum status listen_on(struct mailbox_inbound *inbound, const char *host, uint16_t *out_port)
{
    char url[128];
    bool is_v6 = strchr(host, ':') != NULL;
    int size = snprintf(url, sizeof url, is_v6 ? "tcp://[%s]:0" : "tcp://%s:0", host);
    if (size < 0 || (size_t)size >= sizeof url) {
        return STATUS_INVALID;
    }
    nng_listener listener;
    int port = 0;
    if (nng_socket_set_size(inbound->socket, NNG_OPT_RECVMAXSZ, MAILBOX_BATCH_BYTES_MAX) != 0 ||
        nng_listen(inbound->socket, url, &listener, 0) != 0 ||
        nng_listener_get_int(listener, NNG_OPT_TCP_BOUND_PORT, &port) != 0) {
        return STATUS_IO;
    }
    *out_port = (uint16_t)port;
    return STATUS_OK;
}

static enum status start_receiving(struct mailbox_inbound *inbound)
{
    for (size_t i = 0; i < INBOUND_SLOTS; i++) {
        inbound->slots[i].inbound = inbound;
        if (nng_aio_alloc(&inbound->slots[i].aio, on_receive_done, &inbound->slots[i]) != 0) {
            return STATUS_NO_MEMORY;
        }
    }
    for (size_t i = 0; i < INBOUND_SLOTS; i++) {
        nng_recv_aio(inbound->socket, inbound->slots[i].aio);
    }
    return STATUS_OK;
}

/* After this no thread of NNG knows the slots any more. */
static void stop_receiving(struct mailbox_inbound *inbound)
{
    for (size_t i = 0; i < INBOUND_SLOTS; i++) {
        struct slot *slot = &inbound->slots[i];
        if (slot->aio == NULL) {
            continue;
        }
        nng_aio_stop(slot->aio);
        nng_msg *message =
            atomic_load(&slot->done) && nng_aio_result(slot->aio) == 0 ? nng_aio_get_msg(slot->aio) : NULL;
        if (message != NULL) {
            nng_msg_free(message);
        }
        nng_aio_free(slot->aio);
        slot->aio = NULL;
    }
    mailbox_close_socket(inbound->socket);
}

static void on_wake_closed(uv_handle_t *handle)
{
    struct mailbox_inbound *inbound = handle->data;
    struct mailbox_inbound_events events = inbound->events;
    free(inbound);
    if (events.on_closed != NULL) {
        events.on_closed(events.owner);
    }
}

enum status mailbox_inbound_open(uv_loop_t *loop, const char *host, const struct mailbox_inbound_events *events,
                                 uint16_t *out_port, struct mailbox_inbound **out_inbound)
{
    REQUIRE(host != NULL && events->owner != NULL);
    struct mailbox_inbound *inbound = calloc(1, sizeof *inbound);
    if (inbound == NULL) {
        return STATUS_NO_MEMORY;
    }
    inbound->events = *events;
    if (nng_pull0_open(&inbound->socket) != 0) {
        free(inbound);
        return STATUS_NO_MEMORY;
    }
    if (uv_async_init(loop, &inbound->wake, on_wake) != 0) {
        nng_close(inbound->socket);
        free(inbound);
        return STATUS_NO_MEMORY;
    }
    inbound->wake.data = inbound;
    enum status status = listen_on(inbound, host, out_port);
    if (status == STATUS_OK) {
        status = start_receiving(inbound);
    }
    if (status != STATUS_OK) {
        inbound->events.on_closed = NULL;
        mailbox_inbound_close(inbound);
        return status;
    }
    *out_inbound = inbound;
    return STATUS_OK;
}

void mailbox_inbound_close(struct mailbox_inbound *inbound)
{
    inbound->closed = true;
    stop_receiving(inbound);
    uv_close((uv_handle_t *)&inbound->wake, on_wake_closed);
}
