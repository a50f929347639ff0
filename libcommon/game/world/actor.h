/* SPDX-License-Identifier: Apache-2.0 */
/*
 * actor.h - all of one player that its own input moves: what a client predicts and a server proves.
 *
 * The same step runs in the world and in the predictor, with the same bits. What others do to an
 * actor (collisions, hits, respawn) is the world's.
 */
#ifndef MMA_GAME_ACTOR_H
#define MMA_GAME_ACTOR_H

#include "libcommon/game/map/walls.h"
#include "libcommon/game/rules/rules.h"
#include "libcommon/game/world/input.h"

enum actor_state {
    ACTOR_DEAD, /* waits for its respawn; stays where it fell */
    ACTOR_ALIVE,
    ACTOR_STATE_COUNT
};

struct actor {
    struct vec2 position;
    struct vec2 velocity; /* per tick */
    uint16_t aim;
    uint8_t state;
    uint8_t weapon; /* in hand: always a real one */
    uint8_t health; /* 0 when dead, else 1..100 */
    uint8_t ammunition[WEAPON_COUNT];
    uint16_t cooldown_ticks;                 /* until the weapon can fire again */
    uint16_t reload_ticks;                   /* until the reload in progress is done; 0: none is */
    uint16_t protection_ticks;               /* no damage while above 0; firing ends it */
    uint16_t respawn_ticks;                  /* while dead */
    uint16_t effect_ticks[POWER_UP_EFFECTS]; /* of enum power_up; 0: none is at work */
};

static inline bool actor_has(const struct actor *actor, enum power_up effect)
{
    return actor->effect_ticks[effect] > 0;
}

/* A living, protected actor at position with full magazines and the rifle. */
void actor_spawn(struct actor *actor, struct vec2 position);

/* Aim, weapon, reload, cooldowns. Answers whether the weapon fires in this tick. Only for the living. */
bool actor_control(struct actor *actor, const struct input *input);

/* The velocity that the input's buttons request. */
struct vec2 actor_requested_velocity(const struct actor *actor, const struct input *input);

/* Acceleration, friction, walls. Only for the living. Leaves the actor free of walls if it was so before. */
void actor_move(struct actor *actor, const struct input *input, const struct walls *walls);

/* Every field within its range, position inside a world of that size. For bytes from outside. */
bool actor_is_valid(const struct actor *actor, const struct map *map);

#endif
