/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/ticket_view.h"

#include "libcommon/runtime/encoding/borrow.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/log.h"

#include <stdio.h>
#include <string.h>

_Static_assert((int)TICKET_TIMED_OUT == (int)MMA__TICKET_STATE__TIMED_OUT, "states are those of proto/ticket.proto");

/* The least occupied gateway of the region that takes work, or of any region. */
static const char *gateway_address(const struct service *service, uint32_t region)
{
    size_t count;
    const struct registry_entry *gateways = registry_list(service->registry, "gateway", &count);
    const struct registry_entry *best = NULL;
    bool best_is_near = false;
    for (size_t i = 0; i < count; i++) {
        bool is_near = region_find(gateways[i].region) == (enum region)region;
        if (gateways[i].draining || gateways[i].address[0] == '\0' || (best_is_near && !is_near)) {
            continue;
        }
        if (best == NULL || (is_near && !best_is_near) || gateways[i].players < best->players) {
            best = &gateways[i];
            best_is_near = is_near;
        }
    }
    return best ? best->address : "";
}

static enum status sign_token(struct service *service, const struct ticket *ticket, uint64_t expires_unix_s,
                              struct ticket_view *view)
{
    struct jwt_claims claims = {.expires_unix_s = expires_unix_s};
    snprintf(claims.subject, sizeof(claims.subject), "%s", ticket->player_id);
    snprintf(claims.match_id, sizeof(claims.match_id), "%s", ticket->match_id);
    snprintf(claims.engine, sizeof(claims.engine), "%s", ticket->engine);
    return jwt_sign(service->join_keys, &claims, "mma-match", clock_unix_ms() / 1000, view->token, sizeof(view->token));
}

static void fill_assignment(struct ticket_view *view, struct service *service, const struct ticket *ticket,
                            enum ticket_audience audience)
{
    uint64_t expires_unix_s = ticket->update_ms / 1000 + JOIN_TOKEN_LIFETIME_S;
    enum status status = sign_token(service, ticket, expires_unix_s, view);
    if (status != STATUS_OK) {
        log_error("token.failed", LOG_TEXT("ticket", ticket->id), LOG_STATUS(status));
        return;
    }
    mma__assignment__init(&view->assignment);
    view->assignment.match_id = borrow_text(ticket->match_id);
    view->assignment.token = view->token;
    view->assignment.expiry_time = (int64_t)expires_unix_s * 1000;
    if (audience == TICKET_FOR_HTTP) {
        view->assignment.connection = borrow_text(gateway_address(service, ticket->region));
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

void ticket_view_init(struct ticket_view *view, struct service *service, const struct ticket *ticket,
                      enum ticket_audience audience)
{
    Mma__Ticket *message = &view->message;
    mma__ticket__init(message);
    message->id = borrow_text(ticket->id);
    message->player_id = borrow_text(ticket->player_id);
    message->queue = borrow_text(service->core->rules.queues[ticket->queue].name);
    message->state = (Mma__TicketState)ticket->state;
    message->status_reason = borrow_text(ticket_reason_name(ticket->reason));
    message->status_message = borrow_text(ticket_reason_message(ticket->reason));
    message->estimated_wait_time_ms = ticket_is_open(ticket) ? service->core->queues[ticket->queue].wait_ms : 0;
    message->create_time = (int64_t)ticket->create_ms;
    message->update_time = (int64_t)ticket->update_ms;
    message->expiry_time = (int64_t)ticket->expiry_ms;
    message->rating = ticket->rating_milli / 1000.0;
    fill_latencies(view, ticket);
    if (ticket->state == TICKET_COMPLETED && audience != TICKET_FOR_STORE) {
        fill_assignment(view, service, ticket, audience);
    }
}
