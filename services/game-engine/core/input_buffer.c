/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/input_buffer.h"

#include "libcommon/base/memory.h"

void input_buffer_init(struct input_buffer *buffer, uint32_t ticks_max)
{
    REQUIRE(ticks_max > 0 && ticks_max < INPUT_BUFFER_TICKS_MAX);
    memory_zero(buffer, sizeof *buffer);
    buffer->ticks_max = ticks_max;
}

void input_buffer_reset(struct input_buffer *buffer)
{
    uint16_t aim = buffer->last.aim;
    input_buffer_init(buffer, buffer->ticks_max);
    buffer->last.aim = aim;
}

static bool is_waiting(const struct input_buffer *buffer, uint32_t sequence)
{
    for (uint32_t i = 0; buffer->waiting > 0 && i < INPUT_BUFFER_TICKS_MAX; i++) {
        if (buffer->places[i].tick != 0 && buffer->places[i].sequence == sequence) {
            return true;
        }
    }
    return false;
}

/* The older of two inputs for one tick: a shot or a reload that it asks for shall not be lost. */
static void replace(struct input *place, const struct input *newer)
{
    uint16_t pressed = place->buttons & (INPUT_FIRE | INPUT_RELOAD);
    uint8_t weapon = place->weapon;
    *place = *newer;
    place->buttons |= pressed;
    place->weapon = newer->weapon != 0 ? newer->weapon : weapon;
}

enum input_verdict input_buffer_put(struct input_buffer *buffer, const struct input *input, uint32_t tick)
{
    REQUIRE(buffer->ticks_max > 0 && buffer->waiting <= INPUT_BUFFER_TICKS_MAX);
    if (input->sequence <= buffer->used_sequence || is_waiting(buffer, input->sequence)) {
        return INPUT_DUPLICATE;
    }
    input_arrivals_add(&buffer->arrivals, input->sequence, input->tick, tick);
    if (input->tick > tick && input->tick - tick > buffer->ticks_max) {
        return INPUT_EARLY;
    }
    bool is_late = input->tick != 0 && input->tick <= tick;
    uint32_t meant = input->tick > tick ? input->tick : tick + 1;
    struct input *place = &buffer->places[meant % INPUT_BUFFER_TICKS_MAX];
    if (place->tick == meant && place->sequence > input->sequence) {
        return INPUT_DUPLICATE;
    }
    if (place->tick == meant) {
        replace(place, input);
    } else {
        buffer->waiting += place->tick == 0;
        *place = *input;
    }
    place->tick = meant;
    return is_late ? INPUT_LATE : INPUT_BUFFERED;
}

/* Nothing came for this tick. */
static void repeat_last(struct input_buffer *buffer)
{
    if (buffer->repeated_ticks < INPUT_REPEAT_TICKS) {
        buffer->repeated_ticks++;
        return;
    }
    buffer->last.buttons = 0;
    buffer->last.weapon = 0;
}

void input_buffer_take(struct input_buffer *buffer, uint32_t tick, struct input *out_input)
{
    struct input *place = &buffer->places[tick % INPUT_BUFFER_TICKS_MAX];
    bool is_there = place->tick == tick && place->sequence > buffer->used_sequence;
    if (is_there) {
        buffer->last = *place;
        buffer->used_sequence = place->sequence;
        buffer->repeated_ticks = 0;
    } else {
        repeat_last(buffer);
    }
    if (place->tick != 0) {
        place->tick = 0;
        buffer->waiting--;
    }
    *out_input = buffer->last;
    out_input->tick = tick;
}

uint8_t input_buffer_depth(const struct input_buffer *buffer, uint32_t tick)
{
    return input_arrivals_depth(&buffer->arrivals, tick);
}
