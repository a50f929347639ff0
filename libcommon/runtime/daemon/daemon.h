/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon.h - the frame every daemon stands in.
 *
 * daemon_main reads the settings (common ones and the daemon's own), answers --help, --check-config, --version and
 * --settings-markdown, becomes a supervisor of WORKERS processes (by fork and exec of itself with --worker N: NNG is
 * not fork-safe), and in each worker runs one loop: start → ready → (SIGTERM) drain → stop. SIGINT and SIGTERM drain; a
 * second one, or DRAIN_TIMEOUT_MS, stops at once. Exit codes: 0 clean, 78 settings, 70 gave up (restart intensity), or
 * a worker ended badly.
 *
 * Admin port (ADMIN_PORT + worker): GET /healthz (alive, for people: JSON with version and uptime), /livez (200 while
 * the loop iterates), /readyz (200 when every required dependency is there, else 503; JSON lists each), /metrics.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_DAEMON_DAEMON_H
#define MMA_LIBCOMMON_RUNTIME_DAEMON_DAEMON_H

#include "libcommon/base/status.h"
#include "libcommon/runtime/daemon/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define DAEMON_DEPENDENCIES_MAX 8

struct daemon;

/* Settings that all daemons share; documented in daemon.c's table. */
struct daemon_settings {
    uint32_t workers;           /* WORKERS */
    uint32_t admin_port;        /* ADMIN_PORT; worker N listens on ADMIN_PORT + N */
    const char *bind_host;      /* BIND_HOST: address all listeners bind */
    const char *mailbox_host;   /* MAILBOX_HOST: address other daemons reach this one's mailbox at */
    const char *cluster_key;    /* CLUSTER_KEY: secret for HMAC on mailbox batches; empty: none */
    const char *region;         /* REGION: na_east, na_west, eu_west, asia_pacific */
    const char *database_url;   /* DATABASE_URL */
    const char *redis_url;      /* REDIS_URL */
    const char *amqp_url;       /* AMQP_URL */
    const char *log_level;      /* LOG_LEVEL */
    uint32_t drain_timeout_ms;  /* DRAIN_TIMEOUT_MS */
    uint32_t restarts;          /* SUPERVISOR_RESTARTS */
    uint32_t restart_period_ms; /* SUPERVISOR_PERIOD_MS */
};

struct daemon_spec {
    const char *name;    /* "gateway" */
    const char *summary; /* one line for --help */
    const struct config_row *rows;
    size_t row_count;
    void *settings; /* static storage of the daemon; filled before start */
    /* What a row alone cannot say: settings that do not go together, a file that is no key. Returns what is wrong,
     * static and without secrets, or NULL. Called once the rows are right, also for --check-config. May be NULL. */
    const char *(*check)(const void *settings);
    /* In a worker, on its loop. Opens everything; an error ends the worker (and is logged by the frame). */
    enum status (*start)(struct daemon *daemon, void **out_instance);
    /* Stop taking new work, then call daemon_drained. NULL: nothing to drain. */
    void (*drain)(void *instance);
    /* Close every handle; the frame then runs the loop until it is empty. */
    void (*stop)(void *instance);
    /* After the loop is empty: free the instance. May be NULL. */
    void (*destroy)(void *instance);
};

/* The whole of a daemon's main(): returns its exit code. The started process is always the supervisor, also of one
 * worker. */
int daemon_main(const struct daemon_spec *spec, int argc, char **argv);

uv_loop_t *daemon_loop(struct daemon *daemon);
const struct daemon_settings *daemon_settings(const struct daemon *daemon);
unsigned daemon_worker(const struct daemon *daemon); /* 0 .. workers - 1 */
void daemon_drained(struct daemon *daemon); /* from drain, or later; stop is called in a later iteration of the loop */

/* What start failed at ("port 8080 is taken"), for the line daemon.start_failed: call before returning an error. */
void daemon_explain(struct daemon *daemon, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * Dependencies that /readyz lists. name is borrowed for ever; detail is copied (for people; NULL: none). A required one
 * that is away makes the worker not ready; the others only show. Name each in start, even when it is away: one that has
 * not been named is not waited for. Each change is logged (dependency.changed) and stands in
 * mma_dependency_up{dependency}.
 */
void daemon_dependency(struct daemon *daemon, const char *name, bool required, bool up, const char *detail);

#endif
