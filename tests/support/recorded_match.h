/* SPDX-License-Identifier: Apache-2.0 */
/* recorded_match.h - a short match played by the bots' brain and recorded, for tests that need a true record. */
#ifndef MMA_TESTS_SUPPORT_RECORDED_MATCH_H
#define MMA_TESTS_SUPPORT_RECORDED_MATCH_H

#include "libcommon/game/rules/rules.h"
#include "libcommon/game/world/event.h"

#include <stddef.h>
#include <stdint.h>

struct recorded_match {
    uint8_t *bytes; /* header, ticks, end; freed by recorded_match_free */
    size_t size;
    size_t middle; /* offset of a record boundary about half way */
    uint32_t ticks;
    uint64_t state_hash;
    struct recorded_events {
        uint32_t of_kind[EVENT_KIND_COUNT], shots[WEAPON_COUNT];
        uint32_t damage; /* health lost by hits */
    } events;
};

/* Free-for-all of four players, `ticks` long; match_id is 16 bytes. Fails the test when anything goes wrong. */
void recorded_match_make(struct recorded_match *out_match, const uint8_t match_id[16], uint64_t seed, uint32_t ticks);
/*
 * The same with a keyframe before every keyframe_ticks-th tick (0: none), as if the engine had gone wrong: after tick
 * flaw_tick (0: never) the player in RECORDED_FLAW_SLOT has one kill more than the rules say.
 */
#define RECORDED_FLAW_SLOT 2
void recorded_match_make_with(struct recorded_match *out_match, const uint8_t match_id[16], uint64_t seed,
                              uint32_t ticks, uint32_t keyframe_ticks, uint32_t flaw_tick);
void recorded_match_free(struct recorded_match *match);

#endif
