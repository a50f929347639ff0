/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After the last fault players play again: two who queue together are matched, seated and see their match end.
 *
 * Why: all probes may be green while nothing works: readiness means that the work is done end to end. The scenario's
 * probers come 8 s after the last fault and have 50 s.
 */
#include "tests/simulation/invariants/ledger.h"
#include "tests/simulation/invariants/table.h"
#include "tests/simulation/sim_client.h"

struct prober {
    char name[LEDGER_ID_MAX];
    uint32_t joined, ended;
};

struct state {
    struct ledger probers;
};

static void observe(struct sim_world *world, void *memory, const struct sim_observation *seen)
{
    struct state *state = memory;
    (void)world;
    if (seen->kind != SIM_SAW_READ || !((const struct sim_client *)seen->process->state)->is_prober) {
        return;
    }
    struct prober *prober = ledger_make(&state->probers, seen->process->name, sizeof(*prober));
    prober->joined += seen->body == MMA__SERVER_MESSAGE__BODY_MATCH_JOINED;
    prober->ended += seen->body == MMA__SERVER_MESSAGE__BODY_MATCH_ENDED;
}

static void finish(struct sim_world *world, void *memory)
{
    struct state *state = memory;
    for (uint32_t i = 0; i < world->process_count; i++) {
        const struct sim_process *process = &world->processes[i];
        if (!process->is_client || !((const struct sim_client *)process->state)->is_prober) {
            continue;
        }
        const struct prober *prober = ledger_find(&state->probers, process->name);
        if (prober == NULL || prober->joined == 0) {
            sim_broken(world, &invariant_plays_after_faults, "never seated", "%s", process->name);
        } else if (prober->ended == 0) {
            sim_broken(world, &invariant_plays_after_faults, "no match ended", "%s", process->name);
        }
    }
}

static void destroy(void *memory)
{
    ledger_free(&((struct state *)memory)->probers);
}

const struct sim_invariant invariant_plays_after_faults = {.name = "plays_after_faults",
                                                           .state_bytes = sizeof(struct state),
                                                           .observe = observe,
                                                           .finish = finish,
                                                           .destroy = destroy};
