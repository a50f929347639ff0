/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/matching.h"

#define NONE         UINT32_MAX
#define GATHERED_MAX (2 * FORMED_MATCH_PLAYERS_MAX)

/* The anchor and its neighbours in one region, ascending by rating. */
struct gathered {
    uint32_t region;
    uint32_t anchor; /* index in positions */
    uint32_t count;
    uint32_t positions[GATHERED_MAX];
};

/* ---- demands and how they fall ---- */

uint32_t matching_window_milli(const struct matching_rules *rules, uint32_t wait_ms)
{
    uint64_t window = rules->window_milli + (uint64_t)rules->window_growth_milli_per_s * wait_ms / 1000;
    return window > UINT32_MAX ? UINT32_MAX : (uint32_t)window;
}

static uint32_t latency_limit(const struct matching_rules *rules, uint32_t wait_ms)
{
    uint64_t limit = rules->latency_limit_ms + (uint64_t)rules->latency_growth_ms_per_s * wait_ms / 1000;
    if (wait_ms < rules->cross_region_after_ms && limit >= rules->cross_region_latency_ms) {
        limit = rules->cross_region_latency_ms > 0 ? rules->cross_region_latency_ms - 1 : 0;
    }
    return limit > rules->latency_max_ms ? rules->latency_max_ms : (uint32_t)limit;
}

uint32_t matching_regions(const struct matching_rules *rules, const uint16_t latency_ms[REGION_COUNT], uint32_t wait_ms)
{
    uint32_t limit = latency_limit(rules, wait_ms);
    uint32_t nearest = REGION_NONE;
    uint32_t regions = 0;
    for (uint32_t region = 0; region < REGION_COUNT; region++) {
        if (latency_ms[region] == TICKET_LATENCY_NONE) {
            continue;
        }
        if (nearest == REGION_NONE || latency_ms[region] < latency_ms[nearest]) {
            nearest = region;
        }
        regions |= latency_ms[region] <= limit ? 1u << region : 0u;
    }
    return nearest == REGION_NONE ? 0 : regions | 1u << nearest;
}

/* ---- the pool ---- */

static bool sorts_before(const struct matching_candidate *a, const struct matching_candidate *b)
{
    return a->rating_milli != b->rating_milli ? a->rating_milli < b->rating_milli : a->age_rank < b->age_rank;
}

static void sift_down(struct matching_candidate *heap, uint32_t root, uint32_t count)
{
    for (uint32_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && sorts_before(&heap[child], &heap[child + 1])) {
            child++;
        }
        if (!sorts_before(&heap[root], &heap[child])) {
            return;
        }
        struct matching_candidate swapped = heap[root];
        heap[root] = heap[child];
        heap[child] = swapped;
        root = child;
    }
}

static void heap_sort(struct matching_candidate *candidates, uint32_t count)
{
    for (uint32_t root = count / 2; root-- > 0;) {
        sift_down(candidates, root, count);
    }
    for (uint32_t end = count; end-- > 1;) {
        struct matching_candidate largest = candidates[0];
        candidates[0] = candidates[end];
        candidates[end] = largest;
        sift_down(candidates, 0, end);
    }
}

void matching_pool_sort(struct matching_pool *pool)
{
    heap_sort(pool->candidates, pool->count);
    for (uint32_t position = 0; position < pool->count; position++) {
        pool->by_age[pool->candidates[position].age_rank] = position;
        pool->lower[position] = position == 0 ? NONE : position - 1;
        pool->higher[position] = position + 1 == pool->count ? NONE : position + 1;
        pool->taken[position] = false;
    }
}

void matching_take(struct matching_pool *pool, const struct matching_group *group)
{
    for (uint32_t i = 0; i < group->count; i++) {
        uint32_t position = group->members[i];
        uint32_t lower = pool->lower[position];
        uint32_t higher = pool->higher[position];
        if (lower != NONE) {
            pool->higher[lower] = higher;
        }
        if (higher != NONE) {
            pool->lower[higher] = lower;
        }
        pool->taken[position] = true;
    }
}

/* ---- groups ---- */

static uint32_t spread_milli(const struct matching_candidate *low, const struct matching_candidate *high)
{
    return (uint32_t)(high->rating_milli - low->rating_milli);
}

/* Up to wanted neighbours of the anchor on one side that fit it, nearest first. */
static uint32_t gather_side(const struct matching_pool *pool, uint32_t anchor, const uint32_t *step, uint32_t region,
                            uint32_t wanted, uint32_t *out_positions)
{
    const struct matching_candidate *self = &pool->candidates[anchor];
    uint32_t found = 0;
    uint32_t at = step[anchor];
    for (uint32_t looked = 0; at != NONE && found < wanted && looked < MATCHING_SCAN_MAX; looked++, at = step[at]) {
        const struct matching_candidate *other = &pool->candidates[at];
        uint32_t difference =
            self->rating_milli < other->rating_milli ? spread_milli(self, other) : spread_milli(other, self);
        if (difference > self->window_milli) {
            break;
        }
        if (difference <= other->window_milli && (other->regions & 1u << region) != 0) {
            out_positions[found++] = at;
        }
    }
    return found;
}

static void gather(const struct matching_pool *pool, uint32_t anchor, uint32_t region, uint32_t players_max,
                   struct gathered *out)
{
    uint32_t side[FORMED_MATCH_PLAYERS_MAX];
    uint32_t below = gather_side(pool, anchor, pool->lower, region, players_max - 1, side);
    out->region = region;
    out->anchor = below;
    for (uint32_t i = 0; i < below; i++) {
        out->positions[below - 1 - i] = side[i];
    }
    out->positions[below] = anchor;
    out->count = below + 1;
    out->count += gather_side(pool, anchor, pool->higher, region, players_max - 1, &out->positions[out->count]);
}

/* Points of spread and ms of latency together; NONE when somebody is outside somebody's window. */
static uint32_t cost_of(const struct matching_pool *pool, const struct gathered *gathered, uint32_t start,
                        uint32_t size)
{
    const uint32_t *positions = &gathered->positions[start];
    uint32_t spread = spread_milli(&pool->candidates[positions[0]], &pool->candidates[positions[size - 1]]);
    uint32_t latency = 0;
    for (uint32_t i = 0; i < size; i++) {
        const struct matching_candidate *member = &pool->candidates[positions[i]];
        if (spread > member->window_milli) {
            return NONE;
        }
        latency = member->latency_ms[gathered->region] > latency ? member->latency_ms[gathered->region] : latency;
    }
    return spread / 1000 + latency;
}

/* Improves on out_group and best_cost with this region's groups of that size around the anchor. */
static void try_groups(const struct matching_pool *pool, const struct gathered *gathered, uint32_t size,
                       uint32_t *best_cost, struct matching_group *out_group)
{
    uint32_t first = gathered->anchor + 1 > size ? gathered->anchor + 1 - size : 0;
    for (uint32_t start = first; start <= gathered->anchor && start + size <= gathered->count; start++) {
        uint32_t cost = cost_of(pool, gathered, start, size);
        if (cost < *best_cost) {
            *best_cost = cost;
            out_group->region = gathered->region;
            out_group->count = size;
            for (uint32_t i = 0; i < size; i++) {
                out_group->members[i] = gathered->positions[start + i];
            }
        }
    }
}

bool matching_find(const struct matching_pool *pool, uint32_t anchor, const struct matching_rules *rules,
                   const struct matching_size *size, struct matching_group *out_group)
{
    const struct matching_candidate *self = &pool->candidates[anchor];
    struct gathered gathered[REGION_COUNT];
    uint32_t regions = 0;
    for (uint32_t region = 0; region < REGION_COUNT; region++) {
        if ((self->regions & 1u << region) != 0) {
            gather(pool, anchor, region, size->players_max, &gathered[regions++]);
        }
    }
    uint32_t smallest = self->wait_ms >= rules->fill_ms ? size->players_min : size->players_max;
    uint32_t cost = NONE;
    for (uint32_t players = size->players_max; players >= smallest && cost == NONE; players--) {
        for (uint32_t i = 0; i < regions; i++) {
            try_groups(pool, &gathered[i], players, &cost, out_group);
        }
    }
    return cost != NONE;
}
