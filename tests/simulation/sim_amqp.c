/* SPDX-License-Identifier: Apache-2.0 */
/* sim_amqp.c - a process's side of the broker: its spool, its confirms and its consumers. */
#include "tests/simulation/sim_amqp.h"

#include "tests/simulation/sim_broker.h"
#include "tests/simulation/sim_parts.h"
#include "tests/simulation/sim_seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_MAX      64
#define SPOOL_BYTES_MAX (8u << 20)
#define UNSYNCED_US     UINT64_C(5000000) /* what the kernel has not written back yet */

struct record {
    struct record *next;
    uint64_t sequence, made_us;
    bool is_sent; /* over the link that is up */
    struct sim_message message;
    uint8_t *body;
};

struct sim_spool {
    struct record *first, *last;
    uint64_t sequence;
    size_t count, bytes, sent;
    uint32_t prefetch[SIM_BROKER_QUEUES];
    uint64_t incarnation; /* that the prefetches are of */
};

static struct sim_spool *spool_of(struct sim_process *process)
{
    if (process->spool == NULL) {
        process->spool = calloc(1, sizeof(*process->spool));
        REQUIRE(process->spool != NULL);
    }
    if (process->spool->incarnation != process->incarnation) {
        process->spool->incarnation = process->incarnation;
        memset(process->spool->prefetch, 0, sizeof(process->spool->prefetch));
    }
    return process->spool;
}

static void free_record(struct sim_spool *spool, struct record *record)
{
    spool->count--;
    spool->bytes -= record->message.size;
    spool->sent -= record->is_sent;
    free(record->body);
    free(record);
}

void sim_spool_destroy(struct sim_process *process)
{
    struct sim_spool *spool = process->spool;
    while (spool != NULL && spool->first != NULL) {
        struct record *record = spool->first;
        spool->first = record->next;
        free_record(spool, record);
    }
    free(spool);
    process->spool = NULL;
}

void sim_spool_lose_unsynced(struct sim_process *process)
{
    struct sim_spool *spool = process->spool;
    if (spool == NULL) {
        return;
    }
    struct record **link = &spool->first;
    while (*link != NULL && (*link)->made_us + UNSYNCED_US < process->world->now_us) {
        link = &(*link)->next;
    }
    while (*link != NULL) {
        struct record *record = *link;
        *link = record->next;
        sim_log(process, "loses %s of its spool", record->message.message_id);
        free_record(spool, record);
    }
    for (spool->last = spool->first; spool->last != NULL && spool->last->next != NULL;) {
        spool->last = spool->last->next;
    }
}

bool sim_amqp_is_up(const struct sim_process *process)
{
    return process->links[SIM_RABBITMQ].is_up;
}

/* ---- publishing ----------------------------------------------------------------------------------- */

struct publish_event {
    uint32_t index, generation;
    uint64_t sequence;
    struct sim_message message;
};

struct confirm_event {
    uint32_t generation;
    uint64_t sequence;
};

static void pump(struct sim_process *process);

static void take_confirm(struct sim_world *world, struct sim_process *process, void *bytes, size_t size)
{
    (void)world;
    (void)size;
    const struct confirm_event *event = bytes;
    struct sim_spool *spool = spool_of(process);
    if (event->generation != process->links[SIM_RABBITMQ].generation) {
        return;
    }
    struct record *previous = NULL, *record = spool->first;
    while (record != NULL && record->sequence != event->sequence) {
        previous = record;
        record = record->next;
    }
    if (record == NULL) {
        return;
    }
    *(previous != NULL ? &previous->next : &spool->first) = record->next;
    spool->last = spool->last == record ? previous : spool->last;
    free_record(spool, record);
    pump(process);
}

/* At the broker: in the queues, then the confirm goes back. */
static void take_published(struct sim_world *world, struct sim_process *none, void *bytes, size_t size)
{
    (void)none;
    const struct publish_event *event = bytes;
    const struct sim_store *store = &world->stores[SIM_RABBITMQ];
    struct sim_process *process = &world->processes[event->index];
    if (store->away_until_us > world->now_us) {
        return;
    }
    if (store->hang_until_us > world->now_us) {
        sim_event_add(world, store->hang_until_us, NULL, take_published, bytes, size);
        return;
    }
    bool is_same = process->links[SIM_RABBITMQ].generation == event->generation;
    if (!is_same && sim_chance(world, 500)) {
        return;
    }
    sim_log(process, "the broker takes %s %s", event->message.routing_key, event->message.message_id);
    sim_broker_take(world, process, &event->message, event + 1);
    if (is_same && sim_process_is_up(process)) {
        struct confirm_event confirm = {event->generation, event->sequence};
        uint64_t at_us[2];
        (void)sim_network_send(world, SIM_PLACE_STORE(SIM_RABBITMQ), process->index, true, at_us);
        sim_event_add(world, at_us[0], process, take_confirm, &confirm, sizeof(confirm));
    }
}

static void send_record(struct sim_process *process, struct record *record)
{
    struct sim_world *world = process->world;
    struct publish_event event = {.index = process->index,
                                  .generation = process->links[SIM_RABBITMQ].generation,
                                  .sequence = record->sequence,
                                  .message = record->message};
    uint64_t at_us[2];
    record->is_sent = true;
    process->spool->sent++;
    (void)sim_network_send(world, process->index, SIM_PLACE_STORE(SIM_RABBITMQ), true, at_us);
    sim_event_add_parts(world, at_us[0], NULL, take_published, &event, sizeof(event), record->body,
                        record->message.size);
}

static void pump(struct sim_process *process)
{
    struct sim_spool *spool = spool_of(process);
    if (!sim_amqp_is_up(process)) {
        return;
    }
    for (struct record *record = spool->first; record != NULL && spool->sent < WINDOW_MAX; record = record->next) {
        if (!record->is_sent) {
            send_record(process, record);
        }
    }
}

void sim_amqp_linked(struct sim_process *process)
{
    struct sim_spool *spool = spool_of(process);
    spool->sent = 0;
    for (struct record *record = spool->first; record != NULL; record = record->next) {
        record->is_sent = false;
    }
    pump(process);
}

enum status sim_amqp_publish(struct sim_process *process, const char *routing_key, const char *message_id,
                             struct trace_id trace, const void *body, size_t size)
{
    struct sim_spool *spool = spool_of(process);
    if (spool->bytes + size > SPOOL_BYTES_MAX) {
        return STATUS_FULL;
    }
    struct record *record = calloc(1, sizeof(*record));
    REQUIRE(record != NULL);
    record->message = (struct sim_message){.trace = trace, .size = size};
    snprintf(record->message.routing_key, sizeof(record->message.routing_key), "%s", routing_key);
    snprintf(record->message.message_id, sizeof(record->message.message_id), "%s", message_id);
    record->body = malloc(size + 1);
    REQUIRE(record->body != NULL);
    memcpy(record->body, body, size);
    record->sequence = ++spool->sequence;
    record->made_us = process->world->now_us;
    *(spool->last != NULL ? &spool->last->next : &spool->first) = record;
    spool->last = record;
    spool->count++;
    spool->bytes += size;
    sim_log(process, "publishes %s %s, %zu bytes", routing_key, message_id, size);
    sim_see_text(process, SIM_SAW_PUBLISHED, record->message.routing_key, record->body, size);
    pump(process);
    return STATUS_OK;
}

size_t sim_amqp_unconfirmed(const struct sim_process *process)
{
    return process->spool != NULL ? process->spool->count : 0;
}

/* ---- consuming ------------------------------------------------------------------------------------ */

uint32_t sim_amqp_prefetch(const struct sim_process *process, uint32_t queue)
{
    bool is_current = process->spool != NULL && process->spool->incarnation == process->incarnation;
    return is_current ? process->spool->prefetch[queue] : 0;
}

void sim_amqp_consume(struct sim_process *process, const char *queue, uint32_t prefetch)
{
    REQUIRE(prefetch >= 1 && process->program->on_delivery != NULL);
    spool_of(process)->prefetch[sim_broker_queue_find(queue)] = prefetch;
    if (sim_amqp_is_up(process)) {
        sim_broker_connect(process);
    }
}

void sim_amqp_take_delivery(struct sim_world *world, struct sim_process *process, void *bytes, size_t size)
{
    (void)world;
    const struct sim_delivery_head *head = bytes;
    if (head->generation != process->links[SIM_RABBITMQ].generation) {
        return;
    }
    struct amqp_delivery delivery = {.queue = sim_broker_queue_name(head->queue),
                                     .tag = head->tag,
                                     .routing_key = head->message.routing_key,
                                     .message_id = head->message.message_id,
                                     .redelivered = head->is_redelivered,
                                     .trace = head->message.trace,
                                     .body = (const uint8_t *)(head + 1),
                                     .size = size - sizeof(*head)};
    sim_log(process, "takes %s of %s%s", delivery.message_id, delivery.queue, delivery.redelivered ? " again" : "");
    process->program->on_delivery(process->state, &delivery);
}

struct settle_event {
    uint32_t index, generation;
    uint64_t tag;
    enum sim_verdict verdict;
};

static void take_settlement(struct sim_world *world, struct sim_process *none, void *bytes, size_t size)
{
    (void)none;
    const struct settle_event *event = bytes;
    const struct sim_store *store = &world->stores[SIM_RABBITMQ];
    struct sim_process *process = &world->processes[event->index];
    if (store->hang_until_us > world->now_us && store->away_until_us <= world->now_us) {
        sim_event_add(world, store->hang_until_us, NULL, take_settlement, bytes, size);
    } else if (store->away_until_us <= world->now_us && process->links[SIM_RABBITMQ].generation == event->generation) {
        sim_broker_settle(world, process, event->tag, event->verdict);
    }
}

static void settle(struct sim_process *process, uint64_t tag, enum sim_verdict verdict)
{
    static const char *const words[] = {"acknowledges", "gives back", "rejects"};
    struct sim_world *world = process->world;
    struct settle_event event = {process->index, process->links[SIM_RABBITMQ].generation, tag, verdict};
    uint64_t at_us[2];
    sim_log(process, "%s delivery %llu", words[verdict], (unsigned long long)tag);
    if (sim_amqp_is_up(process)) {
        (void)sim_network_send(world, process->index, SIM_PLACE_STORE(SIM_RABBITMQ), true, at_us);
        sim_event_add(world, at_us[0], NULL, take_settlement, &event, sizeof(event));
    }
}

void sim_amqp_acknowledge(struct sim_process *process, uint64_t tag)
{
    settle(process, tag, SIM_ACKNOWLEDGED);
}

void sim_amqp_reject(struct sim_process *process, uint64_t tag, bool requeue)
{
    settle(process, tag, requeue ? SIM_REQUEUED : SIM_REJECTED);
}
