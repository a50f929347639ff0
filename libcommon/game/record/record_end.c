/* SPDX-License-Identifier: Apache-2.0 */
/* record_end.c - the last record of a match: its final state's hash, and the engine's decision. */
#include "libcommon/base/status.h"
#include "libcommon/game/record/record_frame.h"

#define HEAD_BYTES  22
#define PLACE_BYTES 6

size_t record_end_bytes_max(uint16_t capacity)
{
    return RECORD_FRAME_BYTES + HEAD_BYTES + (size_t)capacity * PLACE_BYTES;
}

enum status record_write_end(const struct record_end *end, struct byte_writer *writer)
{
    const struct match_decision *decision = &end->decision;
    size_t room, size;
    uint8_t *payload = record_frame_scratch(writer, &room);
    struct byte_writer inner;
    REQUIRE(match_decision_is_valid(decision));
    byte_writer_init(&inner, payload, room);
    byte_writer_u32(&inner, end->tick);
    byte_writer_u64(&inner, end->hash);
    byte_writer_u8(&inner, (uint8_t)decision->end_reason);
    byte_writer_u8(&inner, (uint8_t)decision->outcome);
    byte_writer_u16(&inner, decision->winner);
    byte_writer_u32(&inner, decision->score);
    byte_writer_u16(&inner, decision->seat_count);
    for (uint16_t slot = 0; slot < decision->seat_count; slot++) {
        byte_writer_u16(&inner, decision->places[slot].place);
        byte_writer_u32(&inner, decision->places[slot].left_tick);
    }
    if (byte_writer_finish(&inner, &size) != STATUS_OK) {
        writer->status = STATUS_FULL;
        return STATUS_FULL;
    }
    record_frame_write(writer, RECORD_END, payload, size);
    return writer->status;
}

enum status record_end_read(const uint8_t *payload, size_t size, uint16_t capacity, struct match_place *places,
                            struct record_end *out_end)
{
    struct byte_reader bytes;
    byte_reader_init(&bytes, payload, size);
    struct record_end end = {.tick = byte_reader_u32(&bytes)};
    struct match_decision *decision = &end.decision;
    end.hash = byte_reader_u64(&bytes);
    decision->end_reason = (enum match_end_reason)byte_reader_u8(&bytes);
    decision->outcome = (enum match_outcome)byte_reader_u8(&bytes);
    decision->winner = byte_reader_u16(&bytes);
    decision->score = byte_reader_u32(&bytes);
    decision->seat_count = byte_reader_u16(&bytes);
    decision->places = places;
    if (decision->seat_count != capacity) {
        return STATUS_INVALID;
    }
    for (uint16_t slot = 0; slot < capacity; slot++) {
        places[slot].place = byte_reader_u16(&bytes);
        places[slot].left_tick = byte_reader_u32(&bytes);
    }
    enum status status = byte_reader_finish(&bytes);
    if (status == STATUS_OK && !match_decision_is_valid(decision)) {
        status = STATUS_INVALID;
    }
    *out_end = end;
    return status;
}
