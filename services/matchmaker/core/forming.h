/* SPDX-License-Identifier: Apache-2.0 */
/* forming.h - makes a match of a group: id, seed, teams, predicted quality, engine. Parts of matchmaker.c. */
#ifndef MMA_MATCHMAKER_FORMING_H
#define MMA_MATCHMAKER_FORMING_H

#include "services/matchmaker/core/matchmaker.h"

struct forming_context {
    uint32_t queue;
    const struct matchmaker_engines *engines;
    uint64_t now_ms;
};

/* Sets given_* of each engine from the matches it was given of late. */
void forming_count_given(const struct match_table *matches, const struct matchmaker_engines *engines, uint64_t now_ms);

/* STATUS_UNAVAILABLE: no engine of the group's region has room; STATUS_FULL: all matches are being placed. */
MUST_USE enum status forming_make(struct matchmaker *matchmaker, const struct forming_context *context,
                                  const struct matching_group *group, uint32_t *out_match_slot);

/* match.engine refused: sets the next one to ask; false when there is none. */
bool forming_next_engine(struct match *match, const struct matchmaker_engines *engines);

#endif
