/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks and the stream of one record: where they are cut, what each begins with, that together they are the record. */
#include "services/game-engine/core/recorder.h"

#include "tests/support/world_decision.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SLOTS       2
#define CHUNK_TICKS 10
#define CHUNK_BYTES 65536
#define RECORD_MAX  (1u << 20)

static struct world world;
static struct recorder recorder;
static struct record_header header;
static void *world_memory, *recorder_memory;
static uint8_t record[RECORD_MAX];
static size_t record_size;
static struct recorder_chunk chunk;

static void open_with(uint32_t chunk_ticks, size_t chunk_bytes)
{
    header = (struct record_header){.match_id = {1}, .rules_version = RULES_VERSION};
    header.setup = (struct world_setup){.seed = 5, .mode = mode_find("ffa"), .capacity = SLOTS};
    header.setup.map = map_find(header.setup.mode->map);
    size_t size = world_memory_bytes(&header.setup);
    world_memory = malloc(size);
    assert_int_equal(world_init(&world, &header.setup, world_memory, size), STATUS_OK);
    recorder_memory = malloc(recorder_memory_bytes(&header.setup, chunk_bytes));
    assert_int_equal(recorder_init(&recorder, &header, chunk_ticks, chunk_bytes, recorder_memory), STATUS_OK);
    record_size = 0;
}

static int begin(void **state)
{
    (void)state;
    open_with(CHUNK_TICKS, CHUNK_BYTES);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(world_memory);
    free(recorder_memory);
    return 0;
}

static bool take(void)
{
    if (!recorder_take_chunk(&recorder, &chunk)) {
        return false;
    }
    assert_true(record_size + chunk.size <= RECORD_MAX);
    memcpy(record + record_size, chunk.bytes, chunk.size);
    record_size += chunk.size;
    return true;
}

static void tick(void)
{
    static const struct input inputs[SLOTS];
    struct record_join joins[SLOTS];
    bool is_first = world.tick == 0;
    recorder_before_tick(&recorder, &world);
    for (uint16_t slot = 0; slot < SLOTS; slot++) {
        joins[slot] = (struct record_join){.id = slot + 1u, .slot = slot, .team = RULES_TEAM_NONE};
        if (is_first) {
            assert_int_equal(world_join(&world, slot, RULES_TEAM_NONE, slot + 1u), STATUS_OK);
        }
    }
    world_step(&world, inputs);
    const struct record_tick made = {.tick = world.tick,
                                     .hash = world_hash(&world),
                                     .joins = joins,
                                     .join_count = is_first ? SLOTS : 0,
                                     .inputs = inputs};
    recorder_tick(&recorder, &made);
}

static void finish(void)
{
    struct match_place places[SLOTS];
    recorder_end(&recorder, &(struct record_end){.tick = world.tick,
                                                 .hash = world_hash(&world),
                                                 .decision = world_decision(&world, places)});
}

/* The kind of the first record of the chunk that was taken last; chunk 0's is behind the header. */
static uint8_t first_kind(void)
{
    return chunk.index == 0 ? chunk.bytes[recorder.header.size] : chunk.bytes[0];
}

static uint32_t play(void)
{
    struct record_header read;
    struct record_playback playback;
    struct record one;
    size_t at = 0, used = 0;
    assert_int_equal(record_read_header(record, record_size, &read, &at), STATUS_OK);
    size_t size = record_playback_bytes(&read);
    void *memory = malloc(size);
    assert_int_equal(record_playback_init(&playback, &read, memory, size), STATUS_OK);
    while (at < record_size) {
        assert_int_equal(record_playback_next(&playback, record + at, record_size - at, &one, &used), STATUS_OK);
        at += used;
    }
    assert_true(playback.has_ended);
    free(memory);
    return playback.world.tick;
}

static void test_chunk_is_due_after_its_ticks_and_each_is_handed_out_once(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= 3 * CHUNK_TICKS; i++) {
        tick();
        assert_int_equal(take(), i % CHUNK_TICKS == 0);
        assert_false(take());
        recorder_clear_stream(&recorder);
        if (i % CHUNK_TICKS == 0) {
            assert_int_equal(chunk.index, i / CHUNK_TICKS - 1);
            assert_int_equal(chunk.first_tick, i - CHUNK_TICKS + 1);
            assert_int_equal(chunk.last_tick, i);
            assert_false(chunk.is_last);
            assert_int_equal(first_kind(), i == CHUNK_TICKS ? RECORD_TICK : RECORD_KEYFRAME);
        }
    }
}

static void test_chunk_is_due_after_its_bytes(void **state)
{
    (void)state;
    (void)end(NULL);
    open_with(1000, 200);
    uint32_t ticks = 0;
    while (!take()) {
        tick();
        recorder_clear_stream(&recorder);
        ticks++;
        assert_true(ticks < 100);
    }
    assert_true(chunk.size >= 200);
    assert_int_equal(chunk.last_tick, ticks);
}

static void test_chunks_together_are_the_record(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 35; i++) {
        tick();
        (void)take();
        recorder_clear_stream(&recorder);
    }
    finish();
    assert_true(take());
    assert_true(chunk.is_last);
    assert_int_equal(chunk.first_tick, 31);
    assert_int_equal(chunk.last_tick, 35);
    assert_false(take());
    assert_int_equal(play(), 35);
}

static void test_end_right_after_a_chunk_is_a_chunk_of_its_own(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < CHUNK_TICKS; i++) {
        tick();
        recorder_clear_stream(&recorder);
    }
    assert_true(take());
    assert_false(chunk.is_last);
    finish();
    assert_true(take());
    assert_true(chunk.is_last);
    assert_int_equal(chunk.index, 1);
    assert_int_equal(chunk.first_tick, CHUNK_TICKS);
    assert_int_equal(chunk.last_tick, CHUNK_TICKS);
    assert_int_equal(first_kind(), RECORD_END);
    assert_int_equal(play(), CHUNK_TICKS);
}

static void test_record_without_a_tick_is_a_header_and_an_end(void **state)
{
    (void)state;
    assert_false(take());
    finish();
    assert_true(take());
    assert_true(chunk.is_last);
    assert_int_equal(chunk.first_tick, 0);
    assert_int_equal(first_kind(), RECORD_END);
    assert_int_equal(play(), 0);
}

static void test_stream_holds_the_ticks_since_it_was_cleared_and_no_keyframe(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < CHUNK_TICKS; i++) {
        tick();
        recorder_clear_stream(&recorder);
    }
    (void)take();
    assert_int_equal(recorder.stream.size, 0);
    assert_int_equal(recorder.stream_first_tick, 0);
    tick(); /* the next chunk begins with a keyframe, the stream does not */
    assert_int_equal(recorder.stream.bytes[0], RECORD_TICK);
    assert_int_equal(recorder.stream_first_tick, CHUNK_TICKS + 1);
    tick();
    assert_int_equal(recorder.stream_first_tick, CHUNK_TICKS + 1);
    recorder_clear_stream(&recorder);
    finish();
    assert_int_equal(recorder.stream.bytes[0], RECORD_END);
    assert_int_equal(recorder.stream_first_tick, CHUNK_TICKS + 3);
}

static void test_header_is_kept_for_who_begins_later(void **state)
{
    (void)state;
    struct record_header read;
    size_t used = 0;
    assert_int_equal(record_read_header(recorder.header.bytes, recorder.header.size, &read, &used), STATUS_OK);
    assert_int_equal(used, recorder.header.size);
    assert_int_equal(read.setup.seed, 5);
    tick();
    assert_memory_equal(recorder.chunk.bytes, recorder.header.bytes, recorder.header.size);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_chunk_is_due_after_its_ticks_and_each_is_handed_out_once),
        TEST(test_chunk_is_due_after_its_bytes),
        TEST(test_chunks_together_are_the_record),
        TEST(test_end_right_after_a_chunk_is_a_chunk_of_its_own),
        TEST(test_record_without_a_tick_is_a_header_and_an_end),
        TEST(test_stream_holds_the_ticks_since_it_was_cleared_and_no_keyframe),
        TEST(test_header_is_kept_for_who_begins_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
