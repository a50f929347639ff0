/* SPDX-License-Identifier: Apache-2.0 */
#include "services/replay-writer/core/replay_verify.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/memory.h"

struct verifier {
    const uint8_t *bytes;
    size_t size;
    size_t offset;
    struct record_playback *player;
    struct world stored; /* a keyframe's own state */
    struct replay_summary *summary;
};

size_t replay_verify_bytes(const struct record_header *header)
{
    size_t player_bytes = record_playback_bytes(header);
    return player_bytes == 0 ? 0
                             : arena_bytes(sizeof(struct verifier)) + arena_bytes(sizeof(struct record_playback)) +
                                   arena_bytes(player_bytes) + arena_bytes(world_memory_bytes(&header->setup));
}

static void tally_events(struct replay_tally *tally, const struct event_list *events)
{
    for (uint32_t i = 0; i < events->count; i++) {
        const struct event *event = &events->items[i];
        switch (event->kind) {
        case EVENT_FIRED:
            tally->shots[event->weapon % WEAPON_COUNT]++;
            break;
        case EVENT_HIT:
            tally->hits++;
            tally->damage += event->value;
            break;
        case EVENT_DEATH:
            tally->deaths++;
            break;
        case EVENT_RESPAWN:
            tally->respawns++;
            break;
        case EVENT_SCORE:
            tally->scores++;
            break;
        default:
            break;
        }
    }
}

/* ---- keyframes ------------------------------------------------------------------------------------ */

/* STATUS_MISMATCH, and where, when the keyframe does not hold the state that was played. */
static enum status compare_keyframe(struct verifier *verifier, const struct record *record)
{
    REQUIRE(record->kind == RECORD_KEYFRAME);
    struct replay_summary *summary = verifier->summary;
    struct byte_reader reader;
    byte_reader_init(&reader, record->keyframe, record->keyframe_size);
    world_read(&verifier->stored, &reader);
    if (byte_reader_finish(&reader) != STATUS_OK) {
        return STATUS_INVALID;
    }
    if (!world_fields_differ(&verifier->stored, &verifier->player->world, &summary->difference)) {
        return STATUS_OK;
    }
    summary->has_difference = true;
    summary->difference_tick = record->keyframe_tick;
    if (summary->first_divergent_tick == 0) {
        summary->first_divergent_tick = record->keyframe_tick;
    }
    return STATUS_MISMATCH;
}

/* Length of the whole record at the offset, which was read before. */
static size_t record_size_at(const struct verifier *verifier)
{
    REQUIRE(verifier->offset < verifier->size);
    struct byte_reader reader;
    byte_reader_init(&reader, verifier->bytes + verifier->offset, verifier->size - verifier->offset);
    (void)byte_reader_u8(&reader);
    uint64_t payload = byte_reader_varint(&reader);
    return reader.offset + (size_t)payload + sizeof(uint32_t);
}

/*
 * A hash says that the state is wrong, not where. So the match is played on from the first divergent tick, whatever the
 * hashes say, and the next keyframe (there is one each chunk) names the field.
 */
static void find_difference(struct verifier *verifier)
{
    struct record_playback *player = verifier->player;
    enum status status = STATUS_OK;
    bool was_played = verifier->bytes[verifier->offset] == RECORD_TICK;
    if (verifier->bytes[verifier->offset] == RECORD_END) {
        return;
    }
    verifier->offset += was_played ? record_size_at(verifier) : 0;
    while (status == STATUS_OK && verifier->offset < verifier->size) {
        const uint8_t *bytes = verifier->bytes + verifier->offset;
        size_t left = verifier->size - verifier->offset;
        size_t used = 0;
        struct record record;
        player->has_diverged = false;
        if (bytes[0] == RECORD_KEYFRAME) {
            if (record_reader_next(&player->reader, bytes, left, &record, &used) == STATUS_OK) {
                (void)compare_keyframe(verifier, &record);
            }
            return;
        }
        status = record_playback_next(player, bytes, left, &record, &used);
        if (status == STATUS_MISMATCH && bytes[0] == RECORD_TICK) {
            used = record_size_at(verifier);
            status = STATUS_OK;
        }
        verifier->offset += used;
    }
}

/* ---- the whole ------------------------------------------------------------------------------------ */

static enum status verifier_init(const struct record_header *header, void *memory, size_t memory_size,
                                 struct verifier **out_verifier)
{
    size_t needed = replay_verify_bytes(header);
    if (needed == 0 || memory_size < needed) {
        return needed == 0 ? STATUS_INVALID : STATUS_NO_MEMORY;
    }
    struct arena arena;
    arena_init(&arena, memory, memory_size);
    struct verifier *verifier = arena_take_zeroed(&arena, 1, sizeof *verifier);
    size_t player_bytes = record_playback_bytes(header);
    size_t world_bytes = world_memory_bytes(&header->setup);
    verifier->player = arena_take(&arena, sizeof(struct record_playback));
    enum status status = record_playback_init(verifier->player, header, arena_take(&arena, player_bytes), player_bytes);
    if (status == STATUS_OK) {
        status = world_init(&verifier->stored, &header->setup, arena_take(&arena, world_bytes), world_bytes);
    }
    *out_verifier = verifier;
    return status;
}

static enum status verify_record(struct verifier *verifier)
{
    struct record_playback *player = verifier->player;
    struct record record;
    size_t used = 0;
    enum status status = record_playback_next(player, verifier->bytes + verifier->offset,
                                              verifier->size - verifier->offset, &record, &used);
    if (status == STATUS_MISMATCH && player->has_diverged) {
        verifier->summary->first_divergent_tick = player->first_divergent_tick;
        find_difference(verifier);
        return STATUS_MISMATCH;
    }
    if (status == STATUS_OK && record.kind == RECORD_TICK) {
        verifier->summary->ticks++;
        verifier->summary->state_hash = record.tick.hash;
        tally_events(&verifier->summary->tally, &player->world.events);
    } else if (status == STATUS_OK && record.kind == RECORD_KEYFRAME) {
        status = compare_keyframe(verifier, &record);
    } else if (status == STATUS_OK) {
        verifier->summary->state_hash = record.end.hash; /* also of a match without a tick */
    }
    verifier->offset += used;
    return status;
}

enum status replay_verify(const struct record_header *header, const uint8_t *bytes, size_t size, void *memory,
                          size_t memory_size, struct replay_summary *out_summary)
{
    REQUIRE(bytes != NULL || size == 0);
    REQUIRE(memory != NULL && ((uintptr_t)memory & 15) == 0);
    struct verifier *verifier = NULL;
    memory_zero(out_summary, sizeof *out_summary);
    enum status status = verifier_init(header, memory, memory_size, &verifier);
    if (status != STATUS_OK) {
        return status;
    }
    verifier->bytes = bytes;
    verifier->size = size;
    verifier->summary = out_summary;
    while (status == STATUS_OK && !verifier->player->has_ended) {
        status = verify_record(verifier);
    }
    if (status == STATUS_OK && verifier->offset != size) {
        return STATUS_INVALID;
    }
    return status == STATUS_EMPTY ? STATUS_TRUNCATED : status;
}
