/* SPDX-License-Identifier: Apache-2.0 */
/* One match of bots and a spectator through all five daemons, and all that it must leave behind: once, and provable. */
#include "tests/support/bots_host.h"
#include "tests/support/cluster.h"
#include "tests/support/event_tap.h"
#include "tests/support/http_client.h"
#include "tests/support/result_sender.h"
#include "tests/support/shell.h"

#include "proto/durable.pb-c.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PLAYERS 4
#define MATCH_S 3

static const char *const settings[] = {"MATCH_TIME_LIMIT_S=3",
                                       "MAX_PLAYERS_PER_GAME=4",
                                       "FFA_FILL_MS=10000",
                                       "SPECTATOR_DELAY_MS=200",
                                       "MATCH_ROUND_MS=50",
                                       "REPLAY_CHUNK_MS=1000",
                                       NULL};

static struct {
    struct event_tap tap;
    json_t *report;
    char match_id[40];
    char state_hash[20]; /* as the bots heard it in MatchEnded */
    char replay[SUPPORT_PATH_MAX];
} match;

static int set_up(void **state)
{
    (void)state;
    cluster_init(settings);
    cluster_start_five();
    event_tap_open(&match.tap, "match.result");
    return 0;
}

static int tear_down(void **state)
{
    event_tap_close(&match.tap);
    json_decref(match.report);
    cluster_stop_all();
    return support_kill_all(state);
}

static void test_bots_in_both_encodings_and_a_spectator_play_a_match_to_its_end(void **state)
{
    static const char *const arguments[] = {"--count",   "4", "--spectators", "1",  "--encoding", "mixed",
                                            "--matches", "1", "--seconds",    "30", NULL};
    struct bots_host bots;
    (void)state;
    bots_start(&bots, cluster_port(CLUSTER_GATEWAY), arguments);
    match.report = bots_finish(&bots, 45000);
    const json_t *matches = json_object_get(match.report, "matches");
    assert_int_equal(json_object_size(matches), 1);
    const char *id = json_object_iter_key(json_object_iter((json_t *)(uintptr_t)matches));
    const json_t *ended = json_object_get(matches, id);
    snprintf(match.match_id, sizeof match.match_id, "%s", id);
    uint64_t hash = strtoull(json_string_value(json_object_get(ended, "state_hash")), NULL, 10);
    snprintf(match.state_hash, sizeof match.state_hash, "%016" PRIx64, hash);
    assert_int_equal(strlen(match.match_id), 32);
    assert_int_equal(json_array_size(json_object_get(ended, "standings")), PLAYERS);
    assert_true(bots_figure(match.report, "matches_played") == PLAYERS);
    assert_true(bots_figure(match.report, "matches_watched") == 1);
    assert_true(bots_figure(match.report, "snapshots_decoded") > PLAYERS * MATCH_S * 30);
    assert_true(bots_figure(match.report, "snapshots_undecodable") == 0);
    assert_true(bots_figure(match.report, "spectator_frames") > MATCH_S * 5);
    assert_true(bots_figure(match.report, "spectator_frames_undecodable") == 0);
    unsigned encodings[2] = {0};
    for (unsigned nth = 1; nth <= PLAYERS + 1; nth++) {
        const char *encoding = support_event_text(cluster_process(CLUSTER_GATEWAY), "session.opened", nth, "encoding");
        encodings[strcmp(encoding, "msgpack") == 0]++;
    }
    assert_true(encodings[0] >= 2 && encodings[1] >= 2);
}

static void test_the_match_has_one_row_and_each_player_is_rated_once(void **state)
{
    (void)state;
    cluster_wait_sql("4", "SELECT count(*) FROM match_players WHERE rating_after IS NOT NULL");
    assert_string_equal(cluster_sql("SELECT string_agg(match_id, ' ') FROM matches"), match.match_id);
    assert_string_equal(cluster_sql("SELECT state_hash FROM matches"), match.state_hash);
    assert_string_equal(cluster_sql("SELECT count(*) FROM ratings WHERE games_played = 1"), "4");
    assert_string_equal(cluster_sql("SELECT count(*) FROM ratings"), "4");
    assert_true(strtol(cluster_sql("SELECT ticks FROM matches"), NULL, 10) >= MATCH_S * 60L);
}

static bool is_known_repeat(void *owner)
{
    (void)owner;
    return cluster_metric(CLUSTER_MATCHMAKER, "mma_ratings_moved_total{result=\"repeated\"}") == 1;
}

/* All that a result moves, in one text. */
#define LEDGER                                                                                                         \
    "SELECT md5(string_agg(r::text, ';' ORDER BY player_id)) || (SELECT count(*) FROM matches) FROM ratings r"

static void test_the_same_result_delivered_again_moves_nothing(void **state)
{
    static struct event_tap_message result;
    struct result_sender sender;
    char before[256];
    uv_loop_t loop;
    (void)state;
    event_tap_take(&match.tap, &result);
    assert_string_equal(result.id, match.match_id);
    snprintf(before, sizeof before, "%s", cluster_sql(LEDGER));
    assert_true(strlen(before) > 32);
    uv_loop_init(&loop);
    result_sender_open(&sender, &loop);
    result_sender_bytes(&sender, result.id, result.bytes, result.size);
    result_sender_close(&sender);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    support_wait_until(is_known_repeat, NULL, SUPPORT_WAIT_MS, "the matchmaker to see the result again");
    assert_string_equal(cluster_sql(LEDGER), before);
    assert_int_equal(support_count_events(cluster_process(CLUSTER_MATCHMAKER), "rating.moved"), PLAYERS);
}

/* Of "name value" lines. */
static void assert_figure(const char *output, const char *name, const char *want)
{
    char line[128];
    snprintf(line, sizeof line, "%s %s\n", name, want);
    if (strstr(output, line) == NULL) {
        fail_msg("no %sin:\n%s", line, output);
    }
}

static struct shell_result verify(void)
{
    char command[SUPPORT_PATH_MAX + 64];
    snprintf(command, sizeof command, "\"$BIN/replay\" verify '%s'", match.replay);
    return shell_run(command);
}

static void test_the_replay_fetched_over_http_ends_in_the_same_state_hash(void **state)
{
    struct http_response response;
    char path[80];
    (void)state;
    json_decref(cluster_line(CLUSTER_REPLAY_WRITER, "replay.written", "match", match.match_id));
    snprintf(path, sizeof path, "/v1/replays/%s", match.match_id);
    http_get_local(&response, cluster_port(CLUSTER_REPLAY_WRITER), path);
    assert_int_equal(response.status, 200);
    support_path(match.replay, "fetched.mmar");
    FILE *file = fopen(match.replay, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(response.body, 1, response.size, file), response.size);
    fclose(file);
    http_response_free(&response);
    struct shell_result verified = verify();
    assert_int_equal(verified.status, 0);
    assert_figure(verified.output, "state_hash", match.state_hash);
    assert_figure(verified.output, "verified_ticks", cluster_sql("SELECT ticks FROM matches"));
    assert_string_equal(cluster_sql("SELECT state_hash FROM replays"), match.state_hash);
    assert_true(strtol(cluster_sql("SELECT chunks FROM replays"), NULL, 10) >= MATCH_S);
}

static void test_a_replay_with_one_bit_changed_does_not_verify(void **state)
{
    (void)state;
    FILE *file = fopen(match.replay, "r+e");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    for (long place = 1; place <= 3; place++) {
        long at = size * place / 4;
        fseek(file, at, SEEK_SET);
        int byte = fgetc(file);
        fseek(file, at, SEEK_SET);
        fputc(byte ^ 1, file);
        fflush(file);
        if (verify().status == 0) {
            fail_msg("verified, although bit 0 of byte %ld was changed", at);
        }
        fseek(file, at, SEEK_SET);
        fputc(byte, file);
        fflush(file);
    }
    fclose(file);
    assert_int_equal(verify().status, 0);
}

static void test_the_audit_trail_tells_of_the_match(void **state)
{
    char sql[200];
    (void)state;
    snprintf(sql, sizeof sql, "SELECT string_agg(kind, ' ' ORDER BY at, kind) FROM audit_events WHERE match_id = '%s'",
             match.match_id);
    cluster_wait_sql("match.created match.ended", sql);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bots_in_both_encodings_and_a_spectator_play_a_match_to_its_end),
        cmocka_unit_test(test_the_match_has_one_row_and_each_player_is_rated_once),
        cmocka_unit_test(test_the_same_result_delivered_again_moves_nothing),
        cmocka_unit_test(test_the_replay_fetched_over_http_ends_in_the_same_state_hash),
        cmocka_unit_test(test_a_replay_with_one_bit_changed_does_not_verify),
        cmocka_unit_test(test_the_audit_trail_tells_of_the_match),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
