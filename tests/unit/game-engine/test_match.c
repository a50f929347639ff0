/* SPDX-License-Identifier: Apache-2.0 */
/* A whole match without a daemon: seats, inputs, snapshots over a lossy gateway, the record and its chunks. */
#include "libcommon/game/client/input_clock.h"
#include "libcommon/game/snapshot/snapshot.h"
#include "services/game-engine/core/match.h"
#include "tests/support/seated_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEATS        4
#define RECORD_BYTES (8u << 20)
#define FLIGHT_MAX   8
#define CLIENT_VIEWS 64

static const struct match_player players[SEATS] = {{"ann", 0}, {"ben", 0}, {"cid", 0}, {"dee", 0}};

static struct match match;
static void *memory;
static uint8_t *record;
static size_t record_size;
static uint32_t chunk_count;

static struct match_setup setup_for(uint16_t seats)
{
    struct match_setup setup = seated_match_setup("ffa", players, seats);
    setup.world.time_limit_ticks = 900;
    setup.wait_ticks = 30;
    return setup;
}

static void begin(const struct match_setup *setup)
{
    size_t size = match_memory_bytes(setup);
    assert_true(size > 0);
    free(memory);
    memory = malloc(size > 0 ? size : 1);
    record_size = 0;
    chunk_count = 0;
    assert_int_equal(match_init(&match, setup, memory, size), STATUS_OK);
}

static int begin_ffa(void **state)
{
    (void)state;
    struct match_setup setup = setup_for(SEATS);
    record = record == NULL ? malloc(RECORD_BYTES) : record;
    begin(&setup);
    return 0;
}

static int free_all(void **state)
{
    (void)state;
    free(memory);
    free(record);
    return 0;
}

/* Everybody runs about and fires; what they want depends on the tick only. */
static void send_inputs(void)
{
    for (uint16_t slot = 0; slot < match.seat_count; slot++) {
        uint8_t bytes[INPUT_BYTES_MAX];
        size_t size = 0;
        uint32_t tick = match.world.tick + 1;
        struct input input = {.sequence = tick,
                              .tick = tick,
                              .buttons = (uint16_t)((1u << ((tick / 40 + slot) % 4)) | INPUT_FIRE),
                              .aim = (uint16_t)(tick * 321 + slot * 16384u)};
        assert_int_equal(input_encode(&input, bytes, sizeof(bytes), &size), STATUS_OK);
        if (match.seats[slot].session != 0) {
            assert_int_equal(match_input(&match, slot, bytes, size), INPUT_BUFFERED);
        }
    }
}

static void keep_chunk(const struct recorder_chunk *chunk)
{
    assert_int_equal(chunk->index, chunk_count++);
    assert_true(record_size + chunk->size <= RECORD_BYTES);
    memcpy(record + record_size, chunk->bytes, chunk->size);
    record_size += chunk->size;
}

static bool step(void)
{
    struct recorder_chunk chunk;
    bool stepped = match_step(&match);
    while (recorder_take_chunk(&match.recorder, &chunk)) {
        keep_chunk(&chunk);
    }
    recorder_clear_stream(&match.recorder);
    return stepped;
}

static void seat_all(void)
{
    for (uint16_t slot = 0; slot < match.seat_count; slot++) {
        match_take_seat(&match, slot, 100u + slot, 1);
    }
}

/* Plays the record from its first byte: the number of ticks that had the recorded hash. */
static uint32_t verify_record(void)
{
    struct record_header header;
    struct record_playback player;
    struct record one;
    size_t at = 0, used = 0;
    uint32_t ticks = 0;
    assert_int_equal(record_read_header(record, record_size, &header, &at), STATUS_OK);
    size_t size = record_playback_bytes(&header);
    void *player_memory = malloc(size);
    assert_int_equal(record_playback_init(&player, &header, player_memory, size), STATUS_OK);
    while (at < record_size) {
        assert_int_equal(record_playback_next(&player, record + at, record_size - at, &one, &used), STATUS_OK);
        ticks += one.kind == RECORD_TICK;
        at += used;
    }
    assert_true(player.has_ended);
    assert_false(player.has_diverged);
    free(player_memory);
    return ticks;
}

/* ---- a client behind a gateway -------------------------------------------------------------------- */

struct flight {
    uint32_t arrives;
    uint32_t baseline_tick;
    size_t size;
    uint8_t bytes[MATCH_SNAPSHOT_BYTES(SEATS)];
};

struct client {
    struct view views[CLIENT_VIEWS]; /* by tick */
    void *memory[CLIENT_VIEWS];
    uint32_t written_tick;
    uint32_t skipped; /* to be reported */
    uint32_t written;
    uint32_t keyframes;
    uint32_t first, count;
    struct flight flights[FLIGHT_MAX]; /* a ring */
};

static struct client *client_new(void)
{
    struct client *client = calloc(1, sizeof(*client));
    struct view_limits limits = view_limits_for(SEATS);
    limits.events = 4096;
    for (int i = 0; i < CLIENT_VIEWS; i++) {
        client->memory[i] = malloc(view_bytes(&limits));
        view_init(&client->views[i], &limits, client->memory[i]);
    }
    return client;
}

static void client_free(struct client *client)
{
    for (int i = 0; i < CLIENT_VIEWS; i++) {
        free(client->memory[i]);
    }
    free(client);
}

/* The gateway's rule: written when it builds on what was written last, and the socket is not backed up. */
static void client_receive(struct client *client, const struct flight *flight, bool is_backed_up)
{
    struct snapshot_info info;
    bool follows = flight->baseline_tick == 0 || flight->baseline_tick == client->written_tick;
    if (is_backed_up || !follows) {
        client->skipped++;
        return;
    }
    assert_int_equal(snapshot_peek(client->written_tick, flight->bytes, flight->size, &info), STATUS_OK);
    struct view *view = &client->views[info.tick % CLIENT_VIEWS];
    const struct view *baseline =
        flight->baseline_tick == 0 ? NULL : &client->views[flight->baseline_tick % CLIENT_VIEWS];
    assert_int_equal(snapshot_decode(baseline, flight->bytes, flight->size, view, &info), STATUS_OK);
    assert_int_equal(info.baseline_tick, flight->baseline_tick);
    client->written_tick = info.tick;
    client->written++;
    client->keyframes += flight->baseline_tick == 0;
}

static void client_send(struct client *client, uint16_t slot, uint32_t delay)
{
    struct flight *flight = &client->flights[(client->first + client->count) % FLIGHT_MAX];
    struct match_snapshot snapshot;
    if (!match_owes_snapshot(&match, slot)) {
        return;
    }
    assert_int_equal(seated_match_encode(&match, slot, flight->bytes, sizeof(flight->bytes), &snapshot), STATUS_OK);
    flight->arrives = snapshot.tick + delay;
    flight->baseline_tick = snapshot.baseline_tick;
    flight->size = snapshot.size;
    client->count++;
    assert_true(client->count <= FLIGHT_MAX);
}

/* One tick: what arrives now is written or skipped, skips are reported, the next snapshot sets out. */
static void client_tick(struct client *client, uint32_t delay, bool is_backed_up)
{
    while (client->count > 0 && client->flights[client->first].arrives <= match.world.tick) {
        client_receive(client, &client->flights[client->first], is_backed_up);
        client->first = (client->first + 1) % FLIGHT_MAX;
        client->count--;
    }
    if (client->skipped > 0) {
        match_feedback(&match, 0, client->skipped, client->written_tick);
        client->skipped = 0;
    }
    client_send(client, 0, delay);
}

/* ---- tests ---------------------------------------------------------------------------------------- */

static void test_match_waits_for_its_players_then_starts_without_the_missing(void **state)
{
    (void)state;
    match_take_seat(&match, 0, 1, 1);
    for (int i = 0; i < 30; i++) {
        assert_false(step());
    }
    assert_true(step());
    assert_int_equal(match.world.tick, 1);
    assert_int_equal(match.world.player_count, SEATS);
}

static void test_match_starts_at_once_when_all_are_there(void **state)
{
    (void)state;
    seat_all();
    assert_true(step());
}

static void test_match_that_nobody_sits_in_ends(void **state)
{
    (void)state;
    seat_all();
    (void)step();
    for (uint16_t slot = 0; slot < SEATS; slot++) {
        match_leave_seat(&match, slot);
    }
    for (int i = 0; i < 121; i++) {
        (void)step();
    }
    assert_int_equal(match.state, MATCH_OVER);
    assert_int_equal(match.decision.end_reason, MATCH_END_ABANDONED);
    assert_int_equal(verify_record(), match.world.tick);
}

static void test_record_of_a_match_is_re_simulated_to_the_same_hashes(void **state)
{
    (void)state;
    seat_all();
    while (match.state != MATCH_OVER) {
        send_inputs();
        (void)step();
        assert_true(match.world.tick < 5000);
    }
    assert_int_equal(match.decision.end_reason, MATCH_END_FINISHED);
    assert_int_equal(verify_record(), match.world.tick);
    assert_int_equal(chunk_count, (match.world.tick + 199) / 200);
}

static void test_chunks_are_cut_by_ticks_and_the_last_says_so(void **state)
{
    (void)state;
    struct recorder_chunk chunk;
    seat_all();
    for (int i = 0; i < 199; i++) {
        (void)match_step(&match);
        recorder_clear_stream(&match.recorder);
        assert_false(recorder_take_chunk(&match.recorder, &chunk));
    }
    (void)match_step(&match);
    assert_true(recorder_take_chunk(&match.recorder, &chunk));
    assert_int_equal(chunk.first_tick, 1);
    assert_int_equal(chunk.last_tick, 200);
    assert_false(chunk.is_last);
    assert_false(recorder_take_chunk(&match.recorder, &chunk));
    recorder_clear_stream(&match.recorder);
    (void)match_step(&match);
    match_end(&match, MATCH_END_DRAINED);
    assert_true(recorder_take_chunk(&match.recorder, &chunk));
    assert_int_equal(chunk.index, 1);
    assert_int_equal(chunk.first_tick, 201);
    assert_int_equal(chunk.last_tick, 201);
    assert_true(chunk.is_last);
    assert_false(recorder_take_chunk(&match.recorder, &chunk));
}

static void test_chunks_are_cut_by_bytes(void **state)
{
    (void)state;
    struct match_setup setup = setup_for(SEATS);
    setup.chunk_bytes = 4096;
    setup.chunk_ticks = 100000;
    begin(&setup);
    seat_all();
    while (match.state != MATCH_OVER) {
        send_inputs();
        (void)step();
    }
    assert_true(chunk_count > 2);
    assert_true(record_size / chunk_count < 4096 + record_keyframe_bytes_max(SEATS));
    assert_int_equal(verify_record(), match.world.tick);
}

static void test_ended_before_its_first_tick_it_still_has_a_record(void **state)
{
    (void)state;
    struct recorder_chunk chunk;
    match_end(&match, MATCH_END_DRAINED);
    assert_true(recorder_take_chunk(&match.recorder, &chunk));
    keep_chunk(&chunk);
    assert_true(chunk.is_last);
    assert_int_equal(verify_record(), 0);
}

static void test_snapshots_are_a_chain_of_deltas_after_one_keyframe(void **state)
{
    (void)state;
    struct client *client = client_new();
    seat_all();
    for (int i = 0; i < 300; i++) {
        send_inputs();
        (void)step();
        client_tick(client, 0, false);
    }
    assert_int_equal(client->keyframes, 1);
    client_tick(client, 0, false);
    assert_int_equal(client->written, 300);
    client_free(client);
}

/* Sockets that back up for a while, with 0 to 4 ticks under way: the chain must heal each time, and the rate recover.
 */
static void play_with_back_ups(uint32_t delay)
{
    struct client *client = client_new();
    struct match_setup setup = setup_for(SEATS);
    setup.world.time_limit_ticks = 3000;
    begin(&setup);
    seat_all();
    uint32_t healed_ticks = 0;
    for (uint32_t i = 0; i < 1200; i++) {
        bool is_backed_up = (i % 400) >= 100 && (i % 400) < 100 + 7 * (1 + i / 400);
        send_inputs();
        (void)step();
        client_tick(client, delay, is_backed_up);
        bool is_calm = (i % 400) > 160 || (i % 400) < 100;
        if (is_calm && i > 10) {
            assert_true(match.world.tick - client->written_tick <= delay + BASELINE_HISTORY_DIVISOR_MAX);
            healed_ticks++;
        }
    }
    assert_true(healed_ticks > 900);
    assert_int_equal(match.seats[0].history.divisor, 2);
    assert_true(client->keyframes <= 4);
    for (int i = 0; i < 400; i++) {
        (void)step();
        client_tick(client, delay, false);
    }
    assert_int_equal(match.seats[0].history.divisor, 1);
    client_free(client);
}

static void test_client_that_misses_snapshots_gets_a_chain_it_can_decode(void **state)
{
    (void)state;
    for (uint32_t delay = 0; delay <= 4; delay++) {
        play_with_back_ups(delay);
    }
}

static void test_one_report_lowers_the_rate_by_one_step(void **state)
{
    (void)state;
    struct client *client = client_new();
    seat_all();
    for (int i = 0; i < 20; i++) {
        (void)step();
        client_tick(client, 0, i == 10);
    }
    assert_int_equal(match.seats[0].history.divisor, 2);
    assert_int_equal(client->keyframes, 1);
    client_free(client);
}

static uint32_t snapshots_in(uint32_t ticks, uint16_t slot)
{
    uint8_t bytes[MATCH_SNAPSHOT_BYTES(SEATS)];
    uint32_t count = 0;
    while (ticks-- > 0) {
        struct match_snapshot snapshot;
        (void)step();
        if (match_owes_snapshot(&match, slot)) {
            assert_int_equal(seated_match_encode(&match, slot, bytes, sizeof(bytes), &snapshot), STATUS_OK);
            count++;
        }
    }
    return count;
}

static void test_slowest_of_wish_socket_and_cost_is_the_rate(void **state)
{
    (void)state;
    seat_all();
    assert_int_equal(snapshots_in(60, 0), 60);
    match_request_rate(&match, 0, 2);
    assert_int_equal(snapshots_in(60, 0), 30);
    assert_int_equal(snapshots_in(60, 1), 60);
    match.cost.divisor = 3;
    assert_int_equal(snapshots_in(60, 0), 20);
    match.cost.divisor = 1;
    match_request_rate(&match, 0, 3);
    match_feedback(&match, 0, 1, 0); /* the socket alone would have 30 a second */
    assert_int_equal(snapshots_in(60, 0), 20);
    match_request_rate(&match, 0, 1);
    assert_int_equal(snapshots_in(60, 0), 30);
}

static void test_wish_for_a_rate_is_the_session_s_and_ends_with_it(void **state)
{
    (void)state;
    seat_all();
    match_request_rate(&match, 0, 3);
    (void)step();
    match_leave_seat(&match, 0);
    match_take_seat(&match, 0, 555, 2);
    assert_int_equal(snapshots_in(60, 0), 60);
}

static void test_session_that_takes_a_seat_anew_begins_with_a_keyframe(void **state)
{
    (void)state;
    struct match_snapshot snapshot;
    uint8_t bytes[MATCH_SNAPSHOT_BYTES(SEATS)];
    seat_all();
    for (int i = 0; i < 5; i++) {
        (void)step();
        assert_int_equal(seated_match_encode(&match, 0, bytes, sizeof(bytes), &snapshot), STATUS_OK);
    }
    assert_int_equal(snapshot.baseline_tick, 4);
    match_leave_seat(&match, 0);
    assert_false(match_owes_snapshot(&match, 0));
    match_take_seat(&match, 0, 555, 2);
    (void)step();
    assert_true(match_owes_snapshot(&match, 0));
    assert_int_equal(seated_match_encode(&match, 0, bytes, sizeof(bytes), &snapshot), STATUS_OK);
    assert_int_equal(snapshot.baseline_tick, 0);
}

static void test_leaver_keeps_its_slot_for_the_resume_window_and_then_begins_anew(void **state)
{
    (void)state;
    struct match_setup setup = setup_for(SEATS);
    setup.world.time_limit_ticks = 100000;
    begin(&setup);
    seat_all();
    (void)step();
    match_leave_seat(&match, 0);
    for (uint32_t i = 0; i < match.world.mode->resume_ticks; i++) {
        assert_true(step());
        assert_true(world_has(&match.world, 0));
    }
    assert_true(step());
    assert_false(world_has(&match.world, 0));
    assert_int_equal(match.world.player_count, SEATS - 1);
    match_take_seat(&match, 0, 555, 2);
    assert_true(step());
    assert_true(world_has(&match.world, 0));
    match_leave_seat(&match, 0);
    for (uint32_t i = 0; i < match.world.mode->resume_ticks; i++) {
        assert_true(step());
    }
    match_take_seat(&match, 0, 556, 2);
    assert_true(step());
    assert_true(world_has(&match.world, 0));
    match_end(&match, MATCH_END_DRAINED);
    (void)step();
    assert_int_equal(verify_record(), match.world.tick);
}

static void test_last_tick_is_shown_once_whatever_the_rate(void **state)
{
    (void)state;
    struct match_snapshot snapshot;
    uint8_t bytes[MATCH_SNAPSHOT_BYTES(SEATS)];
    seat_all();
    assert_false(match_owes_snapshot(&match, 0));
    (void)step();
    assert_int_equal(seated_match_encode(&match, 0, bytes, sizeof(bytes), &snapshot), STATUS_OK);
    assert_false(match_owes_snapshot(&match, 0));
    match.seats[1].history.divisor = 3;
    assert_int_equal(seated_match_encode(&match, 1, bytes, sizeof(bytes), &snapshot), STATUS_OK);
    (void)step();
    assert_false(match_owes_snapshot(&match, 1));
    match_end(&match, MATCH_END_DRAINED);
    assert_true(match_owes_snapshot(&match, 1));
    assert_int_equal(seated_match_encode(&match, 1, bytes, sizeof(bytes), &snapshot), STATUS_OK);
    assert_int_equal(snapshot.tick, 2);
    assert_false(match_owes_snapshot(&match, 1));
}

static void test_snapshot_that_does_not_fit_is_followed_by_a_keyframe(void **state)
{
    (void)state;
    struct match_snapshot snapshot;
    uint8_t bytes[MATCH_SNAPSHOT_BYTES(SEATS)];
    seat_all();
    (void)step();
    assert_int_equal(seated_match_encode(&match, 0, bytes, sizeof(bytes), &snapshot), STATUS_OK);
    (void)step();
    assert_int_equal(seated_match_encode(&match, 0, bytes, 3, &snapshot), STATUS_FULL);
    assert_int_equal(seated_match_encode(&match, 0, bytes, sizeof(bytes), &snapshot), STATUS_OK);
    assert_int_equal(snapshot.baseline_tick, 0);
}

static void test_junk_is_no_input_and_changes_nothing(void **state)
{
    (void)state;
    uint8_t junk[64];
    seat_all();
    (void)step();
    for (uint32_t i = 0; i < 2000; i++) {
        size_t size = i % sizeof(junk);
        memset(junk, (int)(i * 7), sizeof(junk));
        junk[i % 5] = (uint8_t)(i >> 3);
        enum input_verdict verdict = match_input(&match, 0, junk, size);
        assert_true(verdict < INPUT_VERDICTS);
        assert_true(size != 0 || verdict == INPUT_INVALID);
    }
    while (match.state != MATCH_OVER) {
        (void)step();
    }
    assert_int_equal(verify_record(), match.world.tick);
}

/* One client is punctual; the other's inputs come in bursts, late, far too early, and twice. */
static void test_inputs_of_one_client_do_not_touch_another_s(void **state)
{
    (void)state;
    struct client *client = client_new();
    seat_all();
    (void)step();
    for (uint32_t i = 1; i <= 300; i++) {
        uint8_t bytes[INPUT_BYTES_MAX];
        size_t size = 0;
        struct input input = {.sequence = i, .tick = match.world.tick + 1, .buttons = INPUT_UP};
        assert_int_equal(input_encode(&input, bytes, sizeof(bytes), &size), STATUS_OK);
        assert_int_equal(match_input(&match, 0, bytes, size), INPUT_BUFFERED);
        for (uint32_t burst = 0; i % 8 == 0 && burst < 8; burst++) {
            input = (struct input){.sequence = i + burst, .tick = i + burst * (i % 48), .buttons = INPUT_DOWN};
            assert_int_equal(input_encode(&input, bytes, sizeof(bytes), &size), STATUS_OK);
            (void)match_input(&match, 1, bytes, size);
        }
        (void)step();
        assert_int_equal(match.chosen[0].sequence, i);
        assert_int_equal(match.chosen[0].buttons, INPUT_UP);
        client_tick(client, 0, false);
        assert_int_equal(input_buffer_depth(&match.seats[0].inputs, match.world.tick), INPUT_DEPTH_RIGHT);
    }
    assert_int_equal(client->views[client->written_tick % CLIENT_VIEWS].input_depth, INPUT_DEPTH_RIGHT);
    assert_true(input_arrivals_needed(&match.seats[1].inputs.arrivals) > 1);
    client_free(client);
}

static void test_setups_that_make_no_match_are_refused(void **state)
{
    (void)state;
    static const struct match_player twice[2] = {{"ann", 0}, {"ann", 1}};
    static const struct match_player wrong_team[2] = {{"ann", 0}, {"ben", 9}};
    static const struct match_player unnamed[2] = {{"ann", 0}, {"", 1}};
    struct match_setup setup = setup_for(1);
    assert_int_equal(match_memory_bytes(&setup), 0);
    setup = setup_for(2);
    setup.world.mode = NULL;
    assert_int_equal(match_init(&match, &setup, NULL, SIZE_MAX), STATUS_INVALID);
    setup = setup_for(2);
    assert_int_equal(match_init(&match, &setup, NULL, match_memory_bytes(&setup) - 1), STATUS_NO_MEMORY);
    setup.players = twice;
    size_t size = match_memory_bytes(&setup);
    void *bytes = malloc(size);
    assert_int_equal(match_init(&match, &setup, bytes, size), STATUS_INVALID);
    free(bytes);
    setup.players = unnamed;
    assert_int_equal(match_memory_bytes(&setup), 0);
    setup = setup_for(4);
    setup.world.mode = NULL;
    assert_int_equal(match_memory_bytes(&setup), 0);
    setup = setup_for(2);
    setup.world.mode = mode_find("teams_2v2");
    setup.players = wrong_team;
    assert_int_equal(match_memory_bytes(&setup), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_match_waits_for_its_players_then_starts_without_the_missing, begin_ffa),
        cmocka_unit_test_setup(test_match_starts_at_once_when_all_are_there, begin_ffa),
        cmocka_unit_test_setup(test_match_that_nobody_sits_in_ends, begin_ffa),
        cmocka_unit_test_setup(test_record_of_a_match_is_re_simulated_to_the_same_hashes, begin_ffa),
        cmocka_unit_test_setup(test_chunks_are_cut_by_ticks_and_the_last_says_so, begin_ffa),
        cmocka_unit_test_setup(test_chunks_are_cut_by_bytes, begin_ffa),
        cmocka_unit_test_setup(test_ended_before_its_first_tick_it_still_has_a_record, begin_ffa),
        cmocka_unit_test_setup(test_snapshots_are_a_chain_of_deltas_after_one_keyframe, begin_ffa),
        cmocka_unit_test_setup(test_client_that_misses_snapshots_gets_a_chain_it_can_decode, begin_ffa),
        cmocka_unit_test_setup(test_one_report_lowers_the_rate_by_one_step, begin_ffa),
        cmocka_unit_test_setup(test_slowest_of_wish_socket_and_cost_is_the_rate, begin_ffa),
        cmocka_unit_test_setup(test_wish_for_a_rate_is_the_session_s_and_ends_with_it, begin_ffa),
        cmocka_unit_test_setup(test_session_that_takes_a_seat_anew_begins_with_a_keyframe, begin_ffa),
        cmocka_unit_test_setup(test_leaver_keeps_its_slot_for_the_resume_window_and_then_begins_anew, begin_ffa),
        cmocka_unit_test_setup(test_last_tick_is_shown_once_whatever_the_rate, begin_ffa),
        cmocka_unit_test_setup(test_snapshot_that_does_not_fit_is_followed_by_a_keyframe, begin_ffa),
        cmocka_unit_test_setup(test_junk_is_no_input_and_changes_nothing, begin_ffa),
        cmocka_unit_test_setup(test_inputs_of_one_client_do_not_touch_another_s, begin_ffa),
        cmocka_unit_test_setup(test_setups_that_make_no_match_are_refused, begin_ffa),
    };
    return cmocka_run_group_tests(tests, NULL, free_all);
}
