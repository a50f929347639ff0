/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/ticket_intake.h"

#include "services/matchmaker/core/matchmaker_internal.h"

static void ticket_intakes_check(const struct ticket_intakes *intakes)
{
    REQUIRE(intakes->count <= TICKET_INTAKES_MAX);
    REQUIRE((intakes->first_free == TICKET_INTAKE_NONE) == (intakes->count == TICKET_INTAKES_MAX));
}

void ticket_intakes_init(struct ticket_intakes *intakes)
{
    intakes->count = 0;
    intakes->first_free = 0;
    for (uint32_t i = 0; i < TICKET_INTAKES_MAX; i++) {
        intakes->items[i].state = TICKET_INTAKE_FREE;
        intakes->items[i].next_free = i + 1 < TICKET_INTAKES_MAX ? i + 1 : TICKET_INTAKE_NONE;
    }
}

uint32_t ticket_intakes_take(struct ticket_intakes *intakes, const struct ticket *draft)
{
    uint32_t intake = intakes->first_free;
    if (intake == TICKET_INTAKE_NONE) {
        return TICKET_INTAKE_NONE;
    }
    struct ticket_intake *taken = &intakes->items[intake];
    REQUIRE(taken->state == TICKET_INTAKE_FREE);
    intakes->first_free = taken->next_free;
    intakes->count++;
    *taken = (struct ticket_intake){
        .state = TICKET_INTAKE_READING, .next_free = TICKET_INTAKE_NONE, .ticket = TICKET_NONE, .draft = *draft};
    ticket_intakes_check(intakes);
    return intake;
}

void ticket_intakes_release(struct ticket_intakes *intakes, uint32_t intake)
{
    REQUIRE(intake < TICKET_INTAKES_MAX && intakes->items[intake].state != TICKET_INTAKE_FREE);
    intakes->items[intake].state = TICKET_INTAKE_FREE;
    intakes->items[intake].next_free = intakes->first_free;
    intakes->first_free = intake;
    intakes->count--;
    ticket_intakes_check(intakes);
}

/* ---- the way of a request ---- */

enum status matchmaker_create(struct matchmaker *matchmaker, const struct ticket *draft,
                              struct matchmaker_effects *out_effects, uint32_t *out_intake)
{
    REQUIRE(draft->queue < matchmaker->rules.queue_count && hex_id_is_valid(draft->id));
    out_effects->count = 0;
    if (matchmaker->is_draining) {
        return STATUS_UNAVAILABLE;
    }
    if (ticket_table_find_open_of(&matchmaker->tickets, draft->player_id) != TICKET_NONE) {
        return STATUS_EXISTS;
    }
    uint32_t intake = ticket_intakes_take(&matchmaker->intakes, draft);
    if (intake == TICKET_INTAKE_NONE) {
        return STATUS_FULL;
    }
    matchmaker_effects_add(out_effects, &(struct matchmaker_effect){.kind = MATCHMAKER_READ_RATING, .intake = intake});
    *out_intake = intake;
    return STATUS_OK;
}

/* A player without a row is new; without an answer the rating last seen counts. */
static int32_t rating_of(struct matchmaker *matchmaker, const struct ticket *draft, enum status status, bool has_row,
                         int64_t rating_milli)
{
    if (status != STATUS_OK) {
        return rating_cache_get(&matchmaker->ratings, draft->player_id, draft->queue);
    }
    int32_t rating = has_row ? rating_clamp(rating_milli) : RATING_START_MILLI;
    rating_cache_put(&matchmaker->ratings, draft->player_id, draft->queue, rating);
    return rating;
}

void matchmaker_rating_read(struct matchmaker *matchmaker, uint32_t intake, enum status status, bool has_row,
                            int64_t rating_milli, const struct matchmaker_clock *clock,
                            struct matchmaker_effects *out_effects)
{
    REQUIRE(intake < TICKET_INTAKES_MAX);
    struct ticket_intake *request = &matchmaker->intakes.items[intake];
    REQUIRE(request->state == TICKET_INTAKE_READING);
    out_effects->count = 0;
    struct ticket ticket = request->draft;
    ticket.rating_milli = rating_of(matchmaker, &ticket, status, has_row, rating_milli);
    ticket.intake = intake;
    ticket.wait_since_ms = (int64_t)clock->now_ms;
    ticket.create_time = clock->unix_ms;
    ticket.expiry_time = clock->unix_ms + matchmaker->rules.ticket_timeout_ms;
    uint32_t slot;
    enum status entered = matchmaker_enter(matchmaker, &ticket, clock, out_effects, &slot);
    if (entered != STATUS_OK) {
        matchmaker_effects_add(out_effects, &(struct matchmaker_effect){
                                                .kind = MATCHMAKER_REFUSE_INTAKE, .intake = intake, .status = entered});
        ticket_intakes_release(&matchmaker->intakes, intake);
        return;
    }
    request->state = TICKET_INTAKE_STORING;
    request->ticket = slot;
    matchmaker_effects_add(out_effects, &(struct matchmaker_effect){.kind = MATCHMAKER_NOTE_CREATED, .slot = slot});
}
