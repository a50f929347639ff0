/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probability_model: plays matches of bots and counts every flag and number of their snapshots, encoded against
 * baselines one tick old and 2 to 12 ticks old, and as keyframes. Prints lines of "flag N hex hex hex" and
 * "cdf N hex hex hex" in the order of snapshot_parts.h and of snapshot_model_for's ages: the probability of a 1, and a
 * CDF's cumulative frequencies, in 1/65536. scripts/probability-model puts them where they belong.
 */
#include "libcommon/base/memory.h"
#include "libcommon/game/snapshot/snapshot.h"
#include "libcommon/game/snapshot/snapshot_parts.h"
#include "tests/support/bot_match.h"

#include <stdio.h>
#include <stdlib.h>

enum { PLAYERS_MAX = 20, TICKS = 7200, GAP_MAX = 12, KEYFRAME_TICKS = 300, HISTORY = 8192, BYTES_MAX = 1 << 16 };

static const struct {
    const char *mode;
    uint16_t bots;
    uint32_t budget_bits;
} matches[] = {
    {"duel", 2, INTEREST_UNBOUNDED}, {"teams_2v2", 4, INTEREST_UNBOUNDED}, {"teams_5v5", 10, INTEREST_UNBOUNDED},
    {"ffa", 12, INTEREST_UNBOUNDED}, {"ffa", 20, INTEREST_UNBOUNDED},      {"ffa", 20, 200},
};

/* One client that gets every tick, and one that gets some. */
struct line {
    struct view views[2];
    uint8_t now;
    bool has_view;
};

struct stage {
    struct bot_match *match;
    struct event_history history;
    struct event events[HISTORY];
    struct line lines[PLAYERS_MAX][2];
    struct random random;
    uint8_t bytes[BYTES_MAX];
};

static struct snapshot_counts counts;

/* Mostly right; docs/protocol.md, "Inputs over time". */
static uint8_t depth_at(uint32_t count)
{
    return (uint8_t)(count % 64 != 0 ? 16 : count % 128 == 0 ? 15 : 17);
}

static void send(struct stage *stage, struct line *line, uint16_t slot, uint32_t budget_bits)
{
    uint32_t tick = stage->match->world.tick;
    struct view *view = &line->views[!line->now];
    bool is_keyframe = !line->has_view || random_below(&stage->random, KEYFRAME_TICKS) == 0;
    const struct view *baseline = is_keyframe ? NULL : &line->views[line->now];
    interest_view(view, &stage->match->scene, slot, baseline, budget_bits);
    view->input_sequence = tick;
    view->input_depth = depth_at(tick + slot);
    struct snapshot_source source = {.scene = &stage->match->scene,
                                     .baseline = baseline,
                                     .current = view,
                                     .events = &stage->history,
                                     .events_after = baseline ? baseline->tick : tick - 1,
                                     .counts = &counts};
    size_t size = 0;
    REQUIRE(snapshot_encode(&source, stage->bytes, BYTES_MAX, &size) == STATUS_OK);
    line->now = !line->now;
    line->has_view = true;
}

static void step(struct stage *stage, uint32_t budget_bits)
{
    struct scene *scene = &stage->match->scene;
    bot_match_step(stage->match);
    event_history_add(&stage->history, &stage->match->world.events);
    memory_zero(scene->player_deltas,
                stage->match->world.capacity *
                    sizeof scene->player_deltas[0]); /* so that all of them are encoded, and counted */
    for (uint16_t slot = 0; slot < stage->match->bot_count; slot++) {
        send(stage, &stage->lines[slot][0], slot, budget_bits);
        struct line *slow = &stage->lines[slot][1];
        uint32_t age = scene->tick - slow->views[slow->now].tick;
        if (!slow->has_view || (age > 1 && (age >= GAP_MAX || random_below(&stage->random, 4) == 0))) {
            send(stage, slow, slot, budget_bits);
        }
    }
}

static void play(uint32_t index)
{
    static struct stage stage;
    struct world_setup setup = bot_match_setup(matches[index].mode, 1000 + index);
    stage.match = bot_match_create(&setup, matches[index].bots);
    event_history_init(&stage.history, stage.events, HISTORY);
    random_init(&stage.random, index, 1);
    struct view_limits limits = view_limits_baseline(stage.match->world.capacity);
    for (uint32_t i = 0; i < 4u * matches[index].bots; i++) {
        struct line *line = &stage.lines[i / 4][i / 2 % 2];
        line->has_view = false;
        view_init(&line->views[i % 2], &limits, calloc(1, view_bytes(&limits)));
    }
    for (uint32_t tick = 0; tick < TICKS; tick++) {
        step(&stage, matches[index].budget_bits);
    }
}

/* Nothing is impossible: what was never seen keeps this much. */
enum { WIDTH_MIN = 2, WHOLE = 65536 };

static void print_flag(size_t flag)
{
    printf("flag %zu", flag);
    for (uint32_t age = 0; age < SNAPSHOT_AGES; age++) {
        const uint64_t *seen = counts.bits[age][flag];
        double probability = WHOLE * ((double)seen[1] + 0.4) / ((double)(seen[0] + seen[1]) + 0.8);
        printf(" %04x", probability < WIDTH_MIN           ? WIDTH_MIN
                        : probability > WHOLE - WIDTH_MIN ? WHOLE - WIDTH_MIN
                                                          : (int)probability);
    }
    printf("\n");
}

/* As often as seen; the commonest symbol takes what rounding leaves. */
static void print_cdf(size_t cdf)
{
    printf("cdf %zu", cdf);
    for (uint32_t age = 0; age < SNAPSHOT_AGES; age++) {
        const uint64_t *seen = counts.symbols[age][cdf];
        uint64_t all = 0;
        uint32_t most = 0;
        for (uint32_t i = 0; i < SNAPSHOT_SYMBOLS; i++) {
            all += seen[i];
            most = seen[i] > seen[most] ? i : most;
        }
        uint32_t widths[SNAPSHOT_SYMBOLS];
        uint32_t left = WHOLE;
        for (uint32_t i = 0; i < SNAPSHOT_SYMBOLS; i++) {
            uint64_t free = WHOLE - SNAPSHOT_SYMBOLS * WIDTH_MIN;
            widths[i] = WIDTH_MIN + (uint32_t)(all > 0 ? free * seen[i] / all : free / SNAPSHOT_SYMBOLS);
            left -= widths[i];
        }
        widths[most] += left;
        printf(" ");
        for (uint32_t i = 0, start = 0; i < SNAPSHOT_SYMBOLS; start += widths[i++]) {
            printf("%04x", start);
        }
    }
    printf("\n");
}

int main(void)
{
    for (uint32_t i = 0; i < sizeof matches / sizeof matches[0]; i++) {
        play(i);
    }
    for (size_t flag = 0; flag < SNAPSHOT_FLAGS; flag++) {
        print_flag(flag);
    }
    for (size_t cdf = 0; cdf < SNAPSHOT_CDFS; cdf++) {
        print_cdf(cdf);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
