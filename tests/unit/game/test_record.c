/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libcommon/base/hash.h"
#include "libcommon/game/record/record.h"
#include "tests/support/bot_match.h"
#include "tests/support/world_decision.h"

enum { RECORD_MAX = 1 << 20 };

/* A match being recorded, with a player who leaves and comes back now and then. */
struct tape {
    struct bot_match *match;
    struct record_state state;
    void *state_memory;
    struct byte_writer writer;
    uint8_t *bytes;
    size_t first_tick_at;
    size_t keyframe_at;
    size_t ends[2048]; /* where each record ends */
    uint32_t records;
};

static void note_end(struct tape *tape)
{
    assert_true(tape->records < 2048);
    tape->ends[tape->records++] = tape->writer.size;
}

static void record_one_tick(struct tape *tape, uint32_t tick)
{
    struct world *world = &tape->match->world;
    struct record_join joins[20];
    struct record_tick record = {.tick = tick, .joins = joins, .inputs = tape->match->inputs};
    static const uint16_t leaver = 2;
    if (tick == 1) {
        for (uint16_t slot = 0; slot < tape->match->bot_count; slot++) {
            joins[record.join_count++] = (struct record_join){1000u + slot, slot, world->players[slot].team};
        }
    } else if (tick % 50 == 0) {
        assert_int_equal(world_leave(world, leaver), STATUS_OK);
        record.leaves = &leaver;
        record.leave_count = 1;
    } else if (tick % 50 == 10 && tick > 50) {
        joins[0] = (struct record_join){7000u + tick, leaver, world_smallest_team(world)};
        assert_int_equal(world_join(world, leaver, joins[0].team, joins[0].id), STATUS_OK);
        record.join_count = 1;
    }
    for (uint16_t slot = 0; slot < 20; slot += 3) { /* lags that change now and then */
        tape->match->inputs[slot].seen_tick -= tape->match->inputs[slot].seen_tick > 20 ? tick / 7 % 15 : 0;
    }
    struct input used[20];
    memcpy(used, tape->match->inputs, sizeof used);
    record.inputs = used;
    bot_match_step(tape->match);
    record.hash = world_hash(world);
    size_t before = tape->writer.size;
    assert_int_equal(record_write_tick(&tape->state, &record, &tape->writer), STATUS_OK);
    assert_true(tape->writer.size - before <= record_tick_bytes_max(world->capacity));
    note_end(tape);
}

static void write_header(struct tape *tape)
{
    struct record_header header = {.rules_version = RULES_VERSION, .setup = tape->match->setup};
    memcpy(header.match_id, "0123456789abcdef", RECORD_MATCH_ID_BYTES);
    assert_int_equal(record_write_header(&header, &tape->writer), STATUS_OK);
    assert_true(tape->writer.size <= record_header_bytes_max(&header.setup));
    tape->first_tick_at = tape->writer.size;
}

static struct tape *record_match_on(const struct map *map, uint32_t ticks)
{
    struct tape *tape = calloc(1, sizeof *tape);
    struct world_setup setup = bot_match_setup("ffa", 61);
    setup.map = map;
    tape->match = bot_match_create(&setup, 20);
    tape->bytes = malloc(RECORD_MAX);
    byte_writer_init(&tape->writer, tape->bytes, RECORD_MAX);
    tape->state_memory = malloc(record_state_bytes(20));
    record_state_init(&tape->state, 20, tape->state_memory);
    write_header(tape);
    for (uint32_t tick = 1; tick <= ticks; tick++) {
        record_one_tick(tape, tick);
        if (tick == ticks / 2) {
            tape->keyframe_at = tape->writer.size;
            assert_int_equal(record_write_keyframe(&tape->state, &tape->match->world, &tape->writer), STATUS_OK);
            note_end(tape);
        }
    }
    struct match_place places[20];
    struct record_end end = {.tick = ticks,
                             .hash = world_hash(&tape->match->world),
                             .decision = world_decision(&tape->match->world, places)};
    assert_int_equal(record_write_end(&end, &tape->writer), STATUS_OK);
    note_end(tape);
    return tape;
}

static struct tape *record_match(uint32_t ticks)
{
    return record_match_on(NULL, ticks);
}

static void free_tape(struct tape *tape)
{
    bot_match_destroy(tape->match);
    free(tape->state_memory);
    free(tape->bytes);
    free(tape);
}

struct replay {
    struct record_header header;
    struct record_playback player;
    void *memory;
    uint32_t records;
};

/* Plays from offset to the end or the first error, which it answers: STATUS_EMPTY is the good end. */
static enum status play(struct replay *replay, const uint8_t *bytes, size_t size, size_t offset)
{
    struct record record;
    size_t used = 0;
    replay->records = 0;
    for (;;) {
        enum status status = record_playback_next(&replay->player, bytes + offset, size - offset, &record, &used);
        if (status != STATUS_OK) {
            return status;
        }
        replay->records++;
        offset += used;
    }
}

static void open_replay(struct replay *replay, const struct tape *tape)
{
    size_t used = 0;
    assert_int_equal(record_read_header(tape->bytes, tape->writer.size, &replay->header, &used), STATUS_OK);
    assert_int_equal(used, tape->first_tick_at);
    size_t size = record_playback_bytes(&replay->header);
    replay->memory = malloc(size);
    assert_int_equal(record_playback_init(&replay->player, &replay->header, replay->memory, size), STATUS_OK);
}

static void rewind_replay(struct replay *replay)
{
    size_t size = record_playback_bytes(&replay->header);
    assert_int_equal(record_playback_init(&replay->player, &replay->header, replay->memory, size), STATUS_OK);
}

static void test_record_replays_to_the_same_hash_at_every_tick(void **state)
{
    (void)state;
    struct tape *tape = record_match(1200);
    struct replay replay;
    open_replay(&replay, tape);
    assert_memory_equal(replay.header.match_id, "0123456789abcdef", 16);
    assert_int_equal(replay.header.setup.seed, 61);
    assert_string_equal(replay.header.setup.map->name, "arena");
    assert_int_equal(play(&replay, tape->bytes, tape->writer.size, tape->first_tick_at), STATUS_EMPTY);
    assert_int_equal(replay.records, 1202);
    assert_true(replay.player.has_ended);
    assert_false(replay.player.has_diverged);
    assert_true(world_hash(&replay.player.world) == world_hash(&tape->match->world));
    assert_int_equal(replay.player.end.decision.end_reason, MATCH_END_FINISHED);
    assert_int_equal(replay.player.end.decision.seat_count, 20);
    free(replay.memory);
    free_tape(tape);
}

static void test_record_can_be_played_from_a_keyframe(void **state)
{
    (void)state;
    struct tape *tape = record_match(600);
    struct replay replay;
    open_replay(&replay, tape);
    assert_int_equal(play(&replay, tape->bytes, tape->writer.size, tape->keyframe_at), STATUS_EMPTY);
    assert_int_equal(replay.records, 302);
    assert_int_equal(replay.player.world.tick, 600);
    assert_true(world_hash(&replay.player.world) == world_hash(&tape->match->world));
    for (uint16_t slot = 0; slot < 20; slot++) { /* a server that takes over has each client's last input */
        assert_int_equal(replay.player.reader.state.inputs[slot].sequence, tape->state.inputs[slot].sequence);
    }
    free(replay.memory);
    free_tape(tape);
}

static void test_record_cannot_begin_between_keyframes(void **state)
{
    (void)state;
    struct tape *tape = record_match(100);
    struct replay replay;
    open_replay(&replay, tape);
    assert_int_equal(play(&replay, tape->bytes, tape->writer.size, tape->ends[4]), STATUS_INVALID);
    free(replay.memory);
    free_tape(tape);
}

static void test_held_input_costs_a_bit(void **state)
{
    (void)state;
    _Alignas(16) uint8_t memory[1024];
    struct record_state record_state;
    assert_true(record_state_bytes(16) <= sizeof memory);
    record_state_init(&record_state, 16, memory);
    struct input inputs[16] = {0};
    struct record_join joins[16];
    for (uint16_t slot = 0; slot < 16; slot++) {
        joins[slot] = (struct record_join){1u + slot, slot, RULES_TEAM_NONE};
    }
    uint8_t bytes[1024];
    size_t size = 0;
    for (uint32_t tick = 1; tick <= 3; tick++) {
        struct byte_writer writer;
        byte_writer_init(&writer, bytes, sizeof bytes);
        for (uint32_t slot = 0; slot < 16; slot++) {
            inputs[slot].sequence = tick + slot;
            inputs[slot].tick = tick;
        }
        struct record_tick record = {
            .tick = tick, .joins = joins, .join_count = tick == 1 ? 16 : 0, .inputs = inputs, .hash = 1};
        assert_int_equal(record_write_tick(&record_state, &record, &writer), STATUS_OK);
        size = writer.size;
    }
    /* kind 1, length 1, check 4; tick 32 bits, no changes 2 bits, 16 inputs 16 bits, hash 64 bits: 114 bits */
    assert_int_equal(size, 1 + 1 + 4 + 15);
}

static void test_truncation_at_every_byte_ends_cleanly(void **state)
{
    (void)state;
    struct tape *tape = record_match(24);
    struct replay replay;
    open_replay(&replay, tape);
    uint32_t whole = 0;
    for (size_t cut = tape->first_tick_at; cut < tape->writer.size; cut++) {
        if (cut == tape->ends[whole]) {
            whole++;
        }
        rewind_replay(&replay);
        uint8_t *copy = malloc(cut); /* so that a sanitizer sees a read past the end */
        memcpy(copy, tape->bytes, cut);
        enum status status = play(&replay, copy, cut, tape->first_tick_at);
        bool is_at_border = cut == tape->first_tick_at || (whole > 0 && cut == tape->ends[whole - 1]);
        assert_int_equal(status, is_at_border ? STATUS_EMPTY : STATUS_TRUNCATED);
        assert_int_equal(replay.records, whole);
        free(copy);
    }
    free(replay.memory);
    free_tape(tape);
}

static void test_flip_of_every_byte_is_noticed(void **state)
{
    (void)state;
    struct tape *tape = record_match(8);
    struct replay replay;
    open_replay(&replay, tape);
    for (size_t at = 0; at < tape->writer.size; at++) {
        for (int bit = 0; bit < 8; bit++) {
            tape->bytes[at] ^= (uint8_t)(1 << bit);
            struct record_header header;
            size_t used = 0;
            if (at < tape->first_tick_at) {
                assert_int_not_equal(record_read_header(tape->bytes, tape->writer.size, &header, &used), STATUS_OK);
            } else {
                rewind_replay(&replay);
                enum status status = play(&replay, tape->bytes, tape->writer.size, tape->first_tick_at);
                assert_int_not_equal(status, STATUS_EMPTY);
            }
            tape->bytes[at] ^= (uint8_t)(1 << bit);
        }
    }
    free(replay.memory);
    free_tape(tape);
}

/* Changes one payload byte of the record at offset and makes its check right again (docs/wire-format.md). */
static void forge(struct tape *tape, size_t offset, size_t at, uint8_t value)
{
    struct byte_reader reader;
    byte_reader_init(&reader, tape->bytes + offset, tape->writer.size - offset);
    uint8_t kind = byte_reader_u8(&reader);
    size_t size = (size_t)byte_reader_varint(&reader);
    uint8_t *payload = tape->bytes + offset + reader.offset;
    payload[at] = value;
    struct hash hash;
    hash_init(&hash, kind);
    hash_bytes(&hash, payload, size);
    struct byte_writer writer;
    byte_writer_init(&writer, payload + size, 4);
    byte_writer_u32(&writer, (uint32_t)hash_finish(&hash));
}

static void test_forged_keyframes_with_right_checks_are_refused(void **state)
{
    (void)state;
    enum { FIRST_INPUT = 14, BUTTONS = FIRST_INPUT + 10, WEAPON = FIRST_INPUT + 13 };
    static const struct {
        size_t at;
        uint8_t value;
    } forgeries[] = {{12, 99},      {FIRST_INPUT, 20},      {FIRST_INPUT + 1, 0xff},
                     {BUTTONS, 64}, {WEAPON, WEAPON_COUNT}, {4, 0}};
    for (size_t i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++) {
        struct tape *tape = record_match(24);
        struct replay replay;
        open_replay(&replay, tape);
        forge(tape, tape->keyframe_at, forgeries[i].at, forgeries[i].value);
        enum status status = play(&replay, tape->bytes, tape->writer.size, tape->keyframe_at);
        assert_true(status == STATUS_INVALID || status == STATUS_MISMATCH);
        assert_int_equal(replay.records, 0);
        free(replay.memory);
        free_tape(tape);
    }
}

static struct match_place end_places[2] = {{1, 0}, {2, 900}};

static struct record_end duel_end(void)
{
    return (struct record_end){.tick = 901,
                               .hash = 0x0123456789abcdefu,
                               .decision = {.end_reason = MATCH_END_FINISHED,
                                            .outcome = MATCH_OUTCOME_WON,
                                            .winner = 0,
                                            .score = 5,
                                            .seat_count = 2,
                                            .places = end_places}};
}

/* Reads it as a reader of that many slots. */
static enum status read_end(const uint8_t *bytes, size_t size, uint16_t capacity, struct record *out_record)
{
    static uint8_t memory[4096];
    struct record_reader reader;
    size_t used = 0;
    assert_true(record_reader_bytes(capacity) <= sizeof memory);
    record_reader_init(&reader, capacity, memory);
    return record_reader_next(&reader, bytes, size, out_record, &used);
}

static void test_the_end_carries_the_decision(void **state)
{
    (void)state;
    uint8_t bytes[128];
    struct byte_writer writer;
    struct record record;
    const struct record_end end = duel_end();
    byte_writer_init(&writer, bytes, sizeof bytes);
    assert_int_equal(record_write_end(&end, &writer), STATUS_OK);
    assert_true(writer.size <= record_end_bytes_max(2));
    assert_int_equal(read_end(bytes, writer.size, 2, &record), STATUS_OK);
    assert_int_equal(record.kind, RECORD_END);
    assert_int_equal(record.end.tick, 901);
    assert_true(record.end.hash == end.hash);
    assert_int_equal(record.end.decision.end_reason, MATCH_END_FINISHED);
    assert_int_equal(record.end.decision.outcome, MATCH_OUTCOME_WON);
    assert_int_equal(record.end.decision.winner, 0);
    assert_int_equal(record.end.decision.score, 5);
    assert_int_equal(record.end.decision.seat_count, 2);
    assert_int_equal(record.end.decision.places[0].place, 1);
    assert_int_equal(record.end.decision.places[0].left_tick, 0);
    assert_int_equal(record.end.decision.places[1].place, 2);
    assert_int_equal(record.end.decision.places[1].left_tick, 900);
    assert_int_equal(read_end(bytes, writer.size, 3, &record), STATUS_INVALID);
    for (size_t room = 0; room < writer.size; room++) {
        struct byte_writer narrow;
        byte_writer_init(&narrow, bytes, room);
        assert_int_equal(record_write_end(&end, &narrow), STATUS_FULL);
    }
}

static void test_an_end_of_4000_seats_fits_what_is_said_of_it(void **state)
{
    (void)state;
    static struct match_place places[RULES_PLAYERS_MAX];
    static uint8_t bytes[64 << 10];
    struct record_end end = duel_end();
    struct byte_writer writer;
    for (uint16_t slot = 0; slot < RULES_PLAYERS_MAX; slot++) {
        places[slot] = (struct match_place){.place = 1, .left_tick = UINT32_MAX};
    }
    end.decision.seat_count = RULES_PLAYERS_MAX;
    end.decision.places = places;
    assert_true(record_end_bytes_max(RULES_PLAYERS_MAX) <= sizeof bytes);
    byte_writer_init(&writer, bytes, record_end_bytes_max(RULES_PLAYERS_MAX));
    assert_int_equal(record_write_end(&end, &writer), STATUS_OK);
}

/* Each byte of a decision, changed to what no decision is; the check is made right again. */
static void test_forged_decisions_with_right_checks_are_refused(void **state)
{
    (void)state;
    enum { FRAME = 2, REASON = FRAME + 12, OUTCOME, WINNER, SCORE = WINNER + 2, COUNT = SCORE + 4, PLACE = COUNT + 2 };
    static const struct {
        size_t at;
        uint8_t value;
    } forgeries[] = {{REASON, 0}, {REASON, 2},   {REASON, 4}, {OUTCOME, 0}, {OUTCOME, 2}, {OUTCOME, 3},
                     {WINNER, 2}, {WINNER, 255}, {COUNT, 1},  {COUNT, 3},   {PLACE, 0},   {PLACE, 3}};
    for (size_t i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++) {
        uint8_t bytes[128];
        struct byte_writer writer, check;
        struct record record;
        const struct record_end end = duel_end();
        byte_writer_init(&writer, bytes, sizeof bytes);
        assert_int_equal(record_write_end(&end, &writer), STATUS_OK);
        struct hash hash;
        bytes[forgeries[i].at] = forgeries[i].value;
        hash_init(&hash, RECORD_END);
        hash_bytes(&hash, bytes + FRAME, writer.size - FRAME - 4);
        byte_writer_init(&check, bytes + writer.size - 4, 4);
        byte_writer_u32(&check, (uint32_t)hash_finish(&hash));
        assert_int_equal(read_end(bytes, writer.size, 2, &record), STATUS_INVALID);
    }
}

static void test_first_divergent_tick_is_named(void **state)
{
    (void)state;
    struct tape *tape = record_match(90);
    struct replay replay;
    open_replay(&replay, tape);
    struct record record;
    size_t used = 0;
    size_t offset = tape->first_tick_at;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(
            record_playback_next(&replay.player, tape->bytes + offset, tape->writer.size - offset, &record, &used),
            STATUS_OK);
        offset += used;
    }
    replay.player.world.players[5].actor.position.x++; /* as another compiler might have it */
    assert_int_equal(play(&replay, tape->bytes, tape->writer.size, offset), STATUS_MISMATCH);
    assert_true(replay.player.has_diverged);
    assert_int_equal(replay.player.first_divergent_tick, 21);
    assert_true(replay.player.expected_hash != replay.player.actual_hash);
    assert_int_equal(play(&replay, tape->bytes, tape->writer.size, offset), STATUS_MISMATCH);
    free(replay.memory);
    free_tape(tape);
}

static void test_other_rules_and_formats_are_refused(void **state)
{
    (void)state;
    struct tape *tape = record_match(1);
    struct record_header header;
    size_t used = 0;
    assert_int_equal(record_read_header(tape->bytes, tape->writer.size, &header, &used), STATUS_OK);
    struct record_playback player;
    header.rules_version++;
    assert_int_equal(record_playback_init(&player, &header, NULL, 0), STATUS_MISMATCH);
    tape->bytes[4]++;
    assert_int_equal(record_read_header(tape->bytes, tape->writer.size, &header, &used), STATUS_MISMATCH);
    for (size_t cut = 0; cut < tape->first_tick_at; cut++) {
        tape->bytes[4] = RECORD_FORMAT_VERSION;
        assert_int_not_equal(record_read_header(tape->bytes, cut, &header, &used), STATUS_OK);
    }
    free_tape(tape);
}

/* ---- a map that is not built in -------------------------------------------------------------------- */

static const struct map_polygon yard_polygons[] = {
    {3, {{Q16(200), Q16(200)}, {Q16(420), Q16(260)}, {Q16(240), Q16(330)}}},
    {4, {{Q16(600), Q16(500)}, {Q16(700), Q16(600)}, {Q16(600), Q16(700)}, {Q16(500), Q16(600)}}},
};
static const struct map_spawn yard_spawns[] = {{{Q16(100), Q16(100)}, RULES_TEAM_NONE},
                                               {{Q16(800), Q16(800)}, RULES_TEAM_NONE},
                                               {{Q16(800), Q16(100)}, RULES_TEAM_NONE}};
static const struct map yard = {.name = "yard",
                                .width_q16 = Q16(900),
                                .height_q16 = Q16(900),
                                .polygons = yard_polygons,
                                .polygon_count = 2,
                                .spawns = yard_spawns,
                                .spawn_count = 3};

static void test_a_record_carries_a_map_that_is_not_built_in(void **state)
{
    (void)state;
    struct tape *tape = record_match_on(&yard, 120);
    struct replay replay;
    size_t used = 0;
    assert_int_equal(record_read_header(tape->bytes, tape->writer.size, &replay.header, &used), STATUS_OK);
    assert_int_equal(used, tape->first_tick_at);
    assert_string_equal(replay.header.map_name, "yard");
    assert_null(replay.header.setup.map);
    assert_int_equal(record_playback_bytes(&replay.header), 0); /* it is never played on another map */
    size_t map_size = record_map_bytes(&replay.header);
    void *map = malloc(map_size);
    assert_int_equal(record_map_read(&replay.header, map, map_size - 1), STATUS_NO_MEMORY);
    assert_int_equal(record_map_read(&replay.header, map, map_size), STATUS_OK);
    assert_int_equal(replay.header.setup.map->polygon_count, 2);
    assert_memory_equal(replay.header.setup.map->polygons, yard_polygons, sizeof yard_polygons);
    size_t size = record_playback_bytes(&replay.header);
    replay.memory = malloc(size);
    assert_int_equal(record_playback_init(&replay.player, &replay.header, replay.memory, size), STATUS_OK);
    assert_int_equal(play(&replay, tape->bytes, tape->writer.size, used), STATUS_EMPTY);
    assert_true(replay.player.has_ended);
    assert_int_equal(replay.player.world.tick, 120);
    free(replay.memory);
    free(map);
    free_tape(tape);
}

static void test_a_built_in_map_is_not_carried(void **state)
{
    (void)state;
    struct tape *tape = record_match(1);
    struct record_header header;
    size_t used = 0;
    assert_true(tape->first_tick_at <= RECORD_HEADER_BYTES_MAX);
    assert_int_equal(record_read_header(tape->bytes, tape->writer.size, &header, &used), STATUS_OK);
    assert_null(header.map_text);
    assert_ptr_equal(header.setup.map, map_find("arena"));
    assert_int_equal(record_map_bytes(&header), 0);
    assert_int_equal(record_map_read(&header, NULL, 0), STATUS_OK);
    free_tape(tape);
}

static enum status write_header_with(const struct map *map)
{
    static uint8_t bytes[2 * RECORD_MAP_BYTES_MAX];
    struct world_setup setup = bot_match_setup("ffa", 1);
    struct byte_writer writer;
    setup.map = map;
    byte_writer_init(&writer, bytes, sizeof bytes);
    struct record_header header = {.rules_version = RULES_VERSION, .setup = setup};
    return record_write_header(&header, &writer);
}

static void test_maps_that_a_record_cannot_carry_are_refused(void **state)
{
    (void)state;
    static struct map_box boxes[5000];
    struct map_polygon crooked = yard_polygons[0];
    struct map map = yard;
    assert_int_equal(write_header_with(&map), STATUS_OK);
    map.name = "arena";
    assert_int_equal(write_header_with(&map), STATUS_INVALID);
    map.name = "Yard";
    assert_int_equal(write_header_with(&map), STATUS_INVALID);
    map.name = "yard";
    crooked.corners[1].x++; /* its text would round it */
    map.polygons = &crooked;
    map.polygon_count = 1;
    assert_int_equal(write_header_with(&map), STATUS_INVALID);
    for (size_t i = 0; i < 5000; i++) {
        boxes[i] = (struct map_box){{Q16(400), Q16(100)}, {Q16(440), Q16(120)}};
    }
    map = yard;
    map.walls = boxes;
    map.wall_count = 5000;
    assert_int_equal(write_header_with(&map), STATUS_TOO_LARGE);
}

/* Every byte of the carried text changed, with the header's check made right again: refused, or another valid map. */
static void test_a_damaged_map_is_refused_or_valid(void **state)
{
    (void)state;
    struct tape *tape = record_match_on(&yard, 1);
    struct record_header header;
    size_t used = 0;
    assert_int_equal(record_read_header(tape->bytes, tape->writer.size, &header, &used), STATUS_OK);
    size_t text_at = (size_t)((const uint8_t *)header.map_text - tape->bytes);
    size_t text_size = header.map_text_size;
    void *memory = malloc(1 << 16);
    uint32_t refused = 0;
    for (size_t at = text_at; at < text_at + text_size; at++) {
        tape->bytes[at] ^= 1;
        assert_int_equal(record_read_header(tape->bytes, tape->writer.size, &header, &used), STATUS_INVALID);
        struct hash hash;
        hash_init(&hash, 0);
        hash_bytes(&hash, tape->bytes, used - 4);
        uint32_t check = (uint32_t)hash_finish(&hash);
        uint8_t right[4];
        memcpy(right, tape->bytes + used - 4, 4);
        for (int i = 0; i < 4; i++) {
            tape->bytes[used - 4 + (size_t)i] = (uint8_t)(check >> (8 * i));
        }
        assert_int_equal(record_read_header(tape->bytes, tape->writer.size, &header, &used), STATUS_OK);
        if (record_map_read(&header, memory, record_map_bytes(&header)) == STATUS_OK) {
            assert_true(map_is_valid(header.setup.map));
        } else {
            assert_int_equal(record_playback_bytes(&header), 0);
            refused++;
        }
        memcpy(tape->bytes + used - 4, right, 4);
        tape->bytes[at] ^= 1;
    }
    assert_true(refused > text_size / 2);
    free(memory);
    free_tape(tape);
}

static void test_writer_that_is_too_small_is_reported(void **state)
{
    (void)state;
    struct tape *tape = record_match(5);
    uint8_t bytes[64];
    for (size_t capacity = 0; capacity < sizeof bytes; capacity++) {
        struct byte_writer writer;
        byte_writer_init(&writer, bytes, capacity);
        assert_int_equal(record_write_keyframe(&tape->state, &tape->match->world, &writer), STATUS_FULL);
    }
    free_tape(tape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record_replays_to_the_same_hash_at_every_tick),
        cmocka_unit_test(test_record_can_be_played_from_a_keyframe),
        cmocka_unit_test(test_record_cannot_begin_between_keyframes),
        cmocka_unit_test(test_held_input_costs_a_bit),
        cmocka_unit_test(test_truncation_at_every_byte_ends_cleanly),
        cmocka_unit_test(test_flip_of_every_byte_is_noticed),
        cmocka_unit_test(test_forged_keyframes_with_right_checks_are_refused),
        cmocka_unit_test(test_the_end_carries_the_decision),
        cmocka_unit_test(test_an_end_of_4000_seats_fits_what_is_said_of_it),
        cmocka_unit_test(test_forged_decisions_with_right_checks_are_refused),
        cmocka_unit_test(test_first_divergent_tick_is_named),
        cmocka_unit_test(test_other_rules_and_formats_are_refused),
        cmocka_unit_test(test_a_record_carries_a_map_that_is_not_built_in),
        cmocka_unit_test(test_a_built_in_map_is_not_carried),
        cmocka_unit_test(test_maps_that_a_record_cannot_carry_are_refused),
        cmocka_unit_test(test_a_damaged_map_is_refused_or_valid),
        cmocka_unit_test(test_writer_that_is_too_small_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
