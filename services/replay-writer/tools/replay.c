/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay - looks at replay files (docs/wire-format.md, "Record").
 *
 * usage: replay info FILE      what was played, how long, how it ended
 *        replay verify FILE    plays it again and says what happened in it; exit 1, naming the first divergent tick,
 *                              unless every state hash agrees
 *        replay dump FILE      one line a record
 *
 * FILE "-" is standard input. Exit status: 0 good, 1 not a good replay, 2 wrong usage or an unreadable file.
 */
#include "libcommon/game/record.h"
#include "services/replay-writer/core/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX (1u << 30)

struct replay_file {
    uint8_t *bytes;
    size_t size;
};

static int read_all(FILE *stream, struct replay_file *out_file)
{
    struct replay_file file = {0};
    size_t capacity = 0;
    for (;;) {
        if (file.size == capacity) {
            capacity = capacity == 0 ? 1u << 20 : 2 * capacity;
            uint8_t *bytes = capacity > FILE_BYTES_MAX ? NULL : realloc(file.bytes, capacity);
            if (bytes == NULL) {
                free(file.bytes);
                return ENOMEM;
            }
            file.bytes = bytes;
        }
        size_t count = fread(file.bytes + file.size, 1, capacity - file.size, stream);
        file.size += count;
        if (count == 0) {
            break;
        }
    }
    *out_file = file;
    return ferror(stream) ? EIO : 0;
}

static int read_file(const char *path, struct replay_file *out_file)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *stream = is_stdin ? stdin : fopen(path, "rb");
    int error = stream == NULL ? errno : read_all(stream, out_file);
    if (error != 0) {
        fprintf(stderr, "replay: %s: %s\n", path, strerror(error));
    }
    if (stream != NULL && !is_stdin) {
        fclose(stream);
    }
    return error;
}

/* Says why it is none; returns where the records begin, 0 for no replay. */
static size_t read_header(const struct replay_file *file, struct record_header *out_header)
{
    size_t used = 0;
    enum status status = record_read_header(file->bytes, file->size, out_header, &used);
    if (status != STATUS_OK) {
        fprintf(stderr, "replay: not a replay of this format: %s\n", status_text(status));
        return 0;
    }
    return used;
}

static void print_header(const struct record_header *header)
{
    printf("match_id ");
    for (size_t i = 0; i < RECORD_MATCH_ID_BYTES; i++) {
        printf("%02x", header->match_id[i]);
    }
    printf("\nrules_version %u\nmode %s\nmap %s\nslots %u\nseed %016" PRIx64 "\n", header->rules_version,
           header->setup.mode->name, header->setup.map->name, header->setup.capacity, header->setup.seed);
    printf("time_limit_ticks %" PRIu32 "\nscore_limit %" PRIu32 "\n", header->setup.time_limit_ticks,
           header->setup.score_limit);
}

/* ---- every record, unplayed ----------------------------------------------------------------------- */

typedef void on_record(void *owner, const struct record *record, size_t offset, size_t size);

/* STATUS_OK when the records are whole and end with an end record. */
static enum status read_records(const struct replay_file *file, const struct record_header *header, size_t offset,
                                on_record *on_one, void *owner)
{
    struct record_reader reader;
    struct record record;
    bool has_ended = false;
    void *memory = malloc(record_reader_bytes(header->setup.capacity));
    if (memory == NULL) {
        return STATUS_NO_MEMORY;
    }
    enum status status = STATUS_OK;
    record_reader_init(&reader, header->setup.capacity, memory);
    while (status == STATUS_OK && !has_ended) {
        size_t used = 0;
        status = record_reader_next(&reader, file->bytes + offset, file->size - offset, &record, &used);
        if (status == STATUS_OK) {
            on_one(owner, &record, offset, used);
            offset += used;
            has_ended = record.kind == RECORD_END;
        }
    }
    free(memory);
    if (status == STATUS_OK && offset != file->size) {
        return STATUS_INVALID;
    }
    return status == STATUS_EMPTY ? STATUS_TRUNCATED : status;
}

struct counts {
    uint32_t ticks, keyframes, ends;
    uint32_t last_tick;
    uint64_t last_hash;
    struct world_result result;
};

static void count_record(void *owner, const struct record *record, size_t offset, size_t size)
{
    struct counts *counts = owner;
    (void)offset;
    (void)size;
    counts->ticks += record->kind == RECORD_TICK;
    counts->keyframes += record->kind == RECORD_KEYFRAME;
    if (record->kind == RECORD_TICK) {
        counts->last_tick = record->tick.tick;
        counts->last_hash = record->tick.hash;
    } else if (record->kind == RECORD_END) {
        counts->ends++;
        counts->result = record->end.result;
    }
}

static int print_info(const struct replay_file *file)
{
    struct record_header header;
    struct counts counts = {0};
    size_t offset = read_header(file, &header);
    if (offset == 0) {
        return 1;
    }
    print_header(&header);
    enum status status = read_records(file, &header, offset, count_record, &counts);
    printf("bytes %zu\nticks %" PRIu32 "\nseconds %.1f\nkeyframes %" PRIu32 "\nstate_hash %016" PRIx64 "\n", file->size,
           counts.ticks, counts.ticks / (double)RULES_TICK_RATE, counts.keyframes, counts.last_hash);
    if (counts.ends > 0 && !counts.result.is_draw) {
        printf("winner %u\nscore %" PRIu32 "\n", counts.result.winner, counts.result.score);
    } else if (counts.ends > 0) {
        printf("winner draw\n");
    }
    if (status != STATUS_OK) {
        fprintf(stderr, "replay: damaged after tick %" PRIu32 ": %s\n", counts.last_tick, status_text(status));
        return 1;
    }
    return 0;
}

static void print_record(void *owner, const struct record *record, size_t offset, size_t size)
{
    (void)owner;
    switch (record->kind) {
    case RECORD_TICK:
        printf("%zu tick %" PRIu32 " hash %016" PRIx64 " bytes %zu joins %" PRIu32 " leaves %" PRIu32 "\n", offset,
               record->tick.tick, record->tick.hash, size, record->tick.join_count, record->tick.leave_count);
        for (uint32_t i = 0; i < record->tick.join_count; i++) {
            printf("  join slot %u team %u id %016" PRIx64 "\n", record->tick.joins[i].slot, record->tick.joins[i].team,
                   record->tick.joins[i].id);
        }
        break;
    case RECORD_KEYFRAME:
        printf("%zu keyframe %" PRIu32 " hash %016" PRIx64 " bytes %zu\n", offset, record->keyframe_tick,
               record->keyframe_hash, size);
        break;
    default:
        printf("%zu end %" PRIu32 " hash %016" PRIx64 " bytes %zu\n", offset, record->end.tick, record->end.hash, size);
        break;
    }
}

static int dump(const struct replay_file *file)
{
    struct record_header header;
    size_t offset = read_header(file, &header);
    if (offset == 0) {
        return 1;
    }
    enum status status = read_records(file, &header, offset, print_record, NULL);
    if (status != STATUS_OK) {
        fprintf(stderr, "replay: %s\n", status_text(status));
        return 1;
    }
    return 0;
}

/* ---- played again --------------------------------------------------------------------------------- */

static void print_tally(const struct replay_tally *tally)
{
    for (uint32_t weapon = WEAPON_RIFLE; weapon < WEAPON_COUNT; weapon++) {
        printf("shots_%s %" PRIu32 "\n", rules_weapon((uint8_t)weapon)->name, tally->shots[weapon]);
    }
    printf("hits %" PRIu32 "\ndamage %" PRIu32 "\ndeaths %" PRIu32 "\nrespawns %" PRIu32 "\nscores %" PRIu32 "\n",
           tally->hits, tally->damage, tally->deaths, tally->respawns, tally->scores);
}

static int verify(const struct replay_file *file)
{
    struct record_header header;
    struct replay_summary summary;
    if (read_header(file, &header) == 0) {
        return 1;
    }
    size_t size = replay_verify_bytes(file->bytes, file->size);
    void *memory = size == 0 ? NULL : malloc(size);
    if (memory == NULL) {
        fprintf(stderr, "replay: this build cannot play it\n");
        return 1;
    }
    enum status status = replay_verify(file->bytes, file->size, memory, size, &summary);
    free(memory);
    if (status == STATUS_OK) {
        printf("verified_ticks %" PRIu32 "\nstate_hash %016" PRIx64 "\n", summary.ticks, summary.state_hash);
        print_tally(&summary.tally);
        return 0;
    }
    if (status == STATUS_MISMATCH && summary.first_divergent_tick > 0) {
        printf("diverged_tick %" PRIu32 "\n", summary.first_divergent_tick);
    } else {
        printf("damaged after %" PRIu32 " good ticks: %s\n", summary.ticks, status_text(status));
    }
    return 1;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(const struct replay_file *file);
    } commands[] = {{"info", print_info}, {"verify", verify}, {"dump", dump}};
    for (size_t i = 0; argc == 3 && i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            struct replay_file file = {0};
            int result = read_file(argv[2], &file) != 0 ? 2 : commands[i].run(&file);
            free(file.bytes);
            return result;
        }
    }
    fprintf(stderr, "usage: replay info|verify|dump FILE\n");
    return 2;
}
