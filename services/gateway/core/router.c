/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/core/router.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/memory.h"
#include "libcommon/base/text.h"
#include "services/gateway/core/router_internal.h"

_Static_assert(GATEWAY_EFFECTS_MAX >= 4 * GATEWAY_EFFECTS_OF_ONE, "a walk over sessions gets on");
_Static_assert(BACKEND_NONE == SESSION_NONE, "a session without a backend has none in the table either");

/* ---- beginning --------------------------------------------------------------------------------- */

size_t gateway_router_bytes(uint32_t sessions_max)
{
    return arena_bytes(session_table_bytes(sessions_max)) + arena_bytes(stream_table_bytes(GATEWAY_STREAMS_MAX)) +
           arena_bytes(sessions_max * sizeof(struct gateway_client));
}

void gateway_router_init(struct gateway_router *router, const struct gateway_rules *rules, uint64_t salt, void *memory)
{
    REQUIRE(rules->sessions_max > 0 && rules->sessions_max <= SESSION_SLOTS_MAX && memory != NULL);
    uint32_t capacity = rules->sessions_max;
    struct arena arena;
    memory_zero(router, sizeof *router);
    router->rules = *rules;
    arena_init(&arena, memory, gateway_router_bytes(capacity));
    session_table_init(&router->sessions, capacity, salt, arena_take(&arena, session_table_bytes(capacity)));
    stream_table_init(&router->streams, GATEWAY_STREAMS_MAX, &router->sessions,
                      arena_take(&arena, stream_table_bytes(GATEWAY_STREAMS_MAX)));
    router->clients = arena_take_zeroed(&arena, capacity, sizeof(struct gateway_client));
    REQUIRE(router->clients != NULL);
    backends_init(&router->backends, salt);
    pending_requests_init(&router->requests);
    address_limits_init(&router->connects, rules->connects_per_minute, salt);
    address_limits_init(&router->spectator_joins, rules->spectator_joins_per_minute, salt);
    router->directory.age_ms = UINT64_MAX;
    router->greet_first = SESSION_NONE;
    gateway_router_check(router);
}

/* ---- shared by the router's files -------------------------------------------------------------- */

void gateway_router_check(const struct gateway_router *router)
{
    REQUIRE(router->sessions.count <= router->sessions.capacity);
    REQUIRE(router->players <= router->sessions.count);
    REQUIRE(router->watchers <= router->players);
    REQUIRE(router->streams.count <= router->watchers);
    REQUIRE(router->backends.used <= BACKENDS_MAX);
}

struct gateway_effect *gateway_router_effect(struct gateway_effects *effects, enum gateway_effect_kind kind,
                                             const struct session *session)
{
    REQUIRE(effects->count < GATEWAY_EFFECTS_MAX && kind < GATEWAY_EFFECT_KINDS);
    struct gateway_effect *effect = &effects->items[effects->count++];
    effect->kind = kind;
    effect->slot = session == NULL ? SESSION_NONE : session->slot;
    effect->session_id = session == NULL ? 0 : session->id;
    effect->cid = 0;
    return effect;
}

void gateway_router_error(const struct session *session, uint32_t cid, const char *code, const char *context,
                          const char *message, struct gateway_effects *effects)
{
    struct gateway_effect *effect = gateway_router_effect(effects, GATEWAY_SEND_ERROR, session);
    effect->cid = cid;
    effect->error.code = code;
    effect->error.context = context;
    effect->error.message = message;
}

void gateway_router_detach(struct gateway_router *router, struct session *session, enum session_event event)
{
    REQUIRE(event == SESSION_LOST_TICKET || event == SESSION_LEFT_MATCH || event == SESSION_LEFT_WATCH);
    if (!session_step(session, event)) {
        return;
    }
    stream_leave(&router->streams, session);
    if (event == SESSION_LEFT_WATCH) {
        router->watchers--;
    }
    if (session->backend != SESSION_NONE) {
        backends_release(&router->backends, session->backend);
        session->backend = SESSION_NONE;
    }
    session->attempt++;
    gateway_router_check(router);
}

void gateway_router_post_leave(const char *url, uint64_t session_id, const char *reason,
                               struct gateway_effects *effects)
{
    struct gateway_effect *effect = gateway_router_effect(effects, GATEWAY_SEND_LEAVE, NULL);
    effect->session_id = session_id;
    text_copy(effect->post.url, sizeof effect->post.url, url);
    effect->post.reason = reason;
    effect->post.stream_id = 0;
}

void gateway_router_post_unwatch(const char *url, uint64_t session_id, uint64_t stream_id,
                                 struct gateway_effects *effects)
{
    struct gateway_effect *effect = gateway_router_effect(effects, GATEWAY_SEND_UNWATCH, NULL);
    effect->session_id = session_id;
    text_copy(effect->post.url, sizeof effect->post.url, url);
    effect->post.reason = "";
    effect->post.stream_id = stream_id;
}

/* ---- connections ------------------------------------------------------------------------------- */

enum gateway_admission gateway_router_admit(struct gateway_router *router, const char *address, uint64_t now_ms)
{
    if (router->drain.is_draining) {
        return GATEWAY_DRAINING;
    }
    if (!address_limits_take(&router->connects, address, now_ms)) {
        return GATEWAY_ADDRESS_LIMITED;
    }
    return router->sessions.count == router->sessions.capacity ? GATEWAY_FULL : GATEWAY_ADMIT;
}

bool gateway_router_admit_guest(struct gateway_router *router, const char *address, uint64_t now_ms)
{
    return address_limits_take(&router->connects, address, now_ms);
}

struct session *gateway_router_open(struct gateway_router *router, const char *address, uint64_t now_ms)
{
    REQUIRE(address != NULL);
    struct session *session = session_table_open(&router->sessions);
    if (session == NULL) {
        return NULL;
    }
    struct gateway_client *client = &router->clients[session->slot];
    *client = (struct gateway_client){.opened_ms = now_ms, .greet_next = SESSION_NONE};
    client_limits_init(&client->limits, &router->rules.rates, now_ms);
    text_copy(client->address, sizeof client->address, address);
    return session;
}

void gateway_router_authenticated(struct gateway_router *router, struct session *session, const char *player_id,
                                  bool is_upgrading, uint64_t now_ms, struct gateway_effects *out_effects)
{
    REQUIRE(session->id != 0 && session->state == SESSION_CONNECTING);
    struct session *older = session_table_identify(&router->sessions, session, player_id);
    router->players++;
    (void)gateway_router_effect(out_effects, GATEWAY_SESSION_OPENED, session);
    if (older != NULL) {
        gateway_router_end(router, older, GATEWAY_CLOSE_REPLACED, "a newer session of this player", "replaced", now_ms,
                           out_effects);
    }
    if (!is_upgrading) {
        (void)gateway_router_effect(out_effects, GATEWAY_SEND_WELCOME, session);
        return;
    }
    struct gateway_client *client = &router->clients[session->slot];
    client->is_greeting_due = true;
    client->greet_next = router->greet_first;
    router->greet_first = session->slot;
}

void gateway_router_unauthorized(struct gateway_router *router, struct session *session, const char *reason,
                                 uint64_t now_ms, struct gateway_effects *out_effects)
{
    REQUIRE(session->state == SESSION_CONNECTING && reason != NULL);
    gateway_router_end(router, session, GATEWAY_CLOSE_TOKEN, reason, "unauthorized", now_ms, out_effects);
}

bool gateway_router_greet(struct gateway_router *router, struct gateway_effects *out_effects)
{
    while (router->greet_first != SESSION_NONE) {
        if (!gateway_router_has_room(out_effects)) {
            return false;
        }
        uint32_t slot = router->greet_first;
        struct gateway_client *client = &router->clients[slot];
        REQUIRE(client->is_greeting_due && router->sessions.sessions[slot].id != 0);
        router->greet_first = client->greet_next;
        client->is_greeting_due = false;
        (void)gateway_router_effect(out_effects, GATEWAY_SEND_WELCOME, &router->sessions.sessions[slot]);
    }
    return true;
}

static void forget_greeting(struct gateway_router *router, uint32_t slot)
{
    if (!router->clients[slot].is_greeting_due) {
        return;
    }
    uint32_t *at = &router->greet_first;
    while (*at != slot) {
        REQUIRE(*at != SESSION_NONE);
        at = &router->clients[*at].greet_next;
    }
    *at = router->clients[slot].greet_next;
    router->clients[slot].is_greeting_due = false;
}

/* ---- the end of a session ---------------------------------------------------------------------- */

/* Other processes hear what they are owed. */
static void clean_up(struct gateway_router *router, struct session *session, const char *reason,
                     struct gateway_effects *effects)
{
    struct session_cleanup cleanup = session_cleanup(session);
    if (router->is_stopping) {
        return; /* the mailbox is gone */
    }
    if (cleanup.cancel_ticket) {
        gateway_router_abandon_ticket(router, session, effects);
    }
    if (cleanup.leave_match) {
        gateway_router_post_leave(router->backends.items[session->backend].url, session->id, reason, effects);
    }
    if (cleanup.unwatch && session->stream != SESSION_NONE) {
        gateway_router_post_unwatch(router->backends.items[session->backend].url, session->id,
                                    router->streams.streams[session->stream].id, effects);
    }
}

void gateway_router_end(struct gateway_router *router, struct session *session, enum gateway_close_code code,
                        const char *close_reason, const char *result, uint64_t now_ms, struct gateway_effects *effects)
{
    REQUIRE(session->id != 0);
    const struct gateway_client *client = &router->clients[session->slot];
    const char *reason = code == GATEWAY_CLOSE_REPLACED ? "REPLACED" : "DROPPED";
    clean_up(router, session, reason, effects);
    gateway_router_detach(router, session, SESSION_LOST_TICKET);
    gateway_router_detach(router, session, SESSION_LEFT_MATCH);
    gateway_router_detach(router, session, SESSION_LEFT_WATCH);
    struct gateway_effect *effect = gateway_router_effect(effects, GATEWAY_SESSION_ENDED, session);
    effect->ended.code = code;
    effect->ended.close_reason = close_reason;
    effect->ended.reason = reason;
    effect->ended.result = result;
    effect->ended.lived_ms = now_ms - client->opened_ms;
    text_copy(effect->ended.player_id, sizeof effect->ended.player_id, session->player_id);
    router->players -= session->player_id[0] != '\0' ? 1 : 0;
    forget_greeting(router, session->slot);
    session_table_close(&router->sessions, session);
    REQUIRE(session->backend == SESSION_NONE && session->stream == SESSION_NONE);
    gateway_router_check(router);
}

void gateway_router_closed(struct gateway_router *router, struct session *session, enum gateway_close_code code,
                           uint64_t now_ms, struct gateway_effects *out_effects)
{
    gateway_router_end(router, session, code, code == GATEWAY_CLOSE_INTERNAL ? "out of memory" : "", NULL, now_ms,
                       out_effects);
}

void gateway_router_stop(struct gateway_router *router)
{
    router->is_stopping = true;
}
