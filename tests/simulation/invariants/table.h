/* SPDX-License-Identifier: Apache-2.0 */
/* table.h - the invariants, each defined in its own file beside this one with its reason on top. */
#ifndef MMA_SIMULATION_INVARIANTS_TABLE_H
#define MMA_SIMULATION_INVARIANTS_TABLE_H

#include "tests/simulation/sim_world.h"

extern const struct sim_invariant invariant_hears_of_changes;
extern const struct sim_invariant invariant_old_epoch_changes_nothing;
extern const struct sim_invariant invariant_one_result;
extern const struct sim_invariant invariant_player_in_one_match;
extern const struct sim_invariant invariant_plays_after_faults;
extern const struct sim_invariant invariant_ready_and_empty;
extern const struct sim_invariant invariant_replay_holds_each_tick_once;
extern const struct sim_invariant invariant_ticket_in_one_match;
extern const struct sim_invariant invariant_who_won_agrees;

#endif
