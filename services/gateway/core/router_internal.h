/* SPDX-License-Identifier: Apache-2.0 */
/* router_internal.h - what the router's own files share. */
#ifndef MMA_SERVICES_GATEWAY_CORE_ROUTER_INTERNAL_H
#define MMA_SERVICES_GATEWAY_CORE_ROUTER_INTERNAL_H

#include "services/gateway/core/router.h"

/* The invariants that every change of a session keeps. */
void gateway_router_check(const struct gateway_router *router);

/* An effect about a session (NULL: about none), to be filled in. */
struct gateway_effect *gateway_router_effect(struct gateway_effects *effects, enum gateway_effect_kind kind,
                                             const struct session *session);
static inline bool gateway_router_has_room(const struct gateway_effects *effects)
{
    return effects->count + GATEWAY_EFFECTS_OF_ONE <= GATEWAY_EFFECTS_MAX;
}

void gateway_router_error(const struct session *session, uint32_t cid, const char *code, const char *context,
                          const char *message, struct gateway_effects *effects);

/* Ends the session's ticket, match or stream here, without a message to the other side. Nothing happens when the event
 * does not fit the state. */
void gateway_router_detach(struct gateway_router *router, struct session *session, enum session_event event);

void gateway_router_post_leave(const char *url, uint64_t session_id, const char *reason,
                               struct gateway_effects *effects);
void gateway_router_post_unwatch(const char *url, uint64_t session_id, uint64_t stream_id,
                                 struct gateway_effects *effects);

/* The session ends: other processes get what they are owed, the socket its close code. result: see ended.result. */
void gateway_router_end(struct gateway_router *router, struct session *session, enum gateway_close_code code,
                        const char *close_reason, const char *result, uint64_t now_ms, struct gateway_effects *effects);

/* The player's open ticket is cancelled for a session that has ended. */
void gateway_router_abandon_ticket(struct gateway_router *router, const struct session *session,
                                   struct gateway_effects *effects);

#endif
