/* SPDX-License-Identifier: Apache-2.0 */
/* Matches of one worker whose costs are said by the test: who takes too much loses snapshots, and nobody else does. */
#include "services/game-engine/core/match.h"
#include "tests/support/seated_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEATS        2
#define MATCHES      3
#define ALLOWANCE_US 10000

static const struct match_player players[SEATS] = {{"ann", 0}, {"ben", 1}};

static struct {
    struct match match;
    void *memory;
    uint32_t us;        /* what the next ticks will cost, the artificial cost */
    uint32_t snapshots; /* of its first seat */
} worker[MATCHES];

static int begin(void **state)
{
    (void)state;
    struct match_setup setup = seated_match_setup("duel", players, SEATS);
    setup.world.time_limit_ticks = 60000;
    setup.idle_ticks = 60000;
    setup.chunk_ticks = 600;
    size_t size = match_memory_bytes(&setup);
    memset(worker, 0, sizeof(worker));
    for (uint32_t i = 0; i < MATCHES; i++) {
        worker[i].memory = malloc(size);
        assert_int_equal(match_init(&worker[i].match, &setup, worker[i].memory, size), STATUS_OK);
        match_take_seat(&worker[i].match, 0, 100, 1);
        match_take_seat(&worker[i].match, 1, 101, 1);
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < MATCHES; i++) {
        free(worker[i].memory);
    }
    return 0;
}

static uint32_t step_and_encode(uint32_t index)
{
    static uint8_t bytes[MATCH_SNAPSHOT_BYTES(SEATS)];
    struct match *match = &worker[index].match;
    struct match_snapshot snapshot;
    struct recorder_chunk chunk;
    uint32_t size = 0;
    assert_true(match_step(match));
    (void)recorder_take_chunk(&match->recorder, &chunk);
    recorder_clear_stream(&match->recorder);
    for (uint16_t slot = 0; slot < SEATS; slot++) {
        if (match_owes_snapshot(match, slot)) {
            assert_int_equal(seated_match_encode(match, slot, bytes, sizeof(bytes), &snapshot), STATUS_OK);
            size += (uint32_t)snapshot.size;
            worker[index].snapshots += slot == 0;
        }
    }
    return size;
}

/* Rounds of one tick, as the worker makes them. */
static void play(uint32_t ticks)
{
    for (uint32_t i = 0; i < MATCHES; i++) {
        worker[i].snapshots = 0;
    }
    for (uint32_t tick = 0; tick < ticks; tick++) {
        uint32_t total_us = 0;
        for (uint32_t i = 0; i < MATCHES; i++) {
            const struct match_cost_sample sample = {.ticks = 1, .us = worker[i].us, .bytes = step_and_encode(i)};
            match_cost_add(&worker[i].match.cost, &sample);
            total_us += match_cost_tick_us(&worker[i].match.cost);
        }
        for (uint32_t i = 0; i < MATCHES; i++) {
            (void)match_cost_judge(&worker[i].match.cost, 1, ALLOWANCE_US, total_us, MATCHES);
        }
    }
}

/* ---- tests -------------------------------------------------------------------------------------- */

/* divisor after so many ticks without an excess, judged tick by tick. */
static uint32_t divisor_after(struct match_cost *cost, uint32_t calm_ticks)
{
    for (uint32_t i = 0; i < calm_ticks; i++) {
        (void)match_cost_judge(cost, 1, ALLOWANCE_US, 0, 1);
    }
    return cost->divisor;
}

static void test_steps_down_and_up_come_at_their_tick(void **state)
{
    (void)state;
    struct match_cost cost;
    match_cost_init(&cost);
    cost.tick_us_q8 = (ALLOWANCE_US + 1) << 8;
    for (uint32_t i = 1; i <= COST_LOWER_TICKS; i++) {
        bool is_lowered = match_cost_judge(&cost, 1, ALLOWANCE_US, ALLOWANCE_US + 1, 1);
        assert_int_equal(is_lowered, i == COST_LOWER_TICKS);
    }
    cost.tick_us_q8 = 0;
    assert_int_equal(divisor_after(&cost, COST_RAISE_TICKS - 1), 2);
    assert_int_equal(divisor_after(&cost, 1), 1);
    cost.divisor = 3;
    assert_int_equal(divisor_after(&cost, COST_RAISE_TICKS - 1), 3);
    assert_int_equal(divisor_after(&cost, 1), 2);
}

static void test_match_that_overruns_loses_rate_and_its_neighbours_do_not(void **state)
{
    (void)state;
    worker[0].us = 500;
    worker[1].us = 14000;
    worker[2].us = 500;
    play(300);
    play(600);
    assert_int_equal(worker[0].snapshots, 600);
    assert_int_equal(worker[1].snapshots, 200); /* 20 a second */
    assert_int_equal(worker[2].snapshots, 600);
    for (uint32_t i = 0; i < MATCHES; i++) {
        assert_int_equal(worker[i].match.world.tick, 900); /* every simulation keeps its 60 */
    }
}

static void test_costly_match_keeps_its_rate_while_there_is_room(void **state)
{
    (void)state;
    worker[0].us = 500;
    worker[1].us = 8000; /* far above its share, but all fits */
    worker[2].us = 500;
    play(600);
    assert_int_equal(worker[1].snapshots, 600);
}

static void test_many_equal_matches_that_are_too_much_all_give_way(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < MATCHES; i++) {
        worker[i].us = 5000;
    }
    play(300);
    play(60);
    for (uint32_t i = 0; i < MATCHES; i++) {
        assert_int_equal(worker[i].snapshots, 20);
    }
}

static void test_rate_comes_back_step_by_step_when_there_is_room_again(void **state)
{
    (void)state;
    worker[1].us = 14000;
    play(300);
    assert_int_equal(worker[1].match.cost.divisor, 3);
    worker[1].us = 1000;
    play(COST_RAISE_TICKS + 60);
    assert_int_equal(worker[1].match.cost.divisor, 2);
    play(COST_RAISE_TICKS + 60);
    assert_int_equal(worker[1].match.cost.divisor, 1);
    play(60);
    assert_int_equal(worker[1].snapshots, 60);
}

/* What it saved by sending less must not be taken for room: it would go up and down for ever. */
static void test_rate_that_would_not_fit_does_not_come_back(void **state)
{
    (void)state;
    worker[1].us = 12000;
    play(100);
    assert_true(worker[1].match.cost.divisor > 1);
    worker[1].us = 9000;
    play(300);
    uint32_t divisor = worker[1].match.cost.divisor;
    play(2000);
    assert_int_equal(worker[1].match.cost.divisor, divisor);
}

static void test_one_slow_tick_costs_nobody_anything(void **state)
{
    (void)state;
    worker[1].us = 1000;
    play(100);
    worker[1].us = 60000;
    play(1);
    worker[1].us = 1000;
    play(100);
    assert_int_equal(worker[1].snapshots, 100);
}

static void test_costs_are_smoothed_and_counted_by_tick(void **state)
{
    struct match_cost cost;
    (void)state;
    match_cost_init(&cost);
    for (int i = 0; i < 300; i++) {
        match_cost_add(&cost, &(struct match_cost_sample){.ticks = 2, .us = 600, .bytes = 200});
    }
    assert_in_range(match_cost_tick_us(&cost), 298, 300);
    assert_in_range(match_cost_bytes_per_s(&cost), 5900, 6000);
    match_cost_add(&cost, &(struct match_cost_sample){.ticks = 1, .us = UINT32_MAX, .bytes = UINT32_MAX});
    assert_true(match_cost_tick_us(&cost) > 100000); /* no overflow */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_down_and_up_come_at_their_tick),
        TEST(test_match_that_overruns_loses_rate_and_its_neighbours_do_not),
        TEST(test_costly_match_keeps_its_rate_while_there_is_room),
        TEST(test_many_equal_matches_that_are_too_much_all_give_way),
        TEST(test_rate_comes_back_step_by_step_when_there_is_room_again),
        TEST(test_rate_that_would_not_fit_does_not_come_back),
        TEST(test_one_slow_tick_costs_nobody_anything),
        TEST(test_costs_are_smoothed_and_counted_by_tick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
