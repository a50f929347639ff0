/* SPDX-License-Identifier: Apache-2.0 */
/* table.c - all invariants. */
#include "tests/simulation/invariants/table.h"

#include "tests/simulation/sim_client.h"

const struct sim_invariant *const sim_invariants[] = {&sim_snapshots_decode, NULL};
