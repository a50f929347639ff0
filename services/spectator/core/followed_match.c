/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/core/followed_match.h"

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
    uint64_t ticks = ((uint64_t)delay_ms + FOLLOWED_MATCH_SLACK_MS) * RULES_TICK_RATE / 1000;
    /* A wake-up of the engine brings four ticks and the end at most. */
    size_t entry = 4 * record_tick_bytes_max(capacity) + record_end_bytes_max(capacity);
    size_t keyframe = record_keyframe_bytes_max(capacity);
    size_t player = record_playback_bytes(header);
    return (struct sizes){.player = player,
                          .scene = player > 0 ? scene_bytes(&header->setup) : 0,
                          .intake = record_reader_bytes(capacity),
                          .events = event_history_bytes(FOLLOWED_MATCH_EVENTS_PER_PLAYER * capacity),
                          .tier = tier_bytes(&limits),
                          .entry_count = (uint32_t)ticks + 2,
                          .entries = ((size_t)ticks + 2) * sizeof(struct followed_match_entry),
                          .bytes = (size_t)ticks * record_tick_bytes_max(capacity) + 2 * keyframe + entry,
                          .scratch = keyframe > entry ? keyframe : entry};
}

size_t followed_match_memory_bytes(const struct record_header *header, uint32_t delay_ms)
{
    REQUIRE(header != NULL);
    struct sizes sizes = sizes_of(header, delay_ms);
    if (sizes.player == 0 || header->rules_version != RULES_VERSION) {
        return 0;
    }
    return arena_bytes(sizes.player) + arena_bytes(sizes.scene) + arena_bytes(sizes.intake) +
           arena_bytes(sizes.events) + TIER_COUNT * arena_bytes(sizes.tier) + arena_bytes(sizes.entries) +
           arena_bytes(sizes.bytes) + arena_bytes(sizes.scratch);
}

void followed_match_init(struct followed_match *match, const struct record_header *header, uint32_t delay_ms,
                         void *memory)
{
    REQUIRE(memory != NULL && (uintptr_t)memory % ARENA_ALIGNMENT == 0);
    struct sizes sizes = sizes_of(header, delay_ms);
    struct view_limits limits = view_limits_for(header->setup.capacity);
    struct arena arena;
    REQUIRE(sizes.player > 0 && header->rules_version == RULES_VERSION);
    memory_zero(match, sizeof *match);
    arena_init(&arena, memory, followed_match_memory_bytes(header, delay_ms));
    match->delay_ms = delay_ms;
    match->header = *header;
    match->player_memory = arena_take(&arena, sizes.player);
    match->player_memory_size = sizes.player;
    match->scene_memory = arena_take(&arena, sizes.scene);
    match->intake_memory = arena_take(&arena, sizes.intake);
    event_history_init(&match->events, arena_take(&arena, sizes.events),
                       FOLLOWED_MATCH_EVENTS_PER_PLAYER * header->setup.capacity);
    for (uint32_t i = 0; i < TIER_COUNT; i++) {
        tier_init(&match->tiers[i], i, &limits, arena_take(&arena, sizes.tier));
    }
    ring_init(&match->entries, arena_take(&arena, sizes.entries), sizeof(struct followed_match_entry),
              sizes.entry_count);
    match->bytes = arena_take(&arena, sizes.bytes);
    match->capacity = sizes.bytes;
    match->scratch = arena_take(&arena, sizes.scratch);
    match->scratch_size = sizes.scratch;
    match->needs_resync = true;
}

/* ---- delayed records ------------------------------------------------------------------------------ */

static void match_check(const struct followed_match *match)
{
    REQUIRE(match->used <= match->capacity && match->first < match->capacity);
    REQUIRE(match->entries.count > 0 || match->used == 0);
}

static bool push_entry(struct followed_match *match, const uint8_t *bytes, size_t size, bool is_beginning,
                       uint64_t now_ms)
{
    if (size > match->scratch_size || match->capacity - match->used < size) {
        return false;
    }
    struct followed_match_entry *entry = ring_push(&match->entries);
    if (entry == NULL) {
        return false;
    }
    size_t at = (match->first + match->used) % match->capacity;
    size_t before_wrap = match->capacity - at < size ? match->capacity - at : size;
    memory_copy(match->bytes + at, bytes, before_wrap);
    memory_copy(match->bytes, bytes + before_wrap, size - before_wrap);
    match->used += size;
    *entry =
        (struct followed_match_entry){.due_ms = now_ms + match->delay_ms, .size = size, .is_beginning = is_beginning};
    return true;
}

/* Removes the oldest entry; its bytes stand in scratch in one piece. */
static struct followed_match_entry pop_entry(struct followed_match *match)
{
    struct followed_match_entry entry;
    enum status status = ring_pop(&match->entries, &entry);
    REQUIRE(status == STATUS_OK);
    size_t before_wrap = match->capacity - match->first < entry.size ? match->capacity - match->first : entry.size;
    memory_copy(match->scratch, match->bytes + match->first, before_wrap);
    memory_copy(match->scratch + before_wrap, match->bytes, entry.size - before_wrap);
    match->first = (match->first + entry.size) % match->capacity;
    match->used -= entry.size;
    return entry;
}

static void drop_entries(struct followed_match *match)
{
    ring_clear(&match->entries);
    match->first = 0;
    match->used = 0;
}

/* ---- records in ----------------------------------------------------------------------------------- */

enum status followed_match_begin(struct followed_match *match, const uint8_t *keyframe, size_t size, uint64_t now_ms)
{
    REQUIRE(keyframe != NULL || size == 0);
    struct record record;
    size_t used = 0;
    record_reader_init(&match->intake, match->header.setup.capacity, match->intake_memory);
    enum status status = record_reader_next(&match->intake, keyframe, size, &record, &used);
    if (status != STATUS_OK || record.kind != RECORD_KEYFRAME || used != size) {
        return status == STATUS_OK ? STATUS_INVALID : status;
    }
    if (!push_entry(match, keyframe, size, true, now_ms)) {
        return STATUS_FULL;
    }
    match->next_tick = record.keyframe_tick + 1;
    match->needs_resync = false;
    match_check(match);
    return STATUS_OK;
}

/* Reads a batch without playing it: whole, undamaged, tick by tick. */
static enum status check_batch(struct followed_match *match, const uint8_t *bytes, size_t size)
{
    struct record record;
    size_t at = 0, used = 0;
    while (at < size) {
        enum status status = record_reader_next(&match->intake, bytes + at, size - at, &record, &used);
        if (status != STATUS_OK) {
            return status;
        }
        if (record.kind == RECORD_TICK && record.tick.tick != match->next_tick) {
            return STATUS_MISMATCH;
        }
        match->next_tick += record.kind == RECORD_TICK;
        match->is_complete |= record.kind == RECORD_END;
        at += used;
    }
    return STATUS_OK;
}

void followed_match_receive(struct followed_match *match, uint32_t first_tick, const uint8_t *bytes, size_t size,
                            uint64_t now_ms)
{
    REQUIRE(bytes != NULL || size == 0);
    if (match->needs_resync || first_tick < match->next_tick) {
        return; /* from before the keyframe that was asked for, or a repeat */
    }
    if (first_tick != match->next_tick || check_batch(match, bytes, size) != STATUS_OK ||
        !push_entry(match, bytes, size, false, now_ms)) {
        match->needs_resync = true;
    }
    match_check(match);
}

/* ---- play ----------------------------------------------------------------------------------------- */

/* A new playback at a keyframe: one that has started would compare the keyframe with its own world. */
static enum status start_playback(struct followed_match *match)
{
    match->is_playing = true;
    enum status status =
        record_playback_init(&match->player, &match->header, match->player_memory, match->player_memory_size);
    if (status == STATUS_OK) {
        scene_init(&match->scene, &match->player.world, match->scene_memory);
        for (uint32_t i = 0; i < TIER_COUNT; i++) {
            tier_restart(&match->tiers[i]);
        }
    }
    return status;
}

static enum status play_entry(struct followed_match *match, const struct followed_match_entry *entry)
{
    enum status status = entry->is_beginning ? start_playback(match) : STATUS_OK;
    size_t at = 0;
    while (status == STATUS_OK && at < entry->size) {
        struct record record;
        size_t used = 0;
        status = record_playback_next(&match->player, match->scratch + at, entry->size - at, &record, &used);
        if (status == STATUS_OK && record.kind == RECORD_TICK) {
            event_history_add(&match->events, &match->player.world.events);
        }
        if (status == STATUS_OK && match->scene.tick != match->player.world.tick) {
            scene_update(&match->scene);
        }
        at += used;
    }
    match->has_ended = match->player.has_ended;
    return status;
}

static bool is_due(const struct followed_match *match, uint64_t now_ms)
{
    const struct followed_match_entry *entry = ring_at(&match->entries, 0);
    return entry != NULL && entry->due_ms <= now_ms;
}

bool followed_match_step(struct followed_match *match, uint64_t now_ms)
{
    bool has_moved = false;
    while (!match->has_ended && is_due(match, now_ms)) {
        struct followed_match_entry entry = pop_entry(match);
        if (!entry.is_beginning && !match->is_playing) {
            continue;
        }
        if (play_entry(match, &entry) != STATUS_OK) {
            drop_entries(match);
            match->is_playing = false;
            match->needs_resync = true;
            match_check(match);
            return false;
        }
        has_moved = true;
    }
    match_check(match);
    return has_moved;
}

bool followed_match_is_drained(const struct followed_match *match)
{
    return match->entries.count == 0;
}

uint32_t followed_match_viewers(const struct followed_match *match)
{
    uint32_t viewers = 0;
    for (uint32_t i = 0; i < TIER_COUNT; i++) {
        viewers += match->tiers[i].viewers;
    }
    return viewers;
}
