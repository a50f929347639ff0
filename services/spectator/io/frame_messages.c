/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/io/frame_messages.h"

void frame_messages_build(struct frame_messages *messages, const struct frame_batch *batch)
{
    for (uint32_t i = 0; i < batch->frame_count; i++) {
        const struct frame_batch_frame *frame = &batch->frames[i];
        Mma__Frame *row = &messages->frames[i];
        mma__frame__init(row);
        row->stream_id = frame->stream_id;
        row->tick = frame->tick;
        row->baseline_tick = frame->baseline_tick;
        row->snapshot.data = frame->bytes;
        row->snapshot.len = frame->size;
    }
    for (uint32_t i = 0; i < batch->copy_count; i++) {
        messages->ordered[i] = &messages->frames[batch->copy_frames[batch->order[i]]];
    }
}

bool frame_messages_fill(struct frame_messages *messages, const struct frame_batch *batch, uint32_t gateway,
                         Mma__Frames *out_message)
{
    mma__frames__init(out_message);
    out_message->n_frames = batch->starts[gateway + 1] - batch->starts[gateway];
    out_message->frames = &messages->ordered[batch->starts[gateway]];
    return out_message->n_frames > 0;
}
