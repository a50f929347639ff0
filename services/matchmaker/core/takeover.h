/* SPDX-License-Identifier: Apache-2.0 */
/*
 * takeover.h - when a matchmaker takes the open tickets over from Redis, and what a stored ticket becomes.
 *
 * Another matchmaker in the registry has the open tickets; they are taken over only by one that is alone there, by a
 * list that is fresh. So they are taken from a dead one once its entry has expired, and once each time that this
 * process finds itself alone.
 *
 * A stored ticket's wait goes on without a wall clock: its record says how long it had waited when it was stored, and
 * Redis says how much of the record's lifetime has passed since.
 */
#ifndef MMA_MATCHMAKER_TAKEOVER_H
#define MMA_MATCHMAKER_TAKEOVER_H

#include "libcommon/base/peers.h"
#include "services/matchmaker/core/ticket.h"

enum takeover_state { TAKEOVER_NEEDED, TAKEOVER_READING, TAKEOVER_DONE };

struct takeover {
    enum takeover_state state;
    uint32_t taken, listed; /* of the reading under way */
};

/* As the registry and Redis are seen now; borrowed. */
struct takeover_view {
    const char *own_mailbox;
    struct peer_list matchmakers;
    uint64_t list_age_ms; /* since the registry's lists were read */
    bool is_redis_up;
};

/* A ticket as its record says. */
struct stored_ticket {
    struct ticket ticket; /* without times of the monotonic clock, and without intake */
    uint64_t waited_ms;   /* when it was stored */
    uint64_t lifetime_ms; /* that the record was stored with; 0: not said, by an older version */
    int64_t left_ms;      /* of that lifetime, by Redis; negative: not known */
};

bool takeover_is_alone(const struct takeover_view *view);

/* true: the open tickets are to be read now; takeover_end follows. */
bool takeover_step(struct takeover *takeover, const struct takeover_view *view);
void takeover_end(struct takeover *takeover, bool is_complete); /* else the next step tries again */

/* The ticket with its times of this process's clock. An open one has waited timeout_ms at most. */
void takeover_ticket(const struct stored_ticket *stored, uint32_t timeout_ms, const struct matchmaker_clock *clock,
                     struct ticket *out_ticket);

#endif
