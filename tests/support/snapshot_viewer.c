/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/snapshot_viewer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void snapshot_viewer_open(struct snapshot_viewer *viewer, uint16_t capacity)
{
    struct view_limits limits = view_limits_for(capacity);
    limits.events = 4096;
    memset(viewer, 0, sizeof *viewer);
    for (int i = 0; i < 2; i++) {
        viewer->memory[i] = malloc(view_bytes(&limits));
        assert_non_null(viewer->memory[i]);
        view_init(&viewer->views[i], &limits, viewer->memory[i]);
    }
}

void snapshot_viewer_close(struct snapshot_viewer *viewer)
{
    free(viewer->memory[0]);
    free(viewer->memory[1]);
}

void snapshot_viewer_take(struct snapshot_viewer *viewer, uint32_t tick, uint32_t baseline_tick, const uint8_t *bytes,
                          size_t size)
{
    const struct view *baseline = baseline_tick == 0 ? NULL : &viewer->views[viewer->newest];
    struct view *view = &viewer->views[1 - viewer->newest];
    if (baseline_tick != 0 && baseline_tick != viewer->tick) {
        viewer->unfit++;
        return;
    }
    assert_int_equal(STATUS_OK, snapshot_decode(baseline, bytes, size, view, &viewer->info));
    assert_int_equal(viewer->info.tick, tick);
    assert_int_equal(viewer->info.baseline_tick, baseline_tick);
    viewer->newest = 1 - viewer->newest;
    viewer->tick = tick;
    viewer->count++;
    viewer->keyframes += baseline_tick == 0;
    viewer->events += view->event_count;
}

const struct view *snapshot_viewer_view(const struct snapshot_viewer *viewer)
{
    return &viewer->views[viewer->newest];
}
