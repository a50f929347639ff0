/* SPDX-License-Identifier: Apache-2.0 */
/* test_node_spectator.c - the spectator in a simulated world, between an engine and a gateway that the test plays. */
#include "proto/spectate.pb-c.h"
#include "tests/simulation/node_spectator.h"
#include "tests/simulation/sim_world.h"
#include "tests/support/record_source.h"
#include "tests/support/snapshot_viewer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DELAY_MS 500
#define TICK_MS  16
#define SESSION  77

static char match_id[] = "0102030405060708090a0b0c0d0e0f10"; /* of record_source's seed 1 */

/* ---- an engine with one match --------------------------------------------------------------------- */

struct played_engine {
    struct sim_process *process;
    struct record_source source;
    char subscriber[MAILBOX_URL_MAX]; /* "": none */
    uint32_t subscribed, unsubscribed;
    uint32_t last_tick; /* the match ends after it */
    uint64_t tick_ms[4096];
};

static uint32_t last_tick;

static void engine_on_tick(void *owner)
{
    struct played_engine *engine = owner;
    Mma__Records records;
    Mma__MatchRecords row, *rows[] = {&row};
    bool is_over = engine->source.world.tick == engine->last_tick;
    if (is_over) {
        record_source_end(&engine->source);
    } else {
        record_source_step(&engine->source);
        engine->tick_ms[engine->source.world.tick] = engine->process->world->now_us / SIM_US_PER_MS;
        (void)sim_timer_start(engine->process, TICK_MS, engine_on_tick, engine);
    }
    mma__records__init(&records);
    mma__match_records__init(&row);
    row.match_id = match_id;
    row.first_tick = engine->source.world.tick + is_over;
    row.records = (ProtobufCBinaryData){.data = engine->source.bytes, .len = engine->source.size};
    records.n_matches = 1;
    records.matches = rows;
    if (engine->subscriber[0] != '\0') {
        enum status status = sim_post(engine->process, engine->subscriber, MAILBOX_PUBLISH,
                                      MMA__MESSAGE_TYPE__MESSAGE_TYPE_RECORDS, (struct trace_id){{0}}, &records.base);
        (void)status;
    }
}

static void *engine_start(struct sim_process *process, uint64_t seed)
{
    (void)seed;
    struct played_engine *engine = calloc(1, sizeof *engine);
    const struct registry_entry entry = {.matches = 1, .matches_max = 4};
    assert_non_null(engine);
    engine->process = process;
    engine->last_tick = last_tick;
    record_source_open(&engine->source, 1);
    sim_registry_announce(process, &entry);
    (void)sim_timer_start(process, TICK_MS, engine_on_tick, engine);
    return engine;
}

static void engine_destroy(void *state)
{
    record_source_close(&((struct played_engine *)state)->source);
    free(state);
}

static void answer_subscribe(struct played_engine *engine, const struct mailbox_envelope *envelope)
{
    static uint8_t header[256];
    const struct mailbox_return to = sim_return_of(envelope);
    Mma__Subscribed reply;
    mma__subscribed__init(&reply);
    record_source_header(&engine->source);
    memcpy(header, engine->source.bytes, engine->source.size);
    reply.match_id = match_id;
    reply.header = (ProtobufCBinaryData){.data = header, .len = engine->source.size};
    record_source_keyframe(&engine->source);
    reply.keyframe = (ProtobufCBinaryData){.data = engine->source.bytes, .len = engine->source.size};
    sim_reply(engine->process, &to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBED, &reply.base);
    (void)snprintf(engine->subscriber, sizeof engine->subscriber, "%s", envelope->sender);
    engine->subscribed++;
}

static void engine_on_envelope(void *state, const struct mailbox_envelope *envelope)
{
    struct played_engine *engine = state;
    if (envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBE) {
        answer_subscribe(engine, envelope);
    } else if (envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_UNSUBSCRIBE) {
        engine->subscriber[0] = '\0';
        engine->unsubscribed++;
    }
}

/* ---- an engine without matches ---------------------------------------------------------------------- */

static void *idle_start(struct sim_process *process, uint64_t seed)
{
    (void)seed;
    const struct registry_entry entry = {.matches_max = 4};
    struct sim_process **state = calloc(1, sizeof(struct sim_process *));
    assert_non_null(state);
    *state = process;
    sim_registry_announce(process, &entry);
    return state;
}

static void idle_on_envelope(void *state, const struct mailbox_envelope *envelope)
{
    struct sim_process *process = *(struct sim_process **)state;
    const struct mailbox_return to = sim_return_of(envelope);
    if (envelope->correlation_id != 0) {
        sim_refuse(process, &to, STATUS_NOT_FOUND, "GAME_NOT_FOUND", "not here");
    }
}

/* ---- a gateway with one viewer ---------------------------------------------------------------------- */

struct played_gateway {
    struct sim_process *process;
    struct snapshot_viewer viewer;
    uint32_t watching, refused, frames;
    uint64_t stream_id;
    char over[32]; /* the reason that StreamOver gave */
    uint64_t least_delay_ms;
};

static struct sim_process *the_spectator, *the_engine;

static void on_watch_reply(void *owner, enum status status, const struct mailbox_envelope *reply)
{
    struct played_gateway *gateway = owner;
    if (status != STATUS_OK) {
        gateway->refused++;
        return;
    }
    Mma__WatchingStream *stream = mma__watching_stream__unpack(NULL, reply->payload_size, reply->payload);
    assert_non_null(stream);
    assert_int_equal(stream->session_id, SESSION);
    assert_string_equal(stream->watching->match_id, match_id);
    gateway->stream_id = stream->stream_id;
    gateway->watching++;
    mma__watching_stream__free_unpacked(stream, NULL);
}

static void ask_watch(void *owner)
{
    struct played_gateway *gateway = owner;
    Mma__Watch message;
    mma__watch__init(&message);
    message.session_id = SESSION;
    message.match_id = match_id;
    enum status status =
        sim_request(gateway->process, sim_mailbox_url(the_spectator), MMA__MESSAGE_TYPE__MESSAGE_TYPE_WATCH,
                    (struct trace_id){{1}}, &message.base, 5000, on_watch_reply, gateway);
    assert_int_equal(status, STATUS_OK);
}

static void *gateway_start(struct sim_process *process, uint64_t seed)
{
    (void)seed;
    struct played_gateway *gateway = calloc(1, sizeof *gateway);
    const struct registry_entry entry = {.players_max = 10};
    assert_non_null(gateway);
    gateway->process = process;
    gateway->least_delay_ms = UINT64_MAX;
    snapshot_viewer_open(&gateway->viewer, RECORD_SOURCE_PLAYERS);
    sim_registry_announce(process, &entry);
    (void)sim_timer_start(process, 2000, ask_watch, gateway); /* the registry is known by then */
    return gateway;
}

static void gateway_destroy(void *state)
{
    snapshot_viewer_close(&((struct played_gateway *)state)->viewer);
    free(state);
}

static void take_frame(struct played_gateway *gateway, const Mma__Frame *frame)
{
    const struct played_engine *engine = the_engine->state;
    if (frame->stream_id != gateway->stream_id || frame->tick <= gateway->viewer.tick) {
        return;
    }
    snapshot_viewer_take(&gateway->viewer, frame->tick, frame->baseline_tick, frame->snapshot.data,
                         frame->snapshot.len);
    gateway->frames++;
    uint64_t delay_ms =
        engine == NULL ? UINT64_MAX : gateway->process->world->now_us / SIM_US_PER_MS - engine->tick_ms[frame->tick];
    gateway->least_delay_ms = delay_ms < gateway->least_delay_ms ? delay_ms : gateway->least_delay_ms;
}

static void gateway_on_envelope(void *state, const struct mailbox_envelope *envelope)
{
    struct played_gateway *gateway = state;
    if (envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_FRAMES) {
        Mma__Frames *frames = mma__frames__unpack(NULL, envelope->payload_size, envelope->payload);
        assert_non_null(frames);
        for (size_t i = 0; i < frames->n_frames; i++) {
            take_frame(gateway, frames->frames[i]);
        }
        mma__frames__free_unpacked(frames, NULL);
    } else if (envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_STREAM_OVER) {
        Mma__StreamOver *over = mma__stream_over__unpack(NULL, envelope->payload_size, envelope->payload);
        assert_non_null(over);
        assert_int_equal(over->stream_id, gateway->stream_id);
        (void)snprintf(gateway->over, sizeof gateway->over, "%s", over->reason);
        mma__stream_over__free_unpacked(over, NULL);
    }
}

static const struct sim_program played_engine = {
    .role = "game-engine", .start = engine_start, .destroy = engine_destroy, .on_envelope = engine_on_envelope};
static const struct sim_program idle_engine = {
    .role = "game-engine", .start = idle_start, .destroy = free, .on_envelope = idle_on_envelope};
static const struct sim_program played_gateway = {
    .role = "gateway", .start = gateway_start, .destroy = gateway_destroy, .on_envelope = gateway_on_envelope};

/* ---- the world -------------------------------------------------------------------------------------- */

struct cast {
    struct sim_world *world;
    struct sim_process *idle, *engine, *gateway, *spectator;
};

static const struct sim_settings settings = {.spectator_delay_ms = DELAY_MS, .drain_timeout_ms = 3000};

/* The match ends after so many ticks. */
static struct cast make_cast(uint64_t seed, uint32_t ticks)
{
    struct cast cast = {.world = sim_world_create(seed, &settings)};
    last_tick = ticks;
    cast.idle = sim_world_add(cast.world, &idle_engine, "eu_west", NULL);
    cast.engine = sim_world_add(cast.world, &played_engine, "eu_west", NULL);
    cast.gateway = sim_world_add(cast.world, &played_gateway, "eu_west", NULL);
    cast.spectator = sim_world_add(cast.world, &node_spectator, "eu_west", NULL);
    the_spectator = cast.spectator;
    the_engine = cast.engine;
    sim_process_start(cast.idle);
    sim_process_start(cast.engine);
    sim_process_start(cast.spectator);
    sim_process_start(cast.gateway);
    return cast;
}

static void run_s(struct sim_world *world, uint64_t seconds)
{
    sim_world_run(world, world->now_us + seconds * SIM_US_PER_S);
}

static void assert_holds_nothing(const struct cast *cast)
{
    char text[256];
    assert_int_equal(node_spectator.held(cast->spectator->state, text, sizeof text), 0);
    assert_string_equal(text, "");
}

static void test_match_is_watched_to_its_end_in_simulated_time(void **state)
{
    (void)state;
    struct cast cast = make_cast(1, 500);
    run_s(cast.world, 20);
    const struct played_gateway *gateway = cast.gateway->state;
    const struct played_engine *engine = cast.engine->state;
    assert_int_equal(gateway->watching, 1);
    assert_int_equal(engine->subscribed, 1);
    assert_int_equal(engine->unsubscribed, 0);
    assert_int_equal(gateway->viewer.tick, 500);
    assert_int_equal(gateway->viewer.unfit, 0);
    assert_in_range(gateway->viewer.keyframes, 3, 5);
    assert_true(gateway->viewer.count > 300);
    assert_in_range(gateway->least_delay_ms, DELAY_MS - 2, DELAY_MS + 20); /* its clock may run a little faster */
    assert_string_equal(gateway->over, "MATCH_OVER");
    assert_holds_nothing(&cast);
    assert_true(node_spectator.is_ready(cast.spectator->state));
    sim_world_destroy(cast.world);
}

static void test_lossy_network_is_healed_by_resyncs_and_keyframes(void **state)
{
    (void)state;
    uint32_t resyncs = 0, ended_well = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct cast cast = make_cast(seed, 1000);
        run_s(cast.world, 4);
        cast.world->network.drop_permille = 10;
        cast.world->network.double_permille = 50;
        cast.world->network.reorder_permille = 50;
        cast.world->network.faulty_until_us = cast.world->now_us + 6 * SIM_US_PER_S;
        run_s(cast.world, 30);
        const struct played_gateway *gateway = cast.gateway->state;
        resyncs += ((const struct played_engine *)cast.engine->state)->subscribed - 1;
        ended_well += strcmp(gateway->over, "MATCH_OVER") == 0 && gateway->viewer.tick == 1000;
        assert_holds_nothing(&cast);
        sim_world_destroy(cast.world);
    }
    assert_true(resyncs > 10);
    assert_int_equal(ended_well, 10);
}

static void test_engine_that_dies_ends_the_stream_as_lost(void **state)
{
    (void)state;
    struct cast cast = make_cast(2, 4000);
    run_s(cast.world, 5);
    sim_process_end(cast.engine, SIM_END_KILLED);
    run_s(cast.world, 20);
    const struct played_gateway *gateway = cast.gateway->state;
    assert_string_equal(gateway->over, "SPECTATOR_LOST");
    assert_holds_nothing(&cast);
    sim_world_destroy(cast.world);
}

static void test_gateway_that_dies_takes_its_viewers_along_and_the_engine_is_unsubscribed(void **state)
{
    (void)state;
    struct cast cast = make_cast(3, 4000);
    run_s(cast.world, 4);
    assert_int_equal(node_spectator_follow(cast.spectator->state)->viewers.count, 1);
    sim_process_end(cast.gateway, SIM_END_KILLED);
    run_s(cast.world, 13); /* its entry expires, it is gone, the match lingers */
    const struct played_engine *engine = cast.engine->state;
    assert_int_equal(engine->unsubscribed, 1);
    assert_string_equal(engine->subscriber, "");
    assert_holds_nothing(&cast);
    sim_world_destroy(cast.world);
}

static void test_drained_spectator_tells_its_viewers_and_ends(void **state)
{
    (void)state;
    struct cast cast = make_cast(4, 4000);
    run_s(cast.world, 4);
    sim_process_drain(cast.spectator);
    run_s(cast.world, 1);
    assert_true(sim_process_is_up(cast.spectator));
    run_s(cast.world, 3);
    assert_false(sim_process_is_up(cast.spectator));
    const struct played_gateway *gateway = cast.gateway->state;
    assert_string_equal(gateway->over, "SPECTATOR_LOST");
    assert_int_equal(((const struct played_engine *)cast.engine->state)->unsubscribed, 1);
    sim_world_destroy(cast.world);
}

static void test_match_that_no_engine_runs_is_refused(void **state)
{
    (void)state;
    struct cast cast = make_cast(5, 4000);
    sim_process_end(cast.engine, SIM_END_STOPPED);
    run_s(cast.world, 5);
    const struct played_gateway *gateway = cast.gateway->state;
    assert_int_equal(gateway->refused, 1);
    assert_int_equal(gateway->watching, 0);
    assert_holds_nothing(&cast);
    sim_world_destroy(cast.world);
}

static void test_same_seed_gives_the_same_log(void **state)
{
    (void)state;
    uint64_t hashes[3];
    for (int i = 0; i < 3; i++) {
        struct cast cast = make_cast(i == 2 ? 9 : 8, 600);
        run_s(cast.world, 3);
        cast.world->network.drop_permille = 20;
        cast.world->network.faulty_until_us = UINT64_MAX;
        run_s(cast.world, 12);
        hashes[i] = cast.world->log.hash;
        sim_world_destroy(cast.world);
    }
    assert_int_equal(hashes[0], hashes[1]);
    assert_int_not_equal(hashes[0], hashes[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match_is_watched_to_its_end_in_simulated_time),
        cmocka_unit_test(test_lossy_network_is_healed_by_resyncs_and_keyframes),
        cmocka_unit_test(test_engine_that_dies_ends_the_stream_as_lost),
        cmocka_unit_test(test_gateway_that_dies_takes_its_viewers_along_and_the_engine_is_unsubscribed),
        cmocka_unit_test(test_drained_spectator_tells_its_viewers_and_ends),
        cmocka_unit_test(test_match_that_no_engine_runs_is_refused),
        cmocka_unit_test(test_same_seed_gives_the_same_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
