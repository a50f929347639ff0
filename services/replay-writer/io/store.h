/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - replay files on a disk. No state but the folder's, so any number of writers may share it (a volume mounted
 * by all); every step is idempotent and survives kill -9, or the loss of the machine, at any point.
 *
 *   parts/<match id>/000000, 000001, ..., 000007.last   chunks as they came
 *   <first two digits>/<match id>.mmar                  whole replays, immutable
 *
 * Blocking, as the disk is: call from the thread pool, one call at a time.
 */
#ifndef MMA_SERVICES_REPLAY_WRITER_IO_STORE_H
#define MMA_SERVICES_REPLAY_WRITER_IO_STORE_H

#include "proto/durable.pb-c.h"
#include "services/replay-writer/core/replay_verify.h"
#include "services/replay-writer/io/store_disk.h"

#define STORE_REPLAY_BYTES_MAX (512u << 20)
#define STORE_PATH_MAX         96

struct store {
    struct store_disk disk;
    uint64_t writer; /* names this writer's files until they are whole: no two that share the disk have the same */
};

struct store_replay {
    char path[64];   /* relative to the folder */
    char sha256[65]; /* hex */
    uint64_t size;
    uint32_t chunks; /* parts it was made of, as far as they are still there */
    enum status verified;
    struct replay_summary summary;
};

/* Makes the parts' folder, which the other calls would make as well: to know early that the disk can be written. */
MUST_USE enum status store_prepare(const struct store *store);

/* Returns when the chunk is on disk for good. OK too when it, or the whole replay, was there already. */
MUST_USE enum status store_chunk(const struct store *store, const Mma__ReplayChunk *chunk);

/*
 * Puts the parts together when all are there. OK: the replay is on disk for good, checked and summed up in
 * *out_replay (heap-free). STATUS_EMPTY: parts are missing yet. STATUS_MISMATCH: two different last parts.
 */
MUST_USE enum status store_assemble(const struct store *store, const char *match_id, struct store_replay *out_replay);

/* store_chunk, then store_assemble: what a delivered chunk asks for. */
MUST_USE enum status store_take_chunk(const struct store *store, const Mma__ReplayChunk *chunk,
                                      struct store_replay *out_replay);

/* Removes the parts of a replay that is whole. */
void store_forget_parts(const struct store *store, const char *match_id);

void store_replay_path(const char *match_id, char out_path[STORE_PATH_MAX]);

#endif
