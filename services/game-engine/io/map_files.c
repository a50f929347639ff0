/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/io/map_files.h"

#include "libcommon/game/map/map_text.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX         ".map"
#define PATH_BYTES_MAX 1400

struct map_file {
    struct map map;
    void *memory; /* owned: of the map */
    char *text;   /* owned */
};

struct map_files {
    uint32_t count;
    struct map_file items[MAP_FILES_MAX];
};

/* ---- one file ----------------------------------------------------------------------------------- */

/* The whole file; NULL with errno, EFBIG when it is too long. */
static char *read_file(const char *path, size_t *out_size)
{
    FILE *file = fopen(path, "rb");
    char *bytes = file == NULL ? NULL : malloc(MAP_TEXT_BYTES_MAX + 1);
    if (bytes == NULL) {
        if (file != NULL) {
            fclose(file);
        }
        return NULL;
    }
    *out_size = fread(bytes, 1, MAP_TEXT_BYTES_MAX + 1, file);
    int error = ferror(file) ? EIO : *out_size > MAP_TEXT_BYTES_MAX ? EFBIG : 0;
    fclose(file);
    if (error != 0) {
        free(bytes);
        errno = error;
        return NULL;
    }
    return bytes;
}

static enum status parse(struct map_file *file, const char *text, size_t size, uint32_t *out_line)
{
    size_t needed = map_text_memory_bytes(text, size);
    file->memory = malloc(needed);
    return file->memory == NULL ? STATUS_NO_MEMORY
                                : map_text_read(text, size, file->memory, needed, &file->map, out_line);
}

/* As records carry it; STATUS_FULL when they cannot. */
static enum status say(struct map_file *file)
{
    struct byte_writer writer;
    file->text = malloc(RECORD_MAP_BYTES_MAX + 1);
    if (file->text == NULL) {
        return STATUS_NO_MEMORY;
    }
    byte_writer_init(&writer, (uint8_t *)file->text, RECORD_MAP_BYTES_MAX);
    map_text_write(&file->map, &writer);
    file->text[writer.size] = '\0';
    return writer.status;
}

static enum status complain(char *out, const char *path, uint32_t line, const char *what, enum status status)
{
    if (line > 0) {
        snprintf(out, MAP_FILES_COMPLAINT_MAX, "%.300s:%u: %s", path, line, what);
    } else {
        snprintf(out, MAP_FILES_COMPLAINT_MAX, "%.300s: %s", path, what);
    }
    return status;
}

static enum status parse_or_complain(struct map_file *file, const char *path, const char *text, size_t size,
                                     char *complaint)
{
    static const char *const of_the_whole =
        "no valid map: it lacks a name, a size or a spawn point, has a wall or place outside or a place that touches a "
        "wall, or two power-ups in one place";
    uint32_t line = 0;
    enum status status = parse(file, text, size, &line);
    if (status == STATUS_INVALID) {
        return complain(complaint, path, line, line > 0 ? "no line of a map" : of_the_whole, status);
    }
    return status == STATUS_OK ? STATUS_OK : complain(complaint, path, 0, status_text(status), status);
}

/* What was taken, file owns, whatever the status. */
static enum status load(const struct map_files *others, struct map_file *file, const char *path, char *complaint)
{
    size_t size = 0;
    char *text = read_file(path, &size);
    if (text == NULL) {
        return complain(complaint, path, 0, strerror(errno), STATUS_IO);
    }
    enum status status = parse_or_complain(file, path, text, size, complaint);
    free(text);
    if (status != STATUS_OK) {
        return status;
    }
    if (map_files_find(others, file->map.name) != NULL) {
        return complain(complaint, path, 0, "another map has that name", STATUS_INVALID);
    }
    status = say(file);
    return status == STATUS_OK ? STATUS_OK : complain(complaint, path, 0, "too large for a record", status);
}

static void free_file(struct map_file *file)
{
    free(file->memory);
    free(file->text);
    *file = (struct map_file){0};
}

/* ---- the folder --------------------------------------------------------------------------------- */

static int is_map(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > strlen(SUFFIX) && strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX) == 0;
}

static enum status load_next(struct map_files *files, const char *folder, const char *name, char *complaint)
{
    char path[PATH_BYTES_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (files->count == MAP_FILES_MAX) {
        return complain(complaint, path, 0, "one map too many", STATUS_FULL);
    }
    struct map_file *file = &files->items[files->count];
    enum status status = load(files, file, path, complaint);
    if (status != STATUS_OK) {
        free_file(file);
        return status;
    }
    files->count++;
    return STATUS_OK;
}

static enum status load_folder(struct map_files *files, const char *folder, char *complaint)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_map, alphasort);
    if (count < 0) {
        return complain(complaint, folder, 0, strerror(errno), STATUS_IO);
    }
    enum status status = STATUS_OK;
    for (int i = 0; i < count; i++) {
        status = status == STATUS_OK ? load_next(files, folder, entries[i]->d_name, complaint) : status;
        free(entries[i]);
    }
    free(entries);
    return status;
}

enum status map_files_create(const char *folder, struct map_files **out_files,
                             char out_complaint[MAP_FILES_COMPLAINT_MAX])
{
    struct map_files *files = calloc(1, sizeof *files);
    if (files == NULL) {
        return complain(out_complaint, folder, 0, status_text(STATUS_NO_MEMORY), STATUS_NO_MEMORY);
    }
    enum status status = folder[0] == '\0' ? STATUS_OK : load_folder(files, folder, out_complaint);
    if (status != STATUS_OK) {
        map_files_destroy(files);
        return status;
    }
    *out_files = files;
    return STATUS_OK;
}

void map_files_destroy(struct map_files *files)
{
    for (uint32_t i = 0; files != NULL && i < files->count; i++) {
        free_file(&files->items[i]);
    }
    free(files);
}

uint32_t map_files_count(const struct map_files *files)
{
    return files->count;
}

/* ---- questions ---------------------------------------------------------------------------------- */

const struct map *map_files_find(const struct map_files *files, const char *name)
{
    for (uint32_t i = 0; i < files->count; i++) {
        if (strcmp(files->items[i].map.name, name) == 0) {
            return &files->items[i].map;
        }
    }
    return map_find(name);
}

const char *map_files_text(const struct map_files *files, const struct map *map)
{
    for (uint32_t i = 0; i < files->count; i++) {
        if (&files->items[i].map == map) {
            return files->items[i].text;
        }
    }
    return "";
}
