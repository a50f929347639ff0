/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot_parts.h - the parts of a view as symbols of the range coder, each coded by one function for both directions.
 * Internal to libcommon/game.
 *
 * Each call takes the value to write and answers the value written or read, so encoder and decoder are the same lines
 * and cannot disagree. The probability model is static: every kind of flag has a bit probability, every kind of number
 * a symbol CDF, both counted over matches of bots (snapshot_model.c).
 */
#ifndef MMA_GAME_SNAPSHOT_PARTS_H
#define MMA_GAME_SNAPSHOT_PARTS_H

#include "libcommon/game/snapshot/range.h"
#include "libcommon/game/snapshot/view.h"

#define SNAPSHOT_WEAPON_BITS 3

_Static_assert(WEAPON_COUNT <= 1 << SNAPSHOT_WEAPON_BITS, "weapons fit their bits");
_Static_assert(WEAPON_COUNT <= 1 << SNAPSHOT_WEAPON_BITS, "a weapon's number fits its bits");

/* Kinds of flags, in the order of docs/wire-format.md. */
enum snapshot_flag {
    FLAG_MATCH,
    FLAG_SELF,
    FLAG_SELF_MOTION,
    FLAG_SELF_MOVED,
    FLAG_SELF_CONDITION,
    FLAG_SELF_EFFECTS,
    FLAG_HAS_DEFERRED,
    FLAG_UPDATED,
    FLAG_KEPT,
    FLAG_VELOCITY_REST, /* which of the three: by the velocity in the baseline */
    FLAG_VELOCITY_TOP,
    FLAG_VELOCITY_OTHER,
    FLAG_CONDITION,
    FLAG_WEAPON,
    FLAG_STATE,
    FLAG_TEAM,
    FLAG_POWER_UPS,
    FLAG_POWER_UP_KEPT,
    FLAG_PROJECTILE_KEPT,
    FLAG_PROJECTILE_OWN,
    FLAG_PROJECTILE_SAME_SHOT,
    FLAG_SCORES,
    FLAG_SCORES_ALL,
    FLAG_SCORE_GONE,
    FLAG_SCORE_PLAYER,
    FLAG_EVENT,
    FLAG_EVENT_SLOT,
    SNAPSHOT_FLAGS
};

/* Kinds of numbers, likewise. */
enum snapshot_cdf {
    CDF_MATCH,
    CDF_SEQUENCE,
    CDF_DEPTH,
    CDF_SELF_VELOCITY,
    CDF_SELF_POSITION,
    CDF_SELF_AIM,
    CDF_HEALTH,
    CDF_AMMUNITION,
    CDF_TICKS,
    CDF_VELOCITY_X,
    CDF_VELOCITY_Y_0, /* which of the four: by the change of velocity x */
    CDF_VELOCITY_Y_1,
    CDF_VELOCITY_Y_2,
    CDF_VELOCITY_Y_3,
    CDF_POSITION_STILL,
    CDF_POSITION_STEADY,
    CDF_POSITION_CHANGED,
    CDF_AIM,
    CDF_COUNT,
    CDF_SLOT,
    CDF_FAR,
    CDF_FLOWN,
    CDF_ORIGIN,
    CDF_OWN_ORIGIN,
    CDF_OWN_ANGLE,
    CDF_SCORE,
    CDF_EVENT_AGE,
    CDF_EVENT_SLOT,
    CDF_EVENT_VALUE,
    SNAPSHOT_CDFS
};

/*
 * A number is a symbol followed by as many equiprobable bits as the symbol says. Each of 0 to 63 has its own symbol;
 * above, one symbol stands for all numbers of one bit length, or (64 to 8,191) for half of them; see
 * snapshot_numbers.c.
 */
#define SNAPSHOT_SYMBOLS 97

/* All in 1/65536. A CDF: the cumulative frequency before each symbol, then 0 for 65536. */
struct snapshot_model {
    uint16_t bits[SNAPSHOT_FLAGS]; /* of a 1 */
    uint16_t cdfs[SNAPSHOT_CDFS][SNAPSHOT_SYMBOLS + 1];
};

#define SNAPSHOT_AGES 3

/* How often each flag was 0 and 1, and how often each symbol came up; first index as in snapshot_model_index. */
struct snapshot_counts {
    uint64_t bits[SNAPSHOT_AGES][SNAPSHOT_FLAGS][2];
    uint64_t symbols[SNAPSHOT_AGES][SNAPSHOT_CDFS][SNAPSHOT_SYMBOLS];
};

/* snapshot_model.c: the model for a delta against a baseline of that age in ticks: one, more, or (0) no baseline. */
const struct snapshot_model *snapshot_model_for(uint32_t age);

/* 0 to SNAPSHOT_AGES - 1: one tick, more, none. */
uint32_t snapshot_model_index(const struct snapshot_model *model);

/*
 * When writing, intervals are collected and flushed to the range writer by snapshot_make_room; no part adds more than
 * SNAPSHOT_PART_MAX between two calls of it. With writer NULL they are only collected.
 */
#define SNAPSHOT_INTERVALS_MAX 768u
#define SNAPSHOT_PART_MAX      256u

_Static_assert(SNAPSHOT_PART_MAX < SNAPSHOT_INTERVALS_MAX, "a part fits after snapshot_make_room");

struct snapshot_coder {
    const struct snapshot_model *model;
    bool is_reading;
    uint32_t count;
    struct range_interval *intervals; /* writing: borrowed, [SNAPSHOT_INTERVALS_MAX] */
    struct range_writer *writer;
    struct snapshot_counts *counts; /* NULL, or counts what is written: how the model is made */
    struct range_reader reader;
};

static inline bool snapshot_is_sound(const struct snapshot_coder *coder)
{
    return !coder->is_reading || coder->reader.status == STATUS_OK;
}

static inline void snapshot_fail(struct snapshot_coder *coder, enum status status)
{
    range_reader_fail(&coder->reader, status);
}

static inline void snapshot_make_room(struct snapshot_coder *coder)
{
    if (coder->count > SNAPSHOT_INTERVALS_MAX - SNAPSHOT_PART_MAX) {
        range_write(coder->writer, coder->intervals, coder->count);
        coder->count = 0;
    }
}

static inline bool snapshot_flag(struct snapshot_coder *coder, enum snapshot_flag flag, bool value)
{
    uint32_t probability = coder->model->bits[flag];
    if (coder->is_reading) {
        return range_read(&coder->reader, probability);
    }
    if (coder->counts) {
        coder->counts->bits[snapshot_model_index(coder->model)][flag][value]++;
    }
    coder->intervals[coder->count++] = range_interval_of(probability, value);
    return value;
}

/* snapshot_numbers.c. Reading a value above max is an error and answers 0. */

/* count <= 32 equiprobable bits. */
uint32_t snapshot_bits(struct snapshot_coder *coder, uint32_t value, uint32_t count, uint32_t max);
uint32_t snapshot_number(struct snapshot_coder *coder, enum snapshot_cdf cdf, uint32_t value, uint32_t max);

/* value as its difference, modulo 2^32, to a prediction that both sides make. */
uint32_t snapshot_residual(struct snapshot_coder *coder, enum snapshot_cdf cdf, uint32_t value, uint32_t expected,
                           uint32_t max);

/* What writing the intervals costs, in 1/16 bit, approximately. */
uint32_t snapshot_cost(const struct range_interval *intervals, uint32_t count);

/* The snapshot's tick, the age of its baseline (0 in a keyframe), and the point near which new entries are expected. */
struct snapshot_span {
    uint32_t tick;
    uint32_t age;
    struct vec2 centre; /* the own player's position, 1/4 unit; 0 without one */
};

/* The value of a countdown age ticks later. */
static inline uint32_t snapshot_counted_down(uint32_t ticks, uint32_t age)
{
    return ticks > age ? ticks - age : 0;
}

struct scene;

/* snapshot_self.c: exact. Whatever is read is valid input for a predictor, or the reader has failed. */
void snapshot_code_self(struct snapshot_coder *coder, const struct actor *baseline, struct actor *self, uint32_t age);

/*
 * snapshot_players.c: the delta of one player against its state in the baseline, with the model for the difference of
 * their ticks; new_span is NULL. With new_span, of a player that the baseline does not have: against a typical
 * newcomer.
 *
 * Dead reckoning: one tick later a player is predicted where its new velocity leads, and its position is off by whole
 * steps (scene.c sees to it), so steady motion costs next to nothing. After more than a tick the position is exact.
 */
#define SNAPSHOT_STEP 4

void snapshot_code_player(struct snapshot_coder *coder, const struct view_player *baseline, struct view_player *player,
                          const struct snapshot_span *new_span);

/*
 * The lists of a view; its own player must have been coded before. When writing, the view's lists are only read, and
 * scene is the one that the view was built from. When reading, scene is NULL.
 */
void snapshot_code_players(struct snapshot_coder *coder, const struct view *baseline, struct view *view,
                           const struct snapshot_span *span, const struct scene *scene);
void snapshot_code_power_ups(struct snapshot_coder *coder, const struct view *baseline, struct view *view);
void snapshot_code_projectiles(struct snapshot_coder *coder, const struct view *baseline, struct view *view,
                               const struct snapshot_span *span);
void snapshot_code_scores(struct snapshot_coder *coder, const struct view *baseline, struct view *view,
                          const struct scene *scene);

/* snapshot_events.c */
struct snapshot_source;
void snapshot_write_events(struct snapshot_coder *coder, const struct snapshot_source *source);
void snapshot_read_events(struct snapshot_coder *coder, struct view *view);

#endif
