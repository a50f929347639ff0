/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recorder.h - the record of one match, cut into chunks for the replay and as a stream for spectators.
 *
 * A chunk is due after so many ticks or bytes, and at the end. Each but the first begins with a keyframe, so that a
 * reader may begin there. A due chunk must be taken before the next tick, and the stream be cleared every
 * RECORDER_STREAM_TICKS ticks.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_CORE_RECORDER_H
#define MMA_SERVICES_GAME_ENGINE_CORE_RECORDER_H

#include "libcommon/game/record/record.h"

#define RECORDER_STREAM_TICKS 4

struct recorder {
    struct record_state state;
    struct byte_writer header; /* written once */
    struct byte_writer chunk;
    struct byte_writer stream; /* ticks since it was last cleared */
    uint32_t chunk_index;
    uint32_t chunk_first_tick; /* 0: no tick in it yet */
    uint32_t chunk_last_tick;
    uint32_t stream_first_tick; /* 0: empty */
    uint32_t chunk_ticks;
    size_t chunk_bytes;
    bool has_ended;
};

struct recorder_chunk {
    uint32_t index;
    uint32_t first_tick;
    uint32_t last_tick;
    bool is_last;
    const uint8_t *bytes; /* until the next call of the recorder */
    size_t size;
};

/* The setup's capacity and map must be set. */
size_t recorder_memory_bytes(const struct world_setup *setup, size_t chunk_bytes);

/* Begins chunk 0 with the header. memory: recorder_memory_bytes, aligned to 16. Errors of record_write_header. */
MUST_USE enum status recorder_init(struct recorder *recorder, const struct record_header *header, uint32_t chunk_ticks,
                                   size_t chunk_bytes, void *memory);

/* Before the step, after it, and once at the end. */
void recorder_before_tick(struct recorder *recorder, const struct world *world);
void recorder_tick(struct recorder *recorder, const struct record_tick *tick);
void recorder_end(struct recorder *recorder, const struct record_end *end);

/* The chunk that is due, if any: each is handed out once. */
bool recorder_take_chunk(struct recorder *recorder, struct recorder_chunk *out_chunk);

void recorder_clear_stream(struct recorder *recorder);

#endif
