/* SPDX-License-Identifier: Apache-2.0 */
/* record_frame.h - the frame of a record: kind, length as varint, payload, check. Only for the files of record.h. */
#ifndef MMA_GAME_RECORD_FRAME_H
#define MMA_GAME_RECORD_FRAME_H

#include "libcommon/game/record/record.h"

#define RECORD_FRAME_BYTES 10 /* around a payload, at most */

/* The low half of a hash that begins with kind. */
uint32_t record_frame_check(uint8_t kind, const uint8_t *payload, size_t size);

/* The payload may stand in the writer's own free space, see record_frame_scratch. */
void record_frame_write(struct byte_writer *writer, uint8_t kind, const uint8_t *payload, size_t size);

/* The writer's free space, to build a payload in before its length; *out_size is 0 when there is no room. */
uint8_t *record_frame_scratch(const struct byte_writer *writer, size_t *out_size);

struct record_frame {
    uint8_t kind;
    const uint8_t *payload; /* borrowed from the bytes */
    size_t payload_size;
    size_t size; /* of the whole frame */
};

/* The frame at the start of bytes, its check held against it. */
MUST_USE enum status record_frame_read(const uint8_t *bytes, size_t size, struct record_frame *out_frame);

/* record_end.c. places: [capacity], filled. */
MUST_USE enum status record_end_read(const uint8_t *payload, size_t size, uint16_t capacity, struct match_place *places,
                                     struct record_end *out_end);

#endif
