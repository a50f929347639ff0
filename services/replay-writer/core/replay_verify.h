/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay_verify.h - proves a replay by playing it: every state hash is computed again and compared.
 */
#ifndef MMA_SERVICES_REPLAY_WRITER_CORE_REPLAY_VERIFY_H
#define MMA_SERVICES_REPLAY_WRITER_CORE_REPLAY_VERIFY_H

#include "libcommon/game/record/record.h"
#include "services/replay-writer/core/world_fields.h"

#include <stddef.h>
#include <stdint.h>

/* What happened in it. */
struct replay_tally {
    uint32_t shots[WEAPON_COUNT];
    uint32_t hits;
    uint32_t damage; /* health lost by hits */
    uint32_t deaths;
    uint32_t respawns;
    uint32_t scores; /* times that a side's score changed */
};

struct replay_summary {
    uint32_t ticks;      /* that were played and agreed */
    uint64_t state_hash; /* after the last of them; of a whole record, of the final state */
    struct replay_tally tally;
    uint32_t first_divergent_tick; /* with STATUS_MISMATCH from replay_verify */
    /* Where the state differs first, if there is a keyframe from that tick on to compare with. */
    bool has_difference;
    uint32_t difference_tick; /* of that keyframe */
    struct world_difference difference;
};

/* Memory that replay_verify needs for this replay; 0 when its setup is not valid, or its map was not read. */
size_t replay_verify_bytes(const struct record_header *header);

/*
 * bytes: the records, without the header. memory: replay_verify_bytes, aligned to 16. OK: the record is whole, every
 * tick agrees, and every keyframe holds the state of its tick. STATUS_MISMATCH: one does not; STATUS_INVALID or
 * STATUS_TRUNCATED: the bytes are damaged or end before the end record. The summary is filled as far as the replay was
 * played, whatever the status.
 */
MUST_USE enum status replay_verify(const struct record_header *header, const uint8_t *bytes, size_t size, void *memory,
                                   size_t memory_size, struct replay_summary *out_summary);

#endif
