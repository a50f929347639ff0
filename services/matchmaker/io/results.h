/* SPDX-License-Identifier: Apache-2.0 */
/*
 * results.h - match results off RabbitMQ into PostgreSQL, and the ratings they move: once each.
 *
 * For each result: read the players' ratings, let the core compute, and write everything by the SQL function
 * apply_match_result (deploy/sql), which does nothing for a match it knows and refuses ratings that have moved since
 * they were read: then all begins anew. A result is acknowledged after the commit. One that can never be applied goes
 * to the dead-letter queue; while PostgreSQL is away results wait here, unacknowledged.
 */
#ifndef MMA_MATCHMAKER_RESULTS_H
#define MMA_MATCHMAKER_RESULTS_H

#include "services/matchmaker/io/service.h"

#define RESULTS_MAX     64 /* at work at once; more are given back to the broker */
#define RESULT_PREFETCH 32

MUST_USE enum status results_create(struct service *service, struct results **out_results);
void results_destroy(struct results *results); /* after PostgreSQL is closed; takes NULL */

void results_on_delivery(void *owner, const struct amqp_delivery *delivery); /* owner: the service */
void results_retry(struct results *results, uint64_t now_ms);                /* call often: tries again what is due */

#endif
