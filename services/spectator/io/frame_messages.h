/* SPDX-License-Identifier: Apache-2.0 */
/* frame_messages.h - a batch of frames as one message a gateway, whatever the number of its viewers. No loop here. */
#ifndef MMA_SERVICES_SPECTATOR_IO_FRAME_MESSAGES_H
#define MMA_SERVICES_SPECTATOR_IO_FRAME_MESSAGES_H

#include "proto/spectate.pb-c.h"
#include "services/spectator/core/frame_batch.h"

/* Large: the owner allocates it once. */
struct frame_messages {
    Mma__Frame frames[FRAME_BATCH_FRAMES_MAX];
    Mma__Frame *ordered[FRAME_BATCH_COPIES_MAX]; /* copies by gateway, as protobuf-c wants them */
};

/* The batch is sorted. Borrows its bytes. */
void frame_messages_build(struct frame_messages *messages, const struct frame_batch *batch);

/* False: there is nothing for this gateway. Borrows from messages. */
bool frame_messages_fill(struct frame_messages *messages, const struct frame_batch *batch, uint32_t gateway,
                         Mma__Frames *out_message);

#endif
