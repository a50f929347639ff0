/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record file. The bytes are taken as they are; and, since no fuzzer guesses 32-bit checks, a second time as
 * kind, length (16 bits) and payload of records that get their right checks here.
 */
#include "libcommon/base/hash.h"
#include "libcommon/base/memory.h"
#include "libcommon/game/record/record.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/bot_match.h"

#include <stdlib.h>

enum { FILE_MAX = 1 << 18 };

static struct record_header header;
static struct record_playback player;
static void *player_memory;
static size_t player_size;
static uint8_t framed[FILE_MAX];

static void set_up(void)
{
    header =
        (struct record_header){.rules_version = RULES_VERSION, .setup = bot_match_setup("ffa", 7)}; /* the seeds' */
    player_size = record_playback_bytes(&header);
    player_memory = malloc(player_size);
    REQUIRE(player_memory);
    struct record_header of_other_rules = header;
    of_other_rules.rules_version++;
    REQUIRE(record_playback_init(&player, &of_other_rules, player_memory, player_size) == STATUS_MISMATCH);
    REQUIRE(record_playback_init(&player, &header, player_memory, player_size - 1) == STATUS_NO_MEMORY);
}

static void play(const uint8_t *bytes, size_t size)
{
    REQUIRE(record_playback_init(&player, &header, player_memory, player_size) == STATUS_OK);
    struct record record;
    size_t used = 0;
    for (size_t offset = 0;; offset += used) {
        if (record_playback_next(&player, bytes + offset, size - offset, &record, &used) != STATUS_OK) {
            REQUIRE(!player.has_diverged ||
                    record_playback_next(&player, bytes, size, &record, &used) == STATUS_MISMATCH);
            return;
        }
        REQUIRE(used > 0);
    }
}

/* docs/wire-format.md, "Record" */
static void frame(struct byte_writer *writer, uint8_t kind, const uint8_t *payload, size_t size)
{
    struct hash hash;
    hash_init(&hash, kind);
    hash_bytes(&hash, payload, size);
    byte_writer_u8(writer, kind);
    byte_writer_varint(writer, size);
    byte_writer_bytes(writer, payload, size);
    byte_writer_u32(writer, (uint32_t)hash_finish(&hash));
}

static size_t frame_all(const uint8_t *bytes, size_t size)
{
    struct byte_reader reader;
    struct byte_writer writer;
    byte_reader_init(&reader, bytes, size);
    byte_writer_init(&writer, framed, sizeof framed);
    while (byte_reader_left(&reader) > 3) {
        uint8_t kind = byte_reader_u8(&reader);
        size_t requested = byte_reader_u16(&reader);
        size_t left = byte_reader_left(&reader);
        size_t length = requested < left ? requested : left;
        frame(&writer, kind, byte_reader_bytes(&reader, length), length);
    }
    return writer.status == STATUS_OK ? writer.size : 0;
}

/* A map that the record carries is refused, or it is valid. */
static void read_map(struct record_header *read)
{
    size_t size = record_map_bytes(read);
    void *memory = malloc(size);
    REQUIRE(memory || size == 0);
    REQUIRE(size == 0 || record_map_read(read, memory, size - 1) == STATUS_NO_MEMORY);
    if (record_map_read(read, memory, size) == STATUS_OK) {
        REQUIRE(map_is_valid(read->setup.map));
    } else {
        REQUIRE(record_playback_bytes(read) == 0);
    }
    free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (!player_memory) {
        set_up();
    }
    struct record_header read;
    size_t used = 0;
    if (record_read_header(bytes, size, &read, &used) == STATUS_OK) {
        REQUIRE(world_setup_is_valid(&read.setup));
        read_map(&read);
        play(bytes + used, size - used);
    }
    play(framed, frame_all(bytes, size));
    return 0;
}
