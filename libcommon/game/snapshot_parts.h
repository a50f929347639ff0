/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot_parts.h - the own player and the lists of a view as bits. Internal to snapshot*.c.
 *
 * Every field has a row of chances, every yes or no a chance of its own. They begin at what bot matches
 * showed (snapshot_chances.c), learn within one snapshot, and are forgotten after it.
 */
#ifndef MMA_GAME_SNAPSHOT_PARTS_H
#define MMA_GAME_SNAPSHOT_PARTS_H

#include "libcommon/game/range.h"
#include "libcommon/game/view.h"

#define SNAPSHOT_WEAPON_BITS 3

/* In the order of docs/wire-format.md. */
enum snapshot_flag {
    FLAG_MATCH,
    FLAG_SELF,
    FLAG_SELF_MOTION,
    FLAG_SELF_MOVED,
    FLAG_SELF_CONDITION,
    FLAG_STAYS,
    FLAG_VELOCITY_REST, /* by what the baseline's velocity was */
    FLAG_VELOCITY_TOP,
    FLAG_VELOCITY_OTHER,
    FLAG_CONDITION,
    FLAG_TEAM,
    FLAG_PROJECTILE_STAYS,
    FLAG_PROJECTILE_OWN,
    FLAG_PROJECTILE_TWIN,
    FLAG_SCORES,
    FLAG_SCORE_STAYS,
    FLAG_SCORE,
    FLAG_SCORE_PLAYER,
    FLAG_EVENT,
    FLAG_EVENT_SLOT,
    FLAG_SELF_EFFECTS,
    FLAG_POWER_UPS,
    FLAG_POWER_UP_STAYS,
    FLAG_WEAPON,
    FLAG_STATE,
    SNAPSHOT_FLAGS
};

enum snapshot_row {
    ROW_MATCH,
    ROW_SEQUENCE,
    ROW_DEPTH,
    ROW_SELF_VELOCITY,
    ROW_SELF_POSITION,
    ROW_SELF_AIM,
    ROW_HEALTH,
    ROW_AMMUNITION,
    ROW_TICKS,
    ROW_VELOCITY_X,
    ROW_VELOCITY_Y_0, /* by how much x changed */
    ROW_VELOCITY_Y_1,
    ROW_VELOCITY_Y_2,
    ROW_VELOCITY_Y_3,
    ROW_POSITION_STILL,
    ROW_POSITION_STEADY,
    ROW_POSITION_CHANGED,
    ROW_AIM,
    ROW_COUNT,
    ROW_SLOT,
    ROW_FAR,
    ROW_PROJECTILE_AGE,
    ROW_ORIGIN,
    ROW_OWN_ORIGIN,
    ROW_OWN_ANGLE,
    ROW_SCORE,
    ROW_EVENT_AGE,
    ROW_EVENT_SLOT,
    ROW_EVENT_VALUE,
    SNAPSHOT_ROWS
};

struct snapshot_coder {
    struct range range;
    uint16_t flags[SNAPSHOT_FLAGS];
    uint16_t rows[SNAPSHOT_ROWS][RANGE_ROW];
};

/* snapshot_chances.c: every chance as a snapshot at a baseline of that age begins with. */
void snapshot_set_chances(struct snapshot_coder *coder, uint32_t age);

/* The tick told of, how long before it the baseline was (0 in a keyframe), and around what new entries lie. */
struct snapshot_span {
    uint32_t tick;
    uint32_t age;
    struct vec2 centre; /* the own player's place, 1/8 unit; 0 without one */
};

/* What a countdown shows age ticks later. */
static inline uint32_t snapshot_counted_down(uint32_t ticks, uint32_t age)
{
    return ticks > age ? ticks - age : 0;
}

static inline bool snapshot_flag(struct snapshot_coder *coder, enum snapshot_flag flag, bool value)
{
    return range_bit(&coder->range, &coder->flags[flag], value);
}

static inline uint32_t snapshot_bits(struct snapshot_coder *coder, uint32_t value, uint32_t count, uint32_t max)
{
    return range_max(&coder->range, range_bits(&coder->range, value, count), max);
}

static inline uint32_t snapshot_number(struct snapshot_coder *coder, enum snapshot_row row, uint32_t value,
                                       uint32_t max)
{
    return range_max(&coder->range, range_number(&coder->range, coder->rows[row], value), max);
}

static inline uint32_t snapshot_residual(struct snapshot_coder *coder, enum snapshot_row row, uint32_t value,
                                         uint32_t expected, uint32_t max)
{
    return range_max(&coder->range, range_residual(&coder->range, coder->rows[row], value, expected), max);
}

/* snapshot_self.c: exact. What is read is fit for a predictor, or the reader has failed. */
void snapshot_code_self(struct snapshot_coder *coder, const struct actor *baseline, struct actor *self, uint32_t age);

/* snapshot_lists.c: players, power-ups, scores. When writing, view's lists are only read; view's own player is known.
 */
void snapshot_code_lists(struct snapshot_coder *coder, const struct view *baseline, struct view *view,
                         const struct snapshot_span *span);

/* snapshot_projectiles.c: as snapshot_code_lists. */
void snapshot_code_projectiles(struct snapshot_coder *coder, const struct view *baseline, struct view *view,
                               const struct snapshot_span *span);

#endif
