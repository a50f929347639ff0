/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/arena.h"
#include "libcommon/base/coder.h"
#include "libcommon/base/hash.h"
#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"
#include "libcommon/game/map/map_text.h"
#include "libcommon/game/record/record_frame.h"

#define TICK_HEAD_BYTES      32
#define LEAVE_BYTES          2
#define JOIN_BYTES           11
#define INPUT_BYTES          31 /* of one slot in a tick, at most */
#define KEYFRAME_HEAD_BYTES  16
#define KEYFRAME_INPUT_BYTES 20

#define SEQUENCE_ORDER 0
#define AIM_ORDER      6

_Static_assert(RECORD_MAP_BYTES_MAX <= MAP_TEXT_BYTES_MAX, "a carried map can be read");
_Static_assert(RULES_PLAYERS_MAX <= UINT16_MAX, "slots have 16 bits");

/* ---- state ---------------------------------------------------------------------------------------- */

size_t record_state_bytes(uint16_t capacity)
{
    REQUIRE(capacity > 0 && capacity <= RULES_PLAYERS_MAX);
    return arena_bytes(capacity) + arena_bytes(capacity * sizeof(struct input));
}

void record_state_init(struct record_state *state, uint16_t capacity, void *memory)
{
    REQUIRE(memory != NULL);
    struct arena arena;
    arena_init(&arena, memory, record_state_bytes(capacity));
    *state = (struct record_state){
        .capacity = capacity,
        .taken = arena_take_zeroed(&arena, capacity, 1),
        .inputs = arena_take_zeroed(&arena, capacity, sizeof(struct input)),
    };
}

size_t record_tick_bytes_max(uint16_t capacity)
{
    REQUIRE(capacity > 0 && capacity <= RULES_PLAYERS_MAX);
    return RECORD_FRAME_BYTES + TICK_HEAD_BYTES + (size_t)capacity * (LEAVE_BYTES + JOIN_BYTES + INPUT_BYTES);
}

size_t record_keyframe_bytes_max(uint16_t capacity)
{
    REQUIRE(capacity > 0 && capacity <= RULES_PLAYERS_MAX);
    return RECORD_FRAME_BYTES + KEYFRAME_HEAD_BYTES + (size_t)capacity * KEYFRAME_INPUT_BYTES +
           world_keyframe_bytes_max(capacity);
}

/* ---- header --------------------------------------------------------------------------------------- */

static size_t text_size(const char *text)
{
    size_t size = 0;
    while (text[size]) {
        size++;
    }
    return size;
}

static void write_text(struct byte_writer *writer, const char *text)
{
    size_t size = text_size(text);
    byte_writer_u8(writer, (uint8_t)size);
    byte_writer_bytes(writer, text, size);
}

static void resolve(struct world_setup *setup)
{
    const struct mode *mode = setup->mode;
    setup->map = setup->map ? setup->map : map_find(mode->map);
    setup->time_limit_ticks = setup->time_limit_ticks ? setup->time_limit_ticks : mode->time_limit_ticks;
    setup->score_limit = setup->score_limit ? setup->score_limit : mode->score_limit;
    setup->capacity = setup->capacity ? setup->capacity : mode->players_max;
}

static bool carries_map(const struct world_setup *setup)
{
    return setup->map != NULL && !map_is_built_in(setup->map);
}

size_t record_header_bytes_max(const struct world_setup *setup)
{
    return RECORD_HEADER_BYTES_MAX + (carries_map(setup) ? RECORD_MAP_BYTES_MAX : 0);
}

/* A length of 32 bits, 0 for a built-in map, and the text. */
static void write_map(struct byte_writer *writer, const struct world_setup *setup)
{
    struct byte_writer length;
    uint8_t *length_bytes = byte_writer_reserve(writer, sizeof(uint32_t));
    if (length_bytes == NULL) {
        return;
    }
    size_t start = writer->size;
    if (carries_map(setup)) {
        map_text_write(setup->map, writer);
    }
    byte_writer_init(&length, length_bytes, sizeof(uint32_t));
    byte_writer_u32(&length, (uint32_t)(writer->size - start));
    if (writer->status == STATUS_OK && writer->size - start > RECORD_MAP_BYTES_MAX) {
        writer->status = STATUS_TOO_LARGE;
    }
}

static bool map_can_be_carried(const struct world_setup *setup)
{
    return !carries_map(setup) || (map_text_can_say(setup->map) && map_find(setup->map->name) == NULL);
}

enum status record_write_header(const struct record_header *header, struct byte_writer *writer)
{
    REQUIRE(writer->size <= writer->capacity);
    struct world_setup setup = header->setup;
    if (!world_setup_is_valid(&setup) || !map_can_be_carried(&setup)) {
        return STATUS_INVALID;
    }
    resolve(&setup);
    size_t start = writer->size;
    byte_writer_u32(writer, RECORD_MAGIC);
    byte_writer_u16(writer, RECORD_FORMAT_VERSION);
    byte_writer_u16(writer, header->rules_version);
    byte_writer_bytes(writer, header->match_id, RECORD_MATCH_ID_BYTES);
    byte_writer_u64(writer, setup.seed);
    write_text(writer, setup.mode->name);
    write_text(writer, setup.map->name);
    write_map(writer, &setup);
    byte_writer_u32(writer, setup.time_limit_ticks);
    byte_writer_u32(writer, setup.score_limit);
    byte_writer_u16(writer, setup.capacity);
    byte_writer_u32(writer, record_frame_check(0, writer->bytes + start, writer->size - start));
    return writer->status;
}

/* Answers the name in out_text, or an empty one after an error. */
static void read_text(struct byte_reader *reader, char out_text[MAP_NAME_MAX + 1])
{
    uint8_t size = byte_reader_u8(reader);
    const uint8_t *bytes = NULL;
    if (size > MAP_NAME_MAX) {
        byte_reader_fail(reader, STATUS_INVALID);
    } else {
        bytes = byte_reader_bytes(reader, size);
    }
    size = bytes ? size : 0;
    memory_copy(out_text, bytes, size);
    out_text[size] = 0;
}

/* Of a map that is not built in, the text is looked at by record_map_read: only then is there memory for it. */
static void read_map(struct byte_reader *reader, struct record_header *header)
{
    read_text(reader, header->map_name);
    uint32_t size = byte_reader_u32(reader);
    header->setup.map = map_find(header->map_name);
    if (size > RECORD_MAP_BYTES_MAX || (header->setup.map != NULL) != (size == 0)) {
        byte_reader_fail(reader, STATUS_INVALID);
        return;
    }
    header->map_text = size > 0 ? (const char *)byte_reader_bytes(reader, size) : NULL;
    header->map_text_size = size;
}

static void read_setup(struct byte_reader *reader, struct record_header *header)
{
    struct world_setup *setup = &header->setup;
    char name[MAP_NAME_MAX + 1];
    setup->seed = byte_reader_u64(reader);
    read_text(reader, name);
    setup->mode = mode_find(name);
    read_map(reader, header);
    setup->time_limit_ticks = byte_reader_u32(reader);
    setup->score_limit = byte_reader_u32(reader);
    setup->capacity = byte_reader_u16(reader);
    bool is_valid = setup->mode && setup->time_limit_ticks > 0 && setup->score_limit > 0 && setup->capacity > 0 &&
                    setup->capacity <= RULES_PLAYERS_MAX;
    if (!is_valid) {
        byte_reader_fail(reader, STATUS_INVALID);
    }
}

enum status record_read_header(const uint8_t *bytes, size_t size, struct record_header *out_header, size_t *out_used)
{
    REQUIRE(bytes != NULL || size == 0);
    struct byte_reader reader;
    byte_reader_init(&reader, bytes, size);
    if (byte_reader_u32(&reader) != RECORD_MAGIC) {
        byte_reader_fail(&reader, STATUS_INVALID);
    }
    uint16_t version = byte_reader_u16(&reader);
    if (reader.status == STATUS_OK && version != RECORD_FORMAT_VERSION) {
        return STATUS_MISMATCH;
    }
    struct record_header header = {.rules_version = byte_reader_u16(&reader)};
    const uint8_t *match_id = byte_reader_bytes(&reader, RECORD_MATCH_ID_BYTES);
    if (match_id) {
        memory_copy(header.match_id, match_id, RECORD_MATCH_ID_BYTES);
    }
    read_setup(&reader, &header);
    size_t checked = reader.offset;
    uint32_t check = byte_reader_u32(&reader);
    if (reader.status != STATUS_OK) {
        return reader.status;
    }
    if (check != record_frame_check(0, bytes, checked)) {
        return STATUS_INVALID;
    }
    *out_header = header;
    *out_used = reader.offset;
    return STATUS_OK;
}

size_t record_map_bytes(const struct record_header *header)
{
    return header->map_text == NULL
               ? 0
               : arena_bytes(sizeof(struct map)) + map_text_memory_bytes(header->map_text, header->map_text_size);
}

enum status record_map_read(struct record_header *header, void *memory, size_t size)
{
    REQUIRE(memory != NULL || record_map_bytes(header) == 0);
    if (header->map_text == NULL) {
        return STATUS_OK;
    }
    if (size < record_map_bytes(header)) {
        return STATUS_NO_MEMORY;
    }
    struct arena arena;
    arena_init(&arena, memory, size);
    struct map *map = arena_take(&arena, sizeof *map);
    size_t rest = size - arena_bytes(sizeof *map);
    uint32_t line;
    enum status status =
        map_text_read(header->map_text, header->map_text_size, arena_take(&arena, rest), rest, map, &line);
    if (status == STATUS_OK && !memory_text_equal(map->name, header->map_name)) {
        return STATUS_INVALID;
    }
    header->setup.map = status == STATUS_OK ? map : NULL;
    return status;
}

/* ---- ticks ---------------------------------------------------------------------------------------- */

/* A held input costs one bit: the same buttons, aim, weapon and lag, one further in sequence and tick. */
static void set_lag(struct input *input, uint32_t lag)
{
    input->seen_tick = lag != 0 ? input->tick - lag : 0;
}

static void code_input(struct coder *coder, struct input *last, struct input *input)
{
    bool is_held = input->sequence == last->sequence + 1 && input->tick == last->tick + 1 &&
                   input->buttons == last->buttons && input->aim == last->aim && input->weapon == last->weapon &&
                   input_lag(input) == input_lag(last);
    if (!coder_flag(coder, !is_held)) {
        uint32_t lag = input_lag(last);
        last->sequence++;
        last->tick++;
        set_lag(last, lag);
        *input = *last;
        return;
    }
    input->sequence = coder_residual(coder, input->sequence, last->sequence + 1, SEQUENCE_ORDER);
    uint32_t tick = last->tick + (input->sequence - last->sequence);
    input->tick = coder_residual(coder, input->tick, tick, SEQUENCE_ORDER);
    int16_t aim_change = (int16_t)(uint16_t)(input->aim - last->aim);
    aim_change = (int16_t)coder_residual(coder, (uint32_t)aim_change, 0, AIM_ORDER);
    input->aim = (uint16_t)(last->aim + aim_change);
    if (coder_flag(coder, input->buttons != last->buttons)) {
        input->buttons = (uint16_t)coder_bits(coder, input->buttons, 6);
    } else {
        input->buttons = last->buttons;
    }
    if (coder_flag(coder, input->weapon != last->weapon)) {
        input->weapon = (uint8_t)coder_bits_max(coder, input->weapon, 3, WEAPON_COUNT - 1);
    } else {
        input->weapon = last->weapon;
    }
    uint32_t lag = input_lag(last);
    if (coder_flag(coder, !coder_is_reading(coder) && input_lag(input) != lag)) {
        lag = coder_residual(coder, input_lag(input), lag, SEQUENCE_ORDER);
    }
    set_lag(input, lag);
    *last = *input;
}

static void code_inputs(struct coder *coder, struct record_state *state, struct input *inputs)
{
    for (uint16_t slot = 0; slot < state->capacity; slot++) {
        if (state->taken[slot]) {
            code_input(coder, &state->inputs[slot], &inputs[slot]);
        }
    }
}

static void take_slot(struct record_state *state, uint16_t slot, bool is_taken)
{
    state->taken[slot] = is_taken;
    state->inputs[slot] = (struct input){0};
}

static void write_changes(struct coder *coder, struct record_state *state, const struct record_tick *tick)
{
    (void)coder_golomb(coder, tick->leave_count, 0);
    for (uint32_t i = 0; i < tick->leave_count; i++) {
        (void)coder_bits(coder, tick->leaves[i], 16);
        take_slot(state, tick->leaves[i], false);
    }
    (void)coder_golomb(coder, tick->join_count, 0);
    for (uint32_t i = 0; i < tick->join_count; i++) {
        (void)coder_bits(coder, tick->joins[i].slot, 16);
        (void)coder_bits(coder, tick->joins[i].team, 8);
        (void)coder_u64(coder, tick->joins[i].id);
        take_slot(state, tick->joins[i].slot, true);
    }
}

enum status record_write_tick(struct record_state *state, const struct record_tick *tick, struct byte_writer *writer)
{
    REQUIRE(tick->inputs != NULL && tick->tick > 0);
    REQUIRE(tick->leave_count <= state->capacity && tick->join_count <= state->capacity);
    size_t room;
    uint8_t *payload = record_frame_scratch(writer, &room);
    struct bit_writer bits;
    bit_writer_init(&bits, payload, room);
    struct coder coder = {.writer = &bits};
    (void)coder_bits(&coder, tick->tick, 32);
    write_changes(&coder, state, tick);
    for (uint16_t slot = 0; slot < state->capacity; slot++) {
        if (state->taken[slot]) {
            struct input input = tick->inputs[slot];
            code_input(&coder, &state->inputs[slot], &input);
        }
    }
    (void)coder_u64(&coder, tick->hash);
    size_t size;
    if (bit_writer_finish(&bits, &size) != STATUS_OK) {
        writer->status = STATUS_FULL;
        return STATUS_FULL;
    }
    record_frame_write(writer, RECORD_TICK, payload, size);
    return writer->status;
}

static void read_changes(struct coder *coder, struct record_reader *reader, struct record_tick *tick)
{
    struct record_state *state = &reader->state;
    tick->leave_count = coder_golomb_max(coder, 0, 0, state->capacity);
    for (uint32_t i = 0; i < tick->leave_count && coder_is_sound(coder); i++) {
        uint16_t slot = (uint16_t)coder_bits_max(coder, 0, 16, state->capacity - 1u);
        if (!state->taken[slot]) {
            bit_reader_fail(coder->reader, STATUS_INVALID);
            return;
        }
        reader->leaves[i] = slot;
        take_slot(state, slot, false);
    }
    tick->join_count = coder_golomb_max(coder, 0, 0, state->capacity);
    for (uint32_t i = 0; i < tick->join_count && coder_is_sound(coder); i++) {
        struct record_join *join = &reader->joins[i];
        join->slot = (uint16_t)coder_bits_max(coder, 0, 16, state->capacity - 1u);
        join->team = (uint8_t)coder_bits(coder, 0, 8);
        join->id = coder_u64(coder, 0);
        if (state->taken[join->slot] || join->id == 0) {
            bit_reader_fail(coder->reader, STATUS_INVALID);
            return;
        }
        take_slot(state, join->slot, true);
    }
}

static enum status read_tick(struct record_reader *reader, const uint8_t *payload, size_t size,
                             struct record_tick *out_tick)
{
    struct bit_reader bits;
    bit_reader_init(&bits, payload, size);
    struct coder coder = {.reader = &bits};
    struct record_tick tick = {
        .tick = coder_bits(&coder, 0, 32), .leaves = reader->leaves, .joins = reader->joins, .inputs = reader->inputs};
    if (!reader->is_started && tick.tick != 1) {
        return STATUS_INVALID;
    }
    read_changes(&coder, reader, &tick);
    code_inputs(&coder, &reader->state, reader->inputs);
    tick.hash = coder_u64(&coder, 0);
    *out_tick = tick;
    return bit_reader_finish(&bits);
}

/* ---- keyframes ------------------------------------------------------------------------------ */

enum status record_write_keyframe(const struct record_state *state, const struct world *world,
                                  struct byte_writer *writer)
{
    REQUIRE(state->capacity == world->capacity);
    size_t room;
    uint8_t *payload = record_frame_scratch(writer, &room);
    struct byte_writer inner;
    byte_writer_init(&inner, payload, room);
    byte_writer_u32(&inner, world->tick);
    byte_writer_u64(&inner, world_hash(world));
    uint16_t count = 0;
    for (uint16_t slot = 0; slot < state->capacity; slot++) {
        count = (uint16_t)(count + state->taken[slot]);
    }
    byte_writer_u16(&inner, count);
    for (uint16_t slot = 0; slot < state->capacity; slot++) {
        if (state->taken[slot]) {
            const struct input *input = &state->inputs[slot];
            byte_writer_u16(&inner, slot);
            byte_writer_u32(&inner, input->sequence);
            byte_writer_u32(&inner, input->tick);
            byte_writer_u8(&inner, (uint8_t)input->buttons);
            byte_writer_u16(&inner, input->aim);
            byte_writer_u8(&inner, input->weapon);
            byte_writer_u32(&inner, input_lag(input));
        }
    }
    world_write(world, &inner);
    size_t size;
    if (byte_writer_finish(&inner, &size) != STATUS_OK) {
        writer->status = STATUS_FULL;
        return STATUS_FULL;
    }
    record_frame_write(writer, RECORD_KEYFRAME, payload, size);
    return writer->status;
}

static void read_keyframe_inputs(struct record_state *state, struct byte_reader *bytes)
{
    memory_zero(state->taken, state->capacity);
    uint16_t count = byte_reader_u16(bytes);
    uint32_t next_slot = 0;
    for (uint16_t i = 0; i < count && bytes->status == STATUS_OK; i++) {
        uint16_t slot = byte_reader_u16(bytes);
        struct input input = {.sequence = byte_reader_u32(bytes)};
        input.tick = byte_reader_u32(bytes);
        input.buttons = byte_reader_u8(bytes);
        input.aim = byte_reader_u16(bytes);
        input.weapon = byte_reader_u8(bytes);
        set_lag(&input, byte_reader_u32(bytes));
        if (slot < next_slot || slot >= state->capacity || !input_is_valid(&input)) {
            byte_reader_fail(bytes, STATUS_INVALID);
            return;
        }
        state->taken[slot] = true;
        state->inputs[slot] = input;
        next_slot = slot + 1u;
    }
}

static enum status read_keyframe(struct record_reader *reader, const uint8_t *payload, size_t size,
                                 struct record *out_record)
{
    struct byte_reader bytes;
    byte_reader_init(&bytes, payload, size);
    out_record->keyframe_tick = byte_reader_u32(&bytes);
    out_record->keyframe_hash = byte_reader_u64(&bytes);
    read_keyframe_inputs(&reader->state, &bytes);
    out_record->keyframe_size = byte_reader_left(&bytes);
    out_record->keyframe = byte_reader_bytes(&bytes, out_record->keyframe_size);
    return byte_reader_finish(&bytes);
}

/* ---- reader --------------------------------------------------------------------------------------- */

size_t record_reader_bytes(uint16_t capacity)
{
    REQUIRE(capacity > 0 && capacity <= RULES_PLAYERS_MAX);
    return arena_bytes(record_state_bytes(capacity)) + arena_bytes(capacity * sizeof(struct input)) +
           arena_bytes(capacity * sizeof(struct record_join)) + arena_bytes(capacity * sizeof(uint16_t)) +
           arena_bytes(capacity * sizeof(struct match_place));
}

void record_reader_init(struct record_reader *reader, uint16_t capacity, void *memory)
{
    REQUIRE(memory != NULL);
    struct arena arena;
    arena_init(&arena, memory, record_reader_bytes(capacity));
    *reader = (struct record_reader){0};
    record_state_init(&reader->state, capacity, arena_take(&arena, record_state_bytes(capacity)));
    reader->inputs = arena_take_zeroed(&arena, capacity, sizeof(struct input));
    reader->joins = arena_take_zeroed(&arena, capacity, sizeof(struct record_join));
    reader->leaves = arena_take_zeroed(&arena, capacity, sizeof(uint16_t));
    reader->places = arena_take_zeroed(&arena, capacity, sizeof(struct match_place));
}

enum status record_reader_next(struct record_reader *reader, const uint8_t *bytes, size_t size,
                               struct record *out_record, size_t *out_used)
{
    REQUIRE(bytes != NULL || size == 0);
    REQUIRE(reader->state.capacity > 0);
    if (size == 0) {
        return STATUS_EMPTY;
    }
    struct record_frame frame;
    enum status status = record_frame_read(bytes, size, &frame);
    if (status != STATUS_OK) {
        return status;
    }
    struct record record = {.kind = frame.kind};
    switch (record.kind) {
    case RECORD_TICK:
        status = read_tick(reader, frame.payload, frame.payload_size, &record.tick);
        break;
    case RECORD_KEYFRAME:
        status = read_keyframe(reader, frame.payload, frame.payload_size, &record);
        break;
    case RECORD_END:
        status =
            record_end_read(frame.payload, frame.payload_size, reader->state.capacity, reader->places, &record.end);
        break;
    default:
        status = STATUS_INVALID;
    }
    if (status != STATUS_OK) {
        return STATUS_INVALID; /* the frame was whole: nothing is truncated, it is wrong */
    }
    reader->is_started = true;
    *out_record = record;
    *out_used = frame.size;
    return STATUS_OK;
}
