/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of clients up to the point where they are admitted, and rows of inputs. */
#include "services/gateway/core/router.h"
#include "services/gateway/core/router_internal.h"

static void on_flood(struct gateway_router *router, struct session *session, const char *context, uint64_t now_ms,
                     struct gateway_effects *effects)
{
    switch (flood_note(&router->clients[session->slot].limits.flood, now_ms)) {
    case FLOOD_DROP:
        return;
    case FLOOD_WARN:
        gateway_router_error(session, 0, "RATE_LIMITED", context, "too many messages: some were dropped", effects);
        return;
    case FLOOD_CLOSE:
        gateway_router_end(router, session, GATEWAY_CLOSE_RATE_LIMITED, "too many messages for too long", NULL, now_ms,
                           effects);
        return;
    }
}

bool gateway_router_frame(struct gateway_router *router, struct session *session, uint64_t now_ms,
                          struct gateway_effects *out_effects)
{
    REQUIRE(session->id != 0);
    if (client_limits_take_frame(&router->clients[session->slot].limits, now_ms)) {
        return true;
    }
    on_flood(router, session, "", now_ms, out_effects);
    return false;
}

void gateway_router_invalid(struct gateway_router *router, struct session *session, uint32_t cid, const char *field,
                            const char *message, uint64_t now_ms, struct gateway_effects *out_effects)
{
    REQUIRE(session->id != 0 && field != NULL && message != NULL);
    if (session->state == SESSION_CONNECTING) {
        gateway_router_unauthorized(router, session, "authenticate must be first", now_ms, out_effects);
    } else if (!client_limits_take_message(&router->clients[session->slot].limits, false, now_ms)) {
        on_flood(router, session, "", now_ms, out_effects);
    } else {
        gateway_router_error(session, cid, "INVALID_INPUT", field, message, out_effects);
    }
}

enum gateway_message_result gateway_router_message(struct gateway_router *router, struct session *session,
                                                   enum session_message kind, uint32_t cid, uint64_t now_ms,
                                                   struct gateway_effects *out_effects)
{
    REQUIRE(session->id != 0 && kind < SESSION_MESSAGE_COUNT);
    struct client_limits *limits = &router->clients[session->slot].limits;
    if (!client_limits_take_message(limits, kind == SESSION_SAYS_INPUT, now_ms)) {
        on_flood(router, session, session_message_name(kind), now_ms, out_effects);
        return GATEWAY_MESSAGE_RATE_LIMITED;
    }
    switch (session_admit(session, kind)) {
    case SESSION_ADMIT:
        return GATEWAY_MESSAGE_ADMITTED;
    case SESSION_IGNORE:
        return GATEWAY_MESSAGE_LATE;
    case SESSION_INVALID_STATE:
        gateway_router_error(session, cid, "INVALID_STATE", session_message_name(kind),
                             "this message is not for the state the session is in", out_effects);
        return GATEWAY_MESSAGE_INVALID_STATE;
    case SESSION_UNAUTHORIZED:
        gateway_router_unauthorized(router, session, "authenticate must be first", now_ms, out_effects);
        return GATEWAY_MESSAGE_INVALID_STATE;
    }
    return GATEWAY_MESSAGE_INVALID_STATE;
}

void gateway_router_ping(const struct session *session, uint32_t cid, struct gateway_effects *out_effects)
{
    gateway_router_effect(out_effects, GATEWAY_SEND_PONG, session)->cid = cid;
}

/* ---- inputs ------------------------------------------------------------------------------------ */

struct gateway_input_row gateway_router_add_row(struct gateway_router *router, struct session *session,
                                                enum gateway_row kind)
{
    REQUIRE(session->state == SESSION_JOINED && session->backend < router->backends.used);
    struct backend *backend = &router->backends.items[session->backend];
    struct gateway_input_row row = {.backend = session->backend, .starts_timer = !router->is_batch_due};
    if (backend->batched == GATEWAY_INPUT_BATCH_MAX) {
        row.send_before = backend->batched;
        backend->batched = 0;
    }
    row.row = backend->batched++;
    row.skipped = session_take_skipped(session);
    row.written_tick = row.skipped > 0 ? session->written_tick : 0;
    if (kind == GATEWAY_ROW_SET_RATE) { /* borrows its message */
        row.send_after = backend->batched;
        backend->batched = 0;
    }
    router->is_batch_due = true;
    return row;
}

void gateway_router_batch_due(struct gateway_router *router)
{
    router->is_batch_due = false;
}

uint32_t gateway_router_take_batch(struct gateway_router *router, uint32_t backend)
{
    REQUIRE(backend < router->backends.used);
    uint32_t rows = router->backends.items[backend].batched;
    REQUIRE(rows <= GATEWAY_INPUT_BATCH_MAX);
    router->backends.items[backend].batched = 0;
    return rows;
}
