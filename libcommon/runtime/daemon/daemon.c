/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/daemon/daemon.h"

#include "libcommon/runtime/daemon/daemon_internal.h"
#include "libcommon/runtime/telemetry/clock.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LAG_PERIOD_MS UINT64_C(1000)

static void on_drain_over(uv_timer_t *timer);

uv_loop_t *daemon_loop(struct daemon *daemon)
{
    return &daemon->loop;
}

const struct daemon_settings *daemon_settings(const struct daemon *daemon)
{
    return &daemon->settings;
}

unsigned daemon_worker(const struct daemon *daemon)
{
    return daemon->worker;
}

void daemon_explain(struct daemon *daemon, const char *format, ...)
{
    REQUIRE(format != NULL);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(daemon->explanation, sizeof daemon->explanation, format, arguments);
    va_end(arguments);
}

void daemon_drained(struct daemon *daemon)
{
    if (daemon->state == DAEMON_DRAINING && !daemon->drained) {
        daemon->drained = true;
        uv_timer_start(&daemon->drain_timer, on_drain_over, 0, 0); /* not on the caller's stack */
    }
}

/* ---- a worker's life ------------------------------------------------------------------------------ */

static void close_handles(struct daemon *daemon)
{
    http_server_close(daemon->admin);
    uv_close((uv_handle_t *)&daemon->terminate, NULL);
    uv_close((uv_handle_t *)&daemon->drain_timer, NULL);
    uv_close((uv_handle_t *)&daemon->lag_timer, NULL);
}

static void stop(struct daemon *daemon)
{
    daemon->state = DAEMON_STOPPED;
    daemon->spec->stop(daemon->instance);
    close_handles(daemon);
}

static void on_drain_over(uv_timer_t *timer)
{
    stop(timer->data);
}

/* A second signal changes nothing: the supervisor is the one to lose patience. */
static void on_terminate(uv_signal_t *handle, int number)
{
    struct daemon *daemon = handle->data;
    if (daemon->state != DAEMON_SERVING) {
        return;
    }
    daemon->state = DAEMON_DRAINING;
    daemon->was_ready = false;
    log_info("daemon.draining", LOG_I64("signal", number), LOG_U64("timeout_ms", daemon->settings.drain_timeout_ms));
    uv_timer_start(&daemon->drain_timer, on_drain_over, daemon->settings.drain_timeout_ms, 0);
    if (daemon->spec->drain != NULL) {
        daemon->spec->drain(daemon->instance);
    } else {
        daemon_drained(daemon);
    }
}

static void start_lag_timer(struct daemon *daemon);

static void on_lag_due(uv_timer_t *timer)
{
    struct daemon *daemon = timer->data;
    uint64_t now_us = clock_monotonic_us();
    daemon_admin_observe_lag(now_us > daemon->lag_due_us ? (double)(now_us - daemon->lag_due_us) / 1e6 : 0);
    start_lag_timer(daemon);
}

static void start_lag_timer(struct daemon *daemon)
{
    uv_update_time(&daemon->loop);
    daemon->lag_due_us = clock_monotonic_us() + LAG_PERIOD_MS * 1000;
    uv_timer_start(&daemon->lag_timer, on_lag_due, LAG_PERIOD_MS, 0);
}

static void open_handles(struct daemon *daemon)
{
    REQUIRE(uv_loop_init(&daemon->loop) == 0);
    uv_timer_init(&daemon->loop, &daemon->drain_timer);
    uv_timer_init(&daemon->loop, &daemon->lag_timer);
    uv_signal_init(&daemon->loop, &daemon->terminate);
    daemon->terminate.data = daemon->drain_timer.data = daemon->lag_timer.data = daemon;
    uv_signal_start(&daemon->terminate, on_terminate, SIGTERM);
    start_lag_timer(daemon);
}

static enum status start(struct daemon *daemon)
{
    daemon->started_ms = clock_monotonic_ms();
    open_handles(daemon);
    enum status status = daemon_admin_open(daemon);
    if (status == STATUS_OK) {
        status = daemon->spec->start(daemon, &daemon->instance);
    }
    return status;
}

/* What the daemon's own start left open must not hold the process back: the kernel closes it. */
static int end_failed_start(struct daemon *daemon, enum status status)
{
    log_error("daemon.start_failed", LOG_STATUS(status),
              LOG_TEXT("detail", daemon->explanation[0] ? daemon->explanation : NULL));
    close_handles(daemon);
    uv_run(&daemon->loop, UV_RUN_NOWAIT);
    uv_loop_close(&daemon->loop);
    return EXIT_FAILURE;
}

int daemon_run_worker(struct daemon *daemon)
{
    enum status status = start(daemon);
    if (status != STATUS_OK) {
        return end_failed_start(daemon, status);
    }
    daemon->state = DAEMON_SERVING;
    log_info("daemon.started", LOG_TEXT("version", MMA_VERSION), LOG_U64("pid", (uint64_t)getpid()),
             LOG_U64("admin_port", http_server_port(daemon->admin)));
    daemon_note_ready(daemon);
    uv_run(&daemon->loop, UV_RUN_DEFAULT);
    if (daemon->spec->destroy != NULL) {
        daemon->spec->destroy(daemon->instance);
    }
    uv_loop_close(&daemon->loop);
    log_info("daemon.stopped", LOG_BOOL("drained", daemon->drained));
    return EXIT_SUCCESS;
}
