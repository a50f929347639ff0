/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/scene.h"
#include "libcommon/game/snapshot.h"
#include "libcommon/game/snapshot_parts.h"

#define KIND_BITS 4

enum event_part { PART_SUBJECT = 1, PART_OTHER = 2, PART_WEAPON = 4, PART_VALUE = 8 };

static const uint8_t parts_of[EVENT_KIND_COUNT] = {
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

static void code_event(struct snapshot_coder *coder, uint32_t tick, struct event *event)
{
    event->kind = (uint8_t)snapshot_bits(coder, event->kind, KIND_BITS, EVENT_KIND_COUNT - 1);
    event->tick = tick - snapshot_number(coder, ROW_EVENT_AGE, tick - event->tick, SNAPSHOT_EVENT_TICKS_MAX);
    uint8_t parts = parts_of[event->kind];
    event->subject = parts & PART_SUBJECT ? code_slot(coder, event->subject) : RULES_SLOT_NONE;
    event->other = parts & PART_OTHER ? code_slot(coder, event->other) : RULES_SLOT_NONE;
    event->weapon = WEAPON_NONE;
    if (parts & PART_WEAPON) {
        event->weapon = (uint8_t)snapshot_bits(coder, event->weapon, SNAPSHOT_WEAPON_BITS, WEAPON_COUNT - 1);
    }
    event->value = parts & PART_VALUE ? (uint16_t)snapshot_number(coder, ROW_EVENT_VALUE, event->value, UINT16_MAX) : 0;
}

/* Of the slots of two views: a bit for each, shared by those that are the same modulo 64. */
static uint64_t marks_of(const struct view *view)
{
    uint64_t marks = 0;
    for (uint32_t i = 0; view && i < view->player_count; i++) {
        marks |= 1ull << (view->players[i].slot % 64);
    }
    return marks;
}

static bool shows(const struct view *view, uint16_t slot)
{
    return view->viewer == VIEW_ALL || slot == view->viewer || view_find_player(view, slot);
}

/* Now, or when the baseline was: who fell is in sight no more. */
static bool is_in_sight(const struct snapshot_source *source, uint16_t slot)
{
    return slot != RULES_SLOT_NONE &&
           (shows(source->current, slot) || (source->baseline && shows(source->baseline, slot)));
}

/* Answers whether this viewer may hear of it, and takes away what it may not know. */
static bool admit(const struct snapshot_source *source, struct event *event)
{
    if (event->kind == EVENT_FIRED) {
        return false; /* the projectile that enters says it */
    }
    if (scene_is_news(source->scene->world, event)) {
        return true;
    }
    bool is_of_viewer = event->other != RULES_SLOT_NONE && event->other == source->current->viewer;
    if (!is_in_sight(source, event->subject) && !(is_of_viewer && event->kind != EVENT_SCORE)) {
        return false;
    }
    if (event->kind == EVENT_HIT && !is_in_sight(source, event->other)) {
        event->other = RULES_SLOT_NONE;
    }
    return true;
}

static bool is_about_some(const struct scene *scene, const struct view *view)
{
    for (uint32_t i = 0; i < view->player_count; i++) {
        if (scene->has_events[view->players[i].slot]) {
            return true;
        }
    }
    return false;
}

/* What is newer than the viewer knows is all of the scene's own tick, and about nobody of whom this viewer hears. */
static bool is_quiet(const struct snapshot_source *source)
{
    const struct scene *scene = source->scene;
    const struct view *view = source->current;
    bool is_all = view->viewer == VIEW_ALL || source->events_after + 1 < scene->tick || scene->has_news;
    return !is_all && !scene->has_events[view->viewer] && !is_about_some(scene, view) &&
           !(source->baseline && is_about_some(scene, source->baseline));
}

/* Most events of a big match are about others than those whom the viewer knows of: seen without a search. */
static bool may_concern(const struct view *view, const struct event *event, uint64_t marks)
{
    return view->viewer == VIEW_ALL || event->subject == view->viewer || event->other == view->viewer ||
           event->subject == RULES_SLOT_NONE || (marks >> (event->subject % 64) & 1);
}

void snapshot_write_events(struct snapshot_coder *coder, const struct snapshot_source *source)
{
    const struct event_history *events = source->events;
    const struct scene *scene = source->scene;
    uint32_t tick = source->current->tick;
    bool is_none = !events || is_quiet(source);
    uint32_t end = is_none ? 0 : events->count;
    uint64_t marks = scene->world->capacity <= VIEW_SCORES_ALL || is_none
                         ? UINT64_MAX
                         : marks_of(source->current) | marks_of(source->baseline);
    for (uint32_t i = is_none ? 0 : event_history_after(events, source->events_after); i < end; i++) {
        struct event event = *event_history_at(events, i);
        if (!may_concern(source->current, &event, marks) || event.tick > tick ||
            tick - event.tick > SNAPSHOT_EVENT_TICKS_MAX || !admit(source, &event)) {
            continue;
        }
        snapshot_make_room(coder);
        (void)snapshot_flag(coder, FLAG_EVENT, true);
        code_event(coder, tick, &event);
    }
    (void)snapshot_flag(coder, FLAG_EVENT, false);
}

void snapshot_read_events(struct snapshot_coder *coder, struct view *view)
{
    view->event_count = 0;
    while (snapshot_is_sound(coder) && snapshot_flag(coder, FLAG_EVENT, false)) {
        if (view->event_count == view->limits.events) {
            snapshot_fail(coder, STATUS_TOO_LARGE);
            return;
        }
        struct event event = {0};
        code_event(coder, view->tick, &event);
        view->events[view->event_count++] = event;
    }
}
