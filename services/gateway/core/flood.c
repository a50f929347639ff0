/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/core/flood.h"

#include "libcommon/base/status.h"

enum flood_verdict flood_note(struct flood *flood, uint64_t now_ms)
{
    REQUIRE(flood->last_ms <= now_ms);
    if (!flood->is_on || now_ms - flood->last_ms > FLOOD_PAUSE_MS) {
        *flood = (struct flood){.is_on = true, .since_ms = now_ms, .last_ms = now_ms, .warned_ms = now_ms};
        return FLOOD_WARN;
    }
    flood->last_ms = now_ms;
    if (now_ms - flood->since_ms >= FLOOD_CLOSE_MS) {
        return FLOOD_CLOSE;
    }
    if (now_ms - flood->warned_ms < FLOOD_WARN_MS) {
        return FLOOD_DROP;
    }
    flood->warned_ms = now_ms;
    return FLOOD_WARN;
}
