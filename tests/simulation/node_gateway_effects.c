/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/node_gateway_internal.h"

#include <stdlib.h>

#define REQUEST_TIMEOUT_MS 3000

static const struct trace_id no_trace;

/* ---- to backends ------------------------------------------------------------------------------- */

static void on_reply(void *owner, enum status status, const struct mailbox_envelope *reply)
{
    struct node_request *request = owner;
    struct gateway_node *node = request->node;
    struct backend_reply read;
    struct gateway_answer answer;
    backend_messages_read_reply(request->kind, status, reply != NULL, reply == NULL ? NULL : reply->payload,
                                reply == NULL ? 0 : reply->payload_size, &read, &answer);
    gateway_router_answered(node->router, request->id, &answer, sim_monotonic_ms(node->process), &node->effects);
    node_gateway_run(node, &(struct event_source){.reply = &read});
    backend_messages_free_reply(&read);
}

static void send_request(struct gateway_node *node, const struct gateway_effect *effect,
                         const struct event_source *source)
{
    struct backend_message message;
    struct node_request *request = &node->requests[pending_requests_slot(effect->request.id)];
    *request = (struct node_request){.node = node, .id = effect->request.id, .kind = effect->request.kind};
    backend_messages_fill_request(effect, source, sim_region(node->process), &message);
    request->failure = sim_request(node->process, effect->request.url, message.type, no_trace, message.base,
                                   REQUEST_TIMEOUT_MS, on_reply, request);
    if (request->failure != STATUS_OK) {
        request->next_failed = node->failed_requests;
        node->failed_requests = request;
    }
}

static void post(struct gateway_node *node, const struct gateway_effect *effect)
{
    struct backend_message message;
    backend_messages_fill_post(effect, &message);
    enum status status =
        sim_post(node->process, effect->post.url, MAILBOX_PUBLISH, message.type, no_trace, message.base);
    if (status != STATUS_OK) {
        sim_log(node->process, "message.lost to %s", effect->post.url);
    }
}

/* ---- to clients -------------------------------------------------------------------------------- */

static void send_to_client(struct gateway_node *node, const struct gateway_effect *effect,
                           const struct event_source *source)
{
    const struct client_message_facts facts = {.unix_ms = sim_unix_ms(node->process), .tick_rate_hz = 60};
    struct client_message message;
    size_t size = 0;
    client_messages_fill(node->router, effect, source, &facts, &message);
    const uint8_t *bytes = client_codec_write(node->codec, CLIENT_PROTOBUF, &message.message, &size);
    REQUIRE(bytes != NULL);
    enum status status = sim_socket_send(node->clients[effect->slot]->socket, bytes, size);
    (void)status; /* a socket that is closing: its end is the next event */
}

static void end_session(struct gateway_node *node, const struct gateway_effect *effect)
{
    struct node_client *client = node->clients[effect->slot];
    sim_log(node->process, "session.closed %s %s", effect->ended.player_id, effect->ended.reason);
    node->clients[effect->slot] = NULL;
    client->session = NULL;
    if (effect->ended.code == GATEWAY_CLOSE_NONE) {
        return; /* on_socket_closed frees it */
    }
    sim_socket_close(client->socket, (uint16_t)effect->ended.code);
    node->open_sockets--;
    free(client);
}

/* ---- the queue --------------------------------------------------------------------------------- */

static void carry_out(struct gateway_node *node, const struct gateway_effect *effect, const struct event_source *source)
{
    switch (effect->kind) {
    case GATEWAY_SEND_REQUEST:
        send_request(node, effect, source);
        return;
    case GATEWAY_SEND_LEAVE:
    case GATEWAY_SEND_UNWATCH:
        post(node, effect);
        return;
    case GATEWAY_SESSION_OPENED:
        sim_log(node->process, "session.opened %s", node->clients[effect->slot]->session->player_id);
        return;
    case GATEWAY_SESSION_ENDED:
        end_session(node, effect);
        return;
    case GATEWAY_REQUEST_FAILED:
        sim_log(node->process, "request.failed %s", effect->failed.request);
        return;
    case GATEWAY_BACKEND_LOST:
        sim_log(node->process, "peer.lost %s", effect->lost.url);
        return;
    case GATEWAY_DRAINED:
        sim_drained(node->process);
        return;
    default:
        send_to_client(node, effect, source);
        return;
    }
}

/* Hands the router a request that could not be sent; false: there is none. */
static bool next_failure(struct gateway_node *node)
{
    struct node_request *request = node->failed_requests;
    if (request == NULL) {
        return false;
    }
    node->failed_requests = request->next_failed;
    const struct gateway_answer answer = {.status = request->failure};
    gateway_router_answered(node->router, request->id, &answer, sim_monotonic_ms(node->process), &node->effects);
    return true;
}

void node_gateway_run(struct gateway_node *node, const struct event_source *source)
{
    do {
        for (uint32_t i = 0; i < node->effects.count; i++) {
            carry_out(node, &node->effects.items[i], source);
        }
        node->effects.count = 0;
    } while (next_failure(node));
}
