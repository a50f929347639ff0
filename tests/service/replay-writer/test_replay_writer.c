/* SPDX-License-Identifier: Apache-2.0 */
/* The real binary against the real RabbitMQ and PostgreSQL: chunks in, a file and a row out. */
#include "libcommon/runtime/stores/amqp.h"
#include "libcommon/runtime/telemetry/entropy.h"
#include "proto/durable.pb-c.h"
#include "tests/support/http_client.h"
#include "tests/support/recorded_match.h"
#include "tests/support/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libpq-fe.h>
#include <uv.h>

struct fixture {
    struct support_process writer;
    char folder[SUPPORT_PATH_MAX];
    uv_loop_t loop;
    struct amqp *amqp;
    PGconn *database;
    uint16_t port;
};

static struct fixture fixture;

static void start_writer(void)
{
    char replay_dir[SUPPORT_PATH_MAX + 16];
    snprintf(replay_dir, sizeof replay_dir, "REPLAY_DIR=%s", fixture.folder);
    const char *settings[] = {replay_dir, "PORT=0", "REPLAY_RETRY_MS=50", NULL};
    support_start(&fixture.writer, "replay-writer", settings, NULL);
    fixture.port = (uint16_t)support_event_u64(&fixture.writer, "http.listening", 1, "port");
    support_wait_ready(&fixture.writer);
}

static void on_state(void *owner, bool up, const char *detail)
{
    (void)owner;
    (void)up;
    (void)detail;
}

static int open_fixture(void **state)
{
    (void)state;
    char spool[SUPPORT_PATH_MAX];
    support_path(fixture.folder, "replays");
    support_path(spool, "spool");
    uv_loop_init(&fixture.loop);
    struct amqp_options options = {
        .url = support_env("AMQP_URL"), .spool_dir = spool, .spool_bytes_max = 1u << 24, .on_state = on_state};
    assert_int_equal(amqp_open(&fixture.loop, &options, &fixture.amqp), STATUS_OK);
    fixture.database = PQconnectdb(support_env("DATABASE_URL"));
    assert_int_equal(PQstatus(fixture.database), CONNECTION_OK);
    start_writer();
    return 0;
}

static int close_fixture(void **state)
{
    amqp_close(fixture.amqp);
    uv_run(&fixture.loop, UV_RUN_DEFAULT);
    uv_loop_close(&fixture.loop);
    PQfinish(fixture.database);
    return support_kill_all(state);
}

static bool all_confirmed(void *owner)
{
    (void)owner;
    uv_run(&fixture.loop, UV_RUN_NOWAIT);
    return amqp_unconfirmed(fixture.amqp) == 0;
}

static void publish(const char *routing_key, const char *message_id, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = malloc(size + 1);
    assert_non_null(bytes);
    protobuf_c_message_pack(message, bytes);
    assert_int_equal(amqp_publish(fixture.amqp, routing_key, message_id, (struct trace_id){0}, bytes, size), STATUS_OK);
    free(bytes);
    support_wait_until(all_confirmed, NULL, SUPPORT_WAIT_MS, "RabbitMQ to confirm");
}

static void publish_chunk(const char *match_id, uint32_t index, bool is_last, const uint8_t *bytes, size_t size)
{
    Mma__ReplayChunk chunk;
    mma__replay_chunk__init(&chunk);
    char id[64], message_id[64];
    snprintf(id, sizeof id, "%s", match_id);
    snprintf(message_id, sizeof message_id, "%s/%u", match_id, index);
    chunk.match_id = id;
    chunk.index = index;
    chunk.is_last = is_last;
    chunk.records.data = malloc(size);
    chunk.records.len = size;
    assert_non_null(chunk.records.data);
    memcpy(chunk.records.data, bytes, size);
    publish("replay.chunk", message_id, &chunk.base);
    free(chunk.records.data);
}

static void new_match(struct recorded_match *out_match, char out_id[33])
{
    uint8_t match_id[16];
    entropy_hex_id(out_id);
    for (size_t i = 0; i < sizeof match_id; i++) {
        char byte[3] = {out_id[2 * i], out_id[2 * i + 1], '\0'};
        match_id[i] = (uint8_t)strtoul(byte, NULL, 16);
    }
    recorded_match_make(out_match, match_id, 7, 120);
}

static const char *query_text(const char *sql, const char *parameter)
{
    static char text[256];
    PGresult *result = PQexecParams(fixture.database, sql, 1, NULL, &parameter, NULL, NULL, 0);
    assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
    snprintf(text, sizeof text, "%s", PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "none");
    PQclear(result);
    return text;
}

static bool has_row(void *owner)
{
    return strcmp(query_text("SELECT 'there' FROM replays WHERE match_id = $1", owner), "there") == 0;
}

static void wait_for_replay(char *match_id)
{
    support_wait_until(has_row, match_id, SUPPORT_WAIT_MS, "the replay's row");
}

static void get_replay(struct http_response *response, const char *match_id)
{
    char path[80];
    snprintf(path, sizeof path, "/v1/replays/%s", match_id);
    http_get_local(response, fixture.port, path);
}

static void assert_served(const char *match_id, const struct recorded_match *match)
{
    struct http_response response;
    get_replay(&response, match_id);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.size, match->size);
    assert_memory_equal(response.body, match->bytes, match->size);
    assert_string_equal(http_response_header(&response, "Cache-Control"), "public, max-age=31536000, immutable");
    assert_non_null(strstr(http_response_header(&response, "ETag"), match_id));
    http_response_free(&response);
}

static void test_chunks_in_any_order_and_repeated_become_one_verified_replay(void **state)
{
    (void)state;
    struct recorded_match match;
    char id[33], hash[17];
    new_match(&match, id);
    publish_chunk(id, 1, true, match.bytes + match.middle, match.size - match.middle);
    struct http_response response;
    get_replay(&response, id);
    assert_int_equal(response.status, 404);
    http_response_free(&response);
    publish_chunk(id, 0, false, match.bytes, match.middle);
    publish_chunk(id, 0, false, match.bytes, match.middle);
    wait_for_replay(id);
    publish_chunk(id, 1, true, match.bytes + match.middle, match.size - match.middle);
    assert_served(id, &match);
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)match.state_hash);
    assert_string_equal(query_text("SELECT state_hash FROM replays WHERE match_id = $1", id), hash);
    assert_string_equal(query_text("SELECT ticks FROM replays WHERE match_id = $1", id), "120");
    json_t *event = support_wait_event(&fixture.writer, "replay.written", 1);
    assert_true(json_is_true(json_object_get(event, "verified")));
    json_decref(event);
    recorded_match_free(&match);
}

static void test_replay_list_names_it_and_pages(void **state)
{
    (void)state;
    struct recorded_match match;
    char ids[3][33];
    for (int i = 0; i < 3; i++) {
        new_match(&match, ids[i]);
        publish_chunk(ids[i], 0, true, match.bytes, match.size);
        wait_for_replay(ids[i]);
        recorded_match_free(&match);
    }
    char path[200] = "/v1/replays?limit=1";
    for (int i = 2; i >= 0; i--) {
        struct http_response response;
        http_get_local(&response, fixture.port, path);
        assert_int_equal(response.status, 200);
        json_t *page = http_response_json(&response);
        json_t *replays = json_object_get(page, "replays");
        assert_int_equal(json_array_size(replays), 1);
        assert_string_equal(json_string_value(json_object_get(json_array_get(replays, 0), "match_id")), ids[i]);
        snprintf(path, sizeof path, "/v1/replays?limit=1&cursor=%s",
                 json_string_value(json_object_get(page, "next_cursor")));
        json_decref(page);
        http_response_free(&response);
    }
}

static void assert_refused(const char *path, long status, const char *reason, const char *field)
{
    struct http_response response;
    http_get_local(&response, fixture.port, path);
    assert_int_equal(response.status, status);
    json_t *body = http_response_json(&response);
    json_t *detail = json_array_get(json_object_get(body, "details"), 0);
    assert_string_equal(json_string_value(json_object_get(detail, "reason")), reason);
    assert_string_equal(json_string_value(json_object_get(detail, "field")), field);
    json_decref(body);
    http_response_free(&response);
}

static void test_bad_requests_are_answered_with_the_field(void **state)
{
    (void)state;
    assert_refused("/v1/replays?limit=0", 400, "INVALID_ARGUMENT", "limit");
    assert_refused("/v1/replays?limit=101", 400, "INVALID_ARGUMENT", "limit");
    assert_refused("/v1/replays?limit=x", 400, "INVALID_ARGUMENT", "limit");
    assert_refused("/v1/replays?cursor=x", 400, "INVALID_ARGUMENT", "cursor");
    assert_refused("/v1/replays/not-an-id", 400, "INVALID_ARGUMENT", "match_id");
    assert_refused("/v1/replays/00000000000000000000000000000000", 404, "REPLAY_NOT_FOUND", "match_id");
}

static bool event_is_recorded(void *owner)
{
    return strcmp(query_text("SELECT body->>'why' FROM audit_events WHERE event_id = $1", owner), "a test") == 0;
}

static void test_audit_event_is_recorded_once_and_junk_goes_to_the_dead_letters(void **state)
{
    (void)state;
    char id[33];
    entropy_hex_id(id);
    Mma__AuditEvent event;
    mma__audit_event__init(&event);
    char kind[] = "match.created", body[] = "{\"why\": \"a test\"}";
    event.event_id = id;
    event.kind = kind;
    event.body = body;
    event.at_time = 1700000000000;
    unsigned refused_before = support_count_events(&fixture.writer, "delivery.refused");
    publish("audit.match", id, &event.base);
    publish("audit.match", id, &event.base);
    support_wait_until(event_is_recorded, id, SUPPORT_WAIT_MS, "the audit row");
    publish_chunk("../../../etc/passwd", 0, true, (const uint8_t *)"x", 1);
    json_decref(support_wait_event(&fixture.writer, "delivery.refused", refused_before + 1));
    assert_string_equal(query_text("SELECT count(*) FROM audit_events WHERE event_id = $1", id), "1");
}

static void test_killed_writer_goes_on_from_the_files(void **state)
{
    (void)state;
    struct recorded_match match;
    char id[33];
    new_match(&match, id);
    publish_chunk(id, 0, false, match.bytes, match.middle);
    support_kill(&fixture.writer);
    publish_chunk(id, 1, true, match.bytes + match.middle, match.size - match.middle);
    start_writer();
    wait_for_replay(id);
    assert_served(id, &match);
    recorded_match_free(&match);
}

static void test_diverging_replay_is_kept_and_said(void **state)
{
    (void)state;
    struct recorded_match match;
    char id[33];
    new_match(&match, id);
    publish_chunk(id, 0, true, match.bytes, match.middle); /* no end record */
    wait_for_replay(id);
    json_decref(support_wait_event(&fixture.writer, "replay.diverged", 1));
    recorded_match_free(&match);
}

static void test_sigterm_drains_and_leaves_nothing(void **state)
{
    (void)state;
    assert_int_equal(support_stop(&fixture.writer), 0);
    assert_int_equal(support_count_group(&fixture.writer), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chunks_in_any_order_and_repeated_become_one_verified_replay),
        cmocka_unit_test(test_replay_list_names_it_and_pages),
        cmocka_unit_test(test_bad_requests_are_answered_with_the_field),
        cmocka_unit_test(test_audit_event_is_recorded_once_and_junk_goes_to_the_dead_letters),
        cmocka_unit_test(test_killed_writer_goes_on_from_the_files),
        cmocka_unit_test(test_diverging_replay_is_kept_and_said),
        cmocka_unit_test(test_sigterm_drains_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
