/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/core/follow_slots.h"
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

static void test_slots_are_taken_in_order_and_counted(void **state)
{
    (void)state;
    follow_case_watch(c, G1, 1, MATCH, 60);
    follow_case_watch(c, G1, 2, OTHER, 60);
    assert_int_equal(follow_slots_index(&c->follow, follow_slots_find_searched(&c->follow, MATCH)), 0);
    assert_int_equal(follow_slots_index(&c->follow, follow_slots_find_searched(&c->follow, OTHER)), 1);
    assert_null(follow_slots_find_followed(&c->follow, MATCH));
    assert_int_equal(c->follow.match_count, 2);
    follow_case_found(c, 0, MATCH);
    assert_null(follow_slots_find_searched(&c->follow, MATCH));
    assert_ptr_equal(follow_slots_find_followed(&c->follow, MATCH), follow_slots_at(&c->follow, 0));
}

static void test_slot_that_is_used_again_is_as_new(void **state)
{
    (void)state;
    follow_case_follow(c);
    c->now_ms += FOLLOW_SILENCE_MS + 1;
    assert_false(follow_case_settle(c)); /* a resync */
    follow_case_not_found(c, 0, STATUS_NOT_FOUND);
    c->now_ms += FOLLOW_CASE_DELAY_MS;
    assert_false(follow_step(&c->follow, c->now_ms, &c->batch));
    assert_false(follow_case_settle(c));
    assert_string_equal(follow_case_kinds(c), "ENDED END_STREAM RELEASE");
    uint64_t stream_id = c->follow.slots[0].stream_id;
    follow_case_watch(c, G1, 1, OTHER, 60);
    const struct follow_slot *slot = &c->follow.slots[0];
    assert_int_equal(slot->state, FOLLOW_SEARCHING);
    assert_false(slot->is_lost);
    assert_false(slot->has_memory);
    assert_int_equal(slot->resync_after_ms, 0);
    assert_int_equal(slot->resyncs, 0);
    assert_string_equal(slot->engine, E1);
    assert_true(slot->stream_id != stream_id);
}

static void test_room_is_what_one_match_needs_at_most(void **state)
{
    (void)state;
    c->effects.count = FOLLOW_EFFECTS_MAX - FOLLOW_SLOT_EFFECTS_MAX;
    assert_true(follow_slots_have_room(&c->effects));
    c->effects.count++;
    assert_false(follow_slots_have_room(&c->effects));
    c->effects.count = 0;
}

/* The most that one match can need: all gateways in all tiers, at the last match of a drain. */
static void test_end_of_a_match_with_all_gateways_fits_the_room(void **state)
{
    (void)state;
    enum { VIEWERS = TIER_COUNT * TIER_GATEWAYS_MAX };
    static const uint32_t rates[TIER_COUNT] = {60, 30, 15, 5};
    static struct viewer places[VIEWERS];
    char url[PEERS_URL_MAX];
    c->follow.rules.viewers_per_match_max = VIEWERS;
    viewers_init(&c->follow.viewers, VIEWERS, places);
    follow_case_watch(c, "tcp://many:0", 1, MATCH, 60);
    follow_case_found(c, 0, MATCH);
    for (uint32_t i = 1; i < VIEWERS; i++) {
        (void)snprintf(url, sizeof url, "tcp://many:%u", i / TIER_COUNT);
        follow_case_watch(c, url, 1 + i % TIER_COUNT, MATCH, rates[i % TIER_COUNT]);
        assert_string_equal(follow_case_kinds(c), "ADMIT");
    }
    follow_case_drain(c, 1000);
    c->effects.count = 0;
    assert_false(follow_end_all(&c->follow, &c->effects));
    assert_int_equal(follow_case_count(c, FOLLOW_END_STREAM), VIEWERS);
    assert_int_equal(follow_case_count(c, FOLLOW_UNSUBSCRIBE), 1);
    assert_int_equal(follow_case_count(c, FOLLOW_DRAINED), 1);
    assert_in_range(c->effects.count, VIEWERS, FOLLOW_SLOT_EFFECTS_MAX);
    assert_int_equal(c->follow.viewers.count, 0);
    for (uint32_t i = 0; i < c->follow.gateways.used; i++) {
        assert_int_equal(c->follow.gateways.items[i].holders, 0);
    }
    free(c->match_memory[0]); /* as RELEASE says */
    c->match_memory[0] = NULL;
}

static void test_end_of_one_match_leaves_the_viewers_of_others(void **state)
{
    (void)state;
    follow_case_follow(c);
    follow_case_watch(c, G1, 2, OTHER, 60);
    follow_case_found(c, 1, OTHER);
    record_source_end(&c->source);
    follow_records(&c->follow, E1, MATCH, c->source.world.tick + 1, c->source.bytes, c->source.size, c->now_ms);
    c->now_ms += FOLLOW_CASE_DELAY_MS;
    assert_false(follow_step(&c->follow, c->now_ms, &c->batch));
    assert_false(follow_case_settle(c));
    assert_string_equal(follow_case_kinds(c), "ENDED END_STREAM RELEASE");
    assert_int_equal(c->follow.viewers.count, 1);
    assert_int_equal(followed_match_viewers(&c->follow.slots[1].match), 1);
    assert_int_equal(c->follow.match_count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_slots_are_taken_in_order_and_counted),
        TEST(test_slot_that_is_used_again_is_as_new),
        TEST(test_room_is_what_one_match_needs_at_most),
        TEST(test_end_of_a_match_with_all_gateways_fits_the_room),
        TEST(test_end_of_one_match_leaves_the_viewers_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
