/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/io/effect_queue.h"

#include "libcommon/runtime/telemetry/clock.h"
#include "services/gateway/io/backend_messages.h"
#include "services/gateway/io/client_connection.h"
#include "services/gateway/io/client_messages.h"

#include <string.h>

/* ---- to backends ------------------------------------------------------------------------------- */

static void on_reply(void *owner, enum status status, const struct mailbox_envelope *reply)
{
    struct gateway_request *request = owner;
    struct gateway *gateway = request->gateway;
    struct backend_reply read;
    struct gateway_answer answer;
    backend_messages_read_reply(request->kind, status, reply != NULL, reply == NULL ? NULL : reply->payload,
                                reply == NULL ? 0 : reply->payload_size, &read, &answer);
    gateway_router_answered(gateway->router, request->id, &answer, clock_monotonic_ms(), &gateway->effects);
    effect_queue_run(gateway, &(struct event_source){.reply = &read});
    backend_messages_free_reply(&read);
}

static void send_request(struct gateway *gateway, const struct gateway_effect *effect,
                         const struct event_source *source)
{
    struct backend_message message;
    struct gateway_request *request = &gateway->requests[pending_requests_slot(effect->request.id)];
    struct trace_id trace = {0};
    if (effect->slot != SESSION_NONE) {
        trace = gateway->clients[effect->slot]->trace;
    }
    *request = (struct gateway_request){.gateway = gateway, .id = effect->request.id, .kind = effect->request.kind};
    backend_messages_fill_request(effect, source, daemon_settings(gateway->daemon)->region, &message);
    request->failure = mailbox_request(gateway->mailbox, effect->request.url, message.type, trace, message.base,
                                       gateway->settings->request_timeout_ms, on_reply, request);
    if (request->failure != STATUS_OK) {
        request->next_failed = gateway->failed_requests;
        gateway->failed_requests = request;
    }
}

static void post(struct gateway *gateway, const struct gateway_effect *effect)
{
    struct backend_message message;
    backend_messages_fill_post(effect, &message);
    enum status status = mailbox_post(gateway->mailbox, effect->post.url, MAILBOX_PUBLISH, message.type,
                                      (struct trace_id){0}, message.base);
    if (status != STATUS_OK) {
        log_warning("message.lost", LOG_U64("type", (uint64_t)message.type), LOG_TEXT("peer", effect->post.url),
                    LOG_STATUS(status));
    }
}

/* ---- to clients -------------------------------------------------------------------------------- */

static void log_message(const struct client *client, const struct gateway_effect *effect,
                        const Mma__ServerMessage *message)
{
    const struct session *session = client->session;
    if (effect->kind == GATEWAY_SEND_ERROR) {
        gateway_metrics_refused(effect->error.code);
    } else if (effect->kind == GATEWAY_SEND_ANSWER && effect->answer.kind == GATEWAY_REQUEST_JOIN) {
        log_info("match.joined", LOG_TRACE(client->trace), LOG_TEXT("match", message->match_joined->match_id),
                 LOG_ID("session", session->id), LOG_TEXT("player", session->player_id));
    } else if (effect->kind == GATEWAY_SEND_MATCH_FOUND) {
        log_info("match.found", LOG_TRACE(client->trace), LOG_TEXT("match", message->match_found->match_id),
                 LOG_ID("session", session->id), LOG_TEXT("player", session->player_id),
                 LOG_TEXT("ticket", message->match_found->ticket_id));
    } else if (effect->kind == GATEWAY_SEND_MATCH_ENDED) {
        log_info("match.left", LOG_TEXT("match", message->match_ended->match_id), LOG_ID("session", session->id),
                 LOG_TEXT("player", session->player_id), LOG_TEXT("reason", "MATCH_OVER"));
    }
}

static void send_to_client(struct gateway *gateway, const struct gateway_effect *effect,
                           const struct event_source *source)
{
    struct client *client = gateway->clients[effect->slot];
    struct client_message_facts facts = {.unix_ms = clock_unix_ms(), .tick_rate_hz = gateway->settings->tick_rate_hz};
    struct client_message message;
    client_messages_fill(gateway->router, effect, source, &facts, &message);
    log_message(client, effect, &message.message);
    if (!client_send(client, &message.message) && !client->has_failed) {
        client->has_failed = true;
        client->next_failed = gateway->failed_clients;
        gateway->failed_clients = client;
    }
}

/* ---- sessions ---------------------------------------------------------------------------------- */

static void on_opened(struct gateway *gateway, const struct gateway_effect *effect)
{
    const struct client *client = gateway->clients[effect->slot];
    gateway_metrics_session("opened");
    log_info("session.opened", LOG_TRACE(client->trace), LOG_ID("session", effect->session_id),
             LOG_TEXT("player", client->session->player_id), LOG_TEXT("peer", client->address),
             LOG_TEXT("encoding", client->encoding == CLIENT_MSGPACK ? "msgpack" : "protobuf"));
}

static void on_ended(struct gateway *gateway, const struct gateway_effect *effect)
{
    struct client *client = gateway->clients[effect->slot];
    if (effect->ended.result != NULL) {
        gateway_metrics_session(effect->ended.result);
    }
    if (effect->ended.code == GATEWAY_CLOSE_RATE_LIMITED) {
        log_info("session.flooded", LOG_ID("session", effect->session_id), LOG_TEXT("player", effect->ended.player_id),
                 LOG_TEXT("peer", client->address));
    }
    log_info("session.closed", LOG_ID("session", effect->session_id), LOG_TEXT("player", effect->ended.player_id),
             LOG_TEXT("reason", effect->ended.reason), LOG_U64("lived_ms", effect->ended.lived_ms));
    gateway->clients[effect->slot] = NULL;
    client_close(client, effect->ended.code, effect->ended.close_reason);
}

static void on_backend_lost(const struct gateway_effect *effect)
{
    log_warning("peer.lost", LOG_TEXT("peer", effect->lost.url), LOG_TEXT("role", gateway_roles[effect->lost.role]),
                LOG_U64("sessions", effect->lost.sessions));
}

/* ---- the queue --------------------------------------------------------------------------------- */

static void carry_out(struct gateway *gateway, const struct gateway_effect *effect, const struct event_source *source)
{
    switch (effect->kind) {
    case GATEWAY_SEND_REQUEST:
        send_request(gateway, effect, source);
        return;
    case GATEWAY_SEND_LEAVE:
    case GATEWAY_SEND_UNWATCH:
        post(gateway, effect);
        return;
    case GATEWAY_SESSION_OPENED:
        on_opened(gateway, effect);
        return;
    case GATEWAY_SESSION_ENDED:
        on_ended(gateway, effect);
        return;
    case GATEWAY_REQUEST_FAILED:
        log_warning("request.failed", LOG_TEXT("request", effect->failed.request), LOG_TEXT("peer", effect->failed.url),
                    LOG_STATUS(effect->failed.status));
        return;
    case GATEWAY_BACKEND_LOST:
        on_backend_lost(effect);
        return;
    case GATEWAY_DRAINED:
        daemon_drained(gateway->daemon);
        return;
    default:
        send_to_client(gateway, effect, source);
        return;
    }
}

/* Hands the router one thing that went wrong; false: there is none. */
static bool next_failure(struct gateway *gateway)
{
    struct gateway_request *request = gateway->failed_requests;
    struct client *client = gateway->failed_clients;
    uint64_t now_ms = clock_monotonic_ms();
    if (request != NULL) {
        gateway->failed_requests = request->next_failed;
        struct gateway_answer answer = {.status = request->failure};
        gateway_router_answered(gateway->router, request->id, &answer, now_ms, &gateway->effects);
        return true;
    }
    if (client != NULL) {
        gateway->failed_clients = client->next_failed;
        client->has_failed = false;
        if (client->session != NULL) {
            gateway_router_closed(gateway->router, client->session, GATEWAY_CLOSE_INTERNAL, now_ms, &gateway->effects);
        }
        return true;
    }
    return false;
}

void effect_queue_run(struct gateway *gateway, const struct event_source *source)
{
    struct gateway_effects *effects = &gateway->effects;
    if (effects->count == 0) {
        return;
    }
    REQUIRE(!gateway->is_carrying_out);
    gateway->is_carrying_out = true;
    do {
        for (uint32_t i = 0; i < effects->count; i++) {
            carry_out(gateway, &effects->items[i], source);
        }
        effects->count = 0;
    } while (next_failure(gateway));
    gateway->is_carrying_out = false;
}

void effect_queue_run_alone(struct gateway *gateway)
{
    effect_queue_run(gateway, &(struct event_source){0});
}
