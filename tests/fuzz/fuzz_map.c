/* SPDX-License-Identifier: Apache-2.0 */
/* A map file: it is refused, or it is a valid map that comes back from its own text. */
#include "libcommon/base/memory.h"
#include "libcommon/game/map/map_text.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

static uint8_t again[2u * MAP_TEXT_BYTES_MAX];

static void check_round_trip(const struct map *map)
{
    struct byte_writer writer;
    byte_writer_init(&writer, again, sizeof again);
    map_text_write(map, &writer);
    REQUIRE(writer.status == STATUS_OK);
    size_t needed = map_text_memory_bytes((const char *)again, writer.size);
    void *memory = malloc(needed);
    REQUIRE(memory);
    struct map read;
    uint32_t line;
    REQUIRE(map_text_read((const char *)again, writer.size, memory, needed, &read, &line) == STATUS_OK);
    REQUIRE(read.wall_count == map->wall_count && read.spawn_count == map->spawn_count);
    REQUIRE(memory_equal(read.walls, map->walls, map->wall_count * sizeof *map->walls));
    REQUIRE(read.polygon_count == map->polygon_count);
    REQUIRE(memory_equal(read.polygons, map->polygons, map->polygon_count * sizeof *map->polygons));
    REQUIRE(read.power_up_count == map->power_up_count && memory_text_equal(read.name, map->name));
    free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    size_t needed = map_text_memory_bytes((const char *)bytes, size);
    void *memory = malloc(needed);
    REQUIRE(memory || needed == 0);
    struct map map;
    uint32_t line;
    if (map_text_read((const char *)bytes, size, memory, needed, &map, &line) == STATUS_OK) {
        REQUIRE(map_is_valid(&map));
        check_round_trip(&map);
    }
    free(memory);
    return 0;
}
