/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/recorder.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/memory.h"

static size_t stream_capacity(uint16_t capacity)
{
    return RECORDER_STREAM_TICKS * record_tick_bytes_max(capacity) + RECORD_END_BYTES_MAX;
}

/* A chunk grows past chunk_bytes by one tick at most, and begins with a header or a keyframe. */
static size_t chunk_capacity(uint16_t capacity, size_t chunk_bytes)
{
    return chunk_bytes + RECORD_HEADER_BYTES_MAX + record_keyframe_bytes_max(capacity) +
           record_tick_bytes_max(capacity) + RECORD_END_BYTES_MAX;
}

size_t recorder_memory_bytes(uint16_t capacity, size_t chunk_bytes)
{
    return arena_bytes(record_state_bytes(capacity)) + arena_bytes(stream_capacity(capacity)) +
           arena_bytes(chunk_capacity(capacity, chunk_bytes));
}

enum status recorder_init(struct recorder *recorder, const struct record_header *header, uint32_t chunk_ticks,
                          size_t chunk_bytes, void *memory)
{
    uint16_t capacity = header->setup.capacity;
    struct arena arena;
    memory_zero(recorder, sizeof(*recorder));
    arena_init(&arena, memory, recorder_memory_bytes(capacity, chunk_bytes));
    record_state_init(&recorder->state, capacity, arena_take(&arena, record_state_bytes(capacity)));
    byte_writer_init(&recorder->stream, arena_take(&arena, stream_capacity(capacity)), stream_capacity(capacity));
    byte_writer_init(&recorder->chunk, arena_take(&arena, chunk_capacity(capacity, chunk_bytes)),
                     chunk_capacity(capacity, chunk_bytes));
    recorder->chunk_ticks = chunk_ticks;
    recorder->chunk_bytes = chunk_bytes;
    return record_write_header(header, &recorder->chunk);
}

static void clear(struct byte_writer *writer)
{
    byte_writer_init(writer, writer->bytes, writer->capacity);
}

void recorder_before_tick(struct recorder *recorder, const struct world *world)
{
    if (recorder->chunk_index > 0 && recorder->chunk.size == 0) {
        enum status status = record_write_keyframe(&recorder->state, world, &recorder->chunk);
        REQUIRE(status == STATUS_OK);
    }
}

/* Both buffers were sized for all that can come: a full one is our bug. */
void recorder_tick(struct recorder *recorder, const struct record_tick *tick)
{
    size_t before = recorder->chunk.size;
    enum status status = record_write_tick(&recorder->state, tick, &recorder->chunk);
    REQUIRE(status == STATUS_OK);
    byte_writer_bytes(&recorder->stream, recorder->chunk.bytes + before, recorder->chunk.size - before);
    REQUIRE(recorder->stream.status == STATUS_OK);
    recorder->chunk_last_tick = tick->tick;
    if (recorder->chunk_first_tick == 0) {
        recorder->chunk_first_tick = tick->tick;
    }
    if (recorder->stream_first_tick == 0) {
        recorder->stream_first_tick = tick->tick;
    }
}

void recorder_end(struct recorder *recorder, const struct record_end *end)
{
    size_t before = recorder->chunk.size;
    enum status status = record_write_end(end, &recorder->chunk);
    REQUIRE(status == STATUS_OK && !recorder->has_ended);
    byte_writer_bytes(&recorder->stream, recorder->chunk.bytes + before, recorder->chunk.size - before);
    REQUIRE(recorder->stream.status == STATUS_OK);
    if (recorder->stream_first_tick == 0) {
        recorder->stream_first_tick = end->tick + 1;
    }
    if (recorder->chunk_first_tick == 0) {
        recorder->chunk_first_tick = end->tick;
        recorder->chunk_last_tick = end->tick;
    }
    recorder->has_ended = true;
}

static bool chunk_is_due(const struct recorder *recorder)
{
    if (recorder->chunk.size == 0 || recorder->chunk_first_tick == 0) {
        return recorder->has_ended && recorder->chunk.size > 0;
    }
    uint32_t ticks = recorder->chunk_last_tick - recorder->chunk_first_tick + 1;
    return recorder->has_ended || ticks >= recorder->chunk_ticks || recorder->chunk.size >= recorder->chunk_bytes;
}

bool recorder_take_chunk(struct recorder *recorder, struct recorder_chunk *out_chunk)
{
    if (!chunk_is_due(recorder)) {
        return false;
    }
    *out_chunk = (struct recorder_chunk){.index = recorder->chunk_index,
                                         .first_tick = recorder->chunk_first_tick,
                                         .last_tick = recorder->chunk_last_tick,
                                         .is_last = recorder->has_ended,
                                         .bytes = recorder->chunk.bytes,
                                         .size = recorder->chunk.size};
    recorder->chunk_index++;
    recorder->chunk_first_tick = 0;
    clear(&recorder->chunk);
    return true;
}

void recorder_clear_stream(struct recorder *recorder)
{
    clear(&recorder->stream);
    recorder->stream_first_tick = 0;
}
