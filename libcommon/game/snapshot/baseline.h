/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline.h - a view in compact form: what a server stores of the last snapshot written to one client.
 *
 * Thousands of full views do not fit a cache. The state of the other players at a tick is the same for every viewer and
 * is in the scene's history; per client there remain only which of them the view has and from which tick, the client's
 * own player, and which projectiles and power-ups it has. One block of memory, its lists one after another, so that
 * most baselines take a few cache lines.
 */
#ifndef MMA_GAME_BASELINE_H
#define MMA_GAME_BASELINE_H

#include "libcommon/game/snapshot/scene.h"

struct baseline_player {
    uint16_t slot;
    uint16_t accumulated_priority; /* as in struct view_player */
    uint16_t age;                  /* the view's tick minus the tick of this player's state */
};

struct baseline {
    uint64_t chain; /* this and the following: as in struct view */
    uint32_t tick;
    uint32_t board_tick;
    uint32_t ticks_left;
    uint32_t team_scores[RULES_TEAMS_MAX];
    uint32_t input_sequence;
    uint16_t viewer;
    uint8_t team;
    uint8_t phase;
    uint8_t input_depth;
    bool has_self;
    uint16_t player_count;
    uint16_t projectile_count;
    uint16_t power_up_count;
    struct actor self;
    uint32_t
        lists[]; /* projectile ids, the highest bit is is_own; then struct baseline_player; then power-up indices */
};

/* For views within these limits, at most 65535 of each kind; a multiple of 8. */
size_t baseline_bytes(const struct view_limits *limits);

/* Stores all but the scores and events. baseline: baseline_bytes(the view's limits), aligned to 8. */
void baseline_store(struct baseline *baseline, const struct view *view);

/*
 * Loads the view that was stored, except that projectiles have only their id and is_own, and the scores are left as
 * they are in out_view. out_view: with the limits of the stored view. scene: the one that the view was built from.
 * False when the scene's history does not reach back to the state of some player: only a keyframe can follow.
 */
MUST_USE bool baseline_load(const struct baseline *baseline, const struct scene *scene, struct view *out_view);

/*
 * Cache prefetch for a caller that loads many baselines in a row: the first for the one after the next, the second,
 * which brings in what the viewer in slot will read of the scene, for the next one.
 */
static inline void baseline_prefetch(const struct baseline *baseline)
{
    for (uint32_t line = 0; line < 4; line++) {
        __builtin_prefetch((const uint8_t *)baseline + (size_t)64 * line);
    }
}
void baseline_prefetch_scene(const struct baseline *baseline, const struct scene *scene, uint16_t slot);

#endif
