/* SPDX-License-Identifier: Apache-2.0 */
/* test_node_engine.c - the engine in a simulated world, with a matchmaker and gateway in one that the test plays. */
#include "proto/durable.pb-c.h"
#include "proto/match.pb-c.h"
#include "tests/simulation/node_engine.h"
#include "tests/simulation/sim_broker.h"
#include "tests/simulation/sim_world.h"
#include "tests/support/snapshot_viewer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MATCH_ID "0102030405060708090a0b0c0d0e0f10"
#define INPUT_MS 50
#define TICKS    300

static struct sim_process *the_engine;
static char match_id[] = MATCH_ID;

/* ---- who makes the match and plays both its players ------------------------------------------------ */

struct edge {
    struct sim_process *process;
    struct snapshot_viewer viewer; /* of the first player */
    uint32_t created, joined, refused, overs, sessions_over;
    uint64_t hash;
    uint32_t ticks;
    char outcome[8], end_reason[16];
    uint32_t sequence;
};

static void on_joined(void *owner, enum status status, const struct mailbox_envelope *envelope)
{
    struct edge *edge = owner;
    (void)envelope;
    edge->joined += status == STATUS_OK;
    edge->refused += status != STATUS_OK;
}

static void join(struct edge *edge, uint64_t session, const char *player)
{
    char id[16];
    Mma__Join message;
    mma__join__init(&message);
    (void)snprintf(id, sizeof id, "%s", player);
    message.match_id = match_id;
    message.player_id = id;
    message.session_id = session;
    enum status status = sim_request(edge->process, sim_mailbox_url(the_engine), MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN,
                                     (struct trace_id){{0}}, &message.base, 2000, on_joined, edge);
    assert_int_equal(status, STATUS_OK);
}

static void on_created(void *owner, enum status status, const struct mailbox_envelope *envelope)
{
    struct edge *edge = owner;
    (void)envelope;
    assert_int_equal(status, STATUS_OK);
    if (edge->created++ == 0) {
        join(edge, 1, "ann");
        join(edge, 2, "ben");
    }
}

static void create(struct edge *edge)
{
    static char ann[] = "ann", ben[] = "ben", mode[] = "duel", queue[] = "duel", region[] = "eu_west";
    Mma__CreateMatch message;
    Mma__Seat seats[2], *list[2] = {&seats[0], &seats[1]};
    mma__create_match__init(&message);
    for (uint32_t i = 0; i < 2; i++) {
        mma__seat__init(&seats[i]);
        seats[i].player_id = i == 0 ? ann : ben;
        seats[i].team = i;
    }
    message.match_id = match_id;
    message.mode = mode;
    message.queue = queue;
    message.region = region;
    message.seed = 7;
    message.seats = list;
    message.n_seats = 2;
    enum status status =
        sim_request(edge->process, sim_mailbox_url(the_engine), MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_MATCH,
                    (struct trace_id){{0}}, &message.base, 5000, on_created, edge);
    assert_int_equal(status, STATUS_OK);
}

static void send_inputs(void *owner)
{
    struct edge *edge = owner;
    Mma__Inputs message;
    Mma__SessionInput rows[2], *list[2] = {&rows[0], &rows[1]};
    uint8_t bytes[INPUT_BYTES_MAX];
    size_t size = 0;
    const struct input input = {.sequence = ++edge->sequence,
                                .tick = edge->viewer.tick + 6,
                                .buttons = (uint16_t)(INPUT_FIRE | 1u << edge->sequence / 20 % 4)};
    assert_int_equal(input_encode(&input, bytes, sizeof bytes, &size), STATUS_OK);
    mma__inputs__init(&message);
    for (uint32_t i = 0; i < 2; i++) {
        mma__session_input__init(&rows[i]);
        rows[i].session_id = i + 1;
        rows[i].input = (ProtobufCBinaryData){size, bytes};
    }
    message.inputs = list;
    message.n_inputs = 2;
    enum status status = sim_post(edge->process, sim_mailbox_url(the_engine), MAILBOX_REALTIME,
                                  MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS, (struct trace_id){{0}}, &message.base);
    (void)status;
    (void)sim_timer_start(edge->process, INPUT_MS, send_inputs, edge);
}

static void begin(void *owner)
{
    struct edge *edge = owner;
    create(edge);
    send_inputs(edge);
}

static void *edge_start(struct sim_process *process, uint64_t seed)
{
    (void)seed;
    struct edge *edge = calloc(1, sizeof *edge);
    assert_non_null(edge);
    edge->process = process;
    snapshot_viewer_open(&edge->viewer, 2);
    sim_registry_announce(process, &(struct registry_entry){.players = 0});
    (void)sim_timer_start(process, 500, begin, edge);
    return edge;
}

static void edge_destroy(void *state)
{
    struct edge *edge = state;
    snapshot_viewer_close(&edge->viewer);
    free(edge);
}

static void take_snapshots(struct edge *edge, const struct mailbox_envelope *envelope)
{
    Mma__Snapshots *message = mma__snapshots__unpack(NULL, envelope->payload_size, envelope->payload);
    assert_non_null(message);
    for (size_t i = 0; i < message->n_snapshots; i++) {
        const Mma__SessionSnapshot *row = message->snapshots[i];
        if (row->session_id == 1) {
            snapshot_viewer_take(&edge->viewer, row->tick, row->baseline_tick, row->snapshot.data, row->snapshot.len);
        }
    }
    mma__snapshots__free_unpacked(message, NULL);
}

static void take_over(struct edge *edge, const struct mailbox_envelope *envelope)
{
    Mma__MatchOver *over = mma__match_over__unpack(NULL, envelope->payload_size, envelope->payload);
    assert_non_null(over);
    edge->overs++;
    edge->sessions_over += (uint32_t)over->n_session_ids;
    edge->hash = over->ended->state_hash;
    edge->ticks = over->ended->ticks;
    (void)snprintf(edge->outcome, sizeof edge->outcome, "%s", over->ended->outcome);
    (void)snprintf(edge->end_reason, sizeof edge->end_reason, "%s", over->ended->end_reason);
    assert_int_equal(over->ended->n_standings, 2);
    mma__match_over__free_unpacked(over, NULL);
}

static void edge_on_envelope(void *state, const struct mailbox_envelope *envelope)
{
    struct edge *edge = state;
    if (envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_SNAPSHOTS) {
        take_snapshots(edge, envelope);
    } else if (envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_OVER) {
        take_over(edge, envelope);
    }
}

static const struct sim_program played_edge = {
    .role = "gateway", .start = edge_start, .destroy = edge_destroy, .on_envelope = edge_on_envelope};

/* ---- the world -------------------------------------------------------------------------------------- */

struct cast {
    struct sim_world *world;
    struct sim_process *engine, *edge;
};

static struct cast make_cast(uint64_t seed)
{
    static const struct sim_settings settings = {.match_time_limit_ticks = TICKS,
                                                 .recovery_flush_ticks = 4,
                                                 .recovery_lease_ms = 2000,
                                                 .recovery_keep_ms = 20000,
                                                 .drain_timeout_ms = 3000};
    struct cast cast = {.world = sim_world_create(seed, &settings)};
    cast.engine = sim_world_add(cast.world, &node_engine, "eu_west", NULL);
    cast.edge = sim_world_add(cast.world, &played_edge, "eu_west", NULL);
    the_engine = cast.engine;
    sim_process_start(cast.engine);
    sim_process_start(cast.edge);
    return cast;
}

static void run_ms(const struct cast *cast, uint64_t ms)
{
    sim_world_run(cast->world, cast->world->now_us + ms * SIM_US_PER_MS);
}

static const struct sim_entry *key(const struct cast *cast, const char *part)
{
    char name[SIM_REDIS_KEY_MAX];
    (void)snprintf(name, sizeof name, "mma:match:" MATCH_ID ":%s", part);
    return sim_map_get(&cast->world->keys, name);
}

static void assert_holds_nothing(const struct cast *cast)
{
    char text[256];
    assert_int_equal(node_engine.held(cast->engine->state, text, sizeof text), 0);
    assert_string_equal(text, "");
}

/* One result, and a record without a gap that ends with its hash. */
static void assert_published(const struct cast *cast)
{
    const struct edge *edge = cast->edge->state;
    const struct sim_message *message;
    const uint8_t *body;
    assert_int_equal(sim_broker_depth(cast->world, AMQP_QUEUE_RESULTS), 1);
    assert_true(sim_broker_look(cast->world, AMQP_QUEUE_RESULTS, 0, &message, &body));
    Mma__MatchResult *result = mma__match_result__unpack(NULL, message->size, body);
    assert_non_null(result);
    assert_true(result->state_hash == edge->hash);
    assert_int_equal(result->ticks, edge->ticks);
    assert_string_equal(result->outcome, edge->outcome);
    assert_true(result->end_time >= result->start_time);
    mma__match_result__free_unpacked(result, NULL);
    bool is_last = false;
    for (uint32_t i = 0; sim_broker_look(cast->world, AMQP_QUEUE_CHUNKS, i, &message, &body); i++) {
        Mma__ReplayChunk *chunk = mma__replay_chunk__unpack(NULL, message->size, body);
        assert_non_null(chunk);
        assert_false(is_last);
        assert_int_equal(chunk->index, i);
        is_last = chunk->is_last;
        mma__replay_chunk__free_unpacked(chunk, NULL);
    }
    assert_true(is_last);
}

static void test_match_is_made_played_and_published(void **state)
{
    (void)state;
    struct cast cast = make_cast(1);
    const struct edge *edge = cast.edge->state;
    run_ms(&cast, 3000);
    assert_int_equal(edge->joined, 2);
    assert_non_null(key(&cast, "log"));
    assert_non_null(key(&cast, "lease"));
    run_ms(&cast, 12000);
    assert_int_equal(edge->overs, 2); /* as its matchmaker, and as its players' gateway */
    assert_int_equal(edge->sessions_over, 2);
    assert_string_equal(edge->end_reason, "finished");
    assert_int_equal(edge->viewer.tick, edge->ticks);
    assert_int_equal(edge->viewer.unfit, 0);
    assert_int_equal(edge->viewer.keyframes, 1);
    assert_true(edge->ticks > TICKS);
    assert_published(&cast);
    assert_null(key(&cast, "log"));
    assert_null(key(&cast, "lease"));
    assert_holds_nothing(&cast);
    sim_world_destroy(cast.world);
}

static void test_repeated_and_late_creations_make_one_match(void **state)
{
    (void)state;
    struct cast cast = make_cast(2);
    struct edge *edge = cast.edge->state;
    cast.world->network.double_permille = 300;
    cast.world->network.reorder_permille = 100;
    cast.world->network.faulty_until_us = UINT64_MAX;
    run_ms(&cast, 2000);
    run_ms(&cast, 20000);
    assert_int_equal(edge->overs, 2);
    assert_published(&cast);
    assert_int_equal(sim_broker_depth(cast.world, AMQP_QUEUE_AUDIT), 2);
    assert_holds_nothing(&cast);
    sim_world_destroy(cast.world);
}

static void test_engine_of_an_older_epoch_writes_nothing_more(void **state)
{
    (void)state;
    struct cast cast = make_cast(3);
    run_ms(&cast, 3000);
    assert_non_null(key(&cast, "log"));
    sim_map_put(&cast.world->keys, cast.world->now_us, "mma:match:" MATCH_ID ":epoch", "2", 1, 0);
    run_ms(&cast, 200);
    size_t size = key(&cast, "log")->size;
    run_ms(&cast, 1500);
    assert_int_equal(key(&cast, "log")->size, size);
    run_ms(&cast, 12000);
    assert_int_equal(key(&cast, "epoch")->bytes[0], '2');
    assert_holds_nothing(&cast);
    sim_world_destroy(cast.world);
}

static void test_drained_engine_ends_its_match_in_time_and_publishes_it(void **state)
{
    (void)state;
    struct cast cast = make_cast(4);
    const struct edge *edge = cast.edge->state;
    run_ms(&cast, 2500);
    sim_process_drain(cast.engine);
    run_ms(&cast, 3000);
    assert_int_equal(edge->overs, 2);
    assert_string_equal(edge->end_reason, "drained");
    assert_string_equal(edge->outcome, "none");
    assert_false(sim_process_is_up(cast.engine));
    assert_published(&cast);
    sim_world_destroy(cast.world);
}

static void test_sessions_of_a_dead_gateway_leave_and_the_match_is_abandoned(void **state)
{
    (void)state;
    struct cast cast = make_cast(5);
    run_ms(&cast, 3000);
    sim_process_end(cast.edge, SIM_END_KILLED);
    run_ms(&cast, 25000);
    assert_holds_nothing(&cast);
    assert_int_equal(sim_broker_depth(cast.world, AMQP_QUEUE_RESULTS), 1);
    sim_world_destroy(cast.world);
}

static void test_same_seed_gives_the_same_match(void **state)
{
    (void)state;
    uint64_t hashes[2], logs[2];
    for (int i = 0; i < 2; i++) {
        struct cast cast = make_cast(6);
        run_ms(&cast, 15000);
        hashes[i] = ((const struct edge *)cast.edge->state)->hash;
        logs[i] = cast.world->log.hash;
        sim_world_destroy(cast.world);
    }
    assert_true(hashes[0] != 0 && hashes[0] == hashes[1]);
    assert_true(logs[0] == logs[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match_is_made_played_and_published),
        cmocka_unit_test(test_repeated_and_late_creations_make_one_match),
        cmocka_unit_test(test_engine_of_an_older_epoch_writes_nothing_more),
        cmocka_unit_test(test_drained_engine_ends_its_match_in_time_and_publishes_it),
        cmocka_unit_test(test_sessions_of_a_dead_gateway_leave_and_the_match_is_abandoned),
        cmocka_unit_test(test_same_seed_gives_the_same_match),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
