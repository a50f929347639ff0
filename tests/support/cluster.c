/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/cluster.h"

#include "tests/support/http_client.h"

#include <libpq-fe.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SETTINGS_MAX 40
#define STOP_MS      30000

static const char *const programs[CLUSTER_COUNT] = {"gateway",       "matchmaker", "game-engine", "spectator",
                                                    "replay-writer", "gateway",    "game-engine"};

static struct {
    const char *const *settings;
    struct {
        struct support_process process;
        uint16_t port;
        char port_setting[16];
        char folder[SUPPORT_PATH_MAX + 16]; /* the setting of its spool or its replays */
        const char *const *more;
    } daemons[CLUSTER_COUNT];
} cluster;

/* ---- start and stop ------------------------------------------------------------------------------ */

void cluster_init(const char *const *settings)
{
    memset(&cluster, 0, sizeof cluster);
    cluster.settings = settings;
    for (unsigned i = 0; i < CLUSTER_COUNT; i++) {
        char path[SUPPORT_PATH_MAX];
        bool is_writer = strcmp(programs[i], "replay-writer") == 0;
        support_path(path, is_writer ? "replays" : "spool");
        cluster.daemons[i].port = support_free_port();
        snprintf(cluster.daemons[i].port_setting, sizeof cluster.daemons[i].port_setting, "PORT=%u",
                 (unsigned)cluster.daemons[i].port);
        snprintf(cluster.daemons[i].folder, sizeof cluster.daemons[i].folder, "%s=%s",
                 is_writer ? "REPLAY_DIR" : "SPOOL_DIR", path);
    }
}

static void append(const char **all, size_t *count, const char *const *settings)
{
    for (size_t i = 0; settings != NULL && settings[i] != NULL; i++) {
        assert_true(*count < SETTINGS_MAX - 1);
        all[(*count)++] = settings[i];
    }
}

void cluster_launch(enum cluster_daemon daemon, const char *const *more)
{
    static const char *const common[] = {"ADMIN_PORT=0",
                                         "BIND_HOST=127.0.0.1",
                                         "MAILBOX_HOST=127.0.0.1",
                                         "REGION=eu_west",
                                         "CLUSTER_KEY=cluster-key-of-the-system-tests",
                                         NULL};
    const char *all[SETTINGS_MAX] = {0};
    size_t count = 0;
    append(all, &count, common);
    all[count++] = cluster.daemons[daemon].port_setting;
    all[count++] = cluster.daemons[daemon].folder;
    all[count++] = "JOIN_TOKEN_SECRET=" GATEWAY_JOINS;
    all[count++] =
        daemon == CLUSTER_MATCHMAKER ? "JWT_HS256_SECRET=" MATCHMAKER_API_SECRET : "JWT_HS256_SECRET=" GATEWAY_SECRET;
    append(all, &count, cluster.settings);
    append(all, &count, more);
    cluster.daemons[daemon].more = more;
    support_start(&cluster.daemons[daemon].process, programs[daemon], all, NULL);
}

static bool sees(enum cluster_daemon daemon, const char *dependency)
{
    char part[80];
    snprintf(part, sizeof part, "\"dependency\":\"%s\",\"up\":true", dependency);
    return support_log_contains(cluster_process(daemon), part);
}

/* What /readyz does not ask for: without peers the gateway answers MATCHMAKER_UNAVAILABLE, without RabbitMQ results
 * come later. */
static bool all_see_all(void *owner)
{
    (void)owner;
    return sees(CLUSTER_GATEWAY, "matchmaker") && sees(CLUSTER_GATEWAY, "game-engine") &&
           sees(CLUSTER_GATEWAY, "spectator") && sees(CLUSTER_ENGINE, "rabbitmq") &&
           sees(CLUSTER_MATCHMAKER, "rabbitmq");
}

void cluster_start_five(void)
{
    for (unsigned i = 0; i < CLUSTER_FIVE; i++) {
        cluster_launch((enum cluster_daemon)i, NULL);
    }
    cluster_wait_five();
}

void cluster_wait_five(void)
{
    for (unsigned i = 0; i < CLUSTER_FIVE; i++) {
        cluster_wait_ready((enum cluster_daemon)i);
    }
    support_wait_until(all_see_all, NULL, CLUSTER_READY_MS, "the daemons to see each other and RabbitMQ");
}

static void wait_end(enum cluster_daemon daemon)
{
    int exit_code = support_wait_exit(&cluster.daemons[daemon].process, STOP_MS);
    if (exit_code != 0) {
        fail_msg("%s ended with %d; its log: %s", programs[daemon], exit_code,
                 cluster.daemons[daemon].process.log_path);
    }
}

/* A second SIGTERM would kill its workers. */
static void ask_to_end(enum cluster_daemon daemon)
{
    if (cluster.daemons[daemon].process.pid != 0) {
        kill(cluster.daemons[daemon].process.pid, SIGTERM);
    }
}

void cluster_stop(enum cluster_daemon daemon)
{
    ask_to_end(daemon);
    wait_end(daemon);
}

void cluster_restart(enum cluster_daemon daemon)
{
    cluster_stop(daemon);
    cluster_launch(daemon, cluster.daemons[daemon].more);
    cluster_wait_ready(daemon);
}

void cluster_stop_all(void)
{
    for (unsigned i = 0; i < CLUSTER_COUNT; i++) {
        ask_to_end((enum cluster_daemon)i); /* all at once: their times are not added up */
    }
    for (unsigned i = 0; i < CLUSTER_COUNT; i++) {
        if (cluster.daemons[i].process.group != 0) {
            wait_end((enum cluster_daemon)i);
        }
    }
}

static bool is_successor_there(void *owner)
{
    const unsigned *wanted = owner;
    return support_count_events(cluster_process((enum cluster_daemon)wanted[0]), "daemon.started") >= wanted[1];
}

void cluster_kill_worker(enum cluster_daemon daemon)
{
    struct support_process *process = cluster_process(daemon);
    unsigned started = support_count_events(process, "daemon.started");
    unsigned wanted[2] = {daemon, started + 1};
    pid_t worker = (pid_t)support_event_u64(process, "daemon.started", started, "pid");
    assert_true(worker > 1 && worker != process->pid);
    assert_int_equal(kill(worker, SIGKILL), 0);
    support_wait_until(is_successor_there, wanted, CLUSTER_READY_MS, "a worker in place of the killed one");
    cluster_wait_ready(daemon);
}

/* ---- what they are and say ----------------------------------------------------------------------- */

struct support_process *cluster_process(enum cluster_daemon daemon)
{
    return &cluster.daemons[daemon].process;
}

uint16_t cluster_port(enum cluster_daemon daemon)
{
    return cluster.daemons[daemon].port;
}

uint16_t cluster_admin_port(enum cluster_daemon daemon)
{
    struct support_process *process = cluster_process(daemon);
    unsigned started = support_count_events(process, "daemon.started");
    return (uint16_t)support_event_u64(process, "daemon.started", started > 0 ? started : 1, "admin_port");
}

long cluster_probe(enum cluster_daemon daemon, const char *path)
{
    struct http_response response;
    http_get_local(&response, cluster_admin_port(daemon), path);
    long status = response.status;
    http_response_free(&response);
    return status;
}

static bool is_ready(void *owner)
{
    return cluster_probe(*(const enum cluster_daemon *)owner, "/readyz") == 200;
}

void cluster_wait_ready(enum cluster_daemon daemon)
{
    char what[SUPPORT_PATH_MAX + 64];
    snprintf(what, sizeof what, "%s to be ready; its log: %s", programs[daemon],
             cluster.daemons[daemon].process.log_path);
    support_wait_until(is_ready, &daemon, CLUSTER_READY_MS, what);
}

struct wanted_line {
    enum cluster_daemon daemon;
    const char *event, *field, *text;
    unsigned looked_at;
    json_t *found;
};

static bool has_line(void *owner)
{
    struct wanted_line *wanted = owner;
    struct support_process *process = cluster_process(wanted->daemon);
    unsigned count = support_count_events(process, wanted->event);
    while (wanted->found == NULL && wanted->looked_at < count) {
        json_t *line = support_wait_event(process, wanted->event, ++wanted->looked_at);
        const char *value = json_string_value(json_object_get(line, wanted->field));
        if (value != NULL && strcmp(value, wanted->text) == 0) {
            wanted->found = line;
        } else {
            json_decref(line);
        }
    }
    return wanted->found != NULL;
}

json_t *cluster_line(enum cluster_daemon daemon, const char *event, const char *field, const char *text)
{
    struct wanted_line wanted = {.daemon = daemon, .event = event, .field = field, .text = text};
    char what[SUPPORT_PATH_MAX + 256];
    snprintf(what, sizeof what, "%s with %s %s in %s", event, field, text, cluster_process(daemon)->log_path);
    support_wait_until(has_line, &wanted, SUPPORT_WAIT_MS, what);
    return wanted.found;
}

double cluster_metric(enum cluster_daemon daemon, const char *prefix)
{
    struct http_response response;
    double sum = 0;
    http_get_local(&response, cluster_admin_port(daemon), "/metrics");
    assert_int_equal(response.status, 200);
    for (const char *at = strstr(response.body, prefix); at != NULL; at = strstr(at + 1, prefix)) {
        if (at == response.body || at[-1] == '\n') {
            const char *value = at + strcspn(at, " \n");
            sum += strtod(value, NULL);
        }
    }
    http_response_free(&response);
    return sum;
}

/* ---- PostgreSQL ---------------------------------------------------------------------------------- */

static bool query(const char *sql, char out[256])
{
    PGconn *connection = PQconnectdb(support_env("DATABASE_URL"));
    PGresult *result = PQexec(connection, sql);
    bool is_good = PQresultStatus(result) == PGRES_TUPLES_OK;
    const char *text = !is_good ? PQerrorMessage(connection) : PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
    snprintf(out, 256, "%s", text);
    PQclear(result);
    PQfinish(connection);
    return is_good;
}

const char *cluster_sql(const char *format, ...)
{
    static char answers[4][256];
    static unsigned next;
    char sql[1024];
    char *answer = answers[next++ % 4];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(sql, sizeof sql, format, arguments);
    va_end(arguments);
    assert_in_range(length, 1, sizeof sql - 1);
    if (!query(sql, answer)) {
        fail_msg("%s: %s", sql, answer);
    }
    return answer;
}

struct wanted_answer {
    const char *want, *sql;
    char last[256];
};

static bool answers_so(void *owner)
{
    struct wanted_answer *wanted = owner;
    return query(wanted->sql, wanted->last) && strcmp(wanted->last, wanted->want) == 0;
}

void cluster_wait_sql(const char *want, const char *sql)
{
    char what[1200];
    struct wanted_answer wanted = {want, sql, ""};
    snprintf(what, sizeof what, "%s to answer %s", sql, want);
    support_wait_until(answers_so, &wanted, CLUSTER_READY_MS, what);
}
