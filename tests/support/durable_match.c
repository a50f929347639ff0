/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/durable_match.h"

#include "proto/durable.pb-c.h"
#include "tests/support/engine_host.h"
#include "tests/support/shell.h"
#include "tests/support/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WAIT_MS 60000 /* a RabbitMQ that was stopped takes its time to come back */

static void on_state(void *owner, bool up, const char *detail)
{
    (void)owner;
    (void)up;
    (void)detail;
}

static void take_result(struct durable_match *match, const struct amqp_delivery *delivery)
{
    Mma__MatchResult *result = mma__match_result__unpack(NULL, delivery->size, delivery->body);
    assert_non_null(result);
    assert_string_equal(result->match_id, engine_match_id);
    assert_string_equal(result->queue, "duel");
    assert_int_equal(result->seed, 77);
    assert_int_equal(result->n_standings, 2);
    assert_true(result->quality == 0.75);
    assert_true(result->start_time <= result->end_time);
    (void)snprintf(match->engine, sizeof match->engine, "%s", result->engine);
    match->state_hash = result->state_hash;
    match->ticks = result->ticks;
    match->results++;
    mma__match_result__free_unpacked(result, NULL);
}

static void take_chunk(struct durable_match *match, const struct amqp_delivery *delivery)
{
    Mma__ReplayChunk *chunk = mma__replay_chunk__unpack(NULL, delivery->size, delivery->body);
    char message_id[64];
    assert_non_null(chunk);
    (void)snprintf(message_id, sizeof message_id, "%s/%u", engine_match_id, chunk->index);
    assert_string_equal(delivery->message_id, message_id);
    assert_true(chunk->index <= match->chunks);
    if (chunk->index == match->chunks) {
        assert_false(match->has_last);
        assert_true(match->size + chunk->records.len <= DURABLE_REPLAY_BYTES);
        memcpy(match->replay + match->size, chunk->records.data, chunk->records.len);
        match->size += chunk->records.len;
        match->has_last = chunk->is_last;
        match->chunks++;
    }
    mma__replay_chunk__free_unpacked(chunk, NULL);
}

static void take_audit(struct durable_match *match, const struct amqp_delivery *delivery)
{
    Mma__AuditEvent *event = mma__audit_event__unpack(NULL, delivery->size, delivery->body);
    assert_non_null(event);
    json_t *body = json_loads(event->body, 0, NULL);
    assert_true(json_is_object(body));
    json_decref(body);
    match->audits += strcmp(event->match_id, engine_match_id) == 0;
    mma__audit_event__free_unpacked(event, NULL);
}

static void on_delivery(void *owner, const struct amqp_delivery *delivery)
{
    struct durable_match *match = owner;
    bool is_of_match = strncmp(delivery->message_id, engine_match_id, strlen(engine_match_id)) == 0;
    if (strcmp(delivery->queue, AMQP_QUEUE_AUDIT) == 0) {
        take_audit(match, delivery);
    } else if (is_of_match && strcmp(delivery->queue, AMQP_QUEUE_RESULTS) == 0) {
        take_result(match, delivery);
    } else if (is_of_match) {
        take_chunk(match, delivery);
    }
    amqp_acknowledge(match->amqp, delivery->tag);
}

static bool all_came(void *data)
{
    const struct durable_match *match = data;
    return match->results >= 1 && match->has_last && match->audits >= 2;
}

void durable_match_consume(struct durable_match *match, uv_loop_t *loop)
{
    static const char *const queues[] = {AMQP_QUEUE_RESULTS, AMQP_QUEUE_CHUNKS, AMQP_QUEUE_AUDIT};
    const struct amqp_options options = {.url = support_env("AMQP_URL"),
                                         .prefetch = 16,
                                         .queues = queues,
                                         .queue_count = 3,
                                         .owner = match,
                                         .on_state = on_state,
                                         .on_delivery = on_delivery};
    memset(match, 0, sizeof *match);
    assert_int_equal(STATUS_OK, amqp_open(loop, &options, &match->amqp));
    assert_true(turn_until_holds(loop, all_came, match, WAIT_MS));
    amqp_close(match->amqp);
    turn_for(loop, 20);
}

void durable_match_verify(const struct durable_match *match)
{
    char path[SUPPORT_PATH_MAX], command[2 * SUPPORT_PATH_MAX], expected[64];
    support_path(path, "replay");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(match->replay, 1, match->size, file), match->size);
    fclose(file);
    (void)snprintf(command, sizeof command, "\"$BIN\"/replay verify '%s'", path);
    struct shell_result result = shell_must(command);
    (void)snprintf(expected, sizeof expected, "%016llx", (unsigned long long)match->state_hash);
    assert_non_null(strstr(result.output, expected));
    (void)snprintf(expected, sizeof expected, "%u", match->ticks);
    assert_non_null(strstr(result.output, expected));
}
