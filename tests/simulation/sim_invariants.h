/* SPDX-License-Identifier: Apache-2.0 */
/* sim_invariants.h - the invariants of a world: their states, what they found, and which findings are known. */
#ifndef MMA_SIMULATION_SIM_INVARIANTS_H
#define MMA_SIMULATION_SIM_INVARIANTS_H

#include "tests/simulation/sim_observation.h"

#define SIM_KNOWN_MAX 64

/* A finding that today's protocols cannot do without: tests/simulation/known.txt, "invariant | signature | seed | why".
 */
struct sim_known {
    char invariant[48], signature[64];
    uint64_t found;      /* in all worlds of this program */
    uint64_t first_seed; /* that found it */
};

struct sim_knowns {
    bool is_survey; /* every finding becomes known: to see all there are */
    size_t count;
    struct sim_known items[SIM_KNOWN_MAX];
};

MUST_USE enum status sim_knowns_read(const char *path, struct sim_knowns *out_knowns);

void sim_witnesses_create(struct sim_world *world);
void sim_witnesses_destroy(struct sim_world *world);
void sim_witnesses_set_knowns(struct sim_world *world, struct sim_knowns *knowns); /* borrowed */
void sim_witnesses_finish(struct sim_world *world);

void *sim_witness_state(struct sim_world *world, const struct sim_invariant *invariant); /* for tests */

/* A finding that is not known. The world stops. */
bool sim_is_broken(const struct sim_world *world);
const char *sim_finding(const struct sim_world *world); /* "invariant: signature: text" */

#endif
