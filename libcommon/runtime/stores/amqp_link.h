/* SPDX-License-Identifier: Apache-2.0 */
/*
 * amqp_link.h - the thread that keeps a connection to RabbitMQ, and the two queues between it and the loop's thread.
 *
 * The loop's thread posts items and takes items; the thread sleeps in poll(2) on the socket and an eventfd. What is
 * posted to publish is kept by the thread, over any number of connections, until the broker has confirmed it; then it
 * comes back as AMQP_ITEM_CONFIRMED, and in the order of posting but for what the broker refused once.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_STORES_AMQP_LINK_H
#define MMA_LIBCOMMON_RUNTIME_STORES_AMQP_LINK_H

#include "libcommon/base/status.h"
#include "libcommon/runtime/encoding/url.h"
#include "libcommon/runtime/stores/amqp_item.h"

#include <stddef.h>
#include <stdint.h>

#define AMQP_CONFIRMS_MAX 256 /* published and not yet confirmed on one connection */

struct amqp_link;

struct amqp_link_options {
    struct url url;
    uint16_t prefetch;
    const char *const *queues; /* borrowed */
    size_t queue_count;
    void (*wake)(void *owner); /* on the link's thread: there is something to take */
    void *owner;
};

/* What happened that no item tells; counted since the last call. */
struct amqp_link_counts {
    uint64_t nacked, returned;
};

MUST_USE enum status amqp_link_start(const struct amqp_link_options *options, struct amqp_link **out_link);
void amqp_link_post(struct amqp_link *link, struct amqp_item *item);
/* Everything there is, behind to. */
void amqp_link_take(struct amqp_link *link, struct amqp_list *to, struct amqp_link_counts *out_counts);
/* Publishes what it has, waits at most wait_ms for confirms, and ends the thread; wake is not called afterwards. Take
 * once more, then destroy. */
void amqp_link_stop(struct amqp_link *link, uint32_t wait_ms);
void amqp_link_destroy(struct amqp_link *link); /* stopped */

#endif
