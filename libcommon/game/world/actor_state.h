/* SPDX-License-Identifier: Apache-2.0 */
/*
 * actor_state.h - an actor's state, packed in one place: for the hashes of worlds and of views, and for keyframes.
 *
 * Whatever field struct actor gets, all three get it here; magazines and effects follow from the tables of rules.h.
 */
#ifndef MMA_GAME_ACTOR_STATE_H
#define MMA_GAME_ACTOR_STATE_H

#include "libcommon/base/bytes.h"
#include "libcommon/base/hash.h"
#include "libcommon/game/world/actor.h"

/* What actor_write writes: positions and velocities; aim; state, weapon, health; magazines; four counters; effects. */
#define ACTOR_STATE_BYTES (16 + 2 + 3 + (WEAPON_COUNT - 1) + 4 * 2 + 2 * POWER_UP_EFFECTS)

void actor_hash(const struct actor *actor, struct hash *hash);
void actor_write(const struct actor *actor, struct byte_writer *writer);

/* Reads as it was written and judges nothing: see actor_is_valid. */
void actor_read(struct actor *actor, struct byte_reader *reader);

#endif
