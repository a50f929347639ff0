/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_socket.h - WebSockets between clients and gateways (whole messages, in order), and HTTP exchanges.
 *
 * The gateway's end appears by on_socket_opened. A message is one packed ClientMessage or ServerMessage: the
 * subprotocol arena.v1.protobuf. Either end's close or death is seen by the other as on_socket_closed, after what
 * was sent before it (a close) or without it (a death, a cut). The socket is gone when on_socket_closed returns, or for
 * the one who closes with sim_socket_close itself: no event of it comes any more.
 */
#ifndef MMA_SIMULATION_SIM_SOCKET_H
#define MMA_SIMULATION_SIM_SOCKET_H

#include "tests/simulation/sim_redis.h" /* struct sim_value */

#define SIM_CLOSE_LOST 1006 /* no close frame came */

/* STATUS_UNAVAILABLE: the socket is closed, or closing at the other end. */
MUST_USE enum status sim_socket_send(struct sim_socket *socket, const void *bytes, size_t size);
size_t sim_socket_unsent(const struct sim_socket *socket); /* bytes sent and not yet at the peer's */
void sim_socket_close(struct sim_socket *socket, uint16_t code);
uint64_t sim_socket_id(const struct sim_socket *socket);         /* unique in the world */
const char *sim_socket_address(const struct sim_socket *socket); /* the client's, for limits: "10.1.0.7" */
/* What the program keeps with its end; NULL at first. */
void sim_socket_set_data(struct sim_socket *socket, struct sim_process *process, void *data);
void *sim_socket_data(const struct sim_socket *socket, const struct sim_process *process);

/* Of a client: to the gateway with that mailbox URL, or, NULL, to any gateway (a load balancer's choice). The socket
 * counts as open once on_socket_opened comes; when it cannot be opened on_socket_closed does. */
struct sim_socket *sim_socket_open(struct sim_process *client, const char *gateway);

/* ---- HTTP ---- */

struct sim_http_request {
    const char *method;    /* "POST" */
    const char *path;      /* "/v1/tickets" */
    const char *player_id; /* what the bearer token says: sub; "" without one */
    struct sim_value body; /* packed protobuf in place of JSON: CreateTicket; the answer's is a packed Ticket */
};

const struct sim_http_request *sim_http_request(const struct sim_exchange *exchange);
/* Exactly once, now or later; the exchange is gone then. An exchange that is never answered ends with the process. */
void sim_http_answer(struct sim_exchange *exchange, unsigned http_status, const void *body, size_t size);

/* http_status 0: no answer (lost, refused, timed out). */
typedef void sim_on_http_answer(void *owner, unsigned http_status, const void *body, size_t size);
/* Of a client: to any process of the role. */
void sim_http_ask(struct sim_process *client, const char *role, const struct sim_http_request *request,
                  sim_on_http_answer *on_answer, void *owner);

#endif
