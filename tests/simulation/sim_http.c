/* SPDX-License-Identifier: Apache-2.0 */
/* sim_http.c - HTTP exchanges of clients with any process of a role. */
#include "tests/simulation/sim_socket.h"

#include "tests/simulation/sim_parts.h"
#include "tests/simulation/sim_seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MS 5000 /* a client waits so long */

/* Lives to the world's end: either side may look at it late. */
struct sim_exchange {
    struct sim_exchange *next;
    struct sim_process *client, *server;
    uint64_t client_incarnation, server_incarnation;
    bool is_over; /* the client has its answer, or none */
    sim_on_http_answer *on_answer;
    void *owner;
    char method[8], path[128], player_id[72];
    struct sim_http_request request;
    uint8_t *body;
};

struct http_event {
    struct sim_exchange *exchange;
    unsigned http_status;
};

void sim_exchanges_destroy(struct sim_world *world)
{
    while (world->exchanges != NULL) {
        struct sim_exchange *exchange = world->exchanges;
        world->exchanges = exchange->next;
        free(exchange->body);
        free(exchange);
    }
}

static void take_answer(struct sim_world *world, struct sim_process *client, void *bytes, size_t size)
{
    (void)world;
    const struct http_event *event = bytes;
    struct sim_exchange *exchange = event->exchange;
    if (!exchange->is_over) {
        exchange->is_over = true;
        sim_log(client, "%s %s is answered %u", exchange->method, exchange->path, event->http_status);
        exchange->on_answer(exchange->owner, event->http_status, event + 1, size - sizeof(*event));
    }
}

static void take_request(struct sim_world *world, struct sim_process *server, void *bytes, size_t size)
{
    (void)world;
    (void)size;
    const struct http_event *event = bytes;
    if (server->life == SIM_RUNNING && server->program->on_http != NULL) {
        server->program->on_http(server->state, event->exchange);
    }
}

static struct sim_process *choose(struct sim_world *world, const char *role)
{
    struct sim_process *found = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->process_count; i++) {
        struct sim_process *process = &world->processes[i];
        if (strcmp(process->program->role, role) == 0 && sim_process_is_up(process) && sim_below(world, ++count) == 0) {
            found = process;
        }
    }
    return found;
}

static struct sim_exchange *make(struct sim_process *client, const struct sim_http_request *request)
{
    struct sim_exchange *exchange = calloc(1, sizeof(*exchange));
    REQUIRE(exchange != NULL);
    exchange->client = client;
    exchange->client_incarnation = client->incarnation;
    snprintf(exchange->method, sizeof(exchange->method), "%s", request->method);
    snprintf(exchange->path, sizeof(exchange->path), "%s", request->path);
    snprintf(exchange->player_id, sizeof(exchange->player_id), "%s", request->player_id);
    exchange->body = malloc(request->body.size + 1);
    REQUIRE(exchange->body != NULL);
    if (request->body.size > 0) {
        memcpy(exchange->body, request->body.bytes, request->body.size);
    }
    exchange->request = (struct sim_http_request){
        exchange->method, exchange->path, exchange->player_id, {exchange->body, request->body.size}};
    exchange->next = client->world->exchanges;
    client->world->exchanges = exchange;
    return exchange;
}

void sim_http_ask(struct sim_process *client, const char *role, const struct sim_http_request *request,
                  sim_on_http_answer *on_answer, void *owner)
{
    struct sim_world *world = client->world;
    struct sim_exchange *exchange = make(client, request);
    exchange->on_answer = on_answer;
    exchange->owner = owner;
    exchange->server = choose(world, role);
    sim_log(client, "asks %s %s", exchange->method, exchange->path);
    struct http_event event = {exchange, 0};
    sim_event_add(world, world->now_us + ANSWER_MS * SIM_US_PER_MS, client, take_answer, &event, sizeof(event));
    if (exchange->server != NULL) {
        uint64_t at_us[2];
        exchange->server_incarnation = exchange->server->incarnation;
        (void)sim_network_send(world, client->index, exchange->server->index, true, at_us);
        sim_event_add(world, at_us[0], exchange->server, take_request, &event, sizeof(event));
    }
}

const struct sim_http_request *sim_http_request(const struct sim_exchange *exchange)
{
    return &exchange->request;
}

void sim_http_answer(struct sim_exchange *exchange, unsigned http_status, const void *body, size_t size)
{
    struct sim_world *world = exchange->client->world;
    struct http_event event = {exchange, http_status};
    uint64_t at_us[2];
    if (exchange->client->incarnation == exchange->client_incarnation && sim_process_is_up(exchange->client)) {
        (void)sim_network_send(world, exchange->server->index, exchange->client->index, true, at_us);
        sim_event_add_parts(world, at_us[0], exchange->client, take_answer, &event, sizeof(event), body, size);
    }
}
