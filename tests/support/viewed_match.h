/* SPDX-License-Identifier: Apache-2.0 */
/*
 * viewed_match.h - a match of bots and one client that gets snapshots of it, at any gaps and under any budget.
 *
 * Both ends are here: the views that the server encoded and those that the client decoded, which must be the same.
 */
#ifndef MMA_TESTS_SUPPORT_VIEWED_MATCH_H
#define MMA_TESTS_SUPPORT_VIEWED_MATCH_H

#include "libcommon/game/snapshot/snapshot.h"
#include "tests/support/bot_match.h"

struct viewed_match {
    struct bot_match *match;
    uint16_t viewer; /* slot, or VIEW_ALL */
    struct event_history history;
    struct view server[2];
    struct view client[2];
    uint32_t now; /* which of the two is the newest */
    bool has_view;
    struct snapshot_info info; /* of the newest snapshot, and its bytes */
    uint8_t bytes[1 << 14];
    size_t size;
};

/* As bot_match_create; no snapshot is sent yet. */
struct viewed_match *viewed_match_create(const struct world_setup *setup, uint16_t bots, uint16_t viewer);
void viewed_match_destroy(struct viewed_match *viewed);

/* Steps the match without a snapshot. */
void viewed_match_step(struct viewed_match *viewed, uint32_t ticks);

/* Sends a snapshot. Answers the client's new view, which is the server's, or the program stops. */
const struct view *viewed_match_update(struct viewed_match *viewed, bool is_keyframe, uint32_t budget_bits);

/* The client's view before that one; an empty one before the first. */
static inline const struct view *viewed_match_before(const struct viewed_match *viewed)
{
    return &viewed->client[!viewed->now];
}

#endif
