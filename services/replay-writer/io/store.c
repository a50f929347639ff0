/* SPDX-License-Identifier: Apache-2.0 */
#include "services/replay-writer/io/store.h"

#include "services/replay-writer/core/parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names of a match's files; each is relative to the folder's file descriptor, so no path can be too long. */
static void parts_folder(const char *match_id, char out[64])
{
    snprintf(out, 64, "parts/%s", match_id);
}

static void replay_path(const char *match_id, char out[64])
{
    snprintf(out, 64, "%.2s/%s.mmar", match_id, match_id);
}

static int open_folder(const char *folder)
{
    return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static enum status sync_folder(int at, const char *name)
{
    int descriptor = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return STATUS_IO;
    }
    int result = fsync(descriptor);
    close(descriptor);
    return result == 0 ? STATUS_OK : STATUS_IO;
}

static enum status make_folder(int at, const char *name)
{
    if (mkdirat(at, name, 0755) == 0) {
        return sync_folder(at, ".");
    }
    return errno == EEXIST ? STATUS_OK : STATUS_IO;
}

static enum status write_all(int descriptor, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(descriptor, bytes, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return STATUS_IO;
        }
        bytes += written;
        size -= (size_t)written;
    }
    return STATUS_OK;
}

/* Under a name of this thread's own, so that writers who share the folder do not meet before the rename. */
static void temporary_name(const char *folder_name, char out[96])
{
    snprintf(out, 96, "%s/.%d.%d.tmp", folder_name, (int)getpid(), (int)gettid());
}

/* Syncs, then renames into place, then syncs the folder: after OK the file is there whole, before it is not. */
static enum status publish(int at, int descriptor, const char *temporary, const char *name, const char *folder_name)
{
    if (fsync(descriptor) != 0 || renameat(at, temporary, at, name) != 0) {
        return STATUS_IO;
    }
    return sync_folder(at, folder_name);
}

enum status store_prepare(const char *folder)
{
    if (mkdir(folder, 0755) != 0 && errno != EEXIST) {
        return STATUS_IO;
    }
    int at = open_folder(folder);
    if (at < 0) {
        return STATUS_IO;
    }
    enum status status = make_folder(at, "parts");
    close(at);
    return status;
}

static bool is_whole(int at, const char *match_id)
{
    char path[64];
    replay_path(match_id, path);
    return faccessat(at, path, R_OK, 0) == 0;
}

static enum status write_part(int at, const char *match_id, const char *name, const void *bytes, size_t size)
{
    char folder_name[64], temporary[96], path[96];
    parts_folder(match_id, folder_name);
    temporary_name(folder_name, temporary);
    snprintf(path, sizeof path, "%s/%s", folder_name, name);
    enum status status = make_folder(at, folder_name);
    if (status != STATUS_OK) {
        return status;
    }
    int descriptor = openat(at, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        return STATUS_IO;
    }
    status = write_all(descriptor, bytes, size);
    if (status == STATUS_OK) {
        status = publish(at, descriptor, temporary, path, folder_name);
    }
    close(descriptor);
    return status;
}

enum status store_chunk(const char *folder, const char *match_id, uint32_t index, bool is_last, const void *bytes,
                        size_t size)
{
    char name[PARTS_NAME_MAX];
    enum status status = parts_name_write(index, is_last, name);
    if (status != STATUS_OK) {
        return status;
    }
    int at = open_folder(folder);
    if (at < 0) {
        return STATUS_IO;
    }
    if (!is_whole(at, match_id)) {
        status = write_part(at, match_id, name, bytes, size);
    }
    close(at);
    return status;
}

static enum status list_parts(int at, const char *match_id, struct parts *out_parts)
{
    char folder_name[64];
    parts_folder(match_id, folder_name);
    parts_init(out_parts);
    int descriptor = openat(at, folder_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = descriptor < 0 ? NULL : fdopendir(descriptor);
    if (directory == NULL) {
        if (descriptor >= 0) {
            close(descriptor);
        }
        return errno == ENOENT ? STATUS_EMPTY : STATUS_IO;
    }
    enum status status = STATUS_OK;
    for (struct dirent *entry; status == STATUS_OK && (entry = readdir(directory));) {
        status = parts_note(out_parts, entry->d_name);
    }
    closedir(directory);
    return status;
}

static enum status append_part(int at, const char *path, int out)
{
    int descriptor = openat(at, path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return STATUS_IO;
    }
    uint8_t buffer[65536];
    enum status status = STATUS_OK;
    ssize_t got;
    while (status == STATUS_OK && (got = read(descriptor, buffer, sizeof buffer)) != 0) {
        status = got < 0 ? STATUS_IO : write_all(out, buffer, (size_t)got);
    }
    close(descriptor);
    return status;
}

static enum status append_parts(int at, const char *match_id, const struct parts *parts, int out)
{
    enum status status = STATUS_OK;
    for (uint32_t index = 0; status == STATUS_OK && index <= parts->last; index++) {
        char name[PARTS_NAME_MAX], path[96];
        status = parts_name_write(index, index == parts->last, name);
        if (status == STATUS_OK) {
            snprintf(path, sizeof path, "parts/%s/%s", match_id, name);
            status = append_part(at, path, out);
        }
    }
    return status;
}

static enum status join_parts(int at, const char *match_id, const struct parts *parts)
{
    char folder_name[64], temporary[96], path[64];
    snprintf(folder_name, sizeof folder_name, "%.2s", match_id);
    temporary_name(folder_name, temporary);
    replay_path(match_id, path);
    enum status status = make_folder(at, folder_name);
    if (status != STATUS_OK) {
        return status;
    }
    int descriptor = openat(at, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        return STATUS_IO;
    }
    status = append_parts(at, match_id, parts, descriptor);
    if (status == STATUS_OK) {
        status = publish(at, descriptor, temporary, path, folder_name);
    } else {
        (void)unlinkat(at, temporary, 0);
    }
    close(descriptor);
    return status;
}

static void *take(size_t size)
{
    return size > 0 ? aligned_alloc(16, (size + 15) / 16 * 16) : NULL;
}

/* What the proof says of a replay whose map, if it carries one, was read. STATUS_NO_MEMORY: nothing was proved. */
static enum status verify(const struct record_header *header, const uint8_t *bytes, size_t size,
                          struct store_replay *replay)
{
    size_t memory_size = replay_verify_bytes(header);
    void *memory = take(memory_size);
    if (memory_size > 0 && memory == NULL) {
        return STATUS_NO_MEMORY;
    }
    replay->verified =
        memory != NULL ? replay_verify(header, bytes, size, memory, memory_size, &replay->summary) : STATUS_INVALID;
    free(memory);
    return STATUS_OK;
}

static enum status read_and_verify(const uint8_t *bytes, size_t size, struct store_replay *replay)
{
    struct record_header header;
    size_t used = 0;
    replay->verified = STATUS_INVALID;
    if (record_read_header(bytes, size, &header, &used) != STATUS_OK) {
        return STATUS_OK;
    }
    size_t map_size = record_map_bytes(&header);
    void *map = take(map_size);
    if (map_size > 0 && map == NULL) {
        return STATUS_NO_MEMORY;
    }
    enum status status = STATUS_OK;
    if (record_map_read(&header, map, map_size) == STATUS_OK) {
        status = verify(&header, bytes + used, size - used, replay);
    }
    free(map);
    return status;
}

static enum status sum_up_bytes(const uint8_t *bytes, size_t size, struct store_replay *replay)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int digest_size = 0;
    if (EVP_Digest(bytes, size, digest, &digest_size, EVP_sha256(), NULL) != 1) {
        return STATUS_NO_MEMORY;
    }
    for (unsigned int i = 0; i < digest_size; i++) {
        snprintf(replay->sha256 + (size_t)i * 2, 3, "%02x", digest[i]);
    }
    return read_and_verify(bytes, size, replay);
}

static enum status sum_up(int at, const char *match_id, struct store_replay *replay)
{
    replay_path(match_id, replay->path);
    int descriptor = openat(at, replay->path, O_RDONLY | O_CLOEXEC);
    struct stat status_of_file;
    if (descriptor < 0 || fstat(descriptor, &status_of_file) != 0) {
        if (descriptor >= 0) {
            close(descriptor);
        }
        return STATUS_IO;
    }
    replay->size = (uint64_t)status_of_file.st_size;
    if (replay->size == 0 || replay->size > STORE_REPLAY_BYTES_MAX) {
        close(descriptor);
        return STATUS_TOO_LARGE;
    }
    void *bytes = mmap(NULL, replay->size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    close(descriptor);
    if (bytes == MAP_FAILED) {
        return STATUS_IO;
    }
    enum status status = sum_up_bytes(bytes, replay->size, replay);
    munmap(bytes, replay->size);
    return status;
}

enum status store_assemble(const char *folder, const char *match_id, struct store_replay *out_replay)
{
    int at = open_folder(folder);
    if (at < 0) {
        return STATUS_IO;
    }
    struct store_replay replay = {.verified = STATUS_INVALID};
    struct parts parts;
    enum status status = list_parts(at, match_id, &parts);
    replay.chunks = parts.count;
    enum parts_step step = parts_next_step(&parts, is_whole(at, match_id));
    if (step == PARTS_WHOLE) {
        status = STATUS_OK;
    } else if (status == STATUS_OK) {
        status = step == PARTS_JOIN ? join_parts(at, match_id, &parts) : STATUS_EMPTY;
    }
    if (status == STATUS_OK) {
        status = sum_up(at, match_id, &replay);
    }
    close(at);
    if (status == STATUS_OK) {
        *out_replay = replay;
    }
    return status;
}

void store_forget_parts(const char *folder, const char *match_id)
{
    int at = open_folder(folder);
    if (at < 0) {
        return;
    }
    char folder_name[64];
    parts_folder(match_id, folder_name);
    int descriptor = openat(at, folder_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = descriptor < 0 ? NULL : fdopendir(descriptor);
    if (directory != NULL) {
        for (struct dirent *entry; (entry = readdir(directory));) {
            (void)unlinkat(dirfd(directory), entry->d_name, 0);
        }
        closedir(directory);
        (void)unlinkat(at, folder_name, AT_REMOVEDIR);
    } else if (descriptor >= 0) {
        close(descriptor);
    }
    close(at);
}

int store_open(const char *folder, const char *match_id)
{
    int at = open_folder(folder);
    if (at < 0) {
        return -1;
    }
    char path[64];
    replay_path(match_id, path);
    int descriptor = openat(at, path, O_RDONLY | O_CLOEXEC);
    close(at);
    return descriptor;
}
