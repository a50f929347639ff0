/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ticket is in at most one match.
 *
 * Why: a ticket is one wish to play. Whoever is promised two matches by it takes one seat, and leaves others to wait in
 * the second for somebody who never comes. Two matchmakers that both believe to own a ticket, or one that forms anew
 * what was placed already, break it.
 */
#include "proto/client.pb-c.h"
#include "proto/ticket.pb-c.h"
#include "tests/simulation/invariants/ledger.h"
#include "tests/simulation/invariants/table.h"

#include <stdio.h>
#include <string.h>

struct seen_ticket {
    char id[LEDGER_ID_MAX];
    char match_id[40];
};

struct state {
    struct ledger tickets;
};

static void note(struct sim_world *world, struct state *state, const char *ticket_id, const char *match_id)
{
    if (ticket_id[0] == '\0' || match_id[0] == '\0') {
        return;
    }
    struct seen_ticket *ticket = ledger_make(&state->tickets, ticket_id, sizeof(*ticket));
    if (ticket->match_id[0] == '\0') {
        snprintf(ticket->match_id, sizeof(ticket->match_id), "%s", match_id);
    } else if (strcmp(ticket->match_id, match_id) != 0) {
        sim_broken(world, &invariant_ticket_in_one_match, "two matches", "ticket %s is in %s and in %s", ticket_id,
                   ticket->match_id, match_id);
    }
}

static void note_ticket(struct sim_world *world, struct state *state, const Mma__Ticket *ticket)
{
    if (ticket != NULL && ticket->assignment != NULL) {
        note(world, state, ticket->id, ticket->assignment->match_id);
    }
}

static void observe(struct sim_world *world, void *memory, const struct sim_observation *seen)
{
    struct state *state = memory;
    if (seen->kind == SIM_SAW_SENT && seen->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET_UPDATE) {
        Mma__TicketUpdate *update = mma__ticket_update__unpack(NULL, seen->size, seen->bytes);
        note_ticket(world, state, update->ticket);
        mma__ticket_update__free_unpacked(update, NULL);
    } else if (seen->kind == SIM_SAW_SENT && seen->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET) {
        Mma__Ticket *ticket = mma__ticket__unpack(NULL, seen->size, seen->bytes);
        note_ticket(world, state, ticket);
        mma__ticket__free_unpacked(ticket, NULL);
    } else if (seen->kind == SIM_SAW_READ && seen->body == MMA__SERVER_MESSAGE__BODY_MATCH_FOUND) {
        note(world, state, seen->server->match_found->ticket_id, seen->server->match_found->match_id);
    }
}

static void destroy(void *memory)
{
    ledger_free(&((struct state *)memory)->tickets);
}

const struct sim_invariant invariant_ticket_in_one_match = {
    .name = "ticket_in_one_match", .state_bytes = sizeof(struct state), .observe = observe, .destroy = destroy};
