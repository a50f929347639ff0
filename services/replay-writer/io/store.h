/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - replay files on disk. Blocking: call from the thread pool. No state but the folder's, so any number of
 * writers may share it (a volume mounted by all); every step is idempotent and survives kill -9 at any point.
 *
 *   <folder>/parts/<match id>/000000, 000001, ..., 000007.last   chunks as they came
 *   <folder>/<first two digits>/<match id>.mmar                  whole replays, immutable
 */
#ifndef MMA_SERVICES_REPLAY_WRITER_IO_STORE_H
#define MMA_SERVICES_REPLAY_WRITER_IO_STORE_H

#include "libcommon/base/status.h"
#include "services/replay-writer/core/replay_verify.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_REPLAY_BYTES_MAX (512u << 20)

struct store_replay {
    char path[64];   /* relative to the folder */
    char sha256[65]; /* hex */
    uint64_t size;
    uint32_t chunks; /* parts it was made of, as far as they are still there */
    enum status verified;
    struct replay_summary summary;
};

/* Makes the folders. STATUS_IO: errno says why. */
MUST_USE enum status store_prepare(const char *folder);

/* Returns when the chunk is on disk for good. OK too when it, or the whole replay, was there already. */
MUST_USE enum status store_chunk(const char *folder, const char *match_id, uint32_t index, bool is_last,
                                 const void *bytes, size_t size);

/*
 * Puts the parts together when all are there. OK: the replay is on disk for good, checked and summed up in
 * *out_replay (heap-free). STATUS_EMPTY: parts are missing yet. STATUS_MISMATCH: two different last parts.
 */
MUST_USE enum status store_assemble(const char *folder, const char *match_id, struct store_replay *out_replay);

/* Removes the parts of a replay that is whole. */
void store_forget_parts(const char *folder, const char *match_id);

/* For reading; -1 with errno when there is none. */
int store_open(const char *folder, const char *match_id);

#endif
