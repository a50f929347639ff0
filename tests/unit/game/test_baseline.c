/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libcommon/game/snapshot/baseline.h"
#include "libcommon/game/snapshot/interest.h"
#include "libcommon/game/snapshot/snapshot.h"
#include "tests/support/bot_match.h"

enum { BOTS = 20, TICKS = 1500, BYTES_MAX = 1 << 16, TIGHT_BITS = 150 };

struct viewer {
    struct view views[2]; /* whole */
    struct view loaded;
    struct baseline *stored;
    uint32_t now;
};

static void init_view(struct view *view)
{
    struct view_limits limits = view_limits_baseline(BOTS);
    view_init(view, &limits, calloc(1, view_bytes(&limits)));
}

static void begin(struct viewer *viewer)
{
    struct view_limits limits = view_limits_baseline(BOTS);
    memset(viewer, 0, sizeof *viewer);
    init_view(&viewer->views[0]);
    init_view(&viewer->views[1]);
    init_view(&viewer->loaded);
    viewer->stored = calloc(1, baseline_bytes(&limits));
}

static void end(struct viewer *viewer)
{
    free(viewer->views[0].players);
    free(viewer->views[1].players);
    free(viewer->loaded.players);
    free(viewer->stored);
}

/* As an engine does. */
static size_t encode(const struct scene *scene, const struct view *baseline, struct view *view, uint8_t *bytes)
{
    struct snapshot_source source = {.scene = scene, .baseline = baseline, .current = view};
    size_t size = 0;
    REQUIRE(snapshot_encode(&source, bytes, BYTES_MAX, &size) == STATUS_OK);
    return size;
}

/* A stored and loaded baseline gives the same views and bytes as the whole view. Answers how many players had a stale
 * state. */
static uint32_t check_tick(struct viewer *viewer, const struct scene *scene, uint16_t slot, struct view *other)
{
    static uint8_t whole[BYTES_MAX], small[BYTES_MAX];
    const struct view *baseline = &viewer->views[viewer->now];
    struct view *view = &viewer->views[!viewer->now];
    bool is_first = baseline->tick == 0;
    assert_true(is_first || baseline_load(viewer->stored, scene, &viewer->loaded));
    interest_view(view, scene, slot, is_first ? NULL : baseline, TIGHT_BITS);
    interest_view(other, scene, slot, is_first ? NULL : &viewer->loaded, TIGHT_BITS);
    size_t size = encode(scene, is_first ? NULL : baseline, view, whole);
    assert_int_equal(encode(scene, is_first ? NULL : &viewer->loaded, other, small), size);
    assert_memory_equal(small, whole, size);
    baseline_store(viewer->stored, other);
    viewer->now = !viewer->now;
    uint32_t old_ones = 0;
    for (uint32_t i = 0; i < view->player_count; i++) {
        old_ones += view->tick - view->players[i].tick > 8;
    }
    return old_ones;
}

static void test_what_is_recalled_is_as_good_as_what_was_kept(void **state)
{
    (void)state;
    static struct viewer viewers[BOTS];
    struct world_setup setup = bot_match_setup("ffa", 4);
    struct bot_match *match = bot_match_create(&setup, BOTS);
    struct view other;
    uint32_t old_ones = 0;
    init_view(&other);
    for (uint32_t slot = 0; slot < BOTS; slot++) {
        begin(&viewers[slot]);
    }
    for (uint32_t tick = 1; tick <= TICKS; tick++) {
        bot_match_step(match);
        for (uint32_t slot = 0; slot < BOTS; slot++) {
            bool is_due = tick % (1 + slot % 3) == 0; /* at 60, 30 and 20 Hz */
            old_ones += is_due ? check_tick(&viewers[slot], &match->scene, (uint16_t)slot, &other) : 0;
        }
    }
    assert_true(old_ones > 0);
    for (uint32_t slot = 0; slot < BOTS; slot++) {
        end(&viewers[slot]);
    }
    free(other.players);
    bot_match_destroy(match);
}

/* Past the scene's history the baseline cannot be loaded: a keyframe has to follow. */
static void test_what_is_forgotten_is_not_recalled(void **state)
{
    (void)state;
    struct world_setup setup = bot_match_setup("ffa", 5);
    struct bot_match *match = bot_match_create(&setup, BOTS);
    struct viewer viewer;
    begin(&viewer);
    do {
        bot_match_step(match);
        interest_view(&viewer.views[0], &match->scene, 0, NULL, INTEREST_UNBOUNDED);
    } while (viewer.views[0].player_count == 0 || match->world.phase == WORLD_WARMUP);
    baseline_store(viewer.stored, &viewer.views[0]);
    for (uint32_t age = 1; age < SCENE_PAST_TICKS; age++) {
        bot_match_step(match);
        assert_true(baseline_load(viewer.stored, &match->scene, &viewer.loaded));
    }
    for (uint32_t age = 0; age < 600; age++) { /* the dead have older states, which are overwritten later */
        bot_match_step(match);
    }
    assert_false(baseline_load(viewer.stored, &match->scene, &viewer.loaded));
    end(&viewer);
    bot_match_destroy(match);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_recalled_is_as_good_as_what_was_kept),
        cmocka_unit_test(test_what_is_forgotten_is_not_recalled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
