/* SPDX-License-Identifier: Apache-2.0 */
/* sim_files.h - disks, for the kernel and for invariants. */
#ifndef MMA_SIMULATION_SIM_FILES_H
#define MMA_SIMULATION_SIM_FILES_H

#include "tests/simulation/sim_disk.h"

struct sim_disk;
struct sim_world;

struct sim_disk *sim_disk_add(struct sim_world *world);
void sim_disks_destroy(struct sim_world *world);
void sim_disk_lose_unsynced(struct sim_process *process);
/* Writes, syncs and renames answer STATUS_IO until then. */
void sim_disk_fail(struct sim_process *process, uint64_t until_us);

#endif
