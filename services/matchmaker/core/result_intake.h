/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result_intake.h - a match's result on its way from the broker into PostgreSQL, with the ratings it moves: once.
 *
 *     FREE → READING → WRITING → FREE
 *                └─ WAITING ─┘
 *
 * READING: the players' ratings are read, and the new ones computed. WRITING: one transaction writes the result and
 * moves the ratings, does nothing for a match it knows, and fails where a rating has moved since it was read: then they
 * are read again, at once, RESULT_STALE_TRIES_MAX times. Every other failure passes: the result WAITS, longer each
 * time, and is read again; only data that PostgreSQL never takes (SQLSTATE classes 22 and 23) is dead-lettered, as is a
 * message that result_report_flaw objects to. It is acknowledged after the commit. When all slots are taken the broker
 * gets the message back.
 *
 * Who won is the engine's decision, taken from the message. Results of an engine that does not say it yet (outcome
 * empty) have places by the score sums of their sides, and nobody in them has left.
 *
 * start_time and end_time label the match. An engine's clock never makes its result invalid: they are clamped.
 */
#ifndef MMA_SERVICES_MATCHMAKER_CORE_RESULT_INTAKE_H
#define MMA_SERVICES_MATCHMAKER_CORE_RESULT_INTAKE_H

#include "libcommon/base/status.h"
#include "services/matchmaker/core/matchmaker_effects.h"
#include "services/matchmaker/core/rating.h"
#include "services/matchmaker/core/ticket.h"

#define RESULTS_MAX            64 /* at once; more are given back to the broker */
#define RESULT_NONE            UINT32_MAX
#define RESULT_RETRY_MIN_MS    100
#define RESULT_RETRY_MAX_MS    5000
#define RESULT_STALE_TRIES_MAX 8
#define RESULT_TEXT_MAX        64              /* bytes of a region, mode, map, engine or end reason */
#define RESULT_SCORE_MAX       1000000         /* either way; more is no result of a match */
#define RESULT_TEAM_NONE       255             /* in a mode without teams */
#define RESULT_TIME_MAX        253402300799000 /* end of the year 9999: later labels PostgreSQL cannot be told */

struct matchmaker;

/* A message as it came; texts are borrowed. */
struct result_standing {
    const char *player_id;
    uint32_t team, slot, place;
    bool has_left;
    int32_t score;
};

struct result_report {
    const char *match_id, *queue, *region, *mode, *map, *engine;
    const char *end_reason; /* "": finished */
    const char *outcome;    /* "won", "draw", "none"; "": the engine does not say it yet */
    uint32_t winner;        /* outcome won: the team, or the slot in a mode without teams */
    double quality;
    uint32_t ticks;
    int64_t start_time, end_time;
    uint32_t standing_count; /* may be larger than what standings holds: then it is invalid */
    struct result_standing standings[RATING_PLAYERS_MAX];
};

/* NULL: it can be applied; else what makes that impossible for ever. */
const char *result_report_flaw(const struct matchmaker *matchmaker, const struct result_report *report);

enum result_state { RESULT_FREE, RESULT_READING, RESULT_WRITING, RESULT_WAITING };

struct result {
    enum result_state state;
    uint64_t tag; /* of the broker's delivery */
    uint32_t attempts;
    uint64_t retry_ms; /* monotonic, while WAITING */
    char match_id[TICKET_ID_SIZE];
    uint32_t queue;
    bool is_rated;                /* it was played to its end */
    int64_t start_time, end_time; /* as the report's, clamped */
    uint32_t player_count;
    char player_ids[RATING_PLAYERS_MAX][TICKET_PLAYER_SIZE];
    struct rating_player players[RATING_PLAYERS_MAX]; /* the same order; with ratings while WRITING */
};

struct result_intake {
    struct result items[RESULTS_MAX];
};

void result_intake_init(struct result_intake *results);

/* A player's row in PostgreSQL. Players without one are new. */
struct result_rating {
    const char *player_id;
    int64_t rating_milli;
    uint32_t games_played;
};

/* How the transaction ended. */
struct result_written {
    enum status status;
    enum result_applied applied; /* with STATUS_OK */
    const char *sql_state;       /* five characters, or NULL: there is none */
    const char *detail;          /* for people, or NULL */
};

#define RESULT_SQL_STATE_STALE "MMA01" /* of apply_match_result (deploy/sql): a rating has moved since it was read */

/*
 * A delivery. report is NULL when its bytes are no result; name is said in the log of one that is refused. RESULT_NONE:
 * it is not taken, and the effects say why; else the slot, for which io keeps the message until its release.
 */
uint32_t matchmaker_result_received(struct matchmaker *matchmaker, const struct result_report *report, const char *name,
                                    uint64_t tag, struct matchmaker_effects *out_effects);

/* The answer to MATCHMAKER_READ_RATINGS; the rows count only with STATUS_OK. */
void matchmaker_result_ratings(struct matchmaker *matchmaker, uint32_t slot, enum status status, const char *detail,
                               const struct result_rating *rows, uint32_t row_count, uint64_t now_ms,
                               struct matchmaker_effects *out_effects);

/* The answer to MATCHMAKER_WRITE_RESULT. */
void matchmaker_result_written(struct matchmaker *matchmaker, uint32_t slot, const struct result_written *written,
                               uint64_t now_ms, struct matchmaker_effects *out_effects);

#endif
