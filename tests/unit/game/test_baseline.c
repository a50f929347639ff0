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
    struct view recalled;
    struct known *known;
    uint32_t now;
};

static void init_view(struct view *view)
{
    struct view_limits limits = view_limits_known(BOTS);
    view_init(view, &limits, calloc(1, view_bytes(&limits)));
}

static void begin(struct viewer *viewer)
{
    struct view_limits limits = view_limits_known(BOTS);
    memset(viewer, 0, sizeof *viewer);
    init_view(&viewer->views[0]);
    init_view(&viewer->views[1]);
    init_view(&viewer->recalled);
    viewer->known = calloc(1, baseline_bytes(&limits));
}

static void end(struct viewer *viewer)
{
    free(viewer->views[0].players);
    free(viewer->views[1].players);
    free(viewer->recalled.players);
    free(viewer->known);
}

/* As an engine does. */
static size_t tell(const struct scene *scene, const struct view *known, struct view *view, uint8_t *bytes)
{
    struct snapshot_source source = {.scene = scene, .baseline = known, .current = view};
    size_t size = 0;
    REQUIRE(snapshot_encode(&source, bytes, BYTES_MAX, &size) == STATUS_OK);
    return size;
}

/* What is kept small makes the same views and the same bytes as what is kept whole. Answers how many are known of
 * whom the viewer was not told lately. */
static uint32_t check_turn(struct viewer *viewer, const struct scene *scene, uint16_t slot, struct view *other)
{
    static uint8_t whole[BYTES_MAX], small[BYTES_MAX];
    const struct view *known = &viewer->views[viewer->now];
    struct view *view = &viewer->views[!viewer->now];
    bool is_first = known->tick == 0;
    assert_true(is_first || baseline_load(viewer->known, scene, &viewer->recalled));
    interest_view(view, scene, slot, is_first ? NULL : known, TIGHT_BITS);
    interest_view(other, scene, slot, is_first ? NULL : &viewer->recalled, TIGHT_BITS);
    size_t size = tell(scene, is_first ? NULL : known, view, whole);
    assert_int_equal(tell(scene, is_first ? NULL : &viewer->recalled, other, small), size);
    assert_memory_equal(small, whole, size);
    baseline_store(viewer->known, other);
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
            old_ones += is_due ? check_turn(&viewers[slot], &match->scene, (uint16_t)slot, &other) : 0;
        }
    }
    assert_true(old_ones > 0);
    for (uint32_t slot = 0; slot < BOTS; slot++) {
        end(&viewers[slot]);
    }
    free(other.players);
    bot_match_destroy(match);
}

/* After so long the scene has forgotten how the others were: what builds on it must begin anew. */
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
    baseline_store(viewer.known, &viewer.views[0]);
    for (uint32_t age = 1; age < SCENE_PAST_TICKS; age++) {
        bot_match_step(match);
        assert_true(baseline_load(viewer.known, &match->scene, &viewer.recalled));
    }
    for (uint32_t age = 0; age < 600; age++) { /* how the dead were is forgotten later */
        bot_match_step(match);
    }
    assert_false(baseline_load(viewer.known, &match->scene, &viewer.recalled));
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
