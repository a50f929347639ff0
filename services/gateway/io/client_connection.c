/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/io/client_connection.h"

#include "libcommon/game/world/input.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "services/gateway/io/upstream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- speaking ---------------------------------------------------------------------------------- */

struct client *client_of(const struct gateway *gateway, const struct session *session)
{
    return gateway->clients[session->slot];
}

struct client *client_find(const struct gateway *gateway, uint64_t session_id)
{
    const struct session *session = session_table_find(&gateway->sessions, session_id);
    return session == NULL ? NULL : client_of(gateway, session);
}

void client_send_bytes(struct client *client, const uint8_t *bytes, size_t size)
{
    if (client->is_closing) {
        return;
    }
    /* Refused only past SOCKET_QUEUE_BYTES or when closing: the socket then ends by itself, and says so. */
    if (websocket_send(client->socket, true, bytes, size) == STATUS_OK) {
        client->gateway->counts.bytes_out += size;
    }
}

void client_send(struct client *client, const Mma__ServerMessage *message)
{
    size_t size = 0;
    const uint8_t *bytes = client_codec_write(client->gateway->codec, client->encoding, message, &size);
    if (bytes == NULL) {
        client_close(client, 1011, "out of memory");
        return;
    }
    client_send_bytes(client, bytes, size);
}

void client_error(struct client *client, uint32_t cid, const char *code, const char *context, const char *message)
{
    Mma__Error error;
    mma__error__init(&error);
    Mma__ServerMessage server_message;
    mma__server_message__init(&server_message);
    error.code = borrow_text(code);
    error.context = borrow_text(context);
    error.message = borrow_text(message);
    server_message.cid = cid;
    server_message.body_case = MMA__SERVER_MESSAGE__BODY_ERROR;
    server_message.error = &error;
    gateway_metrics_refused(code);
    client_send(client, &server_message);
}

/* ---- beginning and end of a session ------------------------------------------------------------ */

static void end_session(struct client *client, const char *reason)
{
    struct session *session = client->session;
    struct gateway *gateway = client->gateway;
    if (session == NULL) {
        return;
    }
    upstream_end(gateway, session, reason);
    if (session->player_id[0] != '\0') {
        gateway->players--;
    }
    log_info("session.closed", LOG_ID("session", session->id), LOG_TEXT("player", session->player_id),
             LOG_TEXT("reason", reason), LOG_U64("lived_ms", clock_monotonic_ms() - client->opened_ms));
    gateway->clients[session->slot] = NULL;
    session_table_close(&gateway->sessions, session);
    client->session = NULL;
}

void client_close(struct client *client, uint16_t code, const char *reason)
{
    if (client->is_closing) {
        return;
    }
    client->is_closing = true;
    end_session(client, code == CLOSE_REPLACED ? "REPLACED" : "DROPPED");
    websocket_close(client->socket, code, reason);
}

static void greet(struct client *client)
{
    if (client->session == NULL || client->session->player_id[0] == '\0') {
        return;
    }
    Mma__Welcome welcome;
    mma__welcome__init(&welcome);
    Mma__ServerMessage message;
    mma__server_message__init(&message);
    welcome.player_id = client->session->player_id;
    welcome.session_id = client->session->id;
    welcome.server_time = (int64_t)clock_unix_ms();
    welcome.tick_rate_hz = client->gateway->settings->tick_rate_hz;
    welcome.input_bytes_max = INPUT_BYTES_MAX;
    welcome.message_bytes_max = CLIENT_MESSAGE_BYTES_MAX;
    message.body_case = MMA__SERVER_MESSAGE__BODY_WELCOME;
    message.welcome = &welcome;
    client_send(client, &message);
}

static void identify(struct client *client, const struct jwt_claims *claims)
{
    struct gateway *gateway = client->gateway;
    struct session *older = session_table_identify(&gateway->sessions, client->session, claims->subject);
    gateway->players++;
    gateway_metrics_session("opened");
    log_info("session.opened", LOG_TRACE(client->trace), LOG_ID("session", client->session->id),
             LOG_TEXT("player", claims->subject), LOG_TEXT("peer", client->address),
             LOG_TEXT("encoding", client->encoding == CLIENT_MSGPACK ? "msgpack" : "protobuf"));
    if (older != NULL) {
        gateway_metrics_session("replaced");
        client_close(client_of(gateway, older), CLOSE_REPLACED, "a newer session of this player");
    }
}

struct client *client_open(struct gateway *gateway, struct websocket *socket, enum client_encoding encoding,
                           const char *address, struct trace_id trace, const struct jwt_claims *claims)
{
    const struct gateway_settings *settings = gateway->settings;
    struct client *client = calloc(1, sizeof *client);
    struct session *session = client == NULL ? NULL : session_table_open(&gateway->sessions);
    if (session == NULL) {
        free(client);
        return NULL;
    }
    uint64_t now_ms = clock_monotonic_ms();
    *client = (struct client){.gateway = gateway,
                              .socket = socket,
                              .session = session,
                              .encoding = encoding,
                              .trace = trace,
                              .opened_ms = now_ms};
    (void)snprintf(client->address, sizeof client->address, "%s", address);
    token_bucket_init(&client->inputs, settings->input_rate_hz, 1000, settings->input_burst, now_ms);
    token_bucket_init(&client->messages, settings->message_rate_hz, 1000, settings->message_burst, now_ms);
    token_bucket_init(&client->frames, settings->input_rate_hz + settings->message_rate_hz, 1000,
                      settings->input_burst + settings->message_burst, now_ms);
    gateway->clients[session->slot] = client;
    if (claims != NULL) {
        identify(client, claims);
        client->next_to_greet = gateway->to_greet;
        gateway->to_greet = client;
    }
    return client;
}

void client_greet_all(struct gateway *gateway)
{
    while (gateway->to_greet != NULL) {
        struct client *client = gateway->to_greet;
        gateway->to_greet = client->next_to_greet;
        greet(client);
    }
}

void client_sweep(struct gateway *gateway, uint64_t now_ms)
{
    for (uint32_t slot = 0; slot < gateway->sessions.capacity; slot++) {
        struct client *client = gateway->clients[slot];
        if (client != NULL && client->session->state == SESSION_CONNECTING &&
            now_ms - client->opened_ms >= gateway->settings->authenticate_timeout_ms) {
            gateway_metrics_session("unauthorized");
            client_close(client, CLOSE_TOKEN, "no token in time");
        }
    }
}

/* ---- listening --------------------------------------------------------------------------------- */

static void on_authenticate(struct client *client, const Mma__ClientMessage *message)
{
    struct jwt_claims claims;
    enum jwt_refusal refusal = tokens_verify_player(&client->gateway->tokens, message->authenticate->token, &claims);
    if (refusal != JWT_GOOD) {
        gateway_metrics_session("unauthorized");
        log_info("session.refused", LOG_TRACE(client->trace), LOG_TEXT("peer", client->address),
                 LOG_TEXT("reason", jwt_refusal_text(refusal)));
        client_close(client, CLOSE_TOKEN, jwt_refusal_text(refusal));
        return;
    }
    identify(client, &claims);
    greet(client);
}

static void on_join(struct client *client, const Mma__ClientMessage *message)
{
    struct jwt_claims seat;
    enum jwt_refusal refusal = tokens_verify_join(&client->gateway->tokens, message->join_match->join_token, &seat);
    if (refusal == JWT_GOOD && strcmp(seat.subject, client->session->player_id) != 0) {
        refusal = JWT_BAD_CLAIMS; /* another player's seat */
    }
    if (refusal != JWT_GOOD) {
        client_error(client, message->cid, "UNAUTHORIZED", "join_match.join_token", jwt_refusal_text(refusal));
        return;
    }
    upstream_join(client, message->cid, &seat, message->join_match->rate_hz);
}

static void on_watch(struct client *client, const Mma__ClientMessage *message)
{
    if (!address_limits_take(client->gateway->spectator_joins, client->address, clock_monotonic_ms())) {
        client_error(client, message->cid, "RATE_LIMITED", "watch_match", "too many watch_match from this address");
        return;
    }
    upstream_watch(client, message->cid, message->watch_match);
}

static void on_ping(struct client *client, const Mma__ClientMessage *message)
{
    Mma__Pong pong;
    mma__pong__init(&pong);
    Mma__ServerMessage answer;
    mma__server_message__init(&answer);
    pong.client_time = message->ping->client_time;
    pong.server_time = (int64_t)clock_unix_ms();
    answer.cid = message->cid;
    answer.body_case = MMA__SERVER_MESSAGE__BODY_PONG;
    answer.pong = &pong;
    client_send(client, &answer);
}

static void carry_out(struct client *client, enum session_message kind, const Mma__ClientMessage *message)
{
    switch (kind) {
    case SESSION_SAYS_AUTHENTICATE:
        on_authenticate(client, message);
        return;
    case SESSION_SAYS_INPUT:
        upstream_input(client, message->input.data, message->input.len);
        return;
    case SESSION_SAYS_CREATE_TICKET:
        upstream_create_ticket(client, message->cid, message->create_ticket);
        return;
    case SESSION_SAYS_CANCEL_TICKET:
        upstream_cancel_ticket(client, message->cid, message->cancel_ticket);
        return;
    case SESSION_SAYS_JOIN_MATCH:
        on_join(client, message);
        return;
    case SESSION_SAYS_LEAVE_MATCH:
        upstream_leave(client);
        return;
    case SESSION_SAYS_WATCH_MATCH:
        on_watch(client, message);
        return;
    case SESSION_SAYS_STOP_WATCHING:
        upstream_stop_watching(client);
        return;
    case SESSION_SAYS_PING:
        on_ping(client, message);
        return;
    case SESSION_SAYS_CHAT:
        upstream_chat(client, message->cid, message->chat);
        return;
    case SESSION_SAYS_SET_RATE:
        upstream_set_rate(client, message->set_rate->rate_hz);
        return;
    case SESSION_MESSAGE_COUNT:
        break;
    }
    REQUIRE(false && "a message without a handler");
}

static void count_message(struct client *client, enum session_message kind, enum message_result result)
{
    static const enum input_result as_input[MESSAGE_RESULTS] = {
        [MESSAGE_LATE] = INPUT_LATE, [MESSAGE_MISPLACED] = INPUT_LATE, [MESSAGE_RATE_LIMITED] = INPUT_RATE_LIMITED};
    struct gateway_counts *counts = &client->gateway->counts;
    if (kind != SESSION_SAYS_INPUT) {
        counts->messages[kind][result]++;
    } else if (result != MESSAGE_ADMITTED) { /* upstream counts those */
        counts->inputs[as_input[result]]++;
    }
}

static void on_admitted_or_not(struct client *client, enum session_message kind, const Mma__ClientMessage *message)
{
    switch (session_admit(client->session, kind)) {
    case SESSION_ADMIT:
        count_message(client, kind, MESSAGE_ADMITTED);
        carry_out(client, kind, message);
        return;
    case SESSION_IGNORE:
        count_message(client, kind, MESSAGE_LATE);
        return;
    case SESSION_INVALID_STATE:
        count_message(client, kind, MESSAGE_MISPLACED);
        client_error(client, message->cid, "INVALID_STATE", client_message_name(kind),
                     "this message is not for the state the session is in");
        return;
    case SESSION_UNAUTHORIZED:
        count_message(client, kind, MESSAGE_MISPLACED);
        gateway_metrics_session("unauthorized");
        client_close(client, CLOSE_TOKEN, "authenticate must be first");
        return;
    }
}

static void on_flood(struct client *client, const char *context, uint64_t now_ms)
{
    switch (flood_note(&client->flood, now_ms)) {
    case FLOOD_DROP:
        return;
    case FLOOD_TELL:
        client_error(client, 0, "RATE_LIMITED", context, "too many messages: some were dropped");
        return;
    case FLOOD_CLOSE:
        log_info("session.flooded", LOG_ID("session", client->session->id),
                 LOG_TEXT("player", client->session->player_id), LOG_TEXT("peer", client->address));
        client_close(client, CLOSE_RATE_LIMITED, "too many messages for too long");
        return;
    }
}

static void on_invalid(struct client *client, const struct client_fault *fault, uint64_t now_ms)
{
    client->gateway->counts.invalid_messages++;
    if (client->session->state == SESSION_CONNECTING) {
        gateway_metrics_session("unauthorized");
        client_close(client, CLOSE_TOKEN, "authenticate must be first");
    } else if (!token_bucket_take(&client->messages, now_ms)) {
        on_flood(client, "", now_ms);
    } else {
        client_error(client, fault->cid, "INVALID_INPUT", fault->error.field, fault->error.message);
    }
}

static void on_client_message(void *owner, struct websocket *socket, bool binary, const uint8_t *bytes, size_t size)
{
    (void)socket;
    struct client *client = owner;
    struct gateway *gateway = client->gateway;
    if (client->is_closing) {
        return;
    }
    uint64_t now_ms = clock_monotonic_ms();
    gateway->counts.bytes_in += size;
    if (!token_bucket_take(&client->frames, now_ms)) {
        gateway->counts.inputs[INPUT_RATE_LIMITED]++; /* who sends this much sends inputs */
        on_flood(client, "", now_ms);
        return;
    }
    struct client_fault fault = {0, {"", "must be a binary WebSocket message"}};
    Mma__ClientMessage *message;
    if (!binary || client_codec_read(gateway->codec, client->encoding, bytes, size, &message, &fault) != STATUS_OK) {
        on_invalid(client, &fault, now_ms);
        return;
    }
    enum session_message kind = client_message_kind(message);
    struct token_bucket *bucket = kind == SESSION_SAYS_INPUT ? &client->inputs : &client->messages;
    if (!token_bucket_take(bucket, now_ms)) {
        count_message(client, kind, MESSAGE_RATE_LIMITED);
        on_flood(client, client_message_name(kind), now_ms);
        return;
    }
    on_admitted_or_not(client, kind, message);
}

static void forget_greeting(struct client *client)
{
    for (struct client **at = &client->gateway->to_greet; *at != NULL; at = &(*at)->next_to_greet) {
        if (*at == client) {
            *at = client->next_to_greet;
            return;
        }
    }
}

static void on_client_closed(void *owner, struct websocket *socket, uint16_t code)
{
    (void)socket;
    struct client *client = owner;
    gateway_metrics_closed(code);
    client->is_closing = true;
    end_session(client, "DROPPED");
    forget_greeting(client);
    free(client);
}

const struct websocket_events client_events = {.on_message = on_client_message, .on_closed = on_client_closed};
