/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/recorder.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/memory.h"

static size_t stream_capacity(uint16_t capacity)
{
    return RECORDER_STREAM_TICKS * record_tick_bytes_max(capacity) + record_end_bytes_max(capacity);
}

/* A chunk grows past chunk_bytes by one tick at most, and begins with a header or a keyframe. */
static size_t chunk_capacity(const struct world_setup *setup, size_t chunk_bytes)
{
    uint16_t capacity = setup->capacity;
    return chunk_bytes + record_header_bytes_max(setup) + record_keyframe_bytes_max(capacity) +
           record_tick_bytes_max(capacity) + record_end_bytes_max(capacity);
}

size_t recorder_memory_bytes(const struct world_setup *setup, size_t chunk_bytes)
{
    return arena_bytes(record_state_bytes(setup->capacity)) + arena_bytes(record_header_bytes_max(setup)) +
           arena_bytes(stream_capacity(setup->capacity)) + arena_bytes(chunk_capacity(setup, chunk_bytes));
}

static void init_writer(struct byte_writer *writer, struct arena *arena, size_t size)
{
    byte_writer_init(writer, arena_take(arena, size), size);
}

enum status recorder_init(struct recorder *recorder, const struct record_header *header, uint32_t chunk_ticks,
                          size_t chunk_bytes, void *memory)
{
    const struct world_setup *setup = &header->setup;
    uint16_t capacity = setup->capacity;
    struct arena arena;
    REQUIRE(capacity > 0 && chunk_ticks > 0);
    memory_zero(recorder, sizeof *recorder);
    arena_init(&arena, memory, recorder_memory_bytes(setup, chunk_bytes));
    record_state_init(&recorder->state, capacity, arena_take(&arena, record_state_bytes(capacity)));
    init_writer(&recorder->header, &arena, record_header_bytes_max(setup));
    init_writer(&recorder->stream, &arena, stream_capacity(capacity));
    init_writer(&recorder->chunk, &arena, chunk_capacity(setup, chunk_bytes));
    recorder->chunk_ticks = chunk_ticks;
    recorder->chunk_bytes = chunk_bytes;
    enum status status = record_write_header(header, &recorder->header);
    byte_writer_bytes(&recorder->chunk, recorder->header.bytes, recorder->header.size);
    return status;
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
    REQUIRE(!recorder->has_ended && tick->tick > recorder->chunk_last_tick);
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
    REQUIRE(recorder->chunk.size > 0 && recorder->chunk_last_tick >= recorder->chunk_first_tick);
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
