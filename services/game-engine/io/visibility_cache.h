/* SPDX-License-Identifier: Apache-2.0 */
/*
 * visibility_cache.h - what can be seen from where on each map that matches are played on (visibility.h), worked out
 * beside the loop, once a map and process.
 *
 * A large map takes seconds: until its table is done, walls hide nobody in its matches.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_IO_VISIBILITY_CACHE_H
#define MMA_SERVICES_GAME_ENGINE_IO_VISIBILITY_CACHE_H

#include "libcommon/base/status.h"
#include "libcommon/game/visibility/visibility.h"

#include <uv.h>

struct visibility_cache;

MUST_USE enum status visibility_cache_create(uv_loop_t *loop, struct visibility_cache **out_tables);

/* Gives up what is being worked on; frees itself when that has ended. No table is valid any more. Takes NULL. */
void visibility_cache_close(struct visibility_cache *tables);

/* The map's table, valid until the close; NULL while it is not done. The first question for a map starts the work. */
const struct visibility *visibility_cache_find(struct visibility_cache *tables, const struct map *map);

#endif
