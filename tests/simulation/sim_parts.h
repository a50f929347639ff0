/* SPDX-License-Identifier: Apache-2.0 */
/* sim_parts.h - what opens and closes with an incarnation, for sim_world.c. */
#ifndef MMA_SIMULATION_SIM_PARTS_H
#define MMA_SIMULATION_SIM_PARTS_H

#include <stdbool.h>

struct sim_process;
struct sim_world;

void sim_mailbox_open(struct sim_process *process);
void sim_mailbox_close(struct sim_process *process);
void sim_registry_close(struct sim_process *process, bool is_clean);
void sim_spool_destroy(struct sim_process *process);
void sim_spool_lose_unsynced(struct sim_process *process);
/* Both ends hear of it, or only later the other one. */
void sim_sockets_lose(struct sim_process *process, bool is_clean);
void sim_sockets_destroy(struct sim_world *world);
void sim_exchanges_destroy(struct sim_world *world);

#endif
