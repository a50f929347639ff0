/* SPDX-License-Identifier: Apache-2.0 */
/* sim_broker.h - the model of RabbitMQ behind sim_amqp.h: durable queues, consumers, acknowledgement. */
#ifndef MMA_SIMULATION_SIM_BROKER_H
#define MMA_SIMULATION_SIM_BROKER_H

#include "tests/simulation/sim_amqp.h"
#include "tests/simulation/sim_world.h"

#define SIM_BROKER_QUEUES 4 /* the last is SIM_QUEUE_DEAD */

/* A message on its way or in a spool; the body follows it. */
struct sim_message {
    char routing_key[48], message_id[80];
    struct trace_id trace;
    size_t size;
};

void sim_broker_create(struct sim_world *world);
void sim_broker_destroy(struct sim_world *world);

void sim_broker_connect(struct sim_process *process);    /* the link is up: its consumers are registered */
void sim_broker_disconnect(struct sim_process *process); /* what it held is given to others */
void sim_broker_take(struct sim_world *world, struct sim_process *from, const struct sim_message *message,
                     const void *body);
/* Held messages of a process: removed, put back, or dead. */
enum sim_verdict { SIM_ACKNOWLEDGED, SIM_REQUEUED, SIM_REJECTED };
void sim_broker_settle(struct sim_world *world, struct sim_process *process, uint64_t tag, enum sim_verdict verdict);
void sim_broker_dispatch(struct sim_world *world);

size_t sim_broker_depth(const struct sim_world *world, const char *queue); /* ready and held */
/* The index-th message of a queue; false: there are not so many. */
bool sim_broker_look(const struct sim_world *world, const char *queue, size_t index,
                     const struct sim_message **out_message, const uint8_t **out_body);

void sim_amqp_linked(struct sim_process *process); /* the link is up: the spool goes out from its beginning */
/* Prefetch of a process's consumer of the queue-th queue; 0: it does not consume. */
uint32_t sim_amqp_prefetch(const struct sim_process *process, uint32_t queue);
struct sim_delivery_head {
    uint32_t generation, queue;
    uint64_t tag;
    bool is_redelivered;
    struct sim_message message;
};
sim_run sim_amqp_take_delivery;
const char *sim_broker_queue_name(uint32_t queue);
uint32_t sim_broker_queue_find(const char *name);

#endif
