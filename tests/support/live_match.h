/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live_match.h - a match of bots that is under way in the cluster, so that a test can do something to it meanwhile, and
 * what it must have left behind when all is well again.
 */
#ifndef MMA_TESTS_SUPPORT_LIVE_MATCH_H
#define MMA_TESTS_SUPPORT_LIVE_MATCH_H

#include "tests/support/bots_host.h"
#include "tests/support/cluster.h"

struct live_match {
    struct bots_host bots;
    char id[40];
    json_t *report;
};

/* Two bots play one duel; returns when both sit in it. */
void live_match_begin(struct live_match *match);
/* Waits for the bots' end: both must have played it to its end, and heard the same hash. */
void live_match_play_out(struct live_match *match);
/* Waits until the result is in PostgreSQL, its two players are rated once and the replay is there, both with the hash
 * that the bots heard; frees the report. */
void live_match_assert_recorded(struct live_match *match);

#endif
