/* SPDX-License-Identifier: Apache-2.0 */
/* The engine alone, with real brokers: the test plays matchmaker and gateway, and reads what RabbitMQ was told. */
#include "services/game-engine/core/baseline_history.h"
#include "tests/support/durable_match.h"
#include "tests/support/engine_host.h"
#include "tests/support/http_client.h"
#include "tests/support/snapshot_viewer.h"
#include "tests/support/turn.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ANN        11
#define BEN        12
#define LONG_TICKS 36000

static struct {
    uv_loop_t loop;
    struct engine_host engine;
    struct played matchmaker, gateway;
    struct engine_answer answer;
    struct snapshot_viewer viewers[2]; /* of ann and ben */
    uint32_t sequence;
    uint32_t seen; /* envelopes of the gateway that were looked at */
} cast;

static struct durable_match durable;

static void start_cast(const char *const *settings)
{
    memset(&cast, 0, sizeof cast);
    uv_loop_init(&cast.loop);
    engine_host_start(&cast.engine, settings);
    played_open(&cast.matchmaker, &cast.loop, "matchmaker");
    played_open(&cast.gateway, &cast.loop, "gateway");
    snapshot_viewer_open(&cast.viewers[0], 2);
    snapshot_viewer_open(&cast.viewers[1], 2);
}

static int set_up(void **state)
{
    static const char *const settings[] = {"REPLAY_CHUNK_MS=1000", "JOIN_WAIT_MS=500", "MATCHES_MAX=2",
                                           "DRAIN_TIMEOUT_MS=400", NULL};
    (void)state;
    start_cast(settings);
    return 0;
}

static int tear_down(void **state)
{
    played_close(&cast.matchmaker);
    played_close(&cast.gateway);
    snapshot_viewer_close(&cast.viewers[0]);
    snapshot_viewer_close(&cast.viewers[1]);
    if (cast.engine.process.pid != 0) {
        assert_int_equal(support_stop(&cast.engine.process), 0);
    }
    turn_for(&cast.loop, 20);
    uv_loop_close(&cast.loop);
    return support_kill_all(state);
}

/* ---- playing ------------------------------------------------------------------------------------- */

static void make_duel(uint32_t time_limit_ticks)
{
    engine_ask_duel(&cast.matchmaker, cast.engine.mailbox, time_limit_ticks, &cast.answer);
    assert_int_equal(cast.answer.type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_CREATED);
}

static void join(const char *player, uint64_t session)
{
    engine_ask_join(&cast.gateway, cast.engine.mailbox, player, session, &cast.answer);
    assert_int_equal(cast.answer.type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOINED);
}

static void take_snapshots(const struct played_envelope *heard)
{
    Mma__Snapshots *message = mma__snapshots__unpack(NULL, heard->size, heard->payload);
    assert_non_null(message);
    for (size_t i = 0; i < message->n_snapshots; i++) {
        const Mma__SessionSnapshot *row = message->snapshots[i];
        assert_true(row->session_id == ANN || row->session_id == BEN);
        snapshot_viewer_take(&cast.viewers[row->session_id - ANN], row->tick, row->baseline_tick, row->snapshot.data,
                             row->snapshot.len);
    }
    mma__snapshots__free_unpacked(message, NULL);
}

/* One more input of both, and the snapshots that came meanwhile. */
static void play_a_tick(void)
{
    cast.sequence++;
    for (uint64_t session = ANN; session <= BEN; session++) {
        const struct input input = {.sequence = cast.sequence,
                                    .buttons = (uint16_t)((1u << (cast.sequence / 20 % 4)) | INPUT_FIRE),
                                    .aim = (uint16_t)(cast.sequence * 300)};
        engine_tell_input(&cast.gateway, cast.engine.mailbox, session, &input);
    }
    turn_for(&cast.loop, 15);
    for (uint32_t i = 0; i < cast.gateway.heard_count; i++) {
        if (cast.gateway.heard[i].type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_SNAPSHOTS) {
            take_snapshots(&cast.gateway.heard[i]);
        }
    }
}

static bool play_until_over(uint32_t turns)
{
    while (turns-- > 0) {
        play_a_tick();
        if (played_count(&cast.gateway, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_OVER) > 0) {
            return true;
        }
        played_forget(&cast.gateway);
    }
    return false;
}

static double metric(const char *series)
{
    struct http_response response;
    http_get_local(&response, support_admin_port(&cast.engine.process), "/metrics");
    assert_int_equal(response.status, 200);
    const char *line = strstr(response.body, series);
    double value = line == NULL ? 0 : strtod(line + strlen(series), NULL);
    http_response_free(&response);
    return value;
}

struct sought {
    struct registry *registry;
    struct registry_entry entry;
};

static bool is_announced(void *data)
{
    struct sought *sought = data;
    size_t count = 0;
    const struct registry_entry *entries = registry_list(sought->registry, "game-engine", &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(entries[i].mailbox, cast.engine.mailbox) == 0 && entries[i].matches == 1) {
            sought->entry = entries[i];
            return true;
        }
    }
    return false;
}

/* ---- tests --------------------------------------------------------------------------------------- */

static void test_match_from_creation_to_its_verified_record(void **state)
{
    (void)state;
    make_duel(150);
    join("ann", ANN);
    join("ben", BEN);
    assert_true(play_until_over(1500));
    for (int i = 0; i < 2; i++) {
        assert_true(cast.viewers[i].count > 150);
        assert_int_equal(cast.viewers[i].keyframes, 1);
        assert_int_equal(cast.viewers[i].unfit, 0);
        assert_true(cast.viewers[i].events > 0);
        assert_int_equal(snapshot_viewer_view(&cast.viewers[i])->phase, WORLD_OVER);
        assert_true(snapshot_viewer_view(&cast.viewers[i])->input_sequence + 20 > cast.sequence);
    }
    const struct played_envelope *heard = played_wait(&cast.gateway, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_OVER, 1);
    Mma__MatchOver *over = mma__match_over__unpack(NULL, heard->size, heard->payload);
    assert_int_equal(over->n_session_ids, 2);
    assert_int_equal(over->ended->n_standings, 2);
    uint64_t hash = over->ended->state_hash;
    mma__match_over__free_unpacked(over, NULL);
    (void)played_wait(&cast.matchmaker, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_OVER, 1);
    durable_match_consume(&durable, &cast.loop);
    assert_true(durable.state_hash == hash);
    assert_string_equal(durable.engine, cast.engine.mailbox);
    assert_true(durable.chunks >= 3);
    durable_match_verify(&durable);
    assert_true(metric("\nmma_active_games ") == 0);
}

static void test_repeated_creation_gets_the_same_answer_and_one_match(void **state)
{
    (void)state;
    make_duel(600);
    make_duel(600);
    assert_true(metric("\nmma_active_games ") == 1);
    assert_int_equal(support_count_events(&cast.engine.process, "match.created"), 1);
}

static void test_player_without_a_seat_is_refused(void **state)
{
    (void)state;
    engine_ask_join(&cast.gateway, cast.engine.mailbox, "ann", ANN, &cast.answer);
    assert_string_equal(engine_refusal(&cast.answer), "GAME_NOT_FOUND");
    make_duel(600);
    engine_ask_join(&cast.gateway, cast.engine.mailbox, "eve", 99, &cast.answer);
    assert_string_equal(engine_refusal(&cast.answer), "PLAYER_NOT_FOUND");
    engine_ask_join(&cast.gateway, cast.engine.mailbox, "ann", 0, &cast.answer);
    assert_string_equal(engine_refusal(&cast.answer), "INVALID_INPUT");
    assert_true(metric("\nmma_game_players ") == 0);
}

static void test_newer_session_takes_the_seat_and_the_older_is_unknown(void **state)
{
    (void)state;
    make_duel(600);
    join("ann", ANN);
    join("ann", BEN);
    assert_true(metric("\nmma_game_players ") == 1);
    const struct input input = {.sequence = 1};
    engine_tell_input(&cast.gateway, cast.engine.mailbox, ANN, &input);
    engine_tell_input(&cast.gateway, cast.engine.mailbox, BEN, &input);
    join("ann", BEN);
    assert_true(metric("mma_game_inputs_total{result=\"unknown\"} ") == 1);
    assert_true(metric("mma_game_inputs_total{result=\"buffered\"} ") == 1);
}

static void test_match_that_cannot_be_is_refused(void **state)
{
    (void)state;
    Mma__CreateMatch request;
    static char bad_id[] = "not hexadecimal at all, is it ...", mode[] = "chess";
    mma__create_match__init(&request);
    request.match_id = bad_id;
    request.mode = mode;
    engine_ask(&cast.matchmaker, cast.engine.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_MATCH, &request.base,
               &cast.answer);
    assert_string_equal(engine_refusal(&cast.answer), "INVALID_INPUT");
    request.match_id = engine_match_id;
    engine_ask(&cast.matchmaker, cast.engine.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_MATCH, &request.base,
               &cast.answer);
    assert_string_equal(engine_refusal(&cast.answer), "INVALID_INPUT");
    assert_true(metric("\nmma_active_games ") == 0);
}

static void report_skips(uint64_t session, uint32_t skipped, uint32_t written_tick)
{
    Mma__Inputs inputs;
    Mma__SessionInput row;
    Mma__SessionInput *list[1] = {&row};
    mma__inputs__init(&inputs);
    mma__session_input__init(&row);
    row.session_id = session;
    row.skipped = skipped;
    row.written_tick = written_tick;
    inputs.n_inputs = 1;
    inputs.inputs = list;
    played_tell(&cast.gateway, cast.engine.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS, &inputs.base);
}

static void test_skipped_snapshots_are_followed_by_one_that_builds_on_the_last_written(void **state)
{
    (void)state;
    make_duel(LONG_TICKS);
    join("ann", ANN);
    join("ben", BEN);
    for (int i = 0; i < 30; i++) {
        play_a_tick();
        played_forget(&cast.gateway);
    }
    uint32_t written_tick = cast.viewers[0].tick;
    assert_true(written_tick > 10);
    turn_for(&cast.loop, 34); /* two or so that the gateway does not write */
    uint32_t skipped = played_count(&cast.gateway, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SNAPSHOTS);
    played_forget(&cast.gateway);
    report_skips(ANN, skipped, written_tick);
    for (int i = 0; i < 30; i++) {
        play_a_tick();
        played_forget(&cast.gateway);
    }
    /* On a machine that is so busy that the engine sent more than it remembers meanwhile, a keyframe is right, too. */
    assert_true(cast.viewers[0].keyframes == 1 || skipped + 1 >= BASELINE_HISTORY_VIEWS - 1);
    assert_true(cast.viewers[0].tick > written_tick + 15);
    assert_true(cast.viewers[1].unfit > 0); /* ben's gateway has not reported, and waits in vain */
    assert_true(metric("\nmma_snapshots_skipped_total ") == skipped);
}

/* ---- rates --------------------------------------------------------------------------------------- */

static void join_at(const char *player, uint64_t session, uint32_t rate_hz)
{
    char player_id[8];
    Mma__Join request;
    mma__join__init(&request);
    (void)snprintf(player_id, sizeof player_id, "%s", player);
    request.match_id = engine_match_id;
    request.player_id = player_id;
    request.session_id = session;
    request.rate_hz = rate_hz;
    engine_ask(&cast.gateway, cast.engine.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN, &request.base, &cast.answer);
}

static void tell_rate(uint64_t session, uint32_t rate_hz)
{
    Mma__Inputs inputs;
    Mma__SessionInput row, *list[1] = {&row};
    Mma__SetRate set_rate;
    mma__inputs__init(&inputs);
    mma__session_input__init(&row);
    mma__set_rate__init(&set_rate);
    set_rate.rate_hz = rate_hz;
    row.session_id = session;
    row.set_rate = &set_rate;
    inputs.n_inputs = 1;
    inputs.inputs = list;
    played_tell(&cast.gateway, cast.engine.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS, &inputs.base);
}

/* Ticks from the viewer's latest snapshot before the turn to its only one in it; 0 when there was another number. */
static uint32_t gap_of(const struct snapshot_viewer *viewer, uint32_t tick_before, uint32_t count_before)
{
    return viewer->count == count_before + 1 && tick_before != 0 ? viewer->tick - tick_before : 0;
}

/* Until five snapshots of ann's in a row were no closer than that, and one just so; ben's follow tick by tick
 * meanwhile. */
static void play_until_ann_s_are_apart(uint32_t ticks)
{
    uint32_t in_a_row = 0;
    bool is_just_so = false, is_ben_s = false;
    for (int turn = 0; turn < 1000 && !(in_a_row >= 5 && is_just_so && is_ben_s); turn++) {
        const struct snapshot_viewer ann = cast.viewers[0], ben = cast.viewers[1];
        play_a_tick();
        played_forget(&cast.gateway);
        uint32_t gap = gap_of(&cast.viewers[0], ann.tick, ann.count);
        in_a_row = gap >= ticks ? in_a_row + 1 : gap == 0 ? in_a_row : 0;
        is_just_so = in_a_row > 0 && (is_just_so || gap == ticks);
        is_ben_s = is_ben_s || gap_of(&cast.viewers[1], ben.tick, ben.count) == 1;
    }
    assert_true(in_a_row >= 5);
    assert_true(is_just_so && is_ben_s);
}

static void test_each_session_has_the_rate_it_wishes_for(void **state)
{
    (void)state;
    make_duel(LONG_TICKS);
    join_at("ann", ANN, 25);
    assert_string_equal(engine_refusal(&cast.answer), "INVALID_INPUT");
    join_at("ann", ANN, 20);
    assert_int_equal(cast.answer.type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOINED);
    join("ben", BEN);
    play_until_ann_s_are_apart(3);
    tell_rate(ANN, 30);
    play_until_ann_s_are_apart(2);
    tell_rate(ANN, 7); /* no such rate: as before */
    tell_rate(ANN, 0);
    play_until_ann_s_are_apart(1);
    assert_int_equal(cast.viewers[0].unfit + cast.viewers[1].unfit, 0);
}

static int set_up_slow(void **state)
{
    static const char *const settings[] = {"JOIN_WAIT_MS=500", "SNAPSHOT_RATE_MAX_HZ=40", NULL};
    (void)state;
    start_cast(settings);
    return 0;
}

static void test_no_session_gets_more_than_the_setting(void **state)
{
    (void)state;
    make_duel(LONG_TICKS);
    join_at("ann", ANN, 60);
    assert_int_equal(cast.answer.type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOINED);
    uint32_t first_tick = 0;
    while (cast.viewers[0].count < 60) {
        play_a_tick();
        played_forget(&cast.gateway);
        first_tick = cast.viewers[0].count > 0 && first_tick == 0 ? cast.viewers[0].tick : first_tick;
    }
    assert_true(cast.viewers[0].tick >= first_tick + 2 * 55);
}

static void test_gateway_that_is_gone_leaves_its_seats(void **state)
{
    (void)state;
    struct sought sought = {.registry = cast.matchmaker.registry};
    registry_watch(sought.registry, "game-engine");
    make_duel(LONG_TICKS);
    join("ann", ANN);
    assert_true(turn_until_holds(&cast.loop, is_announced, &sought, 10000));
    turn_for(&cast.loop, 1200); /* the engine has read the registry, with the gateway in it */
    played_close(&cast.gateway);
    json_decref(support_wait_event(&cast.engine.process, "peer.lost", 1));
    assert_string_equal(support_event_text(&cast.engine.process, "match.left", 1, "reason"), "GATEWAY_LOST");
    played_open(&cast.gateway, &cast.loop, "gateway");
}

static void test_junk_of_every_kind_changes_nothing_but_counters(void **state)
{
    (void)state;
    uint8_t junk[600];
    make_duel(60);
    join("ann", ANN);
    join("ben", BEN);
    for (uint32_t i = 0; i < 300; i++) {
        memset(junk, (int)(i * 31), sizeof junk);
        junk[i % 9] = (uint8_t)(i * 7);
        engine_tell_bytes(&cast.gateway, cast.engine.mailbox, i % 3 == 0 ? 4711 + i : ANN, junk, 17 + i % 583);
    }
    static const Mma__MessageType types[] = {
        MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS,       MMA__MESSAGE_TYPE__MESSAGE_TYPE_LEAVE,
        MMA__MESSAGE_TYPE__MESSAGE_TYPE_UNSUBSCRIBE,  MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN,
        MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_MATCH, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SNAPSHOTS};
    Mma__MatchOver strange; /* a message of another type than it is said to be */
    mma__match_over__init(&strange);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        played_tell(&cast.gateway, cast.engine.mailbox, types[i], &strange.base);
    }
    assert_true(play_until_over(1500));
    assert_true(metric("mma_game_inputs_total{result=\"invalid\"} ") == 200);
    assert_true(metric("mma_game_inputs_total{result=\"unknown\"} ") >= 100);
    durable_match_consume(&durable, &cast.loop);
    durable_match_verify(&durable);
}

static void test_more_matches_than_the_limit_are_refused(void **state)
{
    (void)state;
    char id[33];
    static char mode[] = "duel", ann[] = "ann", ben[] = "ben";
    Mma__Seat seats[2];
    Mma__Seat *list[2] = {&seats[0], &seats[1]};
    for (uint32_t i = 0; i < 3; i++) {
        Mma__CreateMatch request;
        mma__create_match__init(&request);
        mma__seat__init(&seats[0]);
        mma__seat__init(&seats[1]);
        seats[0].player_id = ann;
        seats[1].player_id = ben;
        (void)snprintf(id, sizeof id, "%032x", i + 1);
        request.match_id = id;
        request.mode = mode;
        request.n_seats = 2;
        request.seats = list;
        engine_ask(&cast.matchmaker, cast.engine.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_MATCH, &request.base,
                   &cast.answer);
        assert_int_equal(cast.answer.status == STATUS_OK, i < 2);
    }
    assert_string_equal(engine_refusal(&cast.answer), "ENGINE_FULL");
}

static void test_engine_is_announced_with_its_load(void **state)
{
    (void)state;
    struct sought sought = {.registry = cast.gateway.registry};
    registry_watch(sought.registry, "game-engine");
    make_duel(600);
    assert_true(turn_until_holds(&cast.loop, is_announced, &sought, 10000));
    assert_string_equal(sought.entry.region, "eu_west");
    assert_int_equal(sought.entry.matches_max, 2);
    assert_false(sought.entry.draining);
}

static void test_drain_refuses_new_matches_and_publishes_those_it_ends(void **state)
{
    (void)state;
    static const char *const settings[] = {"DRAIN_TIMEOUT_MS=3000", NULL};
    (void)tear_down(state);
    start_cast(settings);
    make_duel(LONG_TICKS);
    join("ann", ANN);
    join("ben", BEN);
    turn_for(&cast.loop, 200);
    kill(cast.engine.process.pid, SIGTERM);
    json_decref(support_wait_event(&cast.engine.process, "daemon.draining", 1));
    Mma__CreateMatch request;
    static char id[] = "ffffffffffffffffffffffffffffffff";
    mma__create_match__init(&request);
    request.match_id = id;
    engine_ask(&cast.matchmaker, cast.engine.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_MATCH, &request.base,
               &cast.answer);
    assert_string_equal(engine_refusal(&cast.answer), "ENGINE_DRAINING");
    (void)played_wait(&cast.gateway, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_OVER, 1);
    assert_int_equal(support_wait_exit(&cast.engine.process, 10000), 0);
    assert_true(support_log_contains(&cast.engine.process, "\"drained\":true"));
    durable_match_consume(&durable, &cast.loop);
    durable_match_verify(&durable);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_match_from_creation_to_its_verified_record),
        TEST(test_repeated_creation_gets_the_same_answer_and_one_match),
        TEST(test_player_without_a_seat_is_refused),
        TEST(test_newer_session_takes_the_seat_and_the_older_is_unknown),
        TEST(test_match_that_cannot_be_is_refused),
        TEST(test_skipped_snapshots_are_followed_by_one_that_builds_on_the_last_written),
        TEST(test_each_session_has_the_rate_it_wishes_for),
        cmocka_unit_test_setup_teardown(test_no_session_gets_more_than_the_setting, set_up_slow, tear_down),
        TEST(test_gateway_that_is_gone_leaves_its_seats),
        TEST(test_junk_of_every_kind_changes_nothing_but_counters),
        TEST(test_more_matches_than_the_limit_are_refused),
        TEST(test_engine_is_announced_with_its_load),
        TEST(test_drain_refuses_new_matches_and_publishes_those_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
