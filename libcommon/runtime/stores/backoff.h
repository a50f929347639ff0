/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backoff.h - jittered exponential back-off, pure: randomness is an argument.
 *
 * The n-th delay is drawn from [d/2, d] with d = least_ms × 2^n, at most most_ms ("equal jitter"): many clients of one
 * dead server do not come back at the same moment, and none comes back at once.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_STORES_BACKOFF_H
#define MMA_LIBCOMMON_RUNTIME_STORES_BACKOFF_H

#include <stdint.h>

struct backoff {
    uint32_t least_ms; /* >= 1 */
    uint32_t most_ms;  /* >= least_ms */
    uint32_t attempts; /* since the last reset */
};

void backoff_init(struct backoff *backoff, uint32_t least_ms, uint32_t most_ms);
uint32_t backoff_next_ms(struct backoff *backoff, uint64_t random);
void backoff_reset(struct backoff *backoff); /* after a success */

#endif
