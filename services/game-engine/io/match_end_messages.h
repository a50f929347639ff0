/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_end_messages.h - a match's end as messages: all of them carry the decision of core/match_standings.h.
 *
 * No loop, no mailbox: a match that is over goes in, filled messages come out. They borrow from the match, the labels
 * and the arena.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_IO_MATCH_END_MESSAGES_H
#define MMA_SERVICES_GAME_ENGINE_IO_MATCH_END_MESSAGES_H

#include "libcommon/base/arena.h"
#include "proto/durable.pb-c.h"
#include "proto/match.pb-c.h"
#include "services/game-engine/core/match.h"

#define MATCH_END_MESSAGES_AUDIT_MAX 255
#define MATCH_END_MESSAGES_ID_MAX    47

/* What the match itself does not know. */
struct result_labels {
    const char *match_id;
    const char *queue;
    const char *region;
    const char *engine; /* mailbox URL */
    double quality;
    uint64_t start_unix_ms;
    uint64_t elapsed_ms; /* since then, monotonic: a clock that was set back makes no end before its start */
};

/* Everybody's standing, best first: [seat_count]. NULL when the arena is full. */
Mma__Standing **match_end_messages_standings(const struct match *match, struct arena *arena);

void match_end_messages_result(const struct match *match, const struct result_labels *labels, Mma__Standing **standings,
                               Mma__MatchResult *out_result);
void match_end_messages_ended(const struct match *match, const char *match_id, Mma__Standing **standings,
                              Mma__MatchEnded *out_ended);

/* message_id: [MATCH_END_MESSAGES_ID_MAX + 1], filled. */
void match_end_messages_chunk(const char *match_id, const struct recorder_chunk *chunk, char *out_message_id,
                              Mma__ReplayChunk *out_message);

/* The body of the audit event match.ended: a JSON object. */
void match_end_messages_audit(const struct match *match, char out_body[MATCH_END_MESSAGES_AUDIT_MAX + 1]);

#endif
