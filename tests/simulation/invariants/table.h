/* SPDX-License-Identifier: Apache-2.0 */
/* table.h - the invariants, each defined in its own file beside this one with its reason on top. */
#ifndef MMA_SIMULATION_INVARIANTS_TABLE_H
#define MMA_SIMULATION_INVARIANTS_TABLE_H

#include "tests/simulation/sim_observation.h"

#endif
