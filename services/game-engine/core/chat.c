/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/chat.h"

#include "libcommon/game/rules/chat_text.h"

void chat_init(struct token_bucket *of_match)
{
    token_bucket_init(of_match, CHAT_MATCH_LINES_PER_S, 1000, CHAT_MATCH_LINES_AT_ONCE, 0);
}

void chat_init_seat(struct match_seat *seat, uint32_t lines_per_minute)
{
    token_bucket_init(&seat->chat, lines_per_minute, 60000, lines_per_minute, 0);
}

static bool has_channel(const struct match *match, enum chat_channel channel)
{
    return channel == CHAT_ALL || (channel == CHAT_TEAM && match->world.mode->team_count > 0);
}

enum chat_verdict chat_say(struct match *match, const struct chat_line *line, uint64_t now_ms)
{
    struct match_seat *speaker = &match->seats[line->slot];
    REQUIRE(line->slot < match->seat_count && speaker->session != 0);
    if (chat_text_check(line->text, line->size) != STATUS_OK) {
        return CHAT_BAD_TEXT;
    }
    if (!has_channel(match, line->channel)) {
        return CHAT_BAD_CHANNEL;
    }
    /* The player's first: who says too much must not use up what all the others may say. */
    bool may = token_bucket_take(&speaker->chat, now_ms) && token_bucket_take(&match->chat, now_ms);
    return may ? CHAT_SAID : CHAT_TOO_MANY;
}

bool chat_hears(const struct match *match, const struct chat_line *line, uint16_t slot)
{
    REQUIRE(slot < match->seat_count && line->slot < match->seat_count);
    const struct match_seat *seat = &match->seats[slot];
    bool is_meant = line->channel == CHAT_ALL || seat->player.team == match->seats[line->slot].player.team;
    return seat->session != 0 && slot != line->slot && is_meant;
}

uint32_t chat_hearers(const struct match *match, const struct chat_line *line, uint32_t peer, uint64_t *out_sessions)
{
    REQUIRE(line->slot < match->seat_count && out_sessions != NULL);
    uint32_t count = 0;
    for (uint16_t slot = 0; slot < match->seat_count; slot++) {
        const struct match_seat *seat = &match->seats[slot];
        if (seat->peer == peer && chat_hears(match, line, slot)) {
            out_sessions[count++] = seat->session;
        }
    }
    return count;
}
