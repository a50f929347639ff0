/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/result_message.h"

#include "libcommon/base/random.h"

#include <math.h>
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

static void check_flaw(const char *flaw)
{
    const char *found = result_message_flaw(&mm, &result);
    assert_non_null(found);
    assert_string_equal(found, flaw);
}

static void test_good_result_has_no_flaw(void **state)
{
    (void)state;
    assert_null(result_message_flaw(&mm, &result));
}

static void test_every_flaw_is_named(void **state)
{
    (void)state;
    id[0] = 'X';
    check_flaw("match_id");
    id[0] = '0';
    queue[0] = 'T';
    check_flaw("queue");
    queue[0] = 't';
    char bad[] = "\xff";
    result.map = bad;
    check_flaw("region, mode, map, engine or end_reason");
    result.map = nothing;
    result.quality = NAN;
    check_flaw("quality, ticks or time");
    result.quality = 0;
    result.start_time = 5;
    check_flaw("quality, ticks or time");
    result.start_time = 0;
    standings[3].score = INT32_MIN;
    check_flaw("score");
    standings[3].score = 0;
    standings[3].team = 64;
    check_flaw("team");
    standings[3].team = 1;
    names[3][1] = '0';
    check_flaw("standings");
    names[3][0] = '\0';
    check_flaw("player_id");
    result.n_standings = 0;
    check_flaw("standings");
}

static PGresult *rows_of(const char *player, const char *rating, const char *games)
{
    PGresult *rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc columns[3] = {{.name = nothing}, {.name = nothing}, {.name = nothing}};
    const char *values[] = {player, rating, games};
    assert_int_equal(PQsetResultAttrs(rows, 3, columns), 1);
    for (int column = 0; column < 3; column++) {
        char value[80];
        (void)snprintf(value, sizeof value, "%s", values[column]);
        assert_int_equal(PQsetvalue(rows, 0, column, value, (int)strlen(value)), 1);
    }
    return rows;
}

static void test_known_players_have_their_rating_and_others_the_start(void **state)
{
    (void)state;
    struct rating_player players[RATING_PLAYERS_MAX];
    PGresult *rows = rows_of("p2", "1512.25", "40");
    result_message_players(&mm, &result, rows, players);
    PQclear(rows);
    assert_int_equal(players[2].before_milli, 1512250);
    assert_int_equal(players[2].games_played, 40);
    assert_int_equal(players[0].before_milli, RATING_START_MILLI);
    assert_int_equal(players[0].side, 0);
    assert_int_equal(players[3].side, 1);
    assert_true(players[0].after_milli > players[0].before_milli);
    assert_true(players[2].after_milli < players[2].before_milli);
}

/* A leader who left: behind in places, ahead in score. */
static void test_places_decide_and_not_scores(void **state)
{
    (void)state;
    struct rating_player players[RATING_PLAYERS_MAX];
    static const uint32_t places[] = {3, 4, 1, 1};
    PGresult *rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    for (uint32_t i = 0; i < 4; i++) {
        standings[i].place = places[i];
    }
    assert_null(result_message_flaw(&mm, &result));
    result_message_players(&mm, &result, rows, players);
    assert_int_equal(players[0].after_milli, 1180000);
    assert_int_equal(players[1].after_milli, 1180000);
    assert_int_equal(players[2].after_milli, 1220000);
    standings[2].place = 0; /* half a decision is none */
    result_message_players(&mm, &result, rows, players);
    assert_int_equal(players[0].after_milli, 1220000);
    standings[2].place = RATING_PLAYERS_MAX + 1;
    check_flaw("place");
    PQclear(rows);
}

static void test_without_teams_everybody_is_a_side(void **state)
{
    (void)state;
    struct rating_player players[RATING_PLAYERS_MAX];
    (void)snprintf(queue, sizeof queue, "ffa");
    for (uint32_t i = 0; i < 4; i++) {
        standings[i].team = 255;
    }
    assert_null(result_message_flaw(&mm, &result));
    PGresult *rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    result_message_players(&mm, &result, rows, players);
    PQclear(rows);
    assert_int_equal(players[0].after_milli, 1220000);
    assert_int_equal(players[3].after_milli, 1180000);
}

static void test_json_keeps_what_does_not_fit_a_double(void **state)
{
    (void)state;
    struct rating_player players[RATING_PLAYERS_MAX] = {{.before_milli = 1200000}};
    result.seed = UINT64_MAX;
    result.state_hash = UINT64_MAX - 1;
    json_t *json = result_message_json(&result, players);
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "seed")), "-1"); /* bigint has a sign */
    assert_string_equal(json_string_value(json_object_get(json, "state_hash")), "fffffffffffffffe");
    assert_int_equal(json_array_size(json_object_get(json, "players")), 4);
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
        if (message != NULL && result_message_flaw(&mm, message) == NULL) {
            struct rating_player players[RATING_PLAYERS_MAX];
            PGresult *rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
            result_message_players(&mm, message, rows, players);
            PQclear(rows);
            json_t *json = result_message_json(message, players);
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
        cmocka_unit_test_setup(test_good_result_has_no_flaw, begin),
        cmocka_unit_test_setup(test_every_flaw_is_named, begin),
        cmocka_unit_test_setup(test_known_players_have_their_rating_and_others_the_start, begin),
        cmocka_unit_test_setup(test_places_decide_and_not_scores, begin),
        cmocka_unit_test_setup(test_without_teams_everybody_is_a_side, begin),
        cmocka_unit_test_setup(test_json_keeps_what_does_not_fit_a_double, begin),
        cmocka_unit_test_setup(test_broken_bytes_are_refused_or_harmless, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
