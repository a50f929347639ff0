/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_amqp.h - amqp.h's meaning with a model of RabbitMQ: a spool that outlives the process, confirms, at least once.
 *
 * The broker copies a message to each queue that its routing key is bound to (AMQP_QUEUE_*, as proto/durable.proto
 * says), gives each consumer at most prefetch unacknowledged ones, and takes back (redelivered, at the queue's head)
 * what a consumer held that died, was cut off or rejected it with requeue. Rejected without: it lies in the queue
 * "mma.dead". A message whose confirm was lost is published again. While the broker is away nothing is delivered, and
 * acknowledgements of what was delivered before are ignored.
 */
#ifndef MMA_SIMULATION_SIM_AMQP_H
#define MMA_SIMULATION_SIM_AMQP_H

#include "tests/simulation/sim_process.h"

#define SIM_QUEUE_DEAD "mma.dead"

bool sim_amqp_is_up(const struct sim_process *process);

/* Into the process's spool; goes out in order. STATUS_FULL past the spool's bound. Survives a crash. */
MUST_USE enum status sim_amqp_publish(struct sim_process *process, const char *routing_key, const char *message_id,
                                      struct trace_id trace, const void *body, size_t size);
size_t sim_amqp_unconfirmed(const struct sim_process *process);

/* Deliveries come to program->on_delivery from now on, over each reconnect. prefetch >= 1, for this queue. */
void sim_amqp_consume(struct sim_process *process, const char *queue, uint32_t prefetch);
void sim_amqp_acknowledge(struct sim_process *process, uint64_t tag); /* an unknown tag, or one from before: ignored */
void sim_amqp_reject(struct sim_process *process, uint64_t tag, bool requeue);

#endif
