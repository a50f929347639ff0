/* SPDX-License-Identifier: Apache-2.0 */
/*
 * support.h - what service and system tests stand on: daemons as child processes, their log lines, waiting with a
 * deadline, free ports, files of the test's own.
 *
 * Whatever goes wrong here fails the running cmocka test with a message that says what. Waiting polls every few
 * milliseconds; nothing sleeps for luck. What scripts/test-run puts into the environment (TEST_DIR, BIN, TOP,
 * DATABASE_URL, REDIS_URL, AMQP_URL) is needed: a test without it fails, it is not skipped.
 *
 * Processes are in groups of their own; what is still running when the test program ends is killed, group by group.
 */
#ifndef MMA_TESTS_SUPPORT_SUPPORT_H
#define MMA_TESTS_SUPPORT_SUPPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SUPPORT_PATH_MAX      512
#define SUPPORT_PROCESSES_MAX 64
#define SUPPORT_WAIT_MS       20000 /* for what should take milliseconds, on a machine that is busy */

const char *support_env(const char *name); /* fails when it is not set */

/* "$TEST_DIR/<number>-<name>", a path nobody has used yet. */
void support_path(char out[SUPPORT_PATH_MAX], const char *name);

/* A TCP port on which nobody listens and that the kernel gives to no outgoing connection. */
uint16_t support_free_port(void);

/* Calls condition until it is true; fails with "waited for <what>" after timeout_ms. */
void support_wait_until(bool (*condition)(void *owner), void *owner, unsigned timeout_ms, const char *what);

/* ---- processes ----------------------------------------------------------------------------------- */

struct support_process {
    pid_t pid;     /* 0: has ended */
    pid_t group;   /* of it and its workers */
    int exit_code; /* once it has ended: its code, or 128 + its signal */
    char name[64];
    char log_path[SUPPORT_PATH_MAX]; /* its stdout and stderr */
};

/*
 * Starts program: a name in $BIN, or a path with a slash. settings are "NAME=value" texts on top of the test's own
 * environment, arguments follow argv[0]; both end with NULL, or are NULL. Stop it, or have support_kill_all as
 * teardown.
 */
void support_start(struct support_process *process, const char *program, const char *const *settings,
                   const char *const *arguments);
/* A daemon on loopback and ports of the kernel's choice, in region eu_west; then settings, then more, which win. */
void support_start_daemon(struct support_process *process, const char *program, const char *const *settings,
                          const char *const *more);
/* A sanitizer's complaint in the log, of a worker too, fails the test when the process ends. */
int support_stop(struct support_process *process);                           /* SIGTERM, waits; returns exit_code */
int support_wait_exit(struct support_process *process, unsigned timeout_ms); /* returns exit_code */
void support_kill(struct support_process *process);                          /* SIGKILL to the whole group, waits */
/* Processes of its group that are there, also after its own end; zombies not counted. */
unsigned support_count_group(const struct support_process *process);

/* For a test's teardown or its group's: kills all groups that support_start has started. Returns 0. */
int support_kill_all(void **state);

/* ---- log lines ----------------------------------------------------------------------------------- */

/* The nth line (from 1) with that event, waited for SUPPORT_WAIT_MS; the caller has it (json_decref). */
json_t *support_wait_event(struct support_process *process, const char *event, unsigned nth);
/* A number or text of the nth line with that event; waits as above. Text is valid until the next call. */
uint64_t support_event_u64(struct support_process *process, const char *event, unsigned nth, const char *field);
const char *support_event_text(struct support_process *process, const char *event, unsigned nth, const char *field);
unsigned support_count_events(const struct support_process *process, const char *event); /* written until now */
bool support_log_contains(const struct support_process *process, const char *text);

/* ---- daemons ------------------------------------------------------------------------------------- */

uint16_t support_admin_port(struct support_process *daemon); /* of the worker that started first */
void support_wait_ready(struct support_process *daemon);     /* until its /readyz answers 200 */

#endif
