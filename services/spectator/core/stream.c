/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/core/stream.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/memory.h"

struct sizes {
    size_t player, scene, intake, events, tier, entries, bytes, scratch;
    uint32_t entry_count;
};

static struct sizes sizes_of(const struct record_header *header, uint32_t delay_ms)
{
    uint16_t capacity = header->setup.capacity;
    struct view_limits limits = view_limits_for(capacity);
    uint64_t ticks = ((uint64_t)delay_ms + STREAM_SLACK_MS) * RULES_TICK_RATE / 1000;
    /* A wake-up of the engine brings four ticks and the end at most. */
    size_t entry = 4 * record_tick_bytes_max(capacity) + record_end_bytes_max(capacity);
    size_t keyframe = record_keyframe_bytes_max(capacity);
    size_t player = record_playback_bytes(header);
    return (struct sizes){.player = player,
                          .scene = player > 0 ? scene_bytes(&header->setup) : 0,
                          .intake = record_reader_bytes(capacity),
                          .events = event_history_bytes(STREAM_EVENTS_PER_PLAYER * capacity),
                          .tier = tier_bytes(&limits),
                          .entry_count = (uint32_t)ticks + 2,
                          .entries = ((size_t)ticks + 2) * sizeof(struct stream_entry),
                          .bytes = (size_t)ticks * record_tick_bytes_max(capacity) + 2 * keyframe + entry,
                          .scratch = keyframe > entry ? keyframe : entry};
}

size_t stream_memory_bytes(const struct record_header *header, uint32_t delay_ms)
{
    struct sizes sizes = sizes_of(header, delay_ms);
    if (sizes.player == 0 || header->rules_version != RULES_VERSION) {
        return 0;
    }
    return arena_bytes(sizes.player) + arena_bytes(sizes.scene) + arena_bytes(sizes.intake) +
           arena_bytes(sizes.events) + TIER_COUNT * arena_bytes(sizes.tier) + arena_bytes(sizes.entries) +
           arena_bytes(sizes.bytes) + arena_bytes(sizes.scratch);
}

void stream_init(struct stream *stream, const struct record_header *header, uint32_t delay_ms, void *memory)
{
    struct sizes sizes = sizes_of(header, delay_ms);
    struct view_limits limits = view_limits_for(header->setup.capacity);
    struct arena arena;
    memory_zero(stream, sizeof(*stream));
    arena_init(&arena, memory, stream_memory_bytes(header, delay_ms));
    stream->delay_ms = delay_ms;
    stream->header = *header;
    stream->player_memory = arena_take(&arena, sizes.player);
    stream->player_memory_size = sizes.player;
    stream->scene_memory = arena_take(&arena, sizes.scene);
    stream->intake_memory = arena_take(&arena, sizes.intake);
    event_history_init(&stream->events, arena_take(&arena, sizes.events),
                       STREAM_EVENTS_PER_PLAYER * header->setup.capacity);
    for (uint32_t i = 0; i < TIER_COUNT; i++) {
        tier_init(&stream->tiers[i], i, &limits, arena_take(&arena, sizes.tier));
    }
    ring_init(&stream->entries, arena_take(&arena, sizes.entries), sizeof(struct stream_entry), sizes.entry_count);
    stream->bytes = arena_take(&arena, sizes.bytes);
    stream->capacity = sizes.bytes;
    stream->scratch = arena_take(&arena, sizes.scratch);
    stream->scratch_size = sizes.scratch;
    stream->needs_restart = true;
}

/* ---- held back ------------------------------------------------------------------------------------ */

static bool hold(struct stream *stream, const uint8_t *bytes, size_t size, bool is_beginning, uint64_t now_ms)
{
    if (size > stream->scratch_size || stream->capacity - stream->used < size) {
        return false;
    }
    struct stream_entry *entry = ring_push(&stream->entries);
    if (entry == NULL) {
        return false;
    }
    size_t at = (stream->first + stream->used) % stream->capacity;
    size_t straight = stream->capacity - at < size ? stream->capacity - at : size;
    memory_copy(stream->bytes + at, bytes, straight);
    memory_copy(stream->bytes, bytes + straight, size - straight);
    stream->used += size;
    *entry = (struct stream_entry){.due_ms = now_ms + stream->delay_ms, .size = size, .is_beginning = is_beginning};
    return true;
}

/* The oldest entry in one piece, in scratch; it is held no more. */
static struct stream_entry let_go(struct stream *stream)
{
    struct stream_entry entry;
    enum status status = ring_pop(&stream->entries, &entry);
    REQUIRE(status == STATUS_OK);
    size_t straight = stream->capacity - stream->first < entry.size ? stream->capacity - stream->first : entry.size;
    memory_copy(stream->scratch, stream->bytes + stream->first, straight);
    memory_copy(stream->scratch + straight, stream->bytes, entry.size - straight);
    stream->first = (stream->first + entry.size) % stream->capacity;
    stream->used -= entry.size;
    return entry;
}

static void hold_nothing(struct stream *stream)
{
    ring_clear(&stream->entries);
    stream->first = 0;
    stream->used = 0;
}

/* ---- records in ----------------------------------------------------------------------------------- */

enum status stream_begin(struct stream *stream, const uint8_t *keyframe, size_t size, uint64_t now_ms)
{
    struct record record;
    size_t used = 0;
    record_reader_init(&stream->intake, stream->header.setup.capacity, stream->intake_memory);
    enum status status = record_reader_next(&stream->intake, keyframe, size, &record, &used);
    if (status != STATUS_OK || record.kind != RECORD_KEYFRAME || used != size) {
        return status == STATUS_OK ? STATUS_INVALID : status;
    }
    if (!hold(stream, keyframe, size, true, now_ms)) {
        return STATUS_FULL;
    }
    stream->next_tick = record.keyframe_tick + 1;
    stream->needs_restart = false;
    return STATUS_OK;
}

/* Reads a batch without playing it: whole, undamaged, tick by tick. */
static enum status look_through(struct stream *stream, const uint8_t *bytes, size_t size)
{
    struct record record;
    size_t at = 0, used = 0;
    while (at < size) {
        enum status status = record_reader_next(&stream->intake, bytes + at, size - at, &record, &used);
        if (status != STATUS_OK) {
            return status;
        }
        if (record.kind == RECORD_TICK && record.tick.tick != stream->next_tick) {
            return STATUS_MISMATCH;
        }
        stream->next_tick += record.kind == RECORD_TICK;
        stream->is_complete |= record.kind == RECORD_END;
        at += used;
    }
    return STATUS_OK;
}

void stream_receive(struct stream *stream, uint32_t first_tick, const uint8_t *bytes, size_t size, uint64_t now_ms)
{
    if (stream->needs_restart || first_tick < stream->next_tick) {
        return; /* of before the beginning that was asked for, or is here */
    }
    if (first_tick != stream->next_tick || look_through(stream, bytes, size) != STATUS_OK ||
        !hold(stream, bytes, size, false, now_ms)) {
        stream->needs_restart = true;
    }
}

/* ---- play ----------------------------------------------------------------------------------------- */

/* The world stands at a keyframe: a new player, since one that has started compares keyframes. */
static enum status start_player(struct stream *stream)
{
    stream->is_playing = true;
    enum status status =
        record_playback_init(&stream->player, &stream->header, stream->player_memory, stream->player_memory_size);
    if (status == STATUS_OK) {
        scene_init(&stream->scene, &stream->player.world, stream->scene_memory);
        for (uint32_t i = 0; i < TIER_COUNT; i++) {
            tier_begin_anew(&stream->tiers[i]);
        }
    }
    return status;
}

static enum status play_entry(struct stream *stream, const struct stream_entry *entry)
{
    enum status status = entry->is_beginning ? start_player(stream) : STATUS_OK;
    size_t at = 0;
    while (status == STATUS_OK && at < entry->size) {
        struct record record;
        size_t used = 0;
        status = record_playback_next(&stream->player, stream->scratch + at, entry->size - at, &record, &used);
        if (status == STATUS_OK && record.kind == RECORD_TICK) {
            event_history_add(&stream->events, &stream->player.world.events);
        }
        if (status == STATUS_OK && stream->scene.tick != stream->player.world.tick) {
            scene_update(&stream->scene);
        }
        at += used;
    }
    stream->has_ended = stream->player.has_ended;
    return status;
}

static bool is_due(const struct stream *stream, uint64_t now_ms)
{
    const struct stream_entry *entry = ring_at(&stream->entries, 0);
    return entry != NULL && entry->due_ms <= now_ms;
}

bool stream_step(struct stream *stream, uint64_t now_ms)
{
    bool has_moved = false;
    while (!stream->has_ended && is_due(stream, now_ms)) {
        struct stream_entry entry = let_go(stream);
        if (!entry.is_beginning && !stream->is_playing) {
            continue;
        }
        if (play_entry(stream, &entry) != STATUS_OK) {
            hold_nothing(stream);
            stream->is_playing = false;
            stream->needs_restart = true;
            return false;
        }
        has_moved = true;
    }
    return has_moved;
}

uint32_t stream_viewers(const struct stream *stream)
{
    uint32_t viewers = 0;
    for (uint32_t i = 0; i < TIER_COUNT; i++) {
        viewers += stream->tiers[i].viewers;
    }
    return viewers;
}
