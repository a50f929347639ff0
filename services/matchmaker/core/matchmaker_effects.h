/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matchmaker_effects.h - what the matchmaker's core wants done: a list of values, in order.
 *
 * io/ carries them out before the next call of the core. Those that want an answer name the call that brings it; that
 * call is made exactly once, later, also where the effect could not be carried out at all. Slots name parts of struct
 * matchmaker, whose contents stay as they are until the next call.
 */
#ifndef MMA_SERVICES_MATCHMAKER_CORE_MATCHMAKER_EFFECTS_H
#define MMA_SERVICES_MATCHMAKER_CORE_MATCHMAKER_EFFECTS_H

#include "libcommon/base/status.h"
#include "services/matchmaker/core/ticket.h"

#define MATCHMAKER_EFFECTS_MAX 4096

enum matchmaker_effect_kind {
    /* Tickets. */
    MATCHMAKER_READ_RATING,    /* intake: its player's rating in its queue; then matchmaker_rating_read */
    MATCHMAKER_STORE_TICKET,   /* ticket, to Redis; then matchmaker_ticket_stored, with stamp */
    MATCHMAKER_ANSWER_INTAKE,  /* intake: the answer to its request is ticket, in that state and reason */
    MATCHMAKER_REFUSE_INTAKE,  /* intake: the answer to its request is status */
    MATCHMAKER_UPDATE_GATEWAY, /* ticket, in that state and reason: its gateway's session hears of it */
    MATCHMAKER_READ_OPEN,      /* all open tickets of Redis: matchmaker_restore each, matchmaker_restored at the end */
    MATCHMAKER_FORGET_STORED,  /* id: Redis lists a ticket as open that is not */
    /* Matches. */
    MATCHMAKER_PLACE_MATCH, /* match: its engine shall run it; then matchmaker_placement_answered */
    /* Results. */
    MATCHMAKER_READ_RATINGS, /* result: its players' ratings in its queue; then matchmaker_result_ratings */
    MATCHMAKER_WRITE_RESULT, /* result, and the ratings it moves, in one transaction; then matchmaker_result_written */
    MATCHMAKER_ACKNOWLEDGE,  /* tag: the broker may forget the message */
    MATCHMAKER_REQUEUE,      /* tag: the broker delivers the message again */
    MATCHMAKER_DEAD_LETTER,  /* tag: the message can never be applied, because of detail; id names it */
    MATCHMAKER_RELEASE_RESULT, /* result: its slot is free; what io keeps for it can go */
    /* Drain. */
    MATCHMAKER_DRAINED, /* nothing of this process is under way any more */
    /* For the log and the metrics. */
    MATCHMAKER_NOTE_CREATED,    /* ticket */
    MATCHMAKER_NOTE_CLOSED,     /* ticket */
    MATCHMAKER_NOTE_RESTORED,   /* count tickets of listed ones were taken over */
    MATCHMAKER_NOTE_FORMED,     /* match, and the engine that is asked first or next */
    MATCHMAKER_NOTE_PLACED,     /* match */
    MATCHMAKER_NOTE_NOT_PLACED, /* match: its engine did not take it, because of status */
    MATCHMAKER_NOTE_APPLIED,    /* result: how its transaction ended, in applied */
    MATCHMAKER_NOTE_STALE,      /* result: a rating moved since it was read; it is read again */
    MATCHMAKER_NOTE_RETRY       /* result: it waits, because of status and detail */
};

/* What the transaction did with a result. */
enum result_applied {
    RESULT_APPLIED_MOVED,   /* it is written, and ratings moved */
    RESULT_APPLIED_UNRATED, /* it is written; a match that was cut short moves no rating */
    RESULT_APPLIED_KNOWN    /* it was written before; nothing changed */
};

struct matchmaker_effect {
    enum matchmaker_effect_kind kind;
    uint32_t slot;   /* of the ticket, match or result */
    uint32_t intake; /* or TICKET_INTAKE_NONE */
    enum ticket_state state;
    enum ticket_reason reason;
    enum status status;
    enum result_applied applied;
    uint32_t count, listed;
    uint64_t tag, stamp;
    const char *detail; /* for people; static, or the pointer that the core's caller handed in; may be NULL */
    char id[TICKET_ID_SIZE];
};

struct matchmaker_effects {
    uint32_t count;
    struct matchmaker_effect items[MATCHMAKER_EFFECTS_MAX];
};

static inline bool matchmaker_effects_have_room(const struct matchmaker_effects *effects, uint32_t count)
{
    return MATCHMAKER_EFFECTS_MAX - effects->count >= count;
}

static inline void matchmaker_effects_add(struct matchmaker_effects *effects, const struct matchmaker_effect *effect)
{
    REQUIRE(effects->count < MATCHMAKER_EFFECTS_MAX);
    effects->items[effects->count++] = *effect;
}

#endif
