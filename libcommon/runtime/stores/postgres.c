/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/stores/postgres.h"

#include "libcommon/runtime/stores/dependency.h"
#include "libcommon/runtime/telemetry/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_MS     5000
#define PING_PERIOD_MS 5000 /* an idle connection is asked this often */

/* AWAY → (retry) CONNECTING → UP → (lost) AWAY; CLOSED from each, and is final. */
enum state { AWAY, CONNECTING, UP, CLOSED };

/* One sync of the pipeline: all its statements are one implicit transaction. */
struct job {
    postgres_on_result *on_result;
    void *owner;
    uint64_t sent_us;
    bool is_ours; /* the ping: not counted */
    enum status status;
    PGresult *result; /* the last statement's, or the first error */
};

struct postgres {
    struct dependency dependency;
    uint32_t query_timeout_ms;
    char *url;
    enum state state;
    bool is_broken;      /* a send failed: dropped in the loop's next iteration, not inside the caller's call */
    unsigned references; /* the timer and each poll handle: freed with the last */
    PGconn *connection;
    uv_poll_t *poll; /* of the connection's socket; recreated when libpq may have changed that */
    int poll_events;
    uint64_t connect_until_ms;
    size_t head, count; /* jobs in flight, in order */
    struct job jobs[POSTGRES_QUERIES_MAX + 1];
};

static struct metric queries_total = METRIC_COUNTER_INIT(
    "mma_postgres_queries_total",
    "queries and transactions by result: ok, error (SQL), expired, lost (with the connection), refused (away or full)",
    "result");
static struct metric query_duration = {.name = "mma_postgres_query_duration_seconds",
                                       .help = "from the query to its result",
                                       .kind = METRIC_HISTOGRAM,
                                       .bounds = metric_bounds_latency_s,
                                       .bound_count = 12};

static struct dependency_kind kind = {
    .breaker = {.window = 20, .failure_percent = 50, .open_ms = 1000, .half_open_calls = 3},
    .calls_total = &queries_total,
    .call_duration = &query_duration};

static void on_poll(uv_poll_t *poll, int status, int events);

static void wake_by(struct postgres *postgres, uint64_t due_ms)
{
    dependency_wake_by(&postgres->dependency, due_ms);
}

static void release(struct postgres *postgres)
{
    if (--postgres->references == 0) {
        free(postgres->url);
        free(postgres);
    }
}

/* ---- the socket ---- */

static void on_poll_closed(uv_handle_t *handle)
{
    struct postgres *postgres = handle->data;
    free(handle);
    release(postgres);
}

static void unwatch(struct postgres *postgres)
{
    if (postgres->poll != NULL) {
        uv_poll_stop(postgres->poll);
        uv_close((uv_handle_t *)postgres->poll, on_poll_closed);
        postgres->poll = NULL;
        postgres->poll_events = 0;
    }
}

static enum status watch(struct postgres *postgres, int events)
{
    if (postgres->poll == NULL) {
        uv_poll_t *poll = malloc(sizeof *poll);
        if (poll == NULL || uv_poll_init(postgres->dependency.timer.loop, poll, PQsocket(postgres->connection)) != 0) {
            free(poll);
            return STATUS_IO;
        }
        poll->data = postgres;
        postgres->poll = poll;
        postgres->references++;
    }
    if (events != postgres->poll_events) {
        postgres->poll_events = events;
        uv_poll_start(postgres->poll, events, on_poll);
    }
    return STATUS_OK;
}

/* ---- jobs ---- */

static void finish(struct postgres *postgres, struct job *job)
{
    if (!job->is_ours) {
        dependency_report(&postgres->dependency, job->status, job->sent_us);
    }
    if (job->on_result != NULL) {
        job->on_result(job->owner, job->status, job->result);
    }
    PQclear(job->result);
}

static struct job take_job(struct postgres *postgres)
{
    REQUIRE(postgres->count > 0);
    struct job job = postgres->jobs[postgres->head];
    postgres->head = (postgres->head + 1) % (POSTGRES_QUERIES_MAX + 1);
    postgres->count--;
    return job;
}

/* Ends all that is in flight: first the one whose deadline passed, if that is why. */
static void end_jobs(struct postgres *postgres, enum status first, enum status others)
{
    size_t count = postgres->count; /* a callback cannot add to them: the connection is not up */
    for (size_t i = 0; i < count; i++) {
        struct job job = take_job(postgres);
        job.status = i == 0 ? first : others;
        PQclear(job.result);
        job.result = NULL;
        finish(postgres, &job);
    }
}

/* ---- up and away ---- */

/* libpq's message up to its first line end: what follows are hints and other hosts. */
static void copy_detail(char out[DEPENDENCY_DETAIL_BYTES_MAX], const char *message)
{
    size_t size = strcspn(message, "\r\n");
    size_t most = DEPENDENCY_DETAIL_BYTES_MAX;
    snprintf(out, most, "%.*s", (int)(size < most ? size : most), message);
}

/* Drops the connection, ends what is in flight and tries again later. */
static void reset(struct postgres *postgres, const char *message, enum status first)
{
    if (postgres->state == CLOSED) {
        return;
    }
    char detail[DEPENDENCY_DETAIL_BYTES_MAX];
    copy_detail(detail, message); /* the connection's, which goes */
    postgres->state = AWAY;
    dependency_went_away(&postgres->dependency, detail); /* first: who hears of its lost query may ask again */
    unwatch(postgres);
    PQfinish(postgres->connection);
    postgres->connection = NULL;
    end_jobs(postgres, first, STATUS_UNAVAILABLE);
}

static void lose(struct postgres *postgres)
{
    reset(postgres, PQerrorMessage(postgres->connection), STATUS_UNAVAILABLE);
}

static void go_up(struct postgres *postgres)
{
    if (PQsetnonblocking(postgres->connection, 1) != 0 || !PQenterPipelineMode(postgres->connection) ||
        watch(postgres, UV_READABLE) != STATUS_OK) {
        lose(postgres);
        return;
    }
    postgres->state = UP;
    postgres->is_broken = false;
    wake_by(postgres, clock_monotonic_ms() + PING_PERIOD_MS);
    dependency_came_up(&postgres->dependency, PQhost(postgres->connection),
                       (unsigned)strtoul(PQport(postgres->connection), NULL, 10));
}

/* ---- results ---- */

static void take_result(struct postgres *postgres, PGresult *result)
{
    struct job *job = &postgres->jobs[postgres->head];
    switch (PQresultStatus(result)) {
    case PGRES_PIPELINE_SYNC: {
        PQclear(result);
        struct job done = take_job(postgres);
        finish(postgres, &done);
        return;
    }
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
        if (job->status == STATUS_OK) {
            PQclear(job->result);
            job->result = result;
            return;
        }
        break;
    case PGRES_PIPELINE_ABORTED: /* behind an error that was taken already */
        break;
    default:
        if (job->status == STATUS_OK) {
            PQclear(job->result);
            job->result = result;
            job->status = STATUS_REFUSED;
            return;
        }
        break;
    }
    PQclear(result);
}

/* All that has come. In pipeline mode a NULL ends a statement's results, a second one all. */
static void take_results(struct postgres *postgres)
{
    bool was_null = false;
    while (postgres->state == UP && postgres->count > 0 && !PQisBusy(postgres->connection)) {
        PGresult *result = PQgetResult(postgres->connection);
        if (result == NULL && was_null) {
            return;
        }
        was_null = result == NULL;
        if (result != NULL) {
            take_result(postgres, result);
        }
    }
}

static void flush(struct postgres *postgres)
{
    int left = PQflush(postgres->connection);
    if (left < 0 || watch(postgres, left ? UV_READABLE | UV_WRITABLE : UV_READABLE) != STATUS_OK) {
        lose(postgres);
    }
}

/* ---- connecting ---- */

static void go_on_connecting(struct postgres *postgres)
{
    unwatch(postgres); /* libpq may close the socket and open another of the same number */
    switch (PQconnectPoll(postgres->connection)) {
    case PGRES_POLLING_READING:
        if (watch(postgres, UV_READABLE) != STATUS_OK) {
            lose(postgres);
        }
        break;
    case PGRES_POLLING_WRITING:
        if (watch(postgres, UV_WRITABLE) != STATUS_OK) {
            lose(postgres);
        }
        break;
    case PGRES_POLLING_OK:
        go_up(postgres);
        break;
    default:
        lose(postgres);
        break;
    }
}

static void start_connect(struct postgres *postgres)
{
    const char *const names[] = {"dbname", "fallback_application_name", "client_encoding", NULL};
    const char *const values[] = {postgres->url, "mma", "UTF8", NULL};
    postgres->connect_until_ms = clock_monotonic_ms() + CONNECT_MS;
    postgres->connection = PQconnectStartParams(names, values, 1);
    postgres->state = CONNECTING;
    if (postgres->connection == NULL || PQstatus(postgres->connection) == CONNECTION_BAD) {
        lose(postgres);
        return;
    }
    wake_by(postgres, postgres->connect_until_ms);
    if (watch(postgres, UV_WRITABLE) != STATUS_OK) { /* libpq: as if PQconnectPoll had said WRITING */
        lose(postgres);
    }
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct postgres *postgres = poll->data;
    if (postgres->poll != poll) {
        return;
    }
    if (postgres->state == CONNECTING) {
        go_on_connecting(postgres);
        return;
    }
    if ((status != 0 || (events & UV_READABLE)) && !PQconsumeInput(postgres->connection)) {
        take_results(postgres); /* what came before the end, an error message perhaps */
        if (postgres->state == UP) {
            lose(postgres);
        }
        return;
    }
    take_results(postgres);
    if (postgres->state == UP && (events & UV_WRITABLE)) {
        flush(postgres);
    }
}

/* ---- queries ---- */

static enum status may_send(struct postgres *postgres)
{
    enum status own = postgres->count < POSTGRES_QUERIES_MAX ? STATUS_OK : STATUS_FULL;
    return dependency_admit(&postgres->dependency, postgres->is_broken ? STATUS_UNAVAILABLE : own);
}

static bool send_statements(struct postgres *postgres, const struct postgres_statement *statements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct postgres_statement *statement = &statements[i];
        REQUIRE(statement->parameter_count <= POSTGRES_PARAMETERS_MAX);
        if (!PQsendQueryParams(postgres->connection, statement->sql, (int)statement->parameter_count, NULL,
                               statement->parameters, NULL, NULL, 0)) {
            return false;
        }
    }
    return PQpipelineSync(postgres->connection);
}

static enum status send_job(struct postgres *postgres, const struct postgres_statement *statements, size_t count,
                            const struct job *job)
{
    if (!send_statements(postgres, statements, count)) {
        postgres->is_broken = true;
        wake_by(postgres, 0);
        return STATUS_UNAVAILABLE;
    }
    postgres->jobs[(postgres->head + postgres->count) % (POSTGRES_QUERIES_MAX + 1)] = *job;
    postgres->count++;
    wake_by(postgres, clock_monotonic_ms() + postgres->query_timeout_ms);
    if (watch(postgres, UV_READABLE | UV_WRITABLE) !=
        STATUS_OK) { /* on_poll flushes, once for all queries of an iteration */
        postgres->is_broken = true;
        wake_by(postgres, 0);
    }
    return STATUS_OK;
}

enum status postgres_transaction(struct postgres *postgres, const struct postgres_statement *statements, size_t count,
                                 postgres_on_result *on_result, void *owner)
{
    REQUIRE(count > 0);
    enum status status = may_send(postgres);
    if (status != STATUS_OK) {
        return status;
    }
    struct job job = {.on_result = on_result, .owner = owner, .sent_us = clock_monotonic_us()};
    return send_job(postgres, statements, count, &job);
}

enum status postgres_query(struct postgres *postgres, const struct postgres_statement *statement,
                           postgres_on_result *on_result, void *owner)
{
    REQUIRE(statement->sql != NULL);
    return postgres_transaction(postgres, statement, 1, on_result, owner);
}

/* ---- time ---- */

static void ping(struct postgres *postgres)
{
    const struct postgres_statement statement = {.sql = "SELECT 1"};
    struct job job = {.sent_us = clock_monotonic_us(), .is_ours = true};
    if (send_job(postgres, &statement, 1, &job) == STATUS_OK) {
        wake_by(postgres, clock_monotonic_ms() + PING_PERIOD_MS);
    }
}

static void on_due_up(struct postgres *postgres)
{
    if (postgres->is_broken) {
        lose(postgres);
        return;
    }
    if (postgres->count == 0) {
        ping(postgres);
        return;
    }
    uint64_t timeout_us = (uint64_t)postgres->query_timeout_ms * 1000;
    uint64_t deadline_us = postgres->jobs[postgres->head].sent_us + timeout_us;
    if (clock_monotonic_us() >= deadline_us) {
        reset(postgres, "no answer within the deadline", STATUS_EXPIRED);
    } else {
        wake_by(postgres, deadline_us / 1000 + 1);
    }
}

static void on_due(uv_timer_t *timer)
{
    struct postgres *postgres = timer->data;
    dependency_woken(&postgres->dependency);
    switch (postgres->state) {
    case AWAY:
        start_connect(postgres);
        break;
    case CONNECTING:
        if (clock_monotonic_ms() >= postgres->connect_until_ms) {
            reset(postgres, "no answer while connecting", STATUS_UNAVAILABLE);
        } else {
            wake_by(postgres, postgres->connect_until_ms);
        }
        break;
    case UP:
        on_due_up(postgres);
        break;
    case CLOSED:
        break;
    }
}

/* ---- opening and closing ---- */

bool postgres_url_is_valid(const char *url)
{
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &message);
    bool good = options != NULL;
    PQconninfoFree(options);
    PQfreemem(message);
    return good;
}

enum status postgres_open(uv_loop_t *loop, const struct postgres_options *options, struct postgres **out_postgres)
{
    REQUIRE(options->query_timeout_ms > 0);
    if (!postgres_url_is_valid(options->url)) {
        return STATUS_INVALID;
    }
    struct postgres *postgres = calloc(1, sizeof *postgres);
    char *url = strdup(options->url);
    if (postgres == NULL || url == NULL) {
        free(postgres);
        free(url);
        return STATUS_NO_MEMORY;
    }
    postgres->query_timeout_ms = options->query_timeout_ms;
    postgres->url = url;
    postgres->references = 1;
    struct dependency_events events = {options->owner, options->on_state};
    dependency_init(&postgres->dependency, loop, &kind, &events, on_due, postgres);
    *out_postgres = postgres;
    return STATUS_OK;
}

static void on_timer_closed(uv_handle_t *handle)
{
    release(handle->data);
}

void postgres_close(struct postgres *postgres)
{
    if (postgres == NULL || postgres->state == CLOSED) {
        return;
    }
    postgres->state = CLOSED;
    dependency_close(&postgres->dependency, on_timer_closed);
    unwatch(postgres);
    PQfinish(postgres->connection);
    postgres->connection = NULL;
    end_jobs(postgres, STATUS_CANCELLED, STATUS_CANCELLED);
}

bool postgres_is_up(const struct postgres *postgres)
{
    return postgres->state == UP;
}
