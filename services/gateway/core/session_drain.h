/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_drain.h - the way out: sessions outside a match end at once, the others when their match does or the grace is
 * over; once the last socket is gone the gateway may stop.
 */
#ifndef MMA_SERVICES_GATEWAY_CORE_SESSION_DRAIN_H
#define MMA_SERVICES_GATEWAY_CORE_SESSION_DRAIN_H

#include "services/gateway/core/session.h"

struct session_drain {
    bool is_draining;
    bool has_drained;
    uint64_t until_ms; /* end of the grace */
};

void session_drain_begin(struct session_drain *drain, uint32_t grace_ms, uint64_t now_ms);

/* While draining: whether a session in that state ends now. */
bool session_drain_ends(const struct session_drain *drain, enum session_state state, uint64_t now_ms);

/* While draining: true once, when no socket is left. */
bool session_drain_finish(struct session_drain *drain, size_t open_sockets);

#endif
