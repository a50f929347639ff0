/* SPDX-License-Identifier: Apache-2.0 */
/* ticket_draft.h - checks a request for a ticket, of a gateway, of the HTTP API or of Redis, and makes a ticket of it.
 */
#ifndef MMA_SERVICES_MATCHMAKER_CORE_TICKET_DRAFT_H
#define MMA_SERVICES_MATCHMAKER_CORE_TICKET_DRAFT_H

#include "libcommon/base/status.h"
#include "services/matchmaker/core/matchmaker.h"

#define TICKET_DRAFT_LATENCIES_MAX 8
#define TICKET_DRAFT_FIELD_SIZE    32

struct ticket_draft_latency {
    const char *region; /* borrowed */
    uint32_t latency_ms;
};

/* As it was asked for; texts are borrowed. */
struct ticket_draft_request {
    const char *player_id, *queue, *home_region;
    uint64_t session_id;
    uint32_t latency_count; /* may be larger than what latencies holds: then it is refused */
    struct ticket_draft_latency latencies[TICKET_DRAFT_LATENCIES_MAX];
};

struct ticket_draft_error {
    char field[TICKET_DRAFT_FIELD_SIZE]; /* "latencies[2].region" */
    const char *message;                 /* static */
};

/* 1 to 64 bytes of printable ASCII without space, '"' and '\\': the subject of a token. */
bool ticket_draft_player_is_valid(const char *player_id);

/* home_region is taken, at 0 ms, when the request names no latencies. STATUS_INVALID sets out_error. The id, the
 * gateway and the trace are not set here. */
MUST_USE enum status ticket_draft_make(const struct matchmaker *matchmaker, const struct ticket_draft_request *request,
                                       struct ticket *out_draft, struct ticket_draft_error *out_error);

#endif
