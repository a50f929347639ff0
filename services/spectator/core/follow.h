/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow.h - the rules of watching: which matches are followed at which engine, and who is admitted to watch them.
 *
 * Pure: time (monotonic), the registry's lists and all messages are arguments; what is to be done stands in the
 * effects, in order, and must be carried out before the next call. A match is followed once, however many watch it.
 *
 *     FREE -> SEARCHING -> FOLLOWING -> CLOSED -> FREE
 *
 * SEARCHING asks the engines one after the other, in the order of their mailboxes. FOLLOWING takes the engine's
 * records; where they break off it is asked again (a resync), at most RESYNCS_MAX times in a row; then the match is
 * lost: what is delayed is shown, and it ends. CLOSED waits for the answer to a Subscribe that is under way.
 */
#ifndef MMA_SERVICES_SPECTATOR_CORE_FOLLOW_H
#define MMA_SERVICES_SPECTATOR_CORE_FOLLOW_H

#include "libcommon/base/hex_id.h"
#include "libcommon/base/peers.h"
#include "libcommon/base/random.h"
#include "services/spectator/core/admission.h"
#include "services/spectator/core/followed_match.h"
#include "services/spectator/core/frame_batch.h"
#include "services/spectator/core/viewers.h"

#define FOLLOW_MATCHES_MAX      1024
#define FOLLOW_TRACE_BYTES      16
#define FOLLOW_WAITERS_MAX      128  /* who wait while one match is searched */
#define FOLLOW_SILENCE_MS       3000 /* no record for longer: the engine is asked for a resync */
#define FOLLOW_RESYNC_PAUSE_MS  1000 /* from one resync to the next */
#define FOLLOW_RESYNCS_MAX      5    /* in a row, without a step between them */
#define FOLLOW_DRAIN_RESERVE_MS 1000 /* of the time to drain: to send the last messages */
/* Of one match in one call, at most. */
#define FOLLOW_SLOT_EFFECTS_MAX (TIER_COUNT * TIER_GATEWAYS_MAX + FOLLOW_WAITERS_MAX + 4)
#define FOLLOW_EFFECTS_MAX      1024

_Static_assert(FOLLOW_EFFECTS_MAX >= 2 * FOLLOW_SLOT_EFFECTS_MAX, "a call has room for one match at least");

struct follow_rules {
    uint32_t matches_max; /* 1 .. FOLLOW_MATCHES_MAX */
    uint32_t viewers_per_match_max;
    uint32_t delay_ms;
    uint32_t linger_ms;            /* a match without viewers is followed for so long */
    uint32_t subscribe_timeout_ms; /* how long one engine has to answer */
};

/* Where an answer goes. */
struct follow_return {
    char gateway[PEERS_URL_MAX];
    uint64_t correlation_id;
    uint8_t trace[FOLLOW_TRACE_BYTES];
};

struct follow_viewer_request {
    struct follow_return from;
    uint64_t session; /* 0: the message was not valid */
    uint32_t rate_hz;
};

/* What an engine that runs the match answered to a Subscribe; all borrowed, but memory. */
struct follow_beginning {
    enum status status; /* of reading it; but for match_id the rest counts only with STATUS_OK */
    const char *match_id;
    const struct record_header *header;
    const uint8_t *keyframe;
    size_t keyframe_size;
    void *memory; /* followed_match_memory_bytes where follow_needs_memory, until FOLLOW_RELEASE of the slot */
};

enum follow_end { FOLLOW_END_MATCH_OVER, FOLLOW_END_LOST };

enum follow_effect_kind {
    FOLLOW_SUBSCRIBE,   /* ask slot's engine for slot's match; then exactly one of the calls for its answer */
    FOLLOW_UNSUBSCRIBE, /* slot's engine need not send slot's match any more */
    FOLLOW_ADMIT,       /* answer request: it watches tier of slot */
    FOLLOW_REFUSE,      /* answer request with refusal */
    FOLLOW_END_STREAM,  /* StreamOver to request.from.gateway: tier of slot has no more frames, because of end */
    FOLLOW_RELEASE,     /* free the memory that slot was given */
    FOLLOW_DRAINED,     /* draining, and no match is followed any more */
    /* For the log. */
    FOLLOW_STARTED,     /* slot is followed */
    FOLLOW_FAILED,      /* slot could not be followed: status */
    FOLLOW_RESYNC,      /* slot's engine is asked again */
    FOLLOW_ENDED,       /* slot had viewers, and ended because of end */
    FOLLOW_VIEWER_LEFT, /* request: of slot */
    FOLLOW_VIEWER_LOST, /* request: its gateway is gone */
};

/* A slot's match_id, engine and trace are good until its effects are carried out, also after FOLLOW_RELEASE. */
struct follow_effect {
    enum follow_effect_kind kind;
    uint32_t slot;
    uint32_t tier;
    uint32_t viewers;
    enum admission_refusal refusal;
    enum follow_end end;
    enum status status;
    struct follow_viewer_request request;
};

struct follow_effects {
    uint32_t count;
    struct follow_effect items[FOLLOW_EFFECTS_MAX];
};

enum follow_state { FOLLOW_FREE, FOLLOW_SEARCHING, FOLLOW_FOLLOWING, FOLLOW_CLOSED };

struct follow_slot {
    enum follow_state state;
    bool is_subscribing;               /* a Subscribe is under way */
    bool is_lost;                      /* no engine runs it any more */
    bool has_memory;                   /* match is initialised */
    char match_id[HEX_ID_SIZE];        /* "" while any match is searched */
    char engine[PEERS_URL_MAX];        /* asked last, or followed */
    uint64_t stream_id;                /* of tier 0; the others count up */
    uint64_t heard_ms;                 /* when the engine sent something last */
    uint64_t resync_after_ms;          /* no resync before */
    uint32_t resyncs;                  /* in a row */
    uint64_t empty_ms;                 /* without viewers since then, if it has none */
    uint8_t trace[FOLLOW_TRACE_BYTES]; /* of the first who asked */
    struct followed_match match;
    uint32_t waiter_count;
    struct follow_viewer_request waiters[FOLLOW_WAITERS_MAX];
};

struct follow {
    struct follow_rules rules;
    struct random random; /* of stream ids */
    bool is_draining;
    uint64_t drain_end_ms;     /* where is_draining */
    uint32_t match_count;      /* slots that are not FREE */
    uint32_t step_slot;        /* where follow_step goes on */
    struct follow_slot *slots; /* [rules.matches_max] */
    struct viewers viewers;
    struct peers gateways; /* of viewers */
};

/* Memory for the tables. */
size_t follow_memory_bytes(const struct follow_rules *rules);
void follow_init(struct follow *follow, const struct follow_rules *rules, uint64_t seed, void *memory);

/*
 * A session wants to watch match_id, or any match where it is "". engines: of the registry, for a search.
 * A repeat moves the session to the rate, or match, that it asks for now.
 */
void follow_watch(struct follow *follow, const struct follow_viewer_request *request, const char *match_id,
                  const struct peer_list *engines, uint64_t now_ms, struct follow_effects *out_effects);
void follow_unwatch(struct follow *follow, const struct follow_viewer_request *request, uint64_t now_ms,
                    struct follow_effects *out_effects);
/* Something that a spectator does not serve. */
void follow_not_served(const struct follow_return *from, struct follow_effects *out_effects);

/* ---- of engines ---- */

/* Records of one match. Others than of the engine that is followed are ignored. */
void follow_records(struct follow *follow, const char *engine, const char *match_id, uint32_t first_tick,
                    const uint8_t *bytes, size_t size, uint64_t now_ms);

/* Whether the answer to slot's Subscribe needs memory for a match. */
bool follow_needs_memory(const struct follow *follow, uint32_t slot);

/* The answer to FOLLOW_SUBSCRIBE: the engine runs it; it does not, or nobody answered; it could not even be sent. */
void follow_subscribed(struct follow *follow, uint32_t slot, const struct follow_beginning *beginning, uint64_t now_ms,
                       struct follow_effects *out_effects);
void follow_not_subscribed(struct follow *follow, uint32_t slot, enum status status, const struct peer_list *engines,
                           struct follow_effects *out_effects);
void follow_subscribe_unsent(struct follow *follow, uint32_t slot, const struct peer_list *engines,
                             struct follow_effects *out_effects);

/* ---- time ---- */

/*
 * Plays what is due and encodes the frames. True: the batch has no room for more; send it, clear it and call again.
 * At the end send it, and call follow_settle.
 */
MUST_USE bool follow_step(struct follow *follow, uint64_t now_ms, struct frame_batch *batch);

/* Ends what is over, lost, or watched by nobody; asks for resyncs. True: the effects are full; call again. */
MUST_USE bool follow_settle(struct follow *follow, uint64_t now_ms, struct follow_effects *out_effects);

/* The registry's gateways, read age_ms ago: viewers of those that are gone leave. True: the effects are full. */
MUST_USE bool follow_gateways(struct follow *follow, const struct peer_list *gateways, uint64_t age_ms, uint64_t now_ms,
                              struct follow_effects *out_effects);

/* No new viewers from now on. Matches are followed while they run, at most until shortly before timeout_ms are over. */
void follow_drain(struct follow *follow, uint32_t timeout_ms, uint64_t now_ms, struct follow_effects *out_effects);

/* All matches end now. True: the effects are full; call again. */
MUST_USE bool follow_end_all(struct follow *follow, struct follow_effects *out_effects);

/* ---- what is seen of it ---- */

const char *follow_end_code(enum follow_end end); /* for clients */

#endif
