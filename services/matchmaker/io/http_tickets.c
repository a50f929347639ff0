/* SPDX-License-Identifier: Apache-2.0 */
/* http_tickets.c - /v1/tickets */
#include "libcommon/runtime/encoding/transcode.h"
#include "services/matchmaker/io/carry_out.h"
#include "services/matchmaker/io/http_api.h"
#include "services/matchmaker/io/ticket_returns.h"
#include "services/matchmaker/io/ticket_store.h"

#include <stdlib.h>
#include <string.h>

/* An exchange that waits for Redis. */
struct ticket_exchange {
    struct matchmaker_service *service;
    struct http_exchange *exchange;
};

/* NULL: the exchange has been answered with 400. */
static Mma__CreateTicket *read_body(struct http_exchange *exchange)
{
    size_t size;
    const uint8_t *body = http_body(exchange, &size);
    json_error_t syntax;
    json_t *json = json_loadb((const char *)body, size, JSON_REJECT_DUPLICATES, &syntax);
    if (!json_is_object(json)) {
        http_respond_error(exchange, 400, "INVALID_BODY", NULL,
                           size == 0 || json != NULL ? "the body must be a JSON object" : syntax.text);
        json_decref(json);
        return NULL;
    }
    ProtobufCMessage *message = NULL;
    struct transcode_error error = {.field = ""};
    enum status status = transcode_json_read(&mma__create_ticket__descriptor, json, &message, &error);
    json_decref(json);
    if (status != STATUS_OK) {
        http_respond_error(exchange, 400, "INVALID_FIELD", error.field, error.message);
        return NULL;
    }
    return (Mma__CreateTicket *)message;
}

static bool read_draft(struct matchmaker_service *service, struct http_exchange *exchange, struct ticket *out_draft)
{
    Mma__CreateTicket *message = read_body(exchange);
    if (message == NULL) {
        return false;
    }
    struct ticket_draft_error error = {.field = "session_id", .message = "is for gateways"};
    const char *home = daemon_settings(service->daemon)->region;
    bool is_good =
        message->session_id == 0 && ticket_messages_draft(service->core, message, home, out_draft, &error) == STATUS_OK;
    if (!is_good) {
        http_respond_error(exchange, 400, "INVALID_FIELD", error.field, error.message);
    }
    mma__create_ticket__free_unpacked(message, NULL);
    return is_good;
}

void http_tickets_on_create(void *owner, struct http_exchange *exchange)
{
    struct matchmaker_service *service = owner;
    struct ticket draft;
    if (!http_api_authorize(service, exchange) || !read_draft(service, exchange, &draft)) {
        return;
    }
    struct trace_id trace = http_trace(exchange);
    memcpy(draft.trace, trace.bytes, sizeof draft.trace);
    ticket_returns_create(service, &draft, &(struct ticket_return){.exchange = exchange});
}

static void on_found(void *owner, bool stopping, const struct ticket *ticket)
{
    struct ticket_exchange *get = owner;
    if (ticket != NULL) {
        ticket_returns_respond(get->service, get->exchange, 200, ticket);
    } else if (!stopping) {
        ticket_returns_respond_refusal(get->exchange, STATUS_NOT_FOUND);
    }
    free(get);
}

static void look_in_store(struct matchmaker_service *service, struct http_exchange *exchange, const char *id)
{
    struct ticket_exchange *get = calloc(1, sizeof *get);
    if (get != NULL) {
        *get = (struct ticket_exchange){service, exchange};
    }
    if (get == NULL || ticket_store_find(service, id, on_found, get) != STATUS_OK) {
        ticket_returns_respond_refusal(exchange, STATUS_NOT_FOUND);
        free(get);
    }
}

void http_tickets_on_get(void *owner, struct http_exchange *exchange)
{
    struct matchmaker_service *service = owner;
    if (!http_api_authorize(service, exchange)) {
        return;
    }
    const char *id = http_parameter(exchange, "id");
    uint32_t slot = ticket_table_find(&service->core->tickets, id);
    if (slot != TICKET_NONE) {
        ticket_returns_respond(service, exchange, 200, &service->core->tickets.slots[slot]);
    } else if (strlen(id) == TICKET_ID_SIZE - 1) {
        look_in_store(service, exchange, id);
    } else {
        ticket_returns_respond_refusal(exchange, STATUS_NOT_FOUND);
    }
}

void http_tickets_on_cancel(void *owner, struct http_exchange *exchange)
{
    struct matchmaker_service *service = owner;
    if (!http_api_authorize(service, exchange)) {
        return;
    }
    uint32_t slot = ticket_table_find(&service->core->tickets, http_parameter(exchange, "id"));
    if (slot == TICKET_NONE) {
        ticket_returns_respond_refusal(exchange, STATUS_NOT_FOUND);
        return;
    }
    const struct matchmaker_clock clock = matchmaker_service_clock();
    enum status status = matchmaker_cancel(service->core, slot, &clock, &service->effects);
    if (status != STATUS_OK) {
        ticket_returns_respond_refusal(exchange, status);
        return;
    }
    carry_out(service);
    ticket_returns_respond(service, exchange, 200, &service->core->tickets.slots[slot]);
}
