/* SPDX-License-Identifier: Apache-2.0 */
/* sim_client_http.c - tickets over HTTP: ask, look again until there is an assignment, then join over a socket. */
#include "proto/ticket.pb-c.h"
#include "tests/simulation/sim_client.h"
#include "tests/simulation/sim_socket.h"

#include <stdio.h>
#include <string.h>

static void forget(struct sim_client *client)
{
    client->is_http_ticket = false;
    client->ticket_id[0] = '\0';
    if (client->state == CLIENT_QUEUED) {
        sim_client_set_state(client, CLIENT_IDLE);
    }
}

static void take_ticket(struct sim_client *client, const Mma__Ticket *ticket)
{
    snprintf(client->ticket_id, sizeof(client->ticket_id), "%s", ticket->id);
    if (ticket->state == MMA__TICKET_STATE__COMPLETED && ticket->assignment != NULL) {
        snprintf(client->match_id, sizeof(client->match_id), "%s", ticket->assignment->match_id);
        snprintf(client->join_token, sizeof(client->join_token), "%s", ticket->assignment->token);
        client->is_http_ticket = false;
        sim_client_set_state(client, CLIENT_MATCHED);
    } else if (ticket->state >= MMA__TICKET_STATE__COMPLETED) {
        forget(client);
    }
}

static void on_answer(void *owner, unsigned http_status, const void *body, size_t size)
{
    struct sim_client *client = owner;
    client->is_asking_http = false;
    if (!client->is_http_ticket || client->state != CLIENT_QUEUED) {
        return;
    }
    Mma__Ticket *ticket =
        http_status == 200 || http_status == 201 ? mma__ticket__unpack(NULL, size, (const uint8_t *)body) : NULL;
    if (ticket != NULL) {
        take_ticket(client, ticket);
        mma__ticket__free_unpacked(ticket, NULL);
    } else if (client->ticket_id[0] == '\0' || http_status == 404) {
        forget(client);
    }
}

void sim_client_queue_over_http(struct sim_client *client, const char *queue)
{
    Mma__CreateTicket message;
    uint8_t bytes[256];
    char name[24];
    mma__create_ticket__init(&message);
    snprintf(name, sizeof(name), "%s", queue);
    message.player_id = client->player_id;
    message.queue = name;
    size_t size = mma__create_ticket__pack(&message, bytes);
    client->is_http_ticket = true;
    client->is_asking_http = true;
    client->ticket_id[0] = '\0';
    sim_client_set_state(client, CLIENT_QUEUED);
    sim_http_ask(client->process, "matchmaker",
                 &(struct sim_http_request){"POST", "/v1/tickets", client->player_id, {bytes, size}}, on_answer,
                 client);
}

void sim_client_poll_http(struct sim_client *client)
{
    if (!client->is_http_ticket || client->is_asking_http || client->ticket_id[0] == '\0') {
        return;
    }
    char path[64];
    snprintf(path, sizeof(path), "/v1/tickets/%s", client->ticket_id);
    client->is_asking_http = true;
    sim_http_ask(client->process, "matchmaker", &(struct sim_http_request){"GET", path, client->player_id, {NULL, 0}},
                 on_answer, client);
}
