/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/stores/dependency.h"

#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/entropy.h"

#include <stdio.h>
#include <string.h>

static void register_metrics(struct dependency_kind *kind)
{
    if (!kind->is_registered) {
        kind->is_registered = true;
        metrics_register(kind->calls_total);
        metrics_register(kind->call_duration);
    }
}

void dependency_init(struct dependency *dependency, uv_loop_t *loop, struct dependency_kind *kind,
                     const struct dependency_events *events, uv_timer_cb on_due, void *client)
{
    REQUIRE(kind != NULL && on_due != NULL);
    *dependency = (struct dependency){.kind = kind, .events = *events, .on_due = on_due, .due_ms = UINT64_MAX};
    register_metrics(kind);
    backoff_init(&dependency->backoff, DEPENDENCY_RETRY_LEAST_MS, DEPENDENCY_RETRY_MOST_MS);
    breaker_init(&dependency->breaker, &kind->breaker);
    uv_timer_init(loop, &dependency->timer);
    dependency->timer.data = client;
    dependency_wake_by(dependency, 0);
}

void dependency_close(struct dependency *dependency, uv_close_cb on_closed)
{
    REQUIRE(!dependency->is_closed);
    dependency->is_closed = true;
    dependency->is_up = false;
    uv_close((uv_handle_t *)&dependency->timer, on_closed);
}

/* ---- time ---- */

void dependency_wake_by(struct dependency *dependency, uint64_t due_ms)
{
    if (dependency->is_closed || due_ms >= dependency->due_ms) {
        return;
    }
    uint64_t now_ms = clock_monotonic_ms();
    dependency->due_ms = due_ms;
    uv_update_time(dependency->timer.loop);
    uv_timer_start(&dependency->timer, dependency->on_due, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

void dependency_woken(struct dependency *dependency)
{
    dependency->due_ms = UINT64_MAX;
}

/* ---- up and away ---- */

static void say_state(struct dependency *dependency)
{
    if (dependency->events.on_state != NULL) {
        dependency->events.on_state(dependency->events.owner, dependency->is_up, dependency->detail);
    }
}

void dependency_came_up(struct dependency *dependency, const char *host, unsigned port)
{
    REQUIRE(host != NULL);
    if (dependency->is_closed) {
        return;
    }
    dependency->is_up = true;
    backoff_reset(&dependency->backoff);
    breaker_init(&dependency->breaker, &dependency->kind->breaker);
    snprintf(dependency->detail, sizeof dependency->detail, "connected to %.90s:%u", host, port);
    say_state(dependency);
}

void dependency_went_away(struct dependency *dependency, const char *detail)
{
    REQUIRE(detail != NULL);
    if (dependency->is_closed) {
        return;
    }
    char old[DEPENDENCY_DETAIL_BYTES_MAX];
    memcpy(old, dependency->detail, sizeof old);
    snprintf(dependency->detail, sizeof dependency->detail, "%s", detail);
    bool has_changed = dependency->is_up || strcmp(old, dependency->detail) != 0;
    dependency->is_up = false;
    uint64_t pause_ms = backoff_next_ms(&dependency->backoff, entropy_u64());
    dependency_wake_by(dependency, clock_monotonic_ms() + pause_ms);
    if (has_changed) {
        say_state(dependency);
    }
}

/* ---- calls ---- */

enum status dependency_admit(struct dependency *dependency, enum status own)
{
    enum status status = own;
    if (!dependency->is_up) {
        status = dependency->is_closed ? STATUS_CANCELLED : STATUS_UNAVAILABLE;
    } else if (own == STATUS_OK && !breaker_allows(&dependency->breaker, clock_monotonic_ms())) {
        status = STATUS_UNAVAILABLE;
    }
    if (status != STATUS_OK) {
        dependency_refuse(dependency);
    }
    return status;
}

void dependency_refuse(struct dependency *dependency)
{
    metric_add(dependency->kind->calls_total, 1, "refused", NULL);
}

void dependency_report(struct dependency *dependency, enum status status, uint64_t sent_us)
{
    REQUIRE((unsigned)status < STATUS_COUNT);
    static const char *const results[STATUS_COUNT] = {
        [STATUS_OK] = "ok", [STATUS_REFUSED] = "error", [STATUS_EXPIRED] = "expired", [STATUS_UNAVAILABLE] = "lost"};
    if (results[status] == NULL) {
        return;
    }
    bool is_answered = status == STATUS_OK || status == STATUS_REFUSED;
    metric_add(dependency->kind->calls_total, 1, results[status], NULL);
    metric_observe(dependency->kind->call_duration, (double)(clock_monotonic_us() - sent_us) / 1e6, NULL, NULL);
    breaker_report(&dependency->breaker, is_answered, clock_monotonic_ms());
}
