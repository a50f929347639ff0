/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_registry.h - registry.h's meaning: an entry with a lifetime in the model of Redis, lists that are read each
 * REGISTRY_PERIOD_MS, kept while Redis is away, and not believed for REGISTRY_LIFETIME_MS after Redis came back.
 */
#ifndef MMA_SIMULATION_SIM_REGISTRY_H
#define MMA_SIMULATION_SIM_REGISTRY_H

#include "libcommon/runtime/mailbox/registry.h" /* struct registry_entry and the periods; nothing of it is linked */
#include "tests/simulation/sim_process.h"

void sim_registry_announce(struct sim_process *process, const struct registry_entry *entry); /* role, mailbox: set */
void sim_registry_watch(struct sim_process *process, const char *role);
/* Sorted by mailbox; borrowed until the event ends. NULL and 0: none, or the role is not watched. */
const struct registry_entry *sim_registry_list(const struct sim_process *process, const char *role, size_t *out_count);
uint64_t sim_registry_age_ms(const struct sim_process *process); /* UINT64_MAX: never read */

#endif
