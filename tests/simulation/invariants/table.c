/* SPDX-License-Identifier: Apache-2.0 */
/* table.c - all invariants. */
#include "tests/simulation/invariants/table.h"

#include "tests/simulation/sim_client.h"

const struct sim_invariant *const sim_invariants[] = {&invariant_ticket_in_one_match,
                                                      &invariant_player_in_one_match,
                                                      &invariant_one_result,
                                                      &invariant_who_won_agrees,
                                                      &invariant_old_epoch_changes_nothing,
                                                      &invariant_replay_holds_each_tick_once,
                                                      &invariant_hears_of_changes,
                                                      &invariant_plays_after_faults,
                                                      &invariant_ready_and_empty,
                                                      &sim_snapshots_decode,
                                                      NULL};
