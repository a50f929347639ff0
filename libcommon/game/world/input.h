/* SPDX-License-Identifier: Apache-2.0 */
/*
 * input.h - a player's input for one tick, and its bytes (docs/wire-format.md, "Input").
 */
#ifndef MMA_GAME_INPUT_H
#define MMA_GAME_INPUT_H

#include "libcommon/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum input_button {
    INPUT_UP = 1,
    INPUT_DOWN = 2,
    INPUT_LEFT = 4,
    INPUT_RIGHT = 8,
    INPUT_FIRE = 16,
    INPUT_RELOAD = 32,
    INPUT_BUTTONS = 63 /* all of them */
};

#define INPUT_BYTES_MAX 25 /* usually 6 to 9 */

struct input {
    uint32_t sequence;  /* the client counts its inputs from 1 */
    uint32_t tick;      /* the server tick it is meant for; 0: the next */
    uint16_t buttons;   /* of enum input_button; opposite directions cancel out */
    uint16_t aim;       /* 1/65536 of a circle, see fixed.h */
    uint8_t weapon;     /* enum weapon to take up; WEAPON_NONE keeps the one in hand */
    uint32_t seen_tick; /* tick of the view that the player aimed by; 0: none */
};

/* How many ticks older than its own the view was that the player aimed by; 0: none, or not given. */
static inline uint32_t input_lag(const struct input *input)
{
    return input->seen_tick == 0 || input->seen_tick > input->tick ? 0 : input->tick - input->seen_tick;
}

/* Unknown buttons and weapons are invalid; everything else is valid. */
bool input_is_valid(const struct input *input);

/* Writes at most INPUT_BYTES_MAX bytes. input must be valid. STATUS_FULL when capacity is too small. */
MUST_USE enum status input_encode(const struct input *input, uint8_t *bytes, size_t capacity, size_t *out_size);

/* One input has exactly one encoding: whatever input_encode would not write is refused. */
MUST_USE enum status input_decode(const uint8_t *bytes, size_t size, struct input *out_input);

#endif
