/* SPDX-License-Identifier: Apache-2.0 */
/* match_former.h - makes a match of a group: id, seed, teams, predicted quality, engine. A part of matchmaker.h. */
#ifndef MMA_SERVICES_MATCHMAKER_CORE_MATCH_FORMER_H
#define MMA_SERVICES_MATCHMAKER_CORE_MATCH_FORMER_H

#include "services/matchmaker/core/matchmaker.h"

struct match_former_context {
    uint32_t queue;
    const struct matchmaker_engines *engines;
    struct matchmaker_clock clock;
};

/* Sets given_* of each engine from the matches it was given since its own figures were measured. */
void match_former_count_given(const struct formed_match_table *matches, const struct matchmaker_engines *engines,
                              uint64_t now_ms);

/* STATUS_UNAVAILABLE: no engine of the group's region has room; STATUS_FULL: all matches are being placed. */
MUST_USE enum status match_former_make(struct matchmaker *matchmaker, const struct match_former_context *context,
                                       const struct matching_group *group, uint32_t *out_match_slot);

/* match.engine did not take it: sets the next one to ask; false when there is none. */
bool match_former_next_engine(struct formed_match *match, const struct matchmaker_engines *engines);

#endif
