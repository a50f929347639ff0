/* SPDX-License-Identifier: Apache-2.0 */
/* What backends send unasked, and backends that are gone. */
#include "libcommon/base/text.h"
#include "services/gateway/core/router.h"
#include "services/gateway/core/router_internal.h"

uint32_t gateway_router_heard(struct gateway_router *router, const char *url, uint64_t now_ms)
{
    uint32_t backend = backends_find(&router->backends, url);
    if (backend != BACKEND_NONE) {
        router->backends.items[backend].heard_ms = now_ms;
    }
    return backend;
}

void gateway_router_ticket_changed(struct gateway_router *router, uint64_t session_id,
                                   enum gateway_ticket_change change, struct gateway_effects *out_effects)
{
    struct session *session = session_table_find(&router->sessions, session_id);
    if (session == NULL) {
        return;
    }
    (void)gateway_router_effect(out_effects, GATEWAY_SEND_TICKET, session);
    if (change == GATEWAY_TICKET_MATCHED) {
        (void)session_step(session, SESSION_FOUND_MATCH);
        (void)gateway_router_effect(out_effects, GATEWAY_SEND_MATCH_FOUND, session);
    } else if (change == GATEWAY_TICKET_CLOSED) {
        (void)session_step(session, SESSION_LOST_TICKET);
    }
}

void gateway_router_match_over(struct gateway_router *router, uint32_t backend, uint64_t session_id,
                               struct gateway_effects *out_effects)
{
    struct session *session = session_table_find(&router->sessions, session_id);
    if (session == NULL || backend == BACKEND_NONE || session->backend != backend) {
        return;
    }
    (void)gateway_router_effect(out_effects, GATEWAY_SEND_MATCH_ENDED, session);
    gateway_router_detach(router, session, SESSION_LEFT_MATCH);
}

static void end_watch(struct gateway_router *router, struct session *session, const char *reason,
                      struct gateway_effects *effects)
{
    REQUIRE(session->stream != SESSION_NONE);
    struct gateway_effect *effect = gateway_router_effect(effects, GATEWAY_SEND_WATCH_ENDED, session);
    text_copy(effect->watch_ended.match_id, sizeof effect->watch_ended.match_id,
              router->streams.streams[session->stream].match_id);
    effect->watch_ended.reason = reason;
    gateway_router_detach(router, session, SESSION_LEFT_WATCH);
}

bool gateway_router_stream_over(struct gateway_router *router, const char *url, uint64_t stream_id, const char *reason,
                                struct gateway_effects *out_effects)
{
    REQUIRE(reason != NULL);
    const struct stream *stream = stream_table_find(&router->streams, backends_key(&router->backends, url), stream_id);
    while (stream != NULL && stream->viewers > 0) {
        if (!gateway_router_has_room(out_effects)) {
            return false;
        }
        end_watch(router, &router->sessions.sessions[stream->first], reason, out_effects);
    }
    return true;
}

/* ---- periodic work ----------------------------------------------------------------------------- */

/* The next taken session from *slot on; NULL: no more. */
static struct session *next_session(const struct gateway_router *router, uint32_t *slot)
{
    while (*slot < router->sessions.capacity) {
        struct session *session = &router->sessions.sessions[(*slot)++];
        if (session->id != 0) {
            return session;
        }
    }
    return NULL;
}

static void end_if_silent(struct gateway_router *router, struct session *session, uint64_t now_ms,
                          struct gateway_effects *effects)
{
    uint64_t waited_ms = now_ms - router->clients[session->slot].opened_ms;
    if (session->state == SESSION_CONNECTING && waited_ms >= router->rules.authenticate_timeout_ms) {
        gateway_router_unauthorized(router, session, "no token in time", now_ms, effects);
    }
}

/* Who waits for an answer of a lost backend gets it from the request's end. */
static void end_if_lost(struct gateway_router *router, struct session *session, struct gateway_effects *effects)
{
    if (session->state == SESSION_JOINED) {
        gateway_router_detach(router, session, SESSION_LEFT_MATCH);
        gateway_router_error(session, 0, "GAME_NOT_FOUND", "", "the match's engine is gone", effects);
    } else if (session->state == SESSION_WATCHING && session->stream != SESSION_NONE) {
        end_watch(router, session, "SPECTATOR_LOST", effects);
    }
}

static bool sweep_timeouts(struct gateway_router *router, uint64_t now_ms, struct gateway_effects *effects)
{
    struct session *session;
    while (gateway_router_has_room(effects)) {
        session = next_session(router, &router->sweep.slot);
        if (session == NULL) {
            return true;
        }
        end_if_silent(router, session, now_ms, effects);
    }
    return false;
}

static bool sweep_sessions_of(struct gateway_router *router, uint32_t backend, struct gateway_effects *effects)
{
    struct session *session;
    while (gateway_router_has_room(effects)) {
        session = next_session(router, &router->sweep.slot);
        if (session == NULL) {
            return true;
        }
        if (session->backend == backend) {
            end_if_lost(router, session, effects);
        }
    }
    return false;
}

static bool sweep_lost(struct gateway_router *router, uint64_t now_ms, struct gateway_effects *effects)
{
    for (; router->sweep.backend < router->backends.used; router->sweep.backend++, router->sweep.slot = 0) {
        const struct backend *backend = &router->backends.items[router->sweep.backend];
        if (backend->users == 0 || !backend_directory_is_lost(&router->directory, backend, now_ms - backend->heard_ms,
                                                              router->rules.backend_lost_ms)) {
            continue;
        }
        if (effects->count + 2 * GATEWAY_EFFECTS_OF_ONE > GATEWAY_EFFECTS_MAX) {
            return false; /* room for the backend and for its first session, so that it is not lost twice */
        }
        if (router->sweep.slot == 0) {
            struct gateway_effect *effect = gateway_router_effect(effects, GATEWAY_BACKEND_LOST, NULL);
            text_copy(effect->lost.url, sizeof effect->lost.url, backend->url);
            effect->lost.role = backend->role;
            effect->lost.sessions = backend->users;
        }
        if (!sweep_sessions_of(router, router->sweep.backend, effects)) {
            return false;
        }
    }
    return true;
}

static bool sweep_drain(struct gateway_router *router, size_t open_sockets, uint64_t now_ms,
                        struct gateway_effects *effects)
{
    if (!router->drain.is_draining) {
        return true;
    }
    while (gateway_router_has_room(effects)) {
        struct session *session = next_session(router, &router->sweep.slot);
        if (session == NULL) {
            if (session_drain_finish(&router->drain, open_sockets)) {
                (void)gateway_router_effect(effects, GATEWAY_DRAINED, NULL);
            }
            return true;
        }
        if (session_drain_ends(&router->drain, session->state, now_ms)) {
            gateway_router_end(router, session, GATEWAY_CLOSE_SHUTDOWN, "server shutdown", NULL, now_ms, effects);
        }
    }
    return false;
}

static bool sweep_phase(struct gateway_router *router, size_t open_sockets, uint64_t now_ms,
                        struct gateway_effects *effects)
{
    switch (router->sweep.phase) {
    case GATEWAY_SWEEP_TIMEOUTS:
        return sweep_timeouts(router, now_ms, effects);
    case GATEWAY_SWEEP_LOST:
        return sweep_lost(router, now_ms, effects);
    case GATEWAY_SWEEP_DRAIN:
        return sweep_drain(router, open_sockets, now_ms, effects);
    }
    return true;
}

bool gateway_router_sweep(struct gateway_router *router, size_t open_sockets, uint64_t now_ms,
                          struct gateway_effects *out_effects)
{
    while (sweep_phase(router, open_sockets, now_ms, out_effects)) {
        if (router->sweep.phase == GATEWAY_SWEEP_DRAIN) {
            router->sweep = (struct gateway_sweep){0};
            return true;
        }
        router->sweep = (struct gateway_sweep){.phase = router->sweep.phase + 1};
    }
    return false;
}

void gateway_router_drain(struct gateway_router *router, uint64_t now_ms)
{
    session_drain_begin(&router->drain, router->rules.drain_grace_ms, now_ms);
}
