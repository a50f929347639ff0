/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon_internal.h - what daemon_main.c (command line, supervisor), daemon.c (a worker's life), daemon_admin.c (admin
 * port) and daemon_settings.c share; nobody else includes it.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_DAEMON_DAEMON_INTERNAL_H
#define MMA_LIBCOMMON_RUNTIME_DAEMON_DAEMON_INTERNAL_H

#include "libcommon/runtime/daemon/daemon.h"
#include "libcommon/runtime/web/http_server.h"

#include <stdio.h>

#ifndef MMA_VERSION
#define MMA_VERSION "0.1.0"
#endif

#define DAEMON_DETAIL_BYTES_MAX 256

/* STARTING → SERVING → DRAINING → STOPPED; or SERVING → STOPPED when nothing has to drain. */
enum daemon_state { DAEMON_STARTING, DAEMON_SERVING, DAEMON_DRAINING, DAEMON_STOPPED };

struct daemon_dependency {
    const char *name;
    bool required, up;
    char detail[DAEMON_DETAIL_BYTES_MAX];
};

struct daemon {
    const struct daemon_spec *spec;
    struct daemon_settings settings;
    unsigned worker;
    uv_loop_t loop;
    uv_signal_t terminate;
    uv_timer_t drain_timer, lag_timer;
    uint64_t started_ms, lag_due_us;
    struct http_server *admin;
    void *instance;
    enum daemon_state state;
    bool drained, was_ready;
    char explanation[DAEMON_DETAIL_BYTES_MAX];
    size_t dependency_count;
    struct daemon_dependency dependencies[DAEMON_DEPENDENCIES_MAX];
};

extern const struct config_row daemon_rows[];
extern const size_t daemon_row_count;

/* What a table cannot say of a setting: one line in out for each that is wrong. */
MUST_USE enum status daemon_settings_check(const struct daemon_settings *settings, FILE *out);

int daemon_run_worker(struct daemon *daemon); /* returns the process's exit code */

MUST_USE enum status daemon_admin_open(struct daemon *daemon);
void daemon_admin_observe_lag(double seconds);
void daemon_note_ready(struct daemon *daemon); /* logs daemon.ready when that has become true */

#endif
