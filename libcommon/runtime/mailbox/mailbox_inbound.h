/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mailbox_inbound.h - the receiving half: one NNG PULL socket, its messages in order on the loop's thread.
 *
 * INBOUND_SLOTS receives are outstanding at once and form a ring: NNG completes them in the order in which they were
 * asked for, its threads only mark them and wake the loop, and the loop takes them in that order and asks again. So
 * the ring is also the bound on what waits here; past it TCP holds the senders back.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_MAILBOX_MAILBOX_INBOUND_H
#define MMA_LIBCOMMON_RUNTIME_MAILBOX_MAILBOX_INBOUND_H

#include "libcommon/base/status.h"

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define INBOUND_SLOTS 128

struct mailbox_inbound;

struct mailbox_inbound_events {
    void *owner;
    void (*on_message)(void *owner, const uint8_t *bytes, size_t size);
    void (*on_closed)(void *owner); /* last call */
};

/* Binds a free port of host; out_port says which. */
MUST_USE enum status mailbox_inbound_open(uv_loop_t *loop, const char *host,
                                          const struct mailbox_inbound_events *events, uint16_t *out_port,
                                          struct mailbox_inbound **out_inbound);
void mailbox_inbound_close(struct mailbox_inbound *inbound); /* no message afterwards, on_closed follows */

#endif
