/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/io/backend_events.h"

#include "libcommon/runtime/telemetry/clock.h"
#include "services/gateway/io/backend_messages.h"
#include "services/gateway/io/client_connection.h"
#include "services/gateway/io/client_messages.h"
#include "services/gateway/io/effect_queue.h"
#include "services/gateway/io/input_batches.h"

/* ---- snapshots and frames ---------------------------------------------------------------------- */

/* Writes it if the router lets it. wrapped NULL: not made yet. */
static enum gateway_snapshot_verdict offer(struct client *client, const struct snapshot_frame *frame,
                                           const uint8_t *wrapped, size_t size)
{
    struct gateway *gateway = client->gateway;
    enum gateway_snapshot_verdict verdict = gateway_router_offer(
        gateway->router, client->session, frame->tick, frame->baseline_tick, websocket_queued(client->socket));
    if (verdict != GATEWAY_SNAPSHOT_WRITE) {
        gateway->counts.snapshots[SNAPSHOT_SKIPPED]++;
        return verdict;
    }
    gateway->counts.snapshots[SNAPSHOT_WRITTEN]++;
    if (wrapped == NULL) {
        wrapped = client_codec_wrap(gateway->codec, client->encoding, frame->bytes, frame->size, &size);
    }
    if (wrapped != NULL) {
        client_send_bytes(client, wrapped, size);
    }
    return verdict;
}

static void on_snapshot(struct gateway *gateway, uint32_t backend, const struct snapshot_frame *frame)
{
    struct session *session = gateway_router_player(gateway->router, backend, frame->id);
    if (session == NULL) {
        gateway->counts.snapshots[SNAPSHOT_ORPHAN]++;
    } else if (offer(client_of(gateway, session), frame, NULL, 0) == GATEWAY_SNAPSHOT_REPORT) {
        input_batches_add_report(gateway, session);
    }
}

/* A frame is wrapped once an encoding, for all viewers that use it. */
static void on_frame(struct gateway *gateway, uint32_t backend, const struct snapshot_frame *frame)
{
    const struct stream *stream = gateway_router_stream(gateway->router, backend, frame->id);
    const struct session *sessions = gateway->router->sessions.sessions;
    if (stream == NULL) {
        gateway->counts.snapshots[SNAPSHOT_ORPHAN]++;
        return;
    }
    for (int encoding = 0; encoding < CLIENT_ENCODINGS; encoding++) {
        const uint8_t *wrapped = NULL;
        size_t size = 0;
        for (uint32_t slot = stream->first; slot != SESSION_NONE; slot = sessions[slot].stream_next) {
            struct client *client = gateway->clients[slot];
            if (client->encoding != (enum client_encoding)encoding) {
                continue;
            }
            if (wrapped == NULL) {
                wrapped = client_codec_wrap(gateway->codec, client->encoding, frame->bytes, frame->size, &size);
            }
            if (wrapped != NULL) {
                (void)offer(client, frame, wrapped, size);
            }
        }
    }
}

static void on_batch(struct gateway *gateway, const struct mailbox_envelope *envelope, bool is_stream)
{
    uint32_t backend = gateway_router_heard(gateway->router, envelope->sender, clock_monotonic_ms());
    struct snapshot_batch batch;
    struct snapshot_frame frame;
    enum status status;
    snapshot_batch_init(&batch, envelope->payload, envelope->payload_size);
    while ((status = snapshot_batch_next(&batch, &frame)) == STATUS_OK) {
        if (is_stream) {
            on_frame(gateway, backend, &frame);
        } else {
            on_snapshot(gateway, backend, &frame);
        }
    }
    if (status != STATUS_EMPTY) {
        log_warning("message.malformed", LOG_TEXT("peer", envelope->sender), LOG_U64("type", (uint64_t)envelope->type),
                    LOG_STATUS(status));
    }
}

/* ---- tickets ----------------------------------------------------------------------------------- */

static void on_ticket_update(struct gateway *gateway, const struct mailbox_envelope *envelope)
{
    Mma__TicketUpdate *update = mma__ticket_update__unpack(NULL, envelope->payload_size, envelope->payload);
    if (update != NULL && update->ticket != NULL) {
        gateway_router_ticket_changed(gateway->router, update->session_id,
                                      backend_messages_ticket_change(update->ticket), &gateway->effects);
        effect_queue_run(gateway, &(struct event_source){.update = update});
    }
    mma__ticket_update__free_unpacked(update, NULL); /* takes NULL */
}

/* ---- chat -------------------------------------------------------------------------------------- */

/* Encoded once an encoding, for all who hear it in that. */
static void send_line(struct gateway *gateway, uint32_t backend, const Mma__Said *said,
                      const Mma__ServerMessage *message)
{
    for (int encoding = 0; encoding < CLIENT_ENCODINGS; encoding++) {
        const uint8_t *bytes = NULL;
        size_t size = 0;
        for (size_t i = 0; i < said->n_session_ids; i++) {
            const struct session *session = gateway_router_player(gateway->router, backend, said->session_ids[i]);
            struct client *client = session == NULL ? NULL : client_of(gateway, session);
            if (client == NULL || client->encoding != (enum client_encoding)encoding) {
                continue;
            }
            if (bytes == NULL) {
                bytes = client_codec_write(gateway->codec, client->encoding, message, &size);
            }
            if (bytes != NULL) {
                client_send_bytes(client, bytes, size);
            }
        }
    }
}

static void on_said(struct gateway *gateway, const struct mailbox_envelope *envelope)
{
    Mma__Said *said = mma__said__unpack(NULL, envelope->payload_size, envelope->payload);
    uint32_t backend = backends_find(&gateway->router->backends, envelope->sender);
    if (said != NULL && said->message != NULL && backend != BACKEND_NONE) {
        struct client_message line;
        client_messages_fill_chat(said, &line);
        send_line(gateway, backend, said, &line.message);
    }
    mma__said__free_unpacked(said, NULL); /* takes NULL */
}

/* ---- endings ----------------------------------------------------------------------------------- */

static void on_match_over(struct gateway *gateway, const struct mailbox_envelope *envelope)
{
    Mma__MatchOver *over = mma__match_over__unpack(NULL, envelope->payload_size, envelope->payload);
    uint32_t backend = backends_find(&gateway->router->backends, envelope->sender);
    size_t count = over != NULL && over->ended != NULL ? over->n_session_ids : 0;
    for (size_t i = 0; i < count; i++) {
        gateway_router_match_over(gateway->router, backend, over->session_ids[i], &gateway->effects);
        effect_queue_run(gateway, &(struct event_source){.over = over});
    }
    mma__match_over__free_unpacked(over, NULL); /* takes NULL */
}

static void on_stream_over(struct gateway *gateway, const struct mailbox_envelope *envelope)
{
    Mma__StreamOver *over = mma__stream_over__unpack(NULL, envelope->payload_size, envelope->payload);
    bool is_done = over == NULL;
    while (!is_done) {
        is_done = gateway_router_stream_over(gateway->router, envelope->sender, over->stream_id, over->reason,
                                             &gateway->effects);
        effect_queue_run_alone(gateway);
    }
    mma__stream_over__free_unpacked(over, NULL); /* takes NULL */
}

void backend_events_on_envelope(void *owner, const struct mailbox_envelope *envelope)
{
    struct gateway *gateway = owner;
    switch (envelope->type) {
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_SNAPSHOTS:
        on_batch(gateway, envelope, false);
        return;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_FRAMES:
        on_batch(gateway, envelope, true);
        return;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET_UPDATE:
        on_ticket_update(gateway, envelope);
        return;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_OVER:
        on_match_over(gateway, envelope);
        return;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAID:
        on_said(gateway, envelope);
        return;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_STREAM_OVER:
        on_stream_over(gateway, envelope);
        return;
    default:
        log_warning("message.unknown", LOG_TEXT("peer", envelope->sender), LOG_U64("type", (uint64_t)envelope->type));
        return;
    }
}
