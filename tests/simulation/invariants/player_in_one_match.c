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

/* By its id, as text: whether the client still has the socket that it was welcomed on. */
struct listened_session {
    char id[LEDGER_ID_MAX];
    const struct sim_process *client;
    uint64_t socket;
    bool is_lost, has_left;
    bool is_given_up; /* the gateway took its engine for dead, and said so */
};

/* By "<session>/<match>": when its gateway first asked for the seat. */
struct asked_join {
    char id[LEDGER_ID_MAX];
    uint64_t at_us;
};

struct state {
    struct ledger seats, sessions, joins;
};

#define JOIN_LATE_US (2900 * SIM_US_PER_MS) /* the gateway has given up, and said so */

static struct asked_join *join_of(struct state *state, uint64_t session_id, const char *match_id)
{
    char text[LEDGER_ID_MAX];
    snprintf(text, sizeof(text), "%016llx/%s", (unsigned long long)session_id, match_id);
    return ledger_make(&state->joins, text, sizeof(struct asked_join));
}

static void note_join(struct state *state, const struct sim_observation *seen)
{
    Mma__Join *message = mma__join__unpack(NULL, seen->size, seen->bytes);
    join_of(state, message->session_id, message->match_id)->at_us = seen->at_us;
    mma__join__free_unpacked(message, NULL);
}

static struct listened_session *session_of(struct state *state, uint64_t id)
{
    char text[LEDGER_ID_MAX];
    snprintf(text, sizeof(text), "%016llx", (unsigned long long)id);
    return ledger_make(&state->sessions, text, sizeof(struct listened_session));
}

static void lose_socket(struct state *state, const struct sim_process *client, uint64_t socket, bool is_leaving)
{
    for (size_t i = 0; i < state->sessions.count; i++) {
        struct listened_session *session = state->sessions.items[i];
        bool is_it = session->client == client && session->socket == socket;
        session->is_lost = session->is_lost || (is_it && !is_leaving);
        session->has_left = session->has_left || (is_it && is_leaving);
    }
}

/* The seat that is still held: today's protocol keeps it where the word of its end is lost, or late. */
static const char *signature_of(const struct sim_world *world, struct state *state, const struct seat *seat,
                                const Mma__Joined *joined)
{
    const struct listened_session *session = session_of(state, seat->session_id);
    if (world->now_us - join_of(state, joined->session_id, joined->joined->match_id)->at_us > JOIN_LATE_US) {
        return "two seats, by a late join";
    }
    if (session->is_lost) {
        return "two seats, the first's socket is lost";
    }
    if (session->is_given_up) {
        return "two seats, the first's engine was given up";
    }
    return session->has_left ? "two seats, the first has left" : "two seats";
}

/* An error that answers nothing: the match's engine is gone. */
static void note_given_up(struct state *state, const struct sim_observation *seen)
{
    const Mma__ServerMessage *message = seen->server;
    for (size_t i = 0; i < state->sessions.count; i++) {
        struct listened_session *session = state->sessions.items[i];
        if (session->client == seen->process && session->socket == seen->socket && message->cid == 0 &&
            strcmp(message->error->code, "GAME_NOT_FOUND") == 0) {
            session->is_given_up = true;
        }
    }
}

static bool is_leave(const struct sim_observation *seen)
{
    Mma__ClientMessage *message = mma__client_message__unpack(NULL, seen->size, seen->bytes);
    bool is_it = message != NULL && message->body_case == MMA__CLIENT_MESSAGE__BODY_LEAVE_MATCH;
    mma__client_message__free_unpacked(message, NULL);
    return is_it;
}

static void take_seat(struct sim_world *world, struct state *state, const struct sim_observation *seen,
                      const Mma__Joined *joined)
{
    const Mma__MatchJoined *match = joined->joined;
    for (size_t i = 0; i < match->n_seats; i++) {
        if (match->seats[i]->slot != match->slot) {
            continue;
        }
        struct seat *seat = ledger_make(&state->seats, match->seats[i]->player_id, sizeof(*seat));
        bool is_moved = seat->engine == seen->process && seat->session_id == joined->session_id;
        if (seat->match_id[0] != '\0' && !is_moved && strcmp(seat->match_id, match->match_id) != 0) {
            sim_broken(world, &invariant_player_in_one_match, signature_of(world, state, seat, joined),
                       "%s sits in %s and in %s", seat->player_id, seat->match_id, match->match_id);
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
    if (seen->kind == SIM_SAW_READ && seen->body == MMA__SERVER_MESSAGE__BODY_WELCOME) {
        struct listened_session *session = session_of(state, seen->server->welcome->session_id);
        session->client = seen->process;
        session->socket = seen->socket;
    } else if (seen->kind == SIM_SAW_READ && seen->body == MMA__SERVER_MESSAGE__BODY_ERROR) {
        note_given_up(state, seen);
    } else if (seen->kind == SIM_SAW_CLOSED) {
        lose_socket(state, seen->process, seen->socket, false);
    } else if (seen->kind == SIM_SAW_ASKED) {
        if (is_leave(seen)) {
            lose_socket(state, seen->process, seen->socket, true);
        }
    } else if (seen->kind == SIM_SAW_END) {
        free_seats(state, seen->process, NULL, 0, NULL);
    } else if (seen->kind == SIM_SAW_SENT && seen->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN) {
        note_join(state, seen);
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
    ledger_free(&((struct state *)memory)->sessions);
    ledger_free(&((struct state *)memory)->joins);
}

const struct sim_invariant invariant_player_in_one_match = {
    .name = "player_in_one_match", .state_bytes = sizeof(struct state), .observe = observe, .destroy = destroy};
