/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/node_gateway_internal.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_DELAY_US 2000

static const struct trace_id no_trace;

/* ---- inputs ------------------------------------------------------------------------------------ */

static void post_batch(struct gateway_node *node, uint32_t backend, uint32_t rows)
{
    if (rows == 0) {
        return;
    }
    Mma__Inputs inputs;
    mma__inputs__init(&inputs);
    inputs.n_inputs = rows;
    inputs.inputs = node->batches[backend]->pointers;
    enum status status = sim_post(node->process, node->router->backends.items[backend].url, MAILBOX_REALTIME,
                                  MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS, no_trace, &inputs.base);
    (void)status; /* realtime: newest wins */
}

static void on_batch_timer(void *owner)
{
    struct gateway_node *node = owner;
    gateway_router_batch_due(node->router);
    for (uint32_t i = 0; i < node->router->backends.used; i++) {
        post_batch(node, i, gateway_router_take_batch(node->router, i));
    }
}

void node_gateway_add_row(struct gateway_node *node, struct session *session, enum gateway_row kind,
                          ProtobufCBinaryData input, Mma__SetRate *set_rate)
{
    struct node_batch **place = &node->batches[session->backend];
    if (*place == NULL) {
        *place = malloc(sizeof(**place));
        REQUIRE(*place != NULL);
    }
    struct gateway_input_row row = gateway_router_add_row(node->router, session, kind);
    struct node_batch *batch = *place;
    post_batch(node, row.backend, row.send_before);
    if (input.len > 0) {
        memcpy(batch->bytes[row.row], input.data, input.len);
    }
    backend_messages_fill_row(session->id, &row, batch->bytes[row.row], input.len, set_rate, &batch->items[row.row]);
    batch->pointers[row.row] = &batch->items[row.row];
    post_batch(node, row.backend, row.send_after);
    if (row.starts_timer) {
        (void)sim_timer_start_us(node->process, BATCH_DELAY_US, on_batch_timer, node);
    }
}

/* ---- snapshots and frames ---------------------------------------------------------------------- */

static enum gateway_snapshot_verdict offer(struct gateway_node *node, struct session *session,
                                           const struct snapshot_frame *frame)
{
    struct node_client *client = node->clients[session->slot];
    enum gateway_snapshot_verdict verdict = gateway_router_offer(
        node->router, session, frame->tick, frame->baseline_tick, sim_socket_unsent(client->socket));
    if (verdict == GATEWAY_SNAPSHOT_WRITE) {
        size_t size = 0;
        const uint8_t *bytes = client_codec_wrap(node->codec, CLIENT_PROTOBUF, frame->bytes, frame->size, &size);
        REQUIRE(bytes != NULL);
        enum status status = sim_socket_send(client->socket, bytes, size);
        (void)status; /* a socket that is closing */
    }
    return verdict;
}

static void on_snapshot(struct gateway_node *node, uint32_t backend, const struct snapshot_frame *frame)
{
    struct session *session = gateway_router_player(node->router, backend, frame->id);
    if (session != NULL && offer(node, session, frame) == GATEWAY_SNAPSHOT_REPORT) {
        node_gateway_add_row(node, session, GATEWAY_ROW_REPORT, (ProtobufCBinaryData){0}, NULL);
    }
}

static void on_frame(struct gateway_node *node, uint32_t backend, const struct snapshot_frame *frame)
{
    const struct stream *stream = gateway_router_stream(node->router, backend, frame->id);
    struct session *sessions = node->router->sessions.sessions;
    for (uint32_t slot = stream == NULL ? SESSION_NONE : stream->first; slot != SESSION_NONE;
         slot = sessions[slot].stream_next) {
        (void)offer(node, &sessions[slot], frame);
    }
}

static void on_batch(struct gateway_node *node, const struct mailbox_envelope *envelope, bool is_stream)
{
    uint32_t backend = gateway_router_heard(node->router, envelope->sender, sim_monotonic_ms(node->process));
    struct snapshot_batch batch;
    struct snapshot_frame frame;
    snapshot_batch_init(&batch, envelope->payload, envelope->payload_size);
    while (snapshot_batch_next(&batch, &frame) == STATUS_OK) {
        if (is_stream) {
            on_frame(node, backend, &frame);
        } else {
            on_snapshot(node, backend, &frame);
        }
    }
}

/* ---- tickets, chat, endings -------------------------------------------------------------------- */

static void on_ticket_update(struct gateway_node *node, const struct mailbox_envelope *envelope)
{
    Mma__TicketUpdate *update = mma__ticket_update__unpack(NULL, envelope->payload_size, envelope->payload);
    if (update != NULL && update->ticket != NULL) {
        gateway_router_ticket_changed(node->router, update->session_id, backend_messages_ticket_change(update->ticket),
                                      &node->effects);
        node_gateway_run(node, &(struct event_source){.update = update});
    }
    mma__ticket_update__free_unpacked(update, NULL);
}

static void on_said(struct gateway_node *node, const struct mailbox_envelope *envelope)
{
    Mma__Said *said = mma__said__unpack(NULL, envelope->payload_size, envelope->payload);
    uint32_t backend = backends_find(&node->router->backends, envelope->sender);
    for (size_t i = 0; said != NULL && said->message != NULL && i < said->n_session_ids; i++) {
        const struct session *session =
            backend == BACKEND_NONE ? NULL : gateway_router_player(node->router, backend, said->session_ids[i]);
        if (session == NULL) {
            continue;
        }
        struct client_message line;
        size_t size = 0;
        client_messages_fill_chat(said, &line);
        const uint8_t *bytes = client_codec_write(node->codec, CLIENT_PROTOBUF, &line.message, &size);
        REQUIRE(bytes != NULL);
        enum status status = sim_socket_send(node->clients[session->slot]->socket, bytes, size);
        (void)status;
    }
    mma__said__free_unpacked(said, NULL);
}

static void on_match_over(struct gateway_node *node, const struct mailbox_envelope *envelope)
{
    Mma__MatchOver *over = mma__match_over__unpack(NULL, envelope->payload_size, envelope->payload);
    uint32_t backend = backends_find(&node->router->backends, envelope->sender);
    for (size_t i = 0; over != NULL && over->ended != NULL && i < over->n_session_ids; i++) {
        gateway_router_match_over(node->router, backend, over->session_ids[i], &node->effects);
        node_gateway_run(node, &(struct event_source){.over = over});
    }
    mma__match_over__free_unpacked(over, NULL);
}

static void on_stream_over(struct gateway_node *node, const struct mailbox_envelope *envelope)
{
    Mma__StreamOver *over = mma__stream_over__unpack(NULL, envelope->payload_size, envelope->payload);
    bool is_done = over == NULL;
    while (!is_done) {
        is_done =
            gateway_router_stream_over(node->router, envelope->sender, over->stream_id, over->reason, &node->effects);
        node_gateway_run(node, &(struct event_source){0});
    }
    mma__stream_over__free_unpacked(over, NULL);
}

void node_gateway_on_envelope(void *state, const struct mailbox_envelope *envelope)
{
    struct gateway_node *node = state;
    switch (envelope->type) {
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_SNAPSHOTS:
        on_batch(node, envelope, false);
        return;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_FRAMES:
        on_batch(node, envelope, true);
        return;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET_UPDATE:
        on_ticket_update(node, envelope);
        return;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_OVER:
        on_match_over(node, envelope);
        return;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAID:
        on_said(node, envelope);
        return;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_STREAM_OVER:
        on_stream_over(node, envelope);
        return;
    default:
        return;
    }
}
