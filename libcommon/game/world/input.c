/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/world/input.h"

#include "libcommon/base/coder.h"
#include "libcommon/base/status.h"
#include "libcommon/game/rules/rules.h"

#define SEQUENCE_ORDER 12
#define TICK_ORDER     8
#define BUTTON_BITS    6
#define WEAPON_BITS    3

_Static_assert(INPUT_BUTTONS < 1 << BUTTON_BITS, "the buttons fit their bits");
_Static_assert(WEAPON_COUNT <= 1 << WEAPON_BITS, "the weapons fit their bits");

bool input_is_valid(const struct input *input)
{
    return (input->buttons & ~(unsigned)INPUT_BUTTONS) == 0 && input->weapon < WEAPON_COUNT;
}

static void code_input(struct coder *coder, struct input *input)
{
    input->sequence = coder_golomb(coder, input->sequence, SEQUENCE_ORDER);
    input->tick = coder_residual(coder, input->tick, input->sequence, TICK_ORDER);
    input->buttons = (uint16_t)coder_bits(coder, input->buttons, BUTTON_BITS);
    input->aim = (uint16_t)coder_bits(coder, input->aim, 16);
    input->weapon = (uint8_t)coder_bits_max(coder, input->weapon, WEAPON_BITS, WEAPON_COUNT - 1);
    if (!coder_flag(coder, input->seen_tick != 0)) {
        input->seen_tick = 0;
        return;
    }
    input->seen_tick = coder_residual(coder, input->seen_tick, input->sequence, TICK_ORDER);
    if (input->seen_tick == 0 && coder_is_reading(coder)) {
        bit_reader_fail(coder->reader, STATUS_INVALID);
    }
}

enum status input_encode(const struct input *input, uint8_t *bytes, size_t capacity, size_t *out_size)
{
    REQUIRE(bytes != NULL);
    REQUIRE(input_is_valid(input));
    struct bit_writer writer;
    bit_writer_init(&writer, bytes, capacity);
    struct input copy = *input;
    code_input(&(struct coder){.writer = &writer}, &copy);
    return bit_writer_finish(&writer, out_size);
}

enum status input_decode(const uint8_t *bytes, size_t size, struct input *out_input)
{
    REQUIRE(bytes != NULL || size == 0);
    struct bit_reader reader;
    bit_reader_init(&reader, bytes, size);
    struct input input = {0};
    code_input(&(struct coder){.reader = &reader}, &input);
    enum status status = bit_reader_finish(&reader);
    if (status == STATUS_OK) {
        *out_input = input;
    }
    return status;
}
