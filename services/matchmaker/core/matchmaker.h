/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matchmaker.h - the rules of matchmaking: requests, tickets, engines and results in; answers, matches and ratings out.
 *
 * Pure: time, identities and the lists of the registry are arguments; what is to be done stands in the effects, in
 * order, and must be done before the next call (matchmaker_effects.h). Each call begins the list anew.
 *
 * Every wait and keep is of the monotonic clock. The struct is large (some MB): the owner allocates it once.
 */
#ifndef MMA_SERVICES_MATCHMAKER_CORE_MATCHMAKER_H
#define MMA_SERVICES_MATCHMAKER_CORE_MATCHMAKER_H

#include "libcommon/base/random.h"
#include "libcommon/base/status.h"
#include "services/matchmaker/core/formed_match_table.h"
#include "services/matchmaker/core/matching.h"
#include "services/matchmaker/core/matchmaker_effects.h"
#include "services/matchmaker/core/placement.h"
#include "services/matchmaker/core/rating_cache.h"
#include "services/matchmaker/core/result_intake.h"
#include "services/matchmaker/core/takeover.h"
#include "services/matchmaker/core/ticket_intake.h"
#include "services/matchmaker/core/ticket_table.h"

#define QUEUES_MAX                   16
#define QUEUE_NONE                   QUEUES_MAX
#define MATCHMAKER_TICKET_KEEP_MS    60000   /* a closed ticket is shown so long */
#define MATCHMAKER_MATCH_KEEP_MS     120000  /* a match that is over is shown so long from memory */
#define MATCHMAKER_MATCH_FORGET_MS   7200000 /* a match whose end was never reported */
#define MATCHMAKER_ENGINE_FIGURES_MS 1500    /* after so long an engine's own figures include a match it was given */
#define MATCHMAKER_JOIN_TOKEN_MS     60000   /* from a ticket's completion on its player may join */

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

struct matchmaker_queue_stats {
    uint32_t tickets[TICKET_STATE_COUNT]; /* open ones by state */
    uint32_t estimated_wait_ms;           /* mean of recent waits that led to a match; 0: none yet */
    uint64_t matches_formed;
};

struct matchmaker {
    struct matchmaker_rules rules;
    struct random random; /* of match ids and seeds */
    struct ticket_table tickets;
    struct ticket_intakes intakes;
    struct formed_match_table matches;
    struct result_intake results;
    struct rating_cache ratings; /* last seen */
    struct takeover takeover;
    uint64_t store_stamp;   /* of the last write */
    uint32_t storing_count; /* writes of tickets on the way */
    bool has_unstored;      /* perhaps: a round looks */
    uint32_t redis_generation;
    bool is_draining, is_drained;
    struct matching_pool pool; /* of the round under way */
    struct {
        uint32_t wait_ms; /* moving mean */
        uint64_t matches_formed;
    } queues[QUEUES_MAX];
};

/* The engines as they are known now; borrowed. given_* are filled in by the matchmaker. */
struct matchmaker_engines {
    struct placement_engine *items;
    uint32_t count; /* PLACEMENT_ENGINES_MAX at most */
};

/* seed: secret, new at each start. */
void matchmaker_init(struct matchmaker *matchmaker, const struct matchmaker_rules *rules, uint64_t seed);

/* ---- tickets ---- */

/*
 * A request for a ticket: ticket_draft_make's, with id, gateway and trace. STATUS_OK: MATCHMAKER_ANSWER_INTAKE or
 * _REFUSE_INTAKE of out_intake follows, perhaps at once. STATUS_EXISTS: the player has an open ticket; STATUS_FULL: too
 * many requests at once; STATUS_UNAVAILABLE: draining. The refusal may say EXISTS and FULL as well.
 */
MUST_USE enum status matchmaker_create(struct matchmaker *matchmaker, const struct ticket *draft,
                                       struct matchmaker_effects *out_effects, uint32_t *out_intake);

/* The answer to MATCHMAKER_READ_RATING. has_row: the player has a rating in that queue; counts only with STATUS_OK. */
void matchmaker_rating_read(struct matchmaker *matchmaker, uint32_t intake, enum status status, bool has_row,
                            int64_t rating_milli, const struct matchmaker_clock *clock,
                            struct matchmaker_effects *out_effects);

/*
 * The answer to MATCHMAKER_STORE_TICKET: of that ticket slot and stamp. Where the record is not stored, because Redis
 * is away, a request that waits for it is answered all the same: matching goes on from memory, and a round tries again.
 */
void matchmaker_ticket_stored(struct matchmaker *matchmaker, uint32_t slot, uint64_t stamp, enum status status,
                              struct matchmaker_effects *out_effects);

/* Of player_id, by id, or the open one where ticket_id is "". TICKET_NONE also for another's: a player sees none. */
uint32_t matchmaker_find_own(const struct matchmaker *matchmaker, const char *ticket_id, const char *player_id);

/* STATUS_STALE: the ticket is being placed or closed already (CANCELLED again is OK). */
MUST_USE enum status matchmaker_cancel(struct matchmaker *matchmaker, uint32_t slot,
                                       const struct matchmaker_clock *clock, struct matchmaker_effects *out_effects);

/* One of the tickets that MATCHMAKER_READ_OPEN found. stored NULL: its record has gone, or does not parse. */
void matchmaker_restore(struct matchmaker *matchmaker, const char *id, const struct stored_ticket *stored,
                        const struct takeover_view *view, const struct matchmaker_clock *clock,
                        struct matchmaker_effects *out_effects);
/* The end of MATCHMAKER_READ_OPEN; without STATUS_OK it is tried again. */
void matchmaker_restored(struct matchmaker *matchmaker, enum status status, struct matchmaker_effects *out_effects);

/* How long the join token of a COMPLETED ticket is still good. */
uint32_t matchmaker_token_left_ms(const struct ticket *ticket, uint64_t now_ms);

/* ---- rounds ---- */

/* Call often. Forgets what is old, times out, retries, takes over, and forms matches. Does as much as the effects hold;
 * the rest is the next round's. */
void matchmaker_round(struct matchmaker *matchmaker, const struct matchmaker_engines *engines,
                      const struct takeover_view *view, const struct matchmaker_clock *clock,
                      struct matchmaker_effects *out_effects);

/*
 * The answer to MATCHMAKER_PLACE_MATCH. STATUS_OK: the engine runs the match, and its tickets are COMPLETED. Anything
 * else, silence included: the next engine is asked, or the tickets search again.
 */
void matchmaker_placement_answered(struct matchmaker *matchmaker, uint32_t match_slot, enum status status,
                                   const struct matchmaker_engines *engines, const struct matchmaker_clock *clock,
                                   struct matchmaker_effects *out_effects);

/* Its engine or its result says so. Unknown ids: no matter. */
void matchmaker_match_over(struct matchmaker *matchmaker, const char *match_id, uint64_t now_ms);

/* No new tickets from now on, and no rounds: open ones are left to the next matchmaker. MATCHMAKER_DRAINED once no
 * request waits, no match is being placed and no ticket is on the way to Redis: at once, or in a round. */
void matchmaker_drain(struct matchmaker *matchmaker, struct matchmaker_effects *out_effects);

/* ---- what could not be carried out ---- */

/* An effect that failed at once, with that status: the call that brings its answer, with the answer that there is none.
 * For effects without an answer nothing happens. */
void matchmaker_effect_failed(struct matchmaker *matchmaker, const struct matchmaker_effect *effect, enum status status,
                              const struct matchmaker_engines *engines, const struct matchmaker_clock *clock,
                              struct matchmaker_effects *out_effects);

/* ---- figures ---- */

uint32_t matchmaker_find_queue(const struct matchmaker *matchmaker, const char *name); /* QUEUE_NONE */
struct matchmaker_queue_stats matchmaker_stats(const struct matchmaker *matchmaker, uint32_t queue);

#endif
