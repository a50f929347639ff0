/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline_history.h - what one client was shown: which view the next snapshot builds on, and how often one is sent.
 *
 * The one place that chooses baselines. Over an ordered, reliable stream the baseline is the newest snapshot sent; when
 * the gateway reports that it skipped some, it is the last one that it wrote. (An unreliable transport would set the
 * baseline by acknowledgement: another baseline_history_written.)
 *
 * Snapshots that were under way when the baseline went back build on ones the client never got: the gateway will skip
 * and report them too, as many as skips_expected, and these reports change nothing. A keyframe needs no baseline.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_CORE_BASELINE_HISTORY_H
#define MMA_SERVICES_GAME_ENGINE_CORE_BASELINE_HISTORY_H

#include "libcommon/game/snapshot/baseline.h"

#define BASELINE_HISTORY_VIEWS         6   /* views kept a client */
#define BASELINE_HISTORY_DIVISOR_MAX   3   /* 60, 30, 20 snapshots a second */
#define BASELINE_HISTORY_LOWER_TICKS   15  /* the rate is lowered at most so often */
#define BASELINE_HISTORY_RECOVER_TICKS 180 /* without a skip, then the rate is raised one step */

#define BASELINE_HISTORY_NONE 255 /* as an index */

struct baseline_history {
    struct baseline *views[BASELINE_HISTORY_VIEWS];
    uint32_t ordinals[BASELINE_HISTORY_VIEWS]; /* of the snapshot that showed it; 0: the place is free */
    uint32_t ordinal;                          /* snapshots sent so far */
    uint32_t rebased_ordinal;                  /* as ordinal, when the baseline last went back */
    uint32_t requested_divisor;                /* as divisor, but what the client requests; the slower counts */
    uint32_t skips_expected;
    uint32_t known_tick; /* the client has seen events up to here, as far as reported */
    uint32_t sent_tick;  /* of the newest snapshot */
    uint32_t divisor;    /* a snapshot every so many ticks */
    uint32_t skip_tick;  /* when a skip was last reported, or the rate raised */
    uint32_t lower_tick; /* when the rate was last lowered */
    uint8_t baseline;    /* index, or BASELINE_HISTORY_NONE: the next snapshot is a keyframe */
    uint8_t written;     /* index of the view last reported written: kept until the client recovered */
};

size_t baseline_history_bytes(const struct view_limits *limits);

/* memory: baseline_history_bytes(limits), aligned to 16, borrowed. */
void baseline_history_init(struct baseline_history *history, const struct view_limits *limits, void *memory);

/* A new client: begins with a keyframe, and with the events after tick. */
void baseline_history_reset(struct baseline_history *history, uint32_t tick);

/* divisor: 1 .. BASELINE_HISTORY_DIVISOR_MAX. */
void baseline_history_request(struct baseline_history *history, uint32_t divisor);

/* Whether a snapshot is due at tick; raises the rate of a client that recovered. */
bool baseline_history_is_due(struct baseline_history *history, uint32_t tick);

/* NULL: encode a keyframe. */
const struct baseline *baseline_history_baseline(const struct baseline_history *history);

/* The next view will soon be built upon the baseline: room for the one, and the other. */
void baseline_history_prefetch(const struct baseline_history *history);

/* A view was sent: the next baseline. */
void baseline_history_sent(struct baseline_history *history, const struct view *view);

/* The snapshot could not be encoded: try a keyframe next. */
void baseline_history_break(struct baseline_history *history);

/* The gateway's report of tick now: it skipped so many, and last wrote the snapshot of written_tick (0: none yet). */
void baseline_history_skipped(struct baseline_history *history, uint32_t skipped, uint32_t written_tick, uint32_t now);

#endif
