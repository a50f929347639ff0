/* SPDX-License-Identifier: Apache-2.0 */
/* store_posix.h - a folder of the file system as the store's disk. Blocking: call from the thread pool. */
#ifndef MMA_SERVICES_REPLAY_WRITER_IO_STORE_POSIX_H
#define MMA_SERVICES_REPLAY_WRITER_IO_STORE_POSIX_H

#include "services/replay-writer/io/store_disk.h"

/* folder is borrowed by the disk. */
struct store_disk store_posix_disk(const char *folder);

/* Makes the folder itself, with the parts' folder in it. STATUS_IO: errno says why. */
MUST_USE enum status store_posix_prepare(const char *folder);

/* A match's whole replay, for reading; -1 with errno when there is none. */
int store_posix_open(const char *folder, const char *match_id);

#endif
