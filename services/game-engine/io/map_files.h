/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map_files.h - the maps of a folder (docs/game.md, "Map files"), beside those that are built in.
 *
 * Read once at start, constant afterwards. Each file is `*.map`, in the order of their names, and must be a valid map
 * whose name no other has, with a text that a record can carry (RECORD_MAP_BYTES_MAX, without comments).
 */
#ifndef MMA_SERVICES_GAME_ENGINE_IO_MAP_FILES_H
#define MMA_SERVICES_GAME_ENGINE_IO_MAP_FILES_H

#include "libcommon/game/map/map.h"
#include "libcommon/game/record/record.h"

#define MAP_FILES_MAX           256
#define MAP_FILES_COMPLAINT_MAX 512

struct map_files;

/* folder "": none. An error leaves nothing open and says in out_complaint which file and line is wrong, and how. */
MUST_USE enum status map_files_create(const char *folder, struct map_files **out_files,
                                      char out_complaint[MAP_FILES_COMPLAINT_MAX]);
void map_files_destroy(struct map_files *files); /* takes NULL */

uint32_t map_files_count(const struct map_files *files);

/* Of the folder, or built in; NULL when there is none of that name. */
const struct map *map_files_find(const struct map_files *files, const char *name);

/* What clients read a map of the folder from, terminated by 0; "" for a built-in one, which they have. */
const char *map_files_text(const struct map_files *files, const struct map *map);

#endif
