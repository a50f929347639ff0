/* SPDX-License-Identifier: Apache-2.0 */
/*
 * takeover.h - when a matchmaker takes the open tickets over from Redis, and what a stored ticket becomes.
 *
 * A ticket's record names its owner. Every matchmaker takes back those of its own mailbox, of an earlier life. The
 * first of the registry's matchmakers, by mailbox, takes over those of owners that are not listed any more, by a list
 * that is fresh. Both are looked into at the start, each time that the list's members change, and when Redis comes
 * back, which may not have heard what it was told last; not before Redis has been there for TAKEOVER_SETTLE_MS: where
 * it came back empty the living have announced themselves by then. Records of versions that named no owner are taken
 * only by who is alone.
 *
 * A stored ticket's wait goes on without a wall clock: its record says how long it had waited when it was stored, and
 * Redis says how much of the record's lifetime has passed since.
 */
#ifndef MMA_SERVICES_MATCHMAKER_CORE_TAKEOVER_H
#define MMA_SERVICES_MATCHMAKER_CORE_TAKEOVER_H

#include "libcommon/base/peers.h"
#include "services/matchmaker/core/ticket.h"

#define TAKEOVER_SETTLE_MS 3000 /* the registry's lifetime of an entry */

enum takeover_state { TAKEOVER_NEEDED, TAKEOVER_READING, TAKEOVER_DONE };

struct takeover {
    enum takeover_state state;
    bool is_again;             /* the members changed while the tickets were read */
    uint64_t members;          /* a hash of the others on the list, in any order */
    uint32_t redis_generation; /* that Redis has been up in */
    uint64_t settled_ms;       /* monotonic; since then the list is to be believed */
    uint32_t taken, listed;    /* of the reading under way */
};

/* As the registry and Redis are seen now; borrowed. */
struct takeover_view {
    const char *own_mailbox;
    struct peer_list matchmakers;
    uint64_t list_age_ms; /* since the registry's lists were read */
    bool is_redis_up;
    uint32_t redis_generation; /* how many times it came up: what it knew may be gone */
};

/* A ticket as its record says. */
struct stored_ticket {
    char owner[TICKET_MAILBOX_SIZE]; /* "": not said, by an older version */
    struct ticket ticket;            /* without times of the monotonic clock, and without intake */
    uint64_t waited_ms;              /* when it was stored */
    uint64_t lifetime_ms;            /* that the record was stored with; 0: not said, by an older version */
    int64_t left_ms;                 /* of that lifetime, by Redis; negative: not known */
};

bool takeover_may_take(const struct takeover_view *view, const char *owner);

/* true: the open tickets are to be read now; takeover_end follows. */
bool takeover_step(struct takeover *takeover, const struct takeover_view *view, uint64_t now_ms);
void takeover_end(struct takeover *takeover, bool is_complete); /* else the next step tries again */

/* The ticket with its times of this process's clock. An open one has waited timeout_ms at most. */
void takeover_ticket(const struct stored_ticket *stored, uint32_t timeout_ms, const struct matchmaker_clock *clock,
                     struct ticket *out_ticket);

#endif
