/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tier.h - one rate of one followed match: its frames, each the next one's baseline, and which gateways take them.
 *
 * A frame is encoded once, whatever the number of viewers, as the difference to the tier's frame before; every two
 * seconds, and when a viewer came, as a keyframe, where anybody can begin.
 */
#ifndef MMA_SERVICES_SPECTATOR_CORE_TIER_H
#define MMA_SERVICES_SPECTATOR_CORE_TIER_H

#include "libcommon/game/snapshot/scene.h"

#define TIER_COUNT          4
#define TIER_KEYFRAME_TICKS 120
#define TIER_GATEWAYS_MAX   64
#define TIER_FRAME_BYTES(n) (1024u + 512u * (n)) /* the largest frame of a match with n slots */

struct tier_gateway {
    uint32_t peer; /* the caller's name of the gateway */
    uint32_t viewers;
};

struct tier {
    uint32_t divisor; /* a frame every so many ticks */
    struct view views[2];
    uint8_t newest; /* index of the view of the frame last sent */
    bool has_frame;
    bool wants_keyframe;
    uint32_t keyframe_tick;
    uint32_t viewers;
    uint32_t gateway_count;
    struct tier_gateway gateways[TIER_GATEWAYS_MAX];
};

struct tier_frame {
    uint32_t tick;
    uint32_t baseline_tick; /* 0: a keyframe */
    size_t size;
};

/* The tier of a requested rate: 60, 30, 15, 5 Hz are 0 to 3; 0 requests the best. Others get the next lower. */
uint32_t tier_for_rate(uint32_t rate_hz);
uint32_t tier_rate(uint32_t index);

size_t tier_bytes(const struct view_limits *limits);

/* memory: tier_bytes(limits), aligned to 16. */
void tier_init(struct tier *tier, uint32_t index, const struct view_limits *limits, void *memory);

/* STATUS_FULL when too many gateways take this tier. */
MUST_USE enum status tier_enter(struct tier *tier, uint32_t peer);
void tier_leave(struct tier *tier, uint32_t peer);

/* The scene starts again at a keyframe: frames of before are no baseline, the next frame is a keyframe. */
void tier_restart(struct tier *tier);

/* is_last: no other tick follows, so its frame is due at any rate. */
bool tier_is_due(const struct tier *tier, uint32_t tick, bool is_last);

/* Encodes the scene, made since the frame before. STATUS_FULL when it does not fit: a keyframe comes next. */
MUST_USE enum status tier_encode(struct tier *tier, const struct scene *scene, const struct event_history *events,
                                 uint8_t *bytes, size_t capacity, struct tier_frame *out_frame);

#endif
