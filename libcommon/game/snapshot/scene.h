/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scene.h - what all viewers of a world share at one tick: made once after each step, so that each of thousands of
 * viewers costs little more than the choice of what it sees.
 *
 * Players as they are told (quantised), how each is told to whoever knows it as of the tick before (as slices of the
 * range coder, once and not once a viewer), who and what is where, whom the latest events are about, and the score
 * board. Owner: whoever owns the world; not part of its state, and not needed to play or to re-simulate.
 */
#ifndef MMA_GAME_SCENE_H
#define MMA_GAME_SCENE_H

#include "libcommon/game/snapshot/board.h"
#include "libcommon/game/visibility/visibility.h"
#include "libcommon/game/world/grid.h"

#define SCENE_CELL_SHIFT 24 /* cells of 256 units: a screen is a few runs of them */
#define SCENE_TOLD_MAX   32 /* slices that a player takes at most */
#define SCENE_NONE       UINT32_MAX

/* How a player is told to who knows it as of the tick before. */
struct scene_told {
    uint32_t first; /* in slices */
    uint16_t count; /* 0: it was not there */
    uint16_t cost;  /* 1/16 bit */
};

/* A projectile as the grid has it. */
struct scene_projectile {
    uint32_t id;
    uint32_t tile;  /* visibility_tile of where it is; 0 without visibility */
    uint16_t owner; /* slot, or RULES_SLOT_NONE */
};

/* By its id: those who know it ask whether it still flies, and where. */
struct scene_flight {
    uint32_t id;
    uint32_t tick; /* of the scene that had it */
    struct vec2 place;
    uint32_t tile;
};

/* The newest event about a slot: indices of the world's events, or SCENE_NONE. */
struct scene_events {
    uint32_t as_subject;
    uint32_t as_other;
};

#define SCENE_AHEAD_TICKS 8 /* so much earlier than somebody can be seen, it is shown: nobody pops in */

/* Where a player is, and where it will be SCENE_AHEAD_TICKS from now if nothing but walls stops it, as tiles. */
struct scene_place {
    uint32_t now;
    uint32_t ahead;
};

#define SCENE_PAST_TICKS 256 /* so long it is remembered how everybody was; a power of two */

/* A player as the grid has it. */
struct scene_player {
    struct scene_place place; /* not set without visibility */
    uint16_t slot;
    bool is_there; /* it did not fall in this very tick */
};

struct range_interval;

struct scene {
    const struct world *world;           /* borrowed */
    const struct visibility *visibility; /* of the world's map; borrowed; NULL: walls hide nobody */
    uint32_t tick;                       /* of the world that is shown; 0: none yet */
    uint32_t alive_count;
    struct grid players;             /* the living: indices of the world's alive_slots */
    struct scene_player *living;     /* [alive_count] in the order of the grid's items */
    uint16_t *order;                 /* [capacity] every slot once: the living as there, then the others */
    struct scene_place *stands;      /* [capacity] by slot, of the living; not set without visibility */
    struct grid projectiles;         /* indices of the world's projectiles */
    struct scene_projectile *flying; /* [projectile_capacity] in the order of the grid's items */
    struct vec2 *positions;          /* [projectile_capacity] of the projectiles, as the world lists them */
    struct scene_flight *flights;    /* [flight_mask + 1] by id; some are of earlier ticks */
    uint32_t flight_mask;
    uint32_t *own_first;           /* [capacity] index of a slot's newest projectile, or SCENE_NONE */
    uint32_t *own_next;            /* [projectile_capacity] index of the same slot's next older one, or SCENE_NONE */
    struct view_player *past;      /* [SCENE_PAST_TICKS * capacity] as told of, to 3/16 unit, by tick and slot */
    struct view_player *shown;     /* [capacity] of them, this tick's: there now if its tick is the scene's */
    struct scene_told *told;       /* [capacity] by slot */
    struct range_interval *slices; /* [capacity * SCENE_TOLD_MAX] */
    uint32_t slice_count;
    uint32_t told_cost_max;      /* no player's takes more, 1/16 bit */
    struct scene_events *events; /* [capacity] of this tick, by slot */
    uint32_t *same_subject; /* [events capacity] index of the next older event of this tick with the same subject */
    uint32_t *same_other;   /* [events capacity] the same by other */
    bool has_news;          /* an event of this tick is for everybody to hear */
    struct board board;
};

/* Of a world with that setup, which must be valid. */
size_t scene_bytes(const struct world_setup *setup);

/*
 * memory: scene_bytes(the world's setup), aligned to 16. The world must outlive the scene and stay where it is. The
 * owner may set visibility at any time after it.
 */
void scene_init(struct scene *scene, const struct world *world, void *memory);

/* The world as it stands, of a later tick than before. Ticks may be left out, at the price of what is made once a tick.
 */
void scene_update(struct scene *scene);

/* Where a taken slot's player looks from; only with visibility. */
struct scene_place scene_eyes(const struct scene *scene, uint16_t slot);

/*
 * What interest_view will ask of the slot's own player is brought into the cache (known.h has the rest of it). Who goes
 * through slots by the scene's order finds what they see there already, as neighbours see the same.
 */
void scene_prefetch_player(const struct scene *scene, uint16_t slot);

/* How a slot was told of at a tick; NULL when it was not, or that is forgotten. */
static inline const struct view_player *scene_recall(const struct scene *scene, uint16_t slot, uint32_t tick)
{
    const struct view_player *then = &scene->past[(size_t)(tick % SCENE_PAST_TICKS) * scene->world->capacity + slot];
    return then->tick == tick ? then : NULL;
}

/* False when it flies no more. */
bool scene_find_projectile(const struct scene *scene, uint32_t id, struct vec2 *out_place, uint32_t *out_tile);

/* Whether everybody hears of an event, whoever and wherever they are. */
bool scene_is_broadcast(const struct world *world, const struct event *event);

#endif
