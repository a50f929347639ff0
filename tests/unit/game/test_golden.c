/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A minute of 20 bots must come out the same, bit for bit, from every compiler at every level. The
 * rows of tests/golden/ffa_20_bots_60s.inc change only with RULES_VERSION or the wire format.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "libcommon/base/hash.h"
#include "libcommon/game/snapshot.h"
#include "tests/support/bot_match.h"

enum { TICKS = 3600, EVERY = 600, BOTS = 20, HISTORY = 4096, ROWS = TICKS / EVERY };

struct golden_row {
    uint32_t tick;
    uint64_t state;     /* world_hash */
    uint64_t snapshots; /* hash_bytes of all snapshots to all players so far, each against the tick before */
};

static const struct golden_row golden[] = {
#include "tests/golden/ffa_20_bots_60s.inc"
};

static struct view *make_view(const struct view_limits *limits)
{
    struct view *view = calloc(1, sizeof *view);
    view_init(view, limits, calloc(1, view_bytes(limits)));
    return view;
}

static void free_view(struct view *view)
{
    free(view->players);
    free(view);
}

static void play_a_minute(struct golden_row rows[ROWS])
{
    static struct event events[HISTORY];
    static uint8_t bytes[1 << 14];
    struct world_setup setup = bot_match_setup("ffa", 2026);
    struct bot_match *match = bot_match_create(&setup, BOTS);
    struct view_limits limits = view_limits_for(match->world.capacity);
    struct event_history history;
    event_history_init(&history, events, HISTORY);
    struct view *views[2][BOTS];
    for (int i = 0; i < 2 * BOTS; i++) {
        views[i / BOTS][i % BOTS] = make_view(&limits);
    }
    struct hash snapshots;
    hash_init(&snapshots, 0);
    for (uint32_t tick = 1; tick <= TICKS; tick++) {
        bot_match_step(match);
        event_history_add(&history, &match->world.events);
        for (uint16_t slot = 0; slot < (uint16_t)BOTS; slot++) {
            struct view *view = views[tick & 1][slot];
            view_build(view, &match->world, slot);
            struct snapshot_source source = {.baseline = tick > 1 ? views[!(tick & 1)][slot] : NULL,
                                             .current = view,
                                             .events = &history,
                                             .events_after = tick - 1};
            size_t size = 0;
            assert_int_equal(snapshot_encode(&source, bytes, sizeof bytes, &size), STATUS_OK);
            hash_bytes(&snapshots, bytes, size);
        }
        if (tick % EVERY == 0) {
            rows[tick / EVERY - 1] = (struct golden_row){tick, world_hash(&match->world), hash_finish(&snapshots)};
        }
    }
    for (int i = 0; i < 2 * BOTS; i++) {
        free_view(views[i / BOTS][i % BOTS]);
    }
    bot_match_destroy(match);
}

static void test_a_minute_of_twenty_bots_is_the_golden_one(void **state)
{
    (void)state;
    struct golden_row rows[ROWS];
    play_a_minute(rows);
    for (uint32_t i = 0; i < ROWS; i++) { /* the rows to store, should they have to change */
        print_message("{%" PRIu32 ", 0x%016" PRIx64 "u, 0x%016" PRIx64 "u},\n", rows[i].tick, rows[i].state,
                      rows[i].snapshots);
    }
    _Static_assert(sizeof golden / sizeof golden[0] == ROWS, "a row for each stretch");
    for (uint32_t i = 0; i < ROWS; i++) {
        assert_int_equal(rows[i].tick, golden[i].tick);
        assert_true(rows[i].state == golden[i].state);
        assert_true(rows[i].snapshots == golden[i].snapshots);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_minute_of_twenty_bots_is_the_golden_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
