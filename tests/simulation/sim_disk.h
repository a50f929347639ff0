/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_disk.h - files of a node's disk, which may be shared by the processes of one role.
 *
 * A write is in memory until sim_disk_sync of the file; a new name, a rename or a removal until sim_disk_sync_folder of
 * its folder. A killed process loses nothing; a lost machine loses what was not synced. Calls answer at once: make them
 * from sim_work's on_work where the daemon does so too. STATUS_IO: a fault (disk full or failing); nothing was done.
 */
#ifndef MMA_SIMULATION_SIM_DISK_H
#define MMA_SIMULATION_SIM_DISK_H

#include "tests/simulation/sim_redis.h" /* struct sim_value */

#define SIM_PATH_MAX 128

MUST_USE enum status sim_disk_write(struct sim_process *process, const char *path, const void *bytes, size_t size);
MUST_USE enum status sim_disk_append(struct sim_process *process, const char *path, const void *bytes, size_t size);
/* out_value is borrowed until the file changes. STATUS_NOT_FOUND. */
MUST_USE enum status sim_disk_read(struct sim_process *process, const char *path, struct sim_value *out_value);
bool sim_disk_exists(struct sim_process *process, const char *path);
MUST_USE enum status sim_disk_sync(struct sim_process *process, const char *path);
MUST_USE enum status sim_disk_rename(struct sim_process *process, const char *from, const char *to); /* replaces to */
MUST_USE enum status sim_disk_sync_folder(struct sim_process *process, const char *folder);
void sim_disk_remove(struct sim_process *process, const char *path);
/* The index-th file of a folder (path up to the last slash; "" for none), in order of names. false: no more. */
bool sim_disk_list(struct sim_process *process, const char *folder, size_t index, char out_name[SIM_PATH_MAX]);

#endif
