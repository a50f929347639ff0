/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/io/client_events.h"

#include "libcommon/runtime/telemetry/clock.h"
#include "services/gateway/io/effect_queue.h"
#include "services/gateway/io/input_batches.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- opening ----------------------------------------------------------------------------------- */

static void on_greet_timer(uv_timer_t *timer)
{
    struct gateway *gateway = timer->data;
    bool is_done;
    do {
        is_done = gateway_router_greet(gateway->router, &gateway->effects);
        effect_queue_run_alone(gateway);
    } while (!is_done);
}

struct client *client_events_open(struct gateway *gateway, struct websocket *socket, enum client_encoding encoding,
                                  const char *address, struct trace_id trace, const struct jwt_claims *claims)
{
    uint64_t now_ms = clock_monotonic_ms();
    struct client *client = calloc(1, sizeof *client);
    struct session *session = client == NULL ? NULL : gateway_router_open(gateway->router, address, now_ms);
    if (session == NULL) {
        free(client);
        return NULL;
    }
    *client =
        (struct client){.gateway = gateway, .socket = socket, .session = session, .encoding = encoding, .trace = trace};
    (void)snprintf(client->address, sizeof client->address, "%s", address);
    gateway->clients[session->slot] = client;
    if (claims != NULL) {
        gateway_list_backends(gateway);
        gateway_router_authenticated(gateway->router, session, claims->subject, true, now_ms, &gateway->effects);
        effect_queue_run_alone(gateway);
        /* The greeting can only follow the 101, which goes out after this call. */
        (void)uv_timer_start(&gateway->greet_timer, on_greet_timer, 0, 0);
    }
    return client;
}

/* ---- admitted messages ------------------------------------------------------------------------- */

static void on_authenticate(struct client *client, const Mma__ClientMessage *message, uint64_t now_ms)
{
    struct gateway *gateway = client->gateway;
    struct jwt_claims claims;
    enum jwt_refusal refusal = tokens_verify_player(&gateway->tokens, message->authenticate->token, &claims);
    if (refusal == JWT_GOOD) {
        gateway_router_authenticated(gateway->router, client->session, claims.subject, false, now_ms,
                                     &gateway->effects);
        return;
    }
    log_info("session.refused", LOG_TRACE(client->trace), LOG_TEXT("peer", client->address),
             LOG_TEXT("reason", jwt_refusal_text(refusal)));
    gateway_router_unauthorized(gateway->router, client->session, jwt_refusal_text(refusal), now_ms, &gateway->effects);
}

/* *out_claims lives as long as the effects need it. */
static void on_join(struct client *client, const Mma__ClientMessage *message, uint64_t now_ms,
                    struct jwt_claims *out_claims)
{
    struct gateway *gateway = client->gateway;
    enum jwt_refusal refusal = tokens_verify_join(&gateway->tokens, message->join_match->join_token, out_claims);
    if (refusal == JWT_GOOD) {
        struct gateway_seat seat = {.player_id = out_claims->subject, .engine = out_claims->engine};
        gateway_router_join(gateway->router, client->session, message->cid, &seat, now_ms, &gateway->effects);
    } else {
        gateway_router_join_refused(client->session, message->cid, jwt_refusal_text(refusal), &gateway->effects);
    }
}

static void hand_in(struct client *client, enum session_message kind, const Mma__ClientMessage *message,
                    uint64_t now_ms, struct jwt_claims *out_claims)
{
    struct gateway *gateway = client->gateway;
    struct gateway_router *router = gateway->router;
    struct gateway_effects *effects = &gateway->effects;
    struct session *session = client->session;
    switch (kind) {
    case SESSION_SAYS_AUTHENTICATE:
        on_authenticate(client, message, now_ms);
        return;
    case SESSION_SAYS_INPUT:
        input_batches_add_input(gateway, session, message->input.data, message->input.len);
        return;
    case SESSION_SAYS_CREATE_TICKET:
        gateway_router_create_ticket(router, session, message->cid, effects);
        return;
    case SESSION_SAYS_CANCEL_TICKET:
        gateway_router_cancel_ticket(router, session, message->cid, effects);
        return;
    case SESSION_SAYS_JOIN_MATCH:
        on_join(client, message, now_ms, out_claims);
        return;
    case SESSION_SAYS_LEAVE_MATCH:
        gateway_router_leave(router, session, effects);
        return;
    case SESSION_SAYS_WATCH_MATCH:
        gateway_router_watch(router, session, message->cid, now_ms, effects);
        return;
    case SESSION_SAYS_STOP_WATCHING:
        gateway_router_stop_watching(router, session, effects);
        return;
    case SESSION_SAYS_PING:
        gateway_router_ping(session, message->cid, effects);
        return;
    case SESSION_SAYS_CHAT:
        gateway_router_chat(router, session, message->cid, effects);
        return;
    case SESSION_SAYS_SET_RATE:
        input_batches_set_rate(gateway, session, message->set_rate->rate_hz);
        return;
    case SESSION_MESSAGE_COUNT:
        break;
    }
    REQUIRE(false && "a message without a handler");
}

/* ---- listening --------------------------------------------------------------------------------- */

static void count_message(struct gateway_counts *counts, enum session_message kind, enum gateway_message_result result)
{
    static const enum input_result as_input[GATEWAY_MESSAGE_RESULTS] = {[GATEWAY_MESSAGE_LATE] = INPUT_LATE,
                                                                        [GATEWAY_MESSAGE_INVALID_STATE] = INPUT_LATE,
                                                                        [GATEWAY_MESSAGE_RATE_LIMITED] =
                                                                            INPUT_RATE_LIMITED};
    if (kind != SESSION_SAYS_INPUT) {
        counts->messages[kind][result]++;
    } else if (result != GATEWAY_MESSAGE_ADMITTED) { /* input_batches.c counts those */
        counts->inputs[as_input[result]]++;
    }
}

static void on_message(struct client *client, const Mma__ClientMessage *message, uint64_t now_ms)
{
    struct gateway *gateway = client->gateway;
    struct jwt_claims claims = {.match_id = ""};
    enum session_message kind = client_message_kind(message);
    if (kind != SESSION_SAYS_INPUT) {
        gateway_list_backends(gateway);
    }
    enum gateway_message_result result =
        gateway_router_message(gateway->router, client->session, kind, message->cid, now_ms, &gateway->effects);
    count_message(&gateway->counts, kind, result);
    if (result == GATEWAY_MESSAGE_ADMITTED) {
        hand_in(client, kind, message, now_ms, &claims);
    }
    effect_queue_run(gateway, &(struct event_source){.message = message, .match_id = claims.match_id});
}

static void on_client_message(void *owner, struct websocket *socket, bool binary, const uint8_t *bytes, size_t size)
{
    (void)socket;
    struct client *client = owner;
    struct gateway *gateway = client->gateway;
    if (client->session == NULL) {
        return;
    }
    uint64_t now_ms = clock_monotonic_ms();
    gateway->counts.bytes_in += size;
    if (!gateway_router_frame(gateway->router, client->session, now_ms, &gateway->effects)) {
        gateway->counts.inputs[INPUT_RATE_LIMITED]++; /* who sends this much sends inputs */
        effect_queue_run_alone(gateway);
        return;
    }
    struct client_fault fault = {0, {"", "must be a binary WebSocket message"}};
    Mma__ClientMessage *message;
    if (binary && client_codec_read(gateway->codec, client->encoding, bytes, size, &message, &fault) == STATUS_OK) {
        on_message(client, message, now_ms);
        return;
    }
    gateway->counts.invalid_messages++;
    gateway_router_invalid(gateway->router, client->session, fault.cid, fault.error.field, fault.error.message, now_ms,
                           &gateway->effects);
    effect_queue_run_alone(gateway);
}

static void on_client_closed(void *owner, struct websocket *socket, uint16_t code)
{
    (void)socket;
    struct client *client = owner;
    struct gateway *gateway = client->gateway;
    gateway_metrics_closed(code);
    client->is_closing = true;
    if (client->session != NULL) {
        gateway_list_backends(gateway);
        gateway_router_closed(gateway->router, client->session, GATEWAY_CLOSE_NONE, clock_monotonic_ms(),
                              &gateway->effects);
        effect_queue_run_alone(gateway);
    }
    free(client);
}

const struct websocket_events client_events = {.on_message = on_client_message, .on_closed = on_client_closed};
