/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interest.h - interest management: which part of a scene goes into a viewer's view, under a bandwidth budget.
 *
 * The viewport is a window around the own player, less what walls hide. Where updating everybody in it would exceed the
 * budget, a priority accumulator decides: each player that is not updated gathers priority every tick, the more the
 * nearer it is, and those with the highest priority are updated first. Players new to the view go first about every
 * other time. So the age of anybody's state is bounded by its share of the budget.
 */
#ifndef MMA_GAME_INTEREST_H
#define MMA_GAME_INTEREST_H

#include "libcommon/game/snapshot/scene.h"

#define INTEREST_UNBOUNDED       UINT32_MAX
#define INTEREST_STALE_TICKS_MAX 200 /* a player with an older state leaves the view, and enters as a new one */
#define INTEREST_SHARED_MAX      128 /* players among whom a budget is shared; a view for more than these is without one */

/*
 * viewer: a taken slot, or VIEW_ALL. A free slot sees nothing but the scores. baseline: the viewer's latest view, of an
 * earlier tick of the same scene since its scene_init, or NULL. budget_bits: for updates of other players; the one with
 * the highest priority is updated in any case. out_view must not be baseline.
 */
void interest_view(struct view *out_view, const struct scene *scene, uint16_t viewer, const struct view *baseline,
                   uint32_t budget_bits);

#endif
