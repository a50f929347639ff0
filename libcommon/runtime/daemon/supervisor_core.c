/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/daemon/supervisor_core.h"

#include <string.h>

void supervisor_core_init(struct supervisor_core *core, const struct supervisor_policy *policy)
{
    REQUIRE(policy->intensity <= SUPERVISOR_RESTARTS_MAX);
    *core = (struct supervisor_core){.policy = *policy};
}

static void forget_old(struct supervisor_core *core, uint64_t now_ms)
{
    uint32_t old = 0;
    while (old < core->count && now_ms - core->times_ms[old] > core->policy.period_ms) {
        old++;
    }
    core->count -= old;
    memmove(core->times_ms, core->times_ms + old, core->count * sizeof core->times_ms[0]);
}

static uint64_t delay_ms(const struct supervisor_core *core)
{
    if (core->count == 0) {
        return 0;
    }
    uint64_t delay = (uint64_t)core->policy.backoff_ms << (core->count - 1); /* count is below 32: cannot overflow */
    return delay < core->policy.backoff_max_ms ? delay : core->policy.backoff_max_ms;
}

bool supervisor_core_restart(struct supervisor_core *core, uint64_t now_ms, uint64_t *out_delay_ms)
{
    REQUIRE(out_delay_ms != NULL);
    forget_old(core, now_ms);
    if (core->count >= core->policy.intensity) {
        return false;
    }
    *out_delay_ms = delay_ms(core);
    core->times_ms[core->count++] = now_ms;
    return true;
}
