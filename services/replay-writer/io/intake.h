/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intake.h - takes chunks and audit events from RabbitMQ and acknowledges each only when it is durable.
 *
 * Deliveries are worked one at a time, chunks on the thread pool (the disk is the bound). The chunk that completes a
 * replay is acknowledged last of all: after the file is synced, its row is committed and its parts are gone. Everything
 * is idempotent, so a crash anywhere means that chunk comes again and the work goes on where it was. What fails for
 * want of disk or database is tried again; what can never succeed goes to the dead-letter queue.
 */
#ifndef MMA_REPLAY_WRITER_IO_INTAKE_H
#define MMA_REPLAY_WRITER_IO_INTAKE_H

#include "libcommon/runtime/stores/amqp.h"
#include "libcommon/runtime/stores/postgres.h"

#include <uv.h>

struct intake;

struct intake_options {
    const char *folder; /* REPLAY_DIR, borrowed */
    uint32_t retry_ms;
    struct postgres *postgres;
    void *owner;
    void (*on_storage)(void *owner, bool up, const char *detail);
    void (*on_idle)(void *owner); /* after intake_drain: nothing is being worked on */
};

MUST_USE enum status intake_create(uv_loop_t *loop, const struct intake_options *options, struct intake **out_intake);
void intake_set_amqp(struct intake *intake, struct amqp *amqp); /* once, before the first delivery */
void intake_deliver(struct intake *intake, const struct amqp_delivery *delivery);
void intake_drain(struct intake *intake); /* new deliveries are left unacknowledged; on_idle follows */
void intake_close(struct intake *intake); /* drops what waits; memory is gone at the loop's end of closing */

#endif
