/* SPDX-License-Identifier: Apache-2.0 */
/* table.c - all invariants. */
#include "tests/simulation/invariants/table.h"

const struct sim_invariant *const sim_invariants[] = {NULL};
