/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/results.h"

#include "services/matchmaker/io/carry_out.h"
#include "services/matchmaker/io/result_messages.h"

static void free_message(Mma__MatchResult *message)
{
    if (message != NULL) {
        mma__match_result__free_unpacked(message, NULL);
    }
}

void results_release(struct matchmaker_service *service, uint32_t slot)
{
    free_message(service->messages[slot].message);
    service->messages[slot].message = NULL;
}

void results_on_delivery(void *owner, const struct amqp_delivery *delivery)
{
    struct matchmaker_service *service = owner;
    struct result_report report;
    Mma__MatchResult *message = mma__match_result__unpack(NULL, delivery->size, delivery->body);
    if (message != NULL) {
        result_messages_report(message, &report);
    }
    uint32_t slot = matchmaker_result_received(service->core, message != NULL ? &report : NULL, delivery->message_id,
                                               delivery->tag, &service->effects);
    if (slot == RESULT_NONE) {
        free_message(message);
    } else {
        service->messages[slot] = (struct result_message){message, delivery->trace};
    }
    carry_out(service);
}
