/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/stores/backoff.h"

#include "libcommon/base/status.h"

void backoff_init(struct backoff *backoff, uint32_t least_ms, uint32_t most_ms)
{
    REQUIRE(least_ms >= 1 && least_ms <= most_ms);
    *backoff = (struct backoff){.least_ms = least_ms, .most_ms = most_ms};
}

uint32_t backoff_next_ms(struct backoff *backoff, uint64_t random)
{
    REQUIRE(backoff->least_ms >= 1 && backoff->least_ms <= backoff->most_ms);
    uint64_t delay_ms = backoff->most_ms;
    if (backoff->attempts < 32) {
        uint64_t doubled_ms = (uint64_t)backoff->least_ms << backoff->attempts;
        delay_ms = doubled_ms < delay_ms ? doubled_ms : delay_ms;
        backoff->attempts++;
    }
    uint64_t half_ms = delay_ms / 2;
    return (uint32_t)(delay_ms - half_ms + random % (half_ms + 1));
}

void backoff_reset(struct backoff *backoff)
{
    backoff->attempts = 0;
}
