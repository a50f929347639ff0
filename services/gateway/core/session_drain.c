/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/core/session_drain.h"

void session_drain_begin(struct session_drain *drain, uint32_t grace_ms, uint64_t now_ms)
{
    *drain = (struct session_drain){.is_draining = true, .until_ms = now_ms + grace_ms};
}

bool session_drain_ends(const struct session_drain *drain, enum session_state state, uint64_t now_ms)
{
    REQUIRE(drain->is_draining);
    return now_ms >= drain->until_ms || (state != SESSION_JOINING && state != SESSION_JOINED);
}

bool session_drain_finish(struct session_drain *drain, size_t open_sockets)
{
    REQUIRE(drain->is_draining);
    if (drain->has_drained || open_sockets > 0) {
        return false;
    }
    drain->has_drained = true;
    return true;
}
