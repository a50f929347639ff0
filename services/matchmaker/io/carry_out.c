/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/carry_out.h"

#include "services/matchmaker/io/matchmaker_notes.h"
#include "services/matchmaker/io/placements.h"
#include "services/matchmaker/io/rating_store.h"
#include "services/matchmaker/io/results.h"
#include "services/matchmaker/io/ticket_returns.h"
#include "services/matchmaker/io/ticket_store.h"

static enum status carry_out_ticket(struct matchmaker_service *service, const struct matchmaker_effect *effect)
{
    switch (effect->kind) {
    case MATCHMAKER_READ_RATING:
        return rating_store_read(service, effect->intake);
    case MATCHMAKER_STORE_TICKET:
        return ticket_store_save(service, effect->slot, effect->stamp);
    case MATCHMAKER_ANSWER_INTAKE:
        ticket_returns_answer(service, effect);
        return STATUS_OK;
    case MATCHMAKER_REFUSE_INTAKE:
        ticket_returns_refuse(service, effect);
        return STATUS_OK;
    case MATCHMAKER_UPDATE_GATEWAY:
        ticket_returns_update(service, effect);
        return STATUS_OK;
    case MATCHMAKER_READ_OPEN:
        return ticket_store_read_open(service);
    case MATCHMAKER_FORGET_STORED:
        ticket_store_forget(service, effect->id);
        return STATUS_OK;
    default:
        return STATUS_OK;
    }
}

static enum status carry_out_result(struct matchmaker_service *service, const struct matchmaker_effect *effect)
{
    switch (effect->kind) {
    case MATCHMAKER_READ_RATINGS:
        return rating_store_read_all(service, effect->slot);
    case MATCHMAKER_WRITE_RESULT:
        return rating_store_write(service, effect->slot);
    case MATCHMAKER_ACKNOWLEDGE:
        amqp_acknowledge(service->amqp, effect->tag);
        return STATUS_OK;
    case MATCHMAKER_REQUEUE:
        amqp_reject(service->amqp, effect->tag, true);
        return STATUS_OK;
    case MATCHMAKER_DEAD_LETTER:
        amqp_reject(service->amqp, effect->tag, false);
        return STATUS_OK;
    case MATCHMAKER_RELEASE_RESULT:
        results_release(service, effect->slot);
        return STATUS_OK;
    default:
        return STATUS_OK;
    }
}

static enum status carry_out_one(struct matchmaker_service *service, const struct matchmaker_effect *effect)
{
    matchmaker_notes_write(service, effect);
    if (effect->kind <= MATCHMAKER_FORGET_STORED) {
        return carry_out_ticket(service, effect);
    }
    if (effect->kind == MATCHMAKER_PLACE_MATCH) {
        return placements_ask(service, effect->slot);
    }
    if (effect->kind == MATCHMAKER_DRAINED) {
        daemon_drained(service->daemon);
    }
    return carry_out_result(service, effect);
}

static void put_aside(struct matchmaker_service *service, const struct matchmaker_effect *effect, enum status status)
{
    REQUIRE(service->failed_count < MATCHMAKER_EFFECTS_MAX);
    uint32_t at = (service->failed_first + service->failed_count++) % MATCHMAKER_EFFECTS_MAX;
    service->failed[at] = (struct failed_effect){*effect, status};
}

/* false: nothing is left. */
static bool take_failed(struct matchmaker_service *service)
{
    if (service->failed_count == 0) {
        return false;
    }
    const struct failed_effect *failed = &service->failed[service->failed_first];
    service->failed_first = (service->failed_first + 1) % MATCHMAKER_EFFECTS_MAX;
    service->failed_count--;
    const struct matchmaker_engines engines = matchmaker_service_engines(service);
    const struct matchmaker_clock clock = matchmaker_service_clock();
    matchmaker_effect_failed(service->core, &failed->effect, failed->status, &engines, &clock, &service->effects);
    return true;
}

void carry_out(struct matchmaker_service *service)
{
    REQUIRE(!service->is_carrying_out);
    service->is_carrying_out = true;
    do {
        for (uint32_t i = 0; i < service->effects.count; i++) {
            enum status status = carry_out_one(service, &service->effects.items[i]);
            if (status != STATUS_OK) {
                put_aside(service, &service->effects.items[i], status);
            }
        }
        service->effects.count = 0;
    } while (take_failed(service));
    service->is_carrying_out = false;
}
