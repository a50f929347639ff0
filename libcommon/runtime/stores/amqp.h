/* SPDX-License-Identifier: Apache-2.0 */
/*
 * amqp.h - durable events over RabbitMQ (librabbitmq in a thread of its own behind bounded queues).
 *
 * Publish: persistent, mandatory, with publisher confirms in a window; a message is forgotten only when the broker has
 * confirmed it. While the broker is away messages wait in a bounded spool on disk (spool_dir), which survives a
 * restart and is replayed in order; the same message may then be published twice (message-id is the same).
 * Consume: manual acknowledgement. The topology (proto/durable.proto) is declared at each connect.
 * All functions and callbacks: the loop's thread. Opening never waits for the broker.
 *
 * A message is in the page cache when amqp_publish returns: kill -9 loses nothing, a power loss may lose the last
 * seconds (nothing is synced). What no queue is bound for is counted and dropped, so that it cannot block the others.
 * Closing may take longer than its second only where looking up the broker's name does.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_STORES_AMQP_H
#define MMA_LIBCOMMON_RUNTIME_STORES_AMQP_H

#include "libcommon/base/status.h"
#include "libcommon/runtime/telemetry/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define AMQP_EXCHANGE          "mma.events" /* topic, durable */
#define AMQP_DEAD_EXCHANGE     "mma.dead"
#define AMQP_QUEUE_RESULTS     "matchmaker.results"
#define AMQP_QUEUE_CHUNKS      "replay-writer.chunks"
#define AMQP_QUEUE_AUDIT       "replay-writer.audit"
#define AMQP_MESSAGE_BYTES_MAX (1u << 20)

struct amqp;

struct amqp_delivery {
    const char *queue;
    uint64_t tag; /* for amqp_acknowledge; void after a reconnect: then it is ignored and the message comes again */
    const char *routing_key;
    const char *message_id;
    bool redelivered;
    struct trace_id trace; /* header traceparent */
    const uint8_t *body;
    size_t size;
};

struct amqp_options {
    const char *url;       /* amqp://[user[:password]@]host[:port][/vhost] */
    const char *spool_dir; /* NULL: this process publishes nothing. Created if missing; one process a folder */
    uint64_t spool_bytes_max;
    uint16_t prefetch;         /* at least 1: unacknowledged deliveries a queue */
    const char *const *queues; /* to consume, borrowed */
    size_t queue_count;
    void *owner;
    void (*on_state)(void *owner, bool up, const char *detail);
    void (*on_delivery)(void *owner, const struct amqp_delivery *delivery); /* pointers borrowed during the call */
};

MUST_USE enum status amqp_open(uv_loop_t *loop, const struct amqp_options *options, struct amqp **out_amqp);
/* Waits at most 1 s for outstanding confirms; what is unconfirmed stays in the spool. */
void amqp_close(struct amqp *amqp); /* takes NULL */
bool amqp_is_up(const struct amqp *amqp);

/* Copies. STATUS_FULL when the spool is full: the caller counts and logs the loss. */
MUST_USE enum status amqp_publish(struct amqp *amqp, const char *routing_key, const char *message_id,
                                  struct trace_id trace, const void *body, size_t size);
size_t amqp_unconfirmed(const struct amqp *amqp); /* published and not yet confirmed */

void amqp_acknowledge(struct amqp *amqp, uint64_t tag);
void amqp_reject(struct amqp *amqp, uint64_t tag, bool requeue); /* not requeued: it goes to the dead-letter queue */

#endif
