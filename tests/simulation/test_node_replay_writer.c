/* SPDX-License-Identifier: Apache-2.0 */
/* test_node_replay_writer.c - replay-writers in a simulated world, behind an engine that the test plays. */
#include "libcommon/base/hex_id.h"
#include "tests/simulation/node_replay_writer.h"
#include "tests/simulation/sim_broker.h"
#include "tests/simulation/sim_files.h"
#include "tests/simulation/sim_world.h"
#include "tests/support/record_source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MATCHES         6
#define CHUNKS          4 /* of a match */
#define TICKS_PER_CHUNK 30
#define PERIOD_MS       50 /* between two messages */
#define CHUNK_BYTES_MAX 65536

/* ---- an engine that publishes matches, chunk by chunk ------------------------------------------------ */

struct published_chunk {
    uint8_t bytes[CHUNK_BYTES_MAX];
    size_t size;
};

struct publisher {
    struct sim_process *process;
    uint32_t sent;
    char match_ids[MATCHES][HEX_ID_SIZE];
    struct published_chunk chunks[MATCHES * CHUNKS];
};

static void take(struct published_chunk *chunk, const struct record_source *source)
{
    assert_true(chunk->size + source->size <= sizeof chunk->bytes);
    memcpy(chunk->bytes + chunk->size, source->bytes, source->size);
    chunk->size += source->size;
}

static void record_match(struct publisher *publisher, uint32_t match)
{
    struct record_source source;
    record_source_open(&source, match + 1);
    hex_id_format(source.header.match_id, publisher->match_ids[match]);
    for (uint32_t index = 0; index < CHUNKS; index++) {
        struct published_chunk *chunk = &publisher->chunks[match * CHUNKS + index];
        if (index == 0) {
            record_source_header(&source);
        } else {
            record_source_keyframe(&source);
        }
        take(chunk, &source);
        for (uint32_t tick = 0; tick < TICKS_PER_CHUNK; tick++) {
            record_source_step(&source);
            take(chunk, &source);
        }
        if (index + 1 == CHUNKS) {
            record_source_end(&source);
            take(chunk, &source);
        }
    }
    record_source_close(&source);
}

/* The chunks of all matches in turns; those of every other match from its last to its first. */
static void publish_chunk(struct publisher *publisher, uint32_t number)
{
    uint32_t match = number % MATCHES;
    uint32_t index = match % 2 == 0 ? number / MATCHES : CHUNKS - 1 - number / MATCHES;
    struct published_chunk *chunk = &publisher->chunks[match * CHUNKS + index];
    char message_id[80];
    uint8_t body[CHUNK_BYTES_MAX + 128];
    Mma__ReplayChunk message;
    mma__replay_chunk__init(&message);
    message.match_id = publisher->match_ids[match];
    message.index = index;
    message.is_last = index + 1 == CHUNKS;
    message.records = (ProtobufCBinaryData){.data = chunk->bytes, .len = chunk->size};
    (void)snprintf(message_id, sizeof message_id, "%s/%u", message.match_id, index);
    size_t size = mma__replay_chunk__pack(&message, body);
    assert_int_equal(
        sim_amqp_publish(publisher->process, "replay.chunk", message_id, (struct trace_id){{0}}, body, size),
        STATUS_OK);
}

static void publish_audit(struct publisher *publisher, uint32_t number)
{
    static char kind[] = "match.created", body_text[] = "{}";
    char event_id[HEX_ID_SIZE];
    uint8_t id[HEX_ID_BYTES] = {(uint8_t)number, 7}, body[256];
    Mma__AuditEvent message;
    mma__audit_event__init(&message);
    hex_id_format(id, event_id);
    message.event_id = event_id;
    message.kind = kind;
    message.match_id = publisher->match_ids[number];
    message.body = body_text;
    size_t size = mma__audit_event__pack(&message, body);
    assert_int_equal(
        sim_amqp_publish(publisher->process, "audit.match.created", event_id, (struct trace_id){{0}}, body, size),
        STATUS_OK);
}

static void on_period(void *owner)
{
    struct publisher *publisher = owner;
    if (publisher->sent < MATCHES) {
        publish_audit(publisher, publisher->sent);
    }
    publish_chunk(publisher, publisher->sent++);
    if (publisher->sent < MATCHES * CHUNKS) {
        (void)sim_timer_start(publisher->process, PERIOD_MS, on_period, publisher);
    }
}

static void *publisher_start(struct sim_process *process, uint64_t seed)
{
    (void)seed;
    struct publisher *publisher = calloc(1, sizeof *publisher);
    assert_non_null(publisher);
    publisher->process = process;
    for (uint32_t match = 0; match < MATCHES; match++) {
        record_match(publisher, match);
    }
    (void)sim_timer_start(process, PERIOD_MS, on_period, publisher);
    return publisher;
}

static const struct sim_program program_publisher = {.role = "game-engine", .start = publisher_start, .destroy = free};

/* ---- the world -------------------------------------------------------------------------------------- */

struct cast {
    struct sim_world *world;
    struct sim_process *publisher, *writers[2];
};

static struct cast make_cast(uint64_t seed)
{
    static const struct sim_settings settings = {.retry_ms = 200, .drain_timeout_ms = 3000};
    struct cast cast = {.world = sim_world_create(seed, &settings)};
    cast.publisher = sim_world_add(cast.world, &program_publisher, "eu_west", NULL);
    cast.writers[0] = sim_world_add(cast.world, &node_replay_writer, "eu_west", NULL);
    cast.writers[1] = sim_world_add(cast.world, &node_replay_writer, "eu_west", cast.writers[0]);
    sim_process_start(cast.publisher);
    sim_process_start(cast.writers[0]);
    sim_process_start(cast.writers[1]);
    return cast;
}

static void run_ms(struct sim_world *world, uint64_t ms)
{
    sim_world_run(world, world->now_us + ms * SIM_US_PER_MS);
}

static const void *row_of(const struct cast *cast, const char *table, const char *key)
{
    char whole[96];
    (void)snprintf(whole, sizeof whole, "%s\x01%s", table, key);
    const struct sim_entry *entry = sim_map_get(&cast->world->tables, whole);
    return entry != NULL ? entry->bytes : NULL;
}

static uint32_t rows_of(const struct cast *cast, const char *table)
{
    uint32_t count = 0;
    for (size_t i = 0; i < cast->world->tables.count; i++) {
        count += strncmp(cast->world->tables.entries[i].key, table, strlen(table)) == 0;
    }
    return count;
}

static void assert_match_is_recorded(const struct cast *cast, uint32_t match)
{
    const struct publisher *publisher = cast->publisher->state;
    const struct sim_replay_row *row = row_of(cast, SIM_TABLE_REPLAYS, publisher->match_ids[match]);
    char folder[64], name[SIM_PATH_MAX];
    struct sim_value file;
    assert_non_null(row);
    assert_true(row->is_verified);
    assert_int_equal(row->ticks, CHUNKS * TICKS_PER_CHUNK);
    assert_int_equal(sim_disk_read(cast->writers[0], row->path, &file), STATUS_OK);
    assert_int_equal(file.size, row->bytes);
    size_t at = 0;
    for (uint32_t index = 0; index < CHUNKS; index++) {
        const struct published_chunk *chunk = &publisher->chunks[match * CHUNKS + index];
        assert_memory_equal(file.bytes + at, chunk->bytes, chunk->size);
        at += chunk->size;
    }
    assert_int_equal(at, file.size);
    (void)snprintf(folder, sizeof folder, "parts/%s", publisher->match_ids[match]);
    assert_false(sim_disk_list(cast->writers[0], folder, 0, name));
}

static void assert_all_is_recorded(const struct cast *cast)
{
    char text[128];
    for (uint32_t match = 0; match < MATCHES; match++) {
        assert_match_is_recorded(cast, match);
    }
    assert_int_equal(rows_of(cast, SIM_TABLE_REPLAYS), MATCHES);
    assert_int_equal(rows_of(cast, SIM_TABLE_AUDIT), MATCHES);
    assert_int_equal(sim_broker_depth(cast->world, AMQP_QUEUE_CHUNKS), 0);
    assert_int_equal(sim_broker_depth(cast->world, AMQP_QUEUE_AUDIT), 0);
    assert_int_equal(sim_broker_depth(cast->world, SIM_QUEUE_DEAD), 0);
    for (int i = 0; i < 2; i++) {
        assert_true(node_replay_writer.is_ready(cast->writers[i]->state));
        assert_int_equal(node_replay_writer.held(cast->writers[i]->state, text, sizeof text), 0);
    }
}

/* ---- tests ------------------------------------------------------------------------------------------ */

static void test_two_writers_record_all_matches_once_whatever_order_chunks_come_in(void **state)
{
    (void)state;
    struct cast cast = make_cast(1);
    run_ms(cast.world, 10000);
    assert_all_is_recorded(&cast);
    sim_world_destroy(cast.world);
}

static void kill_now_and_then(struct cast *cast, enum sim_end end)
{
    for (int kill = 0; kill < 6; kill++) {
        struct sim_process *victim = cast->writers[kill % 2];
        sim_world_run(cast->world, cast->world->now_us + sim_between_us(cast->world, 50000, 500000));
        sim_process_end(victim, end);
        sim_world_run(cast->world, cast->world->now_us + sim_between_us(cast->world, 1000, 300000));
        sim_process_start(victim);
    }
    run_ms(cast->world, 15000);
}

static void test_writers_that_are_killed_lose_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct cast cast = make_cast(seed);
        kill_now_and_then(&cast, SIM_END_KILLED);
        assert_all_is_recorded(&cast);
        sim_world_destroy(cast.world);
    }
}

static void test_what_was_acknowledged_survives_the_loss_of_the_machine(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct cast cast = make_cast(seed);
        kill_now_and_then(&cast, SIM_END_MACHINE_LOST);
        for (uint32_t match = 0; match < MATCHES; match++) {
            const struct publisher *publisher = cast.publisher->state;
            const struct sim_replay_row *row = row_of(&cast, SIM_TABLE_REPLAYS, publisher->match_ids[match]);
            assert_non_null(row);
            assert_true(row->is_verified);
            assert_true(sim_disk_exists(cast.writers[0], row->path));
        }
        assert_int_equal(rows_of(&cast, SIM_TABLE_AUDIT), MATCHES);
        assert_int_equal(sim_broker_depth(cast.world, AMQP_QUEUE_CHUNKS), 0);
        sim_world_destroy(cast.world);
    }
}

static void test_disk_that_fails_delays_and_shows_at_readiness(void **state)
{
    (void)state;
    struct cast cast = make_cast(3);
    run_ms(cast.world, 400);
    sim_disk_fail(cast.writers[0], cast.world->now_us + 3 * SIM_US_PER_S);
    run_ms(cast.world, 2000);
    assert_false(node_replay_writer.is_ready(cast.writers[0]->state));
    assert_int_equal(node_replay_writer_intake(cast.writers[0]->state)->state, INTAKE_PAUSED);
    assert_true(sim_broker_depth(cast.world, AMQP_QUEUE_CHUNKS) > 0);
    run_ms(cast.world, 10000);
    assert_all_is_recorded(&cast);
    sim_world_destroy(cast.world);
}

static void test_disk_that_fails_at_the_start_is_tried_again_without_a_delivery(void **state)
{
    (void)state;
    struct cast cast = make_cast(4);
    sim_process_end(cast.publisher, SIM_END_STOPPED);
    sim_process_end(cast.writers[0], SIM_END_STOPPED);
    sim_disk_fail(cast.writers[0], cast.world->now_us + 3 * SIM_US_PER_S);
    sim_process_start(cast.writers[0]);
    run_ms(cast.world, 2900);
    assert_false(node_replay_writer.is_ready(cast.writers[0]->state));
    run_ms(cast.world, 600);
    assert_true(node_replay_writer.is_ready(cast.writers[0]->state));
    sim_world_destroy(cast.world);
}

static void test_database_that_is_away_or_hangs_delays(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct cast cast = make_cast(seed);
        run_ms(cast.world, 500);
        if (seed % 2 == 0) {
            sim_link_store_away(cast.world, SIM_POSTGRESQL, cast.world->now_us + 4 * SIM_US_PER_S);
        } else {
            sim_link_store_hang(cast.world, SIM_POSTGRESQL, cast.world->now_us + 4 * SIM_US_PER_S);
        }
        run_ms(cast.world, 3900);
        assert_int_equal(rows_of(&cast, SIM_TABLE_REPLAYS), 0);
        assert_true(sim_broker_depth(cast.world, AMQP_QUEUE_CHUNKS) > 0);
        run_ms(cast.world, 20000);
        assert_all_is_recorded(&cast);
        sim_world_destroy(cast.world);
    }
}

static void test_broker_that_goes_away_delivers_again(void **state)
{
    (void)state;
    struct cast cast = make_cast(6);
    run_ms(cast.world, 600);
    sim_link_store_away(cast.world, SIM_RABBITMQ, cast.world->now_us + 2 * SIM_US_PER_S);
    run_ms(cast.world, 1000);
    assert_false(node_replay_writer.is_ready(cast.writers[0]->state));
    run_ms(cast.world, 15000);
    assert_all_is_recorded(&cast);
    sim_world_destroy(cast.world);
}

static void test_message_that_is_no_chunk_is_dead(void **state)
{
    (void)state;
    struct cast cast = make_cast(7);
    run_ms(cast.world, 5000);
    assert_int_equal(
        sim_amqp_publish(cast.publisher, "replay.chunk", "junk", (struct trace_id){{0}}, "\xff\xff\xff", 3), STATUS_OK);
    run_ms(cast.world, 5000);
    assert_int_equal(sim_broker_depth(cast.world, SIM_QUEUE_DEAD), 1);
    assert_int_equal(sim_broker_depth(cast.world, AMQP_QUEUE_CHUNKS), 0);
    sim_world_destroy(cast.world);
}

static void test_drained_writer_ends_and_the_other_goes_on(void **state)
{
    (void)state;
    struct cast cast = make_cast(8);
    run_ms(cast.world, 700);
    sim_process_drain(cast.writers[0]);
    run_ms(cast.world, 1500);
    assert_false(sim_process_is_up(cast.writers[0]));
    sim_process_start(cast.writers[0]);
    run_ms(cast.world, 10000);
    assert_all_is_recorded(&cast);
    sim_world_destroy(cast.world);
}

static void test_same_seed_gives_the_same_log(void **state)
{
    (void)state;
    uint64_t hashes[3];
    for (int i = 0; i < 3; i++) {
        struct cast cast = make_cast(i == 2 ? 10 : 9);
        kill_now_and_then(&cast, SIM_END_KILLED);
        hashes[i] = cast.world->log.hash;
        sim_world_destroy(cast.world);
    }
    assert_int_equal(hashes[0], hashes[1]);
    assert_int_not_equal(hashes[0], hashes[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_writers_record_all_matches_once_whatever_order_chunks_come_in),
        cmocka_unit_test(test_writers_that_are_killed_lose_nothing),
        cmocka_unit_test(test_what_was_acknowledged_survives_the_loss_of_the_machine),
        cmocka_unit_test(test_disk_that_fails_delays_and_shows_at_readiness),
        cmocka_unit_test(test_disk_that_fails_at_the_start_is_tried_again_without_a_delivery),
        cmocka_unit_test(test_database_that_is_away_or_hangs_delays),
        cmocka_unit_test(test_broker_that_goes_away_delivers_again),
        cmocka_unit_test(test_message_that_is_no_chunk_is_dead),
        cmocka_unit_test(test_drained_writer_ends_and_the_other_goes_on),
        cmocka_unit_test(test_same_seed_gives_the_same_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
