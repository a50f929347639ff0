/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/placements.h"

#include "services/matchmaker/io/carry_out.h"
#include "services/matchmaker/io/placement_messages.h"
#include "services/matchmaker/io/ticket_messages.h"

static void on_placement_answered(void *owner, enum status status, const struct mailbox_envelope *reply)
{
    (void)reply;
    const struct service_slot *match = owner;
    struct matchmaker_service *service = match->service;
    if (service->is_stopping) {
        return;
    }
    const struct matchmaker_engines engines = matchmaker_service_engines(service);
    const struct matchmaker_clock clock = matchmaker_service_clock();
    matchmaker_placement_answered(service->core, match->slot, status, &engines, &clock, &service->effects);
    carry_out(service);
}

enum status placements_ask(struct matchmaker_service *service, uint32_t match_slot)
{
    const struct formed_match *match = &service->core->matches.slots[match_slot];
    const struct placement_limits limits = {service->settings->match_time_limit_s,
                                            service->settings->match_score_limit};
    struct placement_message message;
    placement_messages_fill(&message, &service->core->rules, match, &limits);
    return mailbox_request(service->mailbox, match->engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_MATCH,
                           ticket_messages_trace(match->trace), &message.create.base,
                           service->settings->create_match_timeout_ms, on_placement_answered,
                           &service->matches[match_slot]);
}
