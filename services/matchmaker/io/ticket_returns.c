/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/ticket_returns.h"

#include "libcommon/runtime/encoding/transcode.h"
#include "libcommon/runtime/telemetry/entropy.h"
#include "services/matchmaker/core/gateway_choice.h"
#include "services/matchmaker/io/carry_out.h"
#include "services/matchmaker/io/http_api.h"

#include <stdio.h>

/* ---- messages ---- */

static const char *gateway_address(const struct matchmaker_service *service, uint32_t region)
{
    size_t count;
    const struct registry_entry *entries = registry_list(service->registry, "gateway", &count);
    struct gateway_choice gateways[REGISTRY_ENTRIES_MAX];
    for (size_t i = 0; i < count; i++) {
        gateways[i] = (struct gateway_choice){.address = entries[i].address,
                                              .region = region_find(entries[i].region),
                                              .is_draining = entries[i].draining,
                                              .players = entries[i].players};
    }
    uint32_t best = gateway_choice_best(gateways, (uint32_t)count, region);
    return best == GATEWAY_CHOICE_NONE ? "" : entries[best].address;
}

static void fill_view(const struct matchmaker_service *service, const struct ticket *ticket,
                      enum ticket_audience audience, struct ticket_view *out_view)
{
    const struct ticket_view_context context = {
        .core = service->core,
        .join_keys = service->join_keys,
        .clock = matchmaker_service_clock(),
        .audience = audience,
        .gateway_address = audience == TICKET_FOR_HTTP ? gateway_address(service, ticket->region) : ""};
    ticket_messages_fill(out_view, &context, ticket);
}

void ticket_returns_reply(struct matchmaker_service *service, const struct mailbox_return *to,
                          const struct ticket *ticket)
{
    struct ticket_view view;
    fill_view(service, ticket, TICKET_FOR_GATEWAY, &view);
    mailbox_reply(service->mailbox, to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET, &view.message.base);
}

void ticket_returns_respond(struct matchmaker_service *service, struct http_exchange *exchange, unsigned http_status,
                            const struct ticket *ticket)
{
    struct ticket_view view;
    fill_view(service, ticket, TICKET_FOR_HTTP, &view);
    http_api_respond_json(exchange, http_status, transcode_json_write(&view.message.base));
}

void ticket_returns_reply_refusal(struct matchmaker_service *service, const struct mailbox_return *to,
                                  enum status status)
{
    struct ticket_refusal refusal = ticket_messages_refusal(status);
    mailbox_refuse(service->mailbox, to, status, refusal.reason, refusal.message);
}

void ticket_returns_respond_refusal(struct http_exchange *exchange, enum status status)
{
    struct ticket_refusal refusal = ticket_messages_refusal(status);
    if (refusal.http_status == 429 || refusal.http_status == 503) {
        http_set_header(exchange, "Retry-After", "1");
    }
    http_respond_error(exchange, refusal.http_status, refusal.reason, NULL, refusal.message);
}

/* ---- requests ---- */

static void refuse(struct matchmaker_service *service, const struct ticket_return *to, enum status status)
{
    if (to->exchange != NULL) {
        ticket_returns_respond_refusal(to->exchange, status);
    } else {
        ticket_returns_reply_refusal(service, &to->mailbox, status);
    }
}

void ticket_returns_create(struct matchmaker_service *service, struct ticket *draft, const struct ticket_return *to)
{
    uint32_t intake;
    entropy_hex_id(draft->id);
    enum status status = matchmaker_create(service->core, draft, &service->effects, &intake);
    if (status != STATUS_OK) {
        refuse(service, to, status);
        return;
    }
    service->returns[intake] = *to;
    carry_out(service);
}

/* The effect's ticket as it was when the core said so: later effects may already be in it. */
static struct ticket ticket_of(const struct matchmaker_service *service, const struct matchmaker_effect *effect)
{
    struct ticket ticket = service->core->tickets.slots[effect->slot];
    ticket.state = effect->state;
    ticket.reason = effect->reason;
    return ticket;
}

void ticket_returns_answer(struct matchmaker_service *service, const struct matchmaker_effect *effect)
{
    const struct ticket_return *to = &service->returns[effect->intake];
    const struct ticket ticket = ticket_of(service, effect);
    if (to->exchange == NULL) {
        ticket_returns_reply(service, &to->mailbox, &ticket);
        return;
    }
    char location[64];
    snprintf(location, sizeof location, "/v1/tickets/%s", ticket.id);
    http_set_header(to->exchange, "Location", location);
    ticket_returns_respond(service, to->exchange, 201, &ticket);
}

void ticket_returns_refuse(struct matchmaker_service *service, const struct matchmaker_effect *effect)
{
    refuse(service, &service->returns[effect->intake], effect->status);
}

void ticket_returns_update(struct matchmaker_service *service, const struct matchmaker_effect *effect)
{
    const struct ticket ticket = ticket_of(service, effect);
    struct ticket_view view;
    Mma__TicketUpdate update;
    fill_view(service, &ticket, TICKET_FOR_GATEWAY, &view);
    ticket_messages_fill_update(&update, &view, &ticket);
    enum status status =
        mailbox_post(service->mailbox, ticket.gateway, MAILBOX_PUBLISH, MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET_UPDATE,
                     ticket_messages_trace(ticket.trace), &update.base);
    if (status != STATUS_OK) {
        log_warning("ticket.update_lost", LOG_TEXT("ticket", ticket.id), LOG_TEXT("peer", ticket.gateway),
                    LOG_STATUS(status));
    }
}
