/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/intake.h"

#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/entropy.h"
#include "services/matchmaker/core/rating.h"
#include "services/matchmaker/io/effects.h"

#include <stdlib.h>

struct intake {
    struct service *service;
    struct ticket draft;
    intake_done *done;
    void *owner;
};

static void enter(struct service *service, struct ticket *draft, intake_done *done, void *owner)
{
    struct matchmaker_effects effects;
    uint32_t slot;
    entropy_hex_id(draft->id);
    enum status status = matchmaker_enter(service->core, draft, clock_unix_ms(), &effects, &slot);
    if (status != STATUS_OK) {
        done(owner, status, NULL);
        return;
    }
    effects_carry_out(service, &effects);
    done(owner, STATUS_OK, &service->core->tickets.slots[slot]);
}

/* A player without a row is new; without an answer, what was seen last counts. */
static int32_t rating_of(struct service *service, const struct ticket *draft, enum status status,
                         const PGresult *result)
{
    if (status != STATUS_OK) {
        return rating_cache_get(&service->ratings, draft->player_id, draft->queue);
    }
    int32_t rating_milli = RATING_START_MILLI;
    if (PQntuples(result) == 1) {
        rating_milli = rating_clamp((int64_t)(strtod(PQgetvalue(result, 0, 0), NULL) * 1000 + 0.5));
    }
    rating_cache_put(&service->ratings, draft->player_id, draft->queue, rating_milli);
    return rating_milli;
}

static void on_rating(void *owner, enum status status, const PGresult *result)
{
    struct intake *intake = owner;
    struct service *service = intake->service;
    service->intakes--;
    if (service->stopping) {
        intake->done(intake->owner, STATUS_CANCELLED, NULL);
    } else {
        intake->draft.rating_milli = rating_of(service, &intake->draft, status, result);
        enter(service, &intake->draft, intake->done, intake->owner);
    }
    free(intake);
}

static enum status read_rating(struct service *service, const struct ticket *draft, intake_done *done, void *owner)
{
    struct intake *intake = calloc(1, sizeof(*intake));
    if (intake == NULL) {
        return STATUS_NO_MEMORY;
    }
    *intake = (struct intake){service, *draft, done, owner};
    const struct postgres_statement statement = {
        .sql = "SELECT rating FROM ratings WHERE player_id = $1 AND queue = $2",
        .parameter_count = 2,
        .parameters = {draft->player_id, service->core->rules.queues[draft->queue].name}};
    service->intakes++;
    enum status status = postgres_query(service->reads, &statement, on_rating, intake);
    if (status != STATUS_OK) {
        service->intakes--;
        free(intake);
    }
    return status;
}

void intake_enter(struct service *service, const struct ticket *draft, intake_done *done, void *owner)
{
    enum status status = STATUS_OK;
    if (service->draining || service->stopping) {
        status = STATUS_UNAVAILABLE;
    } else if (ticket_table_find_open_of(&service->core->tickets, draft->player_id) != TICKET_NONE) {
        status = STATUS_EXISTS;
    } else if (service->intakes >= INTAKES_MAX) {
        status = STATUS_FULL;
    }
    if (status != STATUS_OK) {
        done(owner, status, NULL);
        return;
    }
    struct ticket copy = *draft;
    if (read_rating(service, &copy, done, owner) != STATUS_OK) {
        copy.rating_milli = rating_cache_get(&service->ratings, copy.player_id, copy.queue);
        enter(service, &copy, done, owner);
    }
}
