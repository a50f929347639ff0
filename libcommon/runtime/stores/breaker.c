/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/stores/breaker.h"

#include "libcommon/base/status.h"

#include <string.h>

static void close_circuit(struct breaker *breaker)
{
    breaker->state = BREAKER_CLOSED;
    breaker->known = breaker->failures = breaker->next = 0;
    memset(breaker->outcomes, 0, sizeof breaker->outcomes);
}

static void open_circuit(struct breaker *breaker, uint64_t now_ms)
{
    breaker->state = BREAKER_OPEN;
    breaker->open_until_ms = now_ms + breaker->policy.open_ms;
}

void breaker_init(struct breaker *breaker, const struct breaker_policy *policy)
{
    REQUIRE(policy->window >= 2 && policy->window <= BREAKER_WINDOW_MAX);
    REQUIRE(policy->failure_percent >= 1 && policy->failure_percent <= 100);
    REQUIRE(policy->half_open_calls >= 1);
    *breaker = (struct breaker){.policy = *policy};
    close_circuit(breaker);
}

bool breaker_allows(struct breaker *breaker, uint64_t now_ms)
{
    REQUIRE(breaker->policy.window >= 2);
    REQUIRE(breaker->failures <= breaker->known && breaker->known <= breaker->policy.window);
    if (breaker->state == BREAKER_OPEN && now_ms >= breaker->open_until_ms) {
        breaker->state = BREAKER_HALF_OPEN;
        breaker->half_open_started = breaker->half_open_succeeded = 0;
    }
    switch (breaker->state) {
    case BREAKER_CLOSED:
        return true;
    case BREAKER_OPEN:
        return false;
    case BREAKER_HALF_OPEN:
        if (breaker->half_open_started == breaker->policy.half_open_calls) {
            return false;
        }
        breaker->half_open_started++;
        return true;
    }
    return false;
}

static void remember(struct breaker *breaker, bool failed)
{
    bool *outcome = &breaker->outcomes[breaker->next];
    if (breaker->known == breaker->policy.window) {
        breaker->failures -= *outcome;
    } else {
        breaker->known++;
    }
    *outcome = failed;
    breaker->failures += failed;
    breaker->next = (breaker->next + 1) % breaker->policy.window;
}

static void report_closed(struct breaker *breaker, bool succeeded, uint64_t now_ms)
{
    remember(breaker, !succeeded);
    bool judged = breaker->known >= breaker->policy.window / 2;
    if (judged && breaker->failures * 100 >= breaker->policy.failure_percent * breaker->known) {
        open_circuit(breaker, now_ms);
    }
}

static void report_half_open(struct breaker *breaker, bool succeeded, uint64_t now_ms)
{
    if (!succeeded) {
        open_circuit(breaker, now_ms);
    } else if (++breaker->half_open_succeeded >= breaker->policy.half_open_calls) {
        close_circuit(breaker);
    }
}

void breaker_report(struct breaker *breaker, bool succeeded, uint64_t now_ms)
{
    REQUIRE(breaker->failures <= breaker->known && breaker->known <= breaker->policy.window);
    switch (breaker->state) {
    case BREAKER_CLOSED:
        report_closed(breaker, succeeded, now_ms);
        break;
    case BREAKER_OPEN:
        break; /* of a call that began before it opened: says nothing new */
    case BREAKER_HALF_OPEN:
        report_half_open(breaker, succeeded, now_ms);
        break;
    }
}
