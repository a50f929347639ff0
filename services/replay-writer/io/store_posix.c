/* SPDX-License-Identifier: Apache-2.0 */
#include "services/replay-writer/io/store_posix.h"

#include "services/replay-writer/io/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MODE   0644
#define FOLDER_MODE 0755

/* Each call opens the folder, so that a volume may be mounted, lost and mounted again; and each path is relative to
 * it, so that none can be too long. */
static int open_top(const char *folder)
{
    return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int open_below(const char *folder, const char *path, int flags)
{
    int top = open_top(folder);
    if (top < 0) {
        return -1;
    }
    int descriptor = openat(top, path[0] != '\0' ? path : ".", flags | O_CLOEXEC, FILE_MODE);
    int error = errno;
    close(top);
    errno = error;
    return descriptor;
}

static enum status close_after(int descriptor, bool is_done)
{
    close(descriptor);
    return is_done ? STATUS_OK : STATUS_IO;
}

static bool disk_exists(void *owner, const char *path)
{
    int top = open_top(owner);
    bool exists = top >= 0 && faccessat(top, path, R_OK, 0) == 0;
    if (top >= 0) {
        close(top);
    }
    return exists;
}

static enum status disk_make_folder(void *owner, const char *path)
{
    int top = open_top(owner);
    return top < 0 ? STATUS_IO : close_after(top, mkdirat(top, path, FOLDER_MODE) == 0 || errno == EEXIST);
}

static enum status disk_create(void *owner, const char *path)
{
    int descriptor = open_below(owner, path, O_WRONLY | O_CREAT | O_TRUNC);
    return descriptor < 0 ? STATUS_IO : close_after(descriptor, true);
}

static bool write_all(int descriptor, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(descriptor, bytes, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

static enum status disk_append(void *owner, const char *path, const void *bytes, size_t size)
{
    int descriptor = open_below(owner, path, O_WRONLY | O_APPEND);
    return descriptor < 0 ? STATUS_IO : close_after(descriptor, write_all(descriptor, bytes, size));
}

static enum status disk_sync(void *owner, const char *path)
{
    int descriptor = open_below(owner, path, O_RDONLY);
    return descriptor < 0 ? STATUS_IO : close_after(descriptor, fsync(descriptor) == 0);
}

static enum status disk_sync_folder(void *owner, const char *folder)
{
    int descriptor = open_below(owner, folder, O_RDONLY | O_DIRECTORY);
    return descriptor < 0 ? STATUS_IO : close_after(descriptor, fsync(descriptor) == 0);
}

static enum status disk_rename(void *owner, const char *from, const char *to)
{
    int top = open_top(owner);
    return top < 0 ? STATUS_IO : close_after(top, renameat(top, from, top, to) == 0);
}

/* NULL with errno when there is none. */
static DIR *open_listing(const char *folder, const char *path)
{
    int descriptor = open_below(folder, path, O_RDONLY | O_DIRECTORY);
    DIR *listing = descriptor < 0 ? NULL : fdopendir(descriptor);
    if (listing == NULL && descriptor >= 0) {
        close(descriptor);
    }
    return listing;
}

static enum status disk_list_parts(void *owner, const char *folder, struct parts *parts)
{
    DIR *listing = open_listing(owner, folder);
    if (listing == NULL) {
        return errno == ENOENT && disk_exists(owner, ".") ? STATUS_EMPTY : STATUS_IO;
    }
    enum status status = STATUS_OK;
    for (struct dirent *entry; status == STATUS_OK && (entry = readdir(listing));) {
        status = parts_note(parts, entry->d_name);
    }
    closedir(listing);
    return status;
}

static enum status disk_map(void *owner, const char *path, struct store_mapping *out_mapping)
{
    struct stat file;
    int descriptor = open_below(owner, path, O_RDONLY);
    if (descriptor < 0) {
        return STATUS_IO;
    }
    if (fstat(descriptor, &file) != 0) {
        return close_after(descriptor, false);
    }
    size_t size = (size_t)file.st_size;
    void *bytes = size > 0 ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0) : NULL;
    if (bytes != MAP_FAILED) {
        *out_mapping = (struct store_mapping){bytes, size};
    }
    return close_after(descriptor, bytes != MAP_FAILED);
}

static void disk_unmap(void *owner, struct store_mapping *mapping)
{
    (void)owner;
    if (mapping->size > 0) {
        munmap((void *)(uintptr_t)mapping->bytes, mapping->size);
    }
    *mapping = (struct store_mapping){NULL, 0};
}

static void disk_remove(void *owner, const char *path)
{
    int top = open_top(owner);
    if (top >= 0) {
        (void)unlinkat(top, path, 0);
        close(top);
    }
}

static void disk_remove_folder(void *owner, const char *folder)
{
    DIR *listing = open_listing(owner, folder);
    if (listing == NULL) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(listing));) {
        (void)unlinkat(dirfd(listing), entry->d_name, 0);
    }
    closedir(listing);
    int top = open_top(owner);
    if (top >= 0) {
        (void)unlinkat(top, folder, AT_REMOVEDIR);
        close(top);
    }
}

struct store_disk store_posix_disk(const char *folder)
{
    return (struct store_disk){.owner = (void *)(uintptr_t)folder,
                               .exists = disk_exists,
                               .make_folder = disk_make_folder,
                               .create = disk_create,
                               .append = disk_append,
                               .sync = disk_sync,
                               .rename = disk_rename,
                               .sync_folder = disk_sync_folder,
                               .list_parts = disk_list_parts,
                               .map = disk_map,
                               .unmap = disk_unmap,
                               .remove = disk_remove,
                               .remove_folder = disk_remove_folder};
}

enum status store_posix_prepare(const char *folder)
{
    if (mkdir(folder, FOLDER_MODE) != 0 && errno != EEXIST) {
        return STATUS_IO;
    }
    const struct store store = {.disk = store_posix_disk(folder)};
    return store_prepare(&store);
}

int store_posix_open(const char *folder, const char *match_id)
{
    char path[STORE_PATH_MAX];
    store_replay_path(match_id, path);
    return open_below(folder, path, O_RDONLY);
}
