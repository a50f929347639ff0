/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's wake-ups: what follows from a tick, and the order of things at a match's end. */
#include "services/game-engine/core/engine_round.h"

#include "tests/support/engine_worker.h"
#include "tests/support/seated_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define GATEWAY "tcp://gateway-1"
#define OTHER   "tcp://gateway-2"

static struct engine_worker worker;

static int open_worker(void **state)
{
    (void)state;
    engine_worker_open(&worker);
    return 0;
}

static int close_worker(void **state)
{
    (void)state;
    engine_worker_close(&worker);
    return 0;
}

static void assert_kinds(const enum engine_effect_kind *kinds, uint32_t count)
{
    assert_int_equal(worker.effects.count, count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(worker.effects.items[i].kind, kinds[i]);
    }
}

static struct hosted_match *duel(uint32_t number)
{
    struct hosted_match *hosted = engine_worker_match(&worker, number, "duel", 2);
    engine_worker_join(&worker, hosted, GATEWAY, "ann", UINT64_C(2) * number);
    engine_worker_join(&worker, hosted, OTHER, "ben", UINT64_C(2) * number + 1);
    return hosted;
}

static void test_first_tick_starts_the_match_with_its_labels(void **state)
{
    (void)state;
    struct hosted_match *hosted = duel(1);
    engine_round_begin(&worker.core, false, worker.now_ms);
    for (int i = 0; i < 3; i++) {
        worker.effects.count = 0;
        assert_true(match_step(&hosted->match));
        engine_round_stepped(&worker.core, hosted, 5000u + (uint64_t)i, 900u + (uint64_t)i, &worker.effects);
        assert_int_equal(worker.effects.count, i == 0);
    }
    assert_int_equal(hosted->start_ms, 5000);
    assert_int_equal(hosted->start_unix_ms, 900);
    assert_true(hosted->has_stepped);
}

static void test_round_that_stepped_is_written_to_the_recovery_log_once(void **state)
{
    (void)state;
    static const enum engine_effect_kind kinds[] = {ENGINE_RECOVERY_ROUND};
    (void)duel(1);
    engine_worker_match(&worker, 2, "duel", 2)->match.wait_ticks_left = 100; /* it does not step */
    engine_worker_round(&worker, 2, false);
    assert_kinds(kinds, 1);
    worker.effects.count = 0;
    assert_false(engine_round_settle(&worker.core, worker.now_ms, &worker.effects));
    assert_int_equal(worker.effects.count, 0);
}

static void test_chunk_that_is_due_is_published_before_the_next_tick(void **state)
{
    (void)state;
    struct hosted_match *hosted = duel(1);
    uint32_t chunks = 0;
    for (uint32_t tick = 1; tick <= 400; tick++) {
        engine_round_begin(&worker.core, false, worker.now_ms);
        worker.effects.count = 0;
        assert_true(match_step(&hosted->match));
        engine_round_stepped(&worker.core, hosted, 0, 1, &worker.effects);
        const struct engine_effect *chunk = engine_worker_effect(&worker, ENGINE_PUBLISH_CHUNK, 0);
        assert_int_equal(chunk != NULL, tick % 200 == 0);
        if (chunk != NULL) {
            assert_int_equal(chunk->chunk.index, chunks++);
            assert_int_equal(chunk->chunk.last_tick, tick);
            assert_int_equal(chunk->match, hosted->index);
        }
    }
}

/* The last chunk goes out with the tick that ended it; here the match is ended between ticks. */
static void test_match_ends_in_this_order(void **state)
{
    (void)state;
    static const enum engine_effect_kind kinds[] = {ENGINE_PUBLISH_CHUNK,     ENGINE_PUBLISH_RESULT, ENGINE_AUDIT_ENDED,
                                                    ENGINE_SEND_OVER_CREATOR, ENGINE_SEND_OVER,      ENGINE_SEND_OVER,
                                                    ENGINE_RECOVERY_END,      ENGINE_RELEASE,        ENGINE_STOP_TICKS};
    struct hosted_match *hosted = duel(1);
    engine_worker_round(&worker, 1, false);
    worker.now_ms += 1234;
    worker.unix_ms -= 3600000; /* the wall clock is set back: a result does not see it */
    engine_worker_round(&worker, 1, true);
    assert_kinds(kinds, 9);
    assert_true(worker.effects.items[0].chunk.is_last);
    assert_int_equal(worker.effects.items[1].elapsed_ms, 1234);
    assert_int_equal(worker.effects.items[4].peer, 0);
    assert_int_equal(worker.effects.items[5].peer, 1);
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(worker.effects.items[i].match, hosted->index);
    }
    assert_false(hosted->is_used);
    assert_int_equal(worker.core.seats.count, 0);
    assert_int_equal(peers_find(&worker.core.peers, GATEWAY), PEERS_NONE);
    uint64_t sessions[2];
    assert_int_equal(match_sessions_at(&hosted->match, 0, sessions), 1); /* its effects can still be carried out */
    assert_int_equal(sessions[0], 2);
    assert_int_equal(hosted->match.decision.end_reason, MATCH_END_DRAINED);
    assert_true(hosted_matches_has_ended(&worker.core.matches, hosted->id));
}

static void test_match_without_a_tick_took_no_time(void **state)
{
    (void)state;
    (void)engine_worker_match(&worker, 1, "duel", 2);
    worker.now_ms += 1000;
    engine_worker_round(&worker, 0, true);
    assert_int_equal(engine_worker_effect(&worker, ENGINE_PUBLISH_RESULT, 0)->elapsed_ms, 0);
}

static void test_last_match_of_a_drain_ends_it(void **state)
{
    (void)state;
    (void)duel(1);
    (void)duel(2);
    worker.effects.count = 0;
    engine_core_drain(&worker.core, 10000, worker.now_ms, &worker.effects);
    worker.now_ms += 8999;
    engine_worker_round(&worker, 1, false);
    assert_int_equal(worker.core.matches.count, 2);
    worker.now_ms += 1;
    engine_worker_round(&worker, 1, false);
    assert_int_equal(worker.core.matches.count, 0);
    assert_int_equal(engine_worker_count(&worker, ENGINE_PUBLISH_RESULT), 2);
    assert_int_equal(engine_worker_count(&worker, ENGINE_STOP_TICKS), 1);
    assert_int_equal(engine_worker_count(&worker, ENGINE_DRAINED), 1);
    assert_int_equal(worker.effects.items[worker.effects.count - 1].kind, ENGINE_DRAINED);
}

static void test_round_is_continued_where_the_effects_were_full(void **state)
{
    (void)state;
    (void)duel(1);
    (void)duel(2);
    (void)duel(3);
    engine_round_begin(&worker.core, true, worker.now_ms);
    uint32_t rounds = 0, results = 0;
    bool is_full = true;
    while (is_full) {
        worker.effects.count = ENGINE_EFFECTS_MAX - ENGINE_CALL_EFFECTS_MAX;
        is_full = engine_round_settle(&worker.core, worker.now_ms, &worker.effects);
        for (uint32_t i = ENGINE_EFFECTS_MAX - ENGINE_CALL_EFFECTS_MAX; i < worker.effects.count; i++) {
            results += worker.effects.items[i].kind == ENGINE_PUBLISH_RESULT;
        }
        rounds++;
    }
    assert_int_equal(rounds, 3);
    assert_int_equal(results, 3);
    assert_int_equal(worker.core.matches.count, 0);
}

static void test_snapshots_are_due_where_a_match_stepped_or_ended(void **state)
{
    (void)state;
    uint16_t slots[8];
    struct hosted_match *hosted = duel(1);
    engine_round_begin(&worker.core, false, worker.now_ms);
    assert_int_equal(engine_round_due(hosted, 0, 8, slots), 0);
    assert_true(match_step(&hosted->match));
    engine_round_stepped(&worker.core, hosted, 1, 1, &worker.effects);
    assert_int_equal(engine_round_due(hosted, 0, 8, slots), 2);
    assert_int_equal(engine_round_due(hosted, 1, 8, slots), 1);
    assert_int_equal(engine_round_due(hosted, 0, 1, slots), 1);
    assert_int_equal(engine_round_due(hosted, 2, 8, slots), 0);
    engine_round_begin(&worker.core, false, worker.now_ms);
    assert_int_equal(engine_round_due(hosted, 0, 8, slots), 0);
    engine_round_begin(&worker.core, true, worker.now_ms);
    assert_int_equal(engine_round_due(hosted, 0, 8, slots), 2);
}

static void test_stream_holds_one_round_and_the_end(void **state)
{
    (void)state;
    struct hosted_match *hosted = duel(1);
    engine_worker_round(&worker, 1, false);
    assert_true(hosted->match.recorder.stream.size > 0);
    engine_round_begin(&worker.core, false, worker.now_ms);
    assert_int_equal(hosted->match.recorder.stream.size, 0);
    engine_round_begin(&worker.core, true, worker.now_ms);
    assert_int_equal(hosted->match.recorder.stream.bytes[0], RECORD_END);
}

static void test_costs_are_summed_and_the_one_above_its_share_is_slowed(void **state)
{
    (void)state;
    struct hosted_match *dear = duel(1);
    struct hosted_match *cheap = duel(2);
    uint32_t slowed = 0;
    for (int i = 0; i < 40; i++) {
        engine_round_begin(&worker.core, false, worker.now_ms);
        dear->round = (struct match_cost_sample){.ticks = 1, .us = 1500, .bytes = 100};
        cheap->round = (struct match_cost_sample){.ticks = 1, .us = 100, .bytes = 50};
        worker.effects.count = 0;
        engine_round_settle_costs(&worker.core, 1, &worker.effects);
        slowed += worker.effects.count;
        assert_true(worker.effects.count == 0 || worker.effects.items[0].match == dear->index);
    }
    assert_int_equal(slowed, 1);
    assert_int_equal(dear->match.cost.divisor, 2);
    assert_int_equal(cheap->match.cost.divisor, 1);
    assert_int_equal(worker.core.cost.match_us_max, match_cost_tick_us(&dear->match.cost));
    assert_int_equal(worker.core.cost.tick_us,
                     match_cost_tick_us(&dear->match.cost) + match_cost_tick_us(&cheap->match.cost));
    assert_int_equal(worker.core.cost.bytes_per_s,
                     match_cost_bytes_per_s(&dear->match.cost) + match_cost_bytes_per_s(&cheap->match.cost));
    engine_round_begin(&worker.core, false, worker.now_ms); /* no sample: nothing was measured */
    worker.effects.count = 0;
    engine_round_settle_costs(&worker.core, 1, &worker.effects);
    assert_int_equal(worker.core.cost.tick_us, 0);
    engine_worker_round(&worker, 0, true);
    assert_int_equal(worker.core.cost.tick_us, 0);
}

static void test_match_that_nobody_sits_in_is_over(void **state)
{
    (void)state;
    struct hosted_match *hosted = engine_worker_match(&worker, 1, "duel", 2);
    for (int i = 0; i < 121; i++) {
        engine_worker_round(&worker, 1, false);
    }
    assert_int_equal(engine_worker_count(&worker, ENGINE_PUBLISH_RESULT), 1);
    assert_int_equal(engine_worker_count(&worker, ENGINE_SEND_OVER), 0);
    assert_int_equal(engine_worker_count(&worker, ENGINE_SEND_OVER_CREATOR), 1);
    assert_int_equal(hosted->match.decision.end_reason, MATCH_END_ABANDONED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_worker, close_worker)
    const struct CMUnitTest tests[] = {
        TEST(test_first_tick_starts_the_match_with_its_labels),
        TEST(test_round_that_stepped_is_written_to_the_recovery_log_once),
        TEST(test_chunk_that_is_due_is_published_before_the_next_tick),
        TEST(test_match_ends_in_this_order),
        TEST(test_match_without_a_tick_took_no_time),
        TEST(test_last_match_of_a_drain_ends_it),
        TEST(test_round_is_continued_where_the_effects_were_full),
        TEST(test_snapshots_are_due_where_a_match_stepped_or_ended),
        TEST(test_stream_holds_one_round_and_the_end),
        TEST(test_costs_are_summed_and_the_one_above_its_share_is_slowed),
        TEST(test_match_that_nobody_sits_in_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
