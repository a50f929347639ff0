/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A map that only the engine has a file of, as large as a record may carry: bots play on it, a spectator watches, the
 * replay is proved.
 */
#include "tests/support/bots_host.h"
#include "tests/support/cluster.h"
#include "tests/support/shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PLAYERS 4

static int set_up(void **state)
{
    static char map_dir[SUPPORT_PATH_MAX + 16];
    static const char *settings[] = {"MATCH_TIME_LIMIT_S=3",
                                     "MAX_PLAYERS_PER_GAME=4",
                                     "FFA_FILL_MS=10000",
                                     "SPECTATOR_DELAY_MS=200",
                                     "MATCH_ROUND_MS=50",
                                     "QUEUE_MAPS=ffa=octagon",
                                     map_dir,
                                     NULL};
    (void)state;
    /* Boxes in the pillar in the middle: 27 bytes each, to nearly 64 KiB. */
    (void)shell_must("mkdir \"$TEST_DIR/maps\" && cd \"$TEST_DIR/maps\" && cp \"$TOP/docs/maps/octagon.map\" . &&"
                     "yes 'wall 1000 1000 1010 1010' | head -2300 >>octagon.map");
    (void)snprintf(map_dir, sizeof map_dir, "MAP_DIR=%s/maps", support_env("TEST_DIR"));
    cluster_init(settings);
    cluster_start_five();
    return 0;
}

static int tear_down(void **state)
{
    cluster_stop_all();
    return support_kill_all(state);
}

static void test_bots_and_a_spectator_play_on_a_map_they_have_no_file_of(void **state)
{
    static const char *const arguments[] = {"--count",   "4", "--spectators", "1",  "--encoding", "mixed",
                                            "--matches", "1", "--seconds",    "30", NULL};
    struct bots_host bots;
    (void)state;
    bots_start(&bots, cluster_port(CLUSTER_GATEWAY), arguments);
    json_t *report = bots_finish(&bots, 45000);
    assert_true(bots_figure(report, "matches_played") == PLAYERS);
    assert_true(bots_figure(report, "matches_watched") == 1);
    assert_true(bots_figure(report, "snapshots_undecodable") == 0);
    assert_true(bots_figure(report, "spectator_frames") > 15);
    assert_true(bots_figure(report, "spectator_frames_undecodable") == 0);
    json_decref(report);
    cluster_wait_sql("octagon", "SELECT map FROM matches");
}

static void test_its_replay_is_proved_without_the_file(void **state)
{
    (void)state;
    cluster_wait_sql("1",
                     "SELECT count(*) FROM replays r JOIN matches m USING (match_id) WHERE r.state_hash = m.state_hash"
                     " AND r.ticks = m.ticks");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bots_and_a_spectator_play_on_a_map_they_have_no_file_of),
        cmocka_unit_test(test_its_replay_is_proved_without_the_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
