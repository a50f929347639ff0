/* SPDX-License-Identifier: Apache-2.0 */
/* sim_disk.c - a file is an inode; names point to it, twice: as they are now, and as they are after a loss of power. */
#include "tests/simulation/sim_disk.h"

#include "tests/simulation/sim_files.h"
#include "tests/simulation/sim_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct image {
    uint8_t *bytes;
    size_t size;
};

struct inode {
    struct image now, durable;
};

struct name {
    char path[SIM_PATH_MAX];
    struct inode *now, *durable; /* NULL: there is none of that name */
};

struct sim_disk {
    struct sim_disk *next;
    uint64_t failing_until_us;
    struct name *names; /* sorted by path */
    size_t count, capacity;
    struct inode **inodes; /* all there ever were */
    size_t inode_count, inode_capacity;
};

struct sim_disk *sim_disk_add(struct sim_world *world)
{
    struct sim_disk *disk = calloc(1, sizeof(*disk));
    REQUIRE(disk != NULL);
    disk->next = world->disks;
    world->disks = disk;
    return disk;
}

void sim_disks_destroy(struct sim_world *world)
{
    while (world->disks != NULL) {
        struct sim_disk *disk = world->disks;
        world->disks = disk->next;
        for (size_t i = 0; i < disk->inode_count; i++) {
            free(disk->inodes[i]->now.bytes);
            free(disk->inodes[i]->durable.bytes);
            free(disk->inodes[i]);
        }
        free(disk->inodes);
        free(disk->names);
        free(disk);
    }
}

void sim_disk_fail(struct sim_process *process, uint64_t until_us)
{
    process->disk->failing_until_us = until_us;
}

static bool is_failing(const struct sim_process *process)
{
    return process->disk->failing_until_us > process->world->now_us;
}

/* ---- names and inodes ----------------------------------------------------------------------------- */

static size_t place_of(const struct sim_disk *disk, const char *path)
{
    size_t low = 0, high = disk->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(disk->names[middle].path, path) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct name *find(const struct sim_disk *disk, const char *path)
{
    size_t place = place_of(disk, path);
    bool is_there = place < disk->count && strcmp(disk->names[place].path, path) == 0;
    return is_there ? &disk->names[place] : NULL;
}

static struct name *make_name(struct sim_disk *disk, const char *path)
{
    struct name *name = find(disk, path);
    if (name != NULL) {
        return name;
    }
    if (disk->count == disk->capacity) {
        disk->capacity = disk->capacity ? 2 * disk->capacity : 32;
        disk->names = realloc(disk->names, disk->capacity * sizeof(*disk->names));
        REQUIRE(disk->names != NULL);
    }
    REQUIRE(strlen(path) < SIM_PATH_MAX);
    size_t place = place_of(disk, path);
    memmove(&disk->names[place + 1], &disk->names[place], (disk->count - place) * sizeof(*disk->names));
    disk->count++;
    disk->names[place] = (struct name){.now = NULL};
    memcpy(disk->names[place].path, path, strlen(path) + 1);
    return &disk->names[place];
}

static struct inode *make_inode(struct sim_disk *disk)
{
    if (disk->inode_count == disk->inode_capacity) {
        disk->inode_capacity = disk->inode_capacity ? 2 * disk->inode_capacity : 32;
        disk->inodes = realloc(disk->inodes, disk->inode_capacity * sizeof(struct inode *));
        REQUIRE(disk->inodes != NULL);
    }
    struct inode *inode = calloc(1, sizeof(*inode));
    REQUIRE(inode != NULL);
    disk->inodes[disk->inode_count++] = inode;
    return inode;
}

static void image_append(struct image *image, const void *bytes, size_t size)
{
    if (size > 0) {
        image->bytes = realloc(image->bytes, image->size + size);
        REQUIRE(image->bytes != NULL);
        memcpy(image->bytes + image->size, bytes, size);
        image->size += size;
    }
}

static void image_copy(struct image *to, const struct image *from)
{
    to->size = 0;
    image_append(to, from->bytes, from->size);
}

/* ---- calls ---------------------------------------------------------------------------------------- */

enum status sim_disk_append(struct sim_process *process, const char *path, const void *bytes, size_t size)
{
    if (is_failing(process)) {
        return STATUS_IO;
    }
    struct name *name = make_name(process->disk, path);
    if (name->now == NULL) {
        name->now = make_inode(process->disk);
    }
    image_append(&name->now->now, bytes, size);
    return STATUS_OK;
}

enum status sim_disk_write(struct sim_process *process, const char *path, const void *bytes, size_t size)
{
    struct name *name = find(process->disk, path);
    if (!is_failing(process) && name != NULL && name->now != NULL) {
        name->now->now.size = 0;
    }
    return sim_disk_append(process, path, bytes, size);
}

enum status sim_disk_read(struct sim_process *process, const char *path, struct sim_value *out_value)
{
    const struct name *name = find(process->disk, path);
    if (name == NULL || name->now == NULL) {
        return STATUS_NOT_FOUND;
    }
    const struct image *image = &name->now->now;
    *out_value = (struct sim_value){image->bytes != NULL ? image->bytes : (const uint8_t *)"", image->size};
    return STATUS_OK;
}

bool sim_disk_exists(struct sim_process *process, const char *path)
{
    const struct name *name = find(process->disk, path);
    return name != NULL && name->now != NULL;
}

enum status sim_disk_sync(struct sim_process *process, const char *path)
{
    struct name *name = find(process->disk, path);
    if (is_failing(process)) {
        return STATUS_IO;
    }
    if (name == NULL || name->now == NULL) {
        return STATUS_NOT_FOUND;
    }
    image_copy(&name->now->durable, &name->now->now);
    return STATUS_OK;
}

enum status sim_disk_rename(struct sim_process *process, const char *from, const char *to)
{
    struct sim_disk *disk = process->disk;
    struct name *old = find(disk, from);
    if (is_failing(process)) {
        return STATUS_IO;
    }
    if (old == NULL || old->now == NULL) {
        return STATUS_NOT_FOUND;
    }
    struct inode *inode = old->now;
    old->now = NULL;
    make_name(disk, to)->now = inode;
    return STATUS_OK;
}

static bool is_in_folder(const char *path, const char *folder)
{
    const char *slash = strrchr(path, '/');
    size_t size = slash != NULL ? (size_t)(slash - path) : 0;
    return strlen(folder) == size && strncmp(path, folder, size) == 0;
}

enum status sim_disk_sync_folder(struct sim_process *process, const char *folder)
{
    struct sim_disk *disk = process->disk;
    if (is_failing(process)) {
        return STATUS_IO;
    }
    for (size_t i = 0; i < disk->count; i++) {
        if (is_in_folder(disk->names[i].path, folder)) {
            disk->names[i].durable = disk->names[i].now;
        }
    }
    return STATUS_OK;
}

void sim_disk_remove(struct sim_process *process, const char *path)
{
    struct name *name = find(process->disk, path);
    if (name != NULL) {
        name->now = NULL;
    }
}

bool sim_disk_list(struct sim_process *process, const char *folder, size_t index, char out_name[SIM_PATH_MAX])
{
    const struct sim_disk *disk = process->disk;
    for (size_t i = 0; i < disk->count; i++) {
        const struct name *name = &disk->names[i];
        if (name->now == NULL || !is_in_folder(name->path, folder) || index-- > 0) {
            continue;
        }
        snprintf(out_name, SIM_PATH_MAX, "%s", name->path + (folder[0] != '\0' ? strlen(folder) + 1 : 0));
        return true;
    }
    return false;
}

void sim_disk_lose_unsynced(struct sim_process *process)
{
    struct sim_disk *disk = process->disk;
    for (size_t i = 0; i < disk->count; i++) {
        disk->names[i].now = disk->names[i].durable;
    }
    for (size_t i = 0; i < disk->inode_count; i++) {
        image_copy(&disk->inodes[i]->now, &disk->inodes[i]->durable);
    }
}
