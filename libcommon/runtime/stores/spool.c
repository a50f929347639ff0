/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/stores/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define HEAD_BYTES 8
#define NAME_BYTES 32
#define SUFFIX     ".spool"

struct segment {
    uint64_t number; /* its name */
    uint64_t first;  /* sequence of its first record */
    uint64_t count;
    uint64_t bytes;
};

struct spool {
    int folder; /* locked */
    uint64_t bytes_max, bytes;
    struct segment *segments; /* oldest first; appended to is the last */
    size_t segment_count, segment_capacity;
    uint64_t next_number;
    uint64_t next_sequence, released; /* released: the last sequence that is done with */
    int write_file;                   /* the last segment, or -1 */
    bool is_torn;                     /* the last segment has bytes past its records */
    /* Cursor. */
    uint64_t cursor;      /* sequence read next */
    int read_file;        /* or -1 */
    uint64_t read_number; /* segment of read_file */
    uint64_t read_offset;
    uint8_t buffer[HEAD_BYTES + SPOOL_RECORD_BYTES_MAX];
};

static uint32_t crc32_of(uint32_t crc, const uint8_t *bytes, size_t size)
{
    static uint32_t table[256];
    if (!table[1]) {
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t value = i;
            for (int bit = 0; bit < 8; bit++) {
                value = value >> 1 ^ (value & 1 ? 0xEDB88320u : 0);
            }
            table[i] = value;
        }
    }
    crc = ~crc;
    for (size_t i = 0; i < size; i++) {
        crc = table[(crc ^ bytes[i]) & 0xFF] ^ crc >> 8;
    }
    return ~crc;
}

static void put_u32(uint8_t *out, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
}

static uint32_t get_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void segment_name(char out[NAME_BYTES], uint64_t number)
{
    snprintf(out, NAME_BYTES, "%016" PRIx64 SUFFIX, number);
}

static int open_segment(const struct spool *spool, uint64_t number, int flags)
{
    char name[NAME_BYTES];
    segment_name(name, number);
    return openat(spool->folder, name, flags | O_CLOEXEC, 0600);
}

static void close_file(int *file)
{
    if (*file >= 0) {
        close(*file);
        *file = -1;
    }
}

static void unlink_segment(const struct spool *spool, uint64_t number)
{
    char name[NAME_BYTES];
    segment_name(name, number);
    unlinkat(spool->folder, name, 0);
}

/* Reads the record at offset into the buffer. Zero: there is no good one. */
static size_t read_record(struct spool *spool, int file, uint64_t offset, uint64_t segment_bytes)
{
    uint8_t *buffer = spool->buffer;
    if (segment_bytes - offset < HEAD_BYTES || pread(file, buffer, HEAD_BYTES, (off_t)offset) != HEAD_BYTES) {
        return 0;
    }
    uint32_t size = get_u32(buffer);
    if (size > SPOOL_RECORD_BYTES_MAX || segment_bytes - offset - HEAD_BYTES < size ||
        pread(file, buffer + HEAD_BYTES, size, (off_t)(offset + HEAD_BYTES)) != (ssize_t)size) {
        return 0;
    }
    uint32_t crc = crc32_of(crc32_of(0, buffer, 4), buffer + HEAD_BYTES, size);
    return crc == get_u32(buffer + 4) ? HEAD_BYTES + size : 0;
}

static enum status add_segment(struct spool *spool, uint64_t number)
{
    if (spool->segment_count == spool->segment_capacity) {
        size_t capacity = spool->segment_capacity ? spool->segment_capacity * 2 : 16;
        struct segment *segments = realloc(spool->segments, capacity * sizeof *segments);
        if (segments == NULL) {
            return STATUS_NO_MEMORY;
        }
        spool->segments = segments;
        spool->segment_capacity = capacity;
    }
    spool->segments[spool->segment_count++] = (struct segment){.number = number, .first = spool->next_sequence};
    spool->next_number = number + 1;
    return STATUS_OK;
}

/* ---- opening ---- */

/* Counts the good records of the last segment in the table, and cuts what follows them. */
static enum status recover_segment(struct spool *spool)
{
    struct segment *segment = &spool->segments[spool->segment_count - 1];
    int file = open_segment(spool, segment->number, O_RDWR);
    struct stat about;
    if (file < 0 || fstat(file, &about) != 0) {
        close_file(&file);
        return STATUS_IO;
    }
    size_t taken;
    while ((taken = read_record(spool, file, segment->bytes, (uint64_t)about.st_size)) > 0) {
        segment->bytes += taken;
        segment->count++;
    }
    bool cut = segment->bytes == (uint64_t)about.st_size || ftruncate(file, (off_t)segment->bytes) == 0;
    close_file(&file);
    spool->bytes += segment->bytes;
    spool->next_sequence += segment->count;
    if (segment->count == 0) {
        unlink_segment(spool, segment->number);
        spool->segment_count--;
    }
    return cut ? STATUS_OK : STATUS_IO;
}

static int is_segment(const struct dirent *entry)
{
    size_t digits = strspn(entry->d_name, "0123456789abcdef");
    return digits == 16 && strcmp(entry->d_name + 16, SUFFIX) == 0;
}

static enum status recover(struct spool *spool, const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_segment, alphasort);
    if (count < 0) {
        return STATUS_IO;
    }
    enum status status = STATUS_OK;
    for (int i = 0; i < count; i++) {
        if (status == STATUS_OK) {
            status = add_segment(spool, strtoull(entries[i]->d_name, NULL, 16));
        }
        if (status == STATUS_OK) {
            status = recover_segment(spool);
        }
        free(entries[i]);
    }
    free(entries);
    return status;
}

static enum status open_folder(struct spool *spool, const char *folder)
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        return STATUS_IO;
    }
    spool->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (spool->folder < 0) {
        return STATUS_IO;
    }
    if (flock(spool->folder, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? STATUS_EXISTS : STATUS_IO;
    }
    return recover(spool, folder);
}

enum status spool_open(const char *folder, uint64_t bytes_max, struct spool **out_spool)
{
    REQUIRE(folder != NULL && bytes_max > 0);
    struct spool *spool = calloc(1, sizeof *spool);
    if (spool == NULL) {
        return STATUS_NO_MEMORY;
    }
    spool->folder = spool->write_file = spool->read_file = -1;
    spool->bytes_max = bytes_max;
    spool->next_sequence = spool->cursor = 1;
    enum status status = open_folder(spool, folder);
    if (status != STATUS_OK) {
        spool_close(spool);
        return status;
    }
    *out_spool = spool;
    return STATUS_OK;
}

void spool_close(struct spool *spool)
{
    if (spool == NULL) {
        return;
    }
    close_file(&spool->write_file);
    close_file(&spool->read_file);
    close_file(&spool->folder);
    free(spool->segments);
    free(spool);
}

/* ---- appending ---- */

/* The segment that takes size bytes more, opened. */
static enum status choose_segment(struct spool *spool, size_t size)
{
    bool fits =
        spool->segment_count > 0 && spool->segments[spool->segment_count - 1].bytes + size <= SPOOL_SEGMENT_BYTES_MAX;
    if (!fits) {
        close_file(&spool->write_file);
        enum status status = add_segment(spool, spool->next_number);
        if (status != STATUS_OK) {
            return status;
        }
        spool->is_torn = false;
    }
    if (spool->write_file < 0) {
        uint64_t number = spool->segments[spool->segment_count - 1].number;
        spool->write_file = open_segment(spool, number, O_WRONLY | O_CREAT | O_APPEND);
    }
    return spool->write_file >= 0 ? STATUS_OK : STATUS_IO;
}

enum status spool_append(struct spool *spool, const uint8_t *bytes, size_t size)
{
    REQUIRE(bytes != NULL || size == 0);
    if (size > SPOOL_RECORD_BYTES_MAX) {
        return STATUS_TOO_LARGE;
    }
    if (spool->bytes + HEAD_BYTES + size > spool->bytes_max) {
        return STATUS_FULL;
    }
    enum status status = choose_segment(spool, HEAD_BYTES + size);
    if (status != STATUS_OK) {
        return status;
    }
    uint8_t head[HEAD_BYTES];
    put_u32(head, (uint32_t)size);
    put_u32(head + 4, crc32_of(crc32_of(0, head, 4), bytes, size));
    struct iovec parts[2] = {{head, HEAD_BYTES}, {(void *)(uintptr_t)bytes, size}};
    struct segment *segment = &spool->segments[spool->segment_count - 1];
    if (writev(spool->write_file, parts, 2) != (ssize_t)(HEAD_BYTES + size)) {
        spool->is_torn = ftruncate(spool->write_file, (off_t)segment->bytes) != 0;
        return STATUS_IO;
    }
    segment->bytes += HEAD_BYTES + size;
    segment->count++;
    spool->bytes += HEAD_BYTES + size;
    spool->next_sequence++;
    return STATUS_OK;
}

/* ---- reading ---- */

static const struct segment *segment_of(const struct spool *spool, uint64_t sequence)
{
    for (size_t i = 0; i < spool->segment_count; i++) {
        const struct segment *segment = &spool->segments[i];
        if (sequence - segment->first < segment->count) {
            return segment;
        }
    }
    return NULL;
}

enum status spool_next(struct spool *spool, const uint8_t **out_bytes, size_t *out_size, uint64_t *out_sequence)
{
    while (spool->cursor < spool->next_sequence) {
        const struct segment *segment = segment_of(spool, spool->cursor);
        REQUIRE(segment);
        if (spool->read_file < 0 || spool->read_number != segment->number) {
            close_file(&spool->read_file);
            spool->read_file = open_segment(spool, segment->number, O_RDONLY);
            spool->read_number = segment->number;
            spool->read_offset = 0;
        }
        size_t taken =
            spool->read_file >= 0 ? read_record(spool, spool->read_file, spool->read_offset, segment->bytes) : 0;
        if (taken > 0) {
            spool->read_offset += taken;
            *out_bytes = spool->buffer + HEAD_BYTES;
            *out_size = taken - HEAD_BYTES;
            *out_sequence = spool->cursor++;
            return STATUS_OK;
        }
        spool->cursor = segment->first + segment->count; /* unreadable from here on */
    }
    return STATUS_EMPTY;
}

/* ---- releasing ---- */

static void drop_oldest(struct spool *spool)
{
    spool->bytes -= spool->segments[0].bytes;
    unlink_segment(spool, spool->segments[0].number);
    spool->segment_count--;
    memmove(spool->segments, spool->segments + 1, spool->segment_count * sizeof *spool->segments);
}

/* All is released: the last segment is emptied for reuse. */
static void empty_last(struct spool *spool)
{
    struct segment *last = &spool->segments[0];
    if (spool->write_file >= 0 && ftruncate(spool->write_file, 0) == 0) {
        spool->bytes = last->bytes = last->count = 0;
        last->first = spool->next_sequence;
        spool->read_offset = 0;
    } else {
        close_file(&spool->write_file);
        drop_oldest(spool);
    }
}

void spool_release(struct spool *spool, uint64_t sequence)
{
    REQUIRE(sequence < spool->cursor);
    if (sequence <= spool->released) {
        return;
    }
    spool->released = sequence;
    while (spool->segment_count > 1 && spool->segments[0].first + spool->segments[0].count <= sequence + 1) {
        drop_oldest(spool);
    }
    if (spool->segment_count == 1 && sequence + 1 == spool->next_sequence) {
        empty_last(spool);
    }
}

uint64_t spool_bytes(const struct spool *spool)
{
    return spool->bytes;
}

uint64_t spool_count(const struct spool *spool)
{
    return spool->next_sequence - 1 - spool->released;
}
