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
    const struct sim_process *matchmaker; /* that said so */
    uint64_t incarnation;
    uint32_t redis_generation;
};

struct state {
    struct ledger tickets;
};

/* What had gone wrong before, for today's protocol copes with some of it only. */
static const char *signature_of(const struct seen_ticket *ticket)
{
    const struct sim_process *first = ticket->matchmaker;
    bool is_gone = first != NULL && (!sim_process_is_up(first) || first->incarnation != ticket->incarnation);
    if (is_gone && !first->has_stopped) {
        return "two matches, its matchmaker had died";
    }
    bool has_lost = first != NULL && first->links[SIM_REDIS].generation != ticket->redis_generation;
    return has_lost ? "two matches, Redis had been away" : "two matches";
}

/* matchmaker NULL: it is a client that has read it. */
static void note(struct sim_world *world, struct state *state, const struct sim_process *matchmaker,
                 const char *ticket_id, const char *match_id)
{
    if (ticket_id[0] == '\0' || match_id[0] == '\0') {
        return;
    }
    struct seen_ticket *ticket = ledger_make(&state->tickets, ticket_id, sizeof(*ticket));
    if (ticket->match_id[0] == '\0') {
        snprintf(ticket->match_id, sizeof(ticket->match_id), "%s", match_id);
        ticket->matchmaker = matchmaker;
        ticket->incarnation = matchmaker != NULL ? matchmaker->incarnation : 0;
        ticket->redis_generation = matchmaker != NULL ? matchmaker->links[SIM_REDIS].generation : 0;
    } else if (strcmp(ticket->match_id, match_id) != 0) {
        sim_broken(world, &invariant_ticket_in_one_match, signature_of(ticket), "ticket %s is in %s and in %s",
                   ticket_id, ticket->match_id, match_id);
    }
}

static void note_ticket(struct sim_world *world, struct state *state, const struct sim_process *matchmaker,
                        const Mma__Ticket *ticket)
{
    if (ticket != NULL && ticket->assignment != NULL) {
        note(world, state, matchmaker, ticket->id, ticket->assignment->match_id);
    }
}

static void observe(struct sim_world *world, void *memory, const struct sim_observation *seen)
{
    struct state *state = memory;
    if (seen->kind == SIM_SAW_SENT && seen->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET_UPDATE) {
        Mma__TicketUpdate *update = mma__ticket_update__unpack(NULL, seen->size, seen->bytes);
        note_ticket(world, state, seen->process, update->ticket);
        mma__ticket_update__free_unpacked(update, NULL);
    } else if (seen->kind == SIM_SAW_SENT && seen->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET) {
        Mma__Ticket *ticket = mma__ticket__unpack(NULL, seen->size, seen->bytes);
        note_ticket(world, state, seen->process, ticket);
        mma__ticket__free_unpacked(ticket, NULL);
    } else if (seen->kind == SIM_SAW_READ && seen->body == MMA__SERVER_MESSAGE__BODY_MATCH_FOUND) {
        note(world, state, NULL, seen->server->match_found->ticket_id, seen->server->match_found->match_id);
    }
}

static void destroy(void *memory)
{
    ledger_free(&((struct state *)memory)->tickets);
}

const struct sim_invariant invariant_ticket_in_one_match = {
    .name = "ticket_in_one_match", .state_bytes = sizeof(struct state), .observe = observe, .destroy = destroy};
