/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bot_backfill.h - a bot plays the seat of who never came, or is away for longer than the resume window, until somebody
 * takes it again. Its inputs are recorded as anybody's: no replay needs to know.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_CORE_BOT_BACKFILL_H
#define MMA_SERVICES_GAME_ENGINE_CORE_BOT_BACKFILL_H

#include "services/game-engine/core/match.h"

void bot_backfill_init_seat(struct match_seat *seat, uint64_t seed);

/* Once a tick and seat; whether this one is a bot's now. No bot plays where all are away. */
bool bot_backfill_plays(const struct match *match, uint16_t slot);

/* Changes the input every few ticks; between them it is held. */
void bot_backfill_play(struct match *match, uint16_t slot, struct input *input);

#endif
