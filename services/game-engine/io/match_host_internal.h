/* SPDX-License-Identifier: Apache-2.0 */
/* match_host_internal.h - what match_host.c (table), match_requests.c (mail), match_round.c (ticks) share. */
#ifndef MMA_SERVICES_GAME_ENGINE_IO_MATCH_HOST_INTERNAL_H
#define MMA_SERVICES_GAME_ENGINE_IO_MATCH_HOST_INTERNAL_H

#include "libcommon/base/arena.h"
#include "services/game-engine/core/match.h"
#include "services/game-engine/core/session_table.h"
#include "services/game-engine/io/match_host.h"
#include "services/game-engine/io/outbox.h"
#include "services/game-engine/io/wall_indexes.h"

#define SUBSCRIBERS_MAX 8   /* spectators that take one match's stream */
#define ENDED_MAX       512 /* ids of ended matches that are remembered: a late repeat must not make one again */
#define MATCH_TEXT_MAX  63

/* Memory for one received message: protobuf-c unpacks into it, and it is reset whole. */
#define MESSAGE_BYTES_MAX (4u << 20)

struct hosted_match {
    bool is_used;
    uint16_t index;
    char id[2 * RECORD_MATCH_ID_BYTES + 1];
    char queue[MATCH_TEXT_MAX + 1];
    char region[MATCH_TEXT_MAX + 1];
    char matchmaker[MAILBOX_URL_MAX];
    double quality;
    struct trace_id trace;
    uint64_t start_unix_ms;                /* a label; 0: no tick yet */
    uint64_t start_ms;                     /* monotonic, of the same moment */
    uint32_t subscribers[SUBSCRIBERS_MAX]; /* peers, oldest first */
    uint32_t subscriber_count;
    bool was_stepped;                /* in this round */
    struct match_cost_sample round;  /* what this round cost */
    struct recovery_match *recovery; /* NULL: not logged */
    struct match match;
    void *memory; /* owned, of pages.h */
    size_t memory_size;
};

/* Snapshots of one round, counted into the metrics at its end. */
struct encoded {
    uint32_t count;
    uint64_t bytes;
};

#define MATCH_HOST_WORKSPACES 8 /* seats that are looked at, then encoded, at once */

struct match_host {
    struct match_host_options options;
    struct hosted_match *matches; /* [settings->matches_max] */
    uint32_t match_count;
    struct wall_indexes walls;
    bool refuses_new;
    struct session_table sessions;
    void *session_memory;
    struct match_workspace sights[MATCH_HOST_WORKSPACES];
    void *sight_memory;
    struct peers peers;
    struct outbox *outbox;
    struct match_host_cost cost; /* as of the latest round */
    uint64_t input_us;           /* since then */
    struct encoded deltas;
    struct encoded keyframes;
    struct arena message;
    ProtobufCAllocator message_allocator;
    char ended[ENDED_MAX][2 * RECORD_MATCH_ID_BYTES + 1]; /* a ring */
    uint32_t ended_next;
};

/* match_host.c */
struct hosted_match *match_host_find(struct match_host *host, const char *match_id);
bool match_host_has_ended(const struct match_host *host, const char *match_id);
/* The match that is running with the most sessions, or NULL. */
struct hosted_match *match_host_busiest(struct match_host *host);
/* setup->id is set from id. STATUS_FULL, STATUS_INVALID or STATUS_NO_MEMORY when it cannot be. */
MUST_USE enum status match_host_add(struct match_host *host, const char *id, const struct match_setup *setup,
                                    struct hosted_match **out_hosted);
void match_host_remove(struct match_host *host, struct hosted_match *hosted);
void match_host_unseat(struct match_host *host, struct hosted_match *hosted, uint16_t slot, const char *reason);
void match_host_unsubscribe(struct match_host *host, struct hosted_match *hosted, uint32_t peer);

/* match_round.c: tells everybody of the end, publishes, frees. */
void match_round_end(struct match_host *host, struct hosted_match *hosted);

#endif
