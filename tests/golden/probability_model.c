/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chances: plays matches of bots and counts every flag and number of their snapshots, told against views one tick old
 * and 2 to 12 ticks old, and against nothing. Prints one line each, "flag N hex hex hex" and "row N hex hex hex" in the
 * order of snapshot_parts.h and of snapshot_model_for's ages: a flag's chance, and where the slices of a row's
 * symbols start, in 1/65536. scripts/probability-model puts them where they belong.
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

/* One viewer who is told every tick, and one who is told now and then. */
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
static uint8_t depth_at(uint32_t turn)
{
    return (uint8_t)(turn % 64 != 0 ? 16 : turn % 128 == 0 ? 15 : 17);
}

static void tell(struct stage *stage, struct line *line, uint16_t slot, uint32_t budget_bits)
{
    uint32_t tick = stage->match->world.tick;
    struct view *view = &line->views[!line->now];
    bool is_keyframe = !line->has_view || random_below(&stage->random, KEYFRAME_TICKS) == 0;
    const struct view *known = is_keyframe ? NULL : &line->views[line->now];
    interest_view(view, &stage->match->scene, slot, known, budget_bits);
    view->input_sequence = tick;
    view->input_depth = depth_at(tick + slot);
    struct snapshot_source source = {.scene = &stage->match->scene,
                                     .baseline = known,
                                     .current = view,
                                     .events = &stage->history,
                                     .events_after = known ? known->tick : tick - 1,
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
    memory_zero(scene->told,
                stage->match->world.capacity * sizeof scene->told[0]); /* so that all is told, and counted */
    for (uint16_t slot = 0; slot < stage->match->bot_count; slot++) {
        tell(stage, &stage->lines[slot][0], slot, budget_bits);
        struct line *slow = &stage->lines[slot][1];
        uint32_t age = scene->tick - slow->views[slow->now].tick;
        if (!slow->has_view || (age > 1 && (age >= GAP_MAX || random_below(&stage->random, 4) == 0))) {
            tell(stage, slow, slot, budget_bits);
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
    struct view_limits limits = view_limits_known(stage.match->world.capacity);
    for (uint32_t i = 0; i < 4u * matches[index].bots; i++) {
        struct line *line = &stage.lines[i / 4][i / 2 % 2];
        line->has_view = false;
        view_init(&line->views[i % 2], &limits, calloc(1, view_bytes(&limits)));
    }
    for (uint32_t tick = 0; tick < TICKS; tick++) {
        step(&stage, matches[index].budget_bits);
    }
}

/* Nothing is impossible: what was never met keeps this much. */
enum { WIDTH_MIN = 2, WHOLE = 65536 };

static void print_flag(size_t flag)
{
    printf("flag %zu", flag);
    for (uint32_t age = 0; age < SNAPSHOT_AGES; age++) {
        const uint64_t *met = counts.flags[age][flag];
        double chance = WHOLE * ((double)met[1] + 0.4) / ((double)(met[0] + met[1]) + 0.8);
        printf(" %04x", chance < WIDTH_MIN ? WIDTH_MIN : chance > WHOLE - WIDTH_MIN ? WHOLE - WIDTH_MIN : (int)chance);
    }
    printf("\n");
}

/* As often as met; the commonest symbol takes what rounding leaves. */
static void print_row(size_t row)
{
    printf("row %zu", row);
    for (uint32_t age = 0; age < SNAPSHOT_AGES; age++) {
        const uint64_t *met = counts.rows[age][row];
        uint64_t all = 0;
        uint32_t most = 0;
        for (uint32_t i = 0; i < SNAPSHOT_SYMBOLS; i++) {
            all += met[i];
            most = met[i] > met[most] ? i : most;
        }
        uint32_t widths[SNAPSHOT_SYMBOLS];
        uint32_t left = WHOLE;
        for (uint32_t i = 0; i < SNAPSHOT_SYMBOLS; i++) {
            uint64_t free = WHOLE - SNAPSHOT_SYMBOLS * WIDTH_MIN;
            widths[i] = WIDTH_MIN + (uint32_t)(all > 0 ? free * met[i] / all : free / SNAPSHOT_SYMBOLS);
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
    for (size_t row = 0; row < SNAPSHOT_ROWS; row++) {
        print_row(row);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
