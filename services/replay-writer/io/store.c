/* SPDX-License-Identifier: Apache-2.0 */
#include "services/replay-writer/io/store.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#define PARTS_FOLDER "parts"
#define TOP          ""

static void parts_folder(const char *match_id, char out_path[STORE_PATH_MAX])
{
    (void)snprintf(out_path, STORE_PATH_MAX, PARTS_FOLDER "/%s", match_id);
}

static void replay_folder(const char *match_id, char out_path[STORE_PATH_MAX])
{
    (void)snprintf(out_path, STORE_PATH_MAX, "%.2s", match_id);
}

void store_replay_path(const char *match_id, char out_path[STORE_PATH_MAX])
{
    (void)snprintf(out_path, STORE_PATH_MAX, "%.2s/%s.mmar", match_id, match_id);
}

/* Where files are until they are whole: among the parts, so that it goes with them after a crash. */
static void temporary_path(const struct store *store, const char *match_id, char out_path[STORE_PATH_MAX])
{
    (void)snprintf(out_path, STORE_PATH_MAX, PARTS_FOLDER "/%s/.%016" PRIx64 ".tmp", match_id, store->writer);
}

/* Syncs whether or not the folder is new: who made it may have died before it was durable. */
static enum status make_folder(const struct store_disk *disk, const char *path, const char *parent)
{
    enum status status = disk->make_folder(disk->owner, path);
    return status == STATUS_OK ? disk->sync_folder(disk->owner, parent) : status;
}

/* After OK the file is there whole and for good, before it is not there under that name. */
static enum status publish(const struct store_disk *disk, const char *temporary, const char *path, const char *folder)
{
    enum status status = disk->sync(disk->owner, temporary);
    if (status == STATUS_OK) {
        status = disk->rename(disk->owner, temporary, path);
    }
    return status == STATUS_OK ? disk->sync_folder(disk->owner, folder) : status;
}

static bool is_whole(const struct store_disk *disk, const char *match_id)
{
    char path[STORE_PATH_MAX];
    store_replay_path(match_id, path);
    return disk->exists(disk->owner, path);
}

/* ---- parts ---------------------------------------------------------------------------------------- */

enum status store_prepare(const struct store *store)
{
    return make_folder(&store->disk, PARTS_FOLDER, TOP);
}

static enum status write_part(const struct store *store, const Mma__ReplayChunk *chunk, const char *name)
{
    const struct store_disk *disk = &store->disk;
    char folder[STORE_PATH_MAX], temporary[STORE_PATH_MAX], path[STORE_PATH_MAX + PARTS_NAME_MAX];
    parts_folder(chunk->match_id, folder);
    temporary_path(store, chunk->match_id, temporary);
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    enum status status = store_prepare(store);
    if (status == STATUS_OK) {
        status = make_folder(disk, folder, PARTS_FOLDER);
    }
    if (status == STATUS_OK) {
        status = disk->create(disk->owner, temporary);
    }
    if (status == STATUS_OK) {
        status = disk->append(disk->owner, temporary, chunk->records.data, chunk->records.len);
    }
    return status == STATUS_OK ? publish(disk, temporary, path, folder) : status;
}

enum status store_chunk(const struct store *store, const Mma__ReplayChunk *chunk)
{
    char name[PARTS_NAME_MAX];
    enum status status = parts_name_write(chunk->index, chunk->is_last, name);
    if (status != STATUS_OK || is_whole(&store->disk, chunk->match_id)) {
        return status;
    }
    return write_part(store, chunk, name);
}

/* ---- putting together ----------------------------------------------------------------------------- */

static enum status append_part(const struct store_disk *disk, const char *part, const char *path)
{
    struct store_mapping mapping;
    enum status status = disk->map(disk->owner, part, &mapping);
    if (status == STATUS_OK) {
        status = disk->append(disk->owner, path, mapping.bytes, mapping.size);
        disk->unmap(disk->owner, &mapping);
    }
    return status;
}

static enum status append_parts(const struct store_disk *disk, const char *match_id, const struct parts *parts,
                                const char *path)
{
    char folder[STORE_PATH_MAX];
    parts_folder(match_id, folder);
    enum status status = STATUS_OK;
    for (uint32_t index = 0; status == STATUS_OK && index <= parts->last; index++) {
        char name[PARTS_NAME_MAX], part[STORE_PATH_MAX + PARTS_NAME_MAX];
        status = parts_name_write(index, index == parts->last, name);
        if (status == STATUS_OK) {
            (void)snprintf(part, sizeof part, "%s/%s", folder, name);
            status = append_part(disk, part, path);
        }
    }
    return status;
}

static enum status join_parts(const struct store *store, const char *match_id, const struct parts *parts)
{
    const struct store_disk *disk = &store->disk;
    char folder[STORE_PATH_MAX], temporary[STORE_PATH_MAX], path[STORE_PATH_MAX];
    replay_folder(match_id, folder);
    temporary_path(store, match_id, temporary);
    store_replay_path(match_id, path);
    enum status status = make_folder(disk, folder, TOP);
    if (status == STATUS_OK) {
        status = disk->create(disk->owner, temporary);
    }
    if (status == STATUS_OK) {
        status = append_parts(disk, match_id, parts, temporary);
    }
    if (status == STATUS_OK) {
        return publish(disk, temporary, path, folder);
    }
    disk->remove(disk->owner, temporary); /* it may be large, and the disk full */
    return status;
}

/* A file that another writer renamed, and then died, is there but may not be durable. */
static enum status sync_replay(const struct store_disk *disk, const char *match_id)
{
    char folder[STORE_PATH_MAX];
    replay_folder(match_id, folder);
    return disk->sync_folder(disk->owner, folder);
}

static enum status make_whole(const struct store *store, const char *match_id, struct store_replay *replay)
{
    const struct store_disk *disk = &store->disk;
    char folder[STORE_PATH_MAX];
    struct parts parts;
    parts_folder(match_id, folder);
    parts_init(&parts);
    enum status status = disk->list_parts(disk->owner, folder, &parts);
    replay->chunks = parts.count;
    enum parts_step step = parts_next_step(&parts, is_whole(disk, match_id));
    if (step == PARTS_WHOLE) {
        return sync_replay(disk, match_id);
    }
    if (status != STATUS_OK) {
        return status;
    }
    return step == PARTS_JOIN ? join_parts(store, match_id, &parts) : STATUS_EMPTY;
}

/* ---- the proof ------------------------------------------------------------------------------------ */

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

static enum status sum_up(const struct store_disk *disk, const char *match_id, struct store_replay *replay)
{
    char path[STORE_PATH_MAX];
    struct store_mapping mapping;
    store_replay_path(match_id, path);
    (void)snprintf(replay->path, sizeof replay->path, "%.63s", path);
    enum status status = disk->map(disk->owner, path, &mapping);
    if (status != STATUS_OK) {
        return status;
    }
    replay->size = mapping.size;
    status = mapping.size == 0 || mapping.size > STORE_REPLAY_BYTES_MAX
                 ? STATUS_TOO_LARGE
                 : sum_up_bytes(mapping.bytes, mapping.size, replay);
    disk->unmap(disk->owner, &mapping);
    return status;
}

enum status store_assemble(const struct store *store, const char *match_id, struct store_replay *out_replay)
{
    struct store_replay replay = {.verified = STATUS_INVALID};
    enum status status = make_whole(store, match_id, &replay);
    if (status == STATUS_OK) {
        status = sum_up(&store->disk, match_id, &replay);
    }
    if (status == STATUS_OK) {
        *out_replay = replay;
    }
    return status;
}

enum status store_take_chunk(const struct store *store, const Mma__ReplayChunk *chunk, struct store_replay *out_replay)
{
    enum status status = store_chunk(store, chunk);
    return status == STATUS_OK ? store_assemble(store, chunk->match_id, out_replay) : status;
}

void store_forget_parts(const struct store *store, const char *match_id)
{
    char folder[STORE_PATH_MAX];
    parts_folder(match_id, folder);
    store->disk.remove_folder(store->disk.owner, folder);
}
