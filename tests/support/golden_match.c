/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/golden_match.h"

#include "libcommon/base/hash.h"
#include "libcommon/base/memory.h"
#include "libcommon/game/record/record.h"
#include "libcommon/game/snapshot/snapshot.h"
#include "tests/support/bot_match.h"

#include <stdlib.h>

enum {
    HISTORY = 8192,
    BYTES_MAX = 1 << 16,
    VIEWERS = 3,
    KEYFRAME_TICKS = 600,
    LEAVE_TICKS = 900, /* every so often somebody goes, and comes back ... */
    AWAY_TICKS = 120,  /* ... so much later */
    BUDGET_BITS = 96,  /* for others: in a fight of many some are held back */
};

struct golden_match {
    const char *name;
    const char *mode;
    uint64_t seed;
    uint16_t bots;
};

static const struct golden_match matches[GOLDEN_MATCHES] = {
    {"duel_1", "duel", 1, 2},         {"duel_2", "duel", 2, 2},        {"pairs_1", "teams_2v2", 3, 4},
    {"pairs_2", "teams_2v2", 4, 4},   {"fives_1", "teams_5v5", 5, 10}, {"fives_2", "teams_5v5", 6, 10},
    {"ffa_2_bots", "ffa", 7, 2},      {"ffa_8_bots", "ffa", 8, 8},     {"ffa_16_bots", "ffa", 9, 16},
    {"ffa_20_bots", "ffa", 2026, 20},
};

struct viewer {
    uint16_t slot;
    struct view views[2]; /* of even and odd ticks */
    struct view decoded[2];
};

struct stage {
    const struct golden_match *golden;
    struct bot_match *match;
    struct input *inputs; /* [capacity]: of the step just done */
    struct event_history history;
    struct viewer viewers[VIEWERS];
    struct record_state record;
    struct record_playback player;
    struct record_join join;
    uint16_t leave;
    bool has_join;
    bool has_leave;
    struct hash states;
    struct hash snapshots;
    struct hash records;
    uint8_t bytes[BYTES_MAX];
};

static void *take(size_t size)
{
    void *memory = calloc(1, size);
    REQUIRE(memory);
    return memory;
}

static void begin_viewers(struct stage *stage)
{
    static const uint16_t slots[VIEWERS] = {0, 1, VIEW_ALL};
    struct view_limits limits = view_limits_for(stage->match->world.capacity);
    for (uint32_t i = 0; i < VIEWERS; i++) {
        stage->viewers[i].slot = slots[i];
        for (uint32_t side = 0; side < 2; side++) {
            view_init(&stage->viewers[i].views[side], &limits, take(view_bytes(&limits)));
            view_init(&stage->viewers[i].decoded[side], &limits, take(view_bytes(&limits)));
        }
    }
}

/* The bots that bot_match has seated are the record's first joins: the player takes them from a keyframe. */
static void begin_record(struct stage *stage)
{
    const struct world *world = &stage->match->world;
    struct byte_writer writer;
    struct record_header header = {.rules_version = RULES_VERSION, .setup = stage->match->setup}, read;
    size_t used = 0;
    byte_writer_init(&writer, stage->bytes, sizeof stage->bytes);
    REQUIRE(record_write_header(&header, &writer) == STATUS_OK);
    REQUIRE(record_read_header(stage->bytes, writer.size, &read, &used) == STATUS_OK && used == writer.size);
    size_t size = record_playback_bytes(&read);
    REQUIRE(record_playback_init(&stage->player, &read, take(size), size) == STATUS_OK);
    record_state_init(&stage->record, world->capacity, take(record_state_bytes(world->capacity)));
    for (uint32_t slot = 0; slot < world->capacity; slot++) {
        stage->record.taken[slot] = world_has(world, slot);
    }
    hash_bytes(&stage->records, stage->bytes, used);
}

static struct stage *begin(uint32_t index)
{
    struct stage *stage = take(sizeof *stage);
    stage->golden = &matches[index];
    struct world_setup setup = bot_match_setup(stage->golden->mode, stage->golden->seed);
    stage->match = bot_match_create(&setup, stage->golden->bots);
    stage->inputs = take(stage->match->world.capacity * sizeof *stage->inputs);
    event_history_init(&stage->history, take(event_history_bytes(HISTORY)), HISTORY);
    hash_init(&stage->states, 0);
    hash_init(&stage->snapshots, 0);
    hash_init(&stage->records, 0);
    begin_viewers(stage);
    begin_record(stage);
    return stage;
}

static void end(struct stage *stage)
{
    for (uint32_t i = 0; i < VIEWERS; i++) {
        for (uint32_t side = 0; side < 2; side++) {
            free(stage->viewers[i].views[side].players);
            free(stage->viewers[i].decoded[side].players);
        }
    }
    free(stage->record.taken);
    free(stage->player.world.players);
    free(stage->history.items);
    free(stage->inputs);
    bot_match_destroy(stage->match);
    free(stage);
}

/* One after the other leaves and comes back, in the order of slots; of two, neither, since that is a match's end. */
static void update_roster(struct stage *stage, uint32_t tick)
{
    if (stage->golden->bots == 2) {
        return;
    }
    struct world *world = &stage->match->world;
    uint16_t slot = (uint16_t)(tick / LEAVE_TICKS % stage->golden->bots);
    stage->has_leave = tick % LEAVE_TICKS == LEAVE_TICKS / 2;
    stage->has_join = tick % LEAVE_TICKS == LEAVE_TICKS / 2 + AWAY_TICKS;
    if (stage->has_leave) {
        stage->leave = slot;
        REQUIRE(world_leave(world, slot) == STATUS_OK);
    }
    if (stage->has_join) {
        stage->join = (struct record_join){.id = 5000u + tick, .slot = slot, .team = world_smallest_team(world)};
        REQUIRE(world_join(world, slot, stage->join.team, stage->join.id) == STATUS_OK);
    }
}

/* The bytes just written are played at once: the second world has to stay the same as the first. */
static void play_record(struct stage *stage, const struct byte_writer *writer)
{
    hash_bytes(&stage->records, writer->bytes, writer->size);
    struct record record;
    size_t used = 0;
    REQUIRE(record_playback_next(&stage->player, writer->bytes, writer->size, &record, &used) == STATUS_OK);
    REQUIRE(used == writer->size);
}

static void record_step(struct stage *stage, uint32_t tick, uint64_t hash)
{
    struct byte_writer writer;
    struct record_tick record = {.tick = tick,
                                 .hash = hash,
                                 .leaves = &stage->leave,
                                 .leave_count = stage->has_leave,
                                 .joins = &stage->join,
                                 .join_count = stage->has_join,
                                 .inputs = stage->inputs};
    byte_writer_init(&writer, stage->bytes, sizeof stage->bytes);
    REQUIRE(record_write_tick(&stage->record, &record, &writer) == STATUS_OK);
    play_record(stage, &writer);
}

static void record_keyframe(struct stage *stage)
{
    struct byte_writer writer;
    byte_writer_init(&writer, stage->bytes, sizeof stage->bytes);
    REQUIRE(record_write_keyframe(&stage->record, &stage->match->world, &writer) == STATUS_OK);
    play_record(stage, &writer);
}

/* A snapshot against the tick before, or a keyframe; whoever decodes it must see what was encoded. */
static void show(struct stage *stage, struct viewer *viewer, uint32_t tick)
{
    bool is_keyframe = tick % KEYFRAME_TICKS == 1;
    struct view *view = &viewer->views[tick & 1], *decoded = &viewer->decoded[tick & 1];
    const struct view *baseline = is_keyframe ? NULL : &viewer->views[!(tick & 1)];
    interest_view(view, &stage->match->scene, viewer->slot, baseline, BUDGET_BITS);
    struct snapshot_source source = {.scene = &stage->match->scene,
                                     .baseline = baseline,
                                     .current = view,
                                     .events = &stage->history,
                                     .events_after = tick - 1};
    struct snapshot_info info;
    size_t size = 0;
    REQUIRE(snapshot_encode(&source, stage->bytes, sizeof stage->bytes, &size) == STATUS_OK);
    REQUIRE(snapshot_decode(is_keyframe ? NULL : &viewer->decoded[!(tick & 1)], stage->bytes, size, decoded, &info) ==
            STATUS_OK);
    REQUIRE(view_hash(view) == view_hash(decoded));
    hash_bytes(&stage->snapshots, stage->bytes, size);
}

static void step(struct stage *stage, uint32_t tick)
{
    struct world *world = &stage->match->world;
    update_roster(stage, tick);
    memory_copy(stage->inputs, stage->match->inputs, world->capacity * sizeof *stage->inputs);
    bot_match_step(stage->match);
    event_history_add(&stage->history, &world->events);
    uint64_t hash = world_hash(world);
    hash_u64(&stage->states, hash);
    record_step(stage, tick, hash);
    if (tick % KEYFRAME_TICKS == 0) {
        record_keyframe(stage);
    }
    for (uint32_t i = 0; i < VIEWERS; i++) {
        show(stage, &stage->viewers[i], tick);
    }
}

void golden_match_play(uint32_t index, uint32_t minutes, struct golden_row *out_rows)
{
    REQUIRE(index < GOLDEN_MATCHES && minutes <= GOLDEN_MINUTES);
    struct stage *stage = begin(index);
    record_keyframe(stage);
    for (uint32_t tick = 1; tick <= minutes * GOLDEN_MINUTE_TICKS; tick++) {
        step(stage, tick);
        if (tick % GOLDEN_MINUTE_TICKS == 0) {
            *out_rows++ = (struct golden_row){stage->golden->name, tick, hash_finish(&stage->states),
                                              hash_finish(&stage->snapshots), hash_finish(&stage->records)};
        }
    }
    end(stage);
}

static size_t put_text(char *out, const char *text)
{
    size_t size = 0;
    for (; text[size]; size++) {
        out[size] = text[size];
    }
    return size;
}

static size_t put_decimal(char *out, uint32_t value)
{
    uint32_t unit = 1;
    size_t size = 0;
    while (value / unit >= 10) {
        unit *= 10;
    }
    for (; unit > 0; unit /= 10) {
        out[size++] = (char)('0' + value / unit % 10);
    }
    return size;
}

static size_t put_hash(char *out, uint64_t hash)
{
    size_t size = put_text(out, ", 0x");
    for (uint32_t shift = 64; shift > 0; shift -= 4) {
        out[size++] = "0123456789abcdef"[hash >> (shift - 4) & 15];
    }
    return size + put_text(out + size, "u");
}

size_t golden_row_text(const struct golden_row *row, char text[GOLDEN_TEXT_MAX])
{
    size_t size = put_text(text, "{\"");
    size += put_text(text + size, row->match);
    size += put_text(text + size, "\", ");
    size += put_decimal(text + size, row->tick);
    size += put_hash(text + size, row->states);
    size += put_hash(text + size, row->snapshots);
    size += put_hash(text + size, row->record);
    return size + put_text(text + size, "},\n");
}
