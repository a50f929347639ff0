/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ticket.h - one player's request to play, and the names of its states.
 *
 * QUEUED → SEARCHING → PLACING → COMPLETED; from PLACING back to SEARCHING when no engine took the match; from QUEUED
 * and SEARCHING also CANCELLED and TIMED_OUT. FAILED is not used: a ticket that cannot be placed waits until it times
 * out, and its reason says why. Numbers are those of proto/ticket.proto.
 *
 * Waits and ages are of the monotonic clock; *_time is wall time, a label for people that decides nothing.
 */
#ifndef MMA_SERVICES_MATCHMAKER_CORE_TICKET_H
#define MMA_SERVICES_MATCHMAKER_CORE_TICKET_H

#include "libcommon/base/hex_id.h"
#include "services/matchmaker/core/region.h"

#include <stdbool.h>
#include <stdint.h>

#define TICKET_ID_SIZE      HEX_ID_SIZE
#define TICKET_PLAYER_SIZE  65
#define TICKET_MAILBOX_SIZE 64
#define TICKET_LATENCY_NONE UINT16_MAX /* the player did not name the region */
#define TICKET_LATENCY_MAX  10000
#define TICKET_INTAKE_NONE  UINT32_MAX

/* The two clocks of a daemon, read together in one place of io/. */
struct matchmaker_clock {
    uint64_t now_ms;  /* monotonic: what waits, keeps and deadlines are counted in */
    uint64_t unix_ms; /* wall time: a label */
};

enum ticket_state {
    TICKET_QUEUED = 1,
    TICKET_SEARCHING,
    TICKET_PLACING,
    TICKET_COMPLETED,
    TICKET_FAILED,
    TICKET_CANCELLED,
    TICKET_TIMED_OUT,
    TICKET_STATE_COUNT
};

/* Why a ticket waits, or ended without a match. */
enum ticket_reason {
    TICKET_REASON_NONE,
    TICKET_REASON_NO_CAPACITY, /* no engine with room in the regions the player can reach */
    TICKET_REASON_NO_MATCH,    /* timed out: nobody of a fitting rating and region came */
    TICKET_REASON_COUNT
};

/* Whether Redis has the ticket as it is. */
enum ticket_store {
    TICKET_UNSTORED, /* no: it is written in a round, once Redis is there */
    TICKET_STORING,  /* on the way */
    TICKET_STORED
};

struct ticket {
    char id[TICKET_ID_SIZE];
    char player_id[TICKET_PLAYER_SIZE];
    char gateway[TICKET_MAILBOX_SIZE]; /* gets its updates; "": it came over HTTP */
    uint64_t session_id;               /* at that gateway */
    uint8_t trace[16];                 /* W3C trace id of the request; for the owner's log only */
    uint32_t queue;                    /* index in the matchmaker's queues */
    enum ticket_state state;
    enum ticket_reason reason;
    int32_t rating_milli;
    uint16_t latency_ms[REGION_COUNT]; /* TICKET_LATENCY_NONE or round trip */
    int64_t wait_since_ms;             /* monotonic; before this process's zero for a ticket that waited elsewhere */
    int64_t update_ms;                 /* monotonic, likewise: its last change */
    uint64_t create_time, update_time, expiry_time; /* ms since the Unix epoch */
    uint32_t intake;                                /* its request waits for an answer; else TICKET_INTAKE_NONE */
    enum ticket_store store;
    uint64_t store_stamp;             /* of the write that is on the way, or was last */
    char match_id[TICKET_ID_SIZE];    /* PLACING and COMPLETED, else "" */
    char engine[TICKET_MAILBOX_SIZE]; /* COMPLETED: it runs the match */
    uint32_t region;                  /* COMPLETED: where, else REGION_NONE */
};

static inline bool ticket_is_open(const struct ticket *ticket)
{
    return ticket->state <= TICKET_PLACING;
}

static inline bool ticket_can_leave(const struct ticket *ticket)
{
    return ticket->state <= TICKET_SEARCHING;
}

uint32_t ticket_wait_ms(const struct ticket *ticket, uint64_t now_ms); /* since it was created, wherever that was */
uint32_t ticket_age_ms(const struct ticket *ticket, uint64_t now_ms);  /* since its last change */

const char *ticket_reason_name(enum ticket_reason reason);    /* "" for none */
const char *ticket_reason_message(enum ticket_reason reason); /* for people */
const char *ticket_state_name(enum ticket_state state);

#endif
