/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/snapshot.h"

#include "libcommon/base/hash.h"
#include "libcommon/base/memory.h"
#include "libcommon/game/snapshot_parts.h"

#define CHECK_BITS  24
#define EVENT_BITS  4
#define PHASE_BITS  2
#define VALUE_ORDER 3

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

static uint16_t code_slot(struct coder *coder, uint16_t slot)
{
    if (!coder_flag(coder, slot != RULES_SLOT_NONE)) {
        return RULES_SLOT_NONE;
    }
    return (uint16_t)coder_golomb_max(coder, slot, SNAPSHOT_SLOT_ORDER + 1, RULES_PLAYERS_MAX - 1);
}

static void code_event(struct coder *coder, uint32_t tick, struct event *event, struct hash *hash)
{
    event->kind = (uint8_t)coder_bits_max(coder, event->kind, EVENT_BITS, EVENT_KIND_COUNT - 1);
    event->tick = tick - coder_golomb_max(coder, tick - event->tick, 0, SNAPSHOT_EVENT_TICKS_MAX);
    uint8_t parts = event_parts[event->kind];
    event->subject = parts & PART_SUBJECT ? code_slot(coder, event->subject) : RULES_SLOT_NONE;
    event->other = parts & PART_OTHER ? code_slot(coder, event->other) : RULES_SLOT_NONE;
    event->weapon = WEAPON_NONE;
    if (parts & PART_WEAPON) {
        event->weapon = (uint8_t)coder_bits_max(coder, event->weapon, SNAPSHOT_WEAPON_BITS, WEAPON_COUNT - 1);
    }
    event->value = parts & PART_VALUE ? (uint16_t)coder_golomb_max(coder, event->value, VALUE_ORDER, UINT16_MAX) : 0;
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

static void write_events(struct coder *coder, const struct snapshot_source *source, struct hash *hash)
{
    const struct view *view = source->current;
    uint32_t end = source->events ? source->events->count : 0;
    uint32_t first = source->events ? event_history_after(source->events, source->events_after) : 0;
    for (uint32_t i = first; i < end; i++) {
        struct event event = *event_history_at(source->events, i);
        if (event.tick > view->tick || view->tick - event.tick > SNAPSHOT_EVENT_TICKS_MAX || !admit(view, &event)) {
            continue;
        }
        (void)coder_flag(coder, true);
        code_event(coder, view->tick, &event, hash);
    }
    (void)coder_flag(coder, false);
}

static void read_events(struct coder *coder, struct view *view, struct hash *hash)
{
    view->event_count = 0;
    while (coder_is_sound(coder) && coder_flag(coder, false)) {
        if (view->event_count == view->limits.events) {
            bit_reader_fail(coder->reader, STATUS_TOO_LARGE);
            return;
        }
        struct event event = {0};
        code_event(coder, view->tick, &event, hash);
        view->events[view->event_count++] = event;
    }
}

/* ---- the whole ----------------------------------------------------------------------------------- */

static void code_head(struct coder *coder, struct snapshot_info *info)
{
    info->is_keyframe = coder_flag(coder, info->is_keyframe);
    info->tick = coder_bits(coder, info->tick, 32);
    uint32_t age = 0;
    if (!info->is_keyframe) {
        age = 1 + coder_golomb_max(coder, info->tick - info->baseline_tick - 1, 0, UINT16_MAX);
    }
    info->baseline_tick = info->is_keyframe ? 0 : info->tick - age;
}

static uint32_t expected_ticks_left(const struct view *baseline, uint32_t age)
{
    bool is_live = baseline->phase == WORLD_PLAY || baseline->phase == WORLD_OVERTIME;
    return is_live ? snapshot_counted_down(baseline->ticks_left, age) : baseline->ticks_left;
}

static void code_match(struct coder *coder, const struct view *baseline, struct view *view, uint32_t age)
{
    uint32_t ticks_left = expected_ticks_left(baseline, age);
    bool is_steady = view->phase == baseline->phase && view->ticks_left == ticks_left &&
                     view->viewer == baseline->viewer &&
                     memory_equal(view->team_scores, baseline->team_scores, sizeof view->team_scores);
    if (coder_flag(coder, !is_steady)) {
        view->viewer = (uint16_t)coder_bits(coder, view->viewer, 16);
        view->phase = (uint8_t)coder_bits_max(coder, view->phase, PHASE_BITS, WORLD_PHASE_COUNT - 1);
        view->ticks_left = coder_residual(coder, view->ticks_left, ticks_left, SNAPSHOT_TICKS_ORDER);
        for (uint32_t team = 0; team < RULES_TEAMS_MAX; team++) {
            view->team_scores[team] =
                coder_residual(coder, view->team_scores[team], baseline->team_scores[team], SNAPSHOT_SCORE_ORDER);
        }
    } else {
        view->viewer = baseline->viewer;
        view->phase = baseline->phase;
        view->ticks_left = ticks_left;
        memory_copy(view->team_scores, baseline->team_scores, sizeof view->team_scores);
    }
}

static void code_own(struct coder *coder, const struct view *baseline, struct view *view, uint32_t age)
{
    view->has_self = coder_flag(coder, view->has_self);
    if (!view->has_self) {
        view->self = no_actor;
        return;
    }
    view->input_sequence = coder_residual(coder, view->input_sequence, baseline->input_sequence + age, 0);
    view->input_depth =
        (uint8_t)coder_residual_max(coder, view->input_depth, baseline->input_depth, SNAPSHOT_SCORE_ORDER, UINT8_MAX);
    snapshot_code_self(coder, &baseline->self, &view->self, age);
}

/* view: a copy of the current one's struct when writing; the lists are only read then. */
static void code_view(struct coder *coder, const struct view *baseline, struct view *view, struct snapshot_span span)
{
    code_match(coder, baseline, view, span.age);
    code_own(coder, baseline, view, span.age);
    snapshot_code_lists(coder, baseline, view, span);
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

enum status snapshot_encode(const struct snapshot_source *source, uint8_t *bytes, size_t capacity, size_t *out_size)
{
    const struct view *baseline = source->baseline ? source->baseline : &empty_view;
    if (source->events && !event_history_covers(source->events, source->events_after)) {
        return STATUS_STALE;
    }
    REQUIRE(!source->baseline ||
            (source->current->tick > baseline->tick && source->current->tick - baseline->tick <= UINT16_MAX));
    struct bit_writer writer;
    bit_writer_init(&writer, bytes, capacity);
    struct coder coder = {.writer = &writer};
    struct snapshot_info info = {
        .is_keyframe = !source->baseline, .tick = source->current->tick, .baseline_tick = baseline->tick};
    code_head(&coder, &info);
    struct view current = *source->current;
    code_view(&coder, baseline, &current, span_of(&info));
    struct hash events;
    hash_init(&events, 0);
    write_events(&coder, source, &events);
    (void)coder_bits(&coder, check_of(source->current, &info, &events), CHECK_BITS);
    return bit_writer_finish(&writer, out_size);
}

enum status snapshot_peek(const uint8_t *bytes, size_t size, struct snapshot_info *out_info)
{
    struct bit_reader reader;
    bit_reader_init(&reader, bytes, size);
    struct snapshot_info info = {0};
    code_head(&(struct coder){.reader = &reader}, &info);
    if (reader.status == STATUS_OK) {
        *out_info = info;
    }
    return reader.status;
}

enum status snapshot_decode(const struct view *baseline, const uint8_t *bytes, size_t size, struct view *out_view,
                            struct snapshot_info *out_info)
{
    REQUIRE(baseline != out_view);
    struct bit_reader reader;
    bit_reader_init(&reader, bytes, size);
    struct coder coder = {.reader = &reader};
    struct snapshot_info info = {0};
    code_head(&coder, &info);
    if (reader.status == STATUS_OK && !info.is_keyframe && (!baseline || baseline->tick != info.baseline_tick)) {
        return STATUS_MISMATCH;
    }
    const struct view *old = info.is_keyframe ? &empty_view : baseline;
    out_view->tick = info.tick;
    out_view->omitted = 0;
    out_view->input_sequence = 0;
    out_view->input_depth = 0;
    if (reader.status == STATUS_OK) {
        code_view(&coder, old, out_view, span_of(&info));
    }
    struct hash events;
    hash_init(&events, 0);
    read_events(&coder, out_view, &events);
    uint32_t check = coder_bits(&coder, 0, CHECK_BITS);
    enum status status = bit_reader_finish(&reader);
    if (status != STATUS_OK) {
        return status;
    }
    if (check != check_of(out_view, &info, &events)) {
        return STATUS_MISMATCH;
    }
    info.input_sequence = out_view->input_sequence;
    info.input_depth = out_view->input_depth;
    *out_info = info;
    return STATUS_OK;
}
