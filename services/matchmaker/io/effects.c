/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/effects.h"

#include "libcommon/game/rules/rules.h"
#include "libcommon/runtime/encoding/borrow.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "proto/match.pb-c.h"
#include "services/matchmaker/io/telemetry.h"
#include "services/matchmaker/io/ticket_store.h"
#include "services/matchmaker/io/ticket_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A CreateMatch on its way. */
struct asking {
    struct service *service;
    char match_id[TICKET_ID_SIZE];
    struct trace_id trace;
};

static struct trace_id trace_of(const uint8_t bytes[16])
{
    struct trace_id trace;
    memcpy(trace.bytes, bytes, sizeof(trace.bytes));
    return trace;
}

/* ---- tickets ---- */

static void tell_gateway(struct service *service, const struct ticket *ticket)
{
    struct ticket_view view;
    ticket_view_init(&view, service, ticket, TICKET_FOR_GATEWAY);
    Mma__TicketUpdate update;
    mma__ticket_update__init(&update);
    update.session_id = ticket->session_id;
    update.ticket = &view.message;
    update.region = borrow_text(region_name(ticket->region));
    enum status status =
        mailbox_post(service->mailbox, ticket->gateway, MAILBOX_PUBLISH, MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET_UPDATE,
                     trace_of(ticket->trace), &update.base);
    if (status != STATUS_OK) {
        log_warning("ticket.update_lost", LOG_TEXT("ticket", ticket->id), LOG_TEXT("peer", ticket->gateway),
                    LOG_STATUS(status));
    }
}

static void note_closed(const struct service *service, const struct ticket *ticket)
{
    const char *queue = service->core->rules.queues[ticket->queue].name;
    metric_add(&telemetry_closed, 1, queue, ticket_state_name(ticket->state));
    if (ticket->state == TICKET_COMPLETED) {
        metric_observe(&telemetry_wait, (double)(ticket->update_ms - ticket->create_ms) / 1000, queue, NULL);
    }
    log_info("ticket.closed", LOG_TRACE(trace_of(ticket->trace)), LOG_TEXT("ticket", ticket->id),
             LOG_TEXT("player", ticket->player_id), LOG_TEXT("state", ticket_state_name(ticket->state)),
             LOG_TEXT("match", ticket->match_id), LOG_U64("wait_ms", ticket->update_ms - ticket->create_ms));
}

static void on_ticket_changed(struct service *service, const struct ticket *ticket)
{
    if (ticket->state == TICKET_QUEUED) {
        log_info("ticket.created", LOG_TRACE(trace_of(ticket->trace)), LOG_TEXT("ticket", ticket->id),
                 LOG_TEXT("player", ticket->player_id),
                 LOG_TEXT("queue", service->core->rules.queues[ticket->queue].name),
                 LOG_REAL("rating", ticket->rating_milli / 1000.0));
    }
    if (ticket->state == TICKET_QUEUED || !ticket_is_open(ticket)) {
        ticket_store_save(service, ticket);
    }
    if (!ticket_is_open(ticket)) {
        note_closed(service, ticket);
    }
    /* Who creates a ticket has it as the answer. */
    if (ticket->gateway[0] != '\0' && ticket->state != TICKET_QUEUED) {
        tell_gateway(service, ticket);
    }
}

/* ---- matches ---- */

static const char *failure_reason(enum status status)
{
    return status == STATUS_FULL ? "full" : status == STATUS_EXPIRED ? "timeout" : "refused";
}

static void on_not_taken(struct service *service, const char *match_id, struct trace_id trace, enum status status)
{
    metric_add(&telemetry_placement_failed, 1, failure_reason(status), NULL);
    log_warning("match.not_taken", LOG_TRACE(trace), LOG_TEXT("match", match_id), LOG_STATUS(status));
    const struct matchmaker_engines engines = service_engines(service);
    struct matchmaker_effects effects;
    matchmaker_refused(service->core, match_id, &engines, clock_unix_ms(), &effects);
    effects_carry_out(service, &effects);
}

static void on_match_created(void *owner, enum status status, const struct mailbox_envelope *reply)
{
    (void)reply;
    struct asking *asking = owner;
    struct service *service = asking->service;
    if (!service->stopping && status == STATUS_OK) {
        struct matchmaker_effects effects;
        matchmaker_placed(service->core, asking->match_id, clock_unix_ms(), &effects);
        log_info("match.placed", LOG_TRACE(asking->trace), LOG_TEXT("match", asking->match_id));
        effects_carry_out(service, &effects);
    } else if (!service->stopping) {
        on_not_taken(service, asking->match_id, asking->trace, status);
    }
    free(asking);
}

static enum status ask_engine(struct service *service, const struct match *match, const Mma__CreateMatch *message)
{
    struct asking *asking = calloc(1, sizeof(*asking));
    if (asking == NULL) {
        return STATUS_NO_MEMORY;
    }
    asking->service = service;
    asking->trace = trace_of(match->trace);
    snprintf(asking->match_id, sizeof(asking->match_id), "%s", match->id);
    enum status status = mailbox_request(service->mailbox, match->engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_MATCH,
                                         trace_of(match->trace), &message->base,
                                         service->settings->create_match_timeout_ms, on_match_created, asking);
    if (status != STATUS_OK) {
        free(asking);
    }
    return status;
}

static void fill_message(const struct service *service, const struct match *match, Mma__CreateMatch *message)
{
    const struct queue_rules *queue = &service->core->rules.queues[match->queue];
    message->match_id = borrow_text(match->id);
    message->queue = borrow_text(queue->name);
    message->mode = borrow_text(queue->name);
    message->map = borrow_text(queue->map);
    message->seed = match->seed;
    message->time_limit_ticks = service->settings->match_time_limit_s * RULES_TICK_RATE;
    message->score_limit = service->settings->match_score_limit;
    message->region = borrow_text(region_name(match->region));
    message->quality = match->quality_q16 / 65536.0;
}

static void place_match(struct service *service, const struct match *match)
{
    Mma__CreateMatch message;
    Mma__Seat seats[MATCH_PLAYERS_MAX];
    Mma__Seat *pointers[MATCH_PLAYERS_MAX];
    mma__create_match__init(&message);
    fill_message(service, match, &message);
    for (uint32_t i = 0; i < match->seat_count; i++) {
        mma__seat__init(&seats[i]);
        seats[i].player_id = borrow_text(match->seats[i].player_id);
        seats[i].team = match->seats[i].team;
        seats[i].rating = match->seats[i].rating_milli / 1000.0;
        pointers[i] = &seats[i];
    }
    message.n_seats = match->seat_count;
    message.seats = pointers;
    if (match->tried.count == 0) {
        metric_add(&telemetry_formed, 1, message.queue, NULL);
        metric_observe(&telemetry_quality, message.quality, message.queue, NULL);
    }
    log_info("match.formed", LOG_TRACE(trace_of(match->trace)), LOG_TEXT("match", match->id),
             LOG_TEXT("queue", message.queue), LOG_TEXT("region", message.region),
             LOG_U64("players", match->seat_count), LOG_REAL("quality", message.quality),
             LOG_TEXT("peer", match->engine));
    enum status status = ask_engine(service, match, &message);
    if (status != STATUS_OK) {
        char match_id[TICKET_ID_SIZE];
        snprintf(match_id, sizeof(match_id), "%s", match->id);
        on_not_taken(service, match_id, trace_of(match->trace), status);
    }
}

void effects_carry_out(struct service *service, const struct matchmaker_effects *effects)
{
    for (uint32_t i = 0; i < effects->count; i++) {
        uint32_t slot = effects->items[i].slot;
        switch (effects->items[i].kind) {
        case EFFECT_TICKET_CHANGED:
            on_ticket_changed(service, &service->core->tickets.slots[slot]);
            break;
        case EFFECT_PLACE_MATCH:
            place_match(service, &service->core->matches.slots[slot]);
            break;
        }
    }
}
