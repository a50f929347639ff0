/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router.h - the gateway's rules: clients' messages, backends' answers and messages, and time in; effects out.
 *
 * It knows sessions, the engines and spectators they are at, the streams they watch, and the requests on their way. It
 * has no message's bytes: an event says what the rules need of it, and effects say what becomes of it. The hot paths,
 * one snapshot for one session and one input of one session, answer by return value and make no effect.
 *
 * Events append to out_effects, which the owner empties by carrying all of them out, in order, before the next event.
 * Those that return false have more to do than the effects hold: carry out, then call again. now_ms is monotonic.
 */
#ifndef MMA_SERVICES_GATEWAY_CORE_ROUTER_H
#define MMA_SERVICES_GATEWAY_CORE_ROUTER_H

#include "services/gateway/core/address_limits.h"
#include "services/gateway/core/backend_directory.h"
#include "services/gateway/core/client_limits.h"
#include "services/gateway/core/router_effects.h"
#include "services/gateway/core/session_drain.h"
#include "services/gateway/core/stream.h"

#define GATEWAY_STREAMS_MAX     4096
#define GATEWAY_INPUT_BATCH_MAX 512 /* rows of one message; one more sends the batch at once */

struct gateway_rules {
    uint32_t sessions_max;
    struct client_rates rates;
    uint32_t connects_per_minute;        /* of an address; 0: no limit */
    uint32_t spectator_joins_per_minute; /* of an address; 0: no limit */
    uint32_t socket_skip_bytes;          /* more than this unsent: snapshots are skipped */
    uint32_t authenticate_timeout_ms;
    uint32_t backend_lost_ms;
    uint32_t drain_grace_ms;
};

/* What the rules keep of a session's client besides the session. */
struct gateway_client {
    struct client_limits limits;
    uint64_t opened_ms;
    bool is_greeting_due;
    uint32_t greet_next;
    char address[ADDRESS_TEXT_MAX];
};

/* Where a sweep goes on. */
struct gateway_sweep {
    enum { GATEWAY_SWEEP_TIMEOUTS, GATEWAY_SWEEP_LOST, GATEWAY_SWEEP_DRAIN } phase;
    uint32_t backend;
    uint32_t slot;
};

struct gateway_router {
    struct gateway_rules rules;
    struct session_table sessions;
    struct stream_table streams;
    struct gateway_client *clients; /* [sessions.capacity], by session slot */
    struct backends backends;
    struct backend_directory directory; /* the owner's to keep current */
    struct pending_requests requests;
    struct address_limits connects, spectator_joins;
    struct session_drain drain;
    struct gateway_sweep sweep;
    uint32_t greet_first; /* list of sessions that wait for their greeting; SESSION_NONE: empty */
    uint32_t players;     /* authenticated sessions */
    uint32_t watchers;
    bool is_batch_due; /* the owner's timer runs, and will call gateway_router_batch_due */
    bool is_stopping;
};

/* memory: gateway_router_bytes(sessions_max), aligned to 16. salt: random, per process. */
size_t gateway_router_bytes(uint32_t sessions_max);
void gateway_router_init(struct gateway_router *router, const struct gateway_rules *rules, uint64_t salt, void *memory);

/* ---- connections ------------------------------------------------------------------------------- */

enum gateway_admission { GATEWAY_ADMIT, GATEWAY_DRAINING, GATEWAY_ADDRESS_LIMITED, GATEWAY_FULL };

/* May this address open a WebSocket now? Counts it against the address's limit. */
enum gateway_admission gateway_router_admit(struct gateway_router *router, const char *address, uint64_t now_ms);
bool gateway_router_admit_guest(struct gateway_router *router, const char *address, uint64_t now_ms);

/* A session in state CONNECTING for an admitted upgrade; NULL: no place is left. */
struct session *gateway_router_open(struct gateway_router *router, const char *address, uint64_t now_ms);

/* Its token is good. is_upgrading: it came with the upgrade, so the greeting can only follow the 101: see
 * gateway_router_greet. An older session of the player is closed. */
void gateway_router_authenticated(struct gateway_router *router, struct session *session, const char *player_id,
                                  bool is_upgrading, uint64_t now_ms, struct gateway_effects *out_effects);
/* Its token is not. reason: for the client. */
void gateway_router_unauthorized(struct gateway_router *router, struct session *session, const char *reason,
                                 uint64_t now_ms, struct gateway_effects *out_effects);

/* The 101 of all that were upgraded up to now has been sent. */
MUST_USE bool gateway_router_greet(struct gateway_router *router, struct gateway_effects *out_effects);

/* The client's socket is gone, or (code) something that we need for it is. */
void gateway_router_closed(struct gateway_router *router, struct session *session, enum gateway_close_code code,
                           uint64_t now_ms, struct gateway_effects *out_effects);

/* ---- messages of clients ----------------------------------------------------------------------- */

/* A frame has come. True: decode it; false: it is over the rate, drop it. */
MUST_USE bool gateway_router_frame(struct gateway_router *router, struct session *session, uint64_t now_ms,
                                   struct gateway_effects *out_effects);

/* It is no message of the schema, or beyond its limits. The texts are borrowed by the effects. */
void gateway_router_invalid(struct gateway_router *router, struct session *session, uint32_t cid, const char *field,
                            const char *message, uint64_t now_ms, struct gateway_effects *out_effects);

enum gateway_message_result {
    GATEWAY_MESSAGE_ADMITTED, /* hand it to the event of its kind, below */
    GATEWAY_MESSAGE_INVALID_STATE,
    GATEWAY_MESSAGE_LATE,
    GATEWAY_MESSAGE_RATE_LIMITED,
    GATEWAY_MESSAGE_RESULTS
};

enum gateway_message_result gateway_router_message(struct gateway_router *router, struct session *session,
                                                   enum session_message kind, uint32_t cid, uint64_t now_ms,
                                                   struct gateway_effects *out_effects);

/* Admitted messages: each of these must follow a gateway_router_message that said so. */
void gateway_router_create_ticket(struct gateway_router *router, struct session *session, uint32_t cid,
                                  struct gateway_effects *out_effects);
void gateway_router_cancel_ticket(struct gateway_router *router, struct session *session, uint32_t cid,
                                  struct gateway_effects *out_effects);

/* What a verified join token says. */
struct gateway_seat {
    const char *player_id;
    const char *engine; /* mailbox URL */
};
void gateway_router_join(struct gateway_router *router, struct session *session, uint32_t cid,
                         const struct gateway_seat *seat, uint64_t now_ms, struct gateway_effects *out_effects);
/* The join token is not good: why, for the client. */
void gateway_router_join_refused(struct session *session, uint32_t cid, const char *reason,
                                 struct gateway_effects *out_effects);
void gateway_router_leave(struct gateway_router *router, struct session *session, struct gateway_effects *out_effects);
void gateway_router_watch(struct gateway_router *router, struct session *session, uint32_t cid, uint64_t now_ms,
                          struct gateway_effects *out_effects);
void gateway_router_stop_watching(struct gateway_router *router, struct session *session,
                                  struct gateway_effects *out_effects);
void gateway_router_ping(const struct session *session, uint32_t cid, struct gateway_effects *out_effects);
void gateway_router_chat(struct gateway_router *router, struct session *session, uint32_t cid,
                         struct gateway_effects *out_effects);

/* ---- inputs ------------------------------------------------------------------------------------ */

enum gateway_row {
    GATEWAY_ROW_INPUT,
    GATEWAY_ROW_REPORT,  /* only what was skipped */
    GATEWAY_ROW_SET_RATE /* goes at once */
};

/* A row of the next batch to the session's engine, and which batch goes before or after it is filled in. */
struct gateway_input_row {
    uint32_t backend;
    uint32_t row;
    uint32_t skipped;      /* snapshots not written since the last report */
    uint32_t written_tick; /* with skipped > 0: the last one written */
    uint32_t send_before;  /* rows of a full batch that must go first; 0: none */
    uint32_t send_after;   /* rows to send at once, this one among them; 0: it may wait */
    bool starts_timer;     /* call gateway_router_batch_due after the batch delay */
};

/* For a joined session. */
struct gateway_input_row gateway_router_add_row(struct gateway_router *router, struct session *session,
                                                enum gateway_row kind);
/* The batch delay is over: send what gateway_router_take_batch gives for each backend below backends.used. */
void gateway_router_batch_due(struct gateway_router *router);
uint32_t gateway_router_take_batch(struct gateway_router *router, uint32_t backend); /* rows to send */

/* ---- snapshots and frames ---------------------------------------------------------------------- */

/* Snapshots or frames came from there. Its index; BACKEND_NONE: no session is there. */
uint32_t gateway_router_heard(struct gateway_router *router, const char *url, uint64_t now_ms);

/* The session that a snapshot or a line of chat of that engine is for; NULL: none that is in a match there. */
static inline struct session *gateway_router_player(const struct gateway_router *router, uint32_t backend,
                                                    uint64_t session_id)
{
    struct session *session = session_table_find(&router->sessions, session_id);
    return session != NULL && session->state == SESSION_JOINED && session->backend == backend ? session : NULL;
}

/* The stream that a frame of that backend is of; NULL: nobody watches it. Its viewers: first, then stream_next. */
static inline const struct stream *gateway_router_stream(const struct gateway_router *router, uint32_t backend,
                                                         uint64_t stream_id)
{
    if (backend == BACKEND_NONE) {
        return NULL;
    }
    return stream_table_find(&router->streams, router->backends.items[backend].key, stream_id);
}

enum gateway_snapshot_verdict {
    GATEWAY_SNAPSHOT_WRITE,
    GATEWAY_SNAPSHOT_SKIP,
    GATEWAY_SNAPSHOT_REPORT /* skip it, and add a GATEWAY_ROW_REPORT: the engine encodes from what was written */
};

/* A snapshot or frame for that session, whose socket has so much unsent. */
static inline enum gateway_snapshot_verdict gateway_router_offer(const struct gateway_router *router,
                                                                 struct session *session, uint32_t tick,
                                                                 uint32_t baseline_tick, size_t unsent_bytes)
{
    if (session_offer_snapshot(session, tick, baseline_tick, unsent_bytes > router->rules.socket_skip_bytes)) {
        return GATEWAY_SNAPSHOT_WRITE;
    }
    return session->state == SESSION_JOINED ? GATEWAY_SNAPSHOT_REPORT : GATEWAY_SNAPSHOT_SKIP;
}

/* ---- other messages of backends ---------------------------------------------------------------- */

/* What an answer, or its absence, says. */
struct gateway_answer {
    enum status status; /* not OK: refused, or no answer came */
    bool has_reply;     /* false: nobody knows whether it was carried out */
    bool is_readable;   /* an OK's payload was parsed */
    bool is_complete;   /* ... and has what the client is to get */
    uint64_t stream_id; /* of a watch */
    const char *match_id;
    const char *refusal_reason, *refusal_message; /* borrowed by the effects; NULL: no refusal, or not readable */
};

void gateway_router_answered(struct gateway_router *router, uint64_t request_id, const struct gateway_answer *answer,
                             uint64_t now_ms, struct gateway_effects *out_effects);

enum gateway_ticket_change { GATEWAY_TICKET_OPEN, GATEWAY_TICKET_MATCHED, GATEWAY_TICKET_CLOSED };

void gateway_router_ticket_changed(struct gateway_router *router, uint64_t session_id,
                                   enum gateway_ticket_change change, struct gateway_effects *out_effects);
/* For each session that the message names. backend: who sent it. */
void gateway_router_match_over(struct gateway_router *router, uint32_t backend, uint64_t session_id,
                               struct gateway_effects *out_effects);
/* reason: borrowed by the effects. */
MUST_USE bool gateway_router_stream_over(struct gateway_router *router, const char *url, uint64_t stream_id,
                                         const char *reason, struct gateway_effects *out_effects);

/* ---- periodic work, and the end ---------------------------------------------------------------- */

/* Ends what waited too long for its token, finds lost backends, drains. open_sockets: all there are. */
MUST_USE bool gateway_router_sweep(struct gateway_router *router, size_t open_sockets, uint64_t now_ms,
                                   struct gateway_effects *out_effects);

void gateway_router_drain(struct gateway_router *router, uint64_t now_ms); /* begins; a sweep must follow */
void gateway_router_stop(struct gateway_router *router);                   /* nothing is sent to backends any more */

#endif
