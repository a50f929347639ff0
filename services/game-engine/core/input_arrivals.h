/* SPDX-License-Identifier: Apache-2.0 */
/*
 * input_arrivals.h - how punctual one player's inputs are: the depth that its buffer needs, and the depth it has.
 *
 * A client makes one input a tick of its own clock, so sequence - tick of arrival, an input's *offset*, is constant but
 * for jitter. What a client names, tick - sequence, is its *clock*; it changes only when the client sets it. Offset +
 * clock is the *lead*: how many ticks before its tick an input comes; 1 is just in time, 0 is late. As the offsets
 * do not depend on the clock, the whole window is judged by the clock set now, and a correction shows at once.
 *
 * The window is two seconds. Its *tail* is the offset below which at most 1 % lie, its *level* the median of the newest
 * half second. The depth *needed* is 1 + level - tail, at least 1 and at most INPUT_DEPTH_MAX: beyond that, a few
 * late inputs are better than more delay. A client that was silent for a second, or paused and set its
 * clock again, is measured from the start.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_CORE_INPUT_ARRIVALS_H
#define MMA_SERVICES_GAME_ENGINE_CORE_INPUT_ARRIVALS_H

#include <stdbool.h>
#include <stdint.h>

#define INPUT_DEPTH_MAX             6   /* ticks */
#define INPUT_ARRIVALS_TICKS        120 /* the window */
#define INPUT_ARRIVALS_MAX          128 /* inputs remembered; the oldest goes first */
#define INPUT_ARRIVALS_RECENT       30  /* inputs */
#define INPUT_ARRIVALS_SILENT_TICKS 60
#define INPUT_ARRIVALS_BINS         32 /* offsets, one tick each; what lies further off counts in the outermost */

struct input_arrivals {
    uint32_t base;  /* offset of bin 0 */
    uint32_t clock; /* of the newest input */
    bool has_clock; /* the newest input named a tick */
    uint16_t first;
    uint16_t count;
    uint16_t offsets[INPUT_ARRIVALS_MAX]; /* ring; low 16 bits */
    uint16_t ticks[INPUT_ARRIVALS_MAX];   /* when it came; low 16 bits */
    uint8_t all[INPUT_ARRIVALS_BINS];     /* how many have each offset */
    uint8_t recent[INPUT_ARRIVALS_BINS];  /* of these, the newest */
};

void input_arrivals_init(struct input_arrivals *arrivals);

/* named: the tick it is for, 0 when it names none. tick: the latest one simulated. */
void input_arrivals_add(struct input_arrivals *arrivals, uint32_t sequence, uint32_t named, uint32_t tick);

/* 1 .. INPUT_DEPTH_MAX ticks; 1 where nothing was measured. */
uint32_t input_arrivals_needed(const struct input_arrivals *arrivals);

/* What a snapshot of tick says: INPUT_DEPTH_RIGHT of input_clock.h and by how many ticks the inputs come earlier. */
uint8_t input_arrivals_depth(const struct input_arrivals *arrivals, uint32_t tick);

#endif
