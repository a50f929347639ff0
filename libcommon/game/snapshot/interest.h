/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interest.h - what a viewer is told of a scene: what its screen shows and no wall hides, under a budget.
 *
 * Interest is a window around the own player. Where more is in it than the budget allows to tell in one
 * snapshot, players gather priority by their nearness for each tick that they are not told, and those
 * who have gathered most come first, or, about every other time, those who are new; so what is known of anybody is
 * never older than its share of the budget.
 */
#ifndef MMA_GAME_INTEREST_H
#define MMA_GAME_INTEREST_H

#include "libcommon/game/snapshot/scene.h"

#define INTEREST_UNBOUNDED  UINT32_MAX
#define INTEREST_HELD_TICKS 200 /* who was not told of for longer leaves, and comes anew */
#define INTEREST_SHARED_MAX 128 /* players among whom a budget is shared; a view for more than these is without one */

/*
 * viewer: a taken slot, or VIEW_ALL. A free slot sees nothing but the scores. known: what the viewer was told last, of
 * an earlier tick of the same scene since its scene_init, or NULL: nothing. budget_bits: what telling of other players
 * may take; the one whose turn it is is told in any case. out_view must not be known.
 */
void interest_view(struct view *out_view, const struct scene *scene, uint16_t viewer, const struct view *known,
                   uint32_t budget_bits);

#endif
