/* SPDX-License-Identifier: Apache-2.0 */
/* The spectator with a real engine as its peer; the test plays matchmaker and gateways. */
#include "proto/spectate.pb-c.h"
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

#define DELAY_MS   300
#define SCOUT      999
#define LONG_TICKS 6000

static struct {
    uv_loop_t loop;
    struct engine_host engine;
    struct support_process spectator;
    char mailbox[MAILBOX_URL_MAX]; /* the spectator's */
    struct played matchmaker, gateway, other_gateway;
    struct engine_answer answer;
} cast;

/* What the answer to a Watch said. */
struct stream_answer {
    uint64_t stream_id;
    uint32_t rate_hz, delay_ms, seats;
    char match_id[64], map[32];
};

static void start_spectator(void)
{
    static const char *const settings[] = {"SPECTATOR_DELAY_MS=300", "SPECTATOR_LIMIT=3", "STREAM_LINGER_MS=200",
                                           "DRAIN_TIMEOUT_MS=600", NULL};
    support_start_daemon(&cast.spectator, "spectator", settings, NULL);
    (void)snprintf(cast.mailbox, sizeof cast.mailbox, "%s",
                   support_event_text(&cast.spectator, "spectator.started", 1, "mailbox"));
    support_wait_ready(&cast.spectator);
}

static int set_up(void **state)
{
    static const char *const settings[] = {"JOIN_WAIT_MS=0", "DRAIN_TIMEOUT_MS=400", NULL};
    (void)state;
    memset(&cast, 0, sizeof cast);
    uv_loop_init(&cast.loop);
    engine_host_start(&cast.engine, settings);
    start_spectator();
    played_open(&cast.matchmaker, &cast.loop, "matchmaker");
    played_open(&cast.gateway, &cast.loop, "gateway");
    played_open(&cast.other_gateway, &cast.loop, "gateway");
    return 0;
}

static int tear_down(void **state)
{
    played_close(&cast.matchmaker);
    played_close(&cast.gateway);
    played_close(&cast.other_gateway);
    if (cast.spectator.pid != 0) {
        assert_int_equal(support_stop(&cast.spectator), 0);
    }
    if (cast.engine.process.pid != 0) {
        assert_int_equal(support_stop(&cast.engine.process), 0);
    }
    turn_for(&cast.loop, 20);
    uv_loop_close(&cast.loop);
    return support_kill_all(state);
}

static void make_duel(uint32_t time_limit_ticks)
{
    engine_ask_duel(&cast.matchmaker, cast.engine.mailbox, time_limit_ticks, &cast.answer);
    assert_int_equal(cast.answer.type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_CREATED);
}

static void ask_watch(struct played *gateway, uint64_t session, const char *match_id, uint32_t rate_hz)
{
    char id[64];
    Mma__Watch request;
    mma__watch__init(&request);
    (void)snprintf(id, sizeof id, "%s", match_id);
    request.session_id = session;
    request.match_id = id;
    request.rate_hz = rate_hz;
    engine_ask(gateway, cast.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_WATCH, &request.base, &cast.answer);
}

static struct stream_answer watch(struct played *gateway, uint64_t session, const char *match_id, uint32_t rate_hz)
{
    struct stream_answer answer = {0};
    ask_watch(gateway, session, match_id, rate_hz);
    assert_int_equal(cast.answer.type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_WATCHING);
    Mma__WatchingStream *reply = mma__watching_stream__unpack(NULL, cast.answer.size, cast.answer.payload);
    assert_non_null(reply);
    assert_int_equal(reply->session_id, session);
    answer.stream_id = reply->stream_id;
    answer.rate_hz = reply->watching->rate_hz;
    answer.delay_ms = reply->watching->delay_ms;
    answer.seats = (uint32_t)reply->watching->n_seats;
    (void)snprintf(answer.match_id, sizeof answer.match_id, "%s", reply->watching->match_id);
    (void)snprintf(answer.map, sizeof answer.map, "%s", reply->watching->map);
    mma__watching_stream__free_unpacked(reply, NULL);
    return answer;
}

static void leave(struct played *gateway, uint64_t session)
{
    Mma__Unwatch message;
    mma__unwatch__init(&message);
    message.session_id = session;
    played_tell(gateway, cast.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_UNWATCH, &message.base);
}

/* The spectator reads the registry twice a second, so its first answer may be that no engine runs a match. A scout
 * finds out, and leaves. */
static void wait_for_engine(void)
{
    for (int tries = 0; tries < 100; tries++) {
        ask_watch(&cast.gateway, SCOUT, "", 0);
        if (cast.answer.status == STATUS_OK) {
            break;
        }
        turn_for(&cast.loop, 50);
    }
    assert_int_equal(cast.answer.status, STATUS_OK);
    leave(&cast.gateway, SCOUT);
}

/* Shows the frames of one stream; those of other streams are counted. */
static uint32_t show(const struct played *gateway, uint64_t stream_id, struct snapshot_viewer *viewer)
{
    uint32_t others = 0;
    for (uint32_t i = 0; i < gateway->heard_count; i++) {
        if (gateway->heard[i].type != MMA__MESSAGE_TYPE__MESSAGE_TYPE_FRAMES) {
            continue;
        }
        Mma__Frames *frames = mma__frames__unpack(NULL, gateway->heard[i].size, gateway->heard[i].payload);
        assert_non_null(frames);
        for (size_t f = 0; f < frames->n_frames; f++) {
            const Mma__Frame *frame = frames->frames[f];
            if (frame->stream_id == stream_id) {
                snapshot_viewer_take(viewer, frame->tick, frame->baseline_tick, frame->snapshot.data,
                                     frame->snapshot.len);
            } else {
                others++;
            }
        }
        mma__frames__free_unpacked(frames, NULL);
    }
    return others;
}

static double metric_of(struct support_process *process, const char *series)
{
    struct http_response response;
    http_get_local(&response, support_admin_port(process), "/metrics");
    assert_int_equal(response.status, 200);
    const char *line = strstr(response.body, series);
    double value = line == NULL ? 0 : strtod(line + strlen(series), NULL);
    http_response_free(&response);
    return value;
}

static double metric(const char *series)
{
    return metric_of(&cast.spectator, series);
}

/* ---- tests --------------------------------------------------------------------------------------- */

static void test_match_is_watched_to_its_end(void **state)
{
    (void)state;
    struct snapshot_viewer viewer;
    snapshot_viewer_open(&viewer, 2);
    make_duel(120);
    wait_for_engine();
    struct stream_answer stream = watch(&cast.gateway, 1, engine_match_id, 0);
    assert_string_equal(stream.match_id, engine_match_id);
    assert_string_equal(stream.map, "duel");
    assert_int_equal(stream.rate_hz, 60);
    assert_int_equal(stream.delay_ms, DELAY_MS);
    assert_int_equal(stream.seats, 2);
    (void)played_wait(&cast.gateway, MMA__MESSAGE_TYPE__MESSAGE_TYPE_STREAM_OVER, 1);
    (void)show(&cast.gateway, stream.stream_id, &viewer);
    assert_true(viewer.count > 100);
    assert_true(viewer.keyframes >= 2);
    assert_int_equal(viewer.unfit, 0);
    assert_int_equal(snapshot_viewer_view(&viewer)->phase, WORLD_OVER);
    assert_int_equal(snapshot_viewer_view(&viewer)->viewer, VIEW_ALL);
    assert_true(metric("\nmma_spectator_resyncs_total ") == 0);
    assert_true(metric("\nmma_spectator_streams ") == 0);
    assert_true(metric("\nmma_spectators ") == 0);
    snapshot_viewer_close(&viewer);
}

static void test_two_gateways_and_two_rates_need_one_subscription(void **state)
{
    (void)state;
    struct snapshot_viewer slow, fast;
    snapshot_viewer_open(&slow, 2);
    snapshot_viewer_open(&fast, 2);
    make_duel(LONG_TICKS);
    wait_for_engine();
    struct stream_answer first = watch(&cast.gateway, 1, "", 60);
    struct stream_answer second = watch(&cast.other_gateway, 1, engine_match_id, 15);
    assert_string_equal(first.match_id, engine_match_id);
    assert_true(first.stream_id != second.stream_id);
    assert_int_equal(second.rate_hz, 15);
    played_forget(&cast.gateway);
    turn_for(&cast.loop, 2500);
    (void)show(&cast.gateway, first.stream_id, &fast);
    assert_int_equal(show(&cast.other_gateway, second.stream_id, &slow), 0);
    assert_int_equal(slow.unfit, 0);
    assert_true(slow.count > 10);
    assert_true(fast.count > 2 * slow.count);
    assert_true(metric("\nmma_spectators ") == 2);
    assert_true(metric("\nmma_spectator_streams ") == 1);
    assert_int_equal(support_count_events(&cast.engine.process, "match.subscribed"), 1);
    snapshot_viewer_close(&slow);
    snapshot_viewer_close(&fast);
}

/* The tick of the newest snapshot that a player in the match got. */
static uint32_t live_tick(const struct played *gateway)
{
    uint32_t tick = 0;
    for (uint32_t i = 0; i < gateway->heard_count; i++) {
        if (gateway->heard[i].type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_SNAPSHOTS) {
            Mma__Snapshots *live = mma__snapshots__unpack(NULL, gateway->heard[i].size, gateway->heard[i].payload);
            assert_non_null(live);
            tick = live->snapshots[0]->tick;
            mma__snapshots__free_unpacked(live, NULL);
        }
    }
    return tick;
}

static void test_frames_are_never_younger_than_the_delay(void **state)
{
    (void)state;
    struct snapshot_viewer viewer;
    snapshot_viewer_open(&viewer, 2);
    make_duel(LONG_TICKS);
    wait_for_engine();
    engine_ask_join(&cast.gateway, cast.engine.mailbox, "ann", 5, &cast.answer);
    struct stream_answer stream = watch(&cast.other_gateway, 1, engine_match_id, 60);
    turn_for(&cast.loop, 1000);
    (void)show(&cast.other_gateway, stream.stream_id, &viewer);
    assert_true(viewer.count > 10);
    assert_true(viewer.tick + DELAY_MS * 60 / 1000 - 1 <= live_tick(&cast.gateway));
    snapshot_viewer_close(&viewer);
}

static void test_match_that_no_engine_runs_is_not_found(void **state)
{
    (void)state;
    make_duel(LONG_TICKS);
    wait_for_engine();
    ask_watch(&cast.gateway, 1, "ffffffffffffffffffffffffffffffff", 0);
    assert_string_equal(engine_refusal(&cast.answer), "GAME_NOT_FOUND");
    ask_watch(&cast.gateway, 0, "", 0);
    assert_string_equal(engine_refusal(&cast.answer), "INVALID_INPUT");
    assert_true(metric("\nmma_spectator_watch_refused_total{reason=\"GAME_NOT_FOUND\"} ") >= 1);
}

static void test_viewers_past_the_limit_are_refused_until_one_leaves(void **state)
{
    (void)state;
    make_duel(LONG_TICKS);
    wait_for_engine();
    for (uint64_t session = 1; session <= 3; session++) {
        (void)watch(&cast.gateway, session, engine_match_id, 30);
    }
    ask_watch(&cast.gateway, 4, engine_match_id, 30);
    assert_string_equal(engine_refusal(&cast.answer), "GAME_FULL");
    (void)watch(&cast.gateway, 3, engine_match_id, 5); /* who watches already may change the rate */
    leave(&cast.gateway, 2);
    (void)watch(&cast.gateway, 4, engine_match_id, 30);
    assert_true(metric("\nmma_spectators ") == 3);
}

static bool stream_is_gone(void *data)
{
    (void)data;
    return support_log_contains(&cast.spectator, "\"event\":\"stream.ended\"");
}

static bool engine_has_no_subscriber(void *data)
{
    (void)data;
    return metric_of(&cast.engine.process, "\nmma_game_subscribers ") == 0;
}

static void test_stream_ends_when_nobody_watches_for_a_while(void **state)
{
    (void)state;
    make_duel(LONG_TICKS);
    wait_for_engine();
    assert_true(turn_until_holds(&cast.loop, stream_is_gone, NULL, 10000));
    assert_true(metric("\nmma_spectator_streams ") == 0);
    assert_int_equal(played_count(&cast.gateway, MMA__MESSAGE_TYPE__MESSAGE_TYPE_STREAM_OVER), 0);
    assert_int_equal(support_count_events(&cast.spectator, "viewer.left"), 1);
    assert_true(turn_until_holds(&cast.loop, engine_has_no_subscriber, NULL, 5000));
}

static bool viewer_is_lost(void *data)
{
    (void)data;
    return support_log_contains(&cast.spectator, "\"event\":\"viewer.lost\"");
}

static void test_gateway_that_is_gone_takes_its_viewers_along(void **state)
{
    (void)state;
    make_duel(LONG_TICKS);
    wait_for_engine();
    (void)watch(&cast.gateway, 1, engine_match_id, 60);
    (void)watch(&cast.other_gateway, 2, engine_match_id, 60);
    turn_for(&cast.loop, 1500); /* the registry's list has both */
    played_close(&cast.other_gateway);
    assert_true(turn_until_holds(&cast.loop, viewer_is_lost, NULL, 20000));
    assert_true(metric("\nmma_spectators ") == 1);
    assert_int_equal(support_count_events(&cast.spectator, "viewer.lost"), 1);
    played_open(&cast.other_gateway, &cast.loop, "gateway");
}

static void test_viewers_behind_one_gateway_share_each_frame(void **state)
{
    (void)state;
    make_duel(LONG_TICKS);
    wait_for_engine();
    struct stream_answer first = watch(&cast.gateway, 1, engine_match_id, 60);
    struct stream_answer second = watch(&cast.gateway, 2, engine_match_id, 60);
    assert_int_equal(first.stream_id, second.stream_id);
    turn_for(&cast.loop, 1000);
    double frames = metric("\nmma_spectator_frames_total{rate=\"60\"} ");
    assert_true(frames > 20);
    assert_true(metric("\nmma_spectator_frames_sent_total ") <=
                frames + 30); /* one copy of each; it goes on meanwhile */
    assert_true(metric("\nmma_spectator_frame_bytes_total{rate=\"60\"} ") > frames);
    assert_int_equal(support_count_events(&cast.spectator, "viewer.joined"), 3);
}

static void test_request_that_a_spectator_does_not_serve_is_refused(void **state)
{
    (void)state;
    Mma__Unwatch message;
    mma__unwatch__init(&message);
    engine_ask(&cast.gateway, cast.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_FRAMES, &message.base, &cast.answer);
    assert_string_equal(engine_refusal(&cast.answer), "INVALID_INPUT");
}

static void test_drain_without_matches_ends_at_once(void **state)
{
    (void)state;
    kill(cast.spectator.pid, SIGTERM);
    assert_int_equal(support_wait_exit(&cast.spectator, 5000), 0);
}

static bool stream_is_over(void *data)
{
    (void)data;
    return played_count(&cast.gateway, MMA__MESSAGE_TYPE__MESSAGE_TYPE_STREAM_OVER) > 0;
}

static void test_engine_that_dies_ends_the_stream_with_a_reason(void **state)
{
    (void)state;
    make_duel(LONG_TICKS);
    wait_for_engine();
    (void)watch(&cast.gateway, 1, engine_match_id, 30);
    support_kill(&cast.engine.process);
    cast.engine.process.pid = 0;
    assert_true(turn_until_holds(&cast.loop, stream_is_over, NULL, 30000));
    const struct played_envelope *heard = played_wait(&cast.gateway, MMA__MESSAGE_TYPE__MESSAGE_TYPE_STREAM_OVER, 1);
    Mma__StreamOver *over = mma__stream_over__unpack(NULL, heard->size, heard->payload);
    assert_string_equal(over->reason, "SPECTATOR_LOST");
    mma__stream_over__free_unpacked(over, NULL);
}

static void test_drain_refuses_viewers_and_tells_those_who_watch(void **state)
{
    (void)state;
    make_duel(LONG_TICKS);
    wait_for_engine();
    (void)watch(&cast.gateway, 1, engine_match_id, 30);
    kill(cast.spectator.pid, SIGTERM);
    json_decref(support_wait_event(&cast.spectator, "daemon.draining", 1));
    ask_watch(&cast.gateway, 2, engine_match_id, 30);
    assert_string_equal(engine_refusal(&cast.answer), "SPECTATOR_DRAINING");
    assert_true(turn_until_holds(&cast.loop, stream_is_over, NULL, 10000));
    assert_int_equal(support_wait_exit(&cast.spectator, 10000), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_match_is_watched_to_its_end),
        TEST(test_two_gateways_and_two_rates_need_one_subscription),
        TEST(test_frames_are_never_younger_than_the_delay),
        TEST(test_match_that_no_engine_runs_is_not_found),
        TEST(test_viewers_past_the_limit_are_refused_until_one_leaves),
        TEST(test_stream_ends_when_nobody_watches_for_a_while),
        TEST(test_gateway_that_is_gone_takes_its_viewers_along),
        TEST(test_viewers_behind_one_gateway_share_each_frame),
        TEST(test_request_that_a_spectator_does_not_serve_is_refused),
        TEST(test_drain_without_matches_ends_at_once),
        TEST(test_engine_that_dies_ends_the_stream_with_a_reason),
        TEST(test_drain_refuses_viewers_and_tells_those_who_watch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
