/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bodies.h - circles that run, push each other apart and slide along walls: what moves of a player, without the player.
 *
 * A structure of arrays, borrowed from whoever owns the circles; all have one radius. A tick is bodies_move, then
 * bodies_set_apart, which leaves the grid as the positions are. The order of the circles decides who is pushed
 * first, so keep it the same everywhere.
 */
#ifndef MMA_GAME_BODIES_H
#define MMA_GAME_BODIES_H

#include "libcommon/game/map/walls.h"
#include "libcommon/game/world/grid.h"

#include <stdbool.h>

struct bodies {
    uint32_t count;
    struct vec2 *positions;  /* [count] */
    struct vec2 *velocities; /* [count] per tick */
    struct vec2 *requested;  /* [count] the velocity that each accelerates towards; (0, 0): to stop */
    uint8_t *are_pushed;     /* [count] scratch */
    struct grid *grid;       /* its capacity is count or more */
};

/* Acceleration, friction, walls. Leaves those free of walls that were so before. Does not need the grid. */
void bodies_move(const struct bodies *bodies, int32_t radius_q16, const struct walls *walls);

/*
 * Sets overlapping ones apart, once for each pair, and evens out their velocities; a push is limited, and does
 * not happen where it would end in a wall. 2 radii must be no more than a cell of the grid.
 */
void bodies_set_apart(const struct bodies *bodies, int32_t radius_q16, const struct walls *walls);

/*
 * The pairs' part of it: one pass in the grid's order. The grid must hold the positions; afterwards its
 * places are the new positions, its cells still the old ones. are_pushed: [count] 1 for each of its items that
 * another one touched, else 0.
 */
void bodies_collide(struct grid *grid, int32_t radius_q16, struct vec2 *velocities, uint8_t *are_pushed);

#endif
