/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matchmaker.h - the rules of matchmaking: tickets and engines in, matches out. Pure: time, identities and the list of
 * engines are arguments; what is to be done stands in the effects, in order, and must be done before the next call.
 *
 * All times are ms since the Unix epoch and may jump: a ticket's wait is never negative. The struct is large (a few
 * MB): the owner allocates it once.
 */
#ifndef MMA_MATCHMAKER_MATCHMAKER_H
#define MMA_MATCHMAKER_MATCHMAKER_H

#include "libcommon/base/random.h"
#include "libcommon/base/status.h"
#include "services/matchmaker/core/match_table.h"
#include "services/matchmaker/core/matching.h"
#include "services/matchmaker/core/placement.h"
#include "services/matchmaker/core/ticket_table.h"

#define QUEUES_MAX             16
#define QUEUE_NONE             QUEUES_MAX
#define MATCHMAKER_EFFECTS_MAX 4096
#define TICKET_KEEP_MS         60000   /* a closed ticket is shown so long */
#define MATCH_KEEP_MS          120000  /* a match that is over is shown so long from memory */
#define MATCH_FORGET_MS        7200000 /* a match whose end nobody told us */
#define ENGINE_NEWS_MS         1500    /* after so long an engine's own figures include a match it was given */

struct queue_rules {
    char name[32];       /* of the mode, and of the ticket's queue */
    char map[32];        /* that it is played on */
    uint32_t team_count; /* 0: everybody for themselves; else 2 */
    uint32_t players_min, players_max;
};

struct matchmaker_rules {
    struct matching_rules matching;
    uint32_t ticket_timeout_ms;
    uint32_t tickets_max; /* 1 .. TICKETS_CAPACITY */
    uint32_t queue_count;
    struct queue_rules queues[QUEUES_MAX];
};

enum matchmaker_effect_kind {
    EFFECT_TICKET_CHANGED, /* slot of tickets: tell who waits for it, and store it */
    EFFECT_PLACE_MATCH     /* slot of matches: ask match.engine to run it, then matchmaker_placed or _refused */
};

struct matchmaker_effect {
    enum matchmaker_effect_kind kind;
    uint32_t slot;
};

struct matchmaker_effects {
    uint32_t count;
    struct matchmaker_effect items[MATCHMAKER_EFFECTS_MAX];
};

struct matchmaker_queue_stats {
    uint32_t tickets[TICKET_STATE_COUNT]; /* open ones by state */
    uint32_t estimated_wait_ms;           /* mean of recent waits that led to a match; 0: none yet */
    uint64_t matches_formed;
};

struct matchmaker {
    struct matchmaker_rules rules;
    struct random random; /* of match ids and seeds */
    struct ticket_table tickets;
    struct match_table matches;
    struct matching_pool pool; /* of the round under way */
    struct {
        uint32_t wait_ms; /* moving mean */
        uint64_t matches_formed;
    } queues[QUEUES_MAX];
};

/* The engines as they are known now; borrowed. given_* are filled in by the matchmaker. */
struct matchmaker_engines {
    struct placement_engine *items;
    uint32_t count;
};

void matchmaker_init(struct matchmaker *matchmaker, const struct matchmaker_rules *rules, uint64_t seed);

uint32_t matchmaker_find_queue(const struct matchmaker *matchmaker, const char *name); /* QUEUE_NONE */

/*
 * Enters a ticket: id, player, gateway, session, queue, rating and latencies are the caller's; create_ms 0 means now,
 * and the rest is set here. A ticket from before a restart keeps its create_ms, and its state is QUEUED again.
 * STATUS_EXISTS: the player has an open ticket; STATUS_FULL.
 */
MUST_USE enum status matchmaker_enter(struct matchmaker *matchmaker, const struct ticket *ticket, uint64_t now_ms,
                                      struct matchmaker_effects *out_effects, uint32_t *out_slot);

/* STATUS_STALE: the ticket is being placed or closed already (CANCELLED again is OK). */
MUST_USE enum status matchmaker_cancel(struct matchmaker *matchmaker, uint32_t slot, uint64_t now_ms,
                                       struct matchmaker_effects *out_effects);

/* Forgets what is old, times out, and forms matches. Does as much as the effects hold; the rest is the next round's. */
void matchmaker_round(struct matchmaker *matchmaker, const struct matchmaker_engines *engines, uint64_t now_ms,
                      struct matchmaker_effects *out_effects);

/* match.engine took the match: its tickets are COMPLETED. An unknown id or a match not PLACING: no effect. */
void matchmaker_placed(struct matchmaker *matchmaker, const char *match_id, uint64_t now_ms,
                       struct matchmaker_effects *out_effects);

/* match.engine did not: the next engine is asked, or the tickets search again. */
void matchmaker_refused(struct matchmaker *matchmaker, const char *match_id, const struct matchmaker_engines *engines,
                        uint64_t now_ms, struct matchmaker_effects *out_effects);

void matchmaker_match_over(struct matchmaker *matchmaker, const char *match_id, uint64_t now_ms);

struct matchmaker_queue_stats matchmaker_stats(const struct matchmaker *matchmaker, uint32_t queue);
uint32_t matchmaker_placing(const struct matchmaker *matchmaker); /* matches being placed */

#endif
