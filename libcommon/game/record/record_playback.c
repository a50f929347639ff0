/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/arena.h"
#include "libcommon/base/status.h"
#include "libcommon/game/record/record.h"

size_t record_playback_bytes(const struct record_header *header)
{
    bool lacks_its_map = header->map_text != NULL && header->setup.map == NULL;
    size_t world_size = lacks_its_map ? 0 : world_memory_bytes(&header->setup);
    if (world_size == 0) {
        return 0;
    }
    uint16_t capacity = header->setup.capacity ? header->setup.capacity : header->setup.mode->players_max;
    return arena_bytes(world_size) + arena_bytes(record_reader_bytes(capacity));
}

enum status record_playback_init(struct record_playback *player, const struct record_header *header, void *memory,
                                 size_t size)
{
    REQUIRE(memory != NULL || size == 0);
    if (header->rules_version != RULES_VERSION) {
        return STATUS_MISMATCH;
    }
    size_t needed = record_playback_bytes(header);
    if (needed == 0) {
        return STATUS_INVALID;
    }
    if (size < needed) {
        return STATUS_NO_MEMORY;
    }
    *player = (struct record_playback){0};
    struct arena arena;
    arena_init(&arena, memory, size);
    size_t world_size = world_memory_bytes(&header->setup);
    enum status status = world_init(&player->world, &header->setup, arena_take(&arena, world_size), world_size);
    if (status != STATUS_OK) {
        return status;
    }
    uint16_t capacity = player->world.capacity;
    record_reader_init(&player->reader, capacity, arena_take(&arena, record_reader_bytes(capacity)));
    return STATUS_OK;
}

static enum status compare(struct record_playback *player, uint32_t tick, uint64_t expected)
{
    uint64_t actual = world_hash(&player->world);
    if (actual == expected && player->world.tick == tick) {
        return STATUS_OK;
    }
    player->has_diverged = true;
    player->first_divergent_tick = tick;
    player->expected_hash = expected;
    player->actual_hash = actual;
    return STATUS_MISMATCH;
}

static enum status play_tick(struct record_playback *player, const struct record_tick *tick)
{
    struct world *world = &player->world;
    if (tick->tick != world->tick + 1) {
        return STATUS_INVALID;
    }
    for (uint32_t i = 0; i < tick->leave_count; i++) {
        if (world_leave(world, tick->leaves[i]) != STATUS_OK) {
            return STATUS_INVALID;
        }
    }
    for (uint32_t i = 0; i < tick->join_count; i++) {
        const struct record_join *join = &tick->joins[i];
        if (world_join(world, join->slot, join->team, join->id) != STATUS_OK) {
            return STATUS_INVALID;
        }
    }
    world_step(world, tick->inputs);
    return compare(player, tick->tick, tick->hash);
}

static enum status play_keyframe(struct record_playback *player, const struct record *record)
{
    if (player->is_started) {
        return compare(player, record->keyframe_tick, record->keyframe_hash);
    }
    struct byte_reader reader;
    byte_reader_init(&reader, record->keyframe, record->keyframe_size);
    world_read(&player->world, &reader);
    if (byte_reader_finish(&reader) != STATUS_OK) {
        return STATUS_INVALID;
    }
    return compare(player, record->keyframe_tick, record->keyframe_hash);
}

static enum status play_end(struct record_playback *player, const struct record_end *end)
{
    player->has_ended = true;
    player->end = *end;
    return compare(player, end->tick, end->hash);
}

enum status record_playback_next(struct record_playback *player, const uint8_t *bytes, size_t size,
                                 struct record *out_record, size_t *out_used)
{
    REQUIRE(player->world.capacity == player->reader.state.capacity);
    if (player->has_diverged) {
        return STATUS_MISMATCH;
    }
    struct record record;
    size_t used;
    enum status status = record_reader_next(&player->reader, bytes, size, &record, &used);
    if (status != STATUS_OK) {
        return status;
    }
    switch (record.kind) {
    case RECORD_TICK:
        status = play_tick(player, &record.tick);
        break;
    case RECORD_KEYFRAME:
        status = play_keyframe(player, &record);
        break;
    default:
        status = play_end(player, &record.end);
    }
    if (status == STATUS_OK) {
        player->is_started = true;
        *out_record = record;
        *out_used = used;
    }
    return status;
}
