/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/io/frame_outbox.h"

#include "proto/spectate.pb-c.h"
#include "services/spectator/io/spectator_metrics.h"

#include <stdlib.h>

#define FRAMES_MAX 1024
#define COPIES_MAX 8192
#define BYTES_MAX  (4u << 20)

_Static_assert(COPIES_MAX >= TIER_GATEWAYS_MAX, "one frame must fit");

struct frame_copy {
    uint32_t peer;
    uint32_t frame;
};

struct frame_outbox {
    struct mailbox *mailbox;
    const struct peers *peers;
    size_t used;
    uint32_t frame_count;
    uint32_t copy_count;
    Mma__Frame frames[FRAMES_MAX];
    struct frame_copy copies[COPIES_MAX];
    Mma__Frame *ordered[COPIES_MAX]; /* by peer */
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
        outbox->copies[outbox->copy_count++] =
            (struct frame_copy){.peer = tier->gateways[i].peer, .frame = outbox->frame_count};
    }
    outbox->frame_count++;
    outbox->used += frame->size;
}

/* Stably: those of peer p are ordered[starts[p]] up to ordered[starts[p + 1]]. */
static void order_by_peer(struct frame_outbox *outbox)
{
    uint32_t *starts = outbox->starts;
    uint32_t peers = outbox->peers->used;
    for (uint32_t p = 0; p <= peers; p++) {
        starts[p] = 0;
    }
    for (uint32_t i = 0; i < outbox->copy_count; i++) {
        starts[outbox->copies[i].peer + 1]++;
    }
    for (uint32_t p = 0; p < peers; p++) {
        starts[p + 1] += starts[p];
    }
    for (uint32_t i = 0; i < outbox->copy_count; i++) {
        outbox->ordered[starts[outbox->copies[i].peer]++] = &outbox->frames[outbox->copies[i].frame];
    }
    for (uint32_t p = peers; p > 0; p--) {
        starts[p] = starts[p - 1];
    }
    starts[0] = 0;
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
