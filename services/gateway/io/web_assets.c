/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/io/web_assets.h"

#include "libcommon/base/hash.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *ending;
    const char *content_type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".wasm", "application/wasm"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".json", "application/json"},
};

static const char *content_type_of(const char *name)
{
    const char *ending = strrchr(name, '.');
    for (size_t i = 0; ending != NULL && i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(ending, types[i].ending) == 0) {
            return types[i].content_type;
        }
    }
    return NULL;
}

static enum status read_whole(FILE *file, struct web_asset *page)
{
    page->bytes = malloc(PAGE_BYTES_MAX);
    if (page->bytes == NULL) {
        return STATUS_NO_MEMORY;
    }
    page->size = fread(page->bytes, 1, PAGE_BYTES_MAX, file);
    if (ferror(file) || page->size == PAGE_BYTES_MAX) {
        return page->size == PAGE_BYTES_MAX ? STATUS_TOO_LARGE : STATUS_IO;
    }
    void *fitting = realloc(page->bytes, page->size + 1);
    page->bytes = fitting == NULL ? page->bytes : fitting;
    return STATUS_OK;
}

static void set_etag(struct web_asset *page)
{
    struct hash hash;
    hash_init(&hash, 0);
    hash_bytes(&hash, page->bytes, page->size);
    (void)snprintf(page->etag, sizeof page->etag, "\"%016" PRIx64 "\"", hash_finish(&hash));
}

static enum status load_page(const char *folder, const char *name, struct web_assets *pages)
{
    const char *content_type = content_type_of(name);
    if (content_type == NULL) {
        return STATUS_OK;
    }
    if (pages->count == PAGES_MAX || strlen(name) + 2 > PAGE_NAME_BYTES_MAX) {
        return STATUS_FULL;
    }
    char path[2048];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return STATUS_IO;
    }
    struct web_asset *page = &pages->items[pages->count++];
    *page = (struct web_asset){.content_type = content_type};
    (void)snprintf(page->path, sizeof page->path, "/%s", name);
    enum status status = read_whole(file, page);
    (void)fclose(file);
    set_etag(page);
    return status;
}

enum status web_assets_load(const char *folder, struct web_assets *out_pages)
{
    *out_pages = (struct web_assets){0};
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        return STATUS_NOT_FOUND;
    }
    enum status status = STATUS_OK;
    const struct dirent *entry;
    while (status == STATUS_OK && (entry = readdir(directory)) != NULL) {
        status = load_page(folder, entry->d_name, out_pages);
    }
    (void)closedir(directory);
    if (status == STATUS_OK && web_assets_find(out_pages, "/") == NULL) {
        status = STATUS_NOT_FOUND;
    }
    if (status != STATUS_OK) {
        web_assets_free(out_pages);
    }
    return status;
}

void web_assets_free(struct web_assets *pages)
{
    for (size_t i = 0; i < pages->count; i++) {
        free(pages->items[i].bytes);
    }
    pages->count = 0;
}

const struct web_asset *web_assets_find(const struct web_assets *pages, const char *path)
{
    const char *wanted = strcmp(path, "/") == 0 ? "/index.html" : path;
    for (size_t i = 0; i < pages->count; i++) {
        if (strcmp(pages->items[i].path, wanted) == 0) {
            return &pages->items[i];
        }
    }
    return NULL;
}
