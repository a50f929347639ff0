/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/match_recovery.h"

#include "tests/support/seated_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FLUSH_TICKS 2

static const struct match_player players[2] = {{"ann", 0}, {"ben", 1}};

static struct match match;
static struct match_recovery recovery;
static struct recovery_write last_write;
static void *match_memory, *log_memory;

static int begin(void **state)
{
    (void)state;
    struct match_setup setup = seated_match_setup("duel", players, 2);
    size_t size = match_memory_bytes(&setup);
    match_memory = malloc(size);
    assert_int_equal(match_init(&match, &setup, match_memory, size), STATUS_OK);
    match_take_seat(&match, 0, 1, 0);
    memset(&recovery, 0, sizeof recovery);
    log_memory = malloc(recovery_log_bytes(&match.header.setup, FLUSH_TICKS));
    match_recovery_begin(&recovery, &match.header.setup, FLUSH_TICKS, log_memory);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(match_memory);
    free(log_memory);
    return 0;
}

static enum match_recovery_step step(bool redis_is_up)
{
    recorder_clear_stream(&match.recorder);
    assert_true(match_step(&match));
    return match_recovery_round(&recovery, &match, redis_is_up, &last_write);
}

/* The next write that there is. */
static void step_to_write(void)
{
    while (step(true) != MATCH_RECOVERY_WRITE) {
    }
}

static void test_log_begins_with_a_keyframe_and_goes_on_with_ticks(void **state)
{
    (void)state;
    assert_int_equal(recovery.epoch, 1);
    assert_int_equal(step(true), MATCH_RECOVERY_WRITE);
    assert_true(last_write.is_beginning);
    assert_int_equal(step(true), MATCH_RECOVERY_NOTHING);
    assert_int_equal(step(true), MATCH_RECOVERY_WRITE);
    assert_false(last_write.is_beginning);
}

static void test_round_that_redis_does_not_get_makes_the_log_begin_again(void **state)
{
    (void)state;
    step_to_write();
    assert_int_equal(step(false), MATCH_RECOVERY_AWAY);
    assert_int_equal(step(true), MATCH_RECOVERY_WRITE);
    assert_true(last_write.is_beginning);
    match_recovery_unsent(&recovery);
    assert_int_equal(step(true), MATCH_RECOVERY_WRITE);
    assert_true(last_write.is_beginning);
}

static void test_nothing_more_is_sent_while_too_much_is_in_flight(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < MATCH_RECOVERY_IN_FLIGHT_MAX; i++) {
        step_to_write();
        match_recovery_sent(&recovery);
    }
    assert_int_equal(step(true), MATCH_RECOVERY_SLOW);
    assert_int_equal(step(false), MATCH_RECOVERY_AWAY);
    assert_false(match_recovery_answered(&recovery, MATCH_RECOVERY_WRITTEN));
    assert_int_equal(step(true), MATCH_RECOVERY_WRITE);
    assert_true(last_write.is_beginning);
}

static void test_write_that_failed_is_news_while_the_match_runs(void **state)
{
    (void)state;
    step_to_write();
    match_recovery_sent(&recovery);
    match_recovery_sent(&recovery);
    assert_true(match_recovery_answered(&recovery, MATCH_RECOVERY_FAILED));
    assert_int_equal(step(true), MATCH_RECOVERY_WRITE);
    assert_true(last_write.is_beginning);
    assert_true(match_recovery_end(&recovery));
    assert_false(match_recovery_answered(&recovery, MATCH_RECOVERY_FAILED));
}

static void test_fenced_log_is_never_written_again_and_not_deleted(void **state)
{
    (void)state;
    step_to_write();
    match_recovery_sent(&recovery);
    match_recovery_sent(&recovery);
    assert_true(match_recovery_answered(&recovery, MATCH_RECOVERY_FENCED));
    assert_false(match_recovery_answered(&recovery, MATCH_RECOVERY_FENCED)); /* said once */
    for (int i = 0; i < 70; i++) {
        assert_int_equal(step(i % 2 == 0), MATCH_RECOVERY_NOTHING);
    }
    assert_false(match_recovery_end(&recovery));
}

static void test_place_is_free_when_the_match_is_over_and_all_was_answered(void **state)
{
    (void)state;
    assert_false(match_recovery_is_free(&recovery));
    step_to_write();
    match_recovery_sent(&recovery);
    assert_true(match_recovery_end(&recovery));
    assert_false(match_recovery_is_free(&recovery));
    assert_false(match_recovery_answered(&recovery, MATCH_RECOVERY_WRITTEN));
    assert_true(match_recovery_is_free(&recovery));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_log_begins_with_a_keyframe_and_goes_on_with_ticks),
        TEST(test_round_that_redis_does_not_get_makes_the_log_begin_again),
        TEST(test_nothing_more_is_sent_while_too_much_is_in_flight),
        TEST(test_write_that_failed_is_news_while_the_match_runs),
        TEST(test_fenced_log_is_never_written_again_and_not_deleted),
        TEST(test_place_is_free_when_the_match_is_over_and_all_was_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
