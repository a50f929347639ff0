/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.h - one match: the authoritative, deterministic simulation.
 *
 * The same setup, joins, leaves and inputs give the same bits under every compiler and machine. A
 * world lives in the caller's memory, allocates nothing, and reads no clock. One tick is: any
 * world_leave, any world_join, one world_step. Slots 0..capacity-1 are the players' names in here.
 */
#ifndef MMA_GAME_WORLD_H
#define MMA_GAME_WORLD_H

#include "libcommon/base/bytes.h"
#include "libcommon/base/random.h"
#include "libcommon/game/rules/mode.h"
#include "libcommon/game/world/actor.h"
#include "libcommon/game/world/bodies.h"
#include "libcommon/game/world/event.h"
#include "libcommon/game/world/grid.h"

struct world_setup {
    uint64_t seed;
    const struct mode *mode;   /* from mode_find; borrowed for the world's life */
    const struct map *map;     /* NULL: the mode's own; else from map_find */
    uint32_t time_limit_ticks; /* 0: the mode's own */
    uint32_t score_limit;      /* 0: the mode's own */
    uint16_t capacity;         /* slots; 0: the mode's players_max */
    const struct walls *walls; /* NULL: the world indexes its own; else the map's, borrowed for the world's life */
};

enum world_phase {
    WORLD_WARMUP, /* moving and firing without damage until enough players are there and the countdown is over */
    WORLD_PLAY,
    WORLD_OVERTIME, /* the best were equal when play ended: the next lead wins */
    WORLD_OVER,     /* nothing moves any more */
    WORLD_PHASE_COUNT
};

struct world_damager {
    uint32_t tick; /* of its latest hit; 0: none */
    uint16_t slot;
};

#define WORLD_DAMAGERS_MAX 2 /* the latest two who hurt a player: killer and assistant */

struct world_player {
    uint64_t id; /* the caller's name for the player; 0: the slot is free */
    struct actor actor;
    uint8_t team; /* RULES_TEAM_NONE without teams */
    uint16_t kills;
    uint16_t deaths;
    uint16_t assists;
    uint32_t life_tick; /* of its latest spawn: no shot is judged by where it was before */
    struct world_damager damagers[WORLD_DAMAGERS_MAX]; /* latest first */
};

struct world_projectile {
    uint32_t id; /* counts up; the list is in its order */
    uint32_t spawn_tick;
    struct vec2 origin;
    struct vec2 velocity; /* per tick; position = origin + velocity * age */
    uint16_t angle;
    uint16_t owner; /* slot, or RULES_SLOT_NONE once that player left */
    uint8_t team;
    uint8_t weapon;
    uint8_t age_ticks;
    bool is_strong; /* fired with the damage power-up */
};

static inline struct vec2 world_projectile_position(const struct world_projectile *projectile)
{
    return (struct vec2){projectile->origin.x + projectile->velocity.x * projectile->age_ticks,
                         projectile->origin.y + projectile->velocity.y * projectile->age_ticks};
}

struct world {
    const struct mode *mode;
    const struct map *map;
    uint64_t seed;
    uint32_t time_limit_ticks;
    uint32_t score_limit;
    uint16_t capacity;

    /* The state: what a keyframe holds and a hash covers. */
    uint32_t tick;        /* steps done */
    uint8_t phase;        /* enum world_phase */
    uint32_t phase_ticks; /* done in this phase; the warm-up counts only while enough players are there */
    uint32_t team_scores[RULES_TEAMS_MAX];
    struct random random;
    uint32_t projectile_next_id;
    uint32_t projectile_count;
    struct world_player *players;         /* [capacity] */
    struct world_projectile *projectiles; /* [projectile_capacity] */
    struct vec2 *past;                    /* [RULES_REWIND_MAX][capacity] where the living were: history.c */
    uint16_t *power_up_ticks;             /* [map->power_up_count] until it lies there; 0: it does */

    /* Derived, or of this tick only. */
    uint16_t player_count;
    uint32_t projectile_capacity;
    uint32_t shots_dropped;   /* the projectile table was full */
    struct event_list events; /* of the latest tick, joins and leaves before it included */
    bool events_are_done;     /* the list belongs to a finished step: the next event begins a new one */
    struct walls walls;       /* its own, or what the setup lent */
    struct grid grid;         /* of the living, as given in alive_* */
    uint32_t alive_count;
    uint16_t *alive_slots;         /* [capacity] ascending */
    struct vec2 *alive_positions;  /* [capacity] */
    struct vec2 *alive_velocities; /* [capacity] */
    struct vec2 *alive_requested;  /* [capacity], as bodies.h has it */
    uint8_t *are_pushed;           /* [capacity] */
    uint8_t *fired;                /* [capacity] */
};

/* Known mode and map, capacity and limits within the rules. */
bool world_setup_is_valid(const struct world_setup *setup);

/* Memory that world_init needs; 0 when the setup is not valid. */
size_t world_memory_bytes(const struct world_setup *setup);

/*
 * An empty world in its warm-up. memory is borrowed for the world's life and aligned to 16; the world
 * must not be copied. STATUS_INVALID for a bad setup, STATUS_NO_MEMORY when size is too small.
 */
MUST_USE enum status world_init(struct world *world, const struct world_setup *setup, void *memory, size_t size);

/*
 * Puts player id (not 0) into a free slot; it spawns in the next step. team: 0..team_count-1, or
 * RULES_TEAM_NONE without teams. STATUS_INVALID for slot, team or id, STATUS_EXISTS when the slot is taken.
 */
MUST_USE enum status world_join(struct world *world, uint16_t slot, uint8_t team, uint64_t id);

/* Frees the slot; its shots fly on. STATUS_NOT_FOUND when it is free. */
MUST_USE enum status world_leave(struct world *world, uint16_t slot);

/* The team with fewest players (lowest first), or RULES_TEAM_NONE in a mode without teams. */
uint8_t world_smallest_team(const struct world *world);

/* The setup's map and number of slots, its mode's own where it names none. The setup must be valid. */
const struct map *world_setup_map(const struct world_setup *setup);
uint16_t world_setup_capacity(const struct world_setup *setup);

/* Room for projectiles in a world of that capacity. */
static inline uint32_t world_projectiles_max(uint16_t capacity)
{
    return (uint32_t)capacity * RULES_PROJECTILES_PER_PLAYER;
}

/* One tick. inputs: [capacity], chosen by the caller for each slot and valid; those of free slots are not read. */
void world_step(struct world *world, const struct input *inputs);

/* The two halves of world_step, for who wants to know which of them takes how long; with the same inputs. */
void world_step_movement(struct world *world, const struct input *inputs);
void world_step_combat(struct world *world, const struct input *inputs);

static inline bool world_is_over(const struct world *world)
{
    return world->phase == WORLD_OVER;
}

/* Kills count. */
static inline bool world_is_live(const struct world *world)
{
    return world->phase == WORLD_PLAY || world->phase == WORLD_OVERTIME;
}

static inline bool world_has(const struct world *world, uint32_t slot)
{
    return slot < world->capacity && world->players[slot].id != 0;
}

/* Overtime is never longer than the play before it. */
static inline uint32_t world_overtime_ticks(const struct world *world)
{
    uint32_t most = world->mode->overtime_ticks;
    return most < world->time_limit_ticks ? most : world->time_limit_ticks;
}

/* Ticks of play, or of overtime, that are left at most; the whole limit before play began. */
uint32_t world_ticks_left(const struct world *world);

struct world_result {
    bool is_draw;
    uint16_t winner; /* team, or slot in a mode without teams; RULES_SLOT_NONE for a draw */
    uint32_t score;  /* the winner's */
};

/* The best side that still has somebody, as of now: what ends play. Who won is match_decision.h. */
void world_result(const struct world *world, struct world_result *out_result);

/* A player's place: 1 + the number of players (sides, with teams) with a higher score. */
uint16_t world_rank(const struct world *world, uint16_t slot);

/* Covers the whole state. */
uint64_t world_hash(const struct world *world);

/* Bytes that world_write needs at most for a world of that capacity. */
size_t world_keyframe_bytes_max(uint16_t capacity);

/* The whole state, exactly; errors stick to the writer. */
void world_write(const struct world *world, struct byte_writer *writer);

/*
 * Replaces the state of a world that was initialised with the same setup by one that world_write
 * wrote: its hash and its future are the same. Errors stick to the reader; after one the world is empty.
 */
void world_read(struct world *world, struct byte_reader *reader);

#endif
