/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/bot_backfill.h"

#include "libcommon/game/snapshot/interest.h"

#define THINK_TICKS 4u

void bot_backfill_init_seat(struct match_seat *seat, uint64_t seed)
{
    bot_init(&seat->bot, seed);
}

bool bot_backfill_plays(const struct match *match, uint16_t slot)
{
    const struct match_seat *seat = &match->seats[slot];
    REQUIRE(slot < match->seat_count);
    uint32_t patience = seat->was_taken ? match->world.mode->resume_ticks : 0;
    return match->bot_workspace != NULL && match->world.mode->bots_may_fill && seat->away_ticks > patience;
}

void bot_backfill_play(struct match *match, uint16_t slot, struct input *input)
{
    REQUIRE(slot < match->seat_count && match->bot_workspace != NULL);
    struct view *view = &match->bot_workspace->view;
    if ((match->world.tick + slot) % THINK_TICKS != 0) {
        return;
    }
    match_update_scene(match);
    interest_view(view, &match->scene, slot, NULL, INTEREST_UNBOUNDED);
    bot_think(&match->seats[slot].bot, view, match->world.map, input);
}
