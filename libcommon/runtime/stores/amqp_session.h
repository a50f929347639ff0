/* SPDX-License-Identifier: Apache-2.0 */
/*
 * amqp_session.h - one connection to RabbitMQ by librabbitmq: opened, topology declared, then published on and read.
 *
 * Blocks; belongs to the thread that opened it. Channel 1 publishes with confirms, channel 2 consumes. After any
 * error the session is only good for closing; what was not confirmed or acknowledged comes again on the next one.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_STORES_AMQP_SESSION_H
#define MMA_LIBCOMMON_RUNTIME_STORES_AMQP_SESSION_H

#include "libcommon/base/status.h"
#include "libcommon/runtime/encoding/url.h"
#include "libcommon/runtime/stores/amqp_item.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AMQP_DETAIL_MAX 160

struct amqp_session;

struct amqp_session_options {
    const struct url *url;
    uint16_t prefetch;
    const char *const *queues;
    size_t queue_count;
};

/* Takes socket, a connected non-blocking one, also on failure. detail says why it failed. */
MUST_USE enum status amqp_session_open(int socket, const struct amqp_session_options *options,
                                       struct amqp_session **out_session, char detail[AMQP_DETAIL_MAX]);
/* is_good: says goodbye to the broker, within half a second; else just closes the socket. Takes NULL. */
void amqp_session_close(struct amqp_session *session, bool is_good);
const char *amqp_session_detail(const struct amqp_session *session); /* of the last error */

/* Sets item->tag, by which it will be confirmed. */
MUST_USE enum status amqp_session_publish(struct amqp_session *session, struct amqp_item *item);
MUST_USE enum status amqp_session_answer(struct amqp_session *session, enum amqp_item_kind kind, uint64_t tag);

enum amqp_event_kind { AMQP_EVENT_CONFIRMED, AMQP_EVENT_NACKED, AMQP_EVENT_RETURNED, AMQP_EVENT_DELIVERY };

struct amqp_event {
    enum amqp_event_kind kind;
    uint64_t tag;           /* CONFIRMED, NACKED */
    bool multiple;          /* all up to tag */
    struct amqp_item *item; /* DELIVERY: the receiver's now; tag is the broker's */
};

/* What has come, without waiting. STATUS_EMPTY: nothing more; poll the socket, two seconds at most (heartbeats). */
MUST_USE enum status amqp_session_next(struct amqp_session *session, struct amqp_event *out_event);

#endif
