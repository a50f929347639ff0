/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_host_internal.h - what match_host.c (memory), match_requests.c (messages in), match_round.c (ticks) and
 * match_effects.c (what the core decided) share.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_IO_MATCH_HOST_INTERNAL_H
#define MMA_SERVICES_GAME_ENGINE_IO_MATCH_HOST_INTERNAL_H

#include "libcommon/base/arena.h"
#include "proto/match.pb-c.h"
#include "services/game-engine/core/engine_core.h"
#include "services/game-engine/io/match_host.h"
#include "services/game-engine/io/outbox.h"
#include "services/game-engine/io/request_messages.h"
#include "services/game-engine/io/wall_indexes.h"

/* Memory for one received message, or the messages of one match's end: protobuf-c unpacks into it, and it is reset
 * whole. */
#define MESSAGE_BYTES_MAX (4u << 20)

#define MATCH_HOST_WORKSPACES 8 /* seats whose views are built, then encoded, at once */

/* Snapshots of one round, counted into the metrics at its end. */
struct encoded {
    uint32_t count;
    uint64_t bytes;
};

/* What io holds for a place of the core's table. */
struct match_resources {
    void *memory; /* owned, of pages.h */
    size_t memory_size;
    struct recovery_match *recovery; /* NULL: not logged */
};

struct match_host {
    struct match_host_options options;
    struct engine_core core;
    void *core_memory;
    struct match_resources *resources; /* [matches_max], by match */
    struct match_resources given;      /* to the core, for the match that it is making */
    struct request_messages_context context;
    struct wall_indexes walls;
    struct match_workspace workspaces[MATCH_HOST_WORKSPACES];
    void *workspace_memory;
    struct outbox *outbox;
    uint64_t input_us; /* spent on inputs since the latest round */
    struct encoded deltas;
    struct encoded keyframes;
    struct arena message;
    ProtobufCAllocator message_allocator;
    bool is_carrying_out;
    bool is_stopping;                        /* nobody waits for a drain any more */
    const struct mailbox_envelope *envelope; /* that is answered, or NULL */
    Mma__Standing **standings;               /* in the arena, of the match that ends */
    struct engine_effects effects;           /* the one queue */
};

/* match_effects.c: carries out what stands in host->effects, in order, and empties it. */
void match_effects_carry_out(struct match_host *host);

static inline struct trace_id match_host_trace(const struct hosted_match *hosted)
{
    struct trace_id trace;
    _Static_assert(sizeof trace.bytes == sizeof hosted->trace, "a trace id has one size");
    for (size_t i = 0; i < sizeof trace.bytes; i++) {
        trace.bytes[i] = hosted->trace[i];
    }
    return trace;
}

#endif
