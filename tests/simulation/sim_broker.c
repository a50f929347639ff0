/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/sim_broker.h"

#include "tests/simulation/sim_seen.h"

#include <stdlib.h>
#include <string.h>

#define DEAD (SIM_BROKER_QUEUES - 1)

struct queued {
    struct queued *next;
    uint64_t tag; /* of the delivery under way; 0: it is ready */
    struct sim_process *holder;
    uint32_t deliveries;
    struct sim_message message;
    uint8_t *body;
};

struct sim_broker {
    struct queued *queues[SIM_BROKER_QUEUES];               /* oldest first */
    uint32_t held[SIM_BROKER_QUEUES][SIM_PROCESSES_MAX];    /* by process */
    bool is_consumer[SIM_BROKER_QUEUES][SIM_PROCESSES_MAX]; /* registered over the link that is up */
    uint32_t next_consumer;
    bool is_dispatch_planned;
};

static const struct binding {
    const char *queue, *key; /* a key that ends in '.' is a prefix */
} bindings[SIM_BROKER_QUEUES] = {{AMQP_QUEUE_RESULTS, "match.result"},
                                 {AMQP_QUEUE_CHUNKS, "replay.chunk"},
                                 {AMQP_QUEUE_AUDIT, "audit."},
                                 {SIM_QUEUE_DEAD, NULL}};

const char *sim_broker_queue_name(uint32_t queue)
{
    REQUIRE(queue < SIM_BROKER_QUEUES);
    return bindings[queue].queue;
}

uint32_t sim_broker_queue_find(const char *name)
{
    uint32_t queue = 0;
    while (queue < SIM_BROKER_QUEUES && strcmp(bindings[queue].queue, name) != 0) {
        queue++;
    }
    REQUIRE(queue < SIM_BROKER_QUEUES);
    return queue;
}

void sim_broker_create(struct sim_world *world)
{
    world->broker = calloc(1, sizeof(*world->broker));
    REQUIRE(world->broker != NULL);
}

static void free_queued(struct queued *queued)
{
    free(queued->body);
    free(queued);
}

void sim_broker_destroy(struct sim_world *world)
{
    for (uint32_t queue = 0; queue < SIM_BROKER_QUEUES; queue++) {
        while (world->broker->queues[queue] != NULL) {
            struct queued *first = world->broker->queues[queue];
            world->broker->queues[queue] = first->next;
            free_queued(first);
        }
    }
    free(world->broker);
}

static void append(struct sim_broker *broker, uint32_t queue, struct queued *queued)
{
    struct queued **link = &broker->queues[queue];
    while (*link != NULL) {
        link = &(*link)->next;
    }
    queued->next = NULL;
    *link = queued;
}

static bool is_bound(const struct binding *binding, const char *routing_key)
{
    if (binding->key == NULL) {
        return false;
    }
    size_t size = strlen(binding->key);
    return binding->key[size - 1] == '.' ? strncmp(binding->key, routing_key, size) == 0
                                         : strcmp(binding->key, routing_key) == 0;
}

void sim_broker_take(struct sim_world *world, struct sim_process *from, const struct sim_message *message,
                     const void *body)
{
    for (uint32_t queue = 0; queue < SIM_BROKER_QUEUES; queue++) {
        if (!is_bound(&bindings[queue], message->routing_key)) {
            continue;
        }
        struct queued *queued = calloc(1, sizeof(*queued));
        REQUIRE(queued != NULL);
        queued->message = *message;
        queued->body = malloc(message->size + 1);
        REQUIRE(queued->body != NULL);
        memcpy(queued->body, body, message->size);
        append(world->broker, queue, queued);
        sim_see_text(from, SIM_SAW_QUEUED, message->routing_key, queued->body, message->size);
    }
    sim_broker_dispatch(world);
}

/* ---- giving out ----------------------------------------------------------------------------------- */

static struct sim_process *choose_consumer(struct sim_world *world, uint32_t queue)
{
    struct sim_broker *broker = world->broker;
    for (uint32_t i = 0; i < world->process_count; i++) {
        uint32_t index = (broker->next_consumer + i) % world->process_count;
        struct sim_process *process = &world->processes[index];
        if (broker->is_consumer[queue][index] && broker->held[queue][index] < sim_amqp_prefetch(process, queue)) {
            broker->next_consumer = index + 1;
            return process;
        }
    }
    return NULL;
}

static void deliver(struct sim_world *world, uint32_t queue, struct queued *queued, struct sim_process *process)
{
    queued->tag = ++world->next_id;
    queued->holder = process;
    world->broker->held[queue][process->index]++;
    struct sim_delivery_head head = {.generation = process->links[SIM_RABBITMQ].generation,
                                     .queue = queue,
                                     .tag = queued->tag,
                                     .is_redelivered = queued->deliveries++ > 0,
                                     .message = queued->message};
    uint64_t at_us[2];
    (void)sim_network_send(world, SIM_PLACE_STORE(SIM_RABBITMQ), process->index, true, at_us);
    sim_event_add_parts(world, at_us[0], process, sim_amqp_take_delivery, &head, sizeof(head), queued->body,
                        queued->message.size);
}

static void dispatch_now(struct sim_world *world, struct sim_process *none, void *bytes, size_t size)
{
    (void)none;
    (void)bytes;
    (void)size;
    struct sim_broker *broker = world->broker;
    const struct sim_store *store = &world->stores[SIM_RABBITMQ];
    broker->is_dispatch_planned = false;
    if (store->away_until_us > world->now_us || store->hang_until_us > world->now_us) {
        sim_broker_dispatch(world);
        return;
    }
    for (uint32_t queue = 0; queue < SIM_BROKER_QUEUES; queue++) {
        for (struct queued *queued = broker->queues[queue]; queued != NULL; queued = queued->next) {
            struct sim_process *process = queued->tag == 0 ? choose_consumer(world, queue) : NULL;
            if (process != NULL) {
                deliver(world, queue, queued, process);
            } else if (queued->tag == 0) {
                break;
            }
        }
    }
}

void sim_broker_dispatch(struct sim_world *world)
{
    const struct sim_store *store = &world->stores[SIM_RABBITMQ];
    if (world->broker->is_dispatch_planned) {
        return;
    }
    uint64_t at_us = world->now_us + 50;
    at_us = store->away_until_us > at_us ? store->away_until_us : at_us;
    at_us = store->hang_until_us > at_us ? store->hang_until_us : at_us;
    world->broker->is_dispatch_planned = true;
    sim_event_add(world, at_us, NULL, dispatch_now, NULL, 0);
}

/* ---- taking back ---------------------------------------------------------------------------------- */

static struct queued **find_held(struct sim_broker *broker, uint64_t tag, uint32_t *out_queue)
{
    for (uint32_t queue = 0; queue < SIM_BROKER_QUEUES; queue++) {
        for (struct queued **link = &broker->queues[queue]; *link != NULL; link = &(*link)->next) {
            if ((*link)->tag == tag) {
                *out_queue = queue;
                return link;
            }
        }
    }
    return NULL;
}

static void release(struct sim_broker *broker, uint32_t queue, struct queued *queued)
{
    REQUIRE(queued->tag != 0 && broker->held[queue][queued->holder->index] > 0);
    broker->held[queue][queued->holder->index]--;
    queued->tag = 0;
    queued->holder = NULL;
}

void sim_broker_settle(struct sim_world *world, struct sim_process *process, uint64_t tag, enum sim_verdict verdict)
{
    static const enum sim_observed seen[] = {SIM_SAW_ACKED, SIM_SAW_ACKED, SIM_SAW_DEAD};
    uint32_t queue;
    struct queued **link = tag != 0 ? find_held(world->broker, tag, &queue) : NULL;
    if (link == NULL || (*link)->holder != process) {
        return;
    }
    struct queued *queued = *link;
    release(world->broker, queue, queued);
    if (verdict != SIM_REQUEUED) {
        *link = queued->next;
        sim_see_text(process, seen[verdict], bindings[queue].queue, queued->body, queued->message.size);
    }
    if (verdict == SIM_ACKNOWLEDGED) {
        free_queued(queued);
    } else if (verdict == SIM_REJECTED) {
        append(world->broker, DEAD, queued);
    }
    sim_broker_dispatch(world);
}

void sim_broker_connect(struct sim_process *process)
{
    for (uint32_t queue = 0; queue < SIM_BROKER_QUEUES; queue++) {
        process->world->broker->is_consumer[queue][process->index] = sim_amqp_prefetch(process, queue) > 0;
    }
    sim_broker_dispatch(process->world);
}

void sim_broker_disconnect(struct sim_process *process)
{
    struct sim_broker *broker = process->world->broker;
    for (uint32_t queue = 0; queue < SIM_BROKER_QUEUES; queue++) {
        broker->is_consumer[queue][process->index] = false;
        for (struct queued *queued = broker->queues[queue]; queued != NULL; queued = queued->next) {
            if (queued->tag != 0 && queued->holder == process) {
                release(broker, queue, queued);
            }
        }
    }
    sim_broker_dispatch(process->world);
}

/* ---- for invariants ------------------------------------------------------------------------------- */

size_t sim_broker_depth(const struct sim_world *world, const char *queue)
{
    size_t count = 0;
    for (const struct queued *q = world->broker->queues[sim_broker_queue_find(queue)]; q != NULL; q = q->next) {
        count++;
    }
    return count;
}

bool sim_broker_look(const struct sim_world *world, const char *queue, size_t index,
                     const struct sim_message **out_message, const uint8_t **out_body)
{
    const struct queued *queued = world->broker->queues[sim_broker_queue_find(queue)];
    for (; queued != NULL && index > 0; index--) {
        queued = queued->next;
    }
    if (queued != NULL) {
        *out_message = &queued->message;
        *out_body = queued->body;
    }
    return queued != NULL;
}
