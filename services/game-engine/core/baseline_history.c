/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/baseline_history.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/memory.h"

_Static_assert(BASELINE_HISTORY_VIEWS < BASELINE_HISTORY_NONE, "an index has 8 bits");
_Static_assert(BASELINE_HISTORY_VIEWS >= 3, "the baseline, the written one, and a place for the next");

static void baseline_history_check(const struct baseline_history *history)
{
    REQUIRE(history->divisor >= 1 && history->divisor <= BASELINE_HISTORY_DIVISOR_MAX);
    REQUIRE(history->baseline == BASELINE_HISTORY_NONE || history->ordinals[history->baseline] != 0);
    REQUIRE(history->rebased_ordinal <= history->ordinal);
}

size_t baseline_history_bytes(const struct view_limits *limits)
{
    return BASELINE_HISTORY_VIEWS * arena_bytes(baseline_bytes(limits));
}

void baseline_history_init(struct baseline_history *history, const struct view_limits *limits, void *memory)
{
    size_t size = arena_bytes(baseline_bytes(limits));
    memory_zero(history, sizeof *history);
    for (uint32_t i = 0; i < BASELINE_HISTORY_VIEWS; i++) {
        history->views[i] = (struct baseline *)(void *)((uint8_t *)memory + i * size);
    }
    baseline_history_reset(history, 0);
}

void baseline_history_reset(struct baseline_history *history, uint32_t tick)
{
    memory_zero(history->ordinals, sizeof history->ordinals);
    history->ordinal = 0;
    history->rebased_ordinal = 0;
    history->skips_expected = 0;
    history->known_tick = tick;
    history->sent_tick = 0;
    history->divisor = 1;
    history->requested_divisor = 1;
    history->skip_tick = tick;
    history->lower_tick = 0;
    history->baseline = BASELINE_HISTORY_NONE;
    history->written = BASELINE_HISTORY_NONE;
}

static void recover(struct baseline_history *history, uint32_t tick)
{
    if (history->divisor == 1 || tick - history->skip_tick < BASELINE_HISTORY_RECOVER_TICKS) {
        return;
    }
    history->divisor--;
    history->skip_tick = tick;
    if (history->divisor == 1) {
        history->written = BASELINE_HISTORY_NONE;
    }
}

void baseline_history_request(struct baseline_history *history, uint32_t divisor)
{
    REQUIRE(divisor >= 1 && divisor <= BASELINE_HISTORY_DIVISOR_MAX);
    history->requested_divisor = divisor;
}

bool baseline_history_is_due(struct baseline_history *history, uint32_t tick)
{
    recover(history, tick);
    uint32_t divisor = history->requested_divisor > history->divisor ? history->requested_divisor : history->divisor;
    return history->sent_tick == 0 || tick - history->sent_tick >= divisor;
}

const struct baseline *baseline_history_baseline(const struct baseline_history *history)
{
    return history->baseline == BASELINE_HISTORY_NONE ? NULL : history->views[history->baseline];
}

/* The oldest one that is not kept. */
static uint32_t next_place(const struct baseline_history *history)
{
    uint32_t best = BASELINE_HISTORY_NONE;
    for (uint32_t i = 0; i < BASELINE_HISTORY_VIEWS; i++) {
        bool is_kept = i == history->baseline || i == history->written;
        if (!is_kept && (best == BASELINE_HISTORY_NONE || history->ordinals[i] < history->ordinals[best])) {
            best = i;
        }
    }
    return best;
}

void baseline_history_prefetch(const struct baseline_history *history)
{
    baseline_prefetch(history->views[next_place(history)]);
    if (history->baseline != BASELINE_HISTORY_NONE) {
        baseline_prefetch(history->views[history->baseline]);
    }
}

void baseline_history_sent(struct baseline_history *history, const struct view *view)
{
    uint32_t place = next_place(history);
    REQUIRE(place < BASELINE_HISTORY_VIEWS && view->tick > history->sent_tick);
    baseline_store(history->views[place], view);
    history->ordinal++;
    history->ordinals[place] = history->ordinal;
    history->baseline = (uint8_t)place;
    history->sent_tick = view->tick;
    baseline_history_check(history);
}

void baseline_history_break(struct baseline_history *history)
{
    const struct baseline *baseline = baseline_history_baseline(history);
    if (baseline != NULL) {
        history->known_tick = baseline->tick;
    }
    history->baseline = BASELINE_HISTORY_NONE;
}

static uint8_t find_view(const struct baseline_history *history, uint32_t tick)
{
    for (uint32_t i = 0; i < BASELINE_HISTORY_VIEWS; i++) {
        if (history->ordinals[i] != 0 && history->views[i]->tick == tick) {
            return (uint8_t)i;
        }
    }
    return BASELINE_HISTORY_NONE;
}

static void lower_rate(struct baseline_history *history, uint32_t now)
{
    history->skip_tick = now;
    bool is_recent = history->lower_tick != 0 && now - history->lower_tick < BASELINE_HISTORY_LOWER_TICKS;
    if (history->divisor < BASELINE_HISTORY_DIVISOR_MAX && !is_recent) {
        history->divisor++;
        history->lower_tick = now;
    }
}

/* Back to what the client has; what is under way builds on something else and will be skipped as well. */
static void rebase(struct baseline_history *history, uint8_t written, uint32_t skipped, uint32_t written_tick)
{
    uint32_t after = written == BASELINE_HISTORY_NONE ? 0 : history->ordinal - history->ordinals[written];
    history->skips_expected = after > skipped ? after - skipped : 0;
    history->rebased_ordinal = history->ordinal;
    history->baseline = written;
    history->written = written;
    if (written_tick > history->known_tick && written_tick <= history->sent_tick) {
        history->known_tick = written_tick;
    }
}

void baseline_history_skipped(struct baseline_history *history, uint32_t skipped, uint32_t written_tick, uint32_t now)
{
    uint32_t expected = skipped < history->skips_expected ? skipped : history->skips_expected;
    uint8_t written = find_view(history, written_tick);
    history->skips_expected -= expected;
    if (written != BASELINE_HISTORY_NONE && history->ordinals[written] > history->rebased_ordinal) {
        history->skips_expected = 0;
    }
    if (skipped > expected) {
        lower_rate(history, now);
        rebase(history, written, skipped - expected, written_tick);
    }
    baseline_history_check(history);
}
