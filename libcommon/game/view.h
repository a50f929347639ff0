/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view.h - what one viewer may know of a world at one tick; what snapshots carry and clients draw.
 *
 * The own player is exact, others are quantised, those out of interest are absent. Lists ascend by
 * slot, projectiles in the order of view_projectile_compare. A view lives in the caller's memory, sized by its limits;
 * where more is in sight than fits, the nearest stay and the rest is counted in omitted. Never copy a view by
 * assignment.
 */
#ifndef MMA_GAME_VIEW_H
#define MMA_GAME_VIEW_H

#include "libcommon/game/world.h"

#define VIEW_ALL 65535 /* as the viewer: a spectator who sees everything and has no own player */

#define VIEW_POSITION_SHIFT 14 /* positions count 1/4 unit: q16 >> 14 */
#define VIEW_VELOCITY_SHIFT 12 /* velocities count 1/16 unit per tick: q16 >> 12 */
#define VIEW_AIM_SHIFT      9  /* aims count 1/128 turn: drawn at its middle, the muzzle is within 2/3 unit */

#define VIEW_PLAYERS_MAX     4000
#define VIEW_PROJECTILES_MAX 65535
#define VIEW_EVENTS_MAX      65535

struct view_player {
    uint16_t slot;
    uint8_t team;
    uint8_t weapon;
    uint8_t health;
    uint8_t flags; /* enum view_flag */
    uint16_t aim;  /* 0..1023 */
    int32_t x;     /* 1/8 unit */
    int32_t y;
    int16_t velocity_x; /* 1/32 unit per tick */
    int16_t velocity_y;
};

enum view_flag {
    VIEW_PROTECTED = 1,
    VIEW_RELOADING = 2,
    VIEW_SPEED = 4, /* this and the following: a power-up is at work */
    VIEW_DAMAGE = 8,
    VIEW_SHIELD = 16,
    VIEW_RAPID_FIRE = 32,
    VIEW_FLAGS = 63
};

/*
 * Never changes while it flies, so it is known by what it is: an id would count the shots that a viewer does not see.
 * position = origin + its weapon's speed along angle * (tick - spawn_tick + 1).
 */
struct view_projectile {
    uint32_t spawn_tick;
    int32_t x; /* of the origin, 1/8 unit */
    int32_t y;
    uint16_t angle;
    uint8_t weapon;
    bool is_own;
};

/* One that lies there to be taken; what and where is the map's. */
struct view_power_up {
    uint16_t index;
};

/* One row for every player of the match, seen or not; in a big world (sight.h) for the best and the viewer. */
struct view_score {
    uint64_t id;
    uint16_t slot;
    uint8_t team;
    uint16_t kills;
    uint16_t deaths;
    uint16_t assists;
};

struct view_limits {
    uint32_t players;
    uint32_t projectiles;
    uint32_t scores;
    uint32_t power_ups;
    uint32_t events; /* newest events a decoded snapshot may bring */
};

struct view {
    struct view_limits limits;
    uint32_t tick;
    uint16_t viewer; /* slot, or VIEW_ALL */
    uint8_t phase;   /* enum world_phase */
    uint32_t ticks_left;
    uint32_t team_scores[RULES_TEAMS_MAX];
    uint32_t input_sequence; /* the viewer's last input that the simulation used; set by who encodes, else 0 */
    uint8_t input_depth;     /* of input_clock.h; as input_sequence */
    bool has_self;
    struct actor self;     /* exact; all zero without has_self */
    uint32_t player_count; /* others only, alive only */
    uint32_t projectile_count;
    uint32_t score_count;
    uint32_t power_up_count;
    uint32_t omitted; /* did not fit the limits; never travels */
    struct view_player *players;
    struct view_projectile *projectiles;
    struct view_score *scores;
    struct view_power_up *power_ups;

    /* Filled by snapshot_decode only: what happened since the baseline, oldest first. */
    uint32_t event_count;
    struct event *events;
};

/* Enough for everything in a world of that capacity. */
struct view_limits view_limits_for(uint16_t capacity);
size_t view_bytes(const struct view_limits *limits);

/* An empty view at tick 0. memory: view_bytes(limits), aligned to 16, borrowed for the view's life. */
void view_init(struct view *view, const struct view_limits *limits, void *memory);

/* viewer: a taken slot, or VIEW_ALL. A free slot sees nothing but the scores. */
void view_build(struct view *out_view, const struct world *world, uint16_t viewer);

/* Copies all but the limits. STATUS_TOO_LARGE when it does not fit into to's. */
MUST_USE enum status view_copy(struct view *to, const struct view *from);

/* Covers all that travels, events apart. */
uint64_t view_hash(const struct view *view);

/* NULL when that slot is not in sight. */
const struct view_player *view_find_player(const struct view *view, uint16_t slot);

/* The order of a view's projectiles: below 0 when a comes first, 0 when they are equal. */
int32_t view_projectile_compare(const struct view_projectile *a, const struct view_projectile *b);

/* Where a projectile is at a tick, Q16. */
struct vec2 view_projectile_position(const struct view_projectile *projectile, uint32_t tick);

#endif
