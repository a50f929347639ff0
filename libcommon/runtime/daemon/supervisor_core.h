/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor_core.h - when to restart a child and when to give up: pure, time is an argument.
 *
 * As OTP's supervisor: a restart counts for period_ms; when more than `intensity` fall within it, give up. The first
 * restart of a window is immediate, the second waits backoff_ms, each further one twice as long, up to backoff_max_ms.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_DAEMON_SUPERVISOR_CORE_H
#define MMA_LIBCOMMON_RUNTIME_DAEMON_SUPERVISOR_CORE_H

#include "libcommon/runtime/daemon/supervisor.h"

#include <stdbool.h>
#include <stdint.h>

struct supervisor_core {
    struct supervisor_policy policy;
    uint32_t count; /* restarts remembered, oldest first */
    uint64_t times_ms[SUPERVISOR_RESTARTS_MAX];
};

void supervisor_core_init(struct supervisor_core *core, const struct supervisor_policy *policy);

/* A child has exited. True: restart it in *out_delay_ms. False: give up. */
bool supervisor_core_restart(struct supervisor_core *core, uint64_t now_ms, uint64_t *out_delay_ms);

#endif
