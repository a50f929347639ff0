/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/sim_link.h"

#include "tests/simulation/sim_broker.h"
#include "tests/simulation/sim_seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECONNECT_LEAST_US 50000
#define RECONNECT_MOST_US  500000
#define HEARTBEAT_US       2000000 /* without a word from the other side it is taken for dead */

static const char *const names[SIM_DEPENDENCY_COUNT] = {"redis", "rabbitmq", "postgresql"};
static const uint64_t timeouts_ms[SIM_DEPENDENCY_COUNT] = {SIM_REDIS_TIMEOUT_MS, 5000, SIM_POSTGRES_TIMEOUT_MS};

struct link_event {
    enum sim_dependency dependency;
    uint32_t generation;
};

/* ---- up and down ---------------------------------------------------------------------------------- */

static bool is_reachable(const struct sim_world *world, const struct sim_process *process,
                         enum sim_dependency dependency)
{
    const struct sim_store *store = &world->stores[dependency];
    return store->away_until_us <= world->now_us && store->hang_until_us <= world->now_us &&
           !sim_network_is_cut(world, process->index, SIM_PLACE_STORE(dependency)) &&
           !sim_network_is_cut(world, SIM_PLACE_STORE(dependency), process->index);
}

static void say(struct sim_process *process, enum sim_dependency dependency, bool is_up)
{
    sim_log(process, "%s is %s", names[dependency], is_up ? "up" : "away");
    if (process->program->on_dependency != NULL) {
        process->program->on_dependency(process->state, dependency, is_up);
    }
}

static void try_link(struct sim_world *world, struct sim_process *process, void *bytes, size_t size);

static void try_later(struct sim_process *process, enum sim_dependency dependency)
{
    struct sim_world *world = process->world;
    struct link_event event = {.dependency = dependency};
    sim_event_add(world, world->now_us + sim_between_us(world, RECONNECT_LEAST_US, RECONNECT_MOST_US), process,
                  try_link, &event, sizeof(event));
}

static void try_link(struct sim_world *world, struct sim_process *process, void *bytes, size_t size)
{
    (void)size;
    const struct link_event *event = bytes;
    struct sim_link *link = &process->links[event->dependency];
    if (link->is_up) {
        return;
    }
    if (!is_reachable(world, process, event->dependency)) {
        try_later(process, event->dependency);
        return;
    }
    link->is_up = true;
    link->generation++;
    link->ups++;
    if (event->dependency == SIM_RABBITMQ) {
        sim_broker_connect(process);
        sim_amqp_linked(process);
    }
    say(process, event->dependency, true);
}

void sim_link_open(struct sim_process *process)
{
    struct sim_world *world = process->world;
    if (process->is_client) {
        return;
    }
    for (int dependency = 0; dependency < SIM_DEPENDENCY_COUNT; dependency++) {
        struct sim_link *link = &process->links[dependency];
        *link = (struct sim_link){.generation = link->generation};
        struct link_event event = {.dependency = (enum sim_dependency)dependency};
        sim_event_add(world, world->now_us + sim_between_us(world, 1000, 20000), process, try_link, &event,
                      sizeof(event));
    }
}

/* ---- calls ---------------------------------------------------------------------------------------- */

static void finish(struct sim_call *call, enum status status, const struct sim_redis_reply *reply)
{
    if (call->on_redis != NULL) {
        call->on_redis(call->owner, status, reply);
    } else if (call->on_postgres != NULL) {
        call->on_postgres(call->owner, status, reply != NULL ? reply->values : NULL, reply != NULL ? reply->count : 0);
    }
    free(call);
}

static struct sim_call *take_call(struct sim_link *link, uint64_t id)
{
    struct sim_call *previous = NULL;
    for (struct sim_call *call = link->first; call != NULL; previous = call, call = call->next) {
        if (call->id != id) {
            continue;
        }
        *(previous != NULL ? &previous->next : &link->first) = call->next;
        link->last = link->last == call ? previous : link->last;
        return call;
    }
    return NULL;
}

/* The callbacks may call again: what comes up meanwhile is refused, for the link is down. */
static void fail_all(struct sim_link *link)
{
    struct sim_call *call = link->first;
    link->first = NULL;
    link->last = NULL;
    while (call != NULL) {
        struct sim_call *next = call->next;
        finish(call, STATUS_UNAVAILABLE, NULL);
        call = next;
    }
}

static void lose_link(struct sim_process *process, enum sim_dependency dependency)
{
    struct sim_link *link = &process->links[dependency];
    if (!link->is_up) {
        return;
    }
    link->is_up = false;
    link->generation++;
    if (dependency == SIM_RABBITMQ) {
        sim_broker_disconnect(process);
    }
    say(process, dependency, false);
    fail_all(link);
    try_later(process, dependency);
}

static void drop_link(struct sim_world *world, struct sim_process *process, void *bytes, size_t size)
{
    (void)world;
    (void)size;
    const struct link_event *event = bytes;
    if (process->links[event->dependency].generation == event->generation) {
        lose_link(process, event->dependency);
    }
}

void sim_link_drop(struct sim_process *process, enum sim_dependency dependency)
{
    struct sim_world *world = process->world;
    struct link_event event = {dependency, process->links[dependency].generation};
    sim_event_add(world, world->now_us + sim_between_us(world, 100, 50000), process, drop_link, &event, sizeof(event));
}

void sim_link_abandon(struct sim_process *process)
{
    for (int dependency = 0; dependency < SIM_DEPENDENCY_COUNT; dependency++) {
        struct sim_link *link = &process->links[dependency];
        while (link->first != NULL) {
            struct sim_call *call = link->first;
            link->first = call->next;
            free(call);
        }
        link->last = NULL;
        if (link->is_up && dependency == SIM_RABBITMQ) {
            sim_broker_disconnect(process);
        }
        link->is_up = false;
        link->generation++;
    }
}

void sim_link_store_away(struct sim_world *world, enum sim_dependency dependency, uint64_t until_us)
{
    struct sim_store *store = &world->stores[dependency];
    store->away_until_us = until_us > store->away_until_us ? until_us : store->away_until_us;
    for (uint32_t i = 0; i < world->process_count; i++) {
        if (sim_process_is_up(&world->processes[i]) && world->processes[i].links[dependency].is_up) {
            sim_link_drop(&world->processes[i], dependency);
        }
    }
}

static void check_link(struct sim_world *world, struct sim_process *process, void *bytes, size_t size)
{
    (void)size;
    const struct link_event *event = bytes;
    struct sim_link *link = &process->links[event->dependency];
    if (link->generation == event->generation && !is_reachable(world, process, event->dependency)) {
        lose_link(process, event->dependency);
    }
}

void sim_link_check(struct sim_process *process, enum sim_dependency dependency)
{
    struct sim_world *world = process->world;
    struct link_event event = {dependency, process->links[dependency].generation};
    if (sim_process_is_up(process) && process->links[dependency].is_up) {
        sim_event_add(world, world->now_us + HEARTBEAT_US + sim_below(world, HEARTBEAT_US / 2), process, check_link,
                      &event, sizeof(event));
    }
}

void sim_link_suspect(struct sim_process *process, enum sim_dependency dependency)
{
    struct sim_link *link = &process->links[dependency];
    if (link->is_up && dependency == SIM_RABBITMQ) {
        sim_broker_disconnect(process);
    }
    sim_link_drop(process, dependency); /* it hears of it when it goes on */
}

void sim_link_store_hang(struct sim_world *world, enum sim_dependency dependency, uint64_t until_us)
{
    struct sim_store *store = &world->stores[dependency];
    store->hang_until_us = until_us > store->hang_until_us ? until_us : store->hang_until_us;
    for (uint32_t i = 0; i < world->process_count; i++) {
        sim_link_check(&world->processes[i], dependency);
    }
}

/* ---- there and back ------------------------------------------------------------------------------- */

struct call_event {
    enum sim_dependency dependency;
    uint32_t index, generation;
    uint64_t id, incarnation;
    sim_execute *execute;
    size_t size;
};

struct answer_event {
    enum sim_dependency dependency;
    uint32_t generation;
    uint64_t id;
    enum status status;
    size_t count;
    char text[96];
};

void sim_answer_add(struct sim_answer *answer, const void *bytes, size_t size)
{
    size_t noted = bytes != NULL ? size : SIZE_MAX, carried = bytes != NULL ? size : 0;
    size_t needed = answer->size + sizeof(noted) + carried;
    if (needed > answer->capacity) {
        answer->capacity = 2 * needed;
        answer->bytes = realloc(answer->bytes, answer->capacity);
        REQUIRE(answer->bytes != NULL);
    }
    memcpy(answer->bytes + answer->size, &noted, sizeof(noted));
    if (carried > 0) {
        memcpy(answer->bytes + answer->size + sizeof(noted), bytes, carried);
    }
    answer->size = needed;
    answer->count++;
}

static void take_answer(struct sim_world *world, struct sim_process *process, void *bytes, size_t size)
{
    (void)world;
    const struct answer_event *event = bytes;
    struct sim_link *link = &process->links[event->dependency];
    struct sim_call *call = link->generation == event->generation ? take_call(link, event->id) : NULL;
    if (call == NULL) {
        return;
    }
    struct sim_value *values = calloc(event->count + 1, sizeof(*values));
    REQUIRE(values != NULL);
    const uint8_t *next = (const uint8_t *)(event + 1), *end = (const uint8_t *)bytes + size;
    for (size_t i = 0; i < event->count; i++) {
        size_t length;
        memcpy(&length, next, sizeof(length));
        next += sizeof(length);
        values[i] = length == SIZE_MAX ? (struct sim_value){NULL, 0} : (struct sim_value){next, length};
        next += values[i].size;
    }
    REQUIRE(next == end);
    struct sim_redis_reply reply = {event->text, event->count, values};
    finish(call, event->status, event->status == STATUS_OK || event->status == STATUS_REFUSED ? &reply : NULL);
    free(values);
}

static void send_answer(struct sim_world *world, struct sim_process *process, const struct call_event *event,
                        const struct sim_answer *answer)
{
    uint64_t at_us[2];
    struct answer_event head = {.dependency = event->dependency,
                                .generation = event->generation,
                                .id = event->id,
                                .status = answer->status,
                                .count = answer->count};
    memcpy(head.text, answer->text, sizeof(head.text));
    (void)sim_network_send(world, SIM_PLACE_STORE(event->dependency), process->index, true, at_us);
    sim_event_add_parts(world, at_us[0], process, take_answer, &head, sizeof(head), answer->bytes, answer->size);
}

/* At the store. A connection that broke meanwhile has usually, but not always, taken the call with it. */
static void execute_call(struct sim_world *world, struct sim_process *none, void *bytes, size_t size)
{
    (void)none;
    const struct call_event *event = bytes;
    const struct sim_store *store = &world->stores[event->dependency];
    struct sim_process *process = &world->processes[event->index];
    bool is_same = sim_process_is_up(process) && process->incarnation == event->incarnation &&
                   process->links[event->dependency].generation == event->generation;
    if (store->away_until_us > world->now_us) {
        return;
    }
    if (store->hang_until_us > world->now_us) {
        sim_event_add(world, store->hang_until_us, NULL, execute_call, bytes, size);
        return;
    }
    if (!is_same && sim_chance(world, 500)) {
        return;
    }
    struct sim_answer answer = {.now_us = world->now_us};
    event->execute(world, process, event + 1, event->size, &answer);
    if (is_same) {
        send_answer(world, process, event, &answer);
    }
    free(answer.bytes);
}

struct timeout_event {
    enum sim_dependency dependency;
    uint64_t id;
};

static void expire_call(struct sim_world *world, struct sim_process *process, void *bytes, size_t size)
{
    (void)world;
    (void)size;
    const struct timeout_event *event = bytes;
    struct sim_call *call = take_call(&process->links[event->dependency], event->id);
    if (call != NULL) {
        sim_log(process, "%s answers nothing", names[event->dependency]);
        finish(call, STATUS_EXPIRED, NULL);
        lose_link(process, event->dependency);
    }
}

enum status sim_link_call(struct sim_process *process, enum sim_dependency dependency, const struct sim_call *call,
                          sim_execute *execute, const void *head, size_t head_size, const void *argument, size_t size)
{
    struct sim_world *world = process->world;
    struct sim_link *link = &process->links[dependency];
    if (!link->is_up) {
        return STATUS_UNAVAILABLE;
    }
    struct sim_call *kept = malloc(sizeof(*kept));
    struct {
        struct call_event event;
        uint8_t head[64];
    } whole = {.event = {.dependency = dependency,
                         .index = process->index,
                         .generation = link->generation,
                         .id = ++world->next_id,
                         .incarnation = process->incarnation,
                         .execute = execute,
                         .size = head_size + size}};
    REQUIRE(kept != NULL && head_size <= sizeof(whole.head));
    *kept = *call;
    kept->id = whole.event.id;
    kept->next = NULL;
    *(link->last != NULL ? &link->last->next : &link->first) = kept;
    link->last = kept;
    memcpy(whole.head, head, head_size);
    uint64_t at_us[2];
    (void)sim_network_send(world, process->index, SIM_PLACE_STORE(dependency), true, at_us);
    sim_event_add_parts(world, at_us[0], NULL, execute_call, &whole, sizeof(whole.event) + head_size, argument, size);
    struct timeout_event timeout = {dependency, kept->id};
    sim_event_add(world, world->now_us + timeouts_ms[dependency] * SIM_US_PER_MS, process, expire_call, &timeout,
                  sizeof(timeout));
    return STATUS_OK;
}
