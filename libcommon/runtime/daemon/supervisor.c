/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/daemon/supervisor.h"

#include "libcommon/runtime/daemon/supervisor_core.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

struct supervised {
    struct supervisor *supervisor;
    struct supervisor_child_spec spec;
    uv_process_t process;
    uv_timer_t restart;
    bool running; /* process is a live child */
    bool closing; /* process is an ended child whose handle is not closed yet */
};

struct supervisor {
    uv_loop_t *loop;
    struct supervisor_core core;
    struct supervisor_events events;
    uv_timer_t stop_timer;
    bool stopping, closed;
    size_t handles; /* timers not closed yet */
    size_t count;
    struct supervised children[];
};

static void on_child_exit(uv_process_t *process, int64_t exit_status, int signal);
static void restart_later(struct supervised *child, int64_t exit_status, int signal);

static size_t index_of(const struct supervised *child)
{
    return (size_t)(child - child->supervisor->children);
}

/* A spawn that fails counts as a child that exited at once. */
static enum status spawn(struct supervised *child)
{
    uv_stdio_container_t stdio[3] = {
        {.flags = UV_IGNORE}, {.flags = UV_INHERIT_FD, .data.fd = 1}, {.flags = UV_INHERIT_FD, .data.fd = 2}};
    uv_process_options_t options = {
        .exit_cb = on_child_exit,
        .file = child->spec.file != NULL ? child->spec.file : child->spec.argv[0],
        .stdio_count = 3,
        .stdio = stdio,
    };
    options.args = (char **)(uintptr_t)child->spec.argv; /* libuv only reads them */
    options.env = (char **)(uintptr_t)child->spec.envp;
    child->process.data = child;
    child->running = uv_spawn(child->supervisor->loop, &child->process, &options) == 0;
    child->closing = !child->running;
    return child->running ? STATUS_OK : STATUS_IO;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct supervisor *supervisor = handle->data;
    if (--supervisor->handles == 0) {
        supervisor->closed = true;
        supervisor->events.on_stopped(supervisor->events.owner);
    }
}

static void close_timers(struct supervisor *supervisor)
{
    supervisor->handles = supervisor->count + 1;
    for (size_t i = 0; i < supervisor->count; i++) {
        supervisor->children[i].restart.data = supervisor;
        uv_close((uv_handle_t *)&supervisor->children[i].restart, on_timer_closed);
    }
    uv_close((uv_handle_t *)&supervisor->stop_timer, on_timer_closed);
}

static void finish_when_alone(struct supervisor *supervisor)
{
    for (size_t i = 0; i < supervisor->count; i++) {
        if (supervisor->children[i].running || supervisor->children[i].closing) {
            return;
        }
    }
    if (supervisor->stopping && supervisor->handles == 0 && !supervisor->closed) {
        close_timers(supervisor);
    }
}

static void on_process_closed(uv_handle_t *handle)
{
    struct supervised *child = handle->data;
    child->closing = false;
    finish_when_alone(child->supervisor);
}

static void on_restart_due(uv_timer_t *timer)
{
    struct supervised *child = timer->data;
    if (child->closing) { /* the old handle is freed within this iteration of the loop */
        uv_timer_start(timer, on_restart_due, 1, 0);
        return;
    }
    if (spawn(child) != STATUS_OK) {
        uv_close((uv_handle_t *)&child->process, on_process_closed);
        restart_later(child, 127, 0);
    }
}

/* The child is gone: says so, and starts it again or gives up. */
static void restart_later(struct supervised *child, int64_t exit_status, int signal)
{
    struct supervisor *supervisor = child->supervisor;
    const struct supervisor_events *events = &supervisor->events;
    uint64_t delay_ms = 0;
    bool again =
        !supervisor->stopping && supervisor_core_restart(&supervisor->core, uv_now(supervisor->loop), &delay_ms);
    events->on_exited(events->owner, index_of(child), exit_status, signal, delay_ms);
    if (again) {
        uv_timer_start(&child->restart, on_restart_due, delay_ms, 0);
    } else if (!supervisor->stopping) {
        events->on_gave_up(events->owner, index_of(child));
        supervisor_stop(supervisor);
    }
}

static void on_child_exit(uv_process_t *process, int64_t exit_status, int signal)
{
    struct supervised *child = process->data;
    child->running = false;
    child->closing = true;
    uv_close((uv_handle_t *)process, on_process_closed);
    restart_later(child, exit_status, signal);
}

static void signal_all(struct supervisor *supervisor, int signal)
{
    for (size_t i = 0; i < supervisor->count; i++) {
        if (supervisor->children[i].running) {
            uv_process_kill(&supervisor->children[i].process, signal);
        }
    }
}

static void on_stop_timeout(uv_timer_t *timer)
{
    supervisor_kill(timer->data);
}

enum status supervisor_start(uv_loop_t *loop, const struct supervisor_child_spec *children, size_t count,
                             const struct supervisor_policy *policy, const struct supervisor_events *events,
                             struct supervisor **out_supervisor)
{
    REQUIRE(children != NULL && count > 0);
    if (count == 0 || count > SUPERVISOR_CHILDREN_MAX) {
        return STATUS_INVALID;
    }
    struct supervisor *supervisor = calloc(1, sizeof *supervisor + count * sizeof supervisor->children[0]);
    if (supervisor == NULL) {
        return STATUS_NO_MEMORY;
    }
    supervisor->loop = loop;
    supervisor->events = *events;
    supervisor->count = count;
    supervisor_core_init(&supervisor->core, policy);
    uv_timer_init(loop, &supervisor->stop_timer);
    supervisor->stop_timer.data = supervisor;
    for (size_t i = 0; i < count; i++) {
        struct supervised *child = &supervisor->children[i];
        child->supervisor = supervisor;
        child->spec = children[i];
        uv_timer_init(loop, &child->restart);
        child->restart.data = child;
        uv_timer_start(&child->restart, on_restart_due, 0, 0);
    }
    *out_supervisor = supervisor;
    return STATUS_OK;
}

void supervisor_stop(struct supervisor *supervisor)
{
    if (supervisor->stopping) {
        return;
    }
    supervisor->stopping = true;
    for (size_t i = 0; i < supervisor->count; i++) {
        uv_timer_stop(&supervisor->children[i].restart);
    }
    signal_all(supervisor, SIGTERM);
    uv_timer_start(&supervisor->stop_timer, on_stop_timeout, supervisor->core.policy.stop_timeout_ms, 0);
    finish_when_alone(supervisor);
}

void supervisor_kill(struct supervisor *supervisor)
{
    supervisor_stop(supervisor);
    signal_all(supervisor, SIGKILL);
}

void supervisor_destroy(struct supervisor *supervisor)
{
    REQUIRE(!supervisor || supervisor->closed);
    free(supervisor);
}
