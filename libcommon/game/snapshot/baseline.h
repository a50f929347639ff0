/* SPDX-License-Identifier: Apache-2.0 */
/*
 * known.h - what one viewer was told at one tick, kept small.
 *
 * Thousands of viewers' views do not stay in a cache. How somebody was at a tick is the scene's to remember, for all
 * who were told of it; a viewer's own are whom it was told of and when, its own player, and what flew and lay there.
 * It lies in one piece, its lists behind each other, so that most are a few lines of a cache.
 */
#ifndef MMA_GAME_BASELINE_H
#define MMA_GAME_BASELINE_H

#include "libcommon/game/snapshot/scene.h"

struct known_player {
    uint16_t slot;
    uint16_t waited; /* as in struct view_player */
    uint16_t age;    /* ticks before the view's that this was so */
};

struct known {
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
    uint32_t lists[]; /* ids of projectiles, the highest bit is is_own; then struct known_player; then power-ups */
};

/* For views of those limits, at most 65535 of each; a multiple of 8. */
size_t baseline_bytes(const struct view_limits *limits);

/* All but the scores and events. known: baseline_bytes(the view's limits), aligned to 8. */
void baseline_store(struct known *known, const struct view *view);

/*
 * The view again, but of projectiles only what says which they are; scores stay as out_view has them. out_view has the
 * limits of the one kept. False when the scene, which must be the one it was told from, has forgotten how somebody was:
 * only a keyframe can follow.
 */
MUST_USE bool baseline_load(const struct known *known, const struct scene *scene, struct view *out_view);

/*
 * Who is about to go through many calls the first for the one after the next, and the second for the next: what
 * the viewer slot, which knows this, will need of the scene.
 */
static inline void baseline_prefetch(const struct known *known)
{
    for (uint32_t line = 0; line < 4; line++) {
        __builtin_prefetch((const uint8_t *)known + (size_t)64 * line);
    }
}
void baseline_prefetch_scene(const struct known *known, const struct scene *scene, uint16_t slot);

#endif
