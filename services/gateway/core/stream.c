/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/core/stream.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/hash.h"

static uint64_t key_of(uint64_t spectator_key, uint64_t id)
{
    struct hash hash;
    hash_init(&hash, spectator_key);
    hash_u64(&hash, id);
    return hash_finish(&hash);
}

size_t stream_table_bytes(uint32_t capacity)
{
    return arena_bytes(capacity * sizeof(struct stream)) + arena_bytes(hash_index_bytes(capacity));
}

void stream_table_init(struct stream_table *table, uint32_t capacity, struct session_table *sessions, void *memory)
{
    struct arena arena;
    arena_init(&arena, memory, stream_table_bytes(capacity));
    *table = (struct stream_table){.capacity = capacity, .sessions = sessions};
    table->streams = arena_take_zeroed(&arena, capacity, sizeof(struct stream));
    hash_index_init(&table->index, capacity, arena_take(&arena, hash_index_bytes(capacity)));
}

struct stream *stream_table_find(const struct stream_table *table, uint64_t spectator_key, uint64_t id)
{
    uint64_t key = key_of(spectator_key, id);
    struct hash_index_walk walk = {0};
    for (;;) {
        uint32_t at = hash_index_next(&table->index, key, &walk);
        if (at == HASH_INDEX_NONE) {
            return NULL;
        }
        struct stream *stream = &table->streams[at];
        if (stream->id == id && stream->spectator_key == spectator_key) {
            return stream;
        }
    }
}

static struct stream *add_stream(struct stream_table *table, const struct stream *named)
{
    for (uint32_t i = 0; i < table->capacity; i++) {
        if (table->streams[i].viewers == 0) {
            table->streams[i] = *named;
            table->streams[i].first = SESSION_NONE;
            table->streams[i].viewers = 0;
            hash_index_add(&table->index, key_of(named->spectator_key, named->id), i);
            table->count++;
            return &table->streams[i];
        }
    }
    return NULL;
}

enum status stream_enter(struct stream_table *table, const struct stream *named, struct session *session)
{
    REQUIRE(session->stream == SESSION_NONE);
    struct stream *stream = stream_table_find(table, named->spectator_key, named->id);
    if (stream == NULL) {
        stream = add_stream(table, named);
    }
    if (stream == NULL) {
        return STATUS_FULL;
    }
    session->stream = (uint32_t)(stream - table->streams);
    session->stream_previous = SESSION_NONE;
    session->stream_next = stream->first;
    if (stream->first != SESSION_NONE) {
        table->sessions->sessions[stream->first].stream_previous = session->slot;
    }
    stream->first = session->slot;
    stream->viewers++;
    session_begin_snapshots(session);
    return STATUS_OK;
}

void stream_leave(struct stream_table *table, struct session *session)
{
    if (session->stream == SESSION_NONE) {
        return;
    }
    struct stream *stream = &table->streams[session->stream];
    struct session *sessions = table->sessions->sessions;
    if (session->stream_previous == SESSION_NONE) {
        stream->first = session->stream_next;
    } else {
        sessions[session->stream_previous].stream_next = session->stream_next;
    }
    if (session->stream_next != SESSION_NONE) {
        sessions[session->stream_next].stream_previous = session->stream_previous;
    }
    session->stream = session->stream_next = session->stream_previous = SESSION_NONE;
    if (--stream->viewers == 0) {
        hash_index_remove(&table->index, key_of(stream->spectator_key, stream->id),
                          (uint32_t)(stream - table->streams));
        table->count--;
    }
}
