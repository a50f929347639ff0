/* SPDX-License-Identifier: Apache-2.0 */
/* A match's recovery log as Redis would keep it: whoever reads it at any moment rebuilds the state of its last tick. */
#include "services/game-engine/core/recovery_log.h"
#include "tests/support/seated_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEATS       4
#define FLUSH_TICKS 4
#define LOG_MAX     (1u << 20)

static const struct match_player players[SEATS] = {{"ann", 0}, {"ben", 0}, {"cid", 0}, {"dee", 0}};

static struct match match;
static void *memory;
static struct recovery_log writer;
static void *writer_memory;
static struct {
    uint8_t bytes[LOG_MAX]; /* what Redis holds */
    size_t size;
    uint32_t last_tick; /* in it */
    uint64_t hash;
    uint32_t beginnings, appends;
} kept;

static int begin(void **state)
{
    (void)state;
    struct match_setup setup = seated_match_setup("ffa", players, SEATS);
    setup.world.time_limit_ticks = 9000;
    setup.idle_ticks = 9000;
    setup.chunk_ticks = 600;
    size_t size = match_memory_bytes(&setup);
    memory = malloc(size);
    assert_int_equal(match_init(&match, &setup, memory, size), STATUS_OK);
    writer_memory = malloc(recovery_log_bytes(&match.header.setup, FLUSH_TICKS));
    recovery_log_init(&writer, &match.header.setup, FLUSH_TICKS, writer_memory);
    memset(&kept, 0, sizeof(kept));
    for (uint16_t slot = 0; slot < SEATS; slot++) {
        match_take_seat(&match, slot, 100u + slot, 1);
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(memory);
    free(writer_memory);
    return 0;
}

static void step(void)
{
    struct recorder_chunk chunk;
    for (uint16_t slot = 0; slot < SEATS; slot++) {
        uint8_t bytes[INPUT_BYTES_MAX];
        size_t size = 0;
        uint32_t tick = match.world.tick + 1;
        const struct input input = {.sequence = tick,
                                    .tick = tick,
                                    .buttons = (uint16_t)((1u << ((tick / 40 + slot) % 4)) | INPUT_FIRE),
                                    .aim = (uint16_t)(tick * 321 + slot * 16384u)};
        assert_int_equal(input_encode(&input, bytes, sizeof(bytes), &size), STATUS_OK);
        assert_int_equal(match_input(&match, slot, bytes, size), INPUT_BUFFERED);
    }
    assert_true(match_step(&match));
    (void)recorder_take_chunk(&match.recorder, &chunk);
}

static void keep(const struct recovery_write *write)
{
    if (write->is_beginning) {
        kept.size = 0;
        kept.beginnings++;
    } else {
        assert_int_equal(write->offset, kept.size);
        kept.appends++;
    }
    assert_true(kept.size + write->size <= sizeof(kept.bytes));
    memcpy(kept.bytes + kept.size, write->bytes, write->size);
    kept.size += write->size;
    kept.last_tick = match.world.tick;
    kept.hash = match.hash;
}

/* A round of so many ticks; does_arrive: Redis gets the write. */
static bool play_round(uint32_t ticks, bool does_arrive)
{
    struct recovery_write write;
    for (uint32_t i = 0; i < ticks; i++) {
        step();
    }
    bool is_due = recovery_log_round(&writer, &match, &write);
    if (is_due && does_arrive) {
        keep(&write);
    }
    recorder_clear_stream(&match.recorder);
    return is_due;
}

/* What a reader makes of the log, by nothing but its bytes. */
static void rebuild(uint32_t *out_tick, uint64_t *out_hash)
{
    struct record_header header;
    struct record_playback player;
    struct record record;
    size_t at = 0, used = 0;
    assert_int_equal(record_read_header(kept.bytes, kept.size, &header, &at), STATUS_OK);
    size_t size = record_playback_bytes(&header);
    void *player_memory = malloc(size);
    assert_int_equal(record_playback_init(&player, &header, player_memory, size), STATUS_OK);
    while (at < kept.size) {
        assert_int_equal(record_playback_next(&player, kept.bytes + at, kept.size - at, &record, &used), STATUS_OK);
        at += used;
    }
    *out_tick = player.world.tick;
    *out_hash = world_hash(&player.world);
    free(player_memory);
}

static void assert_rebuilt(void)
{
    uint32_t tick = 0;
    uint64_t hash = 0;
    rebuild(&tick, &hash);
    assert_int_equal(tick, kept.last_tick);
    assert_true(hash == kept.hash);
}

/* ---- tests -------------------------------------------------------------------------------------- */

static void test_log_at_any_moment_rebuilds_its_last_tick(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 400; round++) {
        (void)play_round(1 + round % 3, true);
        assert_rebuilt();
        assert_true(match.world.tick - kept.last_tick < FLUSH_TICKS);
    }
    assert_true(match.world.tick > 700);
}

static void test_log_begins_anew_each_second_and_is_bounded(void **state)
{
    (void)state;
    size_t longest = 0;
    for (uint32_t tick = 0; tick < 10 * RECOVERY_KEYFRAME_TICKS; tick++) {
        (void)play_round(1, true);
        longest = kept.size > longest ? kept.size : longest;
    }
    assert_int_equal(kept.beginnings, 10);
    assert_int_equal(kept.appends, 10 * (RECOVERY_KEYFRAME_TICKS / FLUSH_TICKS - 1));
    assert_true(longest < RECORD_HEADER_BYTES_MAX + record_keyframe_bytes_max(SEATS) +
                              RECOVERY_KEYFRAME_TICKS * record_tick_bytes_max(SEATS));
}

static void test_nothing_is_written_between_two_flushes(void **state)
{
    (void)state;
    assert_true(play_round(1, true));
    for (int i = 0; i < 5; i++) {
        assert_false(play_round(1, true));
        assert_false(play_round(1, true));
        assert_false(play_round(1, true));
        assert_true(play_round(1, true));
    }
    assert_int_equal(kept.beginnings, 1);
    assert_int_equal(kept.appends, 5);
}

static void test_lost_write_is_healed_by_a_new_beginning(void **state)
{
    (void)state;
    (void)play_round(1, true);
    (void)play_round(3, true);
    (void)play_round(3, false); /* one write that Redis never saw */
    recovery_log_lost(&writer);
    assert_true(play_round(1, true));
    assert_int_equal(kept.beginnings, 2);
    assert_rebuilt();
    (void)play_round(3, true);
    (void)play_round(3, true);
    assert_rebuilt();
    assert_int_equal(kept.last_tick, match.world.tick);
}

static void test_rounds_without_the_log_leave_no_hole_in_it(void **state)
{
    (void)state;
    (void)play_round(1, true);
    for (int i = 0; i < 7; i++) { /* as while Redis is away: the log is not asked */
        step();
        recorder_clear_stream(&match.recorder);
        recovery_log_lost(&writer);
    }
    assert_true(play_round(1, true));
    assert_rebuilt();
    assert_int_equal(kept.last_tick, 9);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_log_at_any_moment_rebuilds_its_last_tick),   TEST(test_log_begins_anew_each_second_and_is_bounded),
        TEST(test_nothing_is_written_between_two_flushes),     TEST(test_lost_write_is_healed_by_a_new_beginning),
        TEST(test_rounds_without_the_log_leave_no_hole_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
