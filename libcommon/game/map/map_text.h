/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map_text.h - a map as a text that people write: docs/game.md, "Map files".
 *
 * Pure, and made for bytes from outside: every text ends in a valid map or in an error with its line. The reader works
 * in the caller's memory.
 */
#ifndef MMA_GAME_MAP_TEXT_H
#define MMA_GAME_MAP_TEXT_H

#include "libcommon/base/bytes.h"
#include "libcommon/game/map/map.h"

#define MAP_TEXT_BYTES_MAX (1u << 20)

/* Memory that map_text_read needs for this text; 0 when it is longer than MAP_TEXT_BYTES_MAX. */
size_t map_text_memory_bytes(const char *text, size_t size);

/*
 * memory: map_text_memory_bytes(text, size), aligned to 16, borrowed for the map's life; the text is not.
 * STATUS_INVALID with *out_line, from 1, for the first line that is wrong; 0 for what only the whole can be blamed for
 * (a place inside a wall, no spawn point). STATUS_NO_MEMORY when memory_size is too small.
 */
MUST_USE enum status map_text_read(const char *text, size_t size, void *memory, size_t memory_size, struct map *out_map,
                                   uint32_t *out_line);

/* Whether map_text_write loses nothing of a valid map: whole units, and a name that a file may have. */
bool map_text_can_say(const struct map *map);

/* The text of a valid map whose coordinates are whole units. Errors stick to the writer. */
void map_text_write(const struct map *map, struct byte_writer *writer);

#endif
