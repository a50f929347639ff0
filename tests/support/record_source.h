/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_source.h - the engine's side of a followed match: a world that is stepped and recorded, a record at a time.
 *
 * Four players who run about and fire. Every call leaves its record in bytes and size. Fails the test when anything
 * goes wrong.
 */
#ifndef MMA_TESTS_SUPPORT_RECORD_SOURCE_H
#define MMA_TESTS_SUPPORT_RECORD_SOURCE_H

#include "libcommon/game/record/record.h"

#define RECORD_SOURCE_PLAYERS 4

struct record_source {
    struct world world;
    struct record_state state;
    struct record_header header;
    struct input inputs[RECORD_SOURCE_PLAYERS];
    void *world_memory, *state_memory;
    uint8_t bytes[65536]; /* of the last call */
    size_t size;
};

void record_source_open(struct record_source *source, uint64_t seed);
void record_source_open_on(struct record_source *source, uint64_t seed, const struct map *map);
void record_source_close(struct record_source *source);

void record_source_step(struct record_source *source); /* one tick */
void record_source_keyframe(struct record_source *source);
void record_source_end(struct record_source *source);
void record_source_header(struct record_source *source);

#endif
