/* SPDX-License-Identifier: Apache-2.0 */
/* router_fixture.h - a gateway's router with one of each backend, for its tests: one file a topic includes it. */
#ifndef MMA_TESTS_UNIT_GATEWAY_ROUTER_FIXTURE_H
#define MMA_TESTS_UNIT_GATEWAY_ROUTER_FIXTURE_H

#include "services/gateway/core/router.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SESSIONS_MAX 200
#define ENGINE       "tcp://10.0.0.3:7003"
#define MATCHMAKER   "tcp://10.0.0.1:7001"
#define SPECTATOR    "tcp://10.0.0.2:7002"
#define MATCH_ID     "0123456789abcdef0123456789abcdef"

static struct gateway_router *router;
static void *memory;
static struct gateway_effects effects;
static uint64_t now_ms;

static const struct gateway_rules rules = {
    .sessions_max = SESSIONS_MAX,
    .rates = {.input_rate_hz = 60, .input_burst = 20, .message_rate_hz = 10, .message_burst = 10},
    .connects_per_minute = 0,
    .spectator_joins_per_minute = 2,
    .socket_skip_bytes = 1000,
    .authenticate_timeout_ms = 5000,
    .backend_lost_ms = 2000,
    .drain_grace_ms = 10000};

static inline void list(enum backend_role role, const char *url)
{
    backend_directory_begin(&router->directory, role);
    if (url != NULL) {
        backend_directory_add(&router->directory, role, url, false, 0);
    }
}

static inline int set_up(void **state)
{
    (void)state;
    router = malloc(sizeof *router);
    memory = aligned_alloc(16, (gateway_router_bytes(SESSIONS_MAX) + 15) / 16 * 16);
    gateway_router_init(router, &rules, 5, memory);
    effects.count = 0;
    now_ms = 100000;
    router->directory.age_ms = 0;
    list(BACKEND_MATCHMAKER, MATCHMAKER);
    list(BACKEND_ENGINE, ENGINE);
    list(BACKEND_SPECTATOR, SPECTATOR);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    free(memory);
    free(router);
    return 0;
}

static inline void expect_kinds(const enum gateway_effect_kind *kinds, size_t count)
{
    assert_int_equal(effects.count, count);
    for (size_t at = 0; at < count; at++) {
        assert_int_equal(effects.items[at].kind, kinds[at]);
    }
    effects.count = 0;
}

/* Exactly these kinds, in this order; they are done with then. */
#define EXPECT(...)                                                                                                    \
    expect_kinds((const enum gateway_effect_kind[]){__VA_ARGS__},                                                      \
                 sizeof((const enum gateway_effect_kind[]){__VA_ARGS__}) / sizeof(enum gateway_effect_kind))
#define EXPECT_NOTHING() assert_int_equal(effects.count, 0)

static inline struct session *connect_as(const char *player)
{
    struct session *session = gateway_router_open(router, "192.0.2.1", now_ms);
    assert_non_null(session);
    gateway_router_authenticated(router, session, player, false, now_ms, &effects);
    effects.count = 0;
    return session;
}

/* The id of the one request among the effects, which is sent now. */
static inline uint64_t sent_request(enum gateway_request_kind kind, const char *url)
{
    assert_int_equal(effects.count, 1);
    assert_int_equal(effects.items[0].kind, GATEWAY_SEND_REQUEST);
    assert_int_equal(effects.items[0].request.kind, kind);
    assert_string_equal(effects.items[0].request.url, url);
    effects.count = 0;
    return effects.items[0].request.id;
}

static inline void answer(uint64_t id, const struct gateway_answer *what)
{
    gateway_router_answered(router, id, what, now_ms, &effects);
}

static const struct gateway_answer good = {
    .status = STATUS_OK, .has_reply = true, .is_readable = true, .is_complete = true};
static const struct gateway_answer missing = {.status = STATUS_EXPIRED};
static const struct gateway_answer refused = {
    .status = STATUS_REFUSED, .has_reply = true, .refusal_reason = "GAME_FULL", .refusal_message = "no seat is free"};

static inline uint64_t ask_to_join(struct session *session)
{
    const struct gateway_seat seat = {.player_id = session->player_id, .engine = ENGINE};
    gateway_router_join(router, session, 7, &seat, now_ms, &effects);
    return sent_request(GATEWAY_REQUEST_JOIN, ENGINE);
}

static inline struct session *joined_as(const char *player)
{
    struct session *session = connect_as(player);
    answer(ask_to_join(session), &good);
    EXPECT(GATEWAY_SEND_ANSWER);
    assert_int_equal(session->state, SESSION_JOINED);
    return session;
}

static inline struct session *watching_as(const char *player)
{
    struct session *session = connect_as(player);
    struct gateway_answer watching = good;
    watching.stream_id = 44;
    watching.match_id = MATCH_ID;
    gateway_router_watch(router, session, 9, now_ms, &effects);
    answer(sent_request(GATEWAY_REQUEST_WATCH, SPECTATOR), &watching);
    EXPECT(GATEWAY_SEND_ANSWER);
    return session;
}

static inline void sweep(size_t open_sockets)
{
    assert_true(gateway_router_sweep(router, open_sockets, now_ms, &effects));
}

#define ROUTER_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#endif
