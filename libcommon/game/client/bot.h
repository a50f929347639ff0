/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bot.h - a simple player: from its view to its next input.
 *
 * It seeks the nearest visible enemy, leads its aim, strafes, keeps its weapon's distance, and
 * wanders around walls otherwise. It sees no more than its view. The same seed and views give the same inputs.
 */
#ifndef MMA_GAME_BOT_H
#define MMA_GAME_BOT_H

#include "libcommon/game/snapshot/view.h"

struct bot {
    struct random random;
    uint32_t sequence;
    uint32_t plan_ticks; /* until it chooses a heading again */
    uint16_t heading;    /* direction of movement, 1/65536 of a circle */
    uint16_t aim;
    uint8_t weapon; /* its favourite */
    int8_t strafe;  /* -1, 0, 1 */
};

void bot_init(struct bot *bot, uint64_t seed);

/* view: the newest of its own player. The input's sequence counts up; its tick is the view's plus 1. */
void bot_think(struct bot *bot, const struct view *view, const struct map *map, struct input *out_input);

#endif
