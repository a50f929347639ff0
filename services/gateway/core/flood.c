/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/core/flood.h"

enum flood_verdict flood_note(struct flood *flood, uint64_t now_ms)
{
    if (!flood->is_on || now_ms - flood->last_ms > FLOOD_PAUSE_MS) {
        *flood = (struct flood){.is_on = true, .since_ms = now_ms, .last_ms = now_ms, .told_ms = now_ms};
        return FLOOD_TELL;
    }
    flood->last_ms = now_ms;
    if (now_ms - flood->since_ms >= FLOOD_CLOSE_MS) {
        return FLOOD_CLOSE;
    }
    if (now_ms - flood->told_ms < FLOOD_TELL_MS) {
        return FLOOD_DROP;
    }
    flood->told_ms = now_ms;
    return FLOOD_TELL;
}
