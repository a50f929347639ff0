/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/sim_socket.h"

#include "tests/simulation/sim_parts.h"
#include "tests/simulation/sim_seen.h"
#include "tests/simulation/sim_sockets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLIENT, GATEWAY };

/* CLOSED: this end has closed, has seen the close, or its process has gone. */
enum end_state { OPENING, OPEN, CLOSED };

struct sim_socket {
    struct sim_socket *next;
    uint64_t id;
    char address[24];
    struct {
        struct sim_process *process;
        uint64_t incarnation;
        enum end_state state;
        void *data;
        size_t unsent;
    } ends[2];
    uint64_t held_until_us; /* a fault: nothing gets through before */
};

struct sim_sockets {
    struct sim_socket *first; /* all there ever were */
};

struct socket_event {
    struct sim_socket *socket;
    uint32_t end; /* that it is for */
    uint16_t code;
};

static struct sim_sockets *sockets_of(struct sim_world *world)
{
    if (world->sockets == NULL) {
        world->sockets = calloc(1, sizeof(*world->sockets));
        REQUIRE(world->sockets != NULL);
    }
    return world->sockets;
}

void sim_sockets_destroy(struct sim_world *world)
{
    while (world->sockets != NULL && world->sockets->first != NULL) {
        struct sim_socket *socket = world->sockets->first;
        world->sockets->first = socket->next;
        free(socket);
    }
    free(world->sockets);
    world->sockets = NULL;
}

/* Of the process at work now. */
static uint32_t own_end(const struct sim_socket *socket)
{
    const struct sim_process *client = socket->ends[CLIENT].process;
    return client->world->current == client ? CLIENT : GATEWAY;
}

static bool is_there(const struct sim_socket *socket, uint32_t end)
{
    const struct sim_process *process = socket->ends[end].process;
    return sim_process_is_up(process) && process->incarnation == socket->ends[end].incarnation;
}

static uint64_t arrival_us(struct sim_socket *socket, uint32_t to)
{
    struct sim_world *world = socket->ends[to].process->world;
    uint64_t at_us[2];
    (void)sim_network_send(world, socket->ends[1 - to].process->index, socket->ends[to].process->index, true, at_us);
    return at_us[0] > socket->held_until_us ? at_us[0] : socket->held_until_us;
}

static void add_event(struct sim_socket *socket, uint32_t to, uint64_t at_us, sim_run *run, uint16_t code)
{
    struct socket_event event = {socket, to, code};
    sim_event_add(socket->ends[to].process->world, at_us, socket->ends[to].process, run, &event, sizeof(event));
}

/* ---- closing -------------------------------------------------------------------------------------- */

static void see_closed(struct sim_socket *socket)
{
    struct sim_process *client = socket->ends[CLIENT].process;
    sim_observe(client->world, &(struct sim_observation){.kind = SIM_SAW_CLOSED,
                                                         .at_us = client->world->now_us,
                                                         .process = client,
                                                         .peer = socket->ends[GATEWAY].process,
                                                         .socket = socket->id});
}

static void take_close(struct sim_world *world, struct sim_process *process, void *bytes, size_t size)
{
    (void)world;
    (void)size;
    const struct socket_event *event = bytes;
    struct sim_socket *socket = event->socket;
    if (socket->ends[event->end].state == CLOSED) {
        return;
    }
    bool was_seen = event->end == CLIENT || socket->ends[GATEWAY].state == OPEN;
    socket->ends[event->end].state = CLOSED;
    sim_log(process, "socket %llu closes, %u", (unsigned long long)socket->id, event->code);
    if (event->end == CLIENT) {
        see_closed(socket);
    }
    if (was_seen) {
        process->program->on_socket_closed(process->state, socket, event->code);
    }
}

void sim_socket_close(struct sim_socket *socket, uint16_t code)
{
    uint32_t end = own_end(socket);
    if (socket->ends[end].state == CLOSED) {
        return;
    }
    socket->ends[end].state = CLOSED;
    sim_log(socket->ends[end].process, "closes socket %llu, %u", (unsigned long long)socket->id, code);
    if (end == CLIENT) {
        see_closed(socket);
    }
    if (socket->ends[1 - end].state != CLOSED && is_there(socket, 1 - end)) {
        add_event(socket, 1 - end, arrival_us(socket, 1 - end), take_close, code);
    }
}

void sim_socket_cut(struct sim_socket *socket)
{
    struct sim_world *world = socket->ends[CLIENT].process->world;
    for (uint32_t end = 0; end < 2; end++) {
        if (socket->ends[end].state != CLOSED && is_there(socket, end)) {
            /* One side may notice much later than the other: a keep-alive's time. */
            uint64_t at_us = world->now_us + sim_between_us(world, 1000, sim_chance(world, 300) ? 5000000 : 100000);
            add_event(socket, end, at_us, take_close, SIM_CLOSE_LOST);
        }
    }
}

/* ---- opening -------------------------------------------------------------------------------------- */

static void open_client(struct sim_world *world, struct sim_process *process, void *bytes, size_t size)
{
    (void)world;
    (void)size;
    const struct socket_event *event = bytes;
    if (event->socket->ends[CLIENT].state == OPENING) {
        event->socket->ends[CLIENT].state = OPEN;
        process->program->on_socket_opened(process->state, event->socket);
    }
}

static void open_gateway(struct sim_world *world, struct sim_process *process, void *bytes, size_t size)
{
    (void)world;
    (void)size;
    const struct socket_event *event = bytes;
    struct sim_socket *socket = event->socket;
    if (socket->ends[GATEWAY].state != OPENING || process->life == SIM_DRAINING) {
        socket->ends[GATEWAY].state = CLOSED;
        add_event(socket, CLIENT, arrival_us(socket, CLIENT), take_close, SIM_CLOSE_LOST);
        return;
    }
    socket->ends[GATEWAY].state = OPEN;
    sim_log(process, "socket %llu of %s opens", (unsigned long long)socket->id, socket->ends[CLIENT].process->name);
    add_event(socket, CLIENT, arrival_us(socket, CLIENT), open_client, 0);
    process->program->on_socket_opened(process->state, socket);
}

static struct sim_process *choose(struct sim_world *world, const char *role, const char *url)
{
    struct sim_process *found = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->process_count; i++) {
        struct sim_process *process = &world->processes[i];
        bool is_meant = strcmp(process->program->role, role) == 0 && (url == NULL || strcmp(process->url, url) == 0);
        if (is_meant && (url != NULL || sim_process_is_up(process)) && sim_below(world, ++count) == 0) {
            found = process;
        }
    }
    return found;
}

struct sim_socket *sim_socket_open(struct sim_process *client, const char *gateway)
{
    struct sim_world *world = client->world;
    struct sim_process *peer = choose(world, "gateway", gateway);
    struct sim_socket *socket = calloc(1, sizeof(*socket));
    REQUIRE(socket != NULL);
    socket->id = ++world->next_id;
    socket->next = sockets_of(world)->first;
    sockets_of(world)->first = socket;
    snprintf(socket->address, sizeof(socket->address), "10.200.%u.%u", client->index / 200, client->index % 200);
    socket->ends[CLIENT].process = client;
    socket->ends[CLIENT].incarnation = client->incarnation;
    socket->ends[GATEWAY].process = peer != NULL ? peer : client;
    socket->ends[GATEWAY].incarnation = peer != NULL ? peer->incarnation : 0;
    if (!is_there(socket, GATEWAY)) {
        socket->ends[GATEWAY].state = CLOSED;
        add_event(socket, CLIENT, world->now_us + sim_between_us(world, 10000, 1000000), take_close, SIM_CLOSE_LOST);
    } else {
        add_event(socket, GATEWAY, arrival_us(socket, GATEWAY), open_gateway, 0);
    }
    return socket;
}

/* ---- messages ------------------------------------------------------------------------------------- */

static void take_written(struct sim_world *world, struct sim_process *process, void *bytes, size_t size)
{
    (void)world;
    (void)size;
    const struct socket_event *event = bytes;
    if (event->socket->ends[event->end].state == OPEN && process->program->on_socket_written != NULL) {
        process->program->on_socket_written(process->state, event->socket);
    }
}

static void take_message(struct sim_world *world, struct sim_process *process, void *bytes, size_t size)
{
    const struct socket_event *event = bytes;
    struct sim_socket *socket = event->socket;
    uint32_t from = 1 - event->end;
    size_t length = size - sizeof(*event);
    const uint8_t *message = (const uint8_t *)(event + 1);
    socket->ends[from].unsent -= length;
    if (is_there(socket, from) && socket->ends[from].state == OPEN &&
        socket->ends[from].process->program->on_socket_written != NULL) {
        add_event(socket, from, world->now_us, take_written, 0);
    }
    if (socket->ends[event->end].state != OPEN) {
        return;
    }
    process->program->on_socket_message(process->state, socket, message, length);
}

enum status sim_socket_send(struct sim_socket *socket, const void *bytes, size_t size)
{
    uint32_t from = own_end(socket);
    struct sim_process *process = socket->ends[from].process;
    if (socket->ends[from].state != OPEN) {
        return STATUS_UNAVAILABLE;
    }
    sim_observe(process->world, &(struct sim_observation){.kind = from == CLIENT ? SIM_SAW_ASKED : SIM_SAW_WRITTEN,
                                                          .at_us = process->world->now_us,
                                                          .process = process,
                                                          .peer = socket->ends[1 - from].process,
                                                          .socket = socket->id,
                                                          .bytes = bytes,
                                                          .size = size});
    if (socket->ends[1 - from].state == CLOSED || !is_there(socket, 1 - from)) {
        return STATUS_OK; /* nobody reads it; its close is on the way */
    }
    struct socket_event event = {socket, 1 - from, 0};
    socket->ends[from].unsent += size;
    sim_event_add_parts(process->world, arrival_us(socket, 1 - from), socket->ends[1 - from].process, take_message,
                        &event, sizeof(event), bytes, size);
    return STATUS_OK;
}

size_t sim_socket_unsent(const struct sim_socket *socket)
{
    return socket->ends[own_end(socket)].unsent;
}

uint64_t sim_socket_id(const struct sim_socket *socket)
{
    return socket->id;
}

const char *sim_socket_address(const struct sim_socket *socket)
{
    return socket->address;
}

static uint32_t end_of(const struct sim_socket *socket, const struct sim_process *process)
{
    return process == socket->ends[CLIENT].process ? CLIENT : GATEWAY;
}

void sim_socket_set_data(struct sim_socket *socket, struct sim_process *process, void *data)
{
    socket->ends[end_of(socket, process)].data = data;
}

void *sim_socket_data(const struct sim_socket *socket, const struct sim_process *process)
{
    return socket->ends[end_of(socket, process)].data;
}

/* ---- faults --------------------------------------------------------------------------------------- */

void sim_sockets_lose(struct sim_process *process, bool is_clean)
{
    struct sim_world *world = process->world;
    for (struct sim_socket *socket = sockets_of(world)->first; socket != NULL; socket = socket->next) {
        for (uint32_t end = 0; end < 2; end++) {
            if (socket->ends[end].process != process || socket->ends[end].state == CLOSED) {
                continue;
            }
            socket->ends[end].state = CLOSED;
            if (socket->ends[1 - end].state != CLOSED && is_there(socket, 1 - end)) {
                add_event(socket, 1 - end, arrival_us(socket, 1 - end), take_close, is_clean ? 1001 : SIM_CLOSE_LOST);
            }
        }
    }
}

struct sim_socket *sim_socket_any(struct sim_world *world)
{
    struct sim_socket *found = NULL;
    uint32_t count = 0;
    for (struct sim_socket *socket = sockets_of(world)->first; socket != NULL; socket = socket->next) {
        if (socket->ends[CLIENT].state == OPEN && socket->ends[GATEWAY].state == OPEN &&
            sim_below(world, ++count) == 0) {
            found = socket;
        }
    }
    return found;
}

void sim_socket_hold(struct sim_socket *socket, uint64_t until_us)
{
    socket->held_until_us = until_us > socket->held_until_us ? until_us : socket->held_until_us;
}

uint32_t sim_sockets_open(const struct sim_world *world)
{
    uint32_t count = 0;
    for (const struct sim_socket *s = world->sockets != NULL ? world->sockets->first : NULL; s != NULL; s = s->next) {
        count += s->ends[CLIENT].state == OPEN;
    }
    return count;
}
