/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/match_cost.h"

#include "libcommon/base/status.h"
#include "libcommon/game/rules/rules.h"

_Static_assert(RULES_TICK_RATE % COST_DIVISOR_MAX == 0, "the slowest rate is a whole number");

#define SAMPLE_MAX (UINT32_MAX >> 9) /* a tick of eight seconds: far past all that matters */

void match_cost_init(struct match_cost *cost)
{
    *cost = (struct match_cost){.divisor = 1};
}

static uint32_t smoothed(uint32_t mean_q8, uint32_t total, uint32_t ticks)
{
    uint32_t each = total / ticks;
    uint32_t sample_q8 = (each < SAMPLE_MAX ? each : SAMPLE_MAX) << 8;
    uint32_t weight = ticks < COST_SMOOTHING_TICKS ? ticks : COST_SMOOTHING_TICKS;
    int64_t change = ((int64_t)sample_q8 - (int64_t)mean_q8) * weight / COST_SMOOTHING_TICKS;
    return (uint32_t)((int64_t)mean_q8 + change);
}

void match_cost_add(struct match_cost *cost, const struct match_cost_sample *sample)
{
    REQUIRE(sample->ticks > 0);
    cost->tick_us_q8 = smoothed(cost->tick_us_q8, sample->us, sample->ticks);
    cost->tick_bytes_q8 = smoothed(cost->tick_bytes_q8, sample->bytes, sample->ticks);
}

/* Snapshots cost in proportion to their rate, the rest does not: more than this it cannot become. */
static bool raise_fits(const struct match_cost *cost, uint32_t allowance_us, uint32_t total_us)
{
    return total_us + match_cost_tick_us(cost) / (cost->divisor - 1) <= allowance_us;
}

bool match_cost_judge(struct match_cost *cost, uint32_t ticks, uint32_t allowance_us, uint32_t total_us,
                      uint32_t match_count)
{
    REQUIRE(match_count > 0 && cost->divisor >= 1 && cost->divisor <= COST_DIVISOR_MAX);
    bool is_excessive = total_us > allowance_us && match_cost_tick_us(cost) > allowance_us / match_count;
    cost->settled_ticks += ticks;
    cost->calm_ticks = is_excessive ? 0 : cost->calm_ticks + ticks;
    if (is_excessive && cost->divisor < COST_DIVISOR_MAX && cost->settled_ticks >= COST_LOWER_TICKS) {
        cost->divisor++;
        cost->settled_ticks = 0;
        return true;
    }
    bool is_calm = cost->calm_ticks >= COST_RAISE_TICKS && cost->settled_ticks >= COST_RAISE_TICKS;
    if (cost->divisor > 1 && is_calm && raise_fits(cost, allowance_us, total_us)) {
        cost->divisor--;
        cost->settled_ticks = 0;
    }
    return false;
}

uint32_t match_cost_bytes_per_s(const struct match_cost *cost)
{
    return (uint32_t)((uint64_t)cost->tick_bytes_q8 * RULES_TICK_RATE >> 8);
}
