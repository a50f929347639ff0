/* SPDX-License-Identifier: Apache-2.0 */
/* seated_match.h - what tests of an engine's matches have in common: how one is set up, and how a round looks at it. */
#ifndef MMA_TESTS_SUPPORT_SEATED_MATCH_H
#define MMA_TESTS_SUPPORT_SEATED_MATCH_H

#include "services/game-engine/core/match.h"

/* Of a mode, with its own map and limits; starts at once. players: [seats], borrowed. To be changed where it matters.
 */
struct match_setup seated_match_setup(const char *mode, const struct match_player *players, uint16_t seats);

/* match_build_view and match_encode, as an engine's round does. */
enum status seated_match_encode(struct match *match, uint16_t slot, uint8_t *bytes, size_t capacity,
                                struct match_snapshot *out_snapshot);

#endif
