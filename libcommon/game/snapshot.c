/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/snapshot.h"

#include "libcommon/base/hash.h"
#include "libcommon/base/memory.h"
#include "libcommon/game/coder.h"
#include "libcommon/game/snapshot_parts.h"

#define CHECK_BITS    24
#define EVENT_BITS    4
#define LONG_AGE      7u
#define BASELINE_MASK 15u
#define PHASE_BITS    2
#define CHECK_BYTES   (CHECK_BITS / 8)

static const struct actor no_actor;
static const struct view empty_view = {.viewer = VIEW_ALL};

/* ---- events -------------------------------------------------------------------------------------- */

enum event_part { PART_SUBJECT = 1, PART_OTHER = 2, PART_WEAPON = 4, PART_VALUE = 8 };

static const uint8_t event_parts[EVENT_KIND_COUNT] = {
    [EVENT_JOINED] = PART_SUBJECT | PART_VALUE,
    [EVENT_LEFT] = PART_SUBJECT,
    [EVENT_PHASE] = PART_VALUE,
    [EVENT_FIRED] = PART_SUBJECT | PART_WEAPON,
    [EVENT_HIT] = PART_SUBJECT | PART_OTHER | PART_WEAPON | PART_VALUE,
    [EVENT_DEATH] = PART_SUBJECT | PART_OTHER | PART_WEAPON,
    [EVENT_RESPAWN] = PART_SUBJECT,
    [EVENT_SCORE] = PART_SUBJECT | PART_OTHER | PART_VALUE,
    [EVENT_PICK_UP] = PART_SUBJECT | PART_VALUE,
};

static uint16_t code_slot(struct snapshot_coder *coder, uint16_t slot)
{
    if (!snapshot_flag(coder, FLAG_EVENT_SLOT, slot != RULES_SLOT_NONE)) {
        return RULES_SLOT_NONE;
    }
    return (uint16_t)snapshot_number(coder, ROW_EVENT_SLOT, slot, RULES_PLAYERS_MAX - 1);
}

static void code_event(struct snapshot_coder *coder, uint32_t tick, struct event *event, struct hash *hash)
{
    event->kind = (uint8_t)snapshot_bits(coder, event->kind, EVENT_BITS, EVENT_KIND_COUNT - 1);
    event->tick = tick - snapshot_number(coder, ROW_EVENT_AGE, tick - event->tick, SNAPSHOT_EVENT_TICKS_MAX);
    uint8_t parts = event_parts[event->kind];
    event->subject = parts & PART_SUBJECT ? code_slot(coder, event->subject) : RULES_SLOT_NONE;
    event->other = parts & PART_OTHER ? code_slot(coder, event->other) : RULES_SLOT_NONE;
    event->weapon = WEAPON_NONE;
    if (parts & PART_WEAPON) {
        event->weapon = (uint8_t)snapshot_bits(coder, event->weapon, SNAPSHOT_WEAPON_BITS, WEAPON_COUNT - 1);
    }
    event->value = parts & PART_VALUE ? (uint16_t)snapshot_number(coder, ROW_EVENT_VALUE, event->value, UINT16_MAX) : 0;
    hash_pair(hash, event->tick, event->kind | (uint32_t)event->weapon << 8 | (uint32_t)event->value << 16);
    hash_pair(hash, event->subject, event->other);
}

static bool is_in_sight(const struct view *view, uint16_t slot)
{
    return view->viewer == VIEW_ALL || slot == view->viewer || view_find_player(view, slot);
}

/* Answers whether this viewer may hear of it, and takes away what it may not know. */
static bool admit(const struct view *view, struct event *event)
{
    switch (event->kind) {
    case EVENT_FIRED:
        return false; /* the projectile that enters says it */
    case EVENT_RESPAWN:
    case EVENT_PICK_UP:
        return is_in_sight(view, event->subject);
    case EVENT_HIT:
        if (event->other != view->viewer && !is_in_sight(view, event->subject)) {
            return false;
        }
        if (!is_in_sight(view, event->other)) {
            event->other = RULES_SLOT_NONE;
        }
        return true;
    default:
        return true;
    }
}

static void write_events(struct snapshot_coder *coder, const struct snapshot_source *source, struct hash *hash)
{
    const struct view *view = source->current;
    uint32_t end = source->events ? source->events->count : 0;
    uint32_t first = source->events ? event_history_after(source->events, source->events_after) : 0;
    for (uint32_t i = first; i < end; i++) {
        struct event event = *event_history_at(source->events, i);
        if (event.tick > view->tick || view->tick - event.tick > SNAPSHOT_EVENT_TICKS_MAX || !admit(view, &event)) {
            continue;
        }
        (void)snapshot_flag(coder, FLAG_EVENT, true);
        code_event(coder, view->tick, &event, hash);
    }
    (void)snapshot_flag(coder, FLAG_EVENT, false);
}

static void read_events(struct snapshot_coder *coder, struct view *view, struct hash *hash)
{
    view->event_count = 0;
    while (range_is_sound(&coder->range) && snapshot_flag(coder, FLAG_EVENT, false)) {
        if (view->event_count == view->limits.events) {
            range_fail(&coder->range, STATUS_TOO_LARGE);
            return;
        }
        struct event event = {0};
        code_event(coder, view->tick, &event, hash);
        view->events[view->event_count++] = event;
    }
}

/* ---- the whole ----------------------------------------------------------------------------------- */

/* One byte of a delta: 0, age - 1 (7: one or two bytes more), the baseline's tick modulo 16. */
static void code_head(struct coder *coder, uint32_t known_tick, struct snapshot_info *info)
{
    info->is_keyframe = coder_flag(coder, info->is_keyframe);
    if (info->is_keyframe) {
        (void)coder_bits_max(coder, 0, 7, 0);
        info->tick = coder_bits(coder, info->tick, 32);
        info->baseline_tick = 0;
        return;
    }
    uint32_t age = info->tick - info->baseline_tick - 1;
    uint32_t short_age = coder_bits(coder, age < LONG_AGE ? age : LONG_AGE, 3);
    uint32_t low = coder_bits(coder, info->baseline_tick & BASELINE_MASK, 4);
    if (short_age == LONG_AGE) {
        short_age = coder_bits(coder, age, 16);
        if (coder_is_reading(coder) && short_age < LONG_AGE) {
            bit_reader_fail(coder->reader, STATUS_INVALID);
        }
    }
    info->baseline_tick = known_tick - ((known_tick - low) & BASELINE_MASK);
    info->tick = info->baseline_tick + short_age + 1;
}

static uint32_t expected_ticks_left(const struct view *baseline, uint32_t age)
{
    bool is_live = baseline->phase == WORLD_PLAY || baseline->phase == WORLD_OVERTIME;
    return is_live ? snapshot_counted_down(baseline->ticks_left, age) : baseline->ticks_left;
}

static void code_match(struct snapshot_coder *coder, const struct view *baseline, struct view *view, uint32_t age)
{
    uint32_t ticks_left = expected_ticks_left(baseline, age);
    bool is_steady = view->phase == baseline->phase && view->ticks_left == ticks_left &&
                     view->viewer == baseline->viewer &&
                     memory_equal(view->team_scores, baseline->team_scores, sizeof view->team_scores);
    if (snapshot_flag(coder, FLAG_MATCH, !is_steady)) {
        view->viewer = (uint16_t)snapshot_bits(coder, view->viewer, 16, UINT16_MAX);
        view->phase = (uint8_t)snapshot_bits(coder, view->phase, PHASE_BITS, WORLD_PHASE_COUNT - 1);
        view->ticks_left = snapshot_residual(coder, ROW_MATCH, view->ticks_left, ticks_left, UINT32_MAX);
        for (uint32_t team = 0; team < RULES_TEAMS_MAX; team++) {
            view->team_scores[team] =
                snapshot_residual(coder, ROW_MATCH, view->team_scores[team], baseline->team_scores[team], UINT32_MAX);
        }
    } else {
        view->viewer = baseline->viewer;
        view->phase = baseline->phase;
        view->ticks_left = ticks_left;
        memory_copy(view->team_scores, baseline->team_scores, sizeof view->team_scores);
    }
}

static void code_own(struct snapshot_coder *coder, const struct view *baseline, struct view *view, uint32_t age)
{
    view->has_self = snapshot_flag(coder, FLAG_SELF, view->has_self);
    if (!view->has_self) {
        view->self = no_actor;
        return;
    }
    view->input_sequence =
        snapshot_residual(coder, ROW_SEQUENCE, view->input_sequence, baseline->input_sequence + age, UINT32_MAX);
    view->input_depth =
        (uint8_t)snapshot_residual(coder, ROW_DEPTH, view->input_depth, baseline->input_depth, UINT8_MAX);
    snapshot_code_self(coder, &baseline->self, &view->self, age);
}

/* view: a copy of the current one's struct when writing; the lists are only read then. */
static void code_view(struct snapshot_coder *coder, const struct view *baseline, struct view *view,
                      struct snapshot_span span)
{
    code_match(coder, baseline, view, span.age);
    code_own(coder, baseline, view, span.age);
    if (view->has_self) {
        span.centre =
            (struct vec2){view->self.position.x >> VIEW_POSITION_SHIFT, view->self.position.y >> VIEW_POSITION_SHIFT};
    }
    snapshot_code_lists(coder, baseline, view, &span);
    snapshot_code_projectiles(coder, baseline, view, &span);
}

static struct snapshot_span span_of(const struct snapshot_info *info)
{
    return (struct snapshot_span){.tick = info->tick, .age = info->is_keyframe ? 0 : info->tick - info->baseline_tick};
}

static uint32_t check_of(const struct view *view, const struct snapshot_info *info, struct hash *events)
{
    hash_u64(events, view_hash(view));
    hash_pair(events, info->baseline_tick, info->is_keyframe);
    return (uint32_t)hash_finish(events) & ((1u << CHECK_BITS) - 1);
}

/* What lies between the head and the check. */
static enum status write_body(const struct snapshot_source *source, const struct snapshot_info *info, uint8_t *bytes,
                              size_t capacity, size_t *out_size, uint32_t *out_check)
{
    const struct view *baseline = source->baseline ? source->baseline : &empty_view;
    struct snapshot_span span = span_of(info);
    struct snapshot_coder coder;
    range_init_writer(&coder.range, bytes, capacity);
    snapshot_set_chances(&coder, span.age);
    struct view current = *source->current;
    code_view(&coder, baseline, &current, span);
    struct hash events;
    hash_init(&events, 0);
    write_events(&coder, source, &events);
    *out_check = check_of(source->current, info, &events);
    return range_finish_writer(&coder.range, out_size);
}

enum status snapshot_encode(const struct snapshot_source *source, uint8_t *bytes, size_t capacity, size_t *out_size)
{
    if (source->events && !event_history_covers(source->events, source->events_after)) {
        return STATUS_STALE;
    }
    uint32_t tick = source->current->tick;
    uint32_t baseline_tick = source->baseline ? source->baseline->tick : 0;
    REQUIRE(!source->baseline || (tick > baseline_tick && tick - baseline_tick <= UINT16_MAX));
    struct bit_writer writer;
    bit_writer_init(&writer, bytes, capacity);
    struct snapshot_info info = {.is_keyframe = !source->baseline, .tick = tick, .baseline_tick = baseline_tick};
    code_head(&(struct coder){.writer = &writer}, baseline_tick, &info);
    size_t head = writer.size;
    if (writer.status != STATUS_OK || capacity - head < CHECK_BYTES) {
        return STATUS_FULL;
    }
    size_t body;
    uint32_t check;
    enum status status = write_body(source, &info, bytes + head, capacity - head - CHECK_BYTES, &body, &check);
    if (status != STATUS_OK) {
        return status;
    }
    for (uint32_t i = 0; i < CHECK_BYTES; i++) {
        bytes[head + body + i] = (uint8_t)(check >> (8 * i));
    }
    *out_size = head + body + CHECK_BYTES;
    return STATUS_OK;
}

static enum status read_head(uint32_t known_tick, const uint8_t *bytes, size_t size, struct snapshot_info *out_info,
                             size_t *out_head)
{
    struct bit_reader reader;
    bit_reader_init(&reader, bytes, size);
    code_head(&(struct coder){.reader = &reader}, known_tick, out_info);
    *out_head = reader.offset;
    if (reader.status == STATUS_OK && size - reader.offset < CHECK_BYTES) {
        return STATUS_TRUNCATED;
    }
    return reader.status;
}

enum status snapshot_peek(uint32_t known_tick, const uint8_t *bytes, size_t size, struct snapshot_info *out_info)
{
    size_t head;
    struct snapshot_info info = {0};
    enum status status = read_head(known_tick, bytes, size, &info, &head);
    if (status == STATUS_OK) {
        *out_info = info;
    }
    return status;
}

static enum status read_body(const struct view *baseline, const struct snapshot_info *info, const uint8_t *bytes,
                             size_t size, struct view *view, uint32_t *out_check)
{
    struct snapshot_span span = span_of(info);
    struct snapshot_coder coder;
    range_init_reader(&coder.range, bytes, size);
    snapshot_set_chances(&coder, span.age);
    view->tick = info->tick;
    view->input_sequence = 0;
    view->input_depth = 0;
    view->omitted = 0;
    code_view(&coder, baseline, view, span);
    struct hash events;
    hash_init(&events, 0);
    read_events(&coder, view, &events);
    enum status status = range_finish_reader(&coder.range);
    if (status == STATUS_OK) {
        *out_check = check_of(view, info, &events);
    }
    return status;
}

enum status snapshot_decode(const struct view *baseline, const uint8_t *bytes, size_t size, struct view *out_view,
                            struct snapshot_info *out_info)
{
    REQUIRE(baseline != out_view);
    size_t head;
    struct snapshot_info info = {0};
    enum status status = read_head(baseline ? baseline->tick : 0, bytes, size, &info, &head);
    if (status != STATUS_OK) {
        return status;
    }
    if (!info.is_keyframe && (!baseline || baseline->tick != info.baseline_tick)) {
        return STATUS_MISMATCH;
    }
    const struct view *old = info.is_keyframe ? &empty_view : baseline;
    size_t body = size - head - CHECK_BYTES;
    uint32_t expected;
    status = read_body(old, &info, bytes + head, body, out_view, &expected);
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t check = 0;
    for (uint32_t i = 0; i < CHECK_BYTES; i++) {
        check |= (uint32_t)bytes[head + body + i] << (8 * i);
    }
    if (check != expected) {
        return STATUS_MISMATCH;
    }
    info.input_sequence = out_view->input_sequence;
    info.input_depth = out_view->input_depth;
    *out_info = info;
    return STATUS_OK;
}
