/* SPDX-License-Identifier: Apache-2.0 */
/* A followed match: a world that is recorded on one side, its playback on the other, the time as an argument. */
#include "libcommon/game/snapshot/snapshot.h"
#include "services/spectator/core/followed_match.h"
#include "tests/support/record_source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PLAYERS  RECORD_SOURCE_PLAYERS
#define DELAY_MS 1000

static struct record_source source;
static struct followed_match match;
static void *match_memory;
static uint64_t now_ms;

static void begin_now(void)
{
    record_source_keyframe(&source);
    assert_int_equal(followed_match_begin(&match, source.bytes, source.size, now_ms), STATUS_OK);
}

static int setup(void **state)
{
    (void)state;
    now_ms = 5000;
    record_source_open(&source, 7);
    size_t size = followed_match_memory_bytes(&source.header, DELAY_MS);
    assert_true(size > 0);
    match_memory = malloc(size > 0 ? size : 1);
    followed_match_init(&match, &source.header, DELAY_MS, match_memory);
    for (int i = 0; i < 50; i++) {
        record_source_step(&source);
    }
    begin_now();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(match_memory);
    record_source_close(&source);
    return 0;
}

static void send_tick(void)
{
    record_source_step(&source);
    followed_match_receive(&match, source.world.tick, source.bytes, source.size, now_ms);
}

/* The tick that an engine would have reached delay ago: nothing later may show. */
static void test_no_tick_shows_before_its_delay_is_over(void **state)
{
    (void)state;
    uint64_t come_ms[700] = {0};
    come_ms[source.world.tick] = now_ms;
    uint32_t shown = 0;
    for (uint32_t i = 0; i < 600; i++) {
        now_ms += i % 3 == 0 ? 16 : 17;
        send_tick();
        come_ms[source.world.tick] = now_ms;
        if (followed_match_step(&match, now_ms)) {
            uint32_t tick = match.player.world.tick;
            assert_true(now_ms - come_ms[tick] >= DELAY_MS);
            assert_true(now_ms - come_ms[tick] <= DELAY_MS + 20);
            shown++;
        }
    }
    assert_false(match.needs_resync);
    assert_true(shown > 500);
}

static void test_match_is_shown_to_its_end_and_with_the_same_state(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        now_ms += 17;
        send_tick();
        (void)followed_match_step(&match, now_ms);
    }
    record_source_end(&source);
    followed_match_receive(&match, source.world.tick + 1, source.bytes, source.size, now_ms);
    assert_true(match.is_complete);
    assert_false(match.has_ended);
    assert_true(followed_match_step(&match, now_ms + DELAY_MS));
    assert_true(match.has_ended);
    assert_int_equal(match.player.world.tick, source.world.tick);
    assert_true(world_hash(&match.player.world) == world_hash(&source.world));
}

static void test_gap_asks_for_a_restart_and_what_is_held_is_still_shown(void **state)
{
    (void)state;
    now_ms += 17;
    send_tick();
    uint32_t before = source.world.tick;
    record_source_step(&source);
    send_tick();
    assert_true(match.needs_resync);
    assert_true(followed_match_step(&match, now_ms + DELAY_MS));
    assert_int_equal(match.player.world.tick, before);
    begin_now();
    assert_false(match.needs_resync);
    send_tick();
    assert_false(match.needs_resync);
    assert_true(followed_match_step(&match, now_ms + DELAY_MS));
    assert_true(world_hash(&match.player.world) == world_hash(&source.world));
}

static void test_damaged_records_ask_for_a_restart_and_are_never_played(void **state)
{
    (void)state;
    record_source_step(&source);
    source.bytes[source.size / 2] ^= 0x10;
    followed_match_receive(&match, source.world.tick, source.bytes, source.size, now_ms);
    assert_true(match.needs_resync);
    assert_true(followed_match_step(&match, now_ms + DELAY_MS));
    assert_int_equal(match.player.world.tick, source.world.tick - 1);
}

static void test_other_hash_asks_for_a_restart_and_stops_the_show(void **state)
{
    (void)state;
    source.world.players[1].actor.health = 7; /* what no record tells */
    record_source_step(&source);
    followed_match_receive(&match, source.world.tick, source.bytes, source.size, now_ms);
    assert_false(match.needs_resync);
    assert_false(followed_match_step(&match, now_ms + DELAY_MS));
    assert_true(match.needs_resync);
    assert_int_equal(match.used, 0);
    begin_now();
    send_tick();
    assert_true(followed_match_step(&match, now_ms + DELAY_MS));
    assert_true(world_hash(&match.player.world) == world_hash(&source.world));
}

static void test_records_of_before_the_beginning_are_ignored(void **state)
{
    (void)state;
    record_source_step(&source);
    uint8_t old[4096];
    size_t old_size = source.size;
    memcpy(old, source.bytes, old_size);
    uint32_t old_tick = source.world.tick;
    begin_now();
    followed_match_receive(&match, old_tick, old, old_size, now_ms);
    assert_false(match.needs_resync);
    send_tick();
    assert_false(match.needs_resync);
    assert_true(followed_match_step(&match, now_ms + DELAY_MS));
    assert_true(world_hash(&match.player.world) == world_hash(&source.world));
}

static void test_match_with_too_many_delayed_records_asks_for_a_resync(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 60 * (DELAY_MS + FOLLOWED_MATCH_SLACK_MS) / 1000 + 100 && !match.needs_resync; i++) {
        send_tick();
    }
    assert_true(match.needs_resync);
    assert_true(followed_match_step(&match, now_ms + DELAY_MS));
}

static void test_junk_is_no_beginning(void **state)
{
    (void)state;
    uint8_t junk[300];
    for (uint32_t i = 0; i < 500; i++) {
        memset(junk, (int)(i * 13), sizeof(junk));
        junk[0] = (uint8_t)(i % 5);
        assert_int_not_equal(followed_match_begin(&match, junk, i % sizeof(junk), now_ms), STATUS_OK);
    }
    followed_match_receive(&match, match.next_tick, junk, sizeof(junk), now_ms);
    assert_true(match.needs_resync);
}

static void test_events_of_the_ticks_are_kept_for_the_tiers(void **state)
{
    (void)state;
    record_source_close(&source);
    record_source_open(&source, 7);
    begin_now(); /* before the first tick, when all join */
    send_tick();
    assert_true(followed_match_step(&match, now_ms + DELAY_MS));
    assert_in_range(match.events.count, PLAYERS, 2 * PLAYERS + 1);
    for (uint32_t i = 0; i < match.events.count; i++) {
        assert_int_equal(event_history_at(&match.events, i)->tick, 1);
    }
    uint32_t count = match.events.count;
    begin_now();
    assert_true(followed_match_step(&match, now_ms + DELAY_MS)); /* a keyframe has no events of its own */
    assert_int_equal(match.events.count, count);
}

static void test_batch_of_several_ticks_and_the_end_is_played_whole(void **state)
{
    (void)state;
    static uint8_t batch[65536];
    size_t used = 0;
    uint32_t first = source.world.tick + 1;
    for (int i = 0; i < 4; i++) {
        if (i < 3) {
            record_source_step(&source);
        } else {
            record_source_end(&source);
        }
        memcpy(batch + used, source.bytes, source.size);
        used += source.size;
    }
    followed_match_receive(&match, first, batch, used, now_ms);
    assert_int_equal(match.next_tick, first + 3);
    assert_true(match.is_complete);
    assert_true(followed_match_step(&match, now_ms + DELAY_MS));
    assert_true(match.has_ended);
    assert_false(match.needs_resync);
    assert_int_equal(match.player.world.tick, first + 2);
    assert_true(world_hash(&match.player.world) == world_hash(&source.world));
}

/* What is behind the end of a batch is not read, though the buffer has more. */
static void test_batch_that_is_cut_asks_for_a_resync(void **state)
{
    (void)state;
    static uint8_t batch[65536];
    size_t used = 0;
    uint32_t first = source.world.tick + 1;
    for (int i = 0; i < 3; i++) {
        record_source_step(&source);
        memcpy(batch + used, source.bytes, source.size);
        used += source.size;
    }
    followed_match_receive(&match, first, batch, used - 1, now_ms);
    assert_true(match.needs_resync);
    assert_int_equal(match.entries.count, 1); /* the beginning: the batch is not kept */
}

static void test_beginning_is_one_keyframe_and_nothing_else(void **state)
{
    (void)state;
    static uint8_t bytes[65536];
    record_source_keyframe(&source);
    size_t size = source.size;
    memcpy(bytes, source.bytes, size);
    record_source_step(&source);
    memcpy(bytes + size, source.bytes, source.size);
    assert_int_equal(followed_match_begin(&match, bytes, size + source.size, now_ms), STATUS_INVALID);
    assert_int_equal(followed_match_begin(&match, bytes, size - 1, now_ms), STATUS_TRUNCATED);
    record_source_close(&source);
    record_source_open(&source, 7);
    record_source_step(&source); /* the first tick can be read without a keyframe, but is none */
    assert_int_equal(followed_match_begin(&match, source.bytes, source.size, now_ms), STATUS_INVALID);
    assert_int_equal(followed_match_begin(&match, bytes, size, now_ms), STATUS_OK);
}

static void test_header_of_other_rules_or_with_a_map_not_read_has_no_memory(void **state)
{
    (void)state;
    struct record_header header = source.header;
    assert_true(followed_match_memory_bytes(&header, DELAY_MS) > 0);
    header.rules_version++;
    assert_int_equal(followed_match_memory_bytes(&header, DELAY_MS), 0);
    header = source.header;
    header.setup.map = NULL;
    header.map_text = "map";
    header.map_text_size = 3;
    assert_int_equal(followed_match_memory_bytes(&header, DELAY_MS), 0);
}

/* ---- the ring of delayed records ------------------------------------------------------------------ */

/* With the delay that memory was made for: sizes add up to what they are made of. */
static void test_memory_holds_the_delay_and_its_slack(void **state)
{
    (void)state;
    size_t ticks = (DELAY_MS + FOLLOWED_MATCH_SLACK_MS) * RULES_TICK_RATE / 1000;
    size_t entry = 4 * record_tick_bytes_max(PLAYERS) + record_end_bytes_max(PLAYERS);
    assert_int_equal(match.entries.capacity, ticks + 2);
    assert_int_equal(match.capacity,
                     ticks * record_tick_bytes_max(PLAYERS) + 2 * record_keyframe_bytes_max(PLAYERS) + entry);
    assert_int_equal(match.scratch_size,
                     entry > record_keyframe_bytes_max(PLAYERS) ? entry : record_keyframe_bytes_max(PLAYERS));
    assert_int_equal(match.events.capacity, FOLLOWED_MATCH_EVENTS_PER_PLAYER * PLAYERS);
    assert_true(followed_match_memory_bytes(&source.header, DELAY_MS) >
                match.capacity + match.scratch_size + match.player_memory_size);
}

static void test_entries_past_the_last_place_ask_for_a_resync(void **state)
{
    (void)state;
    uint32_t places = match.entries.capacity - 1; /* the beginning has one */
    for (uint32_t i = 0; i < places; i++) {
        followed_match_receive(&match, match.next_tick, NULL, 0, now_ms);
        assert_false(match.needs_resync);
    }
    followed_match_receive(&match, match.next_tick, NULL, 0, now_ms);
    assert_true(match.needs_resync);
}

static void test_bytes_past_the_last_place_are_refused(void **state)
{
    (void)state;
    enum status status = STATUS_OK;
    record_source_keyframe(&source);
    while (status == STATUS_OK) {
        status = followed_match_begin(&match, source.bytes, source.size, now_ms);
    }
    assert_int_equal(status, STATUS_FULL);
    assert_true(match.entries.count < match.entries.capacity);
    assert_true(match.used <= match.capacity);
    assert_true(match.capacity - match.used < source.size);
    assert_true(followed_match_step(&match, now_ms + DELAY_MS)); /* what is there can be played */
}

static void test_ring_may_turn_over_many_times_and_split_an_entry(void **state)
{
    (void)state;
    size_t bytes = 0;
    uint32_t held = 0;
    for (uint32_t i = 0; bytes < 4 * match.capacity; i++) {
        record_source_step(&source);
        if (i % 50 == 49) { /* a keyframe is a longer entry */
            begin_now();
        } else {
            followed_match_receive(&match, source.world.tick, source.bytes, source.size, now_ms);
        }
        assert_false(match.needs_resync);
        bytes += source.size;
        held++;
        if (held == 100) {
            now_ms += DELAY_MS;
            assert_true(followed_match_step(&match, now_ms));
            assert_int_equal(match.player.world.tick, source.world.tick);
            assert_true(world_hash(&match.player.world) == world_hash(&source.world));
            assert_true(followed_match_is_drained(&match));
            assert_int_equal(match.used, 0);
            held = 0;
        }
        if (source.world.phase == WORLD_OVER) {
            break;
        }
    }
    assert_true(bytes > match.capacity); /* it went round */
}

static void test_entry_larger_than_any_is_refused(void **state)
{
    (void)state;
    static uint8_t large[1 << 20];
    size_t used = 0;
    /* As many ticks in one batch as an engine never sends. */
    uint32_t first = source.world.tick + 1;
    while (used <= match.scratch_size) {
        record_source_step(&source);
        memcpy(large + used, source.bytes, source.size);
        used += source.size;
    }
    followed_match_receive(&match, first, large, used, now_ms);
    assert_true(match.needs_resync);
}

/* ---- tiers ---------------------------------------------------------------------------------------- */

struct viewing {
    struct view views[2];
    void *memory[2];
    uint32_t newest, frames, keyframes, tick;
};

static void viewing_open(struct viewing *viewing)
{
    struct view_limits limits = view_limits_for(PLAYERS);
    limits.events = 4096;
    memset(viewing, 0, sizeof(*viewing));
    for (int i = 0; i < 2; i++) {
        viewing->memory[i] = malloc(view_bytes(&limits));
        view_init(&viewing->views[i], &limits, viewing->memory[i]);
    }
}

static void viewing_close(struct viewing *viewing)
{
    free(viewing->memory[0]);
    free(viewing->memory[1]);
}

/* Encodes the tier's frame and shows it, as a viewer that gets all of them would. */
static void view_frame(struct viewing *viewing, uint32_t index)
{
    uint8_t bytes[TIER_FRAME_BYTES(PLAYERS)];
    struct tier_frame frame;
    struct snapshot_info info;
    struct tier *tier = &match.tiers[index];
    assert_int_equal(tier_encode(tier, &match.scene, &match.events, bytes, sizeof(bytes), &frame), STATUS_OK);
    const struct view *baseline = frame.baseline_tick == 0 ? NULL : &viewing->views[viewing->newest];
    struct view *view = &viewing->views[1 - viewing->newest];
    assert_int_equal(snapshot_decode(baseline, bytes, frame.size, view, &info), STATUS_OK);
    assert_int_equal(frame.baseline_tick, baseline == NULL ? 0 : viewing->tick);
    assert_int_equal(view->player_count + (uint32_t)(PLAYERS - match.player.world.alive_count), PLAYERS);
    viewing->newest = 1 - viewing->newest;
    viewing->frames++;
    viewing->keyframes += frame.baseline_tick == 0;
    viewing->tick = frame.tick;
}

static void play_for(uint32_t ticks, struct viewing viewings[TIER_COUNT])
{
    for (uint32_t i = 0; i < ticks; i++) {
        now_ms += 17;
        send_tick();
        if (!followed_match_step(&match, now_ms)) {
            continue;
        }
        for (uint32_t t = 0; t < TIER_COUNT; t++) {
            if (tier_is_due(&match.tiers[t], match.player.world.tick, false)) {
                view_frame(&viewings[t], t);
            }
        }
    }
}

/* What was shown before it is no baseline of what comes after, though no tick is missing. */
static void test_a_beginning_amid_the_show_is_a_keyframe(void **state)
{
    (void)state;
    struct viewing viewings[TIER_COUNT];
    for (uint32_t t = 0; t < TIER_COUNT; t++) {
        viewing_open(&viewings[t]);
        assert_int_equal(tier_enter(&match.tiers[t], t), STATUS_OK);
    }
    play_for(420, viewings);
    for (uint32_t i = 0; i < 8; i++) {
        begin_now();
        play_for(50, viewings);
    }
    assert_in_range(viewings[0].keyframes, 10, 24);
    assert_in_range(viewings[0].frames, 740, 768);
    for (uint32_t t = 0; t < TIER_COUNT; t++) {
        tier_leave(&match.tiers[t], t);
        viewing_close(&viewings[t]);
    }
}

static void test_each_tier_has_its_rate_and_a_chain_that_decodes(void **state)
{
    (void)state;
    struct viewing viewings[TIER_COUNT];
    for (uint32_t t = 0; t < TIER_COUNT; t++) {
        viewing_open(&viewings[t]);
        assert_int_equal(tier_enter(&match.tiers[t], t), STATUS_OK);
    }
    play_for(60 + 360, viewings); /* a second for the delay */
    assert_in_range(viewings[0].frames, 358, 362);
    assert_in_range(viewings[1].frames, 178, 182);
    assert_in_range(viewings[2].frames, 89, 92);
    assert_in_range(viewings[3].frames, 29, 32);
    for (uint32_t t = 0; t < TIER_COUNT; t++) {
        assert_in_range(viewings[t].keyframes, 3, 4);
        viewing_close(&viewings[t]);
    }
}

static void test_tier_without_viewers_encodes_nothing(void **state)
{
    (void)state;
    struct viewing viewings[TIER_COUNT];
    for (uint32_t t = 0; t < TIER_COUNT; t++) {
        viewing_open(&viewings[t]);
    }
    assert_int_equal(tier_enter(&match.tiers[1], 9), STATUS_OK);
    play_for(120, viewings);
    tier_leave(&match.tiers[1], 9);
    uint32_t frames = viewings[1].frames;
    play_for(60, viewings);
    assert_int_equal(viewings[1].frames, frames);
    assert_int_equal(viewings[0].frames, 0);
    for (uint32_t t = 0; t < TIER_COUNT; t++) {
        viewing_close(&viewings[t]);
    }
}

static void test_new_viewer_gets_a_keyframe_with_the_next_frame(void **state)
{
    (void)state;
    struct viewing viewings[TIER_COUNT];
    for (uint32_t t = 0; t < TIER_COUNT; t++) {
        viewing_open(&viewings[t]);
    }
    assert_int_equal(tier_enter(&match.tiers[0], 9), STATUS_OK);
    play_for(80, viewings);
    uint32_t keyframes = viewings[0].keyframes;
    play_for(5, viewings);
    assert_int_equal(viewings[0].keyframes, keyframes);
    assert_int_equal(tier_enter(&match.tiers[0], 9), STATUS_OK);
    assert_int_equal(match.tiers[0].gateway_count, 1);
    play_for(1, viewings);
    assert_int_equal(viewings[0].keyframes, keyframes + 1);
    for (uint32_t t = 0; t < TIER_COUNT; t++) {
        viewing_close(&viewings[t]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_no_tick_shows_before_its_delay_is_over),
        TEST(test_match_is_shown_to_its_end_and_with_the_same_state),
        TEST(test_gap_asks_for_a_restart_and_what_is_held_is_still_shown),
        TEST(test_damaged_records_ask_for_a_restart_and_are_never_played),
        TEST(test_other_hash_asks_for_a_restart_and_stops_the_show),
        TEST(test_records_of_before_the_beginning_are_ignored),
        TEST(test_match_with_too_many_delayed_records_asks_for_a_resync),
        TEST(test_junk_is_no_beginning),
        TEST(test_events_of_the_ticks_are_kept_for_the_tiers),
        TEST(test_batch_of_several_ticks_and_the_end_is_played_whole),
        TEST(test_batch_that_is_cut_asks_for_a_resync),
        TEST(test_beginning_is_one_keyframe_and_nothing_else),
        TEST(test_header_of_other_rules_or_with_a_map_not_read_has_no_memory),
        TEST(test_bytes_past_the_last_place_are_refused),
        TEST(test_memory_holds_the_delay_and_its_slack),
        TEST(test_entries_past_the_last_place_ask_for_a_resync),
        TEST(test_ring_may_turn_over_many_times_and_split_an_entry),
        TEST(test_entry_larger_than_any_is_refused),
        TEST(test_a_beginning_amid_the_show_is_a_keyframe),
        TEST(test_each_tier_has_its_rate_and_a_chain_that_decodes),
        TEST(test_tier_without_viewers_encodes_nothing),
        TEST(test_new_viewer_gets_a_keyframe_with_the_next_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
