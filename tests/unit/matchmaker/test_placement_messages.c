/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/placement_messages.h"

#include "tests/support/matchmaker_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define C matchmaker_case

static void test_match_is_described_by_its_queue_its_limits_and_its_seats(void **state)
{
    (void)state;
    matchmaker_case_enter_eu(CASE_DUEL, 1300);
    matchmaker_case_enter_eu(CASE_DUEL, 1200);
    const struct formed_match *match = matchmaker_case_round_match();
    const struct placement_limits limits = {.time_limit_s = 7, .score_limit = 3};
    struct placement_message message;
    placement_messages_fill(&message, &matchmaker_case_rules, match, &limits);
    assert_string_equal(message.create.match_id, match->id);
    assert_string_equal(message.create.queue, "duel");
    assert_string_equal(message.create.mode, "duel");
    assert_string_equal(message.create.map, "duel");
    assert_string_equal(message.create.region, "eu_west");
    assert_int_equal(message.create.seed, match->seed);
    assert_int_equal(message.create.time_limit_ticks, 420);
    assert_int_equal(message.create.score_limit, 3);
    assert_true(message.create.quality * 65536.0 == match->quality_q16);
    assert_int_equal(message.create.n_seats, 2);
    assert_string_equal(message.create.seats[0]->player_id, "player-1");
    assert_true(message.create.seats[0]->rating == 1300);
    assert_int_equal(message.create.seats[0]->team, match->seats[0].team);
    assert_int_equal(message.create.seats[1]->team, match->seats[1].team);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_match_is_described_by_its_queue_its_limits_and_its_seats, matchmaker_case_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
