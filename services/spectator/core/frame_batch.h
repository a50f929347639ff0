/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame_batch.h - the frames of one step of all matches, each encoded once, and which gateway gets which.
 *
 * A frame has one copy for each gateway of its tier, whatever the number of viewers behind it; a copy is an index, the
 * bytes are there once. When there is no room left, send what is there, clear, and go on.
 */
#ifndef MMA_SERVICES_SPECTATOR_CORE_FRAME_BATCH_H
#define MMA_SERVICES_SPECTATOR_CORE_FRAME_BATCH_H

#include "libcommon/base/peers.h"
#include "services/spectator/core/tier.h"

#define FRAME_BATCH_FRAMES_MAX 1024
#define FRAME_BATCH_COPIES_MAX 8192
#define FRAME_BATCH_BYTES_MAX  (4u << 20) /* but an empty batch takes all tiers of one match of any size */
#define FRAME_BATCH_BUFFER     ((size_t)TIER_COUNT * TIER_FRAME_BYTES(RULES_PLAYERS_MAX))

_Static_assert(FRAME_BATCH_BUFFER >= FRAME_BATCH_BYTES_MAX, "what counts as room is there");
_Static_assert(FRAME_BATCH_COPIES_MAX >= TIER_COUNT * TIER_GATEWAYS_MAX, "an empty batch takes one match");

struct frame_batch_frame {
    uint64_t stream_id;
    uint32_t tick;
    uint32_t baseline_tick; /* 0: a keyframe */
    uint8_t *bytes;         /* in the batch's buffer */
    size_t size;
    uint32_t tier;
};

/* Large: the owner allocates it once. All zero is an empty one. */
struct frame_batch {
    uint32_t frame_count;
    uint32_t copy_count;
    size_t used; /* of the buffer */
    struct frame_batch_frame frames[FRAME_BATCH_FRAMES_MAX];
    uint32_t copy_gateways[FRAME_BATCH_COPIES_MAX]; /* index of peers */
    uint32_t copy_frames[FRAME_BATCH_COPIES_MAX];   /* index of frames */
    uint32_t order[FRAME_BATCH_COPIES_MAX];         /* copies by gateway, see frame_batch_sort */
    uint32_t starts[PEERS_MAX + 1];
    uint8_t buffer[FRAME_BATCH_BUFFER];
};

/* Whether all tiers of a match with that many slots fit. An empty batch always has room. */
bool frame_batch_has_room(const struct frame_batch *batch, uint16_t capacity);

/* Where the next frame is encoded: frame_batch_has_room said that there is room. */
uint8_t *frame_batch_place(struct frame_batch *batch);

/* The frame that was encoded at frame_batch_place goes to all gateways of the tier. */
void frame_batch_add(struct frame_batch *batch, uint64_t stream_id, uint32_t tier_index, const struct tier *tier,
                     const struct tier_frame *frame);

/* Afterwards gateway g gets copies order[starts[g]] up to order[starts[g + 1]], in the order they were added. */
void frame_batch_sort(struct frame_batch *batch, uint32_t gateway_count);
void frame_batch_clear(struct frame_batch *batch);

#endif
