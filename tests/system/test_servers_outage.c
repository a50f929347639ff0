/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL, Redis and RabbitMQ away: at the start, during a match, at its end. Matches go on, what lasts comes later.
 */
#include "tests/support/cluster.h"
#include "tests/support/http_client.h"
#include "tests/support/live_match.h"
#include "tests/support/shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const settings[] = {"MATCH_TIME_LIMIT_S=1", "MATCH_ROUND_MS=50", "REPLAY_CHUNK_MS=1000",
                                       "REPLAY_RETRY_MS=200", NULL};

static void server(const char *action, const char *name)
{
    char command[128];
    snprintf(command, sizeof command, "\"$TOP/scripts/services\" %s %s", action, name);
    shell_must(command);
}

static int tear_down(void **state)
{
    cluster_stop_all();
    return support_kill_all(state);
}

/* ---- at the start -------------------------------------------------------------------------------- */

static void assert_misses(enum cluster_daemon daemon, const char *const *names)
{
    struct http_response response;
    assert_int_equal(cluster_probe(daemon, "/livez"), 200);
    http_get_local(&response, cluster_admin_port(daemon), "/readyz");
    assert_int_equal(response.status, 503);
    for (size_t i = 0; names[i] != NULL; i++) {
        char part[96];
        snprintf(part, sizeof part, "\"name\":\"%s\",\"required\":true,\"up\":false", names[i]);
        if (strstr(response.body, part) == NULL) {
            fail_msg("%s does not miss %s: %s", cluster_process(daemon)->name, names[i], response.body);
        }
    }
    http_response_free(&response);
}

static void test_all_start_without_any_server_and_become_ready_by_themselves(void **state)
{
    static const char *const missing[CLUSTER_FIVE][3] = {
        {"redis"}, {"redis", "postgresql"}, {"redis"}, {"redis"}, {"postgresql", "rabbitmq"}};
    (void)state;
    server("kill-one", "rabbitmq");
    server("stop-one", "redis");
    server("stop-one", "postgres");
    cluster_init(settings);
    for (unsigned i = 0; i < CLUSTER_FIVE; i++) {
        cluster_launch((enum cluster_daemon)i, NULL);
    }
    for (unsigned i = 0; i < CLUSTER_FIVE; i++) {
        assert_misses((enum cluster_daemon)i, missing[i]);
    }
    server("start-one", "postgres");
    server("start-one", "redis");
    server("start-one", "rabbitmq");
    cluster_wait_five();
    for (unsigned i = 0; i < CLUSTER_FIVE; i++) {
        assert_int_equal(support_count_events(cluster_process((enum cluster_daemon)i), "daemon.started"), 1);
    }
}

/* ---- during a match ------------------------------------------------------------------------------ */

static void test_a_match_goes_on_without_rabbitmq_and_is_recorded_when_it_is_back(void **state)
{
    struct live_match match;
    (void)state;
    live_match_begin(&match);
    server("stop-one", "rabbitmq");
    live_match_play_out(&match);
    json_decref(cluster_line(CLUSTER_ENGINE, "match.ended", "match", match.id));
    assert_string_equal(cluster_sql("SELECT count(*) FROM matches WHERE match_id = '%s'", match.id), "0");
    server("start-one", "rabbitmq");
    live_match_assert_recorded(&match);
}

static void test_snapshots_keep_coming_while_redis_is_away_for_three_seconds(void **state)
{
    struct live_match match;
    (void)state;
    live_match_begin(&match);
    server("stop-one", "redis");
    shell_must("sleep 3"); /* the outage itself: longer than each time-out that looks at Redis */
    server("start-one", "redis");
    live_match_play_out(&match);
    /* A machine that is busy makes gaps, too; but not of the outage's length. */
    assert_true(bots_figure(match.report, "snapshot_interval_max_ms") < 1000);
    assert_true(bots_figure(match.report, "connects") == 2);
    assert_int_equal(support_count_events(cluster_process(CLUSTER_GATEWAY), "peer.lost"), 0);
    assert_int_equal(support_count_events(cluster_process(CLUSTER_ENGINE), "peer.lost"), 0);
    live_match_assert_recorded(&match);
    for (unsigned i = 0; i < CLUSTER_FIVE; i++) {
        cluster_wait_ready((enum cluster_daemon)i);
    }
}

static void test_ratings_move_once_when_postgresql_is_back_after_the_end(void **state)
{
    struct live_match match;
    (void)state;
    live_match_begin(&match);
    server("stop-one", "postgres");
    live_match_play_out(&match);
    json_decref(cluster_line(CLUSTER_MATCHMAKER, "result.retried", "match", match.id));
    server("start-one", "postgres");
    live_match_assert_recorded(&match);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_start_without_any_server_and_become_ready_by_themselves),
        cmocka_unit_test(test_a_match_goes_on_without_rabbitmq_and_is_recorded_when_it_is_back),
        cmocka_unit_test(test_snapshots_keep_coming_while_redis_is_away_for_three_seconds),
        cmocka_unit_test(test_ratings_move_once_when_postgresql_is_back_after_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
