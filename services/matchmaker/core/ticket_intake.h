/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ticket_intake.h - requests for a new ticket that are not answered yet.
 *
 *     FREE → READING → STORING → FREE
 *
 * READING: the player's rating is read; when PostgreSQL is away or slow, the one last seen or the start rating counts.
 * STORING: the ticket is in the table, and its record on the way to Redis; the request is answered once the record is
 * there, or could not be written. So an answered ticket survives this process, unless Redis is away. Until then the
 * ticket is not matched. A ticket that closes before (it was cancelled) answers its request at once.
 */
#ifndef MMA_SERVICES_MATCHMAKER_CORE_TICKET_INTAKE_H
#define MMA_SERVICES_MATCHMAKER_CORE_TICKET_INTAKE_H

#include "services/matchmaker/core/ticket.h"

#define TICKET_INTAKES_MAX 512 /* requests at once */

enum ticket_intake_state { TICKET_INTAKE_FREE, TICKET_INTAKE_READING, TICKET_INTAKE_STORING };

struct ticket_intake {
    enum ticket_intake_state state;
    uint32_t next_free;  /* while FREE */
    uint32_t ticket;     /* slot, while STORING */
    struct ticket draft; /* while READING */
};

struct ticket_intakes {
    uint32_t count; /* not FREE */
    uint32_t first_free;
    struct ticket_intake items[TICKET_INTAKES_MAX];
};

void ticket_intakes_init(struct ticket_intakes *intakes);

/* TICKET_INTAKE_NONE when all are taken. */
uint32_t ticket_intakes_take(struct ticket_intakes *intakes, const struct ticket *draft);
void ticket_intakes_release(struct ticket_intakes *intakes, uint32_t intake);

#endif
