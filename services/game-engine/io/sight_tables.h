/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sight_tables.h - what can be seen from where on each map that matches are played on (visibility.h), worked out beside
 * the loop, once a map and process.
 *
 * A large map takes seconds: until its table is done, walls hide nobody in its matches.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_IO_SIGHT_TABLES_H
#define MMA_SERVICES_GAME_ENGINE_IO_SIGHT_TABLES_H

#include "libcommon/base/status.h"
#include "libcommon/game/visibility.h"

#include <uv.h>

struct sight_tables;

MUST_USE enum status sight_tables_create(uv_loop_t *loop, struct sight_tables **out_tables);

/* Gives up what is being worked on; frees itself when that has ended. No table is valid any more. Takes NULL. */
void sight_tables_close(struct sight_tables *tables);

/* The map's table, valid until the close; NULL while it is not done. The first question for a map starts the work. */
const struct visibility *sight_tables_find(struct sight_tables *tables, const struct map *map);

#endif
