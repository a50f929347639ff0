/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/record/match_decision.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct match_place places[3];
static struct match_decision decision;

static int begin(void **state)
{
    (void)state;
    for (uint16_t slot = 0; slot < 3; slot++) {
        places[slot] = (struct match_place){.place = (uint16_t)(slot + 1)};
    }
    decision = (struct match_decision){.end_reason = MATCH_END_FINISHED,
                                       .outcome = MATCH_OUTCOME_WON,
                                       .winner = 2,
                                       .score = 7,
                                       .seat_count = 3,
                                       .places = places};
    return 0;
}

static void test_texts_are_those_of_the_schema(void **state)
{
    (void)state;
    assert_string_equal(match_decision_end_reason_text(MATCH_END_NONE), "none");
    assert_string_equal(match_decision_end_reason_text(MATCH_END_FINISHED), "finished");
    assert_string_equal(match_decision_end_reason_text(MATCH_END_ABANDONED), "abandoned");
    assert_string_equal(match_decision_end_reason_text(MATCH_END_DRAINED), "drained");
    assert_string_equal(match_decision_outcome_text(MATCH_OUTCOME_NONE), "none");
    assert_string_equal(match_decision_outcome_text(MATCH_OUTCOME_WON), "won");
    assert_string_equal(match_decision_outcome_text(MATCH_OUTCOME_DRAW), "draw");
}

static void test_only_a_finished_match_is_won_or_drawn(void **state)
{
    (void)state;
    assert_true(match_decision_is_valid(&decision));
    decision.end_reason = MATCH_END_DRAINED;
    assert_false(match_decision_is_valid(&decision));
    decision.outcome = MATCH_OUTCOME_NONE;
    assert_false(match_decision_is_valid(&decision)); /* it names a winner */
    decision.winner = RULES_SLOT_NONE;
    assert_false(match_decision_is_valid(&decision)); /* and a winner's score */
    decision.score = 0;
    assert_true(match_decision_is_valid(&decision));
    decision.end_reason = MATCH_END_FINISHED;
    assert_false(match_decision_is_valid(&decision));
    decision.outcome = MATCH_OUTCOME_DRAW;
    assert_true(match_decision_is_valid(&decision));
    decision.end_reason = MATCH_END_NONE;
    assert_false(match_decision_is_valid(&decision));
}

static void test_places_and_winner_are_of_the_seats(void **state)
{
    (void)state;
    decision.winner = 3;
    assert_false(match_decision_is_valid(&decision));
    decision.winner = 0;
    places[2].place = 4;
    assert_false(match_decision_is_valid(&decision));
    places[2].place = 0;
    assert_false(match_decision_is_valid(&decision));
    places[2].place = 1;
    assert_true(match_decision_is_valid(&decision));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_are_those_of_the_schema),
        cmocka_unit_test_setup(test_only_a_finished_match_is_won_or_drawn, begin),
        cmocka_unit_test_setup(test_places_and_winner_are_of_the_seats, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
