/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - one client's session: what it may say when, what it is owed when it ends, which snapshots it is written.
 *
 *   CONNECTING ── AUTHENTICATED ── QUEUED ── MATCHED ── JOINING ── JOINED
 *                        └── WATCHING                       (CLOSED from each)
 *
 * A session owns no socket: io/ has one connection for each taken slot. An id names a session for ever: it carries the
 * slot, the slot's generation, and a salt of the process, so a message for a session that is gone finds nothing.
 */
#ifndef MMA_SERVICES_GATEWAY_CORE_SESSION_H
#define MMA_SERVICES_GATEWAY_CORE_SESSION_H

#include "libcommon/base/hash_index.h"
#include "libcommon/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SESSION_SLOTS_MAX  65535
#define SESSION_PLAYER_MAX 65 /* 64 bytes and NUL */
#define SESSION_NONE       UINT32_MAX

enum session_state {
    SESSION_CONNECTING, /* no token yet */
    SESSION_AUTHENTICATED,
    SESSION_QUEUED,  /* has, or has asked for, an open ticket */
    SESSION_MATCHED, /* has heard of its match */
    SESSION_JOINING, /* waits for the engine's answer */
    SESSION_JOINED,
    SESSION_WATCHING, /* watches, or has asked to */
    SESSION_CLOSED,
    SESSION_STATE_COUNT
};

/* In the order of ClientMessage's body. */
enum session_message {
    SESSION_SAYS_AUTHENTICATE,
    SESSION_SAYS_INPUT,
    SESSION_SAYS_CREATE_TICKET,
    SESSION_SAYS_CANCEL_TICKET,
    SESSION_SAYS_JOIN_MATCH,
    SESSION_SAYS_LEAVE_MATCH,
    SESSION_SAYS_WATCH_MATCH,
    SESSION_SAYS_STOP_WATCHING,
    SESSION_SAYS_PING,
    SESSION_SAYS_CHAT,
    SESSION_SAYS_SET_RATE,
    SESSION_MESSAGE_COUNT
};

enum session_verdict {
    SESSION_ADMIT,
    SESSION_IGNORE,        /* too late, through no fault of the client's: drop it without a word */
    SESSION_INVALID_STATE, /* error INVALID_STATE */
    SESSION_UNAUTHORIZED   /* close: said something before it said who it is */
};

enum session_event {
    SESSION_DID_AUTHENTICATE,
    SESSION_ASKED_TICKET,
    SESSION_LOST_TICKET, /* refused, cancelled, failed or timed out */
    SESSION_FOUND_MATCH,
    SESSION_ASKED_JOIN,
    SESSION_DID_JOIN,
    SESSION_LEFT_MATCH, /* refused, left, over or lost */
    SESSION_ASKED_WATCH,
    SESSION_LEFT_WATCH, /* refused, stopped, over or lost */
    SESSION_EVENT_COUNT
};

struct session {
    uint64_t id; /* 0: the slot is free */
    enum session_state state;
    uint32_t slot;
    uint32_t generation;
    char player_id[SESSION_PLAYER_MAX]; /* "" while connecting */
    uint64_t player_key;
    uint32_t backend; /* index of the engine or spectator in backends.h; SESSION_NONE */

    /* Snapshots of the match or stream it is in. */
    uint32_t written_tick; /* 0: none yet, so only a keyframe can be written */
    uint32_t skipped;      /* since the last report */

    uint32_t attempt; /* counts requests to other processes: an answer to an older one is late */

    /* Place in its stream and its list of viewers (stream.h). */
    uint32_t stream;
    uint32_t stream_next, stream_previous;
};

/* Which messages other processes are owed when a session ends. */
struct session_cleanup {
    bool cancel_ticket;
    bool leave_match;
    bool unwatch;
};

const char *session_message_name(enum session_message message); /* "create_ticket": for metrics and errors */

enum session_verdict session_admit(const struct session *session, enum session_message message);

/* Moves the state on. False: the event does not fit the state (it is late), and nothing happened. */
bool session_step(struct session *session, enum session_event event);

struct session_cleanup session_cleanup(const struct session *session);

/* Beginning of a match or stream: nothing is written yet. */
void session_begin_snapshots(struct session *session);

/*
 * The writing rule: a snapshot is written only if it is a keyframe (baseline_tick 0) or builds on the one that was
 * written last, and if the socket is not backed up. True: write it; it then counts as written.
 */
bool session_offer_snapshot(struct session *session, uint32_t tick, uint32_t baseline_tick, bool is_backed_up);

/* Snapshots skipped since the last call: to be reported to the engine together with written_tick. */
uint32_t session_take_skipped(struct session *session);

struct session_table {
    struct session *sessions; /* [capacity], borrowed */
    uint32_t *free_slots;     /* ring of the free ones, oldest first: a slot rests as long as possible */
    uint32_t capacity;
    uint32_t count;
    uint32_t free_first;
    uint64_t salt;
    struct hash_index players; /* of those with a player_id */
};

/* memory: session_table_bytes(capacity), aligned to 16. capacity 1 .. SESSION_SLOTS_MAX. salt: random, per process. */
size_t session_table_bytes(uint32_t capacity);
void session_table_init(struct session_table *table, uint32_t capacity, uint64_t salt, void *memory);

/* A new session in state CONNECTING; NULL when the table is full. */
struct session *session_table_open(struct session_table *table);
void session_table_close(struct session_table *table, struct session *session);

struct session *session_table_find(const struct session_table *table, uint64_t id); /* NULL: gone */
struct session *session_table_find_player(const struct session_table *table, const char *player_id);

/* Gives the session its player (SESSION_DID_AUTHENTICATE) and returns that player's older session, or NULL. */
struct session *session_table_identify(struct session_table *table, struct session *session, const char *player_id);

#endif
