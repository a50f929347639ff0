/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/http_api.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The description is a part of the program: it says what this very build serves. */
__asm__(".section .rodata\n"
        ".global http_api_openapi_begin\n"
        ".global http_api_openapi_end\n"
        "http_api_openapi_begin:\n"
        ".incbin \"services/matchmaker/openapi.json\"\n"
        "http_api_openapi_end:\n"
        ".previous\n");
extern const char http_api_openapi_begin[] __attribute__((visibility("hidden")));
extern const char http_api_openapi_end[] __attribute__((visibility("hidden")));

static void refuse_token(struct http_exchange *exchange, const char *reason, const char *message)
{
    http_set_header(exchange, "WWW-Authenticate", "Bearer realm=\"mma-api\"");
    http_respond_error(exchange, 401, reason, NULL, message);
}

bool http_api_authorize(struct matchmaker_service *service, struct http_exchange *exchange)
{
    static const char scheme[] = "Bearer ";
    const char *header = http_header(exchange, "Authorization");
    if (header == NULL || strncasecmp(header, scheme, sizeof scheme - 1) != 0) {
        refuse_token(exchange, "TOKEN_MISSING", "send Authorization: Bearer with a token of audience mma-api");
        return false;
    }
    const char *token = header + sizeof scheme - 1;
    struct jwt_claims claims;
    enum jwt_refusal refusal = jwt_verify(service->api_keys, token, strlen(token), "mma-api",
                                          matchmaker_service_clock().unix_ms / 1000, &claims);
    if (refusal != JWT_GOOD) {
        refuse_token(exchange, jwt_refusal_text(refusal), "the token is not accepted");
    }
    return refusal == JWT_GOOD;
}

void http_api_respond_json(struct http_exchange *exchange, unsigned http_status, json_t *body)
{
    char *written = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    if (written == NULL) {
        http_respond_error(exchange, 503, "OUT_OF_MEMORY", NULL, "out of memory");
        return;
    }
    http_set_header(exchange, "Cache-Control", "no-store");
    http_respond(exchange, http_status, "application/json", written, strlen(written));
    free(written);
}

void http_api_respond_database_away(struct http_exchange *exchange)
{
    http_set_header(exchange, "Retry-After", "1");
    http_respond_error(exchange, 503, "DATABASE_UNAVAILABLE", NULL, "the database does not answer; try again");
}

static void on_queue_stats(void *owner, struct http_exchange *exchange)
{
    struct matchmaker_service *service = owner;
    if (!http_api_authorize(service, exchange)) {
        return;
    }
    uint32_t queue = matchmaker_find_queue(service->core, http_parameter(exchange, "queue"));
    if (queue == QUEUE_NONE) {
        http_respond_error(exchange, 404, "QUEUE_NOT_FOUND", NULL, "there is no such queue");
        return;
    }
    struct matchmaker_queue_stats stats = matchmaker_stats(service->core, queue);
    const struct queue_rules *rules = &service->core->rules.queues[queue];
    http_api_respond_json(exchange, 200,
                          json_pack("{s:s, s:i, s:i, s:{s:i, s:i, s:i}, s:i, s:I}", "queue", rules->name, "players_min",
                                    (int)rules->players_min, "players_max", (int)rules->players_max, "tickets",
                                    "QUEUED", (int)stats.tickets[TICKET_QUEUED], "SEARCHING",
                                    (int)stats.tickets[TICKET_SEARCHING], "PLACING", (int)stats.tickets[TICKET_PLACING],
                                    "estimated_wait_time_ms", (int)stats.estimated_wait_ms, "matches_formed",
                                    (json_int_t)stats.matches_formed));
}

static void on_openapi(void *owner, struct http_exchange *exchange)
{
    (void)owner;
    http_set_header(exchange, "Access-Control-Allow-Origin", "*");
    http_respond(exchange, 200, "application/json", http_api_openapi_begin,
                 (size_t)(http_api_openapi_end - http_api_openapi_begin));
}

const struct http_route http_api_routes[] = {
    {"POST", "/v1/tickets", http_tickets_on_create},
    {"GET", "/v1/tickets/{id}", http_tickets_on_get},
    {"DELETE", "/v1/tickets/{id}", http_tickets_on_cancel},
    {"GET", "/v1/matches/{id}", http_records_on_match},
    {"GET", "/v1/players/{id}/rating", http_records_on_rating},
    {"GET", "/v1/queues/{queue}/stats", on_queue_stats},
    {"GET", "/v1/openapi.json", on_openapi},
};
const size_t http_api_route_count = sizeof http_api_routes / sizeof http_api_routes[0];
