/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot_viewer.h - decodes a client's snapshots, or a viewer's frames, as they come; a bad one fails the test. */
#ifndef MMA_TESTS_SUPPORT_SNAPSHOT_VIEWER_H
#define MMA_TESTS_SUPPORT_SNAPSHOT_VIEWER_H

#include "libcommon/game/snapshot/snapshot.h"

struct snapshot_viewer {
    struct view views[2];
    void *memory[2];
    uint32_t newest; /* index of the latest view */
    uint32_t tick;   /* 0: none yet */
    uint32_t count;
    uint32_t keyframes;
    uint32_t events; /* of all snapshots */
    uint32_t unfit;  /* not decoded: their baseline is not the latest */
    struct snapshot_info info;
};

void snapshot_viewer_open(struct snapshot_viewer *viewer, uint16_t capacity);
void snapshot_viewer_close(struct snapshot_viewer *viewer);

/* baseline_tick 0: a keyframe. */
void snapshot_viewer_take(struct snapshot_viewer *viewer, uint32_t tick, uint32_t baseline_tick, const uint8_t *bytes,
                          size_t size);
const struct view *snapshot_viewer_view(const struct snapshot_viewer *viewer);

#endif
