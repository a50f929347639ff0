/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postgres.h - one PostgreSQL connection on the loop (libpq, non-blocking, pipelined): reconnects for ever with
 * jittered back-off, behind a circuit breaker, bounded queue, deadline on each query. Loop's thread only.
 *
 * Opening does not wait for the server, but libpq looks names up in place: give addresses (hostaddr) where DNS may
 * hang. A query that misses its deadline ends the connection, for in a pipeline nothing passes it; those behind it end
 * with STATUS_UNAVAILABLE. An idle connection is asked every 5 s whether it still is one.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_STORES_POSTGRES_H
#define MMA_LIBCOMMON_RUNTIME_STORES_POSTGRES_H

#include "libcommon/base/status.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define POSTGRES_QUERIES_MAX    1024
#define POSTGRES_PARAMETERS_MAX 32

struct postgres;

struct postgres_options {
    const char *url; /* libpq connection string or URI; several hosts and target_session_attrs work */
    uint32_t query_timeout_ms;
    void *owner;
    void (*on_state)(void *owner, bool up, const char *detail);
};

/* result is borrowed, NULL unless status is OK. An SQL error gives STATUS_REFUSED and the result (its SQLSTATE says
 * why); a lost connection STATUS_UNAVAILABLE: then it is unknown whether the transaction took place. */
typedef void postgres_on_result(void *owner, enum status status, const PGresult *result);

struct postgres_statement {
    const char *sql; /* one statement, $1 .. $n */
    size_t parameter_count;
    const char *parameters[POSTGRES_PARAMETERS_MAX]; /* text format; NULL is SQL NULL; copied */
};

bool postgres_url_is_valid(const char *url); /* libpq would take it: a URI, or keywords and values */

MUST_USE enum status postgres_open(uv_loop_t *loop, const struct postgres_options *options,
                                   struct postgres **out_postgres);
void postgres_close(struct postgres *postgres); /* queries in flight end with STATUS_CANCELLED; takes NULL */
bool postgres_is_up(const struct postgres *postgres);

/* One statement, its own transaction. on_result may be NULL. STATUS_UNAVAILABLE at once while away, STATUS_FULL past
 * POSTGRES_QUERIES_MAX in flight. */
MUST_USE enum status postgres_query(struct postgres *postgres, const struct postgres_statement *statement,
                                    postgres_on_result *on_result, void *owner);
/* All or nothing, in order, in one round trip; on_result once, with the last statement's result or the first error. The
 * statements share one sync of the pipeline, which makes them one transaction without BEGIN and COMMIT
 * (libpq, 34.5.1.3): so an error leaves no open transaction behind for the next ones. */
MUST_USE enum status postgres_transaction(struct postgres *postgres, const struct postgres_statement *statements,
                                          size_t count, postgres_on_result *on_result, void *owner);

#endif
