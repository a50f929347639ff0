/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine_core.h - the rules of a worker that runs matches: which are made, who sits where, who hears of what, and the
 * order of things at a match's end.
 *
 * Pure: time and all messages are arguments. Each call adds to its effects what is to be done, in order; they are to be
 * carried out before the next call, and never from within another. What an effect names by index (match, peer, slot)
 * and what it borrows is good until then, also where ENGINE_RELEASE stands among them. An effect that answers, answers
 * the request that the call was made for.
 *
 * Ticks are engine_round.h: they share this state, and nothing is copied in them.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_CORE_ENGINE_CORE_H
#define MMA_SERVICES_GAME_ENGINE_CORE_ENGINE_CORE_H

#include "libcommon/base/peers.h"
#include "services/game-engine/core/chat.h"
#include "services/game-engine/core/hosted_matches.h"
#include "services/game-engine/core/seat_index.h"

#define ENGINE_EFFECTS_MAX      1024
#define ENGINE_CALL_EFFECTS_MAX (PEERS_MAX + 16) /* of one call, or of one match in a call that may be continued */
#define ENGINE_DRAIN_RESERVE_MS 1000             /* of the time to drain, to publish what is left */

_Static_assert(ENGINE_EFFECTS_MAX >= ENGINE_CALL_EFFECTS_MAX, "there is room for one call at least");

struct engine_rules {
    uint32_t matches_max; /* 1 .. HOSTED_MATCHES_MAX */
    uint32_t players_per_match_max;
    uint32_t snapshot_rate_max_hz; /* 1 .. RULES_TICK_RATE */
    uint32_t tick_allowance_us;    /* of all matches together */
};

enum engine_refusal {
    ENGINE_REFUSAL_NOT_SERVED, /* a message that no engine serves */
    ENGINE_REFUSAL_BAD_MATCH,
    ENGINE_REFUSAL_DRAINING,
    ENGINE_REFUSAL_FULL, /* of matches, sessions or peers */
    ENGINE_REFUSAL_NO_MEMORY,
    ENGINE_REFUSAL_TOO_LARGE, /* a map that does not fit a record */
    ENGINE_REFUSAL_BAD_JOIN,
    ENGINE_REFUSAL_NO_MATCH,
    ENGINE_REFUSAL_NO_SEAT,    /* of that player */
    ENGINE_REFUSAL_NO_SESSION, /* that says a line */
    ENGINE_REFUSAL_BAD_TEXT,
    ENGINE_REFUSAL_BAD_CHANNEL,
    ENGINE_REFUSAL_TOO_MANY_LINES,
    ENGINE_REFUSAL_BAD_SUBSCRIBE,
    ENGINE_REFUSALS
};

struct engine_refusal_text {
    enum status status;
    const char *code; /* docs/protocol.md */
    const char *message;
};
const struct engine_refusal_text *engine_core_refusal_text(enum engine_refusal refusal);

enum engine_effect_kind {
    /* Answers. */
    ENGINE_ANSWER_CREATED,    /* match_id is here, or was */
    ENGINE_ANSWER_JOINED,     /* slot of match is the session's */
    ENGINE_ANSWER_SAID,       /* line was said */
    ENGINE_ANSWER_SUBSCRIBED, /* the header and a keyframe of match; records follow */
    ENGINE_REFUSE,            /* with refusal */

    /* Messages. */
    ENGINE_SEND_SAID,         /* line, to those sessions at peer that hear it (chat_hearers) */
    ENGINE_SEND_OVER,         /* match is over, to its sessions at peer (match_sessions_at) */
    ENGINE_SEND_OVER_CREATOR, /* match is over, to the matchmaker that made it */

    /* The memory of match. */
    ENGINE_HOLD_MEMORY, /* what engine_core_create was given is its own from now on */
    ENGINE_RELEASE,     /* free it */

    /* What must not be lost of match. */
    ENGINE_PUBLISH_CHUNK,  /* chunk */
    ENGINE_PUBLISH_RESULT, /* elapsed_ms since its start */
    ENGINE_AUDIT_CREATED,  /* and log it */
    ENGINE_AUDIT_SAID,     /* line */
    ENGINE_AUDIT_ENDED,    /* and log it */
    ENGINE_RECOVERY_BEGIN, /* its recovery log begins */
    ENGINE_RECOVERY_ROUND, /* write what is new to it */
    ENGINE_RECOVERY_END,   /* it is not needed any more */

    /* The worker. */
    ENGINE_START_TICKS, /* the first match is there */
    ENGINE_STOP_TICKS,  /* the last one is gone */
    ENGINE_DRAINED,     /* draining, and no match is left */

    /* For log and metrics. */
    ENGINE_MATCH_REFUSED, /* match_id, for refusal */
    ENGINE_MATCH_STARTED, /* match made its first tick */
    ENGINE_MATCH_SLOWED,  /* match sends fewer snapshots, for its cost */
    ENGINE_JOINED,        /* session of peer took slot of match */
    ENGINE_JOIN_REFUSED,  /* a player without a seat in match */
    ENGINE_LEFT,          /* session gave slot of match up, or lost it: reason */
    ENGINE_SUBSCRIBED,    /* peer takes the stream of match */
    ENGINE_PEER_LOST      /* peer is not listed any more */
};

struct engine_effect {
    enum engine_effect_kind kind;
    enum engine_refusal refusal;
    uint16_t match; /* index */
    uint16_t slot;
    uint32_t peer;
    uint64_t session;
    uint64_t elapsed_ms;
    const char *match_id;        /* as it was asked for; borrowed */
    const char *player_id;       /* as it was asked for; borrowed */
    const char *reason;          /* borrowed */
    struct chat_line line;       /* its text is borrowed */
    struct recorder_chunk chunk; /* its bytes are borrowed */
};

struct engine_effects {
    uint32_t count;
    struct engine_effect items[ENGINE_EFFECTS_MAX];
};

/* Of all matches, smoothed over about half a second. */
struct engine_cost {
    uint32_t tick_us;      /* steps and snapshots of one tick */
    uint32_t match_us_max; /* the costliest match's part of it */
    uint32_t bytes_per_s;  /* of snapshots */
};

struct engine_core {
    struct engine_rules rules;
    bool is_draining;
    uint64_t drain_end_ms; /* where is_draining: what runs then is ended */
    uint32_t subscriber_count;
    uint32_t lost_peer; /* whose seats are being taken away, or PEERS_NONE */
    struct engine_cost cost;
    struct hosted_matches matches;
    struct seat_index seats;
    struct peers peers; /* gateways with sessions, spectators with subscriptions */
};

size_t engine_core_bytes(const struct engine_rules *rules);

/* memory: engine_core_bytes(rules), aligned to 16, borrowed. */
void engine_core_init(struct engine_core *core, const struct engine_rules *rules, void *memory);

/* ---- a match to make ---- */

struct engine_create {
    bool is_readable; /* every field has its grammar, mode and map are known */
    const char *matchmaker;
    const char *match_id; /* "" where nothing could be read */
    const char *queue;
    const char *region;
    double quality;
    uint8_t trace[HOSTED_MATCH_TRACE_BYTES];
    struct match_setup setup; /* where is_readable */
};

/* Memory that engine_core_create needs; 0 where it makes no match of the request. */
size_t engine_core_create_bytes(struct engine_core *core, const struct engine_create *create);

/*
 * A repeat with the same id gets the same answer. memory: engine_core_create_bytes, of which it is not 0; NULL where
 * there is none. True: the memory is the match's (ENGINE_HOLD_MEMORY) until ENGINE_RELEASE; false: it was not used.
 */
MUST_USE bool engine_core_create(struct engine_core *core, const struct engine_create *create, void *memory,
                                 size_t size, struct engine_effects *effects);

/* ---- sessions ---- */

struct engine_join {
    const char *gateway;
    const char *match_id;
    const char *player_id;
    uint64_t session; /* 0: the message was not valid */
    uint32_t rate_hz; /* snapshots a second that are requested; 0: as many as there are */
};

/* A session has one seat: whatever it had before, and whoever sat there, goes. A repeat changes the rate alone. */
void engine_core_join(struct engine_core *core, const struct engine_join *join, struct engine_effects *effects);
void engine_core_leave(struct engine_core *core, const char *gateway, uint64_t session, const char *reason,
                       struct engine_effects *effects);

/* One session's part of a gateway's batch. */
struct engine_input {
    uint64_t session;
    uint32_t skipped; /* snapshots not written; 0: no report */
    uint32_t written_tick;
    bool has_rate;
    uint32_t rate_hz;
    const uint8_t *bytes; /* of one input */
    size_t size;          /* 0: none */
};

/* peer: the gateway (peers_find), or PEERS_NONE. INPUT_VERDICTS where the row had no input. */
enum input_verdict engine_core_input(struct engine_core *core, uint32_t peer, const struct engine_input *input);

struct engine_say {
    const char *gateway;
    uint64_t session; /* 0: the message was not valid */
    enum chat_channel channel;
    const uint8_t *text; /* borrowed */
    size_t size;
};

/* CHAT_VERDICTS: of a session that has no seat here. */
enum chat_verdict engine_core_say(struct engine_core *core, const struct engine_say *say, uint64_t now_ms,
                                  struct engine_effects *effects);

/* ---- spectators ---- */

/*
 * match_id "": the running match with the most sessions; NULL: not a Subscribe. A repeat becomes the newest. Where a
 * match has HOSTED_MATCH_SUBSCRIBERS the oldest loses its place: it hears nothing more, and has to subscribe again.
 */
void engine_core_subscribe(struct engine_core *core, const char *spectator, const char *match_id,
                           struct engine_effects *effects);
void engine_core_unsubscribe(struct engine_core *core, const char *spectator, const char *match_id);

/* ---- the worker ---- */

void engine_core_not_served(struct engine_effects *effects);

/* The registry's lists, a role each, read age_ms ago: who is gone has left. True: the effects are full, call again. */
MUST_USE bool engine_core_peers(struct engine_core *core, const struct peer_list *lists, size_t count, uint64_t age_ms,
                                uint64_t now_ms, struct engine_effects *effects);

/* No new matches from now on; those that run shortly before timeout_ms are over are ended. */
void engine_core_drain(struct engine_core *core, uint32_t timeout_ms, uint64_t now_ms, struct engine_effects *effects);

/* ---- for engine_round.c ---- */

/* The next effect, all 0 but for its kind. */
struct engine_effect *engine_core_effect(struct engine_effects *effects, enum engine_effect_kind kind);
bool engine_core_has_room(const struct engine_effects *effects);

/* Takes a match out of every table; its seats can still be read. */
void engine_core_forget_match(struct engine_core *core, struct hosted_match *hosted);

/* What holds between two calls. */
void engine_core_check(const struct engine_core *core);

#endif
