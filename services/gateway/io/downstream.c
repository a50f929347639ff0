/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/io/downstream.h"

#include "libcommon/runtime/telemetry/clock.h"
#include "proto/spectate.pb-c.h"
#include "services/gateway/io/upstream.h"

/* ---- snapshots and frames ---------------------------------------------------------------------- */

/* Writes it if the rule lets it; true: written. */
static bool offer(struct client *client, const struct snapshot_frame *frame, const uint8_t *wrapped, size_t size)
{
    struct gateway *gateway = client->gateway;
    bool is_backed_up = websocket_queued(client->socket) > gateway->settings->socket_skip_bytes;
    if (!session_offer_snapshot(client->session, frame->tick, frame->baseline_tick, is_backed_up)) {
        gateway->counts.snapshots[SNAPSHOT_SKIPPED]++;
        return false;
    }
    gateway->counts.snapshots[SNAPSHOT_WRITTEN]++;
    if (wrapped == NULL) {
        wrapped = client_codec_wrap(gateway->codec, client->encoding, frame->bytes, frame->size, &size);
    }
    if (wrapped != NULL) {
        client_send_bytes(client, wrapped, size);
    }
    return true;
}

static void on_snapshot(struct gateway *gateway, uint32_t peer, const struct snapshot_frame *frame)
{
    struct client *client = client_find(gateway, frame->id);
    if (client == NULL || client->session->state != SESSION_JOINED || client->session->peer != peer) {
        gateway->counts.snapshots[SNAPSHOT_ORPHAN]++;
    } else if (!offer(client, frame, NULL, 0)) {
        upstream_input(client, NULL, 0); /* so that the engine encodes from what was written */
    }
}

/* A frame is wrapped once an encoding, for all viewers that speak it. */
static void on_frame(struct gateway *gateway, uint64_t spectator_key, const struct snapshot_frame *frame)
{
    const struct stream *stream = stream_table_find(&gateway->streams, spectator_key, frame->id);
    if (stream == NULL) {
        gateway->counts.snapshots[SNAPSHOT_ORPHAN]++;
        return;
    }
    for (int encoding = 0; encoding < CLIENT_ENCODINGS; encoding++) {
        const uint8_t *wrapped = NULL;
        size_t size = 0;
        for (uint32_t slot = stream->first; slot != SESSION_NONE; slot = gateway->sessions.sessions[slot].stream_next) {
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
    uint32_t peer = backends_find(&gateway->backends, envelope->sender);
    uint64_t key = peer == HASH_INDEX_NONE ? 0 : gateway->backends.items[peer].key;
    if (peer != HASH_INDEX_NONE) {
        gateway->backends.items[peer].heard_ms = clock_monotonic_ms();
    }
    struct snapshot_batch batch;
    struct snapshot_frame frame;
    enum status status;
    snapshot_batch_init(&batch, envelope->payload, envelope->payload_size);
    while ((status = snapshot_batch_next(&batch, &frame)) == STATUS_OK) {
        if (is_stream) {
            on_frame(gateway, key, &frame);
        } else {
            on_snapshot(gateway, peer, &frame);
        }
    }
    if (status != STATUS_EMPTY) {
        log_warning("message.malformed", LOG_TEXT("peer", envelope->sender), LOG_U64("type", (uint64_t)envelope->type),
                    LOG_STATUS(status));
    }
}

/* ---- tickets ----------------------------------------------------------------------------------- */

static void tell_found(struct client *client, const Mma__TicketUpdate *update)
{
    Mma__Ticket *ticket = update->ticket;
    Mma__MatchFound found;
    mma__match_found__init(&found);
    Mma__ServerMessage message;
    mma__server_message__init(&message);
    found.match_id = ticket->assignment->match_id;
    found.ticket_id = ticket->id;
    found.join_token = ticket->assignment->token;
    found.queue = ticket->queue;
    found.region = update->region;
    message.body_case = MMA__SERVER_MESSAGE__BODY_MATCH_FOUND;
    message.match_found = &found;
    (void)session_step(client->session, SESSION_FOUND_MATCH);
    log_info("match.found", LOG_TRACE(client->trace), LOG_TEXT("match", found.match_id),
             LOG_ID("session", client->session->id), LOG_TEXT("player", client->session->player_id),
             LOG_TEXT("ticket", found.ticket_id));
    client_send(client, &message);
}

static bool is_open(Mma__TicketState state)
{
    return state == MMA__TICKET_STATE__QUEUED || state == MMA__TICKET_STATE__SEARCHING ||
           state == MMA__TICKET_STATE__PLACING;
}

static void on_ticket_update(struct gateway *gateway, const struct mailbox_envelope *envelope)
{
    Mma__TicketUpdate *update = mma__ticket_update__unpack(NULL, envelope->payload_size, envelope->payload);
    if (update == NULL) {
        return;
    }
    struct client *client = client_find(gateway, update->session_id);
    if (client != NULL && update->ticket != NULL) {
        Mma__ServerMessage message;
        mma__server_message__init(&message);
        message.body_case = MMA__SERVER_MESSAGE__BODY_TICKET;
        message.ticket = update->ticket;
        client_send(client, &message);
        if (update->ticket->state == MMA__TICKET_STATE__COMPLETED && update->ticket->assignment != NULL) {
            tell_found(client, update);
        } else if (!is_open(update->ticket->state)) {
            (void)session_step(client->session, SESSION_LOST_TICKET);
        }
    }
    mma__ticket_update__free_unpacked(update, NULL);
}

/* ---- chat -------------------------------------------------------------------------------------- */

/* Encoded once an encoding, for all hearers that speak it. */
static void tell_hearers(struct gateway *gateway, uint32_t peer, const Mma__Said *said,
                         const Mma__ServerMessage *message)
{
    for (int encoding = 0; encoding < CLIENT_ENCODINGS; encoding++) {
        const uint8_t *bytes = NULL;
        size_t size = 0;
        for (size_t i = 0; i < said->n_session_ids; i++) {
            struct client *client = client_find(gateway, said->session_ids[i]);
            if (client == NULL || client->encoding != (enum client_encoding)encoding ||
                client->session->state != SESSION_JOINED || client->session->peer != peer) {
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
    uint32_t peer = backends_find(&gateway->backends, envelope->sender);
    if (said != NULL && said->message != NULL && peer != HASH_INDEX_NONE) {
        Mma__ServerMessage message;
        mma__server_message__init(&message);
        message.body_case = MMA__SERVER_MESSAGE__BODY_CHAT_MESSAGE;
        message.chat_message = said->message;
        tell_hearers(gateway, peer, said, &message);
    }
    mma__said__free_unpacked(said, NULL); /* takes NULL */
}

/* ---- endings ----------------------------------------------------------------------------------- */

static void on_match_over(struct gateway *gateway, const struct mailbox_envelope *envelope)
{
    Mma__MatchOver *over = mma__match_over__unpack(NULL, envelope->payload_size, envelope->payload);
    if (over == NULL) {
        return;
    }
    uint32_t peer = backends_find(&gateway->backends, envelope->sender);
    Mma__ServerMessage message;
    mma__server_message__init(&message);
    message.body_case = MMA__SERVER_MESSAGE__BODY_MATCH_ENDED;
    message.match_ended = over->ended;
    for (size_t i = 0; over->ended != NULL && i < over->n_session_ids; i++) {
        struct client *client = client_find(gateway, over->session_ids[i]);
        if (client == NULL || peer == HASH_INDEX_NONE || client->session->peer != peer) {
            continue;
        }
        log_info("match.left", LOG_TEXT("match", over->ended->match_id), LOG_ID("session", client->session->id),
                 LOG_TEXT("player", client->session->player_id), LOG_TEXT("reason", "MATCH_OVER"));
        upstream_detach(gateway, client->session, SESSION_LEFT_MATCH);
        client_send(client, &message);
    }
    mma__match_over__free_unpacked(over, NULL);
}

static void on_stream_over(struct gateway *gateway, const struct mailbox_envelope *envelope)
{
    Mma__StreamOver *over = mma__stream_over__unpack(NULL, envelope->payload_size, envelope->payload);
    if (over == NULL) {
        return;
    }
    struct stream *stream =
        stream_table_find(&gateway->streams, backends_key(&gateway->backends, envelope->sender), over->stream_id);
    Mma__WatchEnded ended;
    mma__watch_ended__init(&ended);
    Mma__ServerMessage message;
    mma__server_message__init(&message);
    message.body_case = MMA__SERVER_MESSAGE__BODY_WATCH_ENDED;
    message.watch_ended = &ended;
    ended.reason = over->reason;
    while (stream != NULL && stream->viewers > 0) {
        struct session *session = &gateway->sessions.sessions[stream->first];
        ended.match_id = stream->match_id;
        client_send(client_of(gateway, session), &message);
        upstream_detach(gateway, session, SESSION_LEFT_WATCH);
    }
    mma__stream_over__free_unpacked(over, NULL);
}

void downstream_on_envelope(void *owner, const struct mailbox_envelope *envelope)
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
