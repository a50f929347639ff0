/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster.h - all daemons as real programs, for system tests: each on ports of its own that it keeps when it is started
 * again, with the secrets of gateway_host.h (players, joins) and matchmaker_host.h (the HTTP API).
 *
 * One cluster a test program. Failures fail the test; support_kill_all as teardown leaves no process.
 */
#ifndef MMA_TESTS_SUPPORT_CLUSTER_H
#define MMA_TESTS_SUPPORT_CLUSTER_H

#include "tests/support/gateway_host.h"
#include "tests/support/matchmaker_host.h"

enum cluster_daemon {
    CLUSTER_GATEWAY,
    CLUSTER_MATCHMAKER,
    CLUSTER_ENGINE,
    CLUSTER_SPECTATOR,
    CLUSTER_REPLAY_WRITER,
    CLUSTER_FIVE, /* those above are the usual five; those below only run when they are launched */
    CLUSTER_GATEWAY_2 = CLUSTER_FIVE,
    CLUSTER_ENGINE_2,
    CLUSTER_COUNT
};

#define CLUSTER_READY_MS 60000 /* RabbitMQ takes long to come back on a busy machine */

/* settings: "NAME=value" for each daemon on top of the tests' own, NULL at the end; borrowed as long as the cluster
 * runs. Nothing runs yet. */
void cluster_init(const char *const *settings);

/* May be called again after the daemon's end: same ports and folders. more: settings of it alone, or NULL; borrowed. */
void cluster_launch(enum cluster_daemon daemon, const char *const *more);
void cluster_start_five(void); /* launches them and waits, as below */
void cluster_wait_five(void);  /* until all are ready, and see each other and RabbitMQ */

struct support_process *cluster_process(enum cluster_daemon daemon);
uint16_t cluster_port(enum cluster_daemon daemon); /* of its clients; those of engine and spectator have none */
/* Of the worker started last. */
uint16_t cluster_admin_port(enum cluster_daemon daemon);
long cluster_probe(enum cluster_daemon daemon, const char *path); /* the admin port's HTTP status */
void cluster_wait_ready(enum cluster_daemon daemon);

void cluster_stop(enum cluster_daemon daemon);    /* SIGTERM; it must end with 0 */
void cluster_restart(enum cluster_daemon daemon); /* stops it, launches it again, waits until it is ready */
void cluster_stop_all(void);
/* kill -9 of the worker that was started last; waits until its successor is ready. */
void cluster_kill_worker(enum cluster_daemon daemon);

/* The first line with that event whose field has that text, waited for; the caller has it (json_decref). */
json_t *cluster_line(enum cluster_daemon daemon, const char *event, const char *field, const char *text);

/* The first column of the first row; "" when there is none. Valid until the fourth call after this one. */
const char *cluster_sql(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Waits until the query answers that text. */
void cluster_wait_sql(const char *want, const char *sql);

/* A sum over the labels of one metric of the worker started last. prefix: "name" or "name{label=\"...\"". */
double cluster_metric(enum cluster_daemon daemon, const char *prefix);

#endif
