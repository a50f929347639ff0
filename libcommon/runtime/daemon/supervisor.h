/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor.h - keeps child processes alive, as an Erlang/OTP one_for_one supervisor does.
 *
 * supervisor_core is pure (time in, decisions out); supervisor.c carries them out on a loop: spawns by exec, waits,
 * restarts with back-off, and gives up when more than `intensity` restarts fall within `period_ms` (OTP: escalation).
 */
#ifndef MMA_LIBCOMMON_RUNTIME_DAEMON_SUPERVISOR_H
#define MMA_LIBCOMMON_RUNTIME_DAEMON_SUPERVISOR_H

#include "libcommon/base/status.h"

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define SUPERVISOR_CHILDREN_MAX 64
#define SUPERVISOR_RESTARTS_MAX 32 /* remembered restart times; intensity is at most this */

struct supervisor_policy {
    uint32_t intensity;  /* restarts allowed within the period */
    uint32_t period_ms;  /* sliding window */
    uint32_t backoff_ms; /* before the second restart in a window, doubling to backoff_max_ms */
    uint32_t backoff_max_ms;
    uint32_t stop_timeout_ms; /* SIGTERM, then SIGKILL after this */
};

struct supervisor;

struct supervisor_child_spec {
    char *const *argv; /* borrowed while the supervisor lives */
    const char *file;  /* the path executed; NULL: argv[0] */
    char *const *envp; /* NULL: inherit */
};

/* Children are started from the loop; one that cannot be spawned counts as exited with 127. */
struct supervisor_events {
    void *owner;
    void (*on_exited)(void *owner, size_t child, int64_t exit_status, int signal, uint64_t restart_in_ms);
    void (*on_gave_up)(void *owner, size_t child); /* intensity exceeded; the others are being stopped */
    void (*on_stopped)(void *owner);               /* last call: no child is left */
};

MUST_USE enum status supervisor_start(uv_loop_t *loop, const struct supervisor_child_spec *children, size_t count,
                                      const struct supervisor_policy *policy, const struct supervisor_events *events,
                                      struct supervisor **out_supervisor);
void supervisor_stop(struct supervisor *supervisor);    /* SIGTERM to all; on_stopped follows; safe to call twice */
void supervisor_kill(struct supervisor *supervisor);    /* SIGKILL to all */
void supervisor_destroy(struct supervisor *supervisor); /* after on_stopped; takes NULL */

#endif
