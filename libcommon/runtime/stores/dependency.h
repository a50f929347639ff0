/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dependency.h - what the clients of servers (postgres.h, redis.h) have in common: whether the server is reachable and
 * who is notified, when to wake up and reconnect, whether a call is worth making, and the outcome of the calls.
 *
 * Part of its client's struct, which says what is on the wire. Loop's thread only.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_STORES_DEPENDENCY_H
#define MMA_LIBCOMMON_RUNTIME_STORES_DEPENDENCY_H

#include "libcommon/base/status.h"
#include "libcommon/runtime/stores/backoff.h"
#include "libcommon/runtime/stores/breaker.h"
#include "libcommon/runtime/telemetry/metrics.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define DEPENDENCY_RETRY_LEAST_MS   50
#define DEPENDENCY_RETRY_MOST_MS    2000
#define DEPENDENCY_DETAIL_BYTES_MAX 160

/* One for all clients of a kind of server. */
struct dependency_kind {
    struct breaker_policy breaker;
    struct metric *calls_total;   /* label result: ok, error (the server's), expired, lost, refused (by us) */
    struct metric *call_duration; /* s */
    bool is_registered;           /* the metrics are */
};

struct dependency_events {
    void *owner;                                                /* borrowed; must outlive the dependency */
    void (*on_state)(void *owner, bool up, const char *detail); /* each change, and each new reason; may be NULL */
};

struct dependency {
    struct dependency_kind *kind;
    struct dependency_events events;
    uv_timer_t timer; /* data: the client */
    uv_timer_cb on_due;
    uint64_t due_ms; /* when timer fires; UINT64_MAX: not at all */
    struct backoff backoff;
    struct breaker breaker;
    bool is_up, is_closed;
    char detail[DEPENDENCY_DETAIL_BYTES_MAX];
};

/* Away, and on_due is called in the loop's next iteration: time to connect. */
void dependency_init(struct dependency *dependency, uv_loop_t *loop, struct dependency_kind *kind,
                     const struct dependency_events *events, uv_timer_cb on_due, void *client);
/* Nothing is said, admitted or woken after it; on_closed (of the timer) may free the client. */
void dependency_close(struct dependency *dependency, uv_close_cb on_closed);

/* on_due comes at due_ms or earlier; dependency_woken is the first it calls, and then asks for its next. */
void dependency_wake_by(struct dependency *dependency, uint64_t due_ms);
void dependency_woken(struct dependency *dependency);

/* Both may be called again in the same state. The listener may close the client: look at is_closed before going on.
 * Away wakes the client after the back-off, to connect. */
void dependency_came_up(struct dependency *dependency, const char *host, unsigned port);
void dependency_went_away(struct dependency *dependency, const char *detail);

/* Whether to make a call: OK; CANCELLED once closed; UNAVAILABLE while away; what the client itself has against it
 * (`own`, else STATUS_OK); UNAVAILABLE while the breaker is open. A refusal is counted. */
MUST_USE enum status dependency_admit(struct dependency *dependency, enum status own);
/* An admitted call that was not sent after all. */
void dependency_refuse(struct dependency *dependency);
/* The end of an admitted call: OK, REFUSED, EXPIRED or UNAVAILABLE (lost); others are not counted. */
void dependency_report(struct dependency *dependency, enum status status, uint64_t sent_us);

#endif
