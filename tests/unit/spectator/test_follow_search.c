/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a search asks, when it is given up, resyncs, and what a late answer undoes. */
#include "services/spectator/core/follow_search.h"
#include "tests/support/follow_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MATCH FOLLOW_CASE_MATCH
#define OTHER FOLLOW_CASE_OTHER
#define G1    "tcp://g:1"
#define G2    "tcp://g:2"
#define E1    "tcp://e1:1"
#define E2    "tcp://e2:1"

static struct follow_case *c;

static int setup(void **state)
{
    (void)state;
    c = follow_case_open();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    follow_case_close(c);
    return 0;
}

static const struct follow_slot *slot(uint32_t index)
{
    return &c->follow.slots[index];
}

/* ---- the search ----------------------------------------------------------------------------------- */

static void test_engines_are_asked_in_the_order_of_their_mailboxes(void **state)
{
    (void)state;
    static const char *const engines[] = {"tcp://e3:1", "tcp://e1:1", "tcp://e1:10", "tcp://e2:1"};
    static const char *const order[] = {"tcp://e1:1", "tcp://e1:10", "tcp://e2:1", "tcp://e3:1"};
    follow_case_list_engines(c, 4, engines);
    follow_case_watch(c, G1, 1, MATCH, 0);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(follow_case_kinds(c), "SUBSCRIBE");
        assert_int_equal(follow_case_effect(c, FOLLOW_SUBSCRIBE, 0)->slot, 0);
        assert_string_equal(slot(0)->engine, order[i]);
        assert_string_equal(slot(0)->match_id, MATCH);
        follow_case_not_found(c, 0, i % 2 == 0 ? STATUS_NOT_FOUND : STATUS_EXPIRED);
    }
    assert_string_equal(follow_case_kinds(c), "REFUSE RELEASE");
    assert_int_equal(follow_case_effect(c, FOLLOW_REFUSE, 0)->refusal, ADMISSION_NOT_FOUND);
    assert_int_equal(follow_case_effect(c, FOLLOW_REFUSE, 0)->request.from.correlation_id, 1001);
    assert_int_equal(c->follow.match_count, 0);
}

static void test_search_without_engines_is_over_at_once(void **state)
{
    (void)state;
    follow_case_list_engines(c, 0, NULL);
    follow_case_watch(c, G1, 1, MATCH, 0);
    assert_string_equal(follow_case_kinds(c), "REFUSE RELEASE");
    assert_int_equal(slot(0)->state, FOLLOW_FREE);
}

static void test_engine_that_cannot_be_sent_to_is_passed_over(void **state)
{
    (void)state;
    follow_case_watch(c, G1, 1, MATCH, 0);
    follow_case_unsent(c, 0);
    assert_string_equal(follow_case_kinds(c), "SUBSCRIBE");
    assert_string_equal(slot(0)->engine, E2);
    follow_case_unsent(c, 0);
    assert_string_equal(follow_case_kinds(c), "REFUSE RELEASE");
}

static void test_list_that_changes_meanwhile_does_no_harm(void **state)
{
    (void)state;
    static const char *const later[] = {"tcp://e0:1", "tcp://e2:1"};
    follow_case_watch(c, G1, 1, MATCH, 0);
    follow_case_list_engines(c, 2, later); /* the engine asked is gone, another one came before it */
    follow_case_not_found(c, 0, STATUS_CANCELLED);
    assert_string_equal(slot(0)->engine, E2);
    follow_case_not_found(c, 0, STATUS_NOT_FOUND);
    assert_string_equal(follow_case_kinds(c), "REFUSE RELEASE");
}

static void test_found_match_admits_all_who_waited(void **state)
{
    (void)state;
    follow_case_watch(c, G1, 1, MATCH, 60);
    follow_case_watch(c, G2, 2, MATCH, 15);
    assert_int_equal(c->effects.count, 0);
    follow_case_found(c, 0, MATCH);
    assert_string_equal(follow_case_kinds(c), "STARTED ADMIT ADMIT");
    const struct follow_effect *second = follow_case_effect(c, FOLLOW_ADMIT, 1);
    assert_string_equal(second->request.from.gateway, G2);
    assert_int_equal(second->request.session, 2);
    assert_int_equal(second->tier, 2);
    assert_int_equal(second->slot, 0);
    assert_int_equal(slot(0)->state, FOLLOW_FOLLOWING);
    assert_int_equal(slot(0)->waiter_count, 0);
    assert_int_equal(slot(0)->match.next_tick, c->source.world.tick + 1);
}

static void test_any_match_takes_the_name_of_the_one_found(void **state)
{
    (void)state;
    follow_case_watch(c, G1, 1, "", 60);
    assert_string_equal(slot(0)->match_id, "");
    follow_case_found(c, 0, MATCH);
    assert_string_equal(slot(0)->match_id, MATCH);
    follow_case_watch(c, G1, 2, MATCH, 60);
    assert_string_equal(follow_case_kinds(c), "ADMIT");
}

static void test_match_that_cannot_be_read_fails_and_is_unsubscribed(void **state)
{
    (void)state;
    follow_case_watch(c, G1, 1, MATCH, 60);
    follow_case_found_with(c, 0, MATCH, STATUS_NO_MEMORY);
    assert_string_equal(follow_case_kinds(c), "FAILED UNSUBSCRIBE REFUSE RELEASE");
    assert_int_equal(follow_case_effect(c, FOLLOW_FAILED, 0)->status, STATUS_NO_MEMORY);
    assert_int_equal(slot(0)->state, FOLLOW_FREE);
}

static void test_match_with_a_damaged_keyframe_fails_and_its_memory_is_released(void **state)
{
    (void)state;
    follow_case_watch(c, G1, 1, MATCH, 60);
    struct follow_beginning beginning = {.match_id = MATCH, .header = &c->source.header};
    c->match_memory[0] = malloc(followed_match_memory_bytes(&c->source.header, FOLLOW_CASE_DELAY_MS));
    beginning.memory = c->match_memory[0];
    beginning.keyframe = c->source.bytes;
    beginning.keyframe_size = c->source.size; /* a tick */
    c->effects.count = 0;
    follow_subscribed(&c->follow, 0, &beginning, c->now_ms, &c->effects);
    assert_string_equal(follow_case_kinds(c), "FAILED UNSUBSCRIBE REFUSE RELEASE");
    free(c->match_memory[0]);
    c->match_memory[0] = NULL;
    follow_case_watch(c, G1, 1, MATCH, 60); /* the slot is as new */
    follow_case_found(c, 0, MATCH);
    assert_string_equal(follow_case_kinds(c), "STARTED ADMIT");
}

/* ---- found twice ---------------------------------------------------------------------------------- */

static void test_match_that_two_searches_find_is_followed_once(void **state)
{
    (void)state;
    follow_case_watch(c, G1, 1, MATCH, 60);
    follow_case_watch(c, G2, 2, "", 60);
    assert_string_equal(follow_case_kinds(c), "SUBSCRIBE");
    assert_int_equal(follow_case_effect(c, FOLLOW_SUBSCRIBE, 0)->slot, 1);
    follow_case_found(c, 1, MATCH); /* that of any match comes first */
    assert_string_equal(follow_case_kinds(c), "STARTED ADMIT");
    follow_case_found(c, 0, MATCH);
    assert_string_equal(follow_case_kinds(c), "ADMIT RELEASE"); /* the same records of the same engine: they go on */
    assert_int_equal(follow_case_effect(c, FOLLOW_ADMIT, 0)->slot, 1);
    assert_int_equal(follow_case_effect(c, FOLLOW_ADMIT, 0)->request.session, 1);
    assert_int_equal(c->follow.match_count, 1);
    assert_int_equal(followed_match_viewers(&slot(1)->match), 2);
}

static void test_match_found_at_a_second_engine_is_unsubscribed_there(void **state)
{
    (void)state;
    follow_case_follow(c);
    follow_case_watch(c, G2, 2, OTHER, 60);
    follow_case_not_found(c, 1, STATUS_NOT_FOUND);
    assert_string_equal(slot(1)->engine, E2);
    follow_case_found(c, 1, MATCH);
    assert_string_equal(follow_case_kinds(c), "ADMIT UNSUBSCRIBE RELEASE");
    assert_int_equal(follow_case_effect(c, FOLLOW_UNSUBSCRIBE, 0)->slot, 1);
    assert_string_equal(slot(1)->match_id, MATCH); /* what is unsubscribed */
}

/* ---- late answers --------------------------------------------------------------------------------- */

static void end_all(void)
{
    c->effects.count = 0;
    assert_false(follow_end_all(&c->follow, &c->effects));
}

static void test_answer_after_the_end_is_undone(void **state)
{
    (void)state;
    follow_case_watch(c, G1, 1, "", 60);
    end_all();
    assert_string_equal(follow_case_kinds(c), "REFUSE");
    assert_int_equal(slot(0)->state, FOLLOW_CLOSED);
    assert_int_equal(c->follow.match_count, 1);
    assert_false(follow_needs_memory(&c->follow, 0));
    follow_case_found(c, 0, MATCH);
    assert_string_equal(follow_case_kinds(c), "UNSUBSCRIBE RELEASE");
    assert_string_equal(slot(0)->match_id, MATCH);
    assert_int_equal(c->follow.match_count, 0);
}

static void test_answer_after_the_end_leaves_alone_what_another_search_asked_for(void **state)
{
    (void)state;
    follow_case_watch(c, G1, 1, MATCH, 60);
    end_all();
    follow_case_watch(c, G2, 2, MATCH, 60);
    assert_string_equal(follow_case_kinds(c), "SUBSCRIBE");
    follow_case_found(c, 0, MATCH);
    assert_string_equal(follow_case_kinds(c), "RELEASE");
}

static void test_answer_after_the_end_leaves_alone_a_search_for_any_match(void **state)
{
    (void)state;
    follow_case_watch(c, G1, 1, MATCH, 60);
    end_all();
    follow_case_watch(c, G2, 2, "", 60);
    follow_case_found(c, 0, MATCH);
    assert_string_equal(follow_case_kinds(c), "RELEASE");
}

static void test_answer_after_the_end_is_undone_though_others_search_elsewhere(void **state)
{
    (void)state;
    follow_case_watch(c, G1, 1, MATCH, 60);
    end_all();
    follow_case_watch(c, G2, 2, MATCH, 60);
    follow_case_not_found(c, 1, STATUS_NOT_FOUND); /* asks the second engine now */
    follow_case_found(c, 0, MATCH);
    assert_string_equal(follow_case_kinds(c), "UNSUBSCRIBE RELEASE");
}

static void test_answer_after_the_end_is_undone_though_others_search_another_match(void **state)
{
    (void)state;
    follow_case_watch(c, G1, 1, MATCH, 60);
    end_all();
    follow_case_watch(c, G2, 2, OTHER, 60);
    follow_case_found(c, 0, MATCH);
    assert_string_equal(follow_case_kinds(c), "UNSUBSCRIBE RELEASE");
}

static void test_answer_after_the_end_leaves_alone_what_is_followed_again(void **state)
{
    (void)state;
    follow_case_watch(c, G1, 1, MATCH, 60);
    end_all();
    follow_case_watch(c, G2, 2, MATCH, 60);
    follow_case_found(c, 1, MATCH);
    follow_case_found(c, 0, MATCH);
    assert_string_equal(follow_case_kinds(c), "RELEASE");
}

static void test_refusal_after_the_end_frees_the_slot(void **state)
{
    (void)state;
    follow_case_watch(c, G1, 1, MATCH, 60);
    end_all();
    follow_case_not_found(c, 0, STATUS_NOT_FOUND);
    assert_string_equal(follow_case_kinds(c), "RELEASE");
    follow_case_watch(c, G1, 1, MATCH, 60);
    end_all();
    follow_case_unsent(c, 0);
    assert_string_equal(follow_case_kinds(c), "RELEASE");
    assert_int_equal(c->follow.match_count, 0);
}

/* ---- resyncs -------------------------------------------------------------------------------------- */

static void settle_after(uint64_t ms)
{
    c->now_ms += ms;
    assert_false(follow_step(&c->follow, c->now_ms, &c->batch));
    frame_batch_clear(&c->batch);
    assert_false(follow_case_settle(c));
}

static void skip_a_tick(void)
{
    record_source_step(&c->source);
    follow_case_tick(c, E1, MATCH);
    assert_true(slot(0)->match.needs_resync);
}

static void test_gap_asks_the_same_engine_again(void **state)
{
    (void)state;
    follow_case_follow(c);
    skip_a_tick();
    settle_after(0);
    assert_string_equal(follow_case_kinds(c), "RESYNC SUBSCRIBE");
    assert_string_equal(slot(0)->engine, E1);
    settle_after(5000); /* it is asked once */
    assert_int_equal(c->effects.count, 0);
    assert_false(follow_needs_memory(&c->follow, 0));
    follow_case_found(c, 0, MATCH);
    assert_int_equal(c->effects.count, 0);
    assert_false(slot(0)->match.needs_resync);
    follow_case_play(c, 20, E1, MATCH);
    assert_int_equal(c->effects.count, 0);
    assert_int_equal(slot(0)->resyncs, 0);
}

static void test_silence_asks_the_engine_again(void **state)
{
    (void)state;
    follow_case_follow(c);
    settle_after(FOLLOW_SILENCE_MS);
    assert_int_equal(c->effects.count, 0);
    settle_after(1);
    assert_string_equal(follow_case_kinds(c), "RESYNC SUBSCRIBE");
}

static void test_records_end_the_silence(void **state)
{
    (void)state;
    follow_case_follow(c);
    c->now_ms += FOLLOW_SILENCE_MS;
    follow_case_tick(c, E1, MATCH);
    settle_after(FOLLOW_SILENCE_MS);
    assert_int_equal(c->effects.count, 0);
    settle_after(1);
    assert_string_equal(follow_case_kinds(c), "RESYNC SUBSCRIBE");
}

static void test_answer_to_a_resync_counts_as_heard(void **state)
{
    (void)state;
    follow_case_follow(c);
    settle_after(FOLLOW_SILENCE_MS + 1);
    c->now_ms += 800;
    follow_case_found(c, 0, MATCH);
    settle_after(FOLLOW_SILENCE_MS - 200);
    assert_int_equal(c->effects.count, 0);
}

static void test_complete_match_may_be_silent(void **state)
{
    (void)state;
    follow_case_follow(c);
    record_source_end(&c->source);
    follow_records(&c->follow, E1, MATCH, c->source.world.tick + 1, c->source.bytes, c->source.size, c->now_ms);
    assert_true(slot(0)->match.is_complete);
    c->now_ms += FOLLOW_SILENCE_MS + 1;
    assert_false(follow_case_settle(c));
    assert_int_equal(c->effects.count, 0);
}

static void test_next_resync_waits_for_the_pause(void **state)
{
    (void)state;
    follow_case_follow(c);
    skip_a_tick();
    settle_after(0);
    follow_case_not_found(c, 0, STATUS_EXPIRED);
    assert_int_equal(c->effects.count, 0);
    settle_after(FOLLOW_RESYNC_PAUSE_MS - 1);
    assert_int_equal(c->effects.count, 0);
    settle_after(1);
    assert_string_equal(follow_case_kinds(c), "RESYNC SUBSCRIBE");
}

static void test_failed_answer_to_a_silence_needs_a_resync_after_the_pause(void **state)
{
    (void)state;
    follow_case_follow(c);
    settle_after(FOLLOW_SILENCE_MS + 1);
    follow_case_not_found(c, 0, STATUS_EXPIRED);
    assert_true(slot(0)->match.needs_resync);
    settle_after(FOLLOW_RESYNC_PAUSE_MS);
    assert_string_equal(follow_case_kinds(c), "RESYNC SUBSCRIBE");
}

static void test_match_is_lost_after_too_many_resyncs_in_a_row(void **state)
{
    (void)state;
    follow_case_follow(c);
    follow_case_play(c, 10, E1, MATCH);
    skip_a_tick();
    for (int i = 0; i < FOLLOW_RESYNCS_MAX; i++) {
        settle_after(i == 0 ? FOLLOW_CASE_DELAY_MS : FOLLOW_RESYNC_PAUSE_MS);
        assert_string_equal(follow_case_kinds(c), "RESYNC SUBSCRIBE");
        follow_case_not_found(c, 0, STATUS_EXPIRED);
    }
    settle_after(FOLLOW_RESYNC_PAUSE_MS);
    assert_string_equal(follow_case_kinds(c), "RESYNC");
    assert_true(slot(0)->is_lost);
    settle_after(FOLLOW_RESYNC_PAUSE_MS);
    assert_string_equal(follow_case_kinds(c), "ENDED END_STREAM RELEASE"); /* no Unsubscribe: nobody is there */
    assert_int_equal(follow_case_effect(c, FOLLOW_END_STREAM, 0)->end, FOLLOW_END_LOST);
}

static void test_resyncs_that_bring_ticks_are_not_in_a_row(void **state)
{
    (void)state;
    follow_case_follow(c);
    for (int i = 0; i < 2 * FOLLOW_RESYNCS_MAX; i++) {
        skip_a_tick();
        settle_after(FOLLOW_RESYNC_PAUSE_MS);
        assert_string_equal(follow_case_kinds(c), "RESYNC SUBSCRIBE");
        follow_case_found(c, 0, MATCH);
        follow_case_play(c, 10, E1, MATCH);
        assert_int_equal(c->effects.count, 0);
    }
    assert_false(slot(0)->is_lost);
}

static void test_engine_that_does_not_run_it_any_more_loses_the_match_when_the_delayed_is_shown(void **state)
{
    (void)state;
    static const enum status statuses[] = {STATUS_NOT_FOUND, STATUS_CANCELLED};
    for (size_t i = 0; i < 2; i++) {
        follow_case_follow(c);
        follow_case_tick(c, E1, MATCH); /* is delayed for 100 ms */
        skip_a_tick();
        assert_false(follow_case_settle(c));
        assert_string_equal(follow_case_kinds(c), "RESYNC SUBSCRIBE");
        follow_case_not_found(c, 0, statuses[i]);
        settle_after(FOLLOW_CASE_DELAY_MS - 1);
        assert_int_equal(c->effects.count, 0);
        settle_after(1);
        assert_string_equal(follow_case_kinds(c), "ENDED END_STREAM RELEASE");
        assert_int_equal(follow_case_effect(c, FOLLOW_ENDED, 0)->end, FOLLOW_END_LOST);
        assert_int_equal(follow_case_effect(c, FOLLOW_ENDED, 0)->viewers, 1);
    }
}

static void test_resync_that_cannot_be_sent_loses_the_match(void **state)
{
    (void)state;
    follow_case_follow(c);
    skip_a_tick();
    settle_after(0);
    follow_case_unsent(c, 0);
    assert_true(slot(0)->is_lost);
    settle_after(FOLLOW_CASE_DELAY_MS);
    assert_string_equal(follow_case_kinds(c), "ENDED END_STREAM RELEASE");
}

static void test_resync_to_another_match_is_refused(void **state)
{
    (void)state;
    follow_case_follow(c);
    skip_a_tick();
    settle_after(0);
    c->source.header.match_id[3] ^= 1;
    follow_case_found(c, 0, MATCH);
    assert_true(slot(0)->match.needs_resync);
    assert_false(slot(0)->is_lost);
}

static void test_resync_that_cannot_be_read_is_tried_again(void **state)
{
    (void)state;
    follow_case_follow(c);
    settle_after(FOLLOW_SILENCE_MS + 1);
    follow_case_found_with(c, 0, MATCH, STATUS_INVALID);
    assert_true(slot(0)->match.needs_resync);
    assert_false(slot(0)->is_lost);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_engines_are_asked_in_the_order_of_their_mailboxes),
        TEST(test_search_without_engines_is_over_at_once),
        TEST(test_engine_that_cannot_be_sent_to_is_passed_over),
        TEST(test_list_that_changes_meanwhile_does_no_harm),
        TEST(test_found_match_admits_all_who_waited),
        TEST(test_any_match_takes_the_name_of_the_one_found),
        TEST(test_match_that_cannot_be_read_fails_and_is_unsubscribed),
        TEST(test_match_with_a_damaged_keyframe_fails_and_its_memory_is_released),
        TEST(test_match_that_two_searches_find_is_followed_once),
        TEST(test_match_found_at_a_second_engine_is_unsubscribed_there),
        TEST(test_answer_after_the_end_is_undone),
        TEST(test_answer_after_the_end_leaves_alone_what_another_search_asked_for),
        TEST(test_answer_after_the_end_leaves_alone_a_search_for_any_match),
        TEST(test_answer_after_the_end_is_undone_though_others_search_elsewhere),
        TEST(test_answer_after_the_end_is_undone_though_others_search_another_match),
        TEST(test_answer_after_the_end_leaves_alone_what_is_followed_again),
        TEST(test_refusal_after_the_end_frees_the_slot),
        TEST(test_gap_asks_the_same_engine_again),
        TEST(test_silence_asks_the_engine_again),
        TEST(test_records_end_the_silence),
        TEST(test_answer_to_a_resync_counts_as_heard),
        TEST(test_complete_match_may_be_silent),
        TEST(test_next_resync_waits_for_the_pause),
        TEST(test_failed_answer_to_a_silence_needs_a_resync_after_the_pause),
        TEST(test_match_is_lost_after_too_many_resyncs_in_a_row),
        TEST(test_resyncs_that_bring_ticks_are_not_in_a_row),
        TEST(test_engine_that_does_not_run_it_any_more_loses_the_match_when_the_delayed_is_shown),
        TEST(test_resync_that_cannot_be_sent_loses_the_match),
        TEST(test_resync_to_another_match_is_refused),
        TEST(test_resync_that_cannot_be_read_is_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
