/* SPDX-License-Identifier: Apache-2.0 */
/* node_matchmaker_answers.c - requests for tickets and their answers, as io/ticket_returns.c and the two APIs. */
#include "proto/match.pb-c.h"
#include "tests/simulation/node_matchmaker_internal.h"
#include "tests/simulation/sim_tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICKET_BYTES_MAX 4096
#define TICKETS_PATH     "/v1/tickets"

/* ---- messages ------------------------------------------------------------------------------------ */

static void fill_view(const struct matchmaker_node *node, const struct ticket *ticket, enum ticket_audience audience,
                      struct ticket_view *out_view)
{
    const struct ticket_view_context context = {.core = node->core,
                                                .join_keys = sim_tokens_joins(),
                                                .clock = node_matchmaker_clock(node),
                                                .audience = audience,
                                                .gateway_address = ""};
    ticket_messages_fill(out_view, &context, ticket);
}

void node_matchmaker_respond(struct matchmaker_node *node, struct sim_exchange *exchange, unsigned http_status,
                             const struct ticket *ticket)
{
    struct ticket_view view;
    uint8_t bytes[TICKET_BYTES_MAX];
    fill_view(node, ticket, TICKET_FOR_HTTP, &view);
    REQUIRE(mma__ticket__get_packed_size(&view.message) <= sizeof(bytes));
    sim_http_answer(exchange, http_status, bytes, mma__ticket__pack(&view.message, bytes));
}

static void reply(struct matchmaker_node *node, const struct mailbox_return *to, const struct ticket *ticket)
{
    struct ticket_view view;
    fill_view(node, ticket, TICKET_FOR_GATEWAY, &view);
    sim_reply(node->process, to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET, &view.message.base);
}

static void refuse(struct matchmaker_node *node, const struct matchmaker_node_return *to, enum status status)
{
    const struct ticket_refusal refusal = ticket_messages_refusal(status);
    if (to->exchange != NULL) {
        sim_http_answer(to->exchange, refusal.http_status, NULL, 0);
    } else {
        sim_refuse(node->process, &to->mailbox, status, refusal.reason, refusal.message);
    }
}

static struct ticket ticket_of(const struct matchmaker_node *node, const struct matchmaker_effect *effect)
{
    struct ticket ticket = node->core->tickets.slots[effect->slot];
    ticket.state = effect->state;
    ticket.reason = effect->reason;
    return ticket;
}

void node_matchmaker_answer(struct matchmaker_node *node, const struct matchmaker_effect *effect)
{
    const struct matchmaker_node_return *to = &node->returns[effect->intake];
    const struct ticket ticket = ticket_of(node, effect);
    if (to->exchange != NULL) {
        node_matchmaker_respond(node, to->exchange, 201, &ticket);
    } else {
        reply(node, &to->mailbox, &ticket);
    }
}

void node_matchmaker_refuse(struct matchmaker_node *node, const struct matchmaker_effect *effect)
{
    refuse(node, &node->returns[effect->intake], effect->status);
}

void node_matchmaker_update(struct matchmaker_node *node, const struct matchmaker_effect *effect)
{
    const struct ticket ticket = ticket_of(node, effect);
    struct ticket_view view;
    Mma__TicketUpdate update;
    fill_view(node, &ticket, TICKET_FOR_GATEWAY, &view);
    ticket_messages_fill_update(&update, &view, &ticket);
    enum status status =
        sim_post(node->process, ticket.gateway, MAILBOX_PUBLISH, MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET_UPDATE,
                 ticket_messages_trace(ticket.trace), &update.base);
    if (status != STATUS_OK) {
        sim_log(node->process, "ticket.update_lost %s: %s", ticket.id, status_text(status));
    }
}

/* ---- requests ------------------------------------------------------------------------------------ */

void node_matchmaker_create(struct matchmaker_node *node, struct ticket *draft, const struct matchmaker_node_return *to)
{
    uint32_t intake;
    (void)snprintf(draft->id, sizeof(draft->id), "%016llx%016llx", (unsigned long long)sim_random_u64(node->process),
                   (unsigned long long)sim_random_u64(node->process));
    enum status status = matchmaker_create(node->core, draft, &node->effects, &intake);
    if (status != STATUS_OK) {
        refuse(node, to, status);
        return;
    }
    node->returns[intake] = *to;
    node_matchmaker_carry_out(node);
}

static void on_create(struct matchmaker_node *node, const struct mailbox_envelope *envelope,
                      const Mma__CreateTicket *message)
{
    const struct matchmaker_node_return to = {.mailbox = sim_return_of(envelope)};
    struct ticket draft;
    struct ticket_draft_error error;
    if (ticket_messages_draft(node->core, message, sim_region(node->process), &draft, &error) != STATUS_OK) {
        sim_refuse(node->process, &to.mailbox, STATUS_INVALID, "INVALID_INPUT", error.message);
        return;
    }
    (void)snprintf(draft.gateway, sizeof(draft.gateway), "%s", envelope->sender);
    memcpy(draft.trace, envelope->trace.bytes, sizeof(draft.trace));
    node_matchmaker_create(node, &draft, &to);
}

static void on_cancel(struct matchmaker_node *node, const struct mailbox_envelope *envelope,
                      const Mma__CancelTicket *message)
{
    const struct matchmaker_node_return to = {.mailbox = sim_return_of(envelope)};
    const struct matchmaker_clock clock = node_matchmaker_clock(node);
    uint32_t slot = matchmaker_find_own(node->core, message->ticket_id, message->player_id);
    enum status status =
        slot == TICKET_NONE ? STATUS_NOT_FOUND : matchmaker_cancel(node->core, slot, &clock, &node->effects);
    if (status != STATUS_OK) {
        refuse(node, &to, status);
        return;
    }
    node_matchmaker_carry_out(node);
    reply(node, &to.mailbox, &node->core->tickets.slots[slot]);
}

void node_matchmaker_on_envelope(void *state, const struct mailbox_envelope *envelope)
{
    struct matchmaker_node *node = state;
    if (envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_TICKET) {
        Mma__CreateTicket *message = mma__create_ticket__unpack(NULL, envelope->payload_size, envelope->payload);
        on_create(node, envelope, message);
        mma__create_ticket__free_unpacked(message, NULL);
    } else if (envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_CANCEL_TICKET) {
        Mma__CancelTicket *message = mma__cancel_ticket__unpack(NULL, envelope->payload_size, envelope->payload);
        on_cancel(node, envelope, message);
        mma__cancel_ticket__free_unpacked(message, NULL);
    } else if (envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_OVER) {
        Mma__MatchOver *message = mma__match_over__unpack(NULL, envelope->payload_size, envelope->payload);
        matchmaker_match_over(node->core, message->ended->match_id, sim_monotonic_ms(node->process));
        mma__match_over__free_unpacked(message, NULL);
    }
}

/* ---- HTTP ---------------------------------------------------------------------------------------- */

static void http_create(struct matchmaker_node *node, struct sim_exchange *exchange,
                        const struct sim_http_request *request)
{
    Mma__CreateTicket *message = mma__create_ticket__unpack(NULL, request->body.size, request->body.bytes);
    struct ticket draft;
    struct ticket_draft_error error;
    enum status status = message ? ticket_messages_draft(node->core, message, sim_region(node->process), &draft, &error)
                                 : STATUS_INVALID;
    if (message != NULL) {
        mma__create_ticket__free_unpacked(message, NULL);
    }
    if (status != STATUS_OK) {
        sim_http_answer(exchange, 400, NULL, 0);
        return;
    }
    node_matchmaker_create(node, &draft, &(struct matchmaker_node_return){.exchange = exchange});
}

static void http_get(struct matchmaker_node *node, struct sim_exchange *exchange, const char *id)
{
    uint32_t slot = ticket_table_find(&node->core->tickets, id);
    if (slot != TICKET_NONE) {
        node_matchmaker_respond(node, exchange, 200, &node->core->tickets.slots[slot]);
    } else if (node_matchmaker_find(node, id, exchange) != STATUS_OK) {
        sim_http_answer(exchange, 404, NULL, 0);
    }
}

static void http_delete(struct matchmaker_node *node, struct sim_exchange *exchange, const char *id)
{
    const struct matchmaker_clock clock = node_matchmaker_clock(node);
    uint32_t slot = ticket_table_find(&node->core->tickets, id);
    enum status status =
        slot == TICKET_NONE ? STATUS_NOT_FOUND : matchmaker_cancel(node->core, slot, &clock, &node->effects);
    if (status != STATUS_OK) {
        sim_http_answer(exchange, ticket_messages_refusal(status).http_status, NULL, 0);
        return;
    }
    node_matchmaker_carry_out(node);
    node_matchmaker_respond(node, exchange, 200, &node->core->tickets.slots[slot]);
}

void node_matchmaker_on_http(void *state, struct sim_exchange *exchange)
{
    struct matchmaker_node *node = state;
    const struct sim_http_request *request = sim_http_request(exchange);
    bool is_one = strncmp(request->path, TICKETS_PATH "/", sizeof(TICKETS_PATH)) == 0;
    const char *id = is_one ? request->path + sizeof(TICKETS_PATH) : "";
    if (strcmp(request->method, "POST") == 0) {
        http_create(node, exchange, request);
    } else if (strcmp(request->method, "DELETE") == 0) {
        http_delete(node, exchange, id);
    } else {
        http_get(node, exchange, id);
    }
}
