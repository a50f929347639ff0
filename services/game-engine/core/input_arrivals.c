/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/input_arrivals.h"

#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"
#include "libcommon/game/client/input_clock.h"

#define MIDDLE          (INPUT_ARRIVALS_BINS / 2)
#define LATE_ONE_IN     100 /* of so many, one may be late */
#define PAUSE_TICKS_MIN 6   /* an offset that jumps by more, together with the clock, was a pause */

void input_arrivals_init(struct input_arrivals *arrivals)
{
    memory_zero(arrivals, sizeof *arrivals);
}

/* ---- the ring and its counts -------------------------------------------------------------------- */

static uint32_t place_of(const struct input_arrivals *arrivals, uint32_t index)
{
    return (arrivals->first + index) % INPUT_ARRIVALS_MAX;
}

static uint32_t bin_of(const struct input_arrivals *arrivals, uint16_t offset)
{
    int32_t distance = (int16_t)(uint16_t)(offset - (uint16_t)arrivals->base);
    if (distance < 0) {
        return 0;
    }
    return distance < INPUT_ARRIVALS_BINS ? (uint32_t)distance : INPUT_ARRIVALS_BINS - 1;
}

static uint32_t bin_at(const struct input_arrivals *arrivals, uint32_t index)
{
    return bin_of(arrivals, arrivals->offsets[place_of(arrivals, index)]);
}

static void drop_oldest(struct input_arrivals *arrivals)
{
    uint32_t bin = bin_at(arrivals, 0);
    arrivals->all[bin]--;
    if (arrivals->count <= INPUT_ARRIVALS_RECENT) {
        arrivals->recent[bin]--;
    }
    arrivals->first = (uint16_t)place_of(arrivals, 1);
    arrivals->count--;
}

static void push(struct input_arrivals *arrivals, uint16_t offset, uint32_t tick)
{
    uint32_t place = place_of(arrivals, arrivals->count);
    uint32_t bin = bin_of(arrivals, offset);
    REQUIRE(bin < INPUT_ARRIVALS_BINS && arrivals->count < INPUT_ARRIVALS_MAX);
    arrivals->offsets[place] = offset;
    arrivals->ticks[place] = (uint16_t)tick;
    arrivals->count++;
    arrivals->all[bin]++;
    arrivals->recent[bin]++;
    if (arrivals->count > INPUT_ARRIVALS_RECENT) {
        arrivals->recent[bin_at(arrivals, arrivals->count - INPUT_ARRIVALS_RECENT - 1u)]--;
    }
}

/* The bin of the rank-th lowest, from 0. */
static uint32_t bin_of_rank(const uint8_t counts[INPUT_ARRIVALS_BINS], uint32_t rank)
{
    uint32_t bin = 0;
    uint32_t below = counts[0];
    while (below <= rank && bin < INPUT_ARRIVALS_BINS - 1) {
        below += counts[++bin];
    }
    return bin;
}

static uint32_t level_of(const struct input_arrivals *arrivals)
{
    uint32_t recent = arrivals->count < INPUT_ARRIVALS_RECENT ? arrivals->count : INPUT_ARRIVALS_RECENT;
    return bin_of_rank(arrivals->recent, recent / 2);
}

/* Clocks drift: the level stays where the bins reach to both sides of it. */
static void keep_level_in_the_middle(struct input_arrivals *arrivals)
{
    uint32_t level = level_of(arrivals);
    if (level >= MIDDLE / 2 && level < MIDDLE + MIDDLE / 2) {
        return;
    }
    arrivals->base += level - MIDDLE;
    memory_zero(arrivals->all, sizeof arrivals->all);
    memory_zero(arrivals->recent, sizeof arrivals->recent);
    for (uint32_t i = 0; i < arrivals->count; i++) {
        uint32_t bin = bin_at(arrivals, i);
        arrivals->all[bin]++;
        arrivals->recent[bin] = (uint8_t)(arrivals->recent[bin] + (i + INPUT_ARRIVALS_RECENT >= arrivals->count));
    }
}

/* ---- measuring ---------------------------------------------------------------------------------- */

static uint32_t age_at(const struct input_arrivals *arrivals, uint32_t index, uint32_t tick)
{
    return (uint16_t)(tick - arrivals->ticks[place_of(arrivals, index)]);
}

static bool has_restarted(const struct input_arrivals *arrivals, uint16_t offset, uint32_t clock, uint32_t tick)
{
    if (arrivals->count == 0) {
        return true;
    }
    uint32_t newest = arrivals->count - 1u;
    int32_t jump = (int16_t)(uint16_t)(offset - arrivals->offsets[place_of(arrivals, newest)]);
    bool has_jumped = jump > PAUSE_TICKS_MIN || jump < -PAUSE_TICKS_MIN;
    bool is_clock_new = arrivals->has_clock && clock != arrivals->clock;
    return age_at(arrivals, newest, tick) > INPUT_ARRIVALS_SILENT_TICKS || (has_jumped && is_clock_new);
}

void input_arrivals_add(struct input_arrivals *arrivals, uint32_t sequence, uint32_t named, uint32_t tick)
{
    uint32_t offset = sequence - tick;
    uint32_t clock = named != 0 ? named - sequence : arrivals->clock;
    if (has_restarted(arrivals, (uint16_t)offset, clock, tick)) {
        input_arrivals_init(arrivals);
        arrivals->base = offset - MIDDLE;
    }
    arrivals->clock = clock;
    arrivals->has_clock = named != 0;
    while (arrivals->count > 0 &&
           (arrivals->count == INPUT_ARRIVALS_MAX || age_at(arrivals, 0, tick) >= INPUT_ARRIVALS_TICKS)) {
        drop_oldest(arrivals);
    }
    push(arrivals, (uint16_t)offset, tick);
    keep_level_in_the_middle(arrivals);
}

/* ---- judging ------------------------------------------------------------------------------------ */

uint32_t input_arrivals_needed(const struct input_arrivals *arrivals)
{
    uint32_t level = level_of(arrivals);
    uint32_t tail = bin_of_rank(arrivals->all, arrivals->count / LATE_ONE_IN);
    uint32_t spread = level > tail ? level - tail : 0;
    return arrivals->count == 0 ? 1 : spread < INPUT_DEPTH_MAX ? 1 + spread : INPUT_DEPTH_MAX;
}

uint8_t input_arrivals_depth(const struct input_arrivals *arrivals, uint32_t tick)
{
    if (arrivals->count == 0 || !arrivals->has_clock ||
        age_at(arrivals, arrivals->count - 1u, tick) >= INPUT_ARRIVALS_TICKS) {
        return INPUT_DEPTH_UNKNOWN;
    }
    uint32_t level = arrivals->base + level_of(arrivals) + arrivals->clock;
    int64_t depth = INPUT_DEPTH_RIGHT + (int64_t)(int32_t)(level - input_arrivals_needed(arrivals));
    if (depth < INPUT_DEPTH_LATEST) {
        return INPUT_DEPTH_LATEST;
    }
    return depth > INPUT_DEPTH_EARLY ? INPUT_DEPTH_EARLY : (uint8_t)depth;
}
