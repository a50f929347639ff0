/* SPDX-License-Identifier: Apache-2.0 */
/* ticket_draft.h - checks a CreateTicket, of a gateway or of the HTTP API, and makes a core ticket of it. */
#ifndef MMA_MATCHMAKER_TICKET_DRAFT_H
#define MMA_MATCHMAKER_TICKET_DRAFT_H

#include "libcommon/base/status.h"
#include "proto/ticket.pb-c.h"
#include "services/matchmaker/core/matchmaker.h"

struct ticket_draft_error {
    char field[32]; /* "latencies[2].region" */
    const char *message;
};

/* 1 to 64 bytes of printable ASCII without space, '"' and '\\': the subject of a token. */
bool ticket_draft_player_is_valid(const char *player_id);

/* home_region is taken, at 0 ms, when the message names no latencies. STATUS_INVALID sets out_error. The id is not set
 * here. */
MUST_USE enum status ticket_draft_make(const struct matchmaker *matchmaker, const Mma__CreateTicket *message,
                                       const char *home_region, struct ticket *out_draft,
                                       struct ticket_draft_error *out_error);

#endif
