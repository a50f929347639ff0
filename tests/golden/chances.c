/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chances: plays matches of bots and counts every decision of their snapshots, told against views one tick old and 2 to
 * 12 ticks old. Prints one line each, "flag N hex hex" and "row N hex hex" in the order of snapshot_parts.h: what has
 * to be the chances, in 1/256, for either age. scripts/chances puts them where they belong.
 */
#include "libcommon/base/memory.h"
#include "libcommon/game/snapshot.h"
#include "libcommon/game/snapshot_parts.h"
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

static uint8_t chance_of(uint32_t age, size_t place)
{
    double ones = (double)counts.ones[age][place] + 0.4;
    double all = (double)counts.all[age][place] + 0.8;
    double chance = 256 * ones / all - 0.5;
    return (uint8_t)(chance < 0 ? 0 : chance > 255 ? 255 : (int)(chance + 0.5));
}

static void print(const char *kind, size_t index, size_t first, size_t count)
{
    printf("%s %zu", kind, index);
    for (uint32_t age = 0; age < SNAPSHOT_AGES; age++) {
        printf(" ");
        for (size_t i = 0; i < count; i++) {
            printf("%02x", chance_of(age, first + i));
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
        print("flag", flag, offsetof(struct snapshot_chances, flags) + flag, 1);
    }
    for (size_t row = 0; row < SNAPSHOT_ROWS; row++) {
        print("row", row, offsetof(struct snapshot_chances, rows) + row * SNAPSHOT_ROW, SNAPSHOT_ROW);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
