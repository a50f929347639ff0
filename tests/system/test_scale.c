/* SPDX-License-Identifier: Apache-2.0 */
/* More of a kind: engines share matches by load, gateways share the players of one match, daemons run two workers. */
#include "tests/support/bots_host.h"
#include "tests/support/cluster.h"
#include "tests/support/player.h"
#include "tests/support/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const settings[] = {"MATCH_TIME_LIMIT_S=1", "MATCH_ROUND_MS=50", "JOIN_WAIT_MS=2000", NULL};

static uv_loop_t loop;

static int set_up(void **state)
{
    static const char *const two_workers[] = {"WORKERS=2", NULL};
    (void)state;
    uv_loop_init(&loop);
    cluster_init(settings);
    cluster_launch(CLUSTER_ENGINE_2, two_workers);
    cluster_launch(CLUSTER_GATEWAY_2, two_workers);
    cluster_start_five();
    cluster_wait_ready(CLUSTER_ENGINE_2);
    cluster_wait_ready(CLUSTER_GATEWAY_2);
    return 0;
}

static int tear_down(void **state)
{
    cluster_stop_all();
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    return support_kill_all(state);
}

static void test_two_workers_of_a_daemon_are_both_at_work(void **state)
{
    static const enum cluster_daemon both[] = {CLUSTER_ENGINE_2, CLUSTER_GATEWAY_2};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct support_process *process = cluster_process(both[i]);
        json_decref(support_wait_event(process, "daemon.ready", 2));
        uint64_t first = support_event_u64(process, "daemon.started", 1, "worker");
        assert_int_equal(first + support_event_u64(process, "daemon.started", 2, "worker"), 1);
        assert_int_equal(support_count_group(process), 3); /* and their supervisor */
    }
}

static bool matchmaker_has_three_engines(void *owner)
{
    (void)owner;
    return cluster_metric(CLUSTER_MATCHMAKER, "mma_registry_entries{role=\"game-engine\"}") == 3;
}

static bool gateway_has_matchmaker(void *owner)
{
    (void)owner;
    return support_log_contains(cluster_process(CLUSTER_GATEWAY_2), "\"dependency\":\"matchmaker\",\"up\":true");
}

static void test_matches_are_spread_over_all_engine_workers(void **state)
{
    static const char *const arguments[] = {"--count", "12",        "--queue", "duel", "--matches",
                                            "1",       "--seconds", "30",      NULL};
    struct bots_host bots;
    (void)state;
    support_wait_until(matchmaker_has_three_engines, NULL, SUPPORT_WAIT_MS, "the matchmaker to see three engines");
    support_wait_until(gateway_has_matchmaker, NULL, SUPPORT_WAIT_MS, "the second gateway to see the matchmaker");
    bots_start(&bots, cluster_port(CLUSTER_GATEWAY_2), arguments);
    json_t *report = bots_finish(&bots, 40000);
    assert_int_equal(json_object_size(json_object_get(report, "matches")), 6);
    json_decref(report);
    cluster_wait_sql("6", "SELECT count(*) FROM matches");
    /* By load, which the engines measure: not always two each, but never all on one. */
    assert_string_equal(
        cluster_sql("SELECT count(*) || ', most ' || (max(c) <= 3) FROM (SELECT count(*) c FROM matches "
                    "GROUP BY engine) t"),
        "3, most true");
}

static void seat(struct player *player, enum cluster_daemon gateway, const char *name, enum player_encoding encoding)
{
    player_connect(player, &loop, cluster_port(gateway), encoding, gateway_token(name));
    (void)player_wait(player, MMA__SERVER_MESSAGE__BODY_WELCOME, 1);
    player_say_create_ticket(player, 1, "duel");
    (void)player_wait(player, MMA__SERVER_MESSAGE__BODY_TICKET, 1);
}

static void test_players_of_one_match_play_through_two_gateways(void **state)
{
    struct player players[2];
    (void)state;
    seat(&players[0], CLUSTER_GATEWAY, "north", PLAYER_MSGPACK);
    seat(&players[1], CLUSTER_GATEWAY_2, "south", PLAYER_PROTOBUF);
    for (unsigned i = 0; i < 2; i++) {
        char token[1024];
        const Mma__MatchFound *found = player_wait(&players[i], MMA__SERVER_MESSAGE__BODY_MATCH_FOUND, 1)->match_found;
        snprintf(token, sizeof token, "%s", found->join_token);
        player_say_join(&players[i], 2, token);
    }
    char match_id[2][40];
    uint64_t hash[2];
    for (unsigned i = 0; i < 2; i++) {
        const Mma__MatchEnded *ended = player_wait(&players[i], MMA__SERVER_MESSAGE__BODY_MATCH_ENDED, 1)->match_ended;
        snprintf(match_id[i], sizeof match_id[0], "%s", ended->match_id);
        hash[i] = ended->state_hash;
        assert_true(player_count(&players[i], MMA__SERVER_MESSAGE__BODY_SNAPSHOT) > 60);
    }
    assert_string_equal(match_id[0], match_id[1]);
    assert_true(hash[0] == hash[1]);
    json_decref(cluster_line(CLUSTER_GATEWAY, "match.joined", "player", "north"));
    json_decref(cluster_line(CLUSTER_GATEWAY_2, "match.joined", "player", "south"));
    player_close(&players[0]);
    player_close(&players[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_workers_of_a_daemon_are_both_at_work),
        cmocka_unit_test(test_matches_are_spread_over_all_engine_workers),
        cmocka_unit_test(test_players_of_one_match_play_through_two_gateways),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
