/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/baseline_history.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/memory.h"

size_t baseline_history_bytes(const struct view_limits *limits)
{
    return BASELINE_HISTORY_VIEWS * arena_bytes(baseline_bytes(limits));
}

void baseline_history_init(struct baseline_history *chain, const struct view_limits *limits, void *memory)
{
    size_t size = arena_bytes(baseline_bytes(limits));
    memory_zero(chain, sizeof(*chain));
    for (uint32_t i = 0; i < BASELINE_HISTORY_VIEWS; i++) {
        chain->views[i] = (struct baseline *)(void *)((uint8_t *)memory + i * size);
    }
    baseline_history_reset(chain, 0);
}

void baseline_history_reset(struct baseline_history *chain, uint32_t tick)
{
    memory_zero(chain->ordinals, sizeof(chain->ordinals));
    chain->ordinal = 0;
    chain->rebased_ordinal = 0;
    chain->skips_expected = 0;
    chain->known_tick = tick;
    chain->sent_tick = 0;
    chain->divisor = 1;
    chain->requested_divisor = 1;
    chain->skip_tick = tick;
    chain->lower_tick = 0;
    chain->baseline = BASELINE_HISTORY_NONE;
    chain->written = BASELINE_HISTORY_NONE;
}

static void recover(struct baseline_history *chain, uint32_t tick)
{
    if (chain->divisor == 1 || tick - chain->skip_tick < BASELINE_HISTORY_RECOVER_TICKS) {
        return;
    }
    chain->divisor--;
    chain->skip_tick = tick;
    if (chain->divisor == 1) {
        chain->written = BASELINE_HISTORY_NONE;
    }
}

void baseline_history_request(struct baseline_history *chain, uint32_t divisor)
{
    REQUIRE(divisor >= 1 && divisor <= BASELINE_HISTORY_DIVISOR_MAX);
    chain->requested_divisor = divisor;
}

bool baseline_history_is_due(struct baseline_history *chain, uint32_t tick)
{
    recover(chain, tick);
    uint32_t divisor = chain->requested_divisor > chain->divisor ? chain->requested_divisor : chain->divisor;
    return chain->sent_tick == 0 || tick - chain->sent_tick >= divisor;
}

const struct baseline *baseline_history_baseline(const struct baseline_history *chain)
{
    return chain->baseline == BASELINE_HISTORY_NONE ? NULL : chain->views[chain->baseline];
}

/* The oldest one that is not kept. */
static uint32_t next_place(const struct baseline_history *chain)
{
    uint32_t best = BASELINE_HISTORY_NONE;
    for (uint32_t i = 0; i < BASELINE_HISTORY_VIEWS; i++) {
        bool is_kept = i == chain->baseline || i == chain->written;
        if (!is_kept && (best == BASELINE_HISTORY_NONE || chain->ordinals[i] < chain->ordinals[best])) {
            best = i;
        }
    }
    return best;
}

void baseline_history_prefetch(const struct baseline_history *chain)
{
    baseline_prefetch(chain->views[next_place(chain)]);
    if (chain->baseline != BASELINE_HISTORY_NONE) {
        baseline_prefetch(chain->views[chain->baseline]);
    }
}

void baseline_history_sent(struct baseline_history *chain, const struct view *view)
{
    uint32_t place = next_place(chain);
    baseline_store(chain->views[place], view);
    chain->ordinal++;
    chain->ordinals[place] = chain->ordinal;
    chain->baseline = (uint8_t)place;
    chain->sent_tick = view->tick;
}

void baseline_history_break(struct baseline_history *chain)
{
    const struct baseline *baseline = baseline_history_baseline(chain);
    if (baseline != NULL) {
        chain->known_tick = baseline->tick;
    }
    chain->baseline = BASELINE_HISTORY_NONE;
}

static uint8_t find_view(const struct baseline_history *chain, uint32_t tick)
{
    for (uint32_t i = 0; i < BASELINE_HISTORY_VIEWS; i++) {
        if (chain->ordinals[i] != 0 && chain->views[i]->tick == tick) {
            return (uint8_t)i;
        }
    }
    return BASELINE_HISTORY_NONE;
}

static void lower_rate(struct baseline_history *chain, uint32_t now)
{
    chain->skip_tick = now;
    bool is_recent = chain->lower_tick != 0 && now - chain->lower_tick < BASELINE_HISTORY_LOWER_TICKS;
    if (chain->divisor < BASELINE_HISTORY_DIVISOR_MAX && !is_recent) {
        chain->divisor++;
        chain->lower_tick = now;
    }
}

/* Back to what the client has; what is under way builds on something else and will be skipped as well. */
static void rebase(struct baseline_history *chain, uint8_t written, uint32_t skipped, uint32_t written_tick)
{
    uint32_t after = written == BASELINE_HISTORY_NONE ? 0 : chain->ordinal - chain->ordinals[written];
    chain->skips_expected = after > skipped ? after - skipped : 0;
    chain->rebased_ordinal = chain->ordinal;
    chain->baseline = written;
    chain->written = written;
    if (written_tick > chain->known_tick && written_tick <= chain->sent_tick) {
        chain->known_tick = written_tick;
    }
}

void baseline_history_skipped(struct baseline_history *chain, uint32_t skipped, uint32_t written_tick, uint32_t now)
{
    uint32_t expected = skipped < chain->skips_expected ? skipped : chain->skips_expected;
    uint8_t written = find_view(chain, written_tick);
    chain->skips_expected -= expected;
    if (written != BASELINE_HISTORY_NONE && chain->ordinals[written] > chain->rebased_ordinal) {
        chain->skips_expected = 0;
    }
    if (skipped > expected) {
        lower_rate(chain, now);
        rebase(chain, written, skipped - expected, written_tick);
    }
}
