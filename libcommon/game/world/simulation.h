/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simulation.h - the parts of one world_step, in the order in which it calls them. Internal to libcommon/game.
 */
#ifndef MMA_GAME_SIMULATION_H
#define MMA_GAME_SIMULATION_H

#include "libcommon/game/world/world.h"

/* world.c: into the list of the tick that is being made. */
void world_event(struct world *world, struct event event);

/* spawn.c: counts the dead down and brings them back, nobody within another; whoever finds no room waits a tick. */
void spawn_step(struct world *world);

/* spawn.c: everybody dead, scores and shots gone; the next spawn_step brings all back at once. */
void spawn_reset(struct world *world);

/* physics.c: controls and moves the living, sets them apart, and leaves alive_* and the grid up to date. */
void physics_step(struct world *world, const struct input *inputs);

/* physics.c: alive_* and the grid from the players as they stand. */
void physics_index(struct world *world);

/* power_up.c: brings power-ups back, and gives those that lie there to who touches them. */
void power_up_step(struct world *world);

/* combat.c: shots of those who fired, then every projectile one tick on; new ones also through the ticks they missed.
 */
void combat_step(struct world *world, const struct input *inputs);

/* history.c: keeps where the living are at the end of this tick. */
void history_keep(struct world *world);

/* history.c: as history_keep for one player and an earlier tick. */
void history_put(struct world *world, uint16_t slot, uint32_t tick, struct vec2 position);

/* history.c: whether slot lives, and lived at tick, at most RULES_REWIND_MAX before the world's; where it was then. */
bool history_find(const struct world *world, uint16_t slot, uint32_t tick, struct vec2 *out_position);

/* history.c: how many ticks before this one the shots of slot begin, when input is its own. */
uint32_t history_rewind(const struct world *world, uint16_t slot, const struct input *input);

/* combat.c: a projectile's velocity is a matter of its angle and weapon alone. */
struct vec2 combat_velocity(uint8_t weapon, uint16_t angle);

#endif
