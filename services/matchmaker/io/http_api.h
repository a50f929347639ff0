/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_api.h - the public HTTP API; openapi.json describes it. Every route but that description's wants
 * Authorization: Bearer with a JWT of audience mma-api.
 */
#ifndef MMA_SERVICES_MATCHMAKER_IO_HTTP_API_H
#define MMA_SERVICES_MATCHMAKER_IO_HTTP_API_H

#include "services/matchmaker/io/matchmaker_service.h"

#include <jansson.h>

extern const struct http_route http_api_routes[]; /* owner of the handlers: the service */
extern const size_t http_api_route_count;

/* false: the exchange has been answered with 401. */
bool http_api_authorize(struct matchmaker_service *service, struct http_exchange *exchange);

/* Answers with the object, whose reference is taken. */
void http_api_respond_json(struct http_exchange *exchange, unsigned http_status, json_t *body);

/* 503 with Retry-After: PostgreSQL is away. */
void http_api_respond_database_away(struct http_exchange *exchange);

/* Handlers by topic. */
void http_tickets_on_create(void *owner, struct http_exchange *exchange);
void http_tickets_on_get(void *owner, struct http_exchange *exchange);
void http_tickets_on_cancel(void *owner, struct http_exchange *exchange);
void http_records_on_match(void *owner, struct http_exchange *exchange);
void http_records_on_rating(void *owner, struct http_exchange *exchange);

#endif
