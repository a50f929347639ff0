/* SPDX-License-Identifier: Apache-2.0 */
/* Viewers, records, steps, ends, gateways and drain of followed matches. */
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

/* ---- viewers -------------------------------------------------------------------------------------- */

static void test_viewer_that_leaves_is_removed_and_logged_with_its_match(void **state)
{
    (void)state;
    follow_case_follow(c);
    c->now_ms += 10;
    follow_case_unwatch(c, G1, 1);
    assert_string_equal(follow_case_kinds(c), "VIEWER_LEFT");
    const struct follow_effect *left = follow_case_effect(c, FOLLOW_VIEWER_LEFT, 0);
    assert_int_equal(left->slot, 0);
    assert_int_equal(left->request.session, 1);
    assert_int_equal(left->request.from.trace[0], 1);
    assert_int_equal(c->follow.viewers.count, 0);
    assert_int_equal(slot(0)->match.tiers[0].viewers, 0);
    assert_int_equal(peers_find(&c->follow.gateways, G1), PEERS_NONE);
    assert_int_equal(slot(0)->empty_ms, c->now_ms);
    follow_case_unwatch(c, G1, 1);
    assert_int_equal(c->effects.count, 0);
}

static void test_unwatch_of_who_does_not_watch_does_nothing(void **state)
{
    (void)state;
    follow_case_follow(c);
    follow_case_unwatch(c, G1, 2);
    follow_case_unwatch(c, G2, 1);
    follow_case_unwatch(c, G1, 0);
    assert_int_equal(c->effects.count, 0);
    assert_int_equal(c->follow.viewers.count, 1);
}

static void test_match_with_other_viewers_left_is_not_empty(void **state)
{
    (void)state;
    follow_case_follow(c);
    follow_case_watch(c, G1, 2, MATCH, 60);
    uint64_t empty_ms = slot(0)->empty_ms;
    c->now_ms += 10;
    follow_case_unwatch(c, G1, 1);
    assert_int_equal(slot(0)->empty_ms, empty_ms);
}

static void test_what_a_spectator_does_not_serve_is_refused(void **state)
{
    (void)state;
    const struct follow_return from = {.gateway = G1, .correlation_id = 77};
    follow_not_served(&from, &c->effects);
    assert_string_equal(follow_case_kinds(c), "REFUSE");
    assert_int_equal(follow_case_effect(c, FOLLOW_REFUSE, 0)->refusal, ADMISSION_NOT_SERVED);
    assert_int_equal(follow_case_effect(c, FOLLOW_REFUSE, 0)->request.from.correlation_id, 77);
}

static void test_stream_ids_differ_by_match_and_leave_room_for_tiers(void **state)
{
    (void)state;
    follow_case_watch(c, G1, 1, MATCH, 60);
    follow_case_watch(c, G1, 2, OTHER, 60);
    assert_int_equal(slot(0)->stream_id % TIER_COUNT, 0);
    assert_int_equal(slot(1)->stream_id % TIER_COUNT, 0);
    assert_true(slot(0)->stream_id != slot(1)->stream_id);
    assert_true(slot(0)->stream_id > UINT32_MAX || slot(1)->stream_id > UINT32_MAX);
}

static void test_search_keeps_the_trace_of_the_first_who_asked(void **state)
{
    (void)state;
    follow_case_watch(c, G1, 5, MATCH, 60);
    follow_case_watch(c, G1, 6, MATCH, 60);
    assert_int_equal(slot(0)->trace[0], 5);
    assert_int_equal(slot(0)->trace[FOLLOW_TRACE_BYTES - 1], 5);
}

/* ---- records -------------------------------------------------------------------------------------- */

static void test_records_are_taken_from_the_engine_that_is_followed_only(void **state)
{
    (void)state;
    follow_case_follow(c);
    uint32_t next = slot(0)->match.next_tick;
    record_source_step(&c->source);
    c->now_ms += 5;
    follow_records(&c->follow, E2, MATCH, next, c->source.bytes, c->source.size, c->now_ms);
    follow_records(&c->follow, E1, OTHER, next, c->source.bytes, c->source.size, c->now_ms);
    follow_records(&c->follow, E1, "", next, c->source.bytes, c->source.size, c->now_ms);
    assert_int_equal(slot(0)->match.next_tick, next);
    assert_int_equal(slot(0)->heard_ms, c->now_ms - 5);
    follow_records(&c->follow, E1, MATCH, next, c->source.bytes, c->source.size, c->now_ms);
    assert_int_equal(slot(0)->match.next_tick, next + 1);
    assert_int_equal(slot(0)->heard_ms, c->now_ms);
}

static void test_records_of_a_match_that_is_searched_are_ignored(void **state)
{
    (void)state;
    follow_case_watch(c, G1, 1, MATCH, 60);
    follow_case_tick(c, E1, MATCH);
    assert_false(slot(0)->has_memory);
}

static void test_empty_records_are_no_harm(void **state)
{
    (void)state;
    follow_case_follow(c);
    follow_records(&c->follow, E1, MATCH, slot(0)->match.next_tick, NULL, 0, c->now_ms);
    assert_false(slot(0)->match.needs_resync);
    follow_case_play(c, 20, E1, MATCH);
    assert_int_equal(c->effects.count, 0);
}

/* ---- steps ---------------------------------------------------------------------------------------- */

static void test_step_brings_each_tier_with_viewers_its_frames(void **state)
{
    (void)state;
    uint32_t frames[TIER_COUNT] = {0};
    follow_case_follow(c);
    follow_case_watch(c, G2, 2, MATCH, 15);
    for (uint32_t i = 0; i < 120; i++) {
        c->now_ms += 16;
        follow_case_tick(c, E1, MATCH);
        assert_false(follow_step(&c->follow, c->now_ms, &c->batch));
        for (uint32_t f = 0; f < c->batch.frame_count; f++) {
            const struct frame_batch_frame *frame = &c->batch.frames[f];
            assert_int_equal(frame->stream_id, slot(0)->stream_id + frame->tier);
            assert_int_equal(frame->tick, slot(0)->match.player.world.tick);
            assert_string_equal(c->follow.gateways.items[c->batch.copy_gateways[f]].mailbox,
                                frame->tier == 0 ? G1 : G2);
            frames[frame->tier]++;
        }
        frame_batch_clear(&c->batch);
    }
    assert_in_range(frames[0], 110, 115);
    assert_in_range(frames[2], 27, 29);
    assert_int_equal(frames[1] + frames[3], 0);
}

static void test_step_sends_the_last_tick_to_the_slowest_tier(void **state)
{
    (void)state;
    follow_case_watch(c, G1, 1, MATCH, 5);
    follow_case_found(c, 0, MATCH);
    follow_case_tick(c, E1, MATCH);
    follow_case_tick(c, E1, MATCH);
    uint32_t last = c->source.world.tick;
    record_source_end(&c->source);
    follow_records(&c->follow, E1, MATCH, last + 1, c->source.bytes, c->source.size, c->now_ms);
    c->now_ms += FOLLOW_CASE_DELAY_MS;
    assert_false(follow_step(&c->follow, c->now_ms, &c->batch));
    assert_int_equal(c->batch.frame_count, 1);
    assert_int_equal(c->batch.frames[0].tick, last);
}

static void test_step_that_finds_no_room_goes_on_where_it_was(void **state)
{
    (void)state;
    follow_case_follow(c);
    follow_case_watch(c, G2, 2, OTHER, 60);
    follow_case_found(c, 1, OTHER); /* the same records under another name */
    follow_case_play(c, 2, E1, MATCH);
    c->now_ms += FOLLOW_CASE_DELAY_MS;
    c->batch.frame_count = FRAME_BATCH_FRAMES_MAX - TIER_COUNT;
    c->batch.copy_count = c->batch.frame_count;
    assert_true(follow_step(&c->follow, c->now_ms, &c->batch)); /* slot 0 stepped, slot 1 did not */
    assert_int_equal(c->batch.frame_count, FRAME_BATCH_FRAMES_MAX - TIER_COUNT + 1);
    assert_int_equal(c->batch.frames[c->batch.frame_count - 1].stream_id, slot(0)->stream_id);
    frame_batch_clear(&c->batch);
    assert_false(follow_step(&c->follow, c->now_ms, &c->batch));
    assert_int_equal(c->batch.frame_count, 1);
    assert_int_equal(c->batch.frames[0].stream_id, slot(1)->stream_id);
    assert_int_equal(c->follow.step_slot, 0);
}

static void test_frame_that_does_not_fit_is_left_out_and_a_keyframe_follows(void **state)
{
    (void)state;
    follow_case_follow(c);
    follow_case_play(c, 20, E1, MATCH);
    struct event_history *events = &c->follow.slots[0].match.events;
    for (uint32_t i = 0; i < events->capacity; i++) { /* more than a frame's bytes */
        struct event item = {.tick = slot(0)->match.player.world.tick + 1,
                             .kind = EVENT_HIT,
                             .subject = (uint16_t)(i % 4),
                             .other = (uint16_t)((i * 7 + 1) % 4),
                             .weapon = (uint8_t)(i % 3),
                             .value = (uint16_t)(i * 40503u)};
        const struct event_list list = {.items = &item, .capacity = 1, .count = 1};
        event_history_add(events, &list);
    }
    c->now_ms += 16;
    follow_case_tick(c, E1, MATCH);
    assert_false(follow_step(&c->follow, c->now_ms, &c->batch));
    assert_int_equal(c->batch.frame_count, 0);
    c->now_ms += 16;
    follow_case_tick(c, E1, MATCH);
    assert_false(follow_step(&c->follow, c->now_ms, &c->batch));
    assert_int_equal(c->batch.frame_count, 1);
    assert_int_equal(c->batch.frames[0].baseline_tick, 0);
}

/* ---- ends ----------------------------------------------------------------------------------------- */

static void test_match_that_was_shown_to_its_end_is_over(void **state)
{
    (void)state;
    follow_case_follow(c);
    follow_case_watch(c, G2, 2, MATCH, 15);
    follow_case_watch(c, G2, 3, MATCH, 15);
    record_source_end(&c->source);
    follow_records(&c->follow, E1, MATCH, c->source.world.tick + 1, c->source.bytes, c->source.size, c->now_ms);
    c->now_ms += FOLLOW_CASE_DELAY_MS - 1;
    assert_false(follow_step(&c->follow, c->now_ms, &c->batch));
    assert_false(follow_case_settle(c));
    assert_int_equal(c->effects.count, 0);
    c->now_ms += 1;
    assert_false(follow_step(&c->follow, c->now_ms, &c->batch));
    assert_false(follow_case_settle(c));
    assert_string_equal(follow_case_kinds(c),
                        "ENDED END_STREAM END_STREAM RELEASE"); /* one a gateway; it is complete */
    assert_int_equal(follow_case_effect(c, FOLLOW_ENDED, 0)->viewers, 3);
    const struct follow_effect *over = follow_case_effect(c, FOLLOW_END_STREAM, 1);
    assert_string_equal(over->request.from.gateway, G2);
    assert_int_equal(over->tier, 2);
    assert_int_equal(over->end, FOLLOW_END_MATCH_OVER);
    assert_string_equal(follow_case_effect(c, FOLLOW_END_STREAM, 0)->request.from.gateway, G1);
    assert_int_equal(c->follow.viewers.count, 0);
    assert_int_equal(c->follow.match_count, 0);
}

static void test_match_without_viewers_ends_after_the_linger(void **state)
{
    (void)state;
    follow_case_follow(c);
    follow_case_unwatch(c, G1, 1);
    uint64_t empty_ms = c->now_ms;
    for (uint64_t ms = 500; ms < FOLLOW_CASE_LINGER_MS; ms += 500) {
        c->now_ms = empty_ms + ms;
        follow_case_tick(c, E1, MATCH);
        assert_false(follow_case_settle(c));
        assert_int_equal(c->effects.count, 0);
    }
    c->now_ms = empty_ms + FOLLOW_CASE_LINGER_MS - 1;
    assert_false(follow_case_settle(c));
    assert_int_equal(c->effects.count, 0);
    c->now_ms++;
    assert_false(follow_case_settle(c));
    assert_string_equal(follow_case_kinds(c), "ENDED UNSUBSCRIBE RELEASE");
    assert_int_equal(follow_case_effect(c, FOLLOW_ENDED, 0)->end, FOLLOW_END_MATCH_OVER);
}

static void test_viewer_within_the_linger_keeps_the_match(void **state)
{
    (void)state;
    follow_case_follow(c);
    follow_case_unwatch(c, G1, 1);
    c->now_ms += FOLLOW_CASE_LINGER_MS - 1;
    follow_case_tick(c, E1, MATCH);
    follow_case_watch(c, G2, 2, MATCH, 60);
    assert_string_equal(follow_case_kinds(c), "ADMIT");
    c->now_ms += 100;
    assert_false(follow_case_settle(c));
    assert_int_equal(c->effects.count, 0);
}

static void test_match_that_ends_while_a_resync_is_under_way_waits_for_the_answer(void **state)
{
    (void)state;
    follow_case_follow(c);
    c->now_ms += FOLLOW_SILENCE_MS + 1;
    assert_false(follow_case_settle(c));
    assert_string_equal(follow_case_kinds(c), "RESYNC SUBSCRIBE");
    c->effects.count = 0;
    assert_false(follow_end_all(&c->follow, &c->effects));
    assert_string_equal(follow_case_kinds(c), "ENDED END_STREAM UNSUBSCRIBE");
    assert_int_equal(slot(0)->state, FOLLOW_CLOSED);
    assert_false(follow_case_settle(c));
    assert_int_equal(c->effects.count, 0);
    follow_case_not_found(c, 0, STATUS_EXPIRED);
    assert_string_equal(follow_case_kinds(c), "RELEASE");
}

static void test_end_codes_are_those_of_the_protocol(void **state)
{
    (void)state;
    assert_string_equal(follow_end_code(FOLLOW_END_MATCH_OVER), "MATCH_OVER");
    assert_string_equal(follow_end_code(FOLLOW_END_LOST), "SPECTATOR_LOST");
}

/* ---- gateways ------------------------------------------------------------------------------------- */

static void test_viewers_of_a_gateway_that_is_gone_leave(void **state)
{
    (void)state;
    static const char *const both[] = {G1, G2}, *const one[] = {G2};
    follow_case_follow(c);
    follow_case_watch(c, G1, 2, MATCH, 60);
    follow_case_watch(c, G2, 3, MATCH, 60);
    follow_case_gateways(c, 2, both, 0);
    assert_int_equal(c->effects.count, 0);
    follow_case_gateways(c, 1, one, 0);
    c->now_ms += PEERS_GONE_MS;
    follow_case_gateways(c, 1, one, PEERS_LIST_AGE_MAX_MS);
    assert_int_equal(c->effects.count, 0);
    c->now_ms += 1;
    follow_case_gateways(c, 1, one, PEERS_LIST_AGE_MAX_MS + 1); /* Redis is away: nobody is judged */
    assert_int_equal(c->effects.count, 0);
    follow_case_gateways(c, 1, one, 0);
    assert_string_equal(follow_case_kinds(c), "VIEWER_LOST VIEWER_LOST");
    const struct follow_effect *lost = follow_case_effect(c, FOLLOW_VIEWER_LOST, 0);
    assert_int_equal(lost->request.session, 1);
    assert_string_equal(lost->request.from.gateway, G1);
    assert_int_equal(c->follow.viewers.count, 1);
    assert_int_equal(peers_find(&c->follow.gateways, G1), PEERS_NONE);
}

static void test_match_is_empty_from_when_its_last_gateway_is_gone(void **state)
{
    (void)state;
    static const char *const one[] = {G1};
    follow_case_follow(c);
    follow_case_gateways(c, 1, one, 0);
    follow_case_gateways(c, 0, NULL, 0);
    c->now_ms += PEERS_GONE_MS + 1;
    follow_case_gateways(c, 0, NULL, 0);
    assert_string_equal(follow_case_kinds(c), "VIEWER_LOST");
    assert_int_equal(slot(0)->empty_ms, c->now_ms);
}

static void test_lost_viewers_past_the_effects_leave_with_the_next_call(void **state)
{
    (void)state;
    enum { VIEWERS = FOLLOW_EFFECTS_MAX + 5 };
    static struct viewer places[VIEWERS];
    const struct peer_list nobody = {0};
    static const char *const one[] = {G1};
    c->follow.rules.viewers_per_match_max = VIEWERS;
    viewers_init(&c->follow.viewers, VIEWERS, places);
    follow_case_follow(c);
    for (uint64_t session = 2; session <= VIEWERS; session++) {
        follow_case_watch(c, G1, session, MATCH, 60);
    }
    follow_case_gateways(c, 1, one, 0);
    follow_case_gateways(c, 0, NULL, 0);
    c->now_ms += PEERS_GONE_MS + 1;
    c->effects.count = 0;
    assert_true(follow_gateways(&c->follow, &nobody, 0, c->now_ms, &c->effects));
    assert_int_equal(c->effects.count, FOLLOW_EFFECTS_MAX);
    c->effects.count = 0;
    assert_false(follow_gateways(&c->follow, &nobody, 0, c->now_ms, &c->effects));
    assert_int_equal(c->effects.count, 5);
    assert_int_equal(c->follow.viewers.count, 0);
}

/* ---- drain ---------------------------------------------------------------------------------------- */

static void test_drain_without_matches_is_done_at_once(void **state)
{
    (void)state;
    follow_case_drain(c, 10000);
    assert_string_equal(follow_case_kinds(c), "DRAINED");
    follow_case_watch(c, G1, 1, MATCH, 60);
    assert_string_equal(follow_case_kinds(c), "REFUSE");
    assert_int_equal(follow_case_effect(c, FOLLOW_REFUSE, 0)->refusal, ADMISSION_DRAINING);
    follow_case_watch(c, G1, 0, MATCH, 60); /* what is not valid is that first */
    assert_int_equal(follow_case_effect(c, FOLLOW_REFUSE, 0)->refusal, ADMISSION_INVALID);
}

/* The matches end `expected_ms` after a drain with that timeout. */
static void drain(uint32_t timeout_ms, uint32_t expected_ms)
{
    follow_case_drain(c, timeout_ms);
    assert_int_equal(c->effects.count, 0);
    c->now_ms += expected_ms - 1;
    follow_case_tick(c, E1, MATCH);
    assert_false(follow_case_settle(c));
    assert_int_equal(c->effects.count, 0);
    c->now_ms += 1;
    assert_false(follow_case_settle(c));
    assert_string_equal(follow_case_kinds(c), "ENDED END_STREAM UNSUBSCRIBE RELEASE DRAINED");
    assert_int_equal(follow_case_effect(c, FOLLOW_END_STREAM, 0)->end, FOLLOW_END_LOST);
}

static void test_drain_ends_matches_a_second_before_its_time_is_over(void **state)
{
    (void)state;
    follow_case_follow(c);
    drain(2001, 1001);
}

static void test_short_drain_ends_matches_at_half_its_time(void **state)
{
    (void)state;
    follow_case_follow(c);
    drain(2000, 1000);
}

static void test_very_short_drain_ends_matches_at_half_its_time(void **state)
{
    (void)state;
    follow_case_follow(c);
    drain(600, 300);
}

static void test_drain_is_done_when_the_last_match_ends_by_itself(void **state)
{
    (void)state;
    follow_case_follow(c);
    follow_case_drain(c, 60000);
    record_source_end(&c->source);
    follow_records(&c->follow, E1, MATCH, c->source.world.tick + 1, c->source.bytes, c->source.size, c->now_ms);
    c->now_ms += FOLLOW_CASE_DELAY_MS;
    assert_false(follow_step(&c->follow, c->now_ms, &c->batch));
    assert_false(follow_case_settle(c));
    assert_string_equal(follow_case_kinds(c), "ENDED END_STREAM RELEASE DRAINED");
}

static void test_drain_waits_for_the_answer_to_a_search(void **state)
{
    (void)state;
    follow_case_watch(c, G1, 1, MATCH, 60);
    follow_case_drain(c, 1000);
    c->now_ms += 500;
    assert_false(follow_case_settle(c));
    assert_string_equal(follow_case_kinds(c), "REFUSE");
    follow_case_found(c, 0, MATCH);
    assert_string_equal(follow_case_kinds(c), "UNSUBSCRIBE RELEASE DRAINED");
}

static void test_end_of_more_matches_than_the_effects_hold_takes_more_calls(void **state)
{
    (void)state;
    for (uint32_t m = 0; m < FOLLOW_CASE_MATCHES_MAX; m++) {
        char id[HEX_ID_SIZE];
        (void)snprintf(id, sizeof id, "%032u", m);
        for (uint64_t session = 1; session <= FOLLOW_WAITERS_MAX; session++) {
            follow_case_watch(c, G1, session, id, 60);
        }
    }
    c->effects.count = FOLLOW_EFFECTS_MAX - FOLLOW_SLOT_EFFECTS_MAX - FOLLOW_WAITERS_MAX;
    memset(c->effects.items, 0, sizeof c->effects.items);
    assert_true(follow_end_all(&c->follow, &c->effects));
    assert_int_equal(c->effects.count, FOLLOW_EFFECTS_MAX - FOLLOW_SLOT_EFFECTS_MAX + FOLLOW_WAITERS_MAX);
    c->effects.count = 0;
    assert_false(follow_end_all(&c->follow, &c->effects));
    assert_int_equal(c->effects.count, FOLLOW_WAITERS_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_viewer_that_leaves_is_removed_and_logged_with_its_match),
        TEST(test_unwatch_of_who_does_not_watch_does_nothing),
        TEST(test_match_with_other_viewers_left_is_not_empty),
        TEST(test_what_a_spectator_does_not_serve_is_refused),
        TEST(test_stream_ids_differ_by_match_and_leave_room_for_tiers),
        TEST(test_search_keeps_the_trace_of_the_first_who_asked),
        TEST(test_records_are_taken_from_the_engine_that_is_followed_only),
        TEST(test_records_of_a_match_that_is_searched_are_ignored),
        TEST(test_empty_records_are_no_harm),
        TEST(test_step_brings_each_tier_with_viewers_its_frames),
        TEST(test_step_sends_the_last_tick_to_the_slowest_tier),
        TEST(test_step_that_finds_no_room_goes_on_where_it_was),
        TEST(test_frame_that_does_not_fit_is_left_out_and_a_keyframe_follows),
        TEST(test_match_that_was_shown_to_its_end_is_over),
        TEST(test_match_without_viewers_ends_after_the_linger),
        TEST(test_viewer_within_the_linger_keeps_the_match),
        TEST(test_match_that_ends_while_a_resync_is_under_way_waits_for_the_answer),
        TEST(test_end_codes_are_those_of_the_protocol),
        TEST(test_viewers_of_a_gateway_that_is_gone_leave),
        TEST(test_match_is_empty_from_when_its_last_gateway_is_gone),
        TEST(test_lost_viewers_past_the_effects_leave_with_the_next_call),
        TEST(test_drain_without_matches_is_done_at_once),
        TEST(test_drain_ends_matches_a_second_before_its_time_is_over),
        TEST(test_short_drain_ends_matches_at_half_its_time),
        TEST(test_very_short_drain_ends_matches_at_half_its_time),
        TEST(test_drain_is_done_when_the_last_match_ends_by_itself),
        TEST(test_drain_waits_for_the_answer_to_a_search),
        TEST(test_end_of_more_matches_than_the_effects_hold_takes_more_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
