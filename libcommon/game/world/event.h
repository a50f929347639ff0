/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event.h - what happened in a tick, and the history of it that snapshots draw from.
 *
 * A world lists the events of one tick in a bounded list. Whoever sends them to clients
 * (the engine) keeps an event_history, adds each tick's list, and hands it to snapshot_encode.
 */
#ifndef MMA_GAME_EVENT_H
#define MMA_GAME_EVENT_H

#include "libcommon/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum event_kind {
    EVENT_JOINED,  /* subject came in; value: team */
    EVENT_LEFT,    /* subject went */
    EVENT_PHASE,   /* value: enum world_phase that began */
    EVENT_FIRED,   /* subject fired weapon */
    EVENT_HIT,     /* subject lost value of health to other's weapon */
    EVENT_DEATH,   /* subject was killed by other's weapon */
    EVENT_RESPAWN, /* subject is alive again */
    EVENT_SCORE,   /* subject's side now has value; other: its team, or RULES_SLOT_NONE */
    EVENT_PICK_UP, /* subject took a power-up; value: enum power_up */
    EVENT_KIND_COUNT
};

struct event {
    uint32_t tick;
    uint8_t kind;
    uint8_t weapon;   /* WEAPON_NONE where the kind has none */
    uint16_t subject; /* slot, or RULES_SLOT_NONE */
    uint16_t other;   /* slot, or RULES_SLOT_NONE: nobody, gone, or not visible to this viewer */
    uint16_t value;
};

struct event_list {
    struct event *items; /* borrowed */
    uint32_t capacity;
    uint32_t count;
    uint32_t dropped; /* did not fit; a world sizes its list so that this stays 0 */
};

void event_list_add(struct event_list *list, const struct event *event);

/* The newest events of many ticks, in order; the oldest give way. */
struct event_history {
    struct event *items; /* borrowed */
    uint32_t capacity;
    uint32_t first; /* index of the oldest */
    uint32_t count;
    uint32_t lost_tick; /* some event of this tick or before it is gone; 0: none is */
};

size_t event_history_bytes(uint32_t capacity);

/* memory: event_history_bytes(capacity), aligned to 16. */
void event_history_init(struct event_history *history, void *memory, uint32_t capacity);

/* Adds all but EVENT_FIRED, which is not sent: clients see the projectile. */
void event_history_add(struct event_history *history, const struct event_list *list);

/* Index 0 is the oldest kept; index < history->count. */
const struct event *event_history_at(const struct event_history *history, uint32_t index);

/* Index of the first event newer than tick; history->count when there is none. */
uint32_t event_history_after(const struct event_history *history, uint32_t tick);

/* Every event newer than tick is still here. */
bool event_history_covers(const struct event_history *history, uint32_t tick);

#endif
