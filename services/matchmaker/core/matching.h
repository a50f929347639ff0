/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matching.h - who plays with whom: one round over the waiting tickets of one queue.
 *
 * Candidates are sorted by rating. The oldest looks first, for each region it can reach: it gathers its nearest
 * neighbours by rating that reach the region too and whose rating windows hold it, and of all groups of consecutive
 * neighbours with itself inside takes the one with the least cost = rating spread in points + worst latency in ms. In
 * a group everybody is within everybody's window. What a round leaves over tries again in the next, with wider windows.
 * Deterministic: equal costs go to the first found.
 */
#ifndef MMA_SERVICES_MATCHMAKER_CORE_MATCHING_H
#define MMA_SERVICES_MATCHMAKER_CORE_MATCHING_H

#include "services/matchmaker/core/formed_match_table.h"
#include "services/matchmaker/core/ticket_table.h"

#include <stdbool.h>
#include <stdint.h>

#define MATCHING_SCAN_MAX 256 /* neighbours looked at on each side */

/* How demands fall with the wait. */
struct matching_rules {
    uint32_t window_milli;              /* rating difference accepted at first */
    uint32_t window_growth_milli_per_s; /* and more for each second waited */
    uint32_t latency_limit_ms;          /* a region up to here is within reach at first */
    uint32_t latency_growth_ms_per_s;   /* and more for each second waited, */
    uint32_t cross_region_latency_ms;   /* but not from here on, */
    uint32_t cross_region_after_ms;     /* before this wait; */
    uint32_t latency_max_ms;            /* and never past this. The nearest region is always within reach. */
    uint32_t fill_ms;                   /* a queue of flexible size waits so long for a full match */
};

/* What a queue plays. */
struct matching_size {
    uint32_t players_min, players_max; /* 2 .. FORMED_MATCH_PLAYERS_MAX */
};

struct matching_candidate {
    uint32_t ticket; /* slot */
    int32_t rating_milli;
    uint32_t window_milli;
    uint32_t regions; /* within reach, bit mask */
    uint16_t latency_ms[REGION_COUNT];
    uint32_t wait_ms;
    uint32_t age_rank; /* 0: oldest; unique */
};

struct matching_pool {
    uint32_t count;
    struct matching_candidate candidates[TICKETS_CAPACITY];     /* filled by the caller, then sorted by rating */
    uint32_t by_age[TICKETS_CAPACITY];                          /* position of the candidate with that age_rank */
    uint32_t lower[TICKETS_CAPACITY], higher[TICKETS_CAPACITY]; /* neighbours that are not taken */
    bool taken[TICKETS_CAPACITY];
};

struct matching_group {
    uint32_t region;
    uint32_t count;
    uint32_t members[FORMED_MATCH_PLAYERS_MAX]; /* positions in the pool, ascending by rating */
};

uint32_t matching_window_milli(const struct matching_rules *rules, uint32_t wait_ms);
uint32_t matching_regions(const struct matching_rules *rules, const uint16_t latency_ms[REGION_COUNT],
                          uint32_t wait_ms);

/* After the caller has filled count and candidates, with age_rank 0 .. count - 1. */
void matching_pool_sort(struct matching_pool *pool);

/* The best group around the candidate at position anchor, which is not taken. */
bool matching_find(const struct matching_pool *pool, uint32_t anchor, const struct matching_rules *rules,
                   const struct matching_size *size, struct matching_group *out_group);
void matching_take(struct matching_pool *pool, const struct matching_group *group);

#endif
