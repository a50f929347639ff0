/* SPDX-License-Identifier: Apache-2.0 */
/* One tier over a world that is stepped by the test: which frames are due, and what they build on. */
#include "libcommon/game/snapshot/snapshot.h"
#include "services/spectator/core/tier.h"
#include "tests/support/record_source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PLAYERS    RECORD_SOURCE_PLAYERS
#define EVENTS_MAX 2048

static struct record_source source;
static struct scene scene;
static struct event_history events;
static struct tier tier;
static void *scene_memory, *event_memory, *tier_memory;

/* A viewer that decodes each frame upon the one before. */
static struct {
    struct view views[2];
    void *memory[2];
    uint32_t newest, tick;
} shown;

static void open_tier(uint32_t index)
{
    const struct view_limits limits = view_limits_for(PLAYERS);
    free(tier_memory);
    tier_memory = malloc(tier_bytes(&limits));
    tier_init(&tier, index, &limits, tier_memory);
}

static int setup(void **state)
{
    (void)state;
    struct view_limits limits = view_limits_for(PLAYERS);
    limits.events = EVENTS_MAX;
    record_source_open(&source, 7);
    scene_memory = malloc(scene_bytes(&source.header.setup));
    scene_init(&scene, &source.world, scene_memory);
    event_memory = malloc(event_history_bytes(EVENTS_MAX));
    event_history_init(&events, event_memory, EVENTS_MAX);
    for (int i = 0; i < 2; i++) {
        shown.memory[i] = malloc(view_bytes(&limits));
        view_init(&shown.views[i], &limits, shown.memory[i]);
    }
    tier_memory = NULL;
    open_tier(0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(shown.memory[0]);
    free(shown.memory[1]);
    free(tier_memory);
    free(event_memory);
    free(scene_memory);
    record_source_close(&source);
    return 0;
}

/* Each tick has one event that every viewer is told. */
static void play(uint32_t ticks)
{
    for (uint32_t i = 0; i < ticks; i++) {
        record_source_step(&source);
        struct event item = {
            .tick = source.world.tick, .kind = EVENT_PHASE, .subject = RULES_SLOT_NONE, .other = RULES_SLOT_NONE};
        const struct event_list list = {.items = &item, .capacity = 1, .count = 1};
        event_history_add(&events, &list);
    }
    scene_update(&scene);
}

static struct tier_frame encode(void)
{
    uint8_t bytes[16384];
    struct tier_frame frame;
    struct snapshot_info info;
    assert_int_equal(tier_encode(&tier, &scene, &events, bytes, sizeof bytes, &frame), STATUS_OK);
    assert_int_equal(frame.tick, source.world.tick);
    const struct view *baseline = frame.baseline_tick == 0 ? NULL : &shown.views[shown.newest];
    struct view *view = &shown.views[1 - shown.newest];
    assert_int_equal(snapshot_decode(baseline, bytes, frame.size, view, &info), STATUS_OK);
    assert_int_equal(info.tick, frame.tick);
    assert_int_equal(frame.baseline_tick, baseline == NULL ? 0 : shown.tick);
    assert_int_equal(view->viewer, VIEW_ALL);
    assert_int_equal(view->player_count, source.world.alive_count);
    shown.newest = 1 - shown.newest;
    shown.tick = frame.tick;
    return frame;
}

static const struct view *newest(void)
{
    return &shown.views[shown.newest];
}

/* The newest frame brought the events of all ticks after `after` up to its own, and no others. */
static void assert_events_after(uint32_t after)
{
    assert_int_equal(newest()->event_count, newest()->tick - after);
    for (uint32_t i = 0; i < newest()->event_count; i++) {
        assert_int_equal(newest()->events[i].tick, after + 1 + i);
    }
}

static bool is_due(void)
{
    return tier_is_due(&tier, source.world.tick, false);
}

/* ---- rates ---------------------------------------------------------------------------------------- */

static void test_requested_rates_get_the_next_lower_tier(void **state)
{
    (void)state;
    static const struct {
        uint32_t rate, tier, tier_rate;
    } cases[] = {{0, 0, 60},  {1000, 0, 60}, {60, 0, 60}, {59, 1, 30}, {30, 1, 30}, {29, 2, 15},
                 {15, 2, 15}, {14, 3, 5},    {5, 3, 5},   {4, 3, 5},   {1, 3, 5}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(tier_for_rate(cases[i].rate), cases[i].tier);
        assert_int_equal(tier_rate(cases[i].tier), cases[i].tier_rate);
    }
}

static void test_frame_is_due_when_the_divisor_of_the_tier_has_passed(void **state)
{
    (void)state;
    static const uint32_t divisors[TIER_COUNT] = {1, 2, 4, 12};
    for (uint32_t t = 0; t < TIER_COUNT; t++) {
        open_tier(t);
        assert_int_equal(tier_enter(&tier, 3), STATUS_OK);
        play(1);
        assert_true(is_due());
        (void)encode();
        assert_false(is_due());
        for (uint32_t i = 1; i < divisors[t]; i++) {
            play(1);
            assert_false(is_due());
        }
        play(divisors[t] == 1 ? 1 : 0);
        assert_int_equal(is_due(), divisors[t] == 1);
        play(1);
        assert_true(is_due());
    }
}

static void test_last_tick_is_due_at_any_rate_but_once(void **state)
{
    (void)state;
    open_tier(3);
    assert_int_equal(tier_enter(&tier, 3), STATUS_OK);
    play(5);
    (void)encode();
    assert_false(tier_is_due(&tier, source.world.tick, true));
    play(1);
    assert_false(tier_is_due(&tier, source.world.tick, false));
    assert_true(tier_is_due(&tier, source.world.tick, true));
    assert_false(tier_is_due(&tier, source.world.tick - 2, true)); /* older than what was shown */
}

static void test_nothing_is_due_without_viewers_or_before_the_first_tick(void **state)
{
    (void)state;
    play(3);
    assert_false(is_due());
    assert_int_equal(tier_enter(&tier, 3), STATUS_OK);
    assert_true(is_due());
    assert_false(tier_is_due(&tier, 0, true));
    tier_leave(&tier, 3);
    assert_false(is_due());
}

/* ---- keyframes ------------------------------------------------------------------------------------ */

static void test_frames_build_on_each_other_and_a_keyframe_comes_every_two_seconds(void **state)
{
    (void)state;
    assert_int_equal(tier_enter(&tier, 3), STATUS_OK);
    for (uint32_t i = 0; i < 3 * TIER_KEYFRAME_TICKS; i++) {
        play(1);
        assert_int_equal(encode().baseline_tick == 0, i % TIER_KEYFRAME_TICKS == 0);
    }
}

static void test_new_viewer_gets_a_keyframe_once(void **state)
{
    (void)state;
    assert_int_equal(tier_enter(&tier, 3), STATUS_OK);
    play(1);
    assert_int_equal(encode().baseline_tick, 0);
    play(1);
    assert_int_not_equal(encode().baseline_tick, 0);
    assert_int_equal(tier_enter(&tier, 3), STATUS_OK); /* also behind a gateway that is there */
    play(1);
    assert_int_equal(encode().baseline_tick, 0);
    play(1);
    assert_int_not_equal(encode().baseline_tick, 0);
}

static void test_restart_makes_the_next_frame_a_keyframe(void **state)
{
    (void)state;
    assert_int_equal(tier_enter(&tier, 3), STATUS_OK);
    play(1);
    (void)encode();
    tier_restart(&tier);
    play(1);
    assert_int_equal(encode().baseline_tick, 0);
    play(1);
    assert_int_not_equal(encode().baseline_tick, 0);
}

static void test_frame_that_does_not_fit_is_followed_by_a_keyframe(void **state)
{
    (void)state;
    uint8_t bytes[16];
    struct tier_frame frame;
    assert_int_equal(tier_enter(&tier, 3), STATUS_OK);
    play(1);
    (void)encode();
    play(1);
    assert_int_equal(tier_encode(&tier, &scene, &events, bytes, 3, &frame), STATUS_FULL);
    play(1);
    assert_int_equal(encode().baseline_tick, 0);
}

static void test_frame_brings_the_events_since_the_frame_before(void **state)
{
    (void)state;
    play(50);
    assert_int_equal(tier_enter(&tier, 3), STATUS_OK);
    (void)encode();
    assert_events_after(49); /* the first frame: of its own tick */
    play(3);
    assert_int_not_equal(encode().baseline_tick, 0);
    assert_events_after(50);
    play(120);
    assert_int_equal(encode().baseline_tick, 0); /* a keyframe, since two seconds have passed */
    assert_events_after(53);
}

static void test_events_of_before_all_viewers_left_are_not_shown_to_the_next(void **state)
{
    (void)state;
    assert_int_equal(tier_enter(&tier, 3), STATUS_OK);
    play(1);
    (void)encode();
    tier_leave(&tier, 3);
    play(60);
    assert_int_equal(tier_enter(&tier, 4), STATUS_OK);
    assert_int_equal(encode().baseline_tick, 0);
    assert_events_after(60);
}

static void test_events_older_than_a_snapshot_may_tell_are_left_out(void **state)
{
    (void)state;
    assert_int_equal(tier_enter(&tier, 3), STATUS_OK);
    play(1);
    (void)encode();
    play(SNAPSHOT_EVENT_TICKS_MAX);
    (void)encode();
    assert_events_after(1);
    play(SNAPSHOT_EVENT_TICKS_MAX + 1);
    uint32_t oldest = source.world.tick - SNAPSHOT_EVENT_TICKS_MAX;
    (void)encode();
    assert_events_after(oldest);
    play(2);
    (void)encode();
    assert_events_after(source.world.tick - 2);
}

static void test_events_that_the_history_lost_are_left_out(void **state)
{
    (void)state;
    event_history_init(&events, event_memory, 20);
    assert_int_equal(tier_enter(&tier, 3), STATUS_OK);
    play(1);
    (void)encode();
    play(60);
    assert_int_equal(events.lost_tick, 41);
    (void)encode();
    assert_events_after(41);
}

/* ---- gateways ------------------------------------------------------------------------------------- */

static void test_gateway_is_there_once_until_its_last_viewer_leaves(void **state)
{
    (void)state;
    assert_int_equal(tier_enter(&tier, 5), STATUS_OK);
    assert_int_equal(tier_enter(&tier, 6), STATUS_OK);
    assert_int_equal(tier_enter(&tier, 5), STATUS_OK);
    assert_int_equal(tier.gateway_count, 2);
    assert_int_equal(tier.viewers, 3);
    play(1);
    (void)encode();
    tier_leave(&tier, 5);
    assert_int_equal(tier.gateway_count, 2);
    tier_leave(&tier, 5);
    assert_int_equal(tier.gateway_count, 1);
    assert_int_equal(tier.gateways[0].peer, 6);
    assert_int_equal(tier.gateways[0].viewers, 1);
    assert_int_equal(tier.viewers, 1);
    assert_true(tier.has_frame); /* gateway 6 goes on from there */
    tier_leave(&tier, 6);
    assert_int_equal(tier.viewers, 0);
}

static void test_tier_refuses_a_gateway_too_many(void **state)
{
    (void)state;
    for (uint32_t peer = 0; peer < TIER_GATEWAYS_MAX; peer++) {
        assert_int_equal(tier_enter(&tier, peer), STATUS_OK);
    }
    assert_int_equal(tier_enter(&tier, 1000), STATUS_FULL);
    assert_int_equal(tier_enter(&tier, 3), STATUS_OK);
    assert_int_equal(tier.viewers, TIER_GATEWAYS_MAX + 1);
    tier_leave(&tier, 3);
    tier_leave(&tier, 3);
    assert_int_equal(tier.viewers, TIER_GATEWAYS_MAX - 1);
    assert_int_equal(tier_enter(&tier, 1000), STATUS_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_requested_rates_get_the_next_lower_tier),
        TEST(test_frame_is_due_when_the_divisor_of_the_tier_has_passed),
        TEST(test_last_tick_is_due_at_any_rate_but_once),
        TEST(test_nothing_is_due_without_viewers_or_before_the_first_tick),
        TEST(test_frames_build_on_each_other_and_a_keyframe_comes_every_two_seconds),
        TEST(test_new_viewer_gets_a_keyframe_once),
        TEST(test_restart_makes_the_next_frame_a_keyframe),
        TEST(test_frame_that_does_not_fit_is_followed_by_a_keyframe),
        TEST(test_frame_brings_the_events_since_the_frame_before),
        TEST(test_events_of_before_all_viewers_left_are_not_shown_to_the_next),
        TEST(test_events_older_than_a_snapshot_may_tell_are_left_out),
        TEST(test_events_that_the_history_lost_are_left_out),
        TEST(test_gateway_is_there_once_until_its_last_viewer_leaves),
        TEST(test_tier_refuses_a_gateway_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
