/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to matchmaker, engines and spectators, and what their answers, late ones and missing ones mean. */
#include "libcommon/base/text.h"
#include "services/gateway/core/router.h"
#include "services/gateway/core/router_internal.h"

/* What a kind of request means where it fails. */
static const struct {
    const char *name;
    const char *away_code; /* no answer */
    const char *away_message;
    enum session_event failed; /* SESSION_EVENT_COUNT: the state stays */
} kinds[GATEWAY_REQUEST_KINDS] = {
    [GATEWAY_REQUEST_CREATE_TICKET] = {"create_ticket", "MATCHMAKER_UNAVAILABLE", "the matchmaker does not answer",
                                       SESSION_LOST_TICKET},
    [GATEWAY_REQUEST_CANCEL_TICKET] = {"cancel_ticket", "MATCHMAKER_UNAVAILABLE", "the matchmaker does not answer",
                                       SESSION_EVENT_COUNT},
    [GATEWAY_REQUEST_JOIN] = {"join_match", "GAME_NOT_FOUND", "the match's engine does not answer", SESSION_LEFT_MATCH},
    [GATEWAY_REQUEST_WATCH] = {"watch_match", "SPECTATOR_UNAVAILABLE", "no spectator answers", SESSION_LEFT_WATCH},
    [GATEWAY_REQUEST_CHAT] = {"chat", "GAME_NOT_FOUND", "the match's engine does not answer", SESSION_EVENT_COUNT},
};

/* ---- failing ----------------------------------------------------------------------------------- */

/* session NULL: it has gone on to something else, or never waited. */
static void on_failed(struct gateway_router *router, const struct pending_request *request, struct session *session,
                      const struct gateway_answer *answer, struct gateway_effects *effects)
{
    if (request->kind == GATEWAY_REQUEST_JOIN && !answer->has_reply) { /* it may have been seated all the same */
        gateway_router_post_leave(request->url, request->session_id, "DROPPED", effects);
    }
    if (session == NULL) {
        return;
    }
    if (kinds[request->kind].failed != SESSION_EVENT_COUNT) {
        gateway_router_detach(router, session, kinds[request->kind].failed);
    }
    if (answer->refusal_reason != NULL) {
        gateway_router_error(session, request->cid, answer->refusal_reason, kinds[request->kind].name,
                             answer->refusal_message, effects);
        return;
    }
    struct gateway_effect *effect = gateway_router_effect(effects, GATEWAY_REQUEST_FAILED, session);
    effect->failed.request = kinds[request->kind].name;
    effect->failed.status = answer->status;
    text_copy(effect->failed.url, sizeof effect->failed.url, request->url);
    gateway_router_error(session, request->cid, kinds[request->kind].away_code, kinds[request->kind].name,
                         kinds[request->kind].away_message, effects);
}

/* ---- sending ----------------------------------------------------------------------------------- */

/* url "": there is nobody to ask, and the request fails at once. */
static void request(struct gateway_router *router, struct session *session, uint32_t cid,
                    enum gateway_request_kind kind, const char *url, struct gateway_effects *effects)
{
    struct pending_request pending = {.kind = kind, .session_id = session->id, .attempt = session->attempt, .cid = cid};
    text_copy(pending.url, sizeof pending.url, url);
    uint64_t id = url[0] == '\0' ? 0 : pending_requests_add(&router->requests, &pending);
    if (id == 0) {
        struct gateway_answer none = {.status = url[0] == '\0' ? STATUS_UNAVAILABLE : STATUS_FULL};
        on_failed(router, &pending, session, &none, effects);
        return;
    }
    struct gateway_effect *effect = gateway_router_effect(effects, GATEWAY_SEND_REQUEST, session);
    effect->request.id = id;
    effect->request.kind = kind;
    text_copy(effect->request.url, sizeof effect->request.url, url);
    text_copy(effect->request.player_id, sizeof effect->request.player_id, session->player_id);
}

void gateway_router_create_ticket(struct gateway_router *router, struct session *session, uint32_t cid,
                                  struct gateway_effects *out_effects)
{
    REQUIRE(session_step(session, SESSION_ASKED_TICKET));
    session->attempt++;
    request(router, session, cid, GATEWAY_REQUEST_CREATE_TICKET, backend_directory_matchmaker(&router->directory),
            out_effects);
}

void gateway_router_cancel_ticket(struct gateway_router *router, struct session *session, uint32_t cid,
                                  struct gateway_effects *out_effects)
{
    REQUIRE(session_admit(session, SESSION_SAYS_CANCEL_TICKET) == SESSION_ADMIT);
    request(router, session, cid, GATEWAY_REQUEST_CANCEL_TICKET, backend_directory_matchmaker(&router->directory),
            out_effects);
}

void gateway_router_abandon_ticket(struct gateway_router *router, const struct session *session,
                                   struct gateway_effects *effects)
{
    const char *url = backend_directory_matchmaker(&router->directory);
    struct pending_request pending = {.kind = GATEWAY_REQUEST_CANCEL_TICKET};
    text_copy(pending.url, sizeof pending.url, url);
    uint64_t id = url[0] == '\0' ? 0 : pending_requests_add(&router->requests, &pending);
    if (id == 0) {
        return; /* the ticket times out, or its match's seat does */
    }
    struct gateway_effect *effect = gateway_router_effect(effects, GATEWAY_SEND_REQUEST, NULL);
    effect->request.id = id;
    effect->request.kind = GATEWAY_REQUEST_CANCEL_TICKET;
    text_copy(effect->request.url, sizeof effect->request.url, url);
    text_copy(effect->request.player_id, sizeof effect->request.player_id, session->player_id);
}

void gateway_router_join(struct gateway_router *router, struct session *session, uint32_t cid,
                         const struct gateway_seat *seat, uint64_t now_ms, struct gateway_effects *out_effects)
{
    REQUIRE(seat->player_id != NULL && seat->engine != NULL);
    if (!text_equal(seat->player_id, session->player_id)) {
        gateway_router_join_refused(session, cid, "TOKEN_BAD_CLAIMS", out_effects); /* another player's seat */
        return;
    }
    uint32_t backend = backends_take(&router->backends, seat->engine, BACKEND_ENGINE, now_ms);
    if (backend == BACKEND_NONE) {
        gateway_router_error(session, cid, "GAME_NOT_FOUND", "join_match", "this gateway knows too many engines",
                             out_effects);
        return;
    }
    REQUIRE(session_step(session, SESSION_ASKED_JOIN) && session->backend == SESSION_NONE);
    session->backend = backend;
    session->attempt++;
    request(router, session, cid, GATEWAY_REQUEST_JOIN, seat->engine, out_effects);
}

void gateway_router_join_refused(struct session *session, uint32_t cid, const char *reason,
                                 struct gateway_effects *out_effects)
{
    gateway_router_error(session, cid, "UNAUTHORIZED", "join_match.join_token", reason, out_effects);
}

void gateway_router_watch(struct gateway_router *router, struct session *session, uint32_t cid, uint64_t now_ms,
                          struct gateway_effects *out_effects)
{
    const char *address = router->clients[session->slot].address;
    if (!address_limits_take(&router->spectator_joins, address, now_ms)) {
        gateway_router_error(session, cid, "RATE_LIMITED", "watch_match", "too many watch_match from this address",
                             out_effects);
        return;
    }
    const char *url = backend_directory_spectator(&router->directory);
    uint32_t backend = backends_take(&router->backends, url, BACKEND_SPECTATOR, now_ms);
    if (backend == BACKEND_NONE) {
        gateway_router_error(session, cid, kinds[GATEWAY_REQUEST_WATCH].away_code, "watch_match",
                             kinds[GATEWAY_REQUEST_WATCH].away_message, out_effects);
        return;
    }
    REQUIRE(session_step(session, SESSION_ASKED_WATCH) && session->backend == SESSION_NONE);
    router->watchers++;
    session->backend = backend;
    session->attempt++;
    request(router, session, cid, GATEWAY_REQUEST_WATCH, url, out_effects);
}

void gateway_router_chat(struct gateway_router *router, struct session *session, uint32_t cid,
                         struct gateway_effects *out_effects)
{
    REQUIRE(session->state == SESSION_JOINED && session->backend < router->backends.used);
    request(router, session, cid, GATEWAY_REQUEST_CHAT, router->backends.items[session->backend].url, out_effects);
}

/* ---- leaving ----------------------------------------------------------------------------------- */

void gateway_router_leave(struct gateway_router *router, struct session *session, struct gateway_effects *out_effects)
{
    REQUIRE(session->backend < router->backends.used);
    gateway_router_post_leave(router->backends.items[session->backend].url, session->id, "CONSENTED", out_effects);
    gateway_router_detach(router, session, SESSION_LEFT_MATCH);
}

void gateway_router_stop_watching(struct gateway_router *router, struct session *session,
                                  struct gateway_effects *out_effects)
{
    REQUIRE(session->state == SESSION_WATCHING && session->backend < router->backends.used);
    if (session->stream != SESSION_NONE) { /* else the answer is still to come, and will be undone */
        gateway_router_post_unwatch(router->backends.items[session->backend].url, session->id,
                                    router->streams.streams[session->stream].id, out_effects);
    }
    gateway_router_detach(router, session, SESSION_LEFT_WATCH);
}

/* ---- answers ----------------------------------------------------------------------------------- */

static void send_answer(const struct session *session, const struct pending_request *request,
                        struct gateway_effects *effects)
{
    struct gateway_effect *effect = gateway_router_effect(effects, GATEWAY_SEND_ANSWER, session);
    effect->cid = request->cid;
    effect->answer.kind = request->kind;
}

static void on_joined(struct gateway_router *router, const struct pending_request *request, struct session *session,
                      const struct gateway_answer *answer, uint64_t now_ms, struct gateway_effects *effects)
{
    if (session == NULL || !answer->is_complete || !session_step(session, SESSION_DID_JOIN)) {
        gateway_router_post_leave(request->url, request->session_id, "DROPPED", effects);
        return;
    }
    session_begin_snapshots(session);
    router->backends.items[session->backend].heard_ms = now_ms;
    send_answer(session, request, effects);
}

static bool enter_stream(struct gateway_router *router, struct session *session, const struct gateway_answer *answer,
                         uint64_t now_ms)
{
    REQUIRE(session->state == SESSION_WATCHING && session->stream == SESSION_NONE);
    struct backend *backend = &router->backends.items[session->backend];
    struct stream named = {.id = answer->stream_id, .spectator_key = backend->key, .backend = session->backend};
    text_copy(named.match_id, sizeof named.match_id, answer->match_id);
    backend->heard_ms = now_ms;
    return stream_enter(&router->streams, &named, session) == STATUS_OK;
}

static void on_watching(struct gateway_router *router, const struct pending_request *request, struct session *session,
                        const struct gateway_answer *answer, uint64_t now_ms, struct gateway_effects *effects)
{
    if (!answer->is_readable) {
        return;
    }
    if (session == NULL || !answer->is_complete || !enter_stream(router, session, answer, now_ms)) {
        gateway_router_post_unwatch(request->url, request->session_id, answer->stream_id, effects);
        return;
    }
    send_answer(session, request, effects);
}

/* session.attempt says whether it still waits for this answer; NULL: not. */
static struct session *waiting_session(const struct gateway_router *router, const struct pending_request *request)
{
    struct session *session = session_table_find(&router->sessions, request->session_id);
    return session != NULL && session->attempt == request->attempt ? session : NULL;
}

void gateway_router_answered(struct gateway_router *router, uint64_t request_id, const struct gateway_answer *answer,
                             uint64_t now_ms, struct gateway_effects *out_effects)
{
    struct pending_request request;
    if (!pending_requests_take(&router->requests, request_id, &request) || router->is_stopping) {
        return;
    }
    REQUIRE(answer->status == STATUS_OK || !answer->is_readable);
    struct session *session = waiting_session(router, &request);
    if (answer->status != STATUS_OK) {
        on_failed(router, &request, session, answer, out_effects);
    } else if (request.kind == GATEWAY_REQUEST_JOIN) {
        on_joined(router, &request, session, answer, now_ms, out_effects);
    } else if (request.kind == GATEWAY_REQUEST_WATCH) {
        on_watching(router, &request, session, answer, now_ms, out_effects);
    } else if (session != NULL && answer->is_complete) {
        if (request.kind == GATEWAY_REQUEST_CANCEL_TICKET) {
            (void)session_step(session, SESSION_LOST_TICKET);
        }
        send_answer(session, &request, out_effects);
    }
}
