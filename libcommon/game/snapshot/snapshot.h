/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot.h - a view as bytes: a delta against a baseline that the client has (docs/wire-format.md, "Snapshot").
 *
 * A keyframe is a delta against the empty view. Each snapshot names its own tick and its baseline's, and ends in a
 * check: part of a hash over all bytes from the last keyframe on. A wrong baseline or damaged bytes are refused.
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
    const struct view *baseline;        /* the last view written to the client; NULL: a keyframe */
    struct view *current;               /* built from scene and the baseline; its chain is set */
    const struct event_history *events; /* NULL: none are sent */
    struct snapshot_counts *counts;     /* NULL, or counts symbols: snapshot_parts.h */
    uint32_t events_after;              /* the client has all events up to this tick: newer ones are sent */
};

struct snapshot_info {
    uint32_t tick;
    uint32_t baseline_tick; /* 0 for a keyframe */
    bool is_keyframe;
    uint32_t input_sequence;
    uint8_t input_depth;
};

/* STATUS_FULL when it does not fit, STATUS_STALE when the event history no longer reaches back to events_after. */
MUST_USE enum status snapshot_encode(const struct snapshot_source *source, uint8_t *bytes, size_t capacity,
                                     size_t *out_size);

/*
 * Reads the head only, unverified: enough to route it, or to find the baseline. newest_tick: of the newest view that
 * the client has, which is the baseline or up to 15 ticks after it; not used for a keyframe.
 */
MUST_USE enum status snapshot_peek(uint32_t newest_tick, const uint8_t *bytes, size_t size,
                                   struct snapshot_info *out_info);

/*
 * baseline: the view of info's baseline tick, not out_view; may be NULL for a keyframe.
 * STATUS_TRUNCATED or STATUS_INVALID for bad bytes, STATUS_TOO_LARGE for out_view's limits,
 * STATUS_MISMATCH for a wrong baseline or a failed check; out_view is unspecified but safe then.
 */
MUST_USE enum status snapshot_decode(const struct view *baseline, const uint8_t *bytes, size_t size,
                                     struct view *out_view, struct snapshot_info *out_info);

#endif
