/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/memory.h"
#include "libcommon/game/snapshot/scene.h"
#include "libcommon/game/snapshot/snapshot.h"
#include "libcommon/game/snapshot/snapshot_parts.h"

#define KIND_BITS 4
#define FINDS_MAX 48

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
    if (scene_is_broadcast(source->scene->world, event)) {
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

static void write_event(struct snapshot_coder *coder, const struct snapshot_source *source, struct event event)
{
    uint32_t tick = source->current->tick;
    if (event.tick <= source->events_after || event.tick > tick || tick - event.tick > SNAPSHOT_EVENT_TICKS_MAX ||
        !admit(source, &event)) {
        return;
    }
    snapshot_make_room(coder);
    (void)snapshot_flag(coder, FLAG_EVENT, true);
    code_event(coder, tick, &event);
}

/* Of the scene's tick, as indices, ascending and each once. */
struct finds {
    uint32_t count;
    uint32_t indices[FINDS_MAX];
};

static void find(struct finds *finds, uint32_t first, const uint32_t *next)
{
    for (uint32_t index = first; index != SCENE_NONE && finds->count < FINDS_MAX; index = next[index]) {
        uint32_t hole = finds->count;
        while (hole > 0 && finds->indices[hole - 1] > index) {
            hole--;
        }
        if (hole > 0 && finds->indices[hole - 1] == index) {
            continue;
        }
        memory_move(&finds->indices[hole + 1], &finds->indices[hole], (finds->count - hole) * sizeof index);
        finds->indices[hole] = index;
        finds->count++;
    }
}

static void find_of_view(struct finds *finds, const struct scene *scene, const struct view *view)
{
    for (uint32_t i = 0; i < view->player_count; i++) {
        find(finds, scene->events[view->players[i].slot].as_subject, scene->same_subject);
    }
}

/*
 * Where nothing is for everybody and nothing older is owed: by those whom the viewer sees, for most events of a big
 * match are about others. False when there are too many to be found so.
 */
static bool write_found(struct snapshot_coder *coder, const struct snapshot_source *source)
{
    const struct scene *scene = source->scene;
    const struct view *view = source->current;
    if (view->viewer == VIEW_ALL || source->events_after + 1 < scene->tick || scene->has_news) {
        return false;
    }
    struct finds finds;
    finds.count = 0;
    find(&finds, scene->events[view->viewer].as_subject, scene->same_subject);
    find(&finds, scene->events[view->viewer].as_other, scene->same_other);
    find_of_view(&finds, scene, view);
    if (source->baseline) {
        find_of_view(&finds, scene, source->baseline);
    }
    if (finds.count == FINDS_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < finds.count; i++) {
        write_event(coder, source, scene->world->events.items[finds.indices[i]]);
    }
    return true;
}

void snapshot_write_events(struct snapshot_coder *coder, const struct snapshot_source *source)
{
    const struct event_history *events = source->events;
    if (events && !write_found(coder, source)) {
        for (uint32_t i = event_history_after(events, source->events_after); i < events->count; i++) {
            write_event(coder, source, *event_history_at(events, i));
        }
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
