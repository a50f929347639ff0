/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer_messages.h - what gateways and spectators are sent of a match that runs: seats, lines, the beginning of a
 * stream.
 *
 * No loop, no mailbox. Filled messages borrow from the match, the texts and the arena.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_IO_ANSWER_MESSAGES_H
#define MMA_SERVICES_GAME_ENGINE_IO_ANSWER_MESSAGES_H

#include "libcommon/base/arena.h"
#include "proto/match.pb-c.h"
#include "proto/spectate.pb-c.h"
#include "services/game-engine/core/chat.h"
#include "services/game-engine/core/hosted_matches.h"

#define ANSWER_MESSAGES_AUDIT_MAX 255

/* map_text: "" for a map that is built in. STATUS_NO_MEMORY when the arena is full. */
MUST_USE enum status answer_messages_joined(const struct hosted_match *hosted, uint16_t slot, const char *map_text,
                                            struct arena *arena, Mma__MatchJoined *out_inner, Mma__Joined *out_joined);

/* Errors of match_write_header and match_write_keyframe, and STATUS_NO_MEMORY. */
MUST_USE enum status answer_messages_subscribed(const struct hosted_match *hosted, struct arena *arena,
                                                Mma__Subscribed *out_subscribed);

/* With the sessions at peer that hear the line; PEERS_NONE: none of them, the answer to its speaker. */
MUST_USE enum status answer_messages_said(const struct hosted_match *hosted, const struct chat_line *line,
                                          uint64_t unix_ms, uint32_t peer, struct arena *arena,
                                          Mma__ChatMessage *out_message, Mma__Said *out_said);

/* The body of the audit event match.created: a JSON object. */
void answer_messages_audit_created(const struct match *match, char out_body[ANSWER_MESSAGES_AUDIT_MAX + 1]);

/* The body of the audit event chat.said, in the arena. NULL when that is full. */
const char *answer_messages_audit_said(const struct chat_line *line, struct arena *arena);

#endif
