/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/io/frame_outbox.h"

#include "libcommon/base/counting_sort.h"
#include "proto/spectate.pb-c.h"
#include "services/spectator/io/spectator_metrics.h"

#include <stdlib.h>

#define FRAMES_MAX 1024
#define COPIES_MAX 8192
#define BYTES_MAX  (4u << 20)

_Static_assert(COPIES_MAX >= TIER_GATEWAYS_MAX, "one frame must fit");

struct frame_outbox {
    struct mailbox *mailbox;
    const struct peers *peers;
    size_t used;
    uint32_t frame_count;
    uint32_t copy_count;
    Mma__Frame frames[FRAMES_MAX];
    uint32_t copy_peers[COPIES_MAX];  /* who gets it */
    uint32_t copy_frames[COPIES_MAX]; /* of frames */
    uint32_t order[COPIES_MAX];       /* copies by peer */
    Mma__Frame *ordered[COPIES_MAX];  /* the same, as protobuf-c wants them */
    uint32_t starts[PEERS_MAX + 1];
    uint8_t bytes[BYTES_MAX];
};

enum status frame_outbox_create(struct mailbox *mailbox, const struct peers *peers, struct frame_outbox **out_outbox)
{
    struct frame_outbox *outbox = calloc(1, sizeof(*outbox));
    if (outbox == NULL) {
        return STATUS_NO_MEMORY;
    }
    outbox->mailbox = mailbox;
    outbox->peers = peers;
    *out_outbox = outbox;
    return STATUS_OK;
}

void frame_outbox_destroy(struct frame_outbox *outbox)
{
    free(outbox);
}

uint8_t *frame_outbox_place(struct frame_outbox *outbox, size_t size)
{
    if (size > BYTES_MAX) {
        return NULL;
    }
    if (BYTES_MAX - outbox->used < size || outbox->frame_count == FRAMES_MAX ||
        outbox->copy_count + TIER_GATEWAYS_MAX > COPIES_MAX) {
        frame_outbox_post(outbox);
    }
    return outbox->bytes + outbox->used;
}

void frame_outbox_add(struct frame_outbox *outbox, uint64_t stream_id, const struct tier *tier,
                      const struct tier_frame *frame)
{
    Mma__Frame *row = &outbox->frames[outbox->frame_count];
    mma__frame__init(row);
    row->stream_id = stream_id;
    row->tick = frame->tick;
    row->baseline_tick = frame->baseline_tick;
    row->snapshot.data = outbox->bytes + outbox->used;
    row->snapshot.len = frame->size;
    for (uint32_t i = 0; i < tier->gateway_count; i++) {
        outbox->copy_peers[outbox->copy_count] = tier->gateways[i].peer;
        outbox->copy_frames[outbox->copy_count++] = outbox->frame_count;
    }
    outbox->frame_count++;
    outbox->used += frame->size;
}

/* Those of peer p are ordered[starts[p]] up to ordered[starts[p + 1]]. */
static void order_by_peer(struct frame_outbox *outbox)
{
    counting_sort(outbox->copy_peers, outbox->copy_count, outbox->peers->used, outbox->starts, outbox->order);
    for (uint32_t i = 0; i < outbox->copy_count; i++) {
        outbox->ordered[i] = &outbox->frames[outbox->copy_frames[outbox->order[i]]];
    }
}

/* What finds no room in the mailbox is dropped and counted there; its viewers go on at the next keyframe. */
void frame_outbox_post(struct frame_outbox *outbox)
{
    order_by_peer(outbox);
    for (uint32_t p = 0; p < outbox->peers->used && outbox->copy_count > 0; p++) {
        Mma__Frames message;
        mma__frames__init(&message);
        message.n_frames = outbox->starts[p + 1] - outbox->starts[p];
        message.frames = &outbox->ordered[outbox->starts[p]];
        if (message.n_frames == 0) {
            continue;
        }
        enum status status =
            mailbox_post(outbox->mailbox, outbox->peers->items[p].mailbox, MAILBOX_REALTIME,
                         MMA__MESSAGE_TYPE__MESSAGE_TYPE_FRAMES, (struct trace_id){{0}}, &message.base);
        (void)status;
    }
    metric_add(&metric_frames_sent, outbox->copy_count, NULL, NULL);
    outbox->frame_count = 0;
    outbox->copy_count = 0;
    outbox->used = 0;
}
