/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot_parts.h - the parts of a view as slices of the range coder, each one function for both directions. Internal
 * to libcommon/game.
 *
 * Each call takes the value to write and answers the value written or read, so that encoder and decoder are the same
 * lines and cannot disagree. Every yes or no has a chance, every kind of number a row of them, as counted over matches
 * of bots (snapshot_model.c).
 */
#ifndef MMA_GAME_SNAPSHOT_PARTS_H
#define MMA_GAME_SNAPSHOT_PARTS_H

#include "libcommon/game/snapshot/range.h"
#include "libcommon/game/snapshot/view.h"

#define SNAPSHOT_WEAPON_BITS 3
_Static_assert(WEAPON_COUNT <= 1 << SNAPSHOT_WEAPON_BITS, "a weapon's number fits its bits");

/* In the order of docs/wire-format.md. */
enum snapshot_flag {
    FLAG_MATCH,
    FLAG_SELF,
    FLAG_SELF_MOTION,
    FLAG_SELF_MOVED,
    FLAG_SELF_CONDITION,
    FLAG_SELF_EFFECTS,
    FLAG_HELD_BACK,
    FLAG_TOLD,
    FLAG_STAYS,
    FLAG_VELOCITY_REST, /* by what the velocity was */
    FLAG_VELOCITY_TOP,
    FLAG_VELOCITY_OTHER,
    FLAG_CONDITION,
    FLAG_WEAPON,
    FLAG_STATE,
    FLAG_TEAM,
    FLAG_POWER_UPS,
    FLAG_POWER_UP_STAYS,
    FLAG_PROJECTILE_STAYS,
    FLAG_PROJECTILE_OWN,
    FLAG_PROJECTILE_TWIN,
    FLAG_SCORES,
    FLAG_SCORES_ALL,
    FLAG_SCORE_GONE,
    FLAG_SCORE_PLAYER,
    FLAG_EVENT,
    FLAG_EVENT_SLOT,
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
    ROW_FLOWN,
    ROW_ORIGIN,
    ROW_OWN_ORIGIN,
    ROW_OWN_ANGLE,
    ROW_SCORE,
    ROW_EVENT_AGE,
    ROW_EVENT_SLOT,
    ROW_EVENT_VALUE,
    SNAPSHOT_ROWS
};

/*
 * A number is a symbol and then as many bits of which nothing is known as the symbol says: each of 0 to 63 has its own,
 * then come lengths (64 to 8,191 by halves), up to 32 bits. snapshot_numbers.c has them.
 */
#define SNAPSHOT_SYMBOLS 97

/* In 1/65536. A row: where each symbol's slice starts, and 0 at the end for the whole. */
struct snapshot_model {
    uint16_t flags[SNAPSHOT_FLAGS];
    uint16_t rows[SNAPSHOT_ROWS][SNAPSHOT_SYMBOLS + 1];
};

#define SNAPSHOT_AGES 3

/* How often each flag was met as 0 and as 1, and each symbol of a row; by age as snapshot_model_for. */
struct snapshot_counts {
    uint64_t flags[SNAPSHOT_AGES][SNAPSHOT_FLAGS][2];
    uint64_t rows[SNAPSHOT_AGES][SNAPSHOT_ROWS][SNAPSHOT_SYMBOLS];
};

/* snapshot_model.c: of what is told against something one tick old, against something older, and (age 0) against
 * nothing. */
const struct snapshot_model *snapshot_model_for(uint32_t age);

/* Of those chances, in struct snapshot_counts. */
uint32_t snapshot_age_of(const struct snapshot_model *chances);

/*
 * A writer collects slices and hands them on at snapshot_make_room; no part takes more than SNAPSHOT_PART_MAX of
 * them. Without a writer they are only collected.
 */
#define SNAPSHOT_SLICES_MAX 768u
#define SNAPSHOT_PART_MAX   256u

struct snapshot_coder {
    const struct snapshot_model *chances;
    bool is_reading;
    uint32_t count;
    struct range_interval *slices; /* writing: borrowed, [SNAPSHOT_SLICES_MAX] */
    struct range_writer *writer;
    struct snapshot_counts *counts; /* NULL; else what is said is counted: how the chances were found */
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
    if (coder->count > SNAPSHOT_SLICES_MAX - SNAPSHOT_PART_MAX) {
        range_write(coder->writer, coder->slices, coder->count);
        coder->count = 0;
    }
}

static inline bool snapshot_flag(struct snapshot_coder *coder, enum snapshot_flag flag, bool value)
{
    uint32_t chance = coder->chances->flags[flag];
    if (coder->is_reading) {
        return range_read(&coder->reader, chance);
    }
    if (coder->counts) {
        coder->counts->flags[snapshot_age_of(coder->chances)][flag][value]++;
    }
    coder->slices[coder->count++] = range_interval_of(chance, value);
    return value;
}

/* snapshot_numbers.c. A value above max that is read is an error and 0. */

/* count <= 32 bits that nothing is known of. */
uint32_t snapshot_bits(struct snapshot_coder *coder, uint32_t value, uint32_t count, uint32_t max);
uint32_t snapshot_number(struct snapshot_coder *coder, enum snapshot_row row, uint32_t value, uint32_t max);

/* value as its difference, modulo 2^32, to what both sides expect. */
uint32_t snapshot_residual(struct snapshot_coder *coder, enum snapshot_row row, uint32_t value, uint32_t expected,
                           uint32_t max);

/* What slices take, in 1/16 bit, about. */
uint32_t snapshot_cost(const struct range_interval *slices, uint32_t count);

/* The tick told of, how long before it the baseline was (0 in a keyframe), and around what new entries lie. */
struct snapshot_span {
    uint32_t tick;
    uint32_t age;
    struct vec2 centre; /* the own player's place, 1/4 unit; 0 without one */
};

/* What a countdown shows age ticks later. */
static inline uint32_t snapshot_counted_down(uint32_t ticks, uint32_t age)
{
    return ticks > age ? ticks - age : 0;
}

struct scene;

/* snapshot_self.c: exact. What is read is fit for a predictor, or the reader has failed. */
void snapshot_code_self(struct snapshot_coder *coder, const struct actor *baseline, struct actor *self, uint32_t age);

/*
 * snapshot_players.c: one player against what is known of it, whose age is the difference of their ticks; new_span
 * NULL. Or, with it, against what most newcomers are like. Sets the chances by that age.
 *
 * A tick later somebody is expected where its new velocity leads, and is told by whole steps from there (scene.c makes
 * it so), so that steady motion costs next to nothing. After longer, it is told exactly.
 */
#define SNAPSHOT_STEP 4

void snapshot_code_player(struct snapshot_coder *coder, const struct view_player *known, struct view_player *player,
                          const struct snapshot_span *new_span);

/*
 * The lists of a view. When writing, view's are only read, and its own player is known; scene is that of the view.
 * When reading, scene is NULL.
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
