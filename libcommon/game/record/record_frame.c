/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/record/record_frame.h"

#include "libcommon/base/hash.h"
#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"

#define CHECK_BYTES 4

/* 1 byte of kind, at most 5 of a length, and the check. */
_Static_assert(RECORD_FRAME_BYTES >= 1 + 5 + CHECK_BYTES, "a frame fits around its payload");

uint32_t record_frame_check(uint8_t kind, const uint8_t *payload, size_t size)
{
    struct hash hash;
    hash_init(&hash, kind);
    hash_bytes(&hash, payload, size);
    return (uint32_t)hash_finish(&hash);
}

void record_frame_write(struct byte_writer *writer, uint8_t kind, const uint8_t *payload, size_t size)
{
    REQUIRE(size <= RECORD_PAYLOAD_MAX);
    REQUIRE(size <= RECORD_PAYLOAD_MAX);
    uint32_t check = record_frame_check(kind, payload, size);
    byte_writer_u8(writer, kind);
    byte_writer_varint(writer, size);
    uint8_t *to = byte_writer_reserve(writer, size);
    if (to) {
        memory_move(to, payload, size);
    }
    byte_writer_u32(writer, check);
}

uint8_t *record_frame_scratch(const struct byte_writer *writer, size_t *out_size)
{
    size_t left = writer->status == STATUS_OK ? writer->capacity - writer->size : 0;
    *out_size = left > RECORD_FRAME_BYTES ? left - RECORD_FRAME_BYTES : 0;
    return writer->bytes + writer->size + (*out_size > 0 ? RECORD_FRAME_BYTES - CHECK_BYTES : 0);
}

enum status record_frame_read(const uint8_t *bytes, size_t size, struct record_frame *out_frame)
{
    REQUIRE(bytes != NULL || size == 0);
    struct byte_reader reader;
    byte_reader_init(&reader, bytes, size);
    struct record_frame frame = {.kind = byte_reader_u8(&reader)};
    frame.payload_size = (size_t)byte_reader_varint_max(&reader, RECORD_PAYLOAD_MAX);
    frame.payload = byte_reader_bytes(&reader, frame.payload_size);
    uint32_t check = byte_reader_u32(&reader);
    if (reader.status != STATUS_OK) {
        return reader.status;
    }
    frame.size = reader.offset;
    *out_frame = frame;
    return check == record_frame_check(frame.kind, frame.payload, frame.payload_size) ? STATUS_OK : STATUS_INVALID;
}
