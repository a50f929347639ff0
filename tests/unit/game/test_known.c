/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libcommon/game/interest.h"
#include "libcommon/game/known.h"
#include "libcommon/game/snapshot.h"
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
    viewer->known = calloc(1, known_bytes(&limits));
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

/* What is kept small makes the same views and the same bytes as what is kept whole. */
static void test_what_is_recalled_is_as_good_as_what_was_kept(void **state)
{
    (void)state;
    static uint8_t whole[BYTES_MAX], small[BYTES_MAX];
    struct world_setup setup = bot_match_setup("ffa", 4);
    struct bot_match *match = bot_match_create(&setup, BOTS);
    static struct viewer viewers[BOTS];
    uint32_t old_ones = 0;
    for (uint16_t slot = 0; slot < BOTS; slot++) {
        begin(&viewers[slot]);
    }
    struct view other;
    init_view(&other);
    for (uint32_t tick = 1; tick <= TICKS; tick++) {
        bot_match_step(match);
        for (uint16_t slot = 0; slot < BOTS; slot++) {
            struct viewer *viewer = &viewers[slot];
            const struct view *known = &viewer->views[viewer->now];
            if (tick % (1 + slot % 3u) != 0) {
                continue;
            }
            struct view *view = &viewer->views[!viewer->now];
            bool has_known = known->tick > 0;
            assert_true(!has_known || known_recall(viewer->known, &match->scene, &viewer->recalled));
            interest_view(view, &match->scene, slot, has_known ? known : NULL, TIGHT_BITS);
            interest_view(&other, &match->scene, slot, has_known ? &viewer->recalled : NULL, TIGHT_BITS);
            size_t size = tell(&match->scene, has_known ? known : NULL, view, whole);
            assert_int_equal(tell(&match->scene, has_known ? &viewer->recalled : NULL, &other, small), size);
            assert_memory_equal(small, whole, size);
            for (uint32_t i = 0; i < view->player_count; i++) {
                old_ones += view->tick - view->players[i].tick > 8;
            }
            known_keep(viewer->known, &other);
            viewer->now = !viewer->now;
        }
    }
    assert_true(old_ones > 0);
    for (uint16_t slot = 0; slot < BOTS; slot++) {
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
    known_keep(viewer.known, &viewer.views[0]);
    for (uint32_t age = 1; age < SCENE_PAST_TICKS; age++) {
        bot_match_step(match);
        assert_true(known_recall(viewer.known, &match->scene, &viewer.recalled));
    }
    for (uint32_t age = 0; age < 600; age++) { /* how the dead were is forgotten later */
        bot_match_step(match);
    }
    assert_false(known_recall(viewer.known, &match->scene, &viewer.recalled));
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
