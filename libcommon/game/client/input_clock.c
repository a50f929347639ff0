/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/client/input_clock.h"

#include "libcommon/base/status.h"

#define FIRST_LEAD_TICKS 2 /* before the round trip is measured; a late input is still used in the next tick */

_Static_assert(INPUT_DEPTH_LATEST < INPUT_DEPTH_RIGHT && INPUT_DEPTH_RIGHT < INPUT_DEPTH_EARLY, "late, right, early");
_Static_assert(INPUT_CLOCK_EASE_MAX < INPUT_DEPTH_EARLY - INPUT_DEPTH_RIGHT, "larger corrections are possible");

void input_clock_init(struct input_clock *clock)
{
    *clock = (struct input_clock){0};
}

static void set_offset(struct input_clock *clock, uint32_t offset, uint32_t tick, uint32_t next_sequence)
{
    clock->offset = offset;
    clock->set_sequence = next_sequence;
    clock->set_tick = tick;
    clock->eased_tick = tick;
    clock->is_set = true;
}

/* Whether the report is of inputs by the offset that is set now. */
static bool is_of_this_offset(const struct input_clock *clock, const struct input_clock_report *report)
{
    return report->used_sequence >= clock->set_sequence || report->tick - clock->set_tick >= INPUT_CLOCK_WAIT_TICKS;
}

void input_clock_observe(struct input_clock *clock, const struct input_clock_report *report, uint32_t next_sequence)
{
    REQUIRE(next_sequence > 0);
    if (!clock->is_set) {
        set_offset(clock, report->tick + FIRST_LEAD_TICKS - next_sequence, report->tick, next_sequence);
        return;
    }
    if (report->depth == INPUT_DEPTH_UNKNOWN || !is_of_this_offset(clock, report)) {
        return;
    }
    int32_t early = (int32_t)report->depth - INPUT_DEPTH_RIGHT;
    if (early < 0 || early > INPUT_CLOCK_EASE_MAX) {
        set_offset(clock, clock->offset - (uint32_t)early, report->tick, next_sequence);
    } else if (early > 0 && report->tick - clock->eased_tick >= INPUT_CLOCK_EASE_TICKS) {
        clock->leaves_out = true;
        clock->eased_tick = report->tick;
    }
}

bool input_clock_advance(struct input_clock *clock)
{
    bool makes_input = !clock->leaves_out;
    clock->leaves_out = false;
    return makes_input;
}

void input_clock_skip(struct input_clock *clock, uint32_t ticks)
{
    clock->offset += clock->is_set ? ticks : 0;
}

uint32_t input_clock_tick(const struct input_clock *clock, uint32_t sequence)
{
    return clock->is_set ? sequence + clock->offset : 0;
}
