/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot.h - a view as bytes, as a difference to an older view that the client has
 * (docs/wire-format.md, "Snapshot").
 *
 * A keyframe is the difference to the empty view. Each snapshot names its tick and its baseline's, and ends in a check
 * of all bytes that led to its view, from the keyframe on: a wrong baseline, or bytes that are not what was sent, are
 * refused and never shown.
 */
#ifndef MMA_GAME_SNAPSHOT_H
#define MMA_GAME_SNAPSHOT_H

#include "libcommon/game/snapshot/view.h"

/* Of the bytes of inputs and snapshots. It does not travel: a page is served by the gateway whose build it belongs to.
 */
#define SNAPSHOT_FORMAT_VERSION 1

#define SNAPSHOT_EVENT_TICKS_MAX 1023 /* older events are not sent */

struct scene;
struct snapshot_counts;

struct snapshot_source {
    const struct scene *scene;          /* of the current view's tick */
    const struct view *baseline;        /* what the client was last written; NULL: a keyframe */
    struct view *current;               /* made from scene upon the baseline; its chain is set */
    const struct event_history *events; /* NULL: none are sent */
    struct snapshot_counts *counts;     /* NULL; else snapshot_parts.h */
    uint32_t events_after;              /* sends events newer than this tick: what the client knows already */
};

struct snapshot_info {
    uint32_t tick;
    uint32_t baseline_tick; /* 0 for a keyframe */
    bool is_keyframe;
    uint32_t input_sequence;
    uint8_t input_depth;
};

/* STATUS_FULL when it does not fit, STATUS_STALE when the history does not reach back to events_after any more. */
MUST_USE enum status snapshot_encode(const struct snapshot_source *source, uint8_t *bytes, size_t capacity,
                                     size_t *out_size);

/*
 * Reads the head only, unverified: enough to route or to find the baseline. known_tick: the baseline's or up to 15
 * after it, as the tick of the newest view that the client has; not used for a keyframe.
 */
MUST_USE enum status snapshot_peek(uint32_t known_tick, const uint8_t *bytes, size_t size,
                                   struct snapshot_info *out_info);

/*
 * baseline: the view of info's baseline tick; may be NULL for a keyframe, and must not be out_view.
 * STATUS_TRUNCATED or STATUS_INVALID for bad bytes, STATUS_TOO_LARGE for out_view's limits,
 * STATUS_MISMATCH for a wrong baseline or a failed check; out_view is unspecified but safe then.
 */
MUST_USE enum status snapshot_decode(const struct view *baseline, const uint8_t *bytes, size_t size,
                                     struct view *out_view, struct snapshot_info *out_info);

#endif
