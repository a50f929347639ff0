/* SPDX-License-Identifier: Apache-2.0 */
/*
 * breaker.h - circuit breaker, pure: time is an argument. States and defaults after resilience4j.
 *
 * CLOSED counts the last `window` calls; when at least `window / 2` are known and failure_percent of them failed it
 * OPENs for open_ms, then lets half_open_calls through; if those succeed it closes, if one fails it opens again.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_STORES_BREAKER_H
#define MMA_LIBCOMMON_RUNTIME_STORES_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_WINDOW_MAX 128

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };

struct breaker_policy {
    uint32_t window;          /* calls remembered, 2 .. BREAKER_WINDOW_MAX */
    uint32_t failure_percent; /* 1 .. 100 */
    uint32_t open_ms;
    uint32_t half_open_calls;
};

struct breaker {
    struct breaker_policy policy;
    enum breaker_state state;
    uint32_t known, failures, next;
    uint32_t half_open_started, half_open_succeeded;
    uint64_t open_until_ms;
    bool outcomes[BREAKER_WINDOW_MAX]; /* true: failed */
};

void breaker_init(struct breaker *breaker, const struct breaker_policy *policy);
bool breaker_allows(struct breaker *breaker, uint64_t now_ms); /* true: make the call and report its outcome */
void breaker_report(struct breaker *breaker, bool succeeded, uint64_t now_ms);

#endif
