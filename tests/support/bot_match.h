/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bot_match.h - a match of bots in one process: each sees its own view of the world and answers with an input.
 *
 * For tests and benches. The same mode, seed and number of bots give the same match.
 */
#ifndef MMA_TESTS_SUPPORT_BOT_MATCH_H
#define MMA_TESTS_SUPPORT_BOT_MATCH_H

#include "libcommon/game/client/bot.h"
#include "libcommon/game/snapshot/interest.h"
#include "libcommon/game/world/world.h"

struct bot_match {
    struct world_setup setup;
    struct world world;
    uint16_t bot_count;
    struct bot *bots;     /* [bot_count] */
    struct input *inputs; /* [capacity]: what the next step will use */
    struct view view;     /* scratch: the latest bot's */
    struct scene scene;   /* of the latest step */
    void *memory;
    void *scene_memory;
    void *view_memory;
};

/* What can be seen from where on a built-in map of up to 4,096 units each way, made once and kept; NULL for any other.
 */
const struct visibility *bot_match_visibility(const struct map *map);

/* Limits so far away that the match never ends by itself. */
struct world_setup bot_match_setup(const char *mode, uint64_t seed);

/* Bots 0..bot_count-1 join slots of the same number with id 1000 + slot. Stops the program when memory is out. */
struct bot_match *bot_match_create(const struct world_setup *setup, uint16_t bot_count);
void bot_match_destroy(struct bot_match *match);

/* One step with match->inputs, then every bot thinks up the next; the scene is of that step. */
void bot_match_step(struct bot_match *match);

#endif
