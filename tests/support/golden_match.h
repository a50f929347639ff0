/* SPDX-License-Identifier: Apache-2.0 */
/*
 * golden_match.h - the ten matches of ten minutes whose hashes must be the same from every compiler.
 *
 * Nothing is stored but the rows of tests/golden/matches.inc: bots play each match anew from its seed, players leave
 * and come back, three viewers are written snapshots and decode them, and the match's record is re-simulated as it is
 * written. Only calloc and free are used of libc, so this runs in WebAssembly too (tests/golden/wasm).
 */
#ifndef MMA_TESTS_SUPPORT_GOLDEN_MATCH_H
#define MMA_TESTS_SUPPORT_GOLDEN_MATCH_H

#include <stddef.h>
#include <stdint.h>

/* Raised when rows change only because the matches do: their bots, seeds, who comes and goes. */
#define GOLDEN_SCENARIO 1

enum { GOLDEN_MATCHES = 10, GOLDEN_MINUTES = 10, GOLDEN_MINUTE_TICKS = 3600, GOLDEN_TEXT_MAX = 128 };

/* What a match has come to after so many minutes; each hash covers all ticks from the first. */
struct golden_row {
    const char *match;
    uint32_t tick;
    uint64_t states;    /* world_hash of each tick */
    uint64_t snapshots; /* the bytes of every snapshot */
    uint64_t record;    /* the bytes of the record */
};

/* Plays match number index for so many minutes, a row for each. Stops the program when anything contradicts itself. */
void golden_match_play(uint32_t index, uint32_t minutes, struct golden_row *out_rows);

/* A row as it stands in matches.inc, with its line's end; answers its length. */
size_t golden_row_text(const struct golden_row *row, char text[GOLDEN_TEXT_MAX]);

#endif
