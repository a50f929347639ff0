/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot_parts.h - the own player and the lists of a view as bits. Internal to snapshot.c.
 */
#ifndef MMA_GAME_SNAPSHOT_PARTS_H
#define MMA_GAME_SNAPSHOT_PARTS_H

#include "libcommon/game/coder.h"
#include "libcommon/game/view.h"

#define SNAPSHOT_WEAPON_BITS 3
#define SNAPSHOT_SLOT_ORDER  2 /* orders are Exp-Golomb's: chosen so that a field's usual case is short */
#define SNAPSHOT_SCORE_ORDER 0
#define SNAPSHOT_TICKS_ORDER 2

/* The tick told of, and how long before it the baseline was. */
struct snapshot_span {
    uint32_t tick;
    uint32_t age;
};

/* What a countdown shows age ticks later. */
static inline uint32_t snapshot_counted_down(uint32_t ticks, uint32_t age)
{
    return ticks > age ? ticks - age : 0;
}

/* snapshot_self.c: exact. What is read is fit for a predictor, or the reader has failed. */
void snapshot_code_self(struct coder *coder, const struct actor *baseline, struct actor *self, uint32_t age);

/* snapshot_lists.c: players, projectiles, scores. When writing, view's lists are only read. */
void snapshot_code_lists(struct coder *coder, const struct view *baseline, struct view *view,
                         struct snapshot_span span);

#endif
