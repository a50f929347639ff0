/* SPDX-License-Identifier: Apache-2.0 */
/* The recovery log in a real Redis: an engine is killed in the middle of a match, and the match is rebuilt. */
#include "proto/spectate.pb-c.h"
#include "tests/support/engine_host.h"
#include "tests/support/shell.h"
#include "tests/support/turn.h"

#include "libcommon/game/record/record.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ANN       11
#define BEN       12
#define TICKS_MAX 4096

static struct {
    uv_loop_t loop;
    struct engine_host engine;
    struct played matchmaker, gateway, spectator;
    struct engine_answer answer;
    uint32_t sequence;
    uint32_t seen; /* record messages of the spectator that were read */
    struct record_reader reader;
    void *reader_memory;
    uint64_t hashes[TICKS_MAX]; /* by tick, as the spectator heard them */
    uint32_t last_tick;
} cast;

static int set_up(void **state)
{
    static const char *const settings[] = {"JOIN_WAIT_MS=500", "RECOVERY_LEASE_MS=20000", NULL};
    (void)state;
    memset(&cast, 0, sizeof cast);
    uv_loop_init(&cast.loop);
    engine_host_start(&cast.engine, settings);
    played_open(&cast.matchmaker, &cast.loop, "matchmaker");
    played_open(&cast.gateway, &cast.loop, "gateway");
    played_open(&cast.spectator, &cast.loop, "spectator");
    engine_ask_duel(&cast.matchmaker, cast.engine.mailbox, 36000, &cast.answer);
    engine_ask_join(&cast.gateway, cast.engine.mailbox, "ann", ANN, &cast.answer);
    engine_ask_join(&cast.gateway, cast.engine.mailbox, "ben", BEN, &cast.answer);
    assert_int_equal(cast.answer.type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOINED);
    return 0;
}

static int tear_down(void **state)
{
    played_close(&cast.matchmaker);
    played_close(&cast.gateway);
    played_close(&cast.spectator);
    free(cast.reader_memory);
    if (cast.engine.process.pid != 0) {
        assert_int_equal(support_stop(&cast.engine.process), 0);
    }
    turn_for(&cast.loop, 20);
    uv_loop_close(&cast.loop);
    return support_kill_all(state);
}

/* ---- what the spectator hears -------------------------------------------------------------------- */

static void read_records(const uint8_t *bytes, size_t size)
{
    struct record record;
    size_t used = 0;
    for (size_t at = 0; at < size; at += used) {
        assert_int_equal(record_reader_next(&cast.reader, bytes + at, size - at, &record, &used), STATUS_OK);
        if (record.kind == RECORD_TICK) {
            assert_true(record.tick.tick < TICKS_MAX);
            cast.hashes[record.tick.tick] = record.tick.hash;
            cast.last_tick = record.tick.tick;
        }
    }
}

static void subscribe(void)
{
    struct record_header header;
    size_t used = 0;
    Mma__Subscribe request;
    mma__subscribe__init(&request);
    request.match_id = engine_match_id;
    engine_ask(&cast.spectator, cast.engine.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBE, &request.base,
               &cast.answer);
    assert_int_equal(cast.answer.type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBED);
    Mma__Subscribed *answer = mma__subscribed__unpack(NULL, cast.answer.size, cast.answer.payload);
    assert_non_null(answer);
    assert_int_equal(record_read_header(answer->header.data, answer->header.len, &header, &used), STATUS_OK);
    cast.reader_memory = malloc(record_reader_bytes(header.setup.capacity));
    record_reader_init(&cast.reader, header.setup.capacity, cast.reader_memory);
    read_records(answer->keyframe.data, answer->keyframe.len);
    mma__subscribed__free_unpacked(answer, NULL);
}

static void hear_records(void)
{
    for (uint32_t i = 0; i < cast.spectator.heard_count; i++) {
        const struct played_envelope *heard = &cast.spectator.heard[i];
        if (heard->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_RECORDS) {
            Mma__Records *message = mma__records__unpack(NULL, heard->size, heard->payload);
            assert_non_null(message);
            for (size_t row = 0; row < message->n_matches; row++) {
                read_records(message->matches[row]->records.data, message->matches[row]->records.len);
            }
            mma__records__free_unpacked(message, NULL);
        }
    }
    played_forget(&cast.spectator);
}

static void play(uint32_t turns)
{
    for (uint32_t i = 0; i < turns; i++) {
        cast.sequence++;
        for (uint64_t session = ANN; session <= BEN; session++) {
            const struct input input = {.sequence = cast.sequence,
                                        .buttons = (uint16_t)((1u << (cast.sequence / 20 % 4)) | INPUT_FIRE),
                                        .aim = (uint16_t)(cast.sequence * UINT64_C(300) + session * 9000)};
            engine_tell_input(&cast.gateway, cast.engine.mailbox, session, &input);
        }
        turn_for(&cast.loop, 15);
        hear_records();
        played_forget(&cast.gateway);
    }
}

/* ---- what the log says --------------------------------------------------------------------------- */

static struct shell_result recover(void)
{
    char command[200];
    (void)snprintf(command, sizeof command, "\"$BIN\"/engine-recover %s", engine_match_id);
    return shell_run(command);
}

static struct shell_result redis(const char *what, const char *part, const char *rest)
{
    char command[SUPPORT_PATH_MAX + 200];
    (void)snprintf(command, sizeof command, "redis-cli -u \"$REDIS_URL\" %s mma:match:%s:%s %s", what, engine_match_id,
                   part, rest);
    return shell_must(command);
}

static const char *line_of(const struct shell_result *result, const char *name)
{
    const char *line = strstr(result->output, name);
    assert_non_null(line);
    return line + strlen(name);
}

static size_t read_log(uint8_t *bytes, size_t size)
{
    char path[SUPPORT_PATH_MAX], rest[SUPPORT_PATH_MAX + 16];
    support_path(path, "log");
    (void)snprintf(rest, sizeof rest, "> '%s'", path);
    (void)redis("--raw get", "log", rest);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t got = fread(bytes, 1, size, file);
    fclose(file);
    assert_true(got > 1 && got < size);
    return got - 1; /* redis-cli ends with a new line */
}

/* The hash is the spectators' where they have heard of the tick: the last few may have died with the engine. */
static void assert_same_hash(uint32_t tick, uint64_t hash, uint32_t *in_out_compared)
{
    if (tick <= cast.last_tick && cast.hashes[tick] != 0) {
        assert_true(hash == cast.hashes[tick]);
        ++*in_out_compared;
    }
}

/* Every tick of the log agrees with what the spectator heard, and what was rebuilt is the log's last tick. */
static void assert_log_agrees(const struct shell_result *result)
{
    static uint8_t bytes[1 << 18];
    struct record_header header;
    struct record_reader reader;
    struct record record;
    uint32_t tick = 0, compared = 0;
    uint64_t hash = 0;
    size_t size = read_log(bytes, sizeof bytes), at = 0, used = 0;
    assert_int_equal(record_read_header(bytes, size, &header, &at), STATUS_OK);
    void *memory = malloc(record_reader_bytes(header.setup.capacity));
    record_reader_init(&reader, header.setup.capacity, memory);
    for (; record_reader_next(&reader, bytes + at, size - at, &record, &used) == STATUS_OK; at += used) {
        bool is_tick = record.kind == RECORD_TICK;
        tick = is_tick ? record.tick.tick : record.keyframe_tick;
        hash = is_tick ? record.tick.hash : record.keyframe_hash;
        assert_same_hash(tick, hash, &compared);
    }
    free(memory);
    assert_true(compared > 0);
    assert_int_equal(at, size);
    assert_int_equal(strtoul(line_of(result, "\ntick "), NULL, 10), tick);
    assert_true(strtoull(line_of(result, "\nstate_hash "), NULL, 16) == hash);
}

/* For an engine that goes on: by now the spectator has heard of the tick. */
static void assert_hash_was_heard(const struct shell_result *result)
{
    uint32_t tick = (uint32_t)strtoul(line_of(result, "\ntick "), NULL, 10);
    uint64_t hash = strtoull(line_of(result, "\nstate_hash "), NULL, 16);
    play(10);
    assert_true(tick > 0 && tick <= cast.last_tick && cast.hashes[tick] != 0);
    assert_true(hash == cast.hashes[tick]);
}

/* ---- tests --------------------------------------------------------------------------------------- */

static void test_match_of_a_killed_engine_is_rebuilt_with_the_hash_that_spectators_heard(void **state)
{
    (void)state;
    subscribe();
    play(150);
    support_kill(&cast.engine.process);
    turn_for(&cast.loop, 200);
    hear_records();
    struct shell_result result = recover();
    assert_int_equal(result.status, 0);
    assert_non_null(strstr(result.output, engine_match_id));
    assert_non_null(strstr(result.output, cast.engine.mailbox)); /* its lease is not over */
    assert_log_agrees(&result);
    uint32_t tick = (uint32_t)strtoul(line_of(&result, "\ntick "), NULL, 10);
    assert_true(tick + 12 >= cast.last_tick); /* a few ticks, not seconds, are lost */
    assert_true(tick > 60);
}

static void test_all_keys_of_a_match_expire_and_none_stays_after_its_end(void **state)
{
    static const char *const parts[] = {"epoch", "lease", "log"};
    (void)state;
    play(20);
    for (size_t i = 0; i < 3; i++) {
        struct shell_result left = redis("pttl", parts[i], "");
        assert_in_range(strtol(left.output, NULL, 10), 1, 60000);
    }
    assert_int_equal(support_stop(&cast.engine.process), 0);
    assert_string_equal(redis("exists", "log", "").output, "0");
    assert_string_equal(redis("exists", "lease", "").output, "0");
    struct shell_result result = recover();
    assert_int_equal(result.status, 1);
    assert_non_null(strstr(result.output, "no log of match"));
}

static void test_log_that_was_lost_begins_anew(void **state)
{
    (void)state;
    subscribe();
    play(30);
    (void)redis("del", "log", "");
    play(60);
    struct shell_result result = recover();
    assert_int_equal(result.status, 0);
    assert_hash_was_heard(&result);
    assert_int_equal(support_count_events(&cast.engine.process, "recovery.paused"), 1);
    assert_int_equal(support_count_events(&cast.engine.process, "recovery.resumed"), 1);
}

static void test_engine_whose_epoch_is_over_writes_nothing_more(void **state)
{
    (void)state;
    play(20);
    (void)redis("set", "epoch", "2 px 60000");
    (void)redis("set", "log", "successor px 60000");
    json_decref(support_wait_event(&cast.engine.process, "recovery.fenced", 1));
    play(80);
    assert_string_equal(redis("get", "log", "").output, "successor");
    assert_string_equal(redis("get", "epoch", "").output, "2");
    assert_int_equal(support_stop(&cast.engine.process), 0);
    assert_string_equal(redis("get", "log", "").output, "successor");
    assert_int_equal(support_count_events(&cast.engine.process, "recovery.fenced"), 1);
}

static void test_damaged_log_is_refused_with_its_reason(void **state)
{
    (void)state;
    play(40);
    support_kill(&cast.engine.process);
    (void)redis("setrange", "log", "200 xyz");
    struct shell_result result = recover();
    assert_int_equal(result.status, 1);
    assert_non_null(strstr(result.output, "damaged"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_match_of_a_killed_engine_is_rebuilt_with_the_hash_that_spectators_heard),
        TEST(test_all_keys_of_a_match_expire_and_none_stays_after_its_end),
        TEST(test_log_that_was_lost_begins_anew),
        TEST(test_engine_whose_epoch_is_over_writes_nothing_more),
        TEST(test_damaged_log_is_refused_with_its_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
