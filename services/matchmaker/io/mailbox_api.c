/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/mailbox_api.h"

#include "proto/match.pb-c.h"
#include "services/matchmaker/io/carry_out.h"
#include "services/matchmaker/io/ticket_returns.h"

#include <stdio.h>
#include <string.h>

static void refuse_field(struct matchmaker_service *service, const struct mailbox_return *to,
                         const struct ticket_draft_error *error)
{
    char message[160];
    snprintf(message, sizeof message, "%s: %s", error->field, error->message);
    mailbox_refuse(service->mailbox, to, STATUS_INVALID, "INVALID_INPUT", message);
}

static void on_create(struct matchmaker_service *service, const struct mailbox_envelope *envelope,
                      const Mma__CreateTicket *message)
{
    const struct ticket_return to = {.mailbox = mailbox_return_of(envelope)};
    struct ticket draft;
    struct ticket_draft_error error;
    const char *home = daemon_settings(service->daemon)->region;
    if (ticket_messages_draft(service->core, message, home, &draft, &error) != STATUS_OK) {
        refuse_field(service, &to.mailbox, &error);
        return;
    }
    snprintf(draft.gateway, sizeof draft.gateway, "%s", envelope->sender);
    memcpy(draft.trace, envelope->trace.bytes, sizeof draft.trace);
    ticket_returns_create(service, &draft, &to);
}

static void on_cancel(struct matchmaker_service *service, const struct mailbox_envelope *envelope,
                      const Mma__CancelTicket *message)
{
    struct mailbox_return to = mailbox_return_of(envelope);
    uint32_t slot = matchmaker_find_own(service->core, message->ticket_id, message->player_id);
    if (slot == TICKET_NONE) {
        ticket_returns_reply_refusal(service, &to, STATUS_NOT_FOUND);
        return;
    }
    const struct matchmaker_clock clock = matchmaker_service_clock();
    enum status status = matchmaker_cancel(service->core, slot, &clock, &service->effects);
    if (status != STATUS_OK) {
        ticket_returns_reply_refusal(service, &to, status);
        return;
    }
    carry_out(service);
    ticket_returns_reply(service, &to, &service->core->tickets.slots[slot]);
}

static void on_match_over(struct matchmaker_service *service, const struct mailbox_envelope *envelope,
                          const Mma__MatchOver *message)
{
    if (message->ended != NULL) {
        matchmaker_match_over(service->core, message->ended->match_id, matchmaker_service_clock().now_ms);
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
    struct matchmaker_service *service = owner;
    const ProtobufCMessageDescriptor *descriptor = descriptor_of(envelope->type);
    ProtobufCMessage *message =
        descriptor != NULL ? protobuf_c_message_unpack(descriptor, NULL, envelope->payload_size, envelope->payload)
                           : NULL;
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
