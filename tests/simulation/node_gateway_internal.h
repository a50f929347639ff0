/* SPDX-License-Identifier: Apache-2.0 */
/* node_gateway_internal.h - what the gateway node's files share. */
#ifndef MMA_SIMULATION_NODE_GATEWAY_INTERNAL_H
#define MMA_SIMULATION_NODE_GATEWAY_INTERNAL_H

#include "libcommon/game/world/input.h"
#include "services/gateway/io/backend_messages.h"
#include "services/gateway/io/client_codec.h"
#include "services/gateway/io/client_messages.h"
#include "tests/simulation/node_gateway.h"

struct node_client {
    struct sim_socket *socket; /* NULL once it is closed */
    struct session *session;   /* NULL once it has ended */
};

struct node_request {
    struct gateway_node *node;
    uint64_t id;
    enum gateway_request_kind kind;
    enum status failure; /* why it could not be sent */
    struct node_request *next_failed;
};

struct node_batch {
    Mma__SessionInput items[GATEWAY_INPUT_BATCH_MAX];
    Mma__SessionInput *pointers[GATEWAY_INPUT_BATCH_MAX];
    uint8_t bytes[GATEWAY_INPUT_BATCH_MAX][INPUT_BYTES_MAX];
};

struct gateway_node {
    struct sim_process *process;
    struct gateway_router *router;
    void *router_memory;
    struct client_codec *codec;
    struct gateway_effects effects;
    struct node_client *clients[NODE_GATEWAY_SESSIONS_MAX]; /* by session slot */
    struct node_request requests[PENDING_REQUESTS_MAX];
    struct node_request *failed_requests;
    struct node_batch *batches[BACKENDS_MAX];
    uint32_t open_sockets;
};

/* node_gateway_effects.c: carries out what the router wants, and what comes of it; source as event_source.h says. */
void node_gateway_run(struct gateway_node *node, const struct event_source *source);

/* node_gateway_batches.c: a row for the session's engine; set_rate may be NULL. */
void node_gateway_add_row(struct gateway_node *node, struct session *session, enum gateway_row kind,
                          ProtobufCBinaryData input, Mma__SetRate *set_rate);

/* node_gateway_backends.c: what backends send unasked. */
void node_gateway_on_envelope(void *state, const struct mailbox_envelope *envelope);

/* The registry's lists for the router; before events that may choose from them. */
void node_gateway_list(struct gateway_node *node);

#endif
