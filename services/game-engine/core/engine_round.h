/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine_round.h - one wake-up of a worker: all matches step, what is due is encoded, then what is over ends.
 *
 *     engine_round_begin
 *     for each match and tick: match_step_movement, match_step_combat, engine_round_stepped
 *     for each match: engine_round_due, match_build_view and match_encode; its records to its subscribers
 *     engine_round_settle_costs, then engine_round_settle until it says false
 *
 * The caller steps and encodes in place, since it measures both; what is decided about them is here. A match's end, in
 * this order: its last chunk, its result, its audit event, the matchmaker, the gateways, its recovery log.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_CORE_ENGINE_ROUND_H
#define MMA_SERVICES_GAME_ENGINE_CORE_ENGINE_ROUND_H

#include "services/game-engine/core/engine_core.h"

/* Where a drain's time is over, or is_last, all matches end with what they have. */
void engine_round_begin(struct engine_core *core, bool is_last, uint64_t now_ms);

/* After each tick that was made, before the match's next. unix_ms: a label for the match's start. */
void engine_round_stepped(struct engine_core *core, struct hosted_match *hosted, uint64_t now_ms, uint64_t unix_ms,
                          struct engine_effects *effects);

/* Of the seats at place .. place + count - 1 of match_order those whose snapshot is due: how many are in out_slots. */
uint32_t engine_round_due(struct hosted_match *hosted, uint32_t place, uint32_t count, uint16_t *out_slots);

/* After the rounds' samples (hosted_match.round) were measured. */
void engine_round_settle_costs(struct engine_core *core, uint32_t ticks, struct engine_effects *effects);

/* After snapshots and records were sent. True: the effects are full; carry them out and call again. */
MUST_USE bool engine_round_settle(struct engine_core *core, uint64_t now_ms, struct engine_effects *effects);

#endif
