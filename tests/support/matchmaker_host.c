/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/matchmaker_host.h"

#include "libcommon/runtime/auth/jwt.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "proto/match.pb-c.h"
#include "tests/support/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ASK_MS      5000
#define ASK_WAIT_MS 10000

void matchmaker_host_launch(struct matchmaker_host *host, const char *const *settings)
{
    static const char *const common[] = {"MATCH_ROUND_MS=20", "JWT_HS256_SECRET=" MATCHMAKER_API_SECRET,
                                         "JOIN_TOKEN_SECRET=" MATCHMAKER_JOIN_SECRET, NULL};
    *host = (struct matchmaker_host){.port = 0};
    support_start_daemon(&host->process, "matchmaker", common, settings);
    host->port = (uint16_t)support_event_u64(&host->process, "api.listening", 1, "port");
    (void)snprintf(host->mailbox, sizeof host->mailbox, "%s",
                   support_event_text(&host->process, "api.listening", 1, "mailbox"));
}

void matchmaker_host_start(struct matchmaker_host *host, const char *const *settings)
{
    matchmaker_host_launch(host, settings);
    support_wait_ready(&host->process);
}

/* ---- HTTP ---------------------------------------------------------------------------------------- */

const char *matchmaker_authorization(const char *secret, const char *audience, int lifetime_s)
{
    static char headers[4][1024];
    static size_t next;
    char *header = headers[next++ % 4];
    struct jwt_claims claims = {.subject = "tests",
                                .expires_unix_s = (uint64_t)((int64_t)(clock_unix_ms() / 1000) + lifetime_s)};
    struct jwt_keys *keys;
    const char *reason;
    int prefix = snprintf(header, sizeof headers[0], "Authorization: Bearer ");
    assert_int_equal(STATUS_OK, jwt_keys_create(secret, "", &keys, &reason));
    assert_int_equal(STATUS_OK, jwt_sign(keys, &claims, audience, clock_unix_ms() / 1000, header + prefix,
                                         sizeof headers[0] - (size_t)prefix));
    jwt_keys_destroy(keys);
    return header;
}

static void call(const struct matchmaker_host *host, const char *method, const char *path, const char *body,
                 const char *authorization, struct http_response *out_response)
{
    char url[512];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u%s", host->port, path);
    const char *const headers[] = {authorization ? authorization : "X-None: 1", "Content-Type: application/json", NULL};
    http_request(out_response, method, url, headers, body, body ? strlen(body) : 0);
}

json_t *matchmaker_call(const struct matchmaker_host *host, const char *method, const char *path, const char *body,
                        long want_status)
{
    struct http_response response;
    call(host, method, path, body, matchmaker_authorization(MATCHMAKER_API_SECRET, "mma-api", 600), &response);
    if (response.status != want_status) {
        fail_msg("%s %s: %ld %s", method, path, response.status, response.body);
    }
    json_t *json = http_response_json(&response);
    http_response_free(&response);
    return json;
}

void matchmaker_call_fails(const struct matchmaker_host *host, const char *method, const char *path, const char *body,
                           const char *authorization, long want_status, const char *reason, const char *field)
{
    struct http_response response;
    call(host, method, path, body, authorization, &response);
    json_t *json = http_response_json(&response);
    const json_t *detail = json_array_get(json_object_get(json, "details"), 0);
    const char *got_reason = json_string_value(json_object_get(detail, "reason"));
    const char *got_field = json_string_value(json_object_get(detail, "field"));
    if (response.status != want_status || got_reason == NULL || strcmp(got_reason, reason) != 0) {
        fail_msg("%s %s: %ld %s", method, path, response.status, response.body);
    }
    assert_string_equal(got_field ? got_field : "", field ? field : "");
    assert_true(json_is_integer(json_object_get(json, "code")));
    assert_true(strlen(json_string_value(json_object_get(json, "message"))) > 0);
    json_decref(json);
    http_response_free(&response);
}

const char *matchmaker_host_enter(const struct matchmaker_host *host, const char *player_id, const char *queue)
{
    static char ids[8][40];
    static size_t next;
    char *id = ids[next++ % 8];
    char body[256];
    (void)snprintf(body, sizeof body, "{\"player_id\": \"%s\", \"queue\": \"%s\"}", player_id, queue);
    json_t *ticket = matchmaker_call(host, "POST", "/v1/tickets", body, 201);
    (void)snprintf(id, sizeof ids[0], "%s", json_string_value(json_object_get(ticket, "id")));
    json_decref(ticket);
    return id;
}

/* ---- mailbox ------------------------------------------------------------------------------------- */

struct answer {
    bool is_there;
    enum status status;
    Mma__Ticket *ticket;
    char *reason;
};

static void on_answer(void *owner, enum status status, const struct mailbox_envelope *reply)
{
    struct answer *answer = owner;
    answer->is_there = true;
    answer->status = status;
    if (status == STATUS_OK) {
        assert_int_equal(reply->type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET);
        answer->ticket = mma__ticket__unpack(NULL, reply->payload_size, reply->payload);
    } else if (reply != NULL) {
        Mma__Refusal *refusal = mma__refusal__unpack(NULL, reply->payload_size, reply->payload);
        assert_non_null(refusal);
        (void)snprintf(answer->reason, 64, "%s", refusal->reason);
        mma__refusal__free_unpacked(refusal, NULL);
    }
}

static bool is_answered(void *data)
{
    return ((const struct answer *)data)->is_there;
}

enum status matchmaker_ask(struct played *gateway, const struct matchmaker_host *host, Mma__MessageType type,
                           const ProtobufCMessage *message, Mma__Ticket **out_ticket, char reason[64])
{
    struct answer answer = {.reason = reason};
    reason[0] = '\0';
    assert_int_equal(STATUS_OK, mailbox_request(gateway->mailbox, host->mailbox, type, (struct trace_id){{7}}, message,
                                                ASK_MS, on_answer, &answer));
    mailbox_flush(gateway->mailbox);
    assert_true(turn_until_holds(gateway->loop, is_answered, &answer, ASK_WAIT_MS));
    if (answer.status == STATUS_OK) {
        assert_non_null(answer.ticket);
        *out_ticket = answer.ticket;
    }
    return answer.status;
}

void matchmaker_engine_takes(struct played *engine, const struct played_envelope *create)
{
    Mma__CreateMatch *match = mma__create_match__unpack(NULL, create->size, create->payload);
    assert_non_null(match);
    Mma__MatchCreated created;
    mma__match_created__init(&created);
    created.match_id = match->match_id;
    mailbox_reply(engine->mailbox, &create->to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_CREATED, &created.base);
    mailbox_flush(engine->mailbox);
    mma__create_match__free_unpacked(match, NULL);
}

void matchmaker_engine_refuses(struct played *engine, const struct played_envelope *create)
{
    mailbox_refuse(engine->mailbox, &create->to, STATUS_FULL, "GAME_FULL", "no room");
    mailbox_flush(engine->mailbox);
}

void matchmaker_engine_announce(struct played *engine, const char *region, uint32_t load_permille)
{
    (void)snprintf(engine->entry.region, sizeof engine->entry.region, "%s", region);
    engine->entry.matches_max = 100;
    engine->entry.players_max = 2000;
    engine->entry.load_permille = load_permille;
    registry_announce(engine->registry, &engine->entry);
}
