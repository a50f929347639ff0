/* SPDX-License-Identifier: Apache-2.0 */
/* placement_messages.h - a formed match as CreateMatch. No loop here. */
#ifndef MMA_SERVICES_MATCHMAKER_IO_PLACEMENT_MESSAGES_H
#define MMA_SERVICES_MATCHMAKER_IO_PLACEMENT_MESSAGES_H

#include "proto/match.pb-c.h"
#include "services/matchmaker/core/matchmaker.h"

/* Of every match; 0: the mode's own. */
struct placement_limits {
    uint32_t time_limit_s, score_limit;
};

/* The message and what it points to; it borrows from the match and the rules. Do not move it. */
struct placement_message {
    Mma__CreateMatch create;
    Mma__Seat seats[FORMED_MATCH_PLAYERS_MAX];
    Mma__Seat *seat_pointers[FORMED_MATCH_PLAYERS_MAX];
};

void placement_messages_fill(struct placement_message *out_message, const struct matchmaker_rules *rules,
                             const struct formed_match *match, const struct placement_limits *limits);

#endif
