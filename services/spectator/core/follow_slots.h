/* SPDX-License-Identifier: Apache-2.0 */
/* follow_slots.h - inside of follow: the table of followed matches, their viewers, and how one ends. */
#ifndef MMA_SERVICES_SPECTATOR_CORE_FOLLOW_SLOTS_H
#define MMA_SERVICES_SPECTATOR_CORE_FOLLOW_SLOTS_H

#include "services/spectator/core/follow.h"

/* Appends; there must be room. The answer is to be filled in. */
struct follow_effect *follow_slots_effect(struct follow_effects *effects, enum follow_effect_kind kind, uint32_t slot);
bool follow_slots_have_room(const struct follow_effects *effects); /* for all effects of one match */
void follow_slots_refuse(struct follow_effects *effects, const struct follow_return *to,
                         enum admission_refusal refusal);

/* NULL: none. */
struct follow_slot *follow_slots_find_searched(const struct follow *follow, const char *match_id);
struct follow_slot *follow_slots_find_followed(const struct follow *follow, const char *match_id);
struct follow_slot *follow_slots_at(const struct follow *follow, uint32_t slot);
uint32_t follow_slots_index(const struct follow *follow, const struct follow_slot *slot);
bool follow_slots_is_open(const struct follow_slot *slot);

/* SEARCHING; nobody is asked yet. NULL: all slots are taken. */
struct follow_slot *follow_slots_open(struct follow *follow, const char *match_id);

/* Answers those who wait, tells those who watch, and releases the slot, or leaves it CLOSED while its Subscribe is
 * under way. */
void follow_slots_end(struct follow *follow, struct follow_slot *slot, enum follow_end end,
                      struct follow_effects *effects);
void follow_slots_release(struct follow *follow, struct follow_slot *slot, struct follow_effects *effects);

void follow_slots_remove_viewer(struct follow *follow, struct viewer *viewer, uint64_t now_ms);

void follow_slots_check(const struct follow *follow, const struct follow_slot *slot); /* invariants */

#endif
