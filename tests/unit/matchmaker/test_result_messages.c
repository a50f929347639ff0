/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/result_messages.h"

#include "libcommon/base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct matchmaker mm;
static Mma__MatchResult result;
static Mma__Standing standings[4];
static Mma__Standing *pointers[4];
static char names[4][80], id[40], queue[16];
static char nothing[] = "", region[] = "eu_west";

static int begin(void **state)
{
    (void)state;
    const struct matchmaker_rules rules = {.ticket_timeout_ms = 1000,
                                           .tickets_max = 10,
                                           .queue_count = 2,
                                           .queues = {{"teams_2v2", "arena", 2, 4, 4}, {"ffa", "arena", 0, 2, 4}}};
    matchmaker_init(&mm, &rules, 1);
    mma__match_result__init(&result);
    (void)snprintf(id, sizeof id, "0123456789abcdef0123456789abcdef");
    (void)snprintf(queue, sizeof queue, "teams_2v2");
    result.match_id = id;
    result.queue = queue;
    result.region = result.mode = result.map = result.engine = nothing;
    result.region = region;
    result.n_standings = 4;
    result.standings = pointers;
    for (uint32_t i = 0; i < 4; i++) {
        mma__standing__init(&standings[i]);
        (void)snprintf(names[i], sizeof names[i], "p%u", i);
        standings[i].player_id = names[i];
        standings[i].team = i / 2;
        standings[i].score = (int32_t)(10 - i);
        pointers[i] = &standings[i];
    }
    return 0;
}

static void test_report_says_what_the_message_says(void **state)
{
    (void)state;
    struct result_report report;
    static char outcome[] = "won";
    result.outcome = outcome;
    result.winner = 1;
    result.ticks = 3600;
    result.quality = 0.5;
    result.start_time = 5;
    result.end_time = -6;
    standings[2].place = 3;
    standings[2].left_tick = 9;
    standings[2].slot = 7;
    result_messages_report(&result, &report);
    assert_string_equal(report.match_id, id);
    assert_string_equal(report.queue, queue);
    assert_string_equal(report.region, "eu_west");
    assert_string_equal(report.outcome, "won");
    assert_int_equal(report.winner, 1);
    assert_int_equal(report.ticks, 3600);
    assert_true(report.quality == 0.5);
    assert_int_equal(report.start_time, 5);
    assert_int_equal(report.end_time, -6);
    assert_int_equal(report.standing_count, 4);
    assert_string_equal(report.standings[2].player_id, "p2");
    assert_int_equal(report.standings[2].team, 1);
    assert_int_equal(report.standings[2].score, 8);
    assert_int_equal(report.standings[2].place, 3);
    assert_int_equal(report.standings[2].slot, 7);
    assert_true(report.standings[2].has_left);
    assert_false(report.standings[1].has_left);
}

static void test_more_standings_than_a_report_holds_are_counted_and_not_written(void **state)
{
    (void)state;
    struct result_report report;
    static Mma__Standing *many[RATING_PLAYERS_MAX + 1];
    for (uint32_t i = 0; i <= RATING_PLAYERS_MAX; i++) {
        many[i] = &standings[i % 4];
    }
    result.standings = many;
    result.n_standings = RATING_PLAYERS_MAX + 1;
    result_messages_report(&result, &report);
    assert_int_equal(report.standing_count, RATING_PLAYERS_MAX + 1);
    assert_string_equal(result_report_flaw(&mm, &report), "standings");
}

/* The core's slot of the message, read without rows. */
static const struct result *take(const Mma__MatchResult *message)
{
    static struct matchmaker_effects effects;
    struct result_report report;
    result_messages_report(message, &report);
    uint32_t slot = matchmaker_result_received(&mm, &report, "", 1, &effects);
    if (slot == RESULT_NONE) {
        return NULL;
    }
    matchmaker_result_ratings(&mm, slot, STATUS_OK, NULL, NULL, 0, 0, &effects);
    mm.results.items[slot].state = RESULT_FREE;
    return &mm.results.items[slot];
}

static void test_json_keeps_what_does_not_fit_a_double(void **state)
{
    (void)state;
    result.seed = UINT64_MAX;
    result.state_hash = UINT64_MAX - 1;
    result.start_time = 9000;
    result.end_time = 8000; /* of a clock that was set back */
    json_t *json = result_messages_json(&result, take(&result));
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "seed")), "-1"); /* bigint has a sign */
    assert_string_equal(json_string_value(json_object_get(json, "state_hash")), "fffffffffffffffe");
    assert_int_equal(json_array_size(json_object_get(json, "players")), 4);
    assert_int_equal(json_integer_value(json_object_get(json, "start_ms")), 9000);
    assert_int_equal(json_integer_value(json_object_get(json, "end_ms")), 9000);
    assert_string_equal(json_string_value(json_object_get(json, "end_reason")), "finished");
    const json_t *first = json_array_get(json_object_get(json, "players"), 0);
    assert_true(json_number_value(json_object_get(first, "rating_before")) == 1200);
    assert_true(json_number_value(json_object_get(first, "rating_after")) == 1220);
    assert_null(json_object_get(first, "place")); /* this engine says none */
    assert_true(json_is_null(json_object_get(json, "outcome")));
    json_decref(json);
    json_t *ids = result_messages_player_ids(take(&result));
    assert_int_equal(json_array_size(ids), 4);
    assert_string_equal(json_string_value(json_array_get(ids, 3)), "p3");
    json_decref(ids);
}

static void test_json_carries_the_engines_decision(void **state)
{
    (void)state;
    static char outcome[] = "won";
    static const uint32_t places[] = {1, 4, 2, 2};
    result.outcome = outcome;
    for (uint32_t i = 0; i < 4; i++) {
        standings[i].place = places[i];
        standings[i].slot = i;
    }
    standings[1].left_tick = 77;
    const struct result *taken = take(&result);
    assert_non_null(taken);
    json_t *json = result_messages_json(&result, taken);
    assert_string_equal(json_string_value(json_object_get(json, "outcome")), "won");
    const json_t *left = json_array_get(json_object_get(json, "players"), 1);
    assert_int_equal(json_integer_value(json_object_get(left, "place")), 4);
    assert_int_equal(json_integer_value(json_object_get(left, "left_tick")), 77);
    json_decref(json);
}

/* Bytes off the wire: whatever comes is refused or good, and a good one can be written. */
static void test_broken_bytes_are_refused_or_harmless(void **state)
{
    (void)state;
    uint8_t good[512], bytes[512];
    size_t size = mma__match_result__pack(&result, good);
    struct random random;
    random_init(&random, 9, 1);
    unsigned accepted = 0;
    for (int round = 0; round < 20000; round++) {
        memcpy(bytes, good, size);
        for (uint32_t i = random_below(&random, 4); i > 0; i--) {
            bytes[random_below(&random, (uint32_t)size)] = (uint8_t)random_u32(&random);
        }
        size_t cut = round % 5 == 0 ? random_below(&random, (uint32_t)size) : size;
        Mma__MatchResult *message = mma__match_result__unpack(NULL, cut, bytes);
        const struct result *taken = message ? take(message) : NULL;
        if (taken != NULL) {
            json_t *json = result_messages_json(message, taken);
            assert_non_null(json); /* nothing that is good waits for ever to be written */
            json_decref(json);
            accepted++;
        }
        if (message != NULL) {
            mma__match_result__free_unpacked(message, NULL);
        }
    }
    assert_true(accepted > 1000);
    assert_true(accepted < 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_report_says_what_the_message_says, begin),
        cmocka_unit_test_setup(test_more_standings_than_a_report_holds_are_counted_and_not_written, begin),
        cmocka_unit_test_setup(test_json_keeps_what_does_not_fit_a_double, begin),
        cmocka_unit_test_setup(test_json_carries_the_engines_decision, begin),
        cmocka_unit_test_setup(test_broken_bytes_are_refused_or_harmless, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
