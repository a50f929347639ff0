/* SPDX-License-Identifier: Apache-2.0 */
/* Results move ratings once: two real matchmakers on one queue, against the real RabbitMQ and PostgreSQL. */
#include "tests/support/matchmaker_host.h"
#include "tests/support/result_sender.h"
#include "tests/support/shell.h"
#include "tests/support/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PSQL "/usr/lib/postgresql/15/bin/psql -qAtX -v ON_ERROR_STOP=1 -d \"$DATABASE_URL\" -c "

static struct {
    uv_loop_t loop;
    struct matchmaker_host first, second;
    struct result_sender sender;
} cast;

static int set_up(void **state)
{
    (void)state;
    uv_loop_init(&cast.loop);
    matchmaker_host_start(&cast.first, NULL);
    matchmaker_host_start(&cast.second, NULL);
    result_sender_open(&cast.sender, &cast.loop);
    return 0;
}

static int tear_down(void **state)
{
    assert_int_equal(support_stop(&cast.first.process), 0);
    assert_int_equal(support_stop(&cast.second.process), 0);
    result_sender_close(&cast.sender);
    uv_run(&cast.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&cast.loop), 0);
    return support_kill_all(state);
}

/* Of both matchmakers together. */
static unsigned count_results(const char *result)
{
    char name[80];
    unsigned count = 0;
    struct support_process *processes[] = {&cast.first.process, &cast.second.process};
    (void)snprintf(name, sizeof name, "mma_ratings_moved_total{result=\"%s\"} ", result);
    for (size_t i = 0; i < 2; i++) {
        struct http_response response;
        http_get_local(&response, support_admin_port(processes[i]), "/metrics");
        const char *at = strstr(response.body, name);
        count += at ? (unsigned)strtoul(at + strlen(name), NULL, 10) : 0;
        http_response_free(&response);
    }
    return count;
}

static bool are_finished(void *data)
{
    return count_results("moved") + count_results("repeated") >= *(const unsigned *)data;
}

static bool one_is_unrated(void *data)
{
    (void)data;
    return count_results("unrated") >= 1;
}

static void wait_finished(unsigned count)
{
    if (!turn_until_holds(&cast.loop, are_finished, &count, 30000)) {
        fail_msg("only %u of %u results were finished", count_results("moved") + count_results("repeated"), count);
    }
}

static json_t *duel_rating(const char *player)
{
    char path[128];
    (void)snprintf(path, sizeof path, "/v1/players/%s/rating", player);
    json_t *answer = matchmaker_call(&cast.first, "GET", path, NULL, 200);
    size_t i;
    json_t *row, *found = NULL;
    json_array_foreach(json_object_get(answer, "ratings"), i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "queue")), "duel") == 0) {
            found = json_incref(row);
        }
    }
    json_decref(answer);
    assert_non_null(found);
    return found;
}

static void check_rating(const char *player, double rating, int games)
{
    json_t *row = duel_rating(player);
    assert_true(json_number_value(json_object_get(row, "rating")) == rating);
    assert_int_equal(json_integer_value(json_object_get(row, "games_played")), games);
    json_decref(row);
}

static void test_match_that_was_cut_short_is_on_record_and_moves_no_rating(void **state)
{
    (void)state;
    static const char cut_short[] = "0000000000000000000000000000cccc", whole[] = "0000000000000000000000000000ccdd";
    unsigned before = count_results("moved") + count_results("repeated");
    result_sender_duel_ended(&cast.sender, cut_short, "cut-w", "cut-l", "drained");
    assert_true(turn_until_holds(&cast.loop, one_is_unrated, NULL, 30000));
    struct shell_result row = shell_must(PSQL "\"SELECT end_reason, count(p.score), count(p.rating_after) FROM matches "
                                              "JOIN match_players p USING (match_id) WHERE match_id = "
                                              "'0000000000000000000000000000cccc' GROUP BY 1\"");
    assert_string_equal(row.output, "drained|2|0");
    result_sender_duel(&cast.sender, whole, "cut-w", "cut-l");
    wait_finished(before + 1);
    json_t *rating = duel_rating("cut-w");
    assert_int_equal(json_integer_value(json_object_get(rating, "games_played")), 1);
    json_decref(rating);
}

static void test_result_delivered_five_times_moves_ratings_once(void **state)
{
    (void)state;
    static const char id[] = "0000000000000000000000000000aaaa";
    unsigned moved = count_results("moved"), before = moved + count_results("repeated");
    for (int i = 0; i < 5; i++) {
        result_sender_duel(&cast.sender, id, "once-w", "once-l");
    }
    wait_finished(before + 5);
    assert_int_equal(count_results("moved"), moved + 1);
    check_rating("once-w", 1220, 1);
    check_rating("once-l", 1180, 1);
}

static void test_finished_match_is_shown_with_ratings_before_and_after(void **state)
{
    (void)state;
    static const char id[] = "0000000000000000000000000000bbbb";
    unsigned before = count_results("moved") + count_results("repeated");
    result_sender_duel(&cast.sender, id, "shown-w", "shown-l");
    wait_finished(before + 1);
    json_t *match = matchmaker_call(&cast.first, "GET", "/v1/matches/0000000000000000000000000000bbbb", NULL, 200);
    assert_string_equal(json_string_value(json_object_get(match, "state")), "OVER");
    assert_string_equal(json_string_value(json_object_get(match, "state_hash")), "fedcba9876543210");
    assert_int_equal(json_integer_value(json_object_get(match, "ticks")), 3600);
    const char *ended = json_string_value(json_object_get(match, "end_time"));
    assert_true(ended[10] == 'T' && ended[strlen(ended) - 1] == 'Z');
    const json_t *winner = json_array_get(json_object_get(match, "players"), 0);
    assert_string_equal(json_string_value(json_object_get(winner, "player_id")), "shown-w");
    assert_string_equal(json_string_value(json_object_get(match, "outcome")), "won");
    assert_int_equal(json_integer_value(json_object_get(winner, "place")), 1);
    assert_int_equal(json_integer_value(json_object_get(winner, "left_tick")), 0);
    assert_true(json_number_value(json_object_get(winner, "rating_before")) == 1200);
    assert_true(json_number_value(json_object_get(winner, "rating_after")) == 1220);
    json_decref(match);
    json_t *rating = duel_rating("shown-w");
    assert_string_equal(json_string_value(json_object_get(rating, "tier")), "gold");
    json_decref(rating);
}

static void test_matches_that_share_players_at_once_each_count_once(void **state)
{
    (void)state;
    unsigned moved = count_results("moved"), before = moved + count_results("repeated");
    char id[40];
    for (int i = 0; i < 24; i++) {
        (void)snprintf(id, sizeof id, "%032x", 0xc0000 + i / 2); /* each twice */
        result_sender_duel(&cast.sender, id, i % 4 < 2 ? "share-a" : "share-b", i % 4 < 2 ? "share-b" : "share-a");
    }
    wait_finished(before + 24);
    assert_int_equal(count_results("moved"), moved + 12);
    struct shell_result sums =
        shell_must(PSQL "\"SELECT r.games_played, count(*), abs(r.rating - 1200 - sum(p.rating_after - "
                        "p.rating_before)) < 0.001 FROM ratings r JOIN match_players p USING (player_id) WHERE "
                        "r.player_id LIKE 'share-_' GROUP BY r.player_id, r.rating, r.games_played\"");
    assert_string_equal(sums.output, "12|12|t\n12|12|t");
}

/* Holds the winner's rating changed, but not committed, while the next result is on its way. */
static void test_rating_that_moves_meanwhile_is_read_again(void **state)
{
    (void)state;
    unsigned before = count_results("moved") + count_results("repeated"), retried = count_results("retried");
    result_sender_duel(&cast.sender, "0000000000000000000000000000f001", "held-w", "held-l");
    wait_finished(before + 1);
    shell_must(PSQL
               "\"BEGIN; UPDATE ratings SET rating = 1500, games_played = games_played + 1 WHERE player_id = "
               "'held-w'; SELECT pg_sleep(1.5); COMMIT\" >\"$TEST_DIR/held\" 2>&1 & until " PSQL
               "\"SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()\" | "
               "grep -q 1; do sleep 0.02; done");
    result_sender_duel(&cast.sender, "0000000000000000000000000000f002", "held-w", "held-l");
    wait_finished(before + 2);
    assert_true(count_results("retried") > retried);
    json_t *row = duel_rating("held-w");
    double rating = json_number_value(json_object_get(row, "rating"));
    assert_int_equal(json_integer_value(json_object_get(row, "games_played")), 3);
    assert_true(rating > 1500 && rating < 1520); /* computed from what was committed, not from what was read first */
    json_decref(row);
}

static bool is_dead(void *data)
{
    return cast.sender.dead >= *(const uint32_t *)data;
}

static void test_result_that_can_never_be_applied_goes_to_the_dead_letter_queue(void **state)
{
    (void)state;
    uint32_t wanted = cast.sender.dead + 3;
    unsigned moved = count_results("moved");
    result_sender_bytes(&cast.sender, "garbage", "\xff\xff\xff", 3);
    result_sender_bytes(&cast.sender, "empty", "", 0);
    result_sender_duel(&cast.sender, "not an id", "bad-w", "bad-l");
    assert_true(turn_until_holds(&cast.loop, is_dead, &wanted, 20000));
    assert_int_equal(count_results("rejected"), 3);
    assert_int_equal(count_results("moved"), moved);
    matchmaker_call_fails(&cast.first, "GET", "/v1/players/bad-w/rating", NULL,
                          matchmaker_authorization(MATCHMAKER_API_SECRET, "mma-api", 600), 404, "PLAYER_NOT_FOUND",
                          NULL);
}

/* An engine's clock set back during the match, one that was never set, one in another age. */
static void test_played_match_counts_whatever_its_engines_clock_says(void **state)
{
    (void)state;
    static const int64_t times[][2] = {
        {1700003600000, 1700000000000}, {-1, -1}, {INT64_MAX, INT64_MIN}, {INT64_MIN, INT64_MAX}};
    unsigned before = count_results("moved") + count_results("repeated"), rejected = count_results("rejected");
    for (int i = 0; i < 4; i++) {
        char id[40];
        (void)snprintf(id, sizeof id, "%032x", 0xd0000 + i);
        result_sender_duel_dated(&cast.sender, id, "clock-w", "clock-l", times[i][0], times[i][1]);
    }
    wait_finished(before + 4);
    assert_int_equal(count_results("rejected"), rejected);
    json_t *row = duel_rating("clock-w");
    assert_int_equal(json_integer_value(json_object_get(row, "games_played")), 4);
    json_decref(row);
    struct shell_result spans = shell_must(
        PSQL "\"SELECT count(*), min(end_time - start_time) >= interval '0', bool_and(end_time < '10000-01-01') FROM "
             "matches JOIN match_players USING (match_id) WHERE player_id = 'clock-w'\"");
    assert_string_equal(spans.output, "4|t|t");
    json_t *shown = matchmaker_call(&cast.first, "GET", "/v1/matches/000000000000000000000000000d0000", NULL, 200);
    assert_string_equal(json_string_value(json_object_get(shown, "start_time")), "2023-11-14T23:13:20.000Z");
    assert_string_equal(json_string_value(json_object_get(shown, "end_time")), "2023-11-14T23:14:20.000Z");
    json_decref(shown);
}

static void test_new_rating_is_what_the_next_ticket_is_matched_with(void **state)
{
    (void)state;
    unsigned before = count_results("moved") + count_results("repeated");
    result_sender_duel(&cast.sender, "0000000000000000000000000000dddd", "next-w", "next-l");
    wait_finished(before + 1);
    json_t *ticket =
        matchmaker_call(&cast.second, "POST", "/v1/tickets", "{\"player_id\": \"next-w\", \"queue\": \"duel\"}", 201);
    assert_true(json_number_value(json_object_get(ticket, "rating")) == 1220);
    json_decref(ticket);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match_that_was_cut_short_is_on_record_and_moves_no_rating),
        cmocka_unit_test(test_result_delivered_five_times_moves_ratings_once),
        cmocka_unit_test(test_finished_match_is_shown_with_ratings_before_and_after),
        cmocka_unit_test(test_matches_that_share_players_at_once_each_count_once),
        cmocka_unit_test(test_rating_that_moves_meanwhile_is_read_again),
        cmocka_unit_test(test_result_that_can_never_be_applied_goes_to_the_dead_letter_queue),
        cmocka_unit_test(test_played_match_counts_whatever_its_engines_clock_says),
        cmocka_unit_test(test_new_rating_is_what_the_next_ticket_is_matched_with),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
