/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/core/frame_batch.h"

#include "libcommon/base/counting_sort.h"

static void batch_check(const struct frame_batch *batch)
{
    REQUIRE(batch->frame_count <= FRAME_BATCH_FRAMES_MAX && batch->copy_count <= FRAME_BATCH_COPIES_MAX);
    REQUIRE(batch->used <= FRAME_BATCH_BUFFER && batch->frame_count <= batch->copy_count);
}

bool frame_batch_has_room(const struct frame_batch *batch, uint16_t capacity)
{
    REQUIRE(capacity <= RULES_PLAYERS_MAX);
    size_t bytes = (size_t)TIER_COUNT * TIER_FRAME_BYTES(capacity);
    return batch->frame_count == 0 || (FRAME_BATCH_FRAMES_MAX - batch->frame_count >= TIER_COUNT &&
                                       FRAME_BATCH_COPIES_MAX - batch->copy_count >= TIER_COUNT * TIER_GATEWAYS_MAX &&
                                       batch->used + bytes <= FRAME_BATCH_BYTES_MAX);
}

uint8_t *frame_batch_place(struct frame_batch *batch)
{
    REQUIRE(batch->frame_count < FRAME_BATCH_FRAMES_MAX);
    return batch->buffer + batch->used;
}

void frame_batch_add(struct frame_batch *batch, uint64_t stream_id, uint32_t tier_index, const struct tier *tier,
                     const struct tier_frame *frame)
{
    REQUIRE(batch->frame_count < FRAME_BATCH_FRAMES_MAX && tier->gateway_count > 0);
    REQUIRE(FRAME_BATCH_COPIES_MAX - batch->copy_count >= tier->gateway_count);
    for (uint32_t i = 0; i < tier->gateway_count; i++) {
        batch->copy_gateways[batch->copy_count] = tier->gateways[i].peer;
        batch->copy_frames[batch->copy_count++] = batch->frame_count;
    }
    batch->frames[batch->frame_count++] = (struct frame_batch_frame){.stream_id = stream_id,
                                                                     .tick = frame->tick,
                                                                     .baseline_tick = frame->baseline_tick,
                                                                     .bytes = batch->buffer + batch->used,
                                                                     .size = frame->size,
                                                                     .tier = tier_index};
    batch->used += frame->size;
    batch_check(batch);
}

void frame_batch_sort(struct frame_batch *batch, uint32_t gateway_count)
{
    REQUIRE(gateway_count <= PEERS_MAX);
    counting_sort(batch->copy_gateways, batch->copy_count, gateway_count, batch->starts, batch->order);
}

void frame_batch_clear(struct frame_batch *batch)
{
    batch->frame_count = 0;
    batch->copy_count = 0;
    batch->used = 0;
}
