/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wall_indexes.h - the walls of each map that matches are played on, by cell (walls.h): one index for all its matches,
 * so that a round of many of them finds it in the processor's cache.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_IO_WALL_INDEXES_H
#define MMA_SERVICES_GAME_ENGINE_IO_WALL_INDEXES_H

#include "libcommon/game/map/walls.h"

/* All 0: empty. */
struct wall_indexes {
    struct wall_index *first;
};

/* The map's, made at the first question, valid until the free; NULL without memory: a world then makes its own. The
 * map must be valid and outlive it. */
const struct walls *wall_indexes_find(struct wall_indexes *indexes, const struct map *map);

void wall_indexes_free(struct wall_indexes *indexes);

#endif
