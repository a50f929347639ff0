/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A player sits in at most one running match.
 *
 * Why: a player who sits in two plays neither well, and both move the same rating. A seat is taken when the engine says
 * JOINED, and free when that engine was told LEAVE, said MATCH_OVER, or is gone; the same match's seat may be taken
 * anew.
 */
#include "proto/match.pb-c.h"
#include "tests/simulation/invariants/ledger.h"
#include "tests/simulation/invariants/table.h"

#include <stdio.h>
#include <string.h>

struct seat {
    char player_id[LEDGER_ID_MAX];
    char match_id[40]; /* "": sits nowhere */
    const struct sim_process *engine, *gateway;
    uint64_t session_id;
};

struct state {
    struct ledger seats;
};

static void take_seat(struct sim_world *world, struct state *state, const struct sim_observation *seen,
                      const Mma__Joined *joined)
{
    const Mma__MatchJoined *match = joined->joined;
    for (size_t i = 0; i < match->n_seats; i++) {
        if (match->seats[i]->slot != match->slot) {
            continue;
        }
        struct seat *seat = ledger_make(&state->seats, match->seats[i]->player_id, sizeof(*seat));
        if (seat->match_id[0] != '\0' && strcmp(seat->match_id, match->match_id) != 0) {
            sim_broken(world, &invariant_player_in_one_match, "two seats", "%s sits in %s and in %s", seat->player_id,
                       seat->match_id, match->match_id);
        }
        snprintf(seat->match_id, sizeof(seat->match_id), "%s", match->match_id);
        seat->engine = seen->process;
        seat->gateway = seen->peer;
        seat->session_id = joined->session_id;
    }
}

static void free_seats(struct state *state, const struct sim_process *engine, const struct sim_process *gateway,
                       uint64_t session_id, const char *match_id)
{
    for (size_t i = 0; i < state->seats.count; i++) {
        struct seat *seat = state->seats.items[i];
        bool is_of_session = session_id == 0 || (seat->session_id == session_id && seat->gateway == gateway);
        bool is_of_match = match_id == NULL || strcmp(seat->match_id, match_id) == 0;
        if (seat->engine == engine && is_of_session && is_of_match) {
            seat->match_id[0] = '\0';
        }
    }
}

static void observe(struct sim_world *world, void *memory, const struct sim_observation *seen)
{
    struct state *state = memory;
    if (seen->kind == SIM_SAW_END) {
        free_seats(state, seen->process, NULL, 0, NULL);
    } else if (seen->kind == SIM_SAW_SENT && seen->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOINED) {
        Mma__Joined *joined = mma__joined__unpack(NULL, seen->size, seen->bytes);
        take_seat(world, state, seen, joined);
        mma__joined__free_unpacked(joined, NULL);
    } else if (seen->kind == SIM_SAW_TAKEN && seen->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_LEAVE) {
        Mma__Leave *leave = mma__leave__unpack(NULL, seen->size, seen->bytes);
        free_seats(state, seen->process, seen->peer, leave->session_id, NULL);
        mma__leave__free_unpacked(leave, NULL);
    } else if (seen->kind == SIM_SAW_SENT && seen->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_OVER) {
        Mma__MatchOver *over = mma__match_over__unpack(NULL, seen->size, seen->bytes);
        free_seats(state, seen->process, NULL, 0, over->ended != NULL ? over->ended->match_id : "");
        mma__match_over__free_unpacked(over, NULL);
    }
}

static void destroy(void *memory)
{
    ledger_free(&((struct state *)memory)->seats);
}

const struct sim_invariant invariant_player_in_one_match = {
    .name = "player_in_one_match", .state_bytes = sizeof(struct state), .observe = observe, .destroy = destroy};
