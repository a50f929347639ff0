/* SPDX-License-Identifier: Apache-2.0 */
/* Workers killed by SIGKILL and daemons restarted under live clients: who is told what, and what works again after. */
#include "tests/support/cluster.h"
#include "tests/support/live_match.h"
#include "tests/support/player.h"
#include "tests/support/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const settings[] = {"MATCH_TIME_LIMIT_S=3",    "MATCH_ROUND_MS=50", "REPLAY_CHUNK_MS=1000",
                                       "REPLAY_RETRY_MS=200",     "PEER_LOST_MS=1000", "SPECTATOR_DELAY_MS=200",
                                       "REQUEST_TIMEOUT_MS=1000", "JOIN_WAIT_MS=5000", NULL};

static uv_loop_t loop;

static int set_up(void **state)
{
    (void)state;
    uv_loop_init(&loop);
    cluster_init(settings);
    cluster_start_five();
    return 0;
}

static int tear_down(void **state)
{
    cluster_stop_all();
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    return support_kill_all(state);
}

/* ---- clients ------------------------------------------------------------------------------------- */

static void enter(struct player *player, const char *name)
{
    player_connect(player, &loop, cluster_port(CLUSTER_GATEWAY), PLAYER_MSGPACK, gateway_token(name));
    (void)player_wait(player, MMA__SERVER_MESSAGE__BODY_WELCOME, 1);
}

static bool has_answer(void *data)
{
    const struct player *player = data;
    return player_count(player, MMA__SERVER_MESSAGE__BODY_TICKET) > 0 ||
           player_count(player, MMA__SERVER_MESSAGE__BODY_ERROR) > 0;
}

/* As clients do: once more, as long as the answer is that there is no matchmaker now. */
static void queue_up(struct player *player)
{
    for (unsigned tries = 0; tries < 100; tries++) {
        player_forget(player);
        player_say_create_ticket(player, 1, "duel");
        assert_true(turn_until_holds(&loop, has_answer, player, 10000));
        if (player_count(player, MMA__SERVER_MESSAGE__BODY_TICKET) > 0) {
            return;
        }
        (void)player_wait_error(player, "MATCHMAKER_UNAVAILABLE");
        turn_for(&loop, 100);
    }
    fail_msg("there was never a matchmaker again");
}

static void take_seat(struct player *player)
{
    char token[1024];
    const Mma__MatchFound *found = player_wait(player, MMA__SERVER_MESSAGE__BODY_MATCH_FOUND, 1)->match_found;
    snprintf(token, sizeof token, "%s", found->join_token);
    player_say_join(player, 2, token);
    (void)player_wait(player, MMA__SERVER_MESSAGE__BODY_MATCH_JOINED, 1);
}

static void take_seats(struct player *one, struct player *other)
{
    take_seat(one);
    take_seat(other);
    (void)player_wait(one, MMA__SERVER_MESSAGE__BODY_SNAPSHOT, 1);
    (void)player_wait(other, MMA__SERVER_MESSAGE__BODY_SNAPSHOT, 1);
}

static bool watches(void *data)
{
    const struct player *player = data;
    return player_count(player, MMA__SERVER_MESSAGE__BODY_WATCHING) > 0 ||
           player_count(player, MMA__SERVER_MESSAGE__BODY_ERROR) > 0;
}

static void watch(struct player *player, char *match_id)
{
    for (unsigned tries = 0; tries < 100; tries++) {
        player_forget(player);
        player_say_watch(player, 3, match_id, 0);
        assert_true(turn_until_holds(&loop, watches, player, 10000));
        if (player_count(player, MMA__SERVER_MESSAGE__BODY_WATCHING) > 0) {
            (void)player_wait(player, MMA__SERVER_MESSAGE__BODY_SNAPSHOT, 3);
            return;
        }
        turn_for(&loop, 50);
    }
    fail_msg("the match could not be watched");
}

/* ---- tests --------------------------------------------------------------------------------------- */

static void test_an_open_ticket_outlives_its_matchmaker(void **state)
{
    struct player early, late;
    (void)state;
    /* The first worker has looked for tickets to take over, and found none; so the second time is the next worker's. */
    assert_int_equal(support_event_u64(cluster_process(CLUSTER_MATCHMAKER), "tickets.restored", 1, "tickets"), 0);
    enter(&early, "early");
    queue_up(&early);
    cluster_kill_worker(CLUSTER_MATCHMAKER);
    assert_int_equal(support_event_u64(cluster_process(CLUSTER_MATCHMAKER), "tickets.restored", 2, "tickets"), 1);
    enter(&late, "late");
    queue_up(&late);
    take_seats(&early, &late);
    player_close(&early);
    player_close(&late);
}

static bool is_told(void *data)
{
    const struct player *player = data;
    return player_count(player, MMA__SERVER_MESSAGE__BODY_ERROR) > 0 ||
           player_count(player, MMA__SERVER_MESSAGE__BODY_MATCH_ENDED) > 0;
}

static void test_players_of_a_killed_engine_are_told_and_play_again_on_the_new_one(void **state)
{
    struct player players[2];
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        enter(&players[i], i == 0 ? "ann" : "ben");
        queue_up(&players[i]);
    }
    take_seats(&players[0], &players[1]);
    player_forget(&players[0]);
    player_forget(&players[1]);
    cluster_kill_worker(CLUSTER_ENGINE);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(turn_until_holds(&loop, is_told, &players[i], 10000));
        (void)player_wait_error(&players[i], "GAME_NOT_FOUND");
        queue_up(&players[i]);
    }
    take_seats(&players[0], &players[1]);
    player_close(&players[0]);
    player_close(&players[1]);
}

static void test_a_match_outlives_the_workers_of_spectator_replay_writer_and_gateway(void **state)
{
    struct live_match match;
    struct player viewer;
    (void)state;
    live_match_begin(&match);
    enter(&viewer, "viewer");
    watch(&viewer, match.id);
    player_forget(&viewer);
    cluster_kill_worker(CLUSTER_SPECTATOR);
    const Mma__WatchEnded *ended = player_wait(&viewer, MMA__SERVER_MESSAGE__BODY_WATCH_ENDED, 1)->watch_ended;
    assert_string_equal(ended->reason, "SPECTATOR_LOST");
    watch(&viewer, match.id);
    cluster_kill_worker(CLUSTER_REPLAY_WRITER);
    cluster_kill_worker(CLUSTER_GATEWAY);
    player_close(&viewer);
    live_match_play_out(&match);
    assert_true(bots_figure(match.report, "connects") == 4); /* both came again */
    live_match_assert_recorded(&match);
}

static void test_each_daemon_can_be_restarted_while_the_others_run(void **state)
{
    struct live_match match;
    struct player player;
    (void)state;
    for (unsigned i = 0; i < CLUSTER_FIVE; i++) {
        cluster_restart((enum cluster_daemon)i);
        for (unsigned other = 0; other < CLUSTER_FIVE; other++) {
            assert_int_equal(cluster_probe((enum cluster_daemon)other, "/readyz"), 200);
        }
    }
    enter(&player, "after"); /* the gateway sees the new matchmaker */
    queue_up(&player);
    player_close(&player);
    live_match_begin(&match);
    live_match_play_out(&match);
    live_match_assert_recorded(&match);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_open_ticket_outlives_its_matchmaker),
        cmocka_unit_test(test_players_of_a_killed_engine_are_told_and_play_again_on_the_new_one),
        cmocka_unit_test(test_a_match_outlives_the_workers_of_spectator_replay_writer_and_gateway),
        cmocka_unit_test(test_each_daemon_can_be_restarted_while_the_others_run),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
