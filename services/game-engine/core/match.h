/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match.h - one match: the world, who sits in it, what each was shown, and the record of it all.
 *
 * Time comes as ticks: match_step once each 1/60 s. A match waits until every seat was taken once, or wait_ticks are
 * over; then all players enter the world in its first tick, and seats without a session stand still. A seat that
 * is empty for the mode's resume window while others play leaves the world; whoever takes it then starts without a
 * score. It ends when the mode says so, when nobody sat in it for idle_ticks, or by match_end.
 *
 * A session is named by two numbers of the caller: its id and its peer (the gateway). Memory is the caller's;
 * nothing is allocated. Sizes: capacity is the number of seats.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_CORE_MATCH_H
#define MMA_SERVICES_GAME_ENGINE_CORE_MATCH_H

#include "libcommon/base/hash_index.h"
#include "libcommon/base/token_bucket.h"
#include "libcommon/game/client/bot.h"
#include "libcommon/game/snapshot/scene.h"
#include "services/game-engine/core/baseline_history.h"
#include "services/game-engine/core/input_buffer.h"
#include "services/game-engine/core/match_cost.h"
#include "services/game-engine/core/recorder.h"

#define MATCH_PLAYER_ID_MAX     64
#define MATCH_SNAPSHOT_BYTES(n) (1024u + 512u * (n)) /* the largest snapshot of a match with n seats */
#define MATCH_EVENTS_PER_SEAT   256u                 /* events remembered for clients that lag */

struct match_player {
    char id[MATCH_PLAYER_ID_MAX + 1];
    uint8_t team; /* ignored in a mode without teams */
};

struct match_setup {
    uint8_t id[RECORD_MATCH_ID_BYTES];
    struct world_setup world; /* its capacity is set from seat_count */
    const struct match_player *players;
    uint16_t seat_count;
    uint32_t wait_ticks;
    uint32_t idle_ticks;
    uint32_t input_ticks; /* how early an input may be */
    uint32_t chunk_ticks;
    uint32_t chunk_bytes;
    uint32_t snapshot_bytes_per_s;  /* what a client is sent at most, as long as the own player and events fit */
    uint32_t chat_lines_per_minute; /* of one player */
    struct match_workspace
        *bot_workspace; /* for bots that play empty seats (bot_backfill.h), shared and borrowed; NULL: none do */
};

struct match_seat {
    struct match_player player;
    uint64_t session; /* 0: nobody sits here */
    uint32_t peer;
    bool was_taken;
    uint32_t away_ticks; /* since it has no session */
    uint32_t left_tick;  /* the tick in which the resume window was over without its player; 0: it has not left */
    struct input_buffer inputs;
    struct baseline_history history;
    uint32_t budget_bytes; /* that may be sent, as of budget_tick */
    uint32_t budget_tick;
    struct bot bot;           /* plays while nobody does */
    struct token_bucket chat; /* of the player, whatever its sessions */
};

enum match_state { MATCH_WAITING, MATCH_RUNNING, MATCH_OVER };

/* One seat at the end of a match. */
struct match_standing {
    uint16_t slot;
    uint16_t place;     /* as in match_decision */
    uint32_t left_tick; /* as in match_decision */
    uint32_t score;     /* the team's, or the player's kills without teams */
    uint16_t kills;
    uint16_t deaths;
    uint16_t assists;
    uint8_t team; /* 0 in a mode without teams */
};

struct match {
    uint8_t id[RECORD_MATCH_ID_BYTES];
    enum match_state state;
    struct match_decision decision;   /* once it is over */
    struct match_standing *standings; /* [seat_count], best first, once it is over */
    struct match_place *places;       /* [seat_count], of the decision */
    uint16_t seat_count;
    uint16_t session_count;
    uint32_t wait_ticks_left;
    uint32_t idle_ticks;
    uint32_t idle_ticks_max;
    uint64_t hash; /* of the world's latest state */
    uint32_t snapshot_bytes_per_tick;
    struct world world;
    struct scene scene;
    struct record_tick tick; /* the one that is being made */
    struct record_header header;
    struct recorder recorder;
    struct event_history events;
    struct token_bucket chat; /* of all players */
    struct match_cost cost;   /* measured by the caller; its divisor bounds the rate of all snapshots */
    struct match_seat *seats;
    struct hash_index players;             /* slots by player id */
    struct match_workspace *bot_workspace; /* borrowed; NULL: no bots */
    struct input *chosen;                  /* [seat_count], of the latest tick */
    struct record_join *joins;             /* [seat_count] */
    uint16_t *leaves;                      /* [seat_count] */
};

/* 0 when the setup is not valid: mode, map, number of seats, teams, a player without an id. */
size_t match_memory_bytes(const struct match_setup *setup);

/* memory: match_memory_bytes(setup), aligned to 16. STATUS_INVALID for a setup that is not valid, or that
 * names a player twice. */
MUST_USE enum status match_init(struct match *match, const struct match_setup *setup, void *memory, size_t size);

/* The slot of a player, or -1. */
int match_find_player(const struct match *match, const char *player_id);

/* Seats a session; it begins with a keyframe. Whoever sat there must be gone (match_unseat). */
void match_take_seat(struct match *match, uint16_t slot, uint64_t session, uint32_t peer);
void match_leave_seat(struct match *match, uint16_t slot);

/* The sessions of that peer. out_sessions: [seat_count]; answers how many. */
uint32_t match_sessions_at(const struct match *match, uint32_t peer, uint64_t *out_sessions);

/* Bytes from a client. */
enum input_verdict match_input(struct match *match, uint16_t slot, const uint8_t *bytes, size_t size);

/* A session requests a snapshot every divisor ticks, 1 .. BASELINE_HISTORY_DIVISOR_MAX; at first for each tick. */
void match_request_rate(struct match *match, uint16_t slot, uint32_t divisor);

/* The gateway did not write everything to this client: see baseline_history.h. */
void match_feedback(struct match *match, uint16_t slot, uint32_t skipped, uint32_t written_tick);

/* One tick on. Answers whether the world was stepped. The match may be over after it. */
bool match_step(struct match *match);

/*
 * The parts of match_step, for who measures them: inputs and movement, then combat and the record. Where the first
 * answers false, the second must not follow.
 */
bool match_step_movement(struct match *match);
void match_step_combat(struct match *match);

/* Ends it with what it has, and decides who won (match_standings.h); nothing where it is over. */
void match_end(struct match *match, enum match_end_reason reason);

struct match_snapshot {
    uint32_t tick;
    uint32_t baseline_tick; /* 0: a keyframe */
    size_t size;
};

/* Whether a snapshot of the latest tick is due for this seat. */
bool match_owes_snapshot(struct match *match, uint16_t slot);

/* What a seat sees and what it knew: room for them that any number of matches may share. */
struct match_workspace {
    uint16_t slot;
    struct view view;
    struct view loaded;
    const struct view *baseline; /* loaded, or NULL: a keyframe */
};

size_t match_workspace_bytes(void);

/* memory: match_workspace_bytes(), aligned to 16, borrowed. */
void match_workspace_init(struct match_workspace *workspace, void *memory);

/* Chooses what a seat is shown of the latest tick. */
void match_build_view(struct match *match, uint16_t slot, struct match_workspace *out_workspace);

/* Once a tick is enough; match_build_view and match_order do it too. */
void match_update_scene(struct match *match);

/* All seats, as of the latest tick: those who see the same follow each other, so what they see is in the cache. */
const uint16_t *match_order(struct match *match);

/*
 * Before match_build_view goes through many seats of that order: what the one at place will read of the scene,
 * and what is kept of the one so many places ahead, for its own turn.
 */
void match_prefetch(const struct match *match, uint32_t place, uint32_t ahead);

/*
 * Encodes what match_build_view chose in this tick. capacity: MATCH_SNAPSHOT_BYTES(seat_count). STATUS_FULL when it did
 * not fit: a keyframe comes next.
 */
MUST_USE enum status match_encode(struct match *match, struct match_workspace *workspace, uint8_t *bytes,
                                  size_t capacity, struct match_snapshot *out_snapshot);

/* Where a spectator begins: a keyframe of the latest tick. capacity: record_keyframe_bytes_max(seat_count). */
MUST_USE enum status match_write_header(const struct match *match, struct byte_writer *writer);
MUST_USE enum status match_write_keyframe(const struct match *match, struct byte_writer *writer);

#endif
