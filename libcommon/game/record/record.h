/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - the record of a match: replay file, spectator stream and recovery log in one format
 * (docs/wire-format.md, "Record").
 *
 * A record is a header, then any number of records: ticks in order, keyframes between them, one end.
 * A tick holds joins, leaves, inputs and the state hash after it. A reader may begin at any keyframe. The writer's
 * record_state must see every tick, also when some are written to several places. Each record
 * carries a check of its bytes; damage is refused, never played.
 */
#ifndef MMA_GAME_RECORD_H
#define MMA_GAME_RECORD_H

#include "libcommon/game/record/match_decision.h"
#include "libcommon/game/world/world.h"

#define RECORD_MAGIC            0x52414D4Du /* "MMAR", little endian */
#define RECORD_FORMAT_VERSION   5
#define RECORD_MATCH_ID_BYTES   16
#define RECORD_HEADER_BYTES_MAX 128         /* without the map's text */
#define RECORD_MAP_BYTES_MAX    (64u << 10) /* of the text of a map that is not built in */
#define RECORD_PAYLOAD_MAX      (4u << 20)

struct record_header {
    uint8_t match_id[RECORD_MATCH_ID_BYTES];
    uint16_t rules_version;
    struct world_setup setup; /* mode and map resolved from their names; nothing in it is 0, or NULL but for the map */
    /*
     * Read from a record that carries its map: its text (map_text.h), borrowed from the record's bytes. setup.map is
     * NULL until record_map_read. For writing, setup.map alone counts.
     */
    const char *map_text; /* NULL: the map is built in */
    size_t map_text_size;
    char map_name[MAP_NAME_MAX + 1];
};

struct record_join {
    uint64_t id;
    uint16_t slot;
    uint8_t team;
};

/* What came in before and with one step, and the hash after it. Leaves happen before joins. */
struct record_tick {
    uint32_t tick; /* world->tick after the step */
    uint64_t hash; /* world_hash after the step */
    const uint16_t *leaves;
    uint32_t leave_count;
    const struct record_join *joins;
    uint32_t join_count;
    const struct input *inputs; /* [capacity]; only those of taken slots count */
};

struct record_end {
    uint32_t tick;
    uint64_t hash;
    struct match_decision decision; /* read: its places are borrowed from the reader until its next call */
};

/* What writer and reader carry from record to record: the taken slots, and each one's last input. */
struct record_state {
    uint16_t capacity;
    uint8_t *taken;       /* [capacity] */
    struct input *inputs; /* [capacity] */
};

size_t record_state_bytes(uint16_t capacity);

/* Nobody is in. memory: record_state_bytes(capacity), aligned to 16. */
void record_state_init(struct record_state *state, uint16_t capacity, void *memory);

/* Bytes that one tick takes at most. */
size_t record_tick_bytes_max(uint16_t capacity);
size_t record_keyframe_bytes_max(uint16_t capacity);
size_t record_end_bytes_max(uint16_t capacity);

/* What record_write_header takes at most. */
size_t record_header_bytes_max(const struct world_setup *setup);

/*
 * The setup may have zeros and NULL: they are resolved first. STATUS_INVALID when it is not valid, or has a map of its
 * own that map_text_write would lose something of, or that bears a built-in map's name; STATUS_TOO_LARGE when that text
 * is longer than RECORD_MAP_BYTES_MAX, STATUS_FULL when the writer is too small.
 */
MUST_USE enum status record_write_header(const struct record_header *header, struct byte_writer *writer);

/* Changes the state, so call it exactly once a tick. STATUS_FULL when the writer is too small. */
MUST_USE enum status record_write_tick(struct record_state *state, const struct record_tick *tick,
                                       struct byte_writer *writer);

/* The world's state with the last inputs; before, between or after ticks. Does not change the state. */
MUST_USE enum status record_write_keyframe(const struct record_state *state, const struct world *world,
                                           struct byte_writer *writer);

/* The decision is a valid one of capacity seats. STATUS_FULL when the writer is too small. */
MUST_USE enum status record_write_end(const struct record_end *end, struct byte_writer *writer);

enum record_kind { RECORD_TICK = 1, RECORD_KEYFRAME = 2, RECORD_END = 3 };

struct record {
    uint8_t kind;            /* enum record_kind; the part of that name below is filled */
    struct record_tick tick; /* borrowed from the reader until its next call */
    struct record_end end;
    uint32_t keyframe_tick;
    uint64_t keyframe_hash;
    const uint8_t *keyframe; /* world_write's bytes, borrowed from the reader's */
    size_t keyframe_size;
};

/* A header at the start of bytes. *out_used: where the records begin. STATUS_MISMATCH for another format version. */
MUST_USE enum status record_read_header(const uint8_t *bytes, size_t size, struct record_header *out_header,
                                        size_t *out_used);

/* Memory that record_map_read needs: 0 where the map is built in. */
size_t record_map_bytes(const struct record_header *header);

/*
 * Reads the map that a record carries and sets header->setup.map; nothing to do where it is built in. memory:
 * record_map_bytes, aligned to 16, borrowed for as long as the header or a copy of it is used. STATUS_INVALID when the
 * text is no valid map.
 */
MUST_USE enum status record_map_read(struct record_header *header, void *memory, size_t size);

struct record_reader {
    struct record_state state;
    bool is_started;      /* a keyframe or the first tick was read */
    struct input *inputs; /* [capacity] */
    struct record_join *joins;
    uint16_t *leaves;
    struct match_place *places; /* [capacity], of the end */
};

size_t record_reader_bytes(uint16_t capacity);

/* memory: record_reader_bytes(capacity), aligned to 16. */
void record_reader_init(struct record_reader *reader, uint16_t capacity, void *memory);

/*
 * Reads the record at the start of bytes; *out_used is its length. STATUS_EMPTY for no bytes, STATUS_TRUNCATED when
 * the record is not whole yet (call again with more), STATUS_INVALID for damage: stop there.
 */
MUST_USE enum status record_reader_next(struct record_reader *reader, const uint8_t *bytes, size_t size,
                                        struct record *out_record, size_t *out_used);

/* Re-simulates a record and holds every hash against it. */
struct record_playback {
    struct world world;
    struct record_reader reader;
    bool is_started;
    bool has_ended;
    bool has_diverged;
    uint32_t first_divergent_tick; /* where has_diverged */
    uint64_t expected_hash;
    uint64_t actual_hash;
    struct record_end end; /* where has_ended */
};

/* 0 when the header's setup is not valid, or its map was not read. */
size_t record_playback_bytes(const struct record_header *header);

/* STATUS_MISMATCH for a record of other rules, STATUS_NO_MEMORY when size is too small. memory is aligned to 16. */
MUST_USE enum status record_playback_init(struct record_playback *player, const struct record_header *header,
                                          void *memory, size_t size);

/*
 * Reads and plays one record: after it player->world stands at its tick, with that tick's events.
 * A keyframe sets the world when it comes first (a start in the middle) and is compared otherwise.
 * As record_reader_next, and STATUS_MISMATCH at the first divergence: nothing can be played after it.
 */
MUST_USE enum status record_playback_next(struct record_playback *player, const uint8_t *bytes, size_t size,
                                          struct record *out_record, size_t *out_used);

#endif
