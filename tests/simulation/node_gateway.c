/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/node_gateway.h"

#include "tests/simulation/node_gateway_internal.h"
#include "tests/simulation/sim_tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SWEEP_MS               250
#define CLOSE_TRY_AGAIN        1013 /* in place of the upgrade's 429 or 503 */
#define AUTHENTICATE_WITHIN_MS 5000
#define BACKEND_LOST_MS        2000
#define SKIP_BYTES             8192

static const char *const roles[BACKEND_ROLES] = {
    [BACKEND_MATCHMAKER] = "matchmaker", [BACKEND_ENGINE] = "game-engine", [BACKEND_SPECTATOR] = "spectator"};

/* ---- what the registry says -------------------------------------------------------------------- */

void node_gateway_list(struct gateway_node *node)
{
    struct backend_directory *directory = &node->router->directory;
    for (enum backend_role role = 0; role < BACKEND_ROLES; role++) {
        size_t count = 0;
        const struct registry_entry *entries = sim_registry_list(node->process, roles[role], &count);
        backend_directory_begin(directory, role);
        for (size_t i = 0; i < count; i++) {
            backend_directory_add(directory, role, entries[i].mailbox, entries[i].draining, entries[i].players);
        }
    }
    directory->age_ms = sim_registry_age_ms(node->process);
}

static void announce(struct gateway_node *node)
{
    sim_registry_announce(node->process, &(struct registry_entry){.players = node->router->players,
                                                                  .draining = node->router->drain.is_draining});
}

static void sweep(struct gateway_node *node)
{
    bool is_done;
    node_gateway_list(node);
    do {
        is_done =
            gateway_router_sweep(node->router, node->open_sockets, sim_monotonic_ms(node->process), &node->effects);
        node_gateway_run(node, &(struct event_source){0});
    } while (!is_done);
}

static void on_sweep(void *owner)
{
    struct gateway_node *node = owner;
    (void)sim_timer_start(node->process, SWEEP_MS, on_sweep, node);
    announce(node);
    sweep(node); /* last: it may be the end of a drain */
}

/* ---- messages of clients ----------------------------------------------------------------------- */

static void on_authenticate(struct gateway_node *node, struct session *session, const char *token, uint64_t now_ms)
{
    struct jwt_claims claims;
    enum jwt_refusal refusal =
        jwt_verify(sim_tokens_players(), token, strlen(token), "mma-game", sim_unix_ms(node->process) / 1000, &claims);
    if (refusal == JWT_GOOD) {
        gateway_router_authenticated(node->router, session, claims.subject, false, now_ms, &node->effects);
    } else {
        gateway_router_unauthorized(node->router, session, jwt_refusal_text(refusal), now_ms, &node->effects);
    }
}

static void on_join(struct gateway_node *node, struct session *session, const Mma__ClientMessage *message,
                    uint64_t now_ms, struct jwt_claims *out_claims)
{
    const char *token = message->join_match->join_token;
    enum jwt_refusal refusal = jwt_verify(sim_tokens_joins(), token, strlen(token), "mma-match",
                                          sim_unix_ms(node->process) / 1000, out_claims);
    if (refusal == JWT_GOOD) {
        const struct gateway_seat seat = {.player_id = out_claims->subject, .engine = out_claims->engine};
        gateway_router_join(node->router, session, message->cid, &seat, now_ms, &node->effects);
    } else {
        gateway_router_join_refused(session, message->cid, jwt_refusal_text(refusal), &node->effects);
    }
}

static void hand_in(struct gateway_node *node, struct session *session, const Mma__ClientMessage *message,
                    uint64_t now_ms, struct jwt_claims *out_claims)
{
    struct gateway_router *router = node->router;
    struct gateway_effects *effects = &node->effects;
    switch (client_message_kind(message)) {
    case SESSION_SAYS_AUTHENTICATE:
        on_authenticate(node, session, message->authenticate->token, now_ms);
        return;
    case SESSION_SAYS_INPUT:
        node_gateway_add_row(node, session, GATEWAY_ROW_INPUT, message->input, NULL);
        return;
    case SESSION_SAYS_CREATE_TICKET:
        gateway_router_create_ticket(router, session, message->cid, effects);
        return;
    case SESSION_SAYS_CANCEL_TICKET:
        gateway_router_cancel_ticket(router, session, message->cid, effects);
        return;
    case SESSION_SAYS_JOIN_MATCH:
        on_join(node, session, message, now_ms, out_claims);
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
        node_gateway_add_row(node, session, GATEWAY_ROW_SET_RATE, (ProtobufCBinaryData){0}, message->set_rate);
        return;
    case SESSION_MESSAGE_COUNT:
        break;
    }
    REQUIRE(false && "a message without a handler");
}

static void on_good_message(struct gateway_node *node, struct session *session, const Mma__ClientMessage *message,
                            uint64_t now_ms)
{
    struct jwt_claims claims = {.match_id = ""};
    node_gateway_list(node);
    if (gateway_router_message(node->router, session, client_message_kind(message), message->cid, now_ms,
                               &node->effects) == GATEWAY_MESSAGE_ADMITTED) {
        hand_in(node, session, message, now_ms, &claims);
    }
    node_gateway_run(node, &(struct event_source){.message = message, .match_id = claims.match_id});
}

static void on_socket_message(void *state, struct sim_socket *socket, const uint8_t *bytes, size_t size)
{
    struct gateway_node *node = state;
    const struct node_client *client = sim_socket_data(socket, node->process);
    uint64_t now_ms = sim_monotonic_ms(node->process);
    if (!gateway_router_frame(node->router, client->session, now_ms, &node->effects)) {
        node_gateway_run(node, &(struct event_source){0});
        return;
    }
    struct client_fault fault = {0, {"", ""}};
    Mma__ClientMessage *message;
    if (client_codec_read(node->codec, CLIENT_PROTOBUF, bytes, size, &message, &fault) == STATUS_OK) {
        on_good_message(node, client->session, message, now_ms);
        return;
    }
    gateway_router_invalid(node->router, client->session, fault.cid, fault.error.field, fault.error.message, now_ms,
                           &node->effects);
    node_gateway_run(node, &(struct event_source){0});
}

/* ---- sockets ----------------------------------------------------------------------------------- */

static void on_socket_opened(void *state, struct sim_socket *socket)
{
    struct gateway_node *node = state;
    const char *address = sim_socket_address(socket);
    uint64_t now_ms = sim_monotonic_ms(node->process);
    struct session *session = gateway_router_admit(node->router, address, now_ms) == GATEWAY_ADMIT
                                  ? gateway_router_open(node->router, address, now_ms)
                                  : NULL;
    if (session == NULL) {
        sim_socket_close(socket, CLOSE_TRY_AGAIN);
        return;
    }
    struct node_client *client = malloc(sizeof(*client));
    REQUIRE(client != NULL);
    *client = (struct node_client){.socket = socket, .session = session};
    node->clients[session->slot] = client;
    node->open_sockets++;
    sim_socket_set_data(socket, node->process, client);
}

static void on_socket_closed(void *state, struct sim_socket *socket, uint16_t code)
{
    struct gateway_node *node = state;
    struct node_client *client = sim_socket_data(socket, node->process);
    (void)code;
    if (client == NULL) {
        return;
    }
    node->open_sockets--;
    node_gateway_list(node);
    gateway_router_closed(node->router, client->session, GATEWAY_CLOSE_NONE, sim_monotonic_ms(node->process),
                          &node->effects);
    node_gateway_run(node, &(struct event_source){0});
    free(client);
}

/* ---- life -------------------------------------------------------------------------------------- */

static struct gateway_rules rules_of(const struct sim_process *process)
{
    return (struct gateway_rules){
        .sessions_max = NODE_GATEWAY_SESSIONS_MAX,
        .rates = {.input_rate_hz = 70, .input_burst = 70, .message_rate_hz = 20, .message_burst = 40},
        .connects_per_minute = 0,
        .spectator_joins_per_minute = 60,
        .socket_skip_bytes = SKIP_BYTES,
        .authenticate_timeout_ms = AUTHENTICATE_WITHIN_MS,
        .backend_lost_ms = BACKEND_LOST_MS,
        .drain_grace_ms = sim_settings(process)->drain_timeout_ms,
    };
}

static void *start(struct sim_process *process, uint64_t seed)
{
    struct gateway_node *node = calloc(1, sizeof(*node));
    const struct gateway_rules rules = rules_of(process);
    REQUIRE(node != NULL);
    node->process = process;
    node->router = malloc(sizeof(*node->router));
    node->router_memory = aligned_alloc(16, (gateway_router_bytes(rules.sessions_max) + 15) / 16 * 16);
    REQUIRE(node->router != NULL && node->router_memory != NULL);
    REQUIRE(client_codec_create(&node->codec) == STATUS_OK);
    gateway_router_init(node->router, &rules, seed, node->router_memory);
    for (enum backend_role role = 0; role < BACKEND_ROLES; role++) {
        sim_registry_watch(process, roles[role]);
    }
    announce(node);
    (void)sim_timer_start(process, SWEEP_MS, on_sweep, node);
    return node;
}

static void drain(void *state)
{
    struct gateway_node *node = state;
    gateway_router_drain(node->router, sim_monotonic_ms(node->process));
    announce(node);
    sweep(node);
}

static void destroy(void *state)
{
    struct gateway_node *node = state;
    for (uint32_t slot = 0; slot < NODE_GATEWAY_SESSIONS_MAX; slot++) {
        free(node->clients[slot]);
    }
    for (uint32_t i = 0; i < BACKENDS_MAX; i++) {
        free(node->batches[i]);
    }
    client_codec_destroy(node->codec);
    free(node->router_memory);
    free(node->router);
    free(node);
}

static uint32_t held(const void *state, char *out_text, size_t size)
{
    const struct gateway_router *router = ((const struct gateway_node *)state)->router;
    uint32_t users = 0;
    for (uint32_t i = 0; i < router->backends.used; i++) {
        users += router->backends.items[i].users;
    }
    (void)snprintf(out_text, size, "%u requests, %u sessions at backends, %u viewers", router->requests.count, users,
                   router->watchers);
    return router->requests.count + users + router->watchers;
}

const struct gateway_router *node_gateway_router(const void *state)
{
    return ((const struct gateway_node *)state)->router;
}

const struct sim_program node_gateway = {.role = "gateway",
                                         .start = start,
                                         .drain = drain,
                                         .destroy = destroy,
                                         .held = held,
                                         .on_envelope = node_gateway_on_envelope,
                                         .on_socket_opened = on_socket_opened,
                                         .on_socket_message = on_socket_message,
                                         .on_socket_closed = on_socket_closed};
