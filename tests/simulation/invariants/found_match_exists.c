/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A match that a ticket is given exists: an engine has said that it made it.
 *
 * Why: an answer that is given before the write that makes it true sends players to nobody (faults: "lost in a
 * hand-over"). Each assignment that leaves a matchmaker names a match for which some engine answered MATCH_CREATED.
 */
#include "proto/match.pb-c.h"
#include "proto/ticket.pb-c.h"
#include "tests/simulation/invariants/ledger.h"
#include "tests/simulation/invariants/table.h"

struct state {
    struct ledger made; /* matches */
};

struct made_match {
    char id[LEDGER_ID_MAX];
};

static void observe(struct sim_world *world, void *memory, const struct sim_observation *seen)
{
    struct state *state = memory;
    if (seen->kind != SIM_SAW_SENT) {
        return;
    }
    if (seen->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_CREATED) {
        Mma__MatchCreated *created = mma__match_created__unpack(NULL, seen->size, seen->bytes);
        (void)ledger_make(&state->made, created->match_id, sizeof(struct made_match));
        mma__match_created__free_unpacked(created, NULL);
    } else if (seen->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET_UPDATE) {
        Mma__TicketUpdate *update = mma__ticket_update__unpack(NULL, seen->size, seen->bytes);
        const Mma__Assignment *given = update->ticket != NULL ? update->ticket->assignment : NULL;
        if (given != NULL && ledger_find(&state->made, given->match_id) == NULL) {
            sim_broken(world, &invariant_found_match_exists, "nobody made it", "ticket %s is given match %s",
                       update->ticket->id, given->match_id);
        }
        mma__ticket_update__free_unpacked(update, NULL);
    }
}

static void destroy(void *memory)
{
    ledger_free(&((struct state *)memory)->made);
}

const struct sim_invariant invariant_found_match_exists = {
    .name = "found_match_exists", .state_bytes = sizeof(struct state), .observe = observe, .destroy = destroy};
