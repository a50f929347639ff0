/* SPDX-License-Identifier: Apache-2.0 */
/*
 * input_clock.h - which tick a client names in its inputs, steered by the depth in the snapshots
 * (docs/protocol.md, "Inputs over time").
 *
 * A client makes one input a tick of its own clock: tick = sequence + offset. The server reports how much earlier its
 * inputs come than they need to. Too late: the offset grows by what is missing, at once. Too early: once a second the
 * client skips one tick of its clock, so no input is lost. Far too early: the offset falls at once.
 */
#ifndef MMA_GAME_INPUT_CLOCK_H
#define MMA_GAME_INPUT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* The depth in a snapshot: 0 is unknown, else 1 to 31; one more means that inputs arrive one tick earlier. */
#define INPUT_DEPTH_UNKNOWN 0
#define INPUT_DEPTH_RIGHT   16
#define INPUT_DEPTH_LATEST  1
#define INPUT_DEPTH_EARLY   31

#define INPUT_CLOCK_EASE_TICKS 60  /* between two skipped ticks, at least */
#define INPUT_CLOCK_EASE_MAX   6   /* ticks; what is too early by more is put right at once */
#define INPUT_CLOCK_WAIT_TICKS 120 /* a correction that no used input shows is judged after this all the same */

struct input_clock {
    uint32_t offset;       /* tick - sequence */
    uint32_t set_sequence; /* the first input by this offset */
    uint32_t set_tick;     /* the latest snapshot's tick when the offset was set */
    uint32_t eased_tick;   /* the same, when a tick was last skipped */
    bool is_set;
    bool leaves_out; /* the next tick */
};

/* From the latest snapshot. */
struct input_clock_report {
    uint32_t tick;
    uint32_t used_sequence; /* last input used */
    uint8_t depth;
};

void input_clock_init(struct input_clock *clock);

/* next_sequence: of the input that the client makes next. */
void input_clock_observe(struct input_clock *clock, const struct input_clock_report *report, uint32_t next_sequence);

/* Once a client tick, 60 a second. False: this tick makes no input, and uses up no sequence. */
bool input_clock_advance(struct input_clock *clock);

/* So many client ticks went by without an input, the client being busy or asleep. */
void input_clock_skip(struct input_clock *clock, uint32_t ticks);

/* The tick that an input is for; 0, the next, before the first snapshot. */
uint32_t input_clock_tick(const struct input_clock *clock, uint32_t sequence);

#endif
