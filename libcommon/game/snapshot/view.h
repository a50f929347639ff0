/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view.h - one viewer's part of a world at one tick: what snapshots carry and clients draw.
 *
 * The own player is exact, other players are quantised, and those outside the area of interest are absent. The state of
 * another player may be a few ticks old where its update was deferred for want of bandwidth. A view lives in the
 * caller's memory, sized by its limits; where more is visible than fits, the nearest are kept and the rest is counted
 * in omitted. Never copy a view by assignment.
 */
#ifndef MMA_GAME_VIEW_H
#define MMA_GAME_VIEW_H

#include "libcommon/game/world/world.h"

#define VIEW_ALL 65535 /* as the viewer: a spectator who sees everything and has no own player */

#define VIEW_POSITION_SHIFT 12 /* positions count 1/16 unit: q16 >> 12, to 3/16 unit */
#define VIEW_VELOCITY_SHIFT 12 /* velocities count 1/16 unit per tick */
#define VIEW_ORIGIN_SHIFT   14 /* origins of projectiles count 1/4 unit */
#define VIEW_AIM_SHIFT      9  /* aims count 1/128 of a circle: drawn at its middle, the muzzle is within 2/3 unit */

#define VIEW_PLAYERS_MAX     4000
#define VIEW_PROJECTILES_MAX 65535
#define VIEW_EVENTS_MAX      65535
#define VIEW_SCORES_ALL      64 /* in a match of more seats, a view has scores of the best and of the viewer only */

struct view_player {
    int32_t x; /* 1/16 unit */
    int32_t y;
    uint32_t tick; /* of this state */
    uint16_t slot;
    int16_t velocity_x; /* 1/16 unit per tick */
    int16_t velocity_y;
    uint16_t aim;                  /* 1/128 of a circle */
    uint16_t accumulated_priority; /* since its latest update; not sent */
    uint8_t team;
    uint8_t weapon;
    uint8_t health;
    uint8_t flags; /* enum view_flag */
};

enum view_flag {
    VIEW_PROTECTED = 1,
    VIEW_RELOADING = 2,
    VIEW_SPEED = 4, /* this and the following: an active power-up */
    VIEW_DAMAGE = 8,
    VIEW_SHIELD = 16,
    VIEW_RAPID_FIRE = 32,
    VIEW_FLAGS = 63
};

/*
 * At tick t it is at x, y plus t - start_tick + 1 steps of its weapon's speed along angle. x, y is where it was fired
 * if the shooter is the viewer or in the view; otherwise where it became visible, which gives the shooter's position
 * away to nobody. Projectiles are listed in the order in which they entered the view, and never change.
 */
struct view_projectile {
    uint32_t id; /* the world's; not sent: it would count the shots that a viewer does not see */
    uint32_t start_tick;
    int32_t x; /* 1/4 unit */
    int32_t y;
    uint16_t angle;
    uint8_t weapon;
    bool is_own;
};

/* One that is there to be taken; its kind and position are the map's. */
struct view_power_up {
    uint16_t index;
};

/* One row for every player of the match, visible or not; beyond VIEW_SCORES_ALL seats for the best and the viewer. */
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
    uint32_t scores; /* 0: a server's view, whose scores are in the scene */
    uint32_t power_ups;
    uint32_t events; /* newest events a decoded snapshot may bring */
};

struct view {
    struct view_limits limits;
    uint32_t tick;
    uint64_t chain;      /* hash of the snapshots from the last keyframe on; not sent whole (snapshot.h) */
    uint32_t board_tick; /* as of which the scores are; not sent */
    uint16_t viewer;     /* slot, or VIEW_ALL */
    uint8_t team;        /* the viewer's, or RULES_TEAM_NONE */
    uint8_t phase;       /* enum world_phase */
    uint32_t ticks_left;
    uint32_t team_scores[RULES_TEAMS_MAX];
    uint32_t input_sequence; /* the viewer's last input that the simulation used; set by the encoder, else 0 */
    uint8_t input_depth;     /* of input_clock.h; as input_sequence */
    bool has_self;
    struct actor self;     /* exact; all zero without has_self */
    uint32_t player_count; /* others only, alive only */
    uint32_t projectile_count;
    uint32_t score_count;
    uint32_t power_up_count;
    uint32_t omitted; /* did not fit the limits; not sent */
    struct view_player *players;
    struct view_projectile *projectiles;
    struct view_score *scores;
    struct view_power_up *power_ups;

    /* Filled by snapshot_decode only: events since the baseline, oldest first. */
    uint32_t event_count;
    struct event *events;
};

/* Enough for everything in a world of that capacity: for clients. */
struct view_limits view_limits_for(uint16_t capacity);

/* For the baselines that a server stores per client: no more than a screen full. */
struct view_limits view_limits_baseline(uint16_t capacity);
size_t view_bytes(const struct view_limits *limits);

/* An empty view at tick 0. memory: view_bytes(limits), aligned to 16, borrowed for the view's life. */
void view_init(struct view *view, const struct view_limits *limits, void *memory);

/* As after view_init. */
void view_clear(struct view *view);

/* Copies all but the limits. STATUS_TOO_LARGE when it does not fit into to's. */
MUST_USE enum status view_copy(struct view *to, const struct view *from);

/* Covers everything that is sent but events. */
uint64_t view_hash(const struct view *view);

/* NULL when that slot is not in the view. */
const struct view_player *view_find_player(const struct view *view, uint16_t slot);

/* Position of a projectile at a tick, Q16. */
struct vec2 view_projectile_position(const struct view_projectile *projectile, uint32_t tick);

#endif
