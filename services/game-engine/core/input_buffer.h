/* SPDX-License-Identifier: Apache-2.0 */
/*
 * input_buffer.h - one player's inputs that wait for their tick, and the choice of one for each tick.
 *
 * Each input is one tick of movement, so a tick uses one input and never two. What happens to an input is decided when
 * it comes (docs/protocol.md, "Inputs over time"):
 *
 *   early      waits for its tick, up to ticks_max ahead; further ahead it is ignored
 *   late       or for no tick: used in the next tick, if nothing newer waits there
 *   duplicate  a sequence that was used or waits, or is older than what was used: ignored
 *   replaced   two for one tick: the newer is used, with what the older wished once (fire, reload, a weapon)
 *   missing    the last one is repeated for INPUT_REPEAT_TICKS, then the player stands still, aiming as before
 *
 * The buffer's depth is not the server's to change: whoever names a tick gets that tick. The server measures how deep
 * it needs to be (input_arrivals.h) and says in each snapshot how much deeper it is; the client sets its clock by that.
 * Clients that name no tick have no depth: their inputs never wait longer than to the next tick.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_CORE_INPUT_BUFFER_H
#define MMA_SERVICES_GAME_ENGINE_CORE_INPUT_BUFFER_H

#include "libcommon/game/world/input.h"
#include "services/game-engine/core/input_arrivals.h"

#define INPUT_BUFFER_TICKS_MAX 32
#define INPUT_REPEAT_TICKS     6

enum input_verdict {
    INPUT_BUFFERED,  /* waits for its tick */
    INPUT_LATE,      /* its tick is over: taken for the next one */
    INPUT_DUPLICATE, /* used already, waiting already, or older than what was used: ignored */
    INPUT_EARLY,     /* too far ahead: ignored */
    INPUT_INVALID,   /* not an input: ignored */
    INPUT_UNKNOWN,   /* of a session that has no seat here: ignored */
    INPUT_VERDICTS
};

struct input_buffer {
    uint32_t ticks_max;
    uint32_t used_sequence;                      /* newest the simulation used; 0: none yet */
    uint32_t repeated_ticks;                     /* since an own input was there */
    uint32_t waiting;                            /* places that hold an input */
    struct input last;                           /* what the simulation got last */
    struct input places[INPUT_BUFFER_TICKS_MAX]; /* by tick; tick 0: empty */
    struct input_arrivals arrivals;
};

/* ticks_max: 1 .. INPUT_BUFFER_TICKS_MAX - 1. */
void input_buffer_init(struct input_buffer *buffer, uint32_t ticks_max);

/* A new session sits down: its sequences start again at 1, the aim stays. */
void input_buffer_reset(struct input_buffer *buffer);

/* tick: the latest one simulated. */
enum input_verdict input_buffer_put(struct input_buffer *buffer, const struct input *input, uint32_t tick);

/* The input for tick, which is the one after the latest simulated; ask once a tick. */
void input_buffer_take(struct input_buffer *buffer, uint32_t tick, struct input *out_input);

/* What the snapshot of tick says: see input_arrivals_depth. */
uint8_t input_buffer_depth(const struct input_buffer *buffer, uint32_t tick);

#endif
