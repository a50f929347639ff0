/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_disk.h - what the store asks of a disk: one table of operations, by the real disk (store_posix.h) and by the
 * simulated one.
 *
 * Paths are relative to the store's folder, whose own path is "". A write is durable after sync of the file; a new
 * name, rename or folder after sync_folder of the folder that holds it. Everything blocks. STATUS_IO: nothing is known
 * to have been done, and the same call may succeed later.
 */
#ifndef MMA_SERVICES_REPLAY_WRITER_IO_STORE_DISK_H
#define MMA_SERVICES_REPLAY_WRITER_IO_STORE_DISK_H

#include "services/replay-writer/core/parts.h"

#include <stddef.h>

/* A file's bytes, read only, until unmap. */
struct store_mapping {
    const uint8_t *bytes;
    size_t size;
};

struct store_disk {
    void *owner; /* borrowed */
    bool (*exists)(void *owner, const char *path);
    enum status (*make_folder)(void *owner, const char *path); /* OK too when it is there */
    enum status (*create)(void *owner, const char *path);      /* an empty file, whatever was there */
    enum status (*append)(void *owner, const char *path, const void *bytes, size_t size);
    enum status (*sync)(void *owner, const char *path);
    enum status (*rename)(void *owner, const char *from, const char *to); /* replaces to, at once */
    enum status (*sync_folder)(void *owner, const char *folder);
    /* parts_note for each name. STATUS_EMPTY: there is no such folder. */
    enum status (*list_parts)(void *owner, const char *folder, struct parts *parts);
    enum status (*map)(void *owner, const char *path, struct store_mapping *out_mapping);
    void (*unmap)(void *owner, struct store_mapping *mapping);
    void (*remove)(void *owner, const char *path);
    void (*remove_folder)(void *owner, const char *folder); /* with its files, as far as it can be done */
};

#endif
