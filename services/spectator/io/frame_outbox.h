/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame_outbox.h - all frames of one turn, one message a gateway, whatever the number of its viewers.
 *
 * When it is full it posts what it has, and goes on.
 */
#ifndef MMA_SERVICES_SPECTATOR_IO_FRAME_OUTBOX_H
#define MMA_SERVICES_SPECTATOR_IO_FRAME_OUTBOX_H

#include "libcommon/base/peers.h"
#include "libcommon/runtime/mailbox/mailbox.h"
#include "services/spectator/core/tier.h"

struct frame_outbox;

/* mailbox and peers are borrowed. */
MUST_USE enum status frame_outbox_create(struct mailbox *mailbox, const struct peers *peers,
                                         struct frame_outbox **out_outbox);
void frame_outbox_destroy(struct frame_outbox *outbox); /* takes NULL */

/* Room for a frame of at most size bytes; NULL when there can be none of that size. */
uint8_t *frame_outbox_place(struct frame_outbox *outbox, size_t size);
/* The frame encoded there goes to all gateways of the tier. */
void frame_outbox_add(struct frame_outbox *outbox, uint64_t stream_id, const struct tier *tier,
                      const struct tier_frame *frame);
void frame_outbox_post(struct frame_outbox *outbox);

#endif
