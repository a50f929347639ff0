/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"
#include "libcommon/game/snapshot/scene.h"
#include "libcommon/game/snapshot/snapshot.h"
#include "libcommon/game/snapshot/snapshot_parts.h"

#define KIND_BITS   4
#define INDICES_MAX 48

enum event_part { PART_SUBJECT = 1, PART_OTHER = 2, PART_WEAPON = 4, PART_VALUE = 8 };

_Static_assert(EVENT_KIND_COUNT <= 1 << KIND_BITS, "kinds fit their bits");

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
    return (uint16_t)snapshot_number(coder, CDF_EVENT_SLOT, slot, RULES_PLAYERS_MAX - 1);
}

static void code_event(struct snapshot_coder *coder, uint32_t tick, struct event *event)
{
    event->kind = (uint8_t)snapshot_bits(coder, event->kind, KIND_BITS, EVENT_KIND_COUNT - 1);
    event->tick = tick - snapshot_number(coder, CDF_EVENT_AGE, tick - event->tick, SNAPSHOT_EVENT_TICKS_MAX);
    uint8_t parts = parts_of[event->kind];
    event->subject = parts & PART_SUBJECT ? code_slot(coder, event->subject) : RULES_SLOT_NONE;
    event->other = parts & PART_OTHER ? code_slot(coder, event->other) : RULES_SLOT_NONE;
    event->weapon = WEAPON_NONE;
    if (parts & PART_WEAPON) {
        event->weapon = (uint8_t)snapshot_bits(coder, event->weapon, SNAPSHOT_WEAPON_BITS, WEAPON_COUNT - 1);
    }
    event->value = parts & PART_VALUE ? (uint16_t)snapshot_number(coder, CDF_EVENT_VALUE, event->value, UINT16_MAX) : 0;
}

static bool has_player(const struct view *view, uint16_t slot)
{
    return view->viewer == VIEW_ALL || slot == view->viewer || view_find_player(view, slot);
}

/* In the view or in its baseline: a player who died in between is only in the baseline. */
static bool is_visible(const struct snapshot_source *source, uint16_t slot)
{
    return slot != RULES_SLOT_NONE &&
           (has_player(source->current, slot) || (source->baseline && has_player(source->baseline, slot)));
}

/* Whether the viewer may receive the event; clears the fields of it that the viewer may not learn. */
static bool filter(const struct snapshot_source *source, struct event *event)
{
    if (event->kind == EVENT_FIRED) {
        return false; /* implied by the projectile that enters the view */
    }
    if (scene_is_broadcast(source->scene->world, event)) {
        return true;
    }
    bool is_of_viewer = event->other != RULES_SLOT_NONE && event->other == source->current->viewer;
    if (!is_visible(source, event->subject) && !(is_of_viewer && event->kind != EVENT_SCORE)) {
        return false;
    }
    if (event->kind == EVENT_HIT && !is_visible(source, event->other)) {
        event->other = RULES_SLOT_NONE;
    }
    return true;
}

static void write_event(struct snapshot_coder *coder, const struct snapshot_source *source, struct event event)
{
    uint32_t tick = source->current->tick;
    if (event.tick <= source->events_after || event.tick > tick || tick - event.tick > SNAPSHOT_EVENT_TICKS_MAX ||
        !filter(source, &event)) {
        return;
    }
    snapshot_make_room(coder);
    (void)snapshot_flag(coder, FLAG_EVENT, true);
    code_event(coder, tick, &event);
}

/* A set of events of the scene's tick, as ascending indices. */
struct event_indices {
    uint32_t count;
    uint32_t indices[INDICES_MAX];
};

static void insert_chain(struct event_indices *set, uint32_t first, const uint32_t *next)
{
    for (uint32_t index = first; index != SCENE_NONE && set->count < INDICES_MAX; index = next[index]) {
        uint32_t hole = set->count;
        while (hole > 0 && set->indices[hole - 1] > index) {
            hole--;
        }
        if (hole > 0 && set->indices[hole - 1] == index) {
            continue;
        }
        memory_move(&set->indices[hole + 1], &set->indices[hole], (set->count - hole) * sizeof index);
        set->indices[hole] = index;
        set->count++;
    }
}

static void insert_players_of(struct event_indices *set, const struct scene *scene, const struct view *view)
{
    for (uint32_t i = 0; i < view->player_count; i++) {
        insert_chain(set, scene->events[view->players[i].slot].as_subject, scene->same_subject);
    }
}

/*
 * The short cut for one tick without broadcast events: looks up the events of the players in view, as most events of a
 * big match concern players out of view. False when it does not apply, or finds too many.
 */
static bool write_events_in_view(struct snapshot_coder *coder, const struct snapshot_source *source)
{
    const struct scene *scene = source->scene;
    const struct view *view = source->current;
    if (view->viewer == VIEW_ALL || source->events_after + 1 < scene->tick || scene->has_broadcast) {
        return false;
    }
    struct event_indices set;
    set.count = 0;
    insert_chain(&set, scene->events[view->viewer].as_subject, scene->same_subject);
    insert_chain(&set, scene->events[view->viewer].as_other, scene->same_other);
    insert_players_of(&set, scene, view);
    if (source->baseline) {
        insert_players_of(&set, scene, source->baseline);
    }
    if (set.count == INDICES_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < set.count; i++) {
        write_event(coder, source, scene->world->events.items[set.indices[i]]);
    }
    return true;
}

void snapshot_write_events(struct snapshot_coder *coder, const struct snapshot_source *source)
{
    REQUIRE(!coder->is_reading && source->scene->tick == source->current->tick);
    const struct event_history *events = source->events;
    if (events && !write_events_in_view(coder, source)) {
        for (uint32_t i = event_history_after(events, source->events_after); i < events->count; i++) {
            write_event(coder, source, *event_history_at(events, i));
        }
    }
    (void)snapshot_flag(coder, FLAG_EVENT, false);
}

void snapshot_read_events(struct snapshot_coder *coder, struct view *view)
{
    REQUIRE(coder->is_reading);
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
