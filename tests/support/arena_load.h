/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena_load.h - a match of bots with a snapshot of every tick for every player: what an engine's tick is made of.
 *
 * For benches: arena_load_step and arena_load_encode are the engine's work and allocate nothing; arena_load_think is
 * the bots', to be left out of the measured time.
 */
#ifndef MMA_TESTS_SUPPORT_ARENA_LOAD_H
#define MMA_TESTS_SUPPORT_ARENA_LOAD_H

#include "libcommon/game/client/bot.h"
#include "libcommon/game/snapshot/baseline.h"
#include "libcommon/game/snapshot/interest.h"
#include "libcommon/game/snapshot/snapshot.h"

#define ARENA_LOAD_BLOCKS_MAX 12

struct arena_load_block {
    void *memory;
    size_t size;
};

struct arena_load {
    struct world world;
    uint16_t players;
    uint8_t
        *baselines[2]; /* [players * baseline_size] of even and of odd ticks: the one encoded against, and the next */
    size_t baseline_size;
    struct scene scene;
    struct event_history events;
    struct bot *bots;     /* [players] */
    struct input *inputs; /* [players] */
    uint8_t *bytes;       /* scratch for one snapshot */
    size_t bytes_capacity;
    uint64_t snapshot_bytes;      /* encoded so far */
    struct map *map;              /* own one of arena_load_massive, else NULL */
    struct visibility visibility; /* of the own map */
    uint32_t block_count;         /* what all this lies in */
    struct arena_load_block blocks[ARENA_LOAD_BLOCKS_MAX];
};

/* A free-for-all without end on the mode's own map. Stops the program when memory is out. */
struct arena_load *arena_load_create(uint16_t players, uint64_t seed);

/* The same on a square of 200,000 square units a player (as 20 on "arena"), with walls and spawn points to match. */
struct arena_load *arena_load_massive(uint16_t players, uint64_t seed);
void arena_load_destroy(struct arena_load *load);

/* One tick of the world with the bots' inputs, its events into the history. */
void arena_load_step(struct arena_load *load);

/* A view and a snapshot for every player, against the tick before. */
void arena_load_encode(struct arena_load *load);

/* One in every bots answers what it sees with a new input; the others hold theirs. */
void arena_load_think(struct arena_load *load, uint32_t every);

/* All three, ticks times. */
void arena_load_run(struct arena_load *load, uint32_t ticks, uint32_t every);

#endif
