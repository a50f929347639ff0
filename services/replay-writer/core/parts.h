/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parts.h - which parts of a replay are there, read from nothing but the names of their files.
 *
 * A match's parts lie in a folder of the match's id, one file a chunk: "000000", "000001", ... and the last one
 * "000007.last". So what is stored is the only state there is: a writer that was killed goes on from the names.
 */
#ifndef MMA_REPLAY_WRITER_CORE_PARTS_H
#define MMA_REPLAY_WRITER_CORE_PARTS_H

#include "libcommon/base/status.h"

#include <stdbool.h>
#include <stdint.h>

#define PARTS_MAX       8192 /* chunks a match: 22 hours of 10 s */
#define PART_NAME_MAX   16   /* with its NUL */
#define MATCH_ID_DIGITS 32

struct parts {
    uint32_t count; /* different parts seen */
    uint32_t last;  /* index of the last part; PARTS_MAX: not seen yet */
    uint64_t seen[PARTS_MAX / 64];
};

/* 32 lower-case hex digits and NUL: safe as a file name. */
bool match_id_is_valid(const char *match_id);

/* STATUS_INVALID when index is not below PARTS_MAX. */
MUST_USE enum status part_name_write(uint32_t index, bool is_last, char out_name[PART_NAME_MAX]);
MUST_USE enum status part_name_read(const char *name, uint32_t *out_index, bool *out_is_last);

void parts_init(struct parts *parts);

/* Notes one file name; names that are not a part's are passed over. STATUS_MISMATCH: two different last parts. */
MUST_USE enum status parts_note(struct parts *parts, const char *name);

/* All of 0 .. last are there. */
bool parts_are_complete(const struct parts *parts);

#endif
