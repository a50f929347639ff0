/* SPDX-License-Identifier: Apache-2.0 */
/* node_engine_internal.h - what node_engine.c (events) and node_engine_effects.c (what the core decided) share. */
#ifndef MMA_SIMULATION_NODE_ENGINE_INTERNAL_H
#define MMA_SIMULATION_NODE_ENGINE_INTERNAL_H

#include "libcommon/base/arena.h"
#include "services/game-engine/core/tick_schedule.h"
#include "services/game-engine/io/outbox.h"
#include "services/game-engine/io/request_messages.h"
#include "services/game-engine/io/wall_indexes.h"
#include "tests/simulation/node_engine.h"
#include "tests/simulation/node_engine_recovery.h"

#define PACKED_BYTES_MAX (256u << 10)
#define RECOVERIES_MAX   (2 * NODE_ENGINE_MATCHES_MAX) /* one that is over may wait for answers */

struct engine_node {
    struct sim_process *process;
    struct engine_core core;
    void *core_memory;
    void *memory[NODE_ENGINE_MATCHES_MAX]; /* of matches */
    void *given;                           /* for the match that is being made */
    struct node_engine_recovery recoveries[RECOVERIES_MAX];
    struct node_engine_recovery *recovery_of[NODE_ENGINE_MATCHES_MAX];
    struct request_messages_context context;
    struct wall_indexes walls;
    struct match_workspace workspace;
    void *workspace_memory;
    struct outbox *outbox;
    struct tick_schedule schedule;
    uint64_t tick_timer; /* 0: the clock stands still */
    bool is_draining;
    struct arena message;
    ProtobufCAllocator allocator;
    const struct mailbox_envelope *envelope; /* that is answered */
    Mma__Standing **standings;               /* of the match that ends */
    struct engine_effects effects;
    uint8_t packed[PACKED_BYTES_MAX];
};

/* node_engine_effects.c: carries out what stands in node->effects, in order, and empties it. */
void node_engine_carry_out(struct engine_node *node);

/* node_engine.c: for the next tick. */
void node_engine_start_timer(struct engine_node *node);

#endif
