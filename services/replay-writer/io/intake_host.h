/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intake_host.h - carries out the rules of core/intake.h: deliveries from RabbitMQ, the disk on the thread pool, rows
 * in PostgreSQL. Loop's thread.
 *
 * Effects are carried out in order from the one list that the core filled; a step that fails at once is the next event,
 * after the effects before it.
 */
#ifndef MMA_SERVICES_REPLAY_WRITER_IO_INTAKE_HOST_H
#define MMA_SERVICES_REPLAY_WRITER_IO_INTAKE_HOST_H

#include "libcommon/runtime/stores/amqp.h"
#include "libcommon/runtime/stores/postgres.h"

#include <uv.h>

struct intake_host;

struct intake_host_options {
    const char *folder; /* REPLAY_DIR, borrowed */
    uint32_t prefetch;  /* of each queue */
    uint32_t retry_ms;
    struct postgres *postgres;
    void *owner;
    void (*on_storage)(void *owner, bool up, const char *detail);
    void (*on_drained)(void *owner); /* after intake_host_drain */
};

MUST_USE enum status intake_host_create(uv_loop_t *loop, const struct intake_host_options *options,
                                        struct intake_host **out_host);
void intake_host_set_amqp(struct intake_host *host, struct amqp *amqp); /* once, before the first delivery */
void intake_host_deliver(struct intake_host *host, const struct amqp_delivery *delivery);
void intake_host_broker_state(struct intake_host *host, bool is_up);
void intake_host_drain(struct intake_host *host); /* new deliveries are left unacknowledged; on_drained follows */
void intake_host_close(struct intake_host *host); /* drops what waits; memory is gone at the loop's end of closing */

#endif
