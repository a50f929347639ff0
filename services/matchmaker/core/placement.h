/* SPDX-License-Identifier: Apache-2.0 */
/*
 * placement.h - which engine runs a match: the least loaded of the region that has room and does not drain.
 *
 * What engines say of themselves is up to half a second old, so matches that were given to an engine since then are
 * added on top: `given` of them, each worth PLACEMENT_MATCH_PERMILLE.
 */
#ifndef MMA_SERVICES_MATCHMAKER_CORE_PLACEMENT_H
#define MMA_SERVICES_MATCHMAKER_CORE_PLACEMENT_H

#include "services/matchmaker/core/region.h"

#include <stdbool.h>
#include <stdint.h>

#define PLACEMENT_ENGINES_MAX    256
#define PLACEMENT_TRIES_MAX      4  /* engines asked for one match */
#define PLACEMENT_MATCH_PERMILLE 10 /* load that a new match is reckoned with until its engine says better */
#define PLACEMENT_NONE           UINT32_MAX

struct placement_engine {
    char mailbox[64];
    uint32_t region;
    bool draining;
    uint32_t matches, matches_max;
    uint32_t players, players_max;
    uint32_t load_permille;
    uint32_t given_matches, given_players; /* since it said so */
};

struct placement_tried {
    uint32_t count;
    char mailboxes[PLACEMENT_TRIES_MAX][64];
};

/* Regions with at least one engine that has room for so many players, as a bit mask. */
uint32_t placement_open_regions(const struct placement_engine *engines, uint32_t count, uint32_t players);

/* Index of the engine to ask; equals by load go by matches, then by mailbox name. PLACEMENT_NONE: nobody is left. */
uint32_t placement_choose(const struct placement_engine *engines, uint32_t count, uint32_t region, uint32_t players,
                          const struct placement_tried *tried);

#endif
