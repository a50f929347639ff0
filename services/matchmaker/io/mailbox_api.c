/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/mailbox_api.h"

#include "libcommon/runtime/telemetry/clock.h"
#include "proto/match.pb-c.h"
#include "services/matchmaker/io/effects.h"
#include "services/matchmaker/io/intake.h"
#include "services/matchmaker/io/ticket_draft.h"
#include "services/matchmaker/io/ticket_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct create_request {
    struct service *service;
    struct mailbox_return to;
};

struct ticket_refusal ticket_refusal_of(enum status status)
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

static void refuse(struct service *service, const struct mailbox_return *to, enum status status)
{
    struct ticket_refusal refusal = ticket_refusal_of(status);
    mailbox_refuse(service->mailbox, to, status, refusal.reason, refusal.message);
}

static void reply_ticket(struct service *service, const struct mailbox_return *to, const struct ticket *ticket)
{
    struct ticket_view view;
    ticket_view_init(&view, service, ticket, TICKET_FOR_GATEWAY);
    mailbox_reply(service->mailbox, to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET, &view.message.base);
}

static void refuse_field(struct service *service, const struct mailbox_return *to,
                         const struct ticket_draft_error *error)
{
    char message[160];
    snprintf(message, sizeof(message), "%s: %s", error->field, error->message);
    mailbox_refuse(service->mailbox, to, STATUS_INVALID, "INVALID_INPUT", message);
}

static void on_entered(void *owner, enum status status, const struct ticket *ticket)
{
    struct create_request *request = owner;
    if (status == STATUS_OK) {
        reply_ticket(request->service, &request->to, ticket);
    } else if (status != STATUS_CANCELLED) {
        refuse(request->service, &request->to, status);
    }
    free(request);
}

static void on_create(struct service *service, const struct mailbox_envelope *envelope,
                      const Mma__CreateTicket *message)
{
    struct mailbox_return to = mailbox_return_of(envelope);
    struct ticket draft;
    struct ticket_draft_error error;
    const char *home = daemon_settings(service->daemon)->region;
    if (ticket_draft_make(service->core, message, home, &draft, &error) != STATUS_OK) {
        refuse_field(service, &to, &error);
        return;
    }
    snprintf(draft.gateway, sizeof(draft.gateway), "%s", envelope->sender);
    memcpy(draft.trace, envelope->trace.bytes, sizeof(draft.trace));
    struct create_request *request = calloc(1, sizeof(*request));
    if (request == NULL) {
        refuse(service, &to, STATUS_FULL);
        return;
    }
    *request = (struct create_request){service, to};
    intake_enter(service, &draft, on_entered, request);
}

static void on_cancel(struct service *service, const struct mailbox_envelope *envelope,
                      const Mma__CancelTicket *message)
{
    struct mailbox_return to = mailbox_return_of(envelope);
    const struct ticket_table *tickets = &service->core->tickets;
    uint32_t slot = message->ticket_id[0] != '\0' ? ticket_table_find(tickets, message->ticket_id)
                                                  : ticket_table_find_open_of(tickets, message->player_id);
    /* A player sees no other's tickets. */
    if (slot == TICKET_NONE || strcmp(tickets->slots[slot].player_id, message->player_id) != 0) {
        refuse(service, &to, STATUS_NOT_FOUND);
        return;
    }
    struct matchmaker_effects effects;
    enum status status = matchmaker_cancel(service->core, slot, clock_unix_ms(), &effects);
    if (status != STATUS_OK) {
        refuse(service, &to, status);
        return;
    }
    effects_carry_out(service, &effects);
    reply_ticket(service, &to, &tickets->slots[slot]);
}

static void on_match_over(struct service *service, const struct mailbox_envelope *envelope,
                          const Mma__MatchOver *message)
{
    if (message->ended != NULL) {
        matchmaker_match_over(service->core, message->ended->match_id, clock_unix_ms());
        log_info("match.ended", LOG_TRACE(envelope->trace), LOG_TEXT("match", message->ended->match_id),
                 LOG_U64("ticks", message->ended->ticks));
    }
}

static const ProtobufCMessageDescriptor *descriptor_of(Mma__MessageType type)
{
    switch (type) {
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_TICKET:
        return &mma__create_ticket__descriptor;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_CANCEL_TICKET:
        return &mma__cancel_ticket__descriptor;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_OVER:
        return &mma__match_over__descriptor;
    default:
        return NULL;
    }
}

void mailbox_api_on_envelope(void *owner, const struct mailbox_envelope *envelope)
{
    struct service *service = owner;
    const ProtobufCMessageDescriptor *descriptor = descriptor_of(envelope->type);
    ProtobufCMessage *message =
        descriptor ? protobuf_c_message_unpack(descriptor, NULL, envelope->payload_size, envelope->payload) : NULL;
    if (message == NULL) {
        log_warning("envelope.refused", LOG_TEXT("peer", envelope->sender), LOG_U64("type", envelope->type));
        if (envelope->correlation_id != 0) {
            struct mailbox_return to = mailbox_return_of(envelope);
            mailbox_refuse(service->mailbox, &to, STATUS_INVALID, "INVALID_INPUT", "not a message for a matchmaker");
        }
        return;
    }
    if (descriptor == &mma__create_ticket__descriptor) {
        on_create(service, envelope, (const Mma__CreateTicket *)message);
    } else if (descriptor == &mma__cancel_ticket__descriptor) {
        on_cancel(service, envelope, (const Mma__CancelTicket *)message);
    } else {
        on_match_over(service, envelope, (const Mma__MatchOver *)message);
    }
    protobuf_c_message_free_unpacked(message, NULL);
}
