/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scene.h - what all viewers of a world share at one tick, built once after each step, so that the cost of each of
 * thousands of viewers is little more than the choice of what it sees.
 *
 * It has the players as they are sent (quantised), each one's delta against the tick before, encoded once for all
 * viewers (as intervals of the range coder), spatial indices, the latest events by the players they concern, and the
 * score board. Owner: the world's owner. It is no part of the world's state, and re-simulation does not need it.
 */
#ifndef MMA_GAME_SCENE_H
#define MMA_GAME_SCENE_H

#include "libcommon/game/snapshot/board.h"
#include "libcommon/game/visibility/visibility.h"
#include "libcommon/game/world/grid.h"

#define SCENE_CELL_SHIFT          24 /* cells of 256 units: a viewport is a few runs of them */
#define SCENE_DELTA_INTERVALS_MAX 32 /* a player's delta has no more intervals */
#define SCENE_NONE                UINT32_MAX

/* A player's pre-encoded delta against the tick before. */
struct scene_player_delta {
    uint32_t first; /* index in the scene's intervals */
    uint16_t count; /* 0: there is none, as the player was not alive then */
    uint16_t cost;  /* 1/16 bit */
};

/* A projectile, in the order of the grid's items. */
struct scene_projectile {
    uint32_t id;
    uint32_t tile;  /* visibility_tile of where it is; 0 without visibility */
    uint16_t owner; /* slot, or RULES_SLOT_NONE */
};

/* An entry of the look-up by id: whether a projectile of a baseline still flies, and where. */
struct scene_projectile_entry {
    uint32_t id;
    uint32_t tick; /* of the scene that wrote the entry */
    struct vec2 place;
    uint32_t tile;
};

/* The newest events that concern a slot: indices of the world's events, or SCENE_NONE. */
struct scene_events {
    uint32_t as_subject;
    uint32_t as_other;
};

#define SCENE_AHEAD_TICKS 8 /* players are sent this long before they can be seen: nobody pops in */

/* The visibility tiles of a player's position now, and in SCENE_AHEAD_TICKS if nothing but walls stops it. */
struct scene_tiles {
    uint32_t now;
    uint32_t ahead;
};

#define SCENE_PAST_TICKS 256 /* length of the history of player states; a power of two */

/* A player, in the order of the grid's items. */
struct scene_player {
    struct scene_tiles tiles; /* not set without visibility */
    uint16_t slot;
    bool is_there; /* false: died in this very tick */
};

struct range_interval;

struct scene {
    const struct world *world;           /* borrowed */
    const struct visibility *visibility; /* of the world's map; borrowed; NULL: walls hide nobody */
    uint32_t tick;                       /* of the world at the latest update; 0: none yet */
    uint32_t alive_count;
    struct grid players;             /* the living: indices of the world's alive_slots */
    struct scene_player *alive;      /* [alive_count] in the order of the grid's items */
    uint16_t *order;                 /* [capacity] every slot once: the living in the grid's order, then the others */
    struct scene_tiles *tiles;       /* [capacity] by slot, of the living; not set without visibility */
    struct grid projectiles;         /* indices of the world's projectiles */
    struct scene_projectile *flying; /* [projectile_capacity] in the order of the grid's items */
    struct vec2 *positions;          /* [projectile_capacity] of the projectiles, in the world's order */
    struct scene_projectile_entry *flights; /* [flight_mask + 1] by id; stale ones have an earlier tick */
    uint32_t flight_mask;
    uint32_t *own_first;         /* [capacity] index of a slot's newest projectile, or SCENE_NONE */
    uint32_t *own_next;          /* [projectile_capacity] index of the same slot's next older one, or SCENE_NONE */
    struct view_player *past;    /* [SCENE_PAST_TICKS * capacity] quantised states by tick and slot */
    struct view_player *current; /* [capacity] this tick's row of past; alive now if its tick is the scene's */
    struct scene_player_delta *player_deltas; /* [capacity] by slot */
    struct range_interval *intervals;         /* [capacity * SCENE_DELTA_INTERVALS_MAX] */
    uint32_t interval_count;
    uint32_t delta_cost_max;     /* of the most expensive player_delta, 1/16 bit */
    struct scene_events *events; /* [capacity] of this tick, by slot */
    uint32_t *same_subject; /* [events capacity] index of the next older event of this tick with the same subject */
    uint32_t *same_other;   /* [events capacity] the same by other */
    bool has_broadcast;     /* some event of this tick goes to everybody */
    struct board board;
};

/* For a world with that setup, which must be valid. */
size_t scene_bytes(const struct world_setup *setup);

/*
 * memory: scene_bytes(the world's setup), aligned to 16. The world must outlive the scene and stay where it is. The
 * owner may set visibility at any time after it.
 */
void scene_init(struct scene *scene, const struct world *world, void *memory);

/*
 * Takes over the world's state, of a later tick than before. Ticks may be skipped; then there are no player deltas, and
 * each viewer's are encoded for it alone.
 */
void scene_update(struct scene *scene);

/* The tiles that a taken slot's player looks from; only with visibility. */
struct scene_tiles scene_eye_tiles(const struct scene *scene, uint16_t slot);

/*
 * Prefetches what interest_view reads of the slot's own player (baseline.h has the rest). A caller that goes through
 * the slots in the scene's order finds most of what they see in the cache, as neighbours see the same.
 */
void scene_prefetch_player(const struct scene *scene, uint16_t slot);

/* The state of a slot's player at a tick; NULL when it was not alive then, or the history is too short. */
static inline const struct view_player *scene_past_player(const struct scene *scene, uint16_t slot, uint32_t tick)
{
    const struct view_player *player = &scene->past[(size_t)(tick % SCENE_PAST_TICKS) * scene->world->capacity + slot];
    return player->tick == tick ? player : NULL;
}

/* False when it no longer flies. */
bool scene_find_projectile(const struct scene *scene, uint32_t id, struct vec2 *out_place, uint32_t *out_tile);

/* Whether the event goes to every viewer. */
bool scene_is_broadcast(const struct world *world, const struct event *event);

#endif
