/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spool.h - a bounded queue of records on disk that outlives the process. One thread; one process a folder (locked).
 *
 * Append-only segment files <16 hex digits>.spool; a record is its size and CRC-32 (IEEE 802.3, over size and bytes),
 * each 4 bytes little-endian, then its bytes. Nothing is synced: what was appended survives kill -9 (it is in the page
 * cache), not a power loss. Opening cuts a segment at its first bad record, a torn tail. Records are read in order by a
 * cursor and released in order; a segment goes when all of it was released, so after a restart some released records of
 * a half-released segment come again.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_STORES_SPOOL_H
#define MMA_LIBCOMMON_RUNTIME_STORES_SPOOL_H

#include "libcommon/base/status.h"

#include <stddef.h>
#include <stdint.h>

#define SPOOL_RECORD_BYTES_MAX  ((1u << 20) + 1024)
#define SPOOL_SEGMENT_BYTES_MAX (4u << 20) /* a new segment begins before this is passed */

struct spool;

/* Creates the folder when missing. STATUS_EXISTS: another process has it; STATUS_IO: errno says why. */
MUST_USE enum status spool_open(const char *folder, uint64_t bytes_max, struct spool **out_spool);
void spool_close(struct spool *spool); /* records stay; takes NULL */

/* STATUS_FULL past bytes_max, STATUS_TOO_LARGE, STATUS_IO (then nothing was appended). */
MUST_USE enum status spool_append(struct spool *spool, const uint8_t *bytes, size_t size);
/* The record at the cursor, which goes on. Bytes are borrowed until the next call. Sequences count from 1 at each open;
 * one that is left out was unreadable. STATUS_EMPTY: the cursor is at the end. */
MUST_USE enum status spool_next(struct spool *spool, const uint8_t **out_bytes, size_t *out_size,
                                uint64_t *out_sequence);
/* All up to sequence are done with. They must have been read. */
void spool_release(struct spool *spool, uint64_t sequence);

uint64_t spool_bytes(const struct spool *spool); /* on disk */
uint64_t spool_count(const struct spool *spool); /* records not released */

#endif
