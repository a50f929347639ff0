/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who keeps a socket hears of every change of their ticket, seat or match, or the socket closes.
 *
 * Why: a player who is told nothing waits for ever, in front of a page that looks alive. Whoever is owed a word has it
 * within HEARS_WITHIN_US, which is longer than any single fault lasts, or loses the socket (and knows that).
 *
 * Owed is: an answer to create_ticket, join_match and watch_match; news of a ticket that is open, by its own time-out;
 * the end of a match that was joined, by its time limit; frames, or the end, of what is watched.
 */
#include "proto/client.pb-c.h"
#include "tests/simulation/invariants/ledger.h"
#include "tests/simulation/invariants/table.h"
#include "tests/simulation/sim_client.h"

#include <stdio.h>
#include <string.h>

#define HEARS_WITHIN_US (20 * SIM_US_PER_S)

enum owed { NOTHING, TICKET_ANSWER, TICKET_NEWS, JOIN_ANSWER, MATCH_END, WATCH_ANSWER, FRAMES };

static const char *const owed_names[] = {"nothing",
                                         "answer to create_ticket",
                                         "news of a ticket",
                                         "answer to join_match",
                                         "match end",
                                         "answer to watch_match",
                                         "frames"};

struct listener {
    char name[LEDGER_ID_MAX]; /* of the client's process */
    uint64_t socket;
    enum owed owed;
    uint64_t until_us;
};

struct state {
    struct ledger listeners;
};

static void owe(const struct sim_world *world, struct listener *listener, enum owed owed, uint64_t extra_us)
{
    listener->owed = owed;
    listener->until_us = world->now_us + HEARS_WITHIN_US + extra_us;
}

static void check(struct sim_world *world, struct listener *listener)
{
    if (listener->owed != NOTHING && world->now_us > listener->until_us) {
        char signature[64];
        snprintf(signature, sizeof(signature), "no %s", owed_names[listener->owed]);
        listener->owed = NOTHING;
        sim_broken(world, &invariant_hears_of_changes, signature, "%s, socket %llu", listener->name,
                   (unsigned long long)listener->socket);
    }
}

static void on_asked(const struct sim_world *world, struct listener *listener, const struct sim_observation *seen)
{
    Mma__ClientMessage *message = mma__client_message__unpack(NULL, seen->size, seen->bytes);
    switch (message != NULL ? message->body_case : MMA__CLIENT_MESSAGE__BODY__NOT_SET) {
    case MMA__CLIENT_MESSAGE__BODY_CREATE_TICKET:
        owe(world, listener, TICKET_ANSWER, 0);
        break;
    case MMA__CLIENT_MESSAGE__BODY_JOIN_MATCH:
        owe(world, listener, JOIN_ANSWER, 0);
        break;
    case MMA__CLIENT_MESSAGE__BODY_WATCH_MATCH:
        owe(world, listener, WATCH_ANSWER, 0);
        break;
    case MMA__CLIENT_MESSAGE__BODY_LEAVE_MATCH:
    case MMA__CLIENT_MESSAGE__BODY_STOP_WATCHING:
        listener->owed = NOTHING;
        break;
    default:
        break;
    }
    mma__client_message__free_unpacked(message, NULL);
}

static void on_ticket(const struct sim_world *world, struct listener *listener, const Mma__Ticket *ticket)
{
    if (listener->owed != TICKET_ANSWER && listener->owed != TICKET_NEWS) {
        return;
    }
    listener->owed = NOTHING;
    if (ticket->state < MMA__TICKET_STATE__COMPLETED) {
        owe(world, listener, TICKET_NEWS, world->settings.ticket_timeout_ms * SIM_US_PER_MS);
    }
}

/* A match waits for its players, is played, is played on as long at most where the best are equal, and is over. */
static uint64_t longest_match_us(const struct sim_world *world)
{
    return UINT64_C(2) * world->settings.match_time_limit_ticks * SIM_US_PER_S / 60 + 10 * SIM_US_PER_S;
}

static void on_read(const struct sim_world *world, struct listener *listener, const struct sim_observation *seen)
{
    switch (seen->body) {
    case MMA__SERVER_MESSAGE__BODY_TICKET:
        on_ticket(world, listener, seen->server->ticket);
        break;
    case MMA__SERVER_MESSAGE__BODY_MATCH_JOINED:
        owe(world, listener, MATCH_END, longest_match_us(world));
        break;
    case MMA__SERVER_MESSAGE__BODY_WATCHING:
        owe(world, listener, FRAMES, 0);
        break;
    case MMA__SERVER_MESSAGE__BODY_SNAPSHOT:
        if (listener->owed == FRAMES) {
            owe(world, listener, FRAMES, 0);
        }
        break;
    case MMA__SERVER_MESSAGE__BODY_PONG:
    case MMA__SERVER_MESSAGE__BODY_CHAT_MESSAGE:
        break;
    case MMA__SERVER_MESSAGE__BODY_ERROR: /* an answer to whatever it was, but for chat and inputs */
        if (listener->owed != MATCH_END || strcmp(seen->server->error->code, "GAME_NOT_FOUND") == 0) {
            listener->owed = listener->owed == FRAMES ? FRAMES : NOTHING;
        }
        break;
    default:
        listener->owed = NOTHING;
        break;
    }
}

static void observe(struct sim_world *world, void *memory, const struct sim_observation *seen)
{
    struct state *state = memory;
    if (seen->kind != SIM_SAW_ASKED && seen->kind != SIM_SAW_READ && seen->kind != SIM_SAW_CLOSED) {
        return;
    }
    struct listener *listener = ledger_make(&state->listeners, seen->process->name, sizeof(*listener));
    check(world, listener);
    if (listener->socket != seen->socket && seen->kind != SIM_SAW_CLOSED) {
        listener->socket = seen->socket;
        listener->owed = NOTHING;
    }
    if (seen->kind == SIM_SAW_ASKED) {
        on_asked(world, listener, seen);
    } else if (seen->kind == SIM_SAW_READ) {
        on_read(world, listener, seen);
    } else if (listener->socket == seen->socket) {
        listener->owed = NOTHING;
    }
}

static void finish(struct sim_world *world, void *memory)
{
    struct state *state = memory;
    for (size_t i = 0; i < state->listeners.count; i++) {
        check(world, state->listeners.items[i]);
    }
}

static void destroy(void *memory)
{
    ledger_free(&((struct state *)memory)->listeners);
}

const struct sim_invariant invariant_hears_of_changes = {.name = "hears_of_changes",
                                                         .state_bytes = sizeof(struct state),
                                                         .observe = observe,
                                                         .finish = finish,
                                                         .destroy = destroy};
