/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_cost.h - what a match costs its worker, and what it gives up when it takes more than its share.
 *
 * The caller measures; here are only the numbers, so that tests can give any. All matches of a worker may together take
 * an allowance of each tick. While they take more, those above their equal share of it send fewer snapshots (60, 30,
 * 20 a second, a step each COST_LOWER_TICKS); their neighbours, and every simulation, keep their rate. A step comes
 * back after COST_RAISE_TICKS without such an excess, if it fits into the allowance.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_CORE_MATCH_COST_H
#define MMA_SERVICES_GAME_ENGINE_CORE_MATCH_COST_H

#include <stdbool.h>
#include <stdint.h>

#define COST_SMOOTHING_TICKS 32u
#define COST_LOWER_TICKS     30
#define COST_RAISE_TICKS     300
#define COST_DIVISOR_MAX     3

struct match_cost {
    uint32_t tick_us_q8;    /* smoothed: step and snapshots of one tick */
    uint32_t tick_bytes_q8; /* smoothed: snapshots of one tick */
    uint32_t divisor;       /* a snapshot at most every so many ticks */
    uint32_t settled_ticks; /* since the divisor changed */
    uint32_t calm_ticks;    /* since the match was above its share of too much */
};

/* One round of a match: ticks of them, and all they cost. */
struct match_cost_sample {
    uint32_t ticks; /* > 0 */
    uint32_t us;
    uint32_t bytes;
};

void match_cost_init(struct match_cost *cost);
void match_cost_add(struct match_cost *cost, const struct match_cost_sample *sample);

/*
 * After the round's samples: total_us is the sum of match_cost_tick_us over all matches, of which there are
 * match_count. Answers whether the match lost a step of its rate just now.
 */
bool match_cost_judge(struct match_cost *cost, uint32_t ticks, uint32_t allowance_us, uint32_t total_us,
                      uint32_t match_count);

static inline uint32_t match_cost_tick_us(const struct match_cost *cost)
{
    return cost->tick_us_q8 >> 8;
}

uint32_t match_cost_bytes_per_s(const struct match_cost *cost);

#endif
