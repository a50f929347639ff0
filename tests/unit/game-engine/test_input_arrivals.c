/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The depth of the input buffer by itself, and in a loop: a client with input_clock.h on a seeded network with jitter,
 * the buffer, and the snapshots back. Times of the network in us; the server's tick n is at n * TICK_US.
 */
#include "libcommon/base/random.h"
#include "libcommon/game/client/input_clock.h"
#include "services/game-engine/core/input_buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TICK_US       16667u
#define WAY_US        30000 /* each way, without the jitter */
#define FLIGHT_MAX    64
#define SETTLE_TICKS  1200
#define MEASURE_TICKS 36000

/* ---- the measurement by itself -------------------------------------------------------------------- */

static struct input_arrivals arrivals;

/* One input a tick for so many ticks, naming its tick so that it comes lead ticks before it. */
static void arrive(uint32_t from, uint32_t to, int32_t lead)
{
    for (uint32_t tick = from; tick < to; tick++) {
        input_arrivals_add(&arrivals, tick, tick + (uint32_t)lead, tick);
    }
}

static int setup(void **state)
{
    (void)state;
    input_arrivals_init(&arrivals);
    return 0;
}

static void test_depth_is_unknown_without_inputs_that_name_their_tick(void **state)
{
    (void)state;
    assert_int_equal(input_arrivals_depth(&arrivals, 5), INPUT_DEPTH_UNKNOWN);
    input_arrivals_add(&arrivals, 1, 0, 5);
    assert_int_equal(input_arrivals_depth(&arrivals, 5), INPUT_DEPTH_UNKNOWN);
    input_arrivals_add(&arrivals, 2, 7, 6);
    assert_int_equal(input_arrivals_depth(&arrivals, 6), INPUT_DEPTH_RIGHT);
    assert_int_equal(input_arrivals_depth(&arrivals, 6 + INPUT_ARRIVALS_TICKS), INPUT_DEPTH_UNKNOWN);
}

static void test_punctual_inputs_need_a_depth_of_one(void **state)
{
    (void)state;
    arrive(100, 300, 4);
    assert_int_equal(input_arrivals_needed(&arrivals), 1);
    assert_int_equal(input_arrivals_depth(&arrivals, 300), INPUT_DEPTH_RIGHT + 3);
}

static void test_a_clock_set_anew_shows_in_the_next_depth(void **state)
{
    (void)state;
    arrive(100, 300, -5);
    assert_int_equal(input_arrivals_depth(&arrivals, 300), INPUT_DEPTH_RIGHT - 6);
    arrive(300, 301, 1);
    assert_int_equal(input_arrivals_depth(&arrivals, 301), INPUT_DEPTH_RIGHT);
}

/* Every hundredth input comes three ticks late: that is allowed. Two of a hundred are not. */
static void test_one_late_input_of_a_hundred_needs_no_depth(void **state)
{
    (void)state;
    for (uint32_t tick = 1; tick <= 400; tick++) {
        input_arrivals_add(&arrivals, tick - (tick % 110 == 0 ? 3 : 0), tick + 1, tick);
    }
    assert_int_equal(input_arrivals_needed(&arrivals), 1);
    for (uint32_t tick = 401; tick <= 800; tick++) {
        input_arrivals_add(&arrivals, tick - (tick % 50 == 0 ? 3 : 0), tick + 1, tick);
    }
    assert_int_equal(input_arrivals_needed(&arrivals), 4);
}

static void test_a_spike_is_forgotten_after_two_seconds(void **state)
{
    (void)state;
    arrive(1, 200, 1);
    for (uint32_t late = 1; late <= 4; late++) {
        input_arrivals_add(&arrivals, 199 + late, 200 + late, 203);
    }
    assert_int_equal(input_arrivals_needed(&arrivals), 3); /* of the four, one may be late */
    arrive(204, 200 + INPUT_ARRIVALS_TICKS, 1);
    assert_int_equal(input_arrivals_needed(&arrivals), 3);
    arrive(200 + INPUT_ARRIVALS_TICKS, 204 + INPUT_ARRIVALS_TICKS, 1);
    assert_int_equal(input_arrivals_needed(&arrivals), 1);
}

static void test_needed_depth_has_a_limit_and_the_rest_is_said_as_too_deep(void **state)
{
    (void)state;
    for (uint32_t tick = 1; tick <= 240; tick++) {
        input_arrivals_add(&arrivals, tick - (tick % 10 == 0 ? 12 : 0), tick + 13 - (tick % 10 == 0 ? 12 : 0), tick);
    }
    assert_int_equal(input_arrivals_needed(&arrivals), INPUT_DEPTH_MAX);
    assert_int_equal(input_arrivals_depth(&arrivals, 240), INPUT_DEPTH_RIGHT + 13 - INPUT_DEPTH_MAX);
}

/* A tab in the background for half a second: fewer inputs than ticks, and a new clock. That is not jitter. */
static void test_pause_of_the_client_begins_the_measurement_anew(void **state)
{
    (void)state;
    arrive(1, 200, 2);
    for (uint32_t i = 0; i < 10; i++) {
        input_arrivals_add(&arrivals, 200 + i, 230 + i + 2, 230 + i);
    }
    assert_int_equal(input_arrivals_needed(&arrivals), 1);
    assert_int_equal(input_arrivals_depth(&arrivals, 239), INPUT_DEPTH_RIGHT + 1);
}

/* A clock that is 1 % fast, for five minutes; the depth follows it past the ends of the bins. */
static void test_a_drifting_clock_stays_measured(void **state)
{
    (void)state;
    uint32_t sequence = 0;
    for (uint32_t tick = 1; tick <= 18000; tick++) {
        sequence += tick % 100 == 0 ? 2 : 1;
        input_arrivals_add(&arrivals, sequence, tick + 1, tick);
    }
    assert_in_range(input_arrivals_needed(&arrivals), 1, 3);
    assert_in_range(input_arrivals_depth(&arrivals, 18000), INPUT_DEPTH_RIGHT - 2, INPUT_DEPTH_RIGHT);
}

/* What a hostile client sends moves its own depth, which stays one. */
static void test_any_sequence_and_tick_give_a_depth(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 9, 1);
    for (uint32_t i = 1; i <= 100000; i++) {
        uint32_t sequence = random_below(&random, 4) == 0 ? random_u32(&random) : i;
        uint32_t named = random_below(&random, 4) == 0 ? random_u32(&random) : i + random_below(&random, 20);
        uint32_t tick = i + random_below(&random, 3);
        input_arrivals_add(&arrivals, sequence, named, tick);
        assert_in_range(input_arrivals_needed(&arrivals), 1, INPUT_DEPTH_MAX);
        assert_in_range(input_arrivals_depth(&arrivals, tick), INPUT_DEPTH_UNKNOWN, INPUT_DEPTH_EARLY);
    }
    arrive(200000, 200000 + INPUT_ARRIVALS_TICKS, 2);
    assert_int_equal(input_arrivals_depth(&arrivals, 200000 + INPUT_ARRIVALS_TICKS), INPUT_DEPTH_RIGHT + 1);
}

/* ---- in a loop with a client ---------------------------------------------------------------------- */

struct packet {
    uint64_t due_us;
    struct input input;
    struct input_clock_report news;
};

/* One way of an ordered transport: nothing overtakes. */
struct way {
    uint32_t first, count;
    uint64_t latest_us;
    struct packet packets[FLIGHT_MAX];
};

struct loop {
    struct random random;
    uint32_t jitter_us;
    struct input_clock clock;
    struct input_buffer buffer;
    struct way up, down;
    uint32_t sequence;
    uint64_t made_us[FLIGHT_MAX * 4]; /* by sequence */
    uint32_t ticks, missed, longest_repeat;
    uint64_t waited_us; /* from making to use, beyond WAY_US */
};

static void loop_init(struct loop *loop, uint32_t jitter_us, uint64_t seed)
{
    memset(loop, 0, sizeof(*loop));
    random_init(&loop->random, seed, 7);
    loop->jitter_us = jitter_us;
    input_clock_init(&loop->clock);
    input_buffer_init(&loop->buffer, 16);
}

static void send(struct loop *loop, struct way *way, struct packet packet, uint64_t now_us)
{
    uint64_t due_us = now_us + WAY_US + random_below(&loop->random, loop->jitter_us + 1);
    way->latest_us = due_us > way->latest_us ? due_us : way->latest_us;
    packet.due_us = way->latest_us;
    assert_true(way->count < FLIGHT_MAX);
    way->packets[(way->first + way->count++) % FLIGHT_MAX] = packet;
}

static bool receive(struct way *way, uint64_t now_us, struct packet *out_packet)
{
    if (way->count == 0 || way->packets[way->first].due_us > now_us) {
        return false;
    }
    *out_packet = way->packets[way->first];
    way->first = (way->first + 1) % FLIGHT_MAX;
    way->count--;
    return true;
}

static void client_turn(struct loop *loop, uint64_t now_us)
{
    struct packet packet;
    while (receive(&loop->down, now_us, &packet)) {
        input_clock_observe(&loop->clock, &packet.news, loop->sequence + 1);
    }
    if (!input_clock_advance(&loop->clock)) {
        return;
    }
    loop->sequence++;
    loop->made_us[loop->sequence % (FLIGHT_MAX * 4)] = now_us;
    packet = (struct packet){.input = {.sequence = loop->sequence,
                                       .tick = input_clock_tick(&loop->clock, loop->sequence),
                                       .buttons = INPUT_UP}};
    send(loop, &loop->up, packet, now_us);
}

static void server_tick(struct loop *loop, uint32_t tick, uint64_t now_us, bool is_measured)
{
    struct packet packet;
    struct input input;
    uint32_t before = loop->buffer.used_sequence;
    while (receive(&loop->up, now_us, &packet)) {
        (void)input_buffer_put(&loop->buffer, &packet.input, tick - 1);
    }
    input_buffer_take(&loop->buffer, tick, &input);
    if (is_measured) {
        bool has_missed = loop->buffer.used_sequence == before;
        loop->ticks++;
        loop->missed += has_missed;
        loop->waited_us += now_us - WAY_US - loop->made_us[loop->buffer.used_sequence % (FLIGHT_MAX * 4)];
        if (loop->buffer.repeated_ticks > loop->longest_repeat) {
            loop->longest_repeat = loop->buffer.repeated_ticks;
        }
    }
    packet = (struct packet){.news = {.tick = tick,
                                      .used_sequence = loop->buffer.used_sequence,
                                      .depth = input_buffer_depth(&loop->buffer, tick)}};
    send(loop, &loop->down, packet, now_us);
}

/* The client's clock is 100 ppm fast, and its turns fall anywhere between the server's. */
static void loop_run(struct loop *loop, uint32_t from, uint32_t to, bool is_measured)
{
    for (uint32_t tick = from; tick < to; tick++) {
        uint64_t tick_us = (uint64_t)tick * TICK_US;
        server_tick(loop, tick, tick_us, is_measured);
        uint64_t drift_us = tick_us / 10000 % TICK_US;
        client_turn(loop, tick_us + TICK_US - 1 - drift_us);
    }
}

struct outcome {
    double missed_percent;
    double added_ticks;
    uint32_t needed;
};

static struct outcome play(uint32_t jitter_ms, uint64_t seed)
{
    static struct loop loop;
    loop_init(&loop, jitter_ms * 1000, seed);
    loop_run(&loop, 1, SETTLE_TICKS, false);
    loop_run(&loop, SETTLE_TICKS, SETTLE_TICKS + MEASURE_TICKS, true);
    struct outcome outcome = {.missed_percent = 100.0 * loop.missed / loop.ticks,
                              .added_ticks = (double)loop.waited_us / loop.ticks / TICK_US,
                              .needed = input_arrivals_needed(&loop.buffer.arrivals)};
    print_message("jitter %2u ms: %.2f %% of ticks missed, %.2f ticks added, depth needed %u, repeated at most %u\n",
                  jitter_ms, outcome.missed_percent, outcome.added_ticks, outcome.needed, loop.longest_repeat);
    assert_true(loop.longest_repeat <= INPUT_REPEAT_TICKS);
    return outcome;
}

static void test_jitter_costs_at_most_one_tick_in_a_hundred_and_little_more_delay_than_itself(void **state)
{
    (void)state;
    static const struct {
        uint32_t jitter_ms;
        double missed_percent_max, added_ticks_max;
    } rows[] = {{0, 0.1, 1.0}, {10, 0.5, 1.5}, {40, 1.0, 3.3}, {80, 1.0, 5.8}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct outcome outcome = play(rows[i].jitter_ms, 3 + i);
        assert_true(outcome.missed_percent <= rows[i].missed_percent_max);
        assert_true(outcome.added_ticks <= rows[i].added_ticks_max);
    }
}

static void test_depth_falls_again_when_the_jitter_ends(void **state)
{
    (void)state;
    static struct loop loop;
    loop_init(&loop, 80000, 5);
    loop_run(&loop, 1, 1200, false);
    assert_in_range(input_arrivals_needed(&loop.buffer.arrivals), 3, INPUT_DEPTH_MAX);
    loop.jitter_us = 0;
    loop_run(&loop, 1200, 2400, false);
    loop_run(&loop, 2400, 3000, true);
    assert_int_equal(loop.missed, 0);
    assert_true(loop.waited_us / loop.ticks <= UINT64_C(2) * TICK_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_depth_is_unknown_without_inputs_that_name_their_tick, setup),
        cmocka_unit_test_setup(test_punctual_inputs_need_a_depth_of_one, setup),
        cmocka_unit_test_setup(test_a_clock_set_anew_shows_in_the_next_depth, setup),
        cmocka_unit_test_setup(test_one_late_input_of_a_hundred_needs_no_depth, setup),
        cmocka_unit_test_setup(test_a_spike_is_forgotten_after_two_seconds, setup),
        cmocka_unit_test_setup(test_needed_depth_has_a_limit_and_the_rest_is_said_as_too_deep, setup),
        cmocka_unit_test_setup(test_pause_of_the_client_begins_the_measurement_anew, setup),
        cmocka_unit_test_setup(test_a_drifting_clock_stays_measured, setup),
        cmocka_unit_test_setup(test_any_sequence_and_tick_give_a_depth, setup),
        cmocka_unit_test(test_jitter_costs_at_most_one_tick_in_a_hundred_and_little_more_delay_than_itself),
        cmocka_unit_test(test_depth_falls_again_when_the_jitter_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
