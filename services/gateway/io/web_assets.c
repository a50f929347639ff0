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

static enum status read_whole(FILE *file, struct web_asset *asset)
{
    asset->bytes = malloc(WEB_ASSET_BYTES_MAX);
    if (asset->bytes == NULL) {
        return STATUS_NO_MEMORY;
    }
    asset->size = fread(asset->bytes, 1, WEB_ASSET_BYTES_MAX, file);
    if (ferror(file) || asset->size == WEB_ASSET_BYTES_MAX) {
        return asset->size == WEB_ASSET_BYTES_MAX ? STATUS_TOO_LARGE : STATUS_IO;
    }
    void *fitting = realloc(asset->bytes, asset->size + 1);
    asset->bytes = fitting == NULL ? asset->bytes : fitting;
    return STATUS_OK;
}

static void set_etag(struct web_asset *asset)
{
    struct hash hash;
    hash_init(&hash, 0);
    hash_bytes(&hash, asset->bytes, asset->size);
    (void)snprintf(asset->etag, sizeof asset->etag, "\"%016" PRIx64 "\"", hash_finish(&hash));
}

static enum status load_page(const char *folder, const char *name, struct web_assets *assets)
{
    const char *content_type = content_type_of(name);
    if (content_type == NULL) {
        return STATUS_OK;
    }
    if (assets->count == WEB_ASSETS_MAX || strlen(name) + 2 > WEB_ASSET_NAME_BYTES_MAX) {
        return STATUS_FULL;
    }
    char path[2048];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return STATUS_IO;
    }
    struct web_asset *asset = &assets->items[assets->count++];
    *asset = (struct web_asset){.content_type = content_type};
    (void)snprintf(asset->path, sizeof asset->path, "/%s", name);
    enum status status = read_whole(file, asset);
    (void)fclose(file);
    set_etag(asset);
    return status;
}

enum status web_assets_load(const char *folder, struct web_assets *out_assets)
{
    *out_assets = (struct web_assets){0};
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        return STATUS_NOT_FOUND;
    }
    enum status status = STATUS_OK;
    const struct dirent *entry;
    while (status == STATUS_OK && (entry = readdir(directory)) != NULL) {
        status = load_page(folder, entry->d_name, out_assets);
    }
    (void)closedir(directory);
    if (status == STATUS_OK && web_assets_find(out_assets, "/") == NULL) {
        status = STATUS_NOT_FOUND;
    }
    if (status != STATUS_OK) {
        web_assets_free(out_assets);
    }
    return status;
}

void web_assets_free(struct web_assets *assets)
{
    for (size_t i = 0; i < assets->count; i++) {
        free(assets->items[i].bytes);
    }
    assets->count = 0;
}

const struct web_asset *web_assets_find(const struct web_assets *assets, const char *path)
{
    const char *wanted = strcmp(path, "/") == 0 ? "/index.html" : path;
    for (size_t i = 0; i < assets->count; i++) {
        if (strcmp(assets->items[i].path, wanted) == 0) {
            return &assets->items[i];
        }
    }
    return NULL;
}
