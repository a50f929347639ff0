/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parts.h - which parts of a replay are there, read from nothing but the names of their files.
 *
 * A match's parts lie in a folder of the match's id, one file a chunk: "000000", "000001", ... and the last one
 * "000007.last". So what is stored is the only state there is: a writer that was killed goes on from the names.
 */
#ifndef MMA_SERVICES_REPLAY_WRITER_CORE_PARTS_H
#define MMA_SERVICES_REPLAY_WRITER_CORE_PARTS_H

#include "libcommon/base/status.h"

#include <stdbool.h>
#include <stdint.h>

#define PARTS_MAX      8192 /* chunks a match: 22 hours of 10 s */
#define PARTS_NAME_MAX 16   /* with its NUL */

struct parts {
    uint32_t count; /* different parts seen */
    uint32_t last;  /* index of the last part; PARTS_MAX: not seen yet */
    uint64_t seen[PARTS_MAX / 64];
};

/* STATUS_INVALID when index is not below PARTS_MAX. */
MUST_USE enum status parts_name_write(uint32_t index, bool is_last, char out_name[PARTS_NAME_MAX]);
MUST_USE enum status parts_name_read(const char *name, uint32_t *out_index, bool *out_is_last);

void parts_init(struct parts *parts);

/* Notes one file name; names that are not a part's are passed over. STATUS_MISMATCH: two different last parts. */
MUST_USE enum status parts_note(struct parts *parts, const char *name);

/* All of 0 .. last are there. */
bool parts_are_complete(const struct parts *parts);

enum parts_step {
    PARTS_WAIT,  /* more are to come */
    PARTS_JOIN,  /* put them together */
    PARTS_WHOLE, /* that was done before; parts may be left over, or gone */
};

/* is_whole: the replay's file is there. */
enum parts_step parts_next_step(const struct parts *parts, bool is_whole);

#endif
