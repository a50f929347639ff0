/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/ticket_messages.h"

#include "libcommon/runtime/encoding/borrow.h"

#include <stdio.h>
#include <string.h>

_Static_assert((int)TICKET_TIMED_OUT == (int)MMA__TICKET_STATE__TIMED_OUT, "states are those of proto/ticket.proto");

struct trace_id ticket_messages_trace(const uint8_t bytes[16])
{
    struct trace_id trace;
    memcpy(trace.bytes, bytes, sizeof trace.bytes);
    return trace;
}

/* ---- tickets ---- */

static enum status sign_token(const struct ticket_view_context *context, const struct ticket *ticket,
                              uint64_t expires_unix_s, struct ticket_view *view)
{
    struct jwt_claims claims = {.expires_unix_s = expires_unix_s};
    snprintf(claims.subject, sizeof claims.subject, "%s", ticket->player_id);
    snprintf(claims.match_id, sizeof claims.match_id, "%s", ticket->match_id);
    snprintf(claims.engine, sizeof claims.engine, "%s", ticket->engine);
    return jwt_sign(context->join_keys, &claims, "mma-match", context->clock.unix_ms / 1000, view->token,
                    sizeof view->token);
}

static void fill_assignment(struct ticket_view *view, const struct ticket_view_context *context,
                            const struct ticket *ticket)
{
    uint64_t left_ms = matchmaker_token_left_ms(ticket, context->clock.now_ms);
    uint64_t expires_unix_s = (context->clock.unix_ms + left_ms) / 1000;
    enum status status = sign_token(context, ticket, expires_unix_s, view);
    if (status != STATUS_OK) {
        log_error("token.failed", LOG_TEXT("ticket", ticket->id), LOG_STATUS(status));
        return;
    }
    mma__assignment__init(&view->assignment);
    view->assignment.match_id = borrow_text(ticket->match_id);
    view->assignment.token = view->token;
    view->assignment.expiry_time = (int64_t)expires_unix_s * 1000;
    if (context->audience == TICKET_FOR_HTTP) {
        view->assignment.connection = borrow_text(context->gateway_address);
    }
    view->message.assignment = &view->assignment;
}

static void fill_latencies(struct ticket_view *view, const struct ticket *ticket)
{
    for (uint32_t region = 0; region < REGION_COUNT; region++) {
        if (ticket->latency_ms[region] != TICKET_LATENCY_NONE) {
            Mma__RegionLatency *row = &view->rows[view->message.n_latencies];
            mma__region_latency__init(row);
            row->region = borrow_text(region_name(region));
            row->latency_ms = ticket->latency_ms[region];
            view->row_pointers[view->message.n_latencies++] = row;
        }
    }
    view->message.latencies = view->row_pointers;
}

void ticket_messages_fill(struct ticket_view *out_view, const struct ticket_view_context *context,
                          const struct ticket *ticket)
{
    const struct matchmaker *core = context->core;
    Mma__Ticket *message = &out_view->message;
    mma__ticket__init(message);
    message->id = borrow_text(ticket->id);
    message->player_id = borrow_text(ticket->player_id);
    message->queue = borrow_text(core->rules.queues[ticket->queue].name);
    message->state = (Mma__TicketState)ticket->state;
    message->status_reason = borrow_text(ticket_reason_name(ticket->reason));
    message->status_message = borrow_text(ticket_reason_message(ticket->reason));
    message->estimated_wait_time_ms = ticket_is_open(ticket) ? core->queues[ticket->queue].wait_ms : 0;
    message->create_time = (int64_t)ticket->create_time;
    message->update_time = (int64_t)ticket->update_time;
    message->expiry_time = (int64_t)ticket->expiry_time;
    message->rating = ticket->rating_milli / 1000.0;
    fill_latencies(out_view, ticket);
    if (ticket->state == TICKET_COMPLETED && context->audience != TICKET_FOR_STORE) {
        fill_assignment(out_view, context, ticket);
    }
}

void ticket_messages_fill_update(Mma__TicketUpdate *out_update, struct ticket_view *view, const struct ticket *ticket)
{
    mma__ticket_update__init(out_update);
    out_update->session_id = ticket->session_id;
    out_update->ticket = &view->message;
    out_update->region = borrow_text(region_name(ticket->region));
}

/* ---- requests ---- */

struct ticket_refusal ticket_messages_refusal(enum status status)
{
    switch (status) {
    case STATUS_EXISTS:
        return (struct ticket_refusal){"TICKET_EXISTS", "the player has an open ticket already", 409};
    case STATUS_FULL:
        return (struct ticket_refusal){"QUEUE_FULL", "no more tickets are taken at the moment", 429};
    case STATUS_NOT_FOUND:
        return (struct ticket_refusal){"TICKET_NOT_FOUND", "there is no such ticket", 404};
    case STATUS_STALE:
        return (struct ticket_refusal){"TICKET_CLOSED", "the ticket is matched or closed already", 409};
    default:
        return (struct ticket_refusal){"SHUTTING_DOWN", "this matchmaker is shutting down", 503};
    }
}

enum status ticket_messages_draft(const struct matchmaker *core, const Mma__CreateTicket *message,
                                  const char *home_region, struct ticket *out_draft,
                                  struct ticket_draft_error *out_error)
{
    struct ticket_draft_request request = {
        .player_id = message->player_id,
        .queue = message->queue,
        .home_region = home_region,
        .session_id = message->session_id,
        .latency_count = message->n_latencies < UINT32_MAX ? (uint32_t)message->n_latencies : UINT32_MAX};
    for (uint32_t i = 0; i < request.latency_count && i < TICKET_DRAFT_LATENCIES_MAX; i++) {
        request.latencies[i] =
            (struct ticket_draft_latency){message->latencies[i]->region, message->latencies[i]->latency_ms};
    }
    return ticket_draft_make(core, &request, out_draft, out_error);
}
