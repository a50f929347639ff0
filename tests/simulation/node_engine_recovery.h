/* SPDX-License-Identifier: Apache-2.0 */
/* node_engine_recovery.h - the recovery logs of a simulated engine in the model of Redis: io/recovery.h's keys and
 * script. */
#ifndef MMA_SIMULATION_NODE_ENGINE_RECOVERY_H
#define MMA_SIMULATION_NODE_ENGINE_RECOVERY_H

#include "libcommon/base/hex_id.h"
#include "services/game-engine/core/match_recovery.h"
#include "tests/simulation/simulation.h"

/* A place for the log of one match: zeroed at first, lives as long as the process. */
struct node_engine_recovery {
    struct sim_process *process;
    struct match_recovery core;
    char id[HEX_ID_SIZE];
    void *memory; /* of the log */
};

/* The place is free (match_recovery_is_free). */
void node_engine_recovery_begin(struct node_engine_recovery *recovery, struct sim_process *process,
                                const char *match_id, const struct world_setup *setup);
void node_engine_recovery_round(struct node_engine_recovery *recovery, const struct match *match);
void node_engine_recovery_end(struct node_engine_recovery *recovery);
void node_engine_recovery_free(struct node_engine_recovery *recovery); /* the process is gone */

#endif
