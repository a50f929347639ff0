/* SPDX-License-Identifier: Apache-2.0 */
/*
 * amqp_item.h - what the loop's thread and the thread of the RabbitMQ connection hand each other, in lists.
 *
 * An item has one owner; taking it out of a list takes it over.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_STORES_AMQP_ITEM_H
#define MMA_LIBCOMMON_RUNTIME_STORES_AMQP_ITEM_H

#include "libcommon/base/status.h"
#include "libcommon/runtime/telemetry/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum amqp_item_kind {
    AMQP_ITEM_PUBLISH, /* to the thread; comes back as CONFIRMED */
    AMQP_ITEM_ACKNOWLEDGE,
    AMQP_ITEM_REJECT,
    AMQP_ITEM_REQUEUE,
    AMQP_ITEM_CONFIRMED, /* to the loop */
    AMQP_ITEM_DELIVERY,
    AMQP_ITEM_UP,
    AMQP_ITEM_DOWN, /* body: why */
};

struct amqp_item {
    struct amqp_item *next;
    enum amqp_item_kind kind;
    uint64_t sequence; /* PUBLISH, CONFIRMED: of the spool */
    uint64_t tag;      /* the broker's; of a delivery: as in struct amqp_delivery */
    size_t queue;      /* DELIVERY: index in the options' queues */
    bool redelivered;
    struct trace_id trace;
    const char *routing_key; /* all three point into bytes; texts end with NUL */
    const char *message_id;
    const uint8_t *body;
    size_t routing_key_size, message_id_size, body_size;
    char bytes[];
};

struct amqp_text {
    const void *bytes;
    size_t size;
};

/* Copies. NULL: out of memory. */
struct amqp_item *amqp_item_create(enum amqp_item_kind kind, struct amqp_text routing_key, struct amqp_text message_id,
                                   struct amqp_text body);

struct amqp_list {
    struct amqp_item *first, *last;
    size_t count;
};

void amqp_list_append(struct amqp_list *list, struct amqp_item *item);
struct amqp_item *amqp_list_take(struct amqp_list *list);          /* the first; NULL: empty */
void amqp_list_move(struct amqp_list *to, struct amqp_list *from); /* all of from behind to */
void amqp_list_free(struct amqp_list *list);

/* A message as a record of the spool. Returns its size; out has AMQP_RECORD_HEAD_MAX bytes and the body's. */
#define AMQP_TEXT_MAX        255
#define AMQP_RECORD_HEAD_MAX (3 + 16 + 2 * AMQP_TEXT_MAX)
size_t amqp_record_write(uint8_t *out, const char *routing_key, const char *message_id, struct trace_id trace,
                         const void *body, size_t size);
/* STATUS_INVALID, STATUS_NO_MEMORY. */
MUST_USE enum status amqp_record_read(const uint8_t *bytes, size_t size, struct amqp_item **out_item);

#endif
