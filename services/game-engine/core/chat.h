/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chat.h - the lines that players of a match say to each other: who may, and who hears them.
 *
 * The limit of a player's lines is kept here alone, with the seat: it outlives connections, sessions and gateways.
 * Chat is no part of the simulation and none of its record: nothing of the world is touched.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_CORE_CHAT_H
#define MMA_SERVICES_GAME_ENGINE_CORE_CHAT_H

#include "services/game-engine/core/match.h"

/* Of a whole match, so that 4,000 players who all talk do not cost more than their play; 20 players never meet it. */
#define CHAT_MATCH_LINES_PER_S   10
#define CHAT_MATCH_LINES_AT_ONCE 100

/* As in proto/client.proto. */
enum chat_channel { CHAT_ALL, CHAT_TEAM };

enum chat_verdict {
    CHAT_SAID,
    CHAT_BAD_TEXT,    /* not of libcommon/game/rules/chat_text.h */
    CHAT_BAD_CHANNEL, /* none, or the team's in a mode without teams */
    CHAT_TOO_MANY,    /* over the player's limit, or the match's */
    CHAT_VERDICTS
};

struct chat_line {
    uint16_t slot; /* the speaker's */
    enum chat_channel channel;
    const uint8_t *text; /* borrowed */
    size_t size;
};

/* All limits begin full. A seat's lines_per_minute may all be said at once; 0: none ever. */
void chat_init(struct token_bucket *of_match);
void chat_init_seat(struct match_seat *seat, uint32_t lines_per_minute);

/* The slot holds a session. What is refused for its text or channel does not count against the limits. */
MUST_USE enum chat_verdict chat_say(struct match *match, const struct chat_line *line, uint64_t now_ms);

/* Whether the seat holds a session that hears a line besides its speaker. */
bool chat_hears(const struct match *match, const struct chat_line *line, uint16_t slot);

/* The sessions at that peer that hear a line besides its speaker. out_sessions: [seat_count]; answers how many. */
uint32_t chat_hearers(const struct match *match, const struct chat_line *line, uint32_t peer, uint64_t *out_sessions);

#endif
